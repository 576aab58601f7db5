"""Chapter 4: chunks, with a second task on other sentences: alone, hard and soft sharing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtlbook.data.batches import Batch, Stream, join
from mtlbook.data.relatedness import relate
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import SHAPES, Encoded, Encoder
from mtlbook.evaluation.metrics import span_f1
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.sharing import hard, pairwise_l2, separate
from mtlbook.models.tagger import Tagger
from mtlbook.runs.base import Config, Experiment, Later, grid
from mtlbook.runs.tuning import settings
from mtlbook.toy_language import CHUNKS, POS, toy_sentences
from mtlbook.training.loop import adam, fit
from mtlbook.training.tagging import tag_losses, tags

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


def pairs(network: Any) -> list[tuple[Tensor, Tensor]]:
    """The parameters of a tagger's embedding and layers that the two tasks have apart."""
    found = []  # type: ignore[var-annotated]
    for part in (network.embeddings, network.layers):
        own = [part[name] for name in part if name.startswith("chunk")]
        other = [part[name] for name in part if name.startswith("aux")]
        for one, two in zip(own, other, strict=True):
            found += zip(one.parameters(), two.parameters(), strict=True)
    return found


def pull(network: Any) -> Tensor:
    """The distance of the two tasks' embeddings and layers (Duong et al. 2015)."""
    return torch.stack([pairwise_l2(pair) for pair in pairs(network)]).sum()


def tagger(arm: str) -> Tagger:
    """Build the tagger of one seed; tasks of the soft arm start at the same values."""
    tasks = ["chunk"] if arm.startswith("single") else ["chunk", "aux"]
    routes = hard(tasks, 1) if arm == "hard" else separate(tasks, 1)
    network = Tagger(SIZES, {t: len(LABELS[t]) for t in tasks}, routes)
    if arm == "soft":
        with torch.no_grad():
            for one, two in pairs(network):
                two.copy_(one)
    return network


def chunk_f1(
    arm: str,
    relatedness: float,
    seeds: Sequence[int],
    strength: float = 0.0,
    weight_decay: float = 0.0,
    updates: int = 160,
) -> tuple[np.ndarray, Networks]:
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
    streams = [Stream(found.main, ["chunk"], 8, seeds)]
    if not arm.startswith("single"):
        streams.append(Stream(found.auxiliary, ["aux"], 16, seeds))

    def losses(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        drawn = {"pull": strength * pull(network)} if strength else {}
        return tag_losses(network, batch) | drawn

    networks = from_seeds(lambda: tagger(arm), seeds)
    batches = (join([next(stream) for stream in streams]) for _ in range(updates))
    fit(networks, batches, losses, adam(networks, 0.01, weight_decay))
    answers = tags(networks, found.test, "chunk", LABELS["chunk"])
    scores = [100 * span_f1(gold, given) for gold, given in zip(found.gold, answers, strict=True)]
    return np.array(scores), networks


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


def _tuned(config: Config, seeds: Sequence[int]) -> np.ndarray:
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
    measure=_tuned,
    columns=["F1"],
    cheap={"arm": "single", "relatedness": 1.0, "strength": 0.0, "weight_decay": 1e-4},
)


def chosen() -> dict[tuple[str, float], tuple[float, float]]:
    """Pull and weight decay of each arm at each relatedness.

    The soft arm has a weight decay beside its pull, and the one with own starts has none.
    """
    plain, decayed, own = (
        settings("soft-tagging-tuning", ("strength", "weight_decay"), "F1",
                 arms=("arm", "relatedness"), where=where)
        for where in (
            lambda c: not c["arm"].startswith("soft"),
            lambda c: c["arm"] == "soft" and c["weight_decay"] > 0,
            lambda c: c["arm"] == "soft, own starts" and c["weight_decay"] == 0,
        )
    )  # fmt: skip
    return {**plain, **{(f"{arm} + decay", r): found for (arm, r), found in decayed.items()}, **own}


LONGER = [("single", 1.0)]
"""Also trained for twice the updates."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    settings = {k: v for k, v in config.items() if k not in ("arm", "relatedness")}
    return chunk_f1(
        config["arm"].removesuffix(" + decay"), config["relatedness"], seeds, **settings
    )[0]


SOFT_TAGGING = Experiment(
    name="soft-tagging",
    question="Chunks alone, with hard and with soft sharing, over relatedness: fresh seeds",
    data=DATA,
    score="F1 of chunks, in points",
    configs=Later(
        lambda: [
            {
                "arm": arm,
                "relatedness": relatedness,
                "strength": strength,
                "weight_decay": weight_decay,
                "updates": updates,
            }
            for (arm, relatedness), (strength, weight_decay) in chosen().items()
            for updates in ((160, 320) if (arm, relatedness) in LONGER else (160,))
        ]
    ),
    seeds=range(10),
    measure=_measure,
    columns=["F1"],
    cheap={
        "arm": "single",
        "relatedness": 1.0,
        "strength": 0.0,
        "weight_decay": 1e-4,
        "updates": 160,
    },
)
