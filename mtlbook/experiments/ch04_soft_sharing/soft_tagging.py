"""Chapter 4: chunks, with a second task on other sentences: alone, hard and soft sharing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import Stream
from mtlbook.data.relatedness import relate
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import SHAPES, Encoded, Encoder
from mtlbook.evaluation.spans import span_f1
from mtlbook.experiments.common.base import Config, Experiment, grid
from mtlbook.models.many_taggers import ManyTaggers, many_taggers
from mtlbook.models.sharing import hard, pairwise_l2, separate
from mtlbook.models.tagger import Routed
from mtlbook.toy_language import CHUNKS, POS, toy_sentences
from mtlbook.training.mixing import together
from mtlbook.training.taggers import fit_taggers

MAIN, AUXILIARY, TEST = 60, 400, 200
"""Sentences labelled with chunks, with the auxiliary task, and for testing."""
LABELS = {
    "chunk": ("O", *(f"{first}-{kind}" for kind in CHUNKS for first in "BI")),
    "aux": POS,
}
SIZES = (1200, 800, len(SHAPES))
"""Rows of the embeddings, more than any seed's vocabulary needs, so that all have the same."""


@dataclass(frozen=True)
class Corpora:
    """For each seed its sentences as numbers, and the gold chunks of the test sentences."""

    main: list[Encoded]
    auxiliary: list[Encoded]
    test: list[Encoded]
    gold: list[list[tuple[str, ...]]]


def only(task: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Keep the labels of one task."""
    return [replace(s, tags={task: s.tags[task]}) for s in sentences]


def corpora(relatedness: float, seeds: Sequence[int], own_words: bool = False) -> Corpora:
    """Write a corpus for each seed; ``aux`` is the part of speech, as far as it is related.

    Args:
        relatedness: the dial of :func:`mtlbook.data.relatedness.relate`.
        seeds: of the corpora.
        own_words: whether only the words of the sentences with chunks are known; by default those
            of the others are, too.
    """
    written = [
        relate(toy_sentences(MAIN + AUXILIARY + TEST, seed=seed), "pos", relatedness, seed)
        for seed in seeds
    ]
    found = Corpora([], [], [], [])
    for sentences in written:
        main, rest = sentences[:MAIN], sentences[MAIN:]
        known = main if own_words else [*main, *rest[:AUXILIARY]]
        encoder = Encoder(known, LABELS)
        found.main.append(encoder.encode(only("chunk", main)))
        found.auxiliary.append(encoder.encode(only("aux", rest[:AUXILIARY])))
        found.test.append(encoder.encode(only("chunk", rest[AUXILIARY:])))
        found.gold.append([s.tags["chunk"] for s in rest[AUXILIARY:]])
    return found


def pairs(model: Routed) -> list[tuple[Tensor, Tensor]]:
    """The parameters of embedding and layers that chunks and auxiliary task have apart."""
    found = []  # type: ignore[var-annotated]
    for part in (model.embeddings, model.layers):
        own = [part[name] for name in part if name.startswith("chunk")]
        other = [part[name] for name in part if name.startswith("aux")]
        for one, two in zip(own, other, strict=True):
            found += zip(one.parameters(), two.parameters(), strict=True)
    return found


def pull(strength: float) -> Callable[[Routed], Tensor]:
    """Draw the two tasks' embeddings and layers to each other (Duong et al. 2015)."""

    def penalty(model: Routed) -> Tensor:
        return strength * torch.stack([pairwise_l2(pair) for pair in pairs(model)]).sum()

    return penalty


def side_by_side(arm: str, seeds: Sequence[int]) -> ManyTaggers:
    """Build one tagger per seed; tasks of the soft arm start at the same values."""
    tasks = ["chunk"] if arm.startswith("single") else ["chunk", "aux"]
    routes = hard(tasks, 1) if arm == "hard" else separate(tasks, 1)
    model = many_taggers(seeds, SIZES, {t: len(LABELS[t]) for t in tasks}, routes)
    if arm == "soft":
        with torch.no_grad():
            for one, two in pairs(model):
                two.copy_(one)
    return model


def chunk_f1(
    arm: str,
    relatedness: float,
    seeds: Sequence[int],
    strength: float = 0.0,
    weight_decay: float = 0.0,
    updates: int = 160,
) -> tuple[np.ndarray, ManyTaggers]:
    """Train one tagger per seed; return the F1 of its chunks in points, ``(S,)``, and it.

    Args:
        arm: ``single``, ``single, own words`` (it knows those it learns from), ``hard``, ``soft``
            (same start) or ``soft, own starts``.
        relatedness: of the auxiliary labels to parts of speech.
        seeds: of corpus, start and batches.
        strength: of the pull between the two tasks' parameters.
        weight_decay: on all parameters.
        updates: each with 8 chunked sentences, and 16 others beside them.
    """
    found = corpora(relatedness, seeds, own_words=arm == "single, own words")
    model = side_by_side(arm, seeds)
    streams = {"main": Stream(found.main, ["chunk"], 8, seeds)}
    if not arm.startswith("single"):
        streams["aux"] = Stream(found.auxiliary, ["aux"], 16, seeds)
    result = fit_taggers(
        model,
        streams,
        together("main", [name for name in streams if name != "main"], updates),
        lr=0.01,
        keep=["chunk"],
        weight_decay=weight_decay,
        penalty=pull(strength) if strength else None,
        every=updates,
    )
    tags = result.predict(found.test, "chunk", LABELS["chunk"])
    scores = [100 * span_f1(gold, given) for gold, given in zip(found.gold, tags, strict=True)]
    return np.array(scores), model


RELATED = [0.0, 0.5, 1.0]
PULLS = [1e-4, 1e-3, 1e-2]
DECAYS = [0.0, 1e-4, 1e-3]


def _settings(arm: str) -> list[dict[str, float]]:
    """Three settings for every arm; what the single arm learns does not depend on the dial."""
    soft = arm.startswith("soft")
    return grid(
        relatedness=[1.0] if arm.startswith("single") else RELATED,
        strength=PULLS if soft else [0.0],
        weight_decay=[0.0] if soft else DECAYS,
    )


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    settings = {k: v for k, v in config.items() if k not in ("arm", "relatedness")}
    return chunk_f1(config["arm"], config["relatedness"], seeds, **settings)[0]


DATA = "generated: the toy language, domain tale; the auxiliary task is made by relate()"
SOFT_TAGGING_TUNING = Experiment(
    name="soft-tagging-tuning",
    question="Which pull or weight decay suits each way of sharing between two taggers?",
    data=DATA,
    score="F1 of chunks, in points",
    configs=[
        {"arm": arm, **setting}
        for arm in ("single", "single, own words", "hard", "soft", "soft, own starts")
        for setting in (
            *_settings(arm),  # soft: a pull, and below a pull with weight decay beside it
            *grid(
                relatedness=RELATED,
                strength=[1e-5, 1e-3, 1e-2] if arm == "soft" else [],
                weight_decay=[1e-4],
            ),
        )
        if arm != "soft, own starts" or setting["relatedness"] == 1
    ],
    seeds=range(100, 105),
    measure=_measure,
    columns=["F1"],
    cheap={"arm": "single", "relatedness": 1.0, "strength": 0.0, "weight_decay": 1e-4},
)
