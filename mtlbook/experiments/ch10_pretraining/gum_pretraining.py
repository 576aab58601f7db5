"""Chapter 10: chunks on GUM, with unlabelled text before, beside, or both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.vocabulary import tag_sets
from mtlbook.experiments.ch10_pretraining.gum_text import (
    LENGTHS,
    SHORT,
    VOCABULARY,
    pretrained,
    readers,
    stream,
    text,
)
from mtlbook.experiments.common.gum_split import gum_split
from mtlbook.experiments.common.tagging import Split, TaggingData
from mtlbook.experiments.common.tolerances import GUM
from mtlbook.models.networks import Networks
from mtlbook.models.pretraining import word_losses
from mtlbook.runs.base import Config, Experiment, Later
from mtlbook.runs.tuning import settings
from mtlbook.training.loop import Losses, adam, fit
from mtlbook.training.mixing import Schedule, sampled, together, uniform
from mtlbook.training.tagging import tag_losses

MAIN, GENRE, TUNING_GENRE = "chunk", "news", "voyage"
OUTSIDE = ("academic", "bio")
"""Genres that nothing is trained, tuned or pretrained on."""
FURTHER, REFINED = 300, ("xpos", "deprel")
UPDATES = {100: 240, 300: 360}
EVERY = 20
SPLITS = 3
"""Splits of the labelled documents for each pretrained network."""


@dataclass(frozen=True)
class Arm:
    """What a network gets besides its labelled sentences.

    Attributes:
        objective: what it was asked of the text before; None for nothing.
        steps: for how many updates.
        weight: of the loss on text beside the labelled task; 0 for none.
        text: sentences of it at each update.
        updates: of the main task, for each of the single task's.
        refine: whether two further labelled tasks are trained with it, a batch of one at a time
            and about as often.
    """

    objective: str | None = None
    steps: int = 0
    weight: float = 0.0
    text: int = 16
    updates: int = 1
    refine: bool = False


ARMS = {
    "nothing": Arm(),
    "nothing, twice the updates": Arm(updates=2),
    **{f"words, {steps}": Arm("words", steps) for steps in (0, *LENGTHS)},
    "words + next": Arm("words + next", SHORT),
    "words + order": Arm("words + order", SHORT),
    **{f"joint, {weight:g}": Arm(weight=weight) for weight in (1.0, 0.1, 0.01)},
    "joint, 0.1, more text": Arm(weight=0.1, text=80),
    "both": Arm("words", SHORT, weight=0.1),
    "refined": Arm(refine=True),
    "words, refined": Arm("words", SHORT, refine=True),
}


def chunk_scores(
    arm: Arm, labelled: int, genre: str, seeds: Sequence[int], lr: float
) -> np.ndarray:
    """Train an arm on each seed; return F1 of chunks in per cent, inside and outside, ``(S, 2)``.

    Args:
        arm: what it gets.
        labelled: sentences with chunks.
        genre: whose documents are split.
        seeds: of the splits and of what starts afresh. The pretrained network of seed s is that
            of the seed ``s // SPLITS``.
        lr: learning rate of Adam.
    """
    data = gum_data(arm, labelled, [gum_split(genre, seed) for seed in seeds])
    networks = readers(seeds, data.numbers)
    if arm.objective:
        start_from(networks, [pretrained(arm.objective, arm.steps, s // SPLITS) for s in seeds])
    tasks = list(data.numbers)
    losses: Callable[[Any, Any], Losses] = tag_losses
    batches: Any = data.batches(dict.fromkeys(tasks, 8), schedule(arm, labelled), seeds, apart=3)
    if arm.weight:
        batches = zip(batches, stream("words", seeds, arm.text), strict=False)
        losses = beside_text(arm.weight)
    found = fit(
        networks,
        batches,
        losses,
        adam(networks, lr),
        validate=data.error(MAIN),
        every=EVERY * len(tasks),
    )
    return data.scores(found.best(MAIN), MAIN)


def gum_data(arm: Arm, labelled: int, splits: Sequence[Split]) -> TaggingData:
    """Return the labelled sentences. Where text is read, all of its words are known, too."""
    sources = {MAIN: slice(0, labelled)}
    if arm.refine:
        sources |= dict.fromkeys(REFINED, slice(labelled, labelled + FURTHER))
    known = [d.train[: labelled + FURTHER * arm.refine] for d in splits]
    outside = [
        replace(d, other_domains=[s for s in d.other_domains if s.domain in OUTSIDE])
        for d in splits
    ]
    everything = [s for d in splits for s in (*d.train, *d.validation, *d.test, *d.other_domains)]
    return TaggingData(
        outside,
        sources,
        VOCABULARY,
        known,
        after=text()[2] if arm.objective or arm.weight else None,
        labels=tag_sets(everything, list(sources)),
    )


def schedule(arm: Arm, labelled: int) -> Schedule:
    """Return the sources of each update; an update of the refinement is one task's."""
    updates = UPDATES[labelled] * arm.updates
    if not arm.refine:
        return together(MAIN, [], updates)
    return sampled(MAIN, uniform(dict.fromkeys((MAIN, *REFINED), 1)), updates, seed=0)


def start_from(networks: Networks, read: Sequence[Mapping[str, Tensor]]) -> None:
    """Put pretrained embeddings, layers and heads for text in place; taggers' heads stay fresh."""
    for name, parameter in networks.one.named_parameters():
        if not name.startswith("heads."):
            parameter.data.copy_(torch.stack([each[name] for each in read]))


def beside_text(weight: float) -> Callable[[Any, Any], Losses]:
    """Return the losses on a labelled batch and, with a weight, on one of text beside it."""

    def losses(network: Any, batch: Any) -> Losses:
        labelled, read = batch
        words = word_losses(network, read)["words"]
        return {**tag_losses(network, labelled), "words": weight * words}

    return losses


def measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    """Measure a cell of the tuning or of the trials: see ``chunk_scores``."""
    return chunk_scores(
        ARMS[config["arm"]], config["labelled"], config["genre"], seeds, config["lr"]
    )


SCORE = "F1 of chunks in per cent, in the genre and outside of it"
TUNED = ("nothing", f"words, {SHORT}", "joint, 0.1", "both", "refined")

GUM_PRETRAINING_TUNING = Experiment(
    name="gum-pretraining-tuning",
    question="Which step size suits each way of using text, on a genre that is not reported?",
    data="UD English-GUM, commit afb41ee: voyage",
    score=SCORE,
    configs=[
        {"arm": arm, "labelled": 100, "genre": TUNING_GENRE, "lr": lr}
        for arm in TUNED
        for lr in (0.003, 0.01, 0.03)
    ],
    seeds=range(300, 303),
    measure=measure,
    cheap={"arm": "nothing", "labelled": 100, "genre": TUNING_GENRE, "lr": 0.01},
    columns=("inside", "outside"),
    block=SPLITS,
    corpus="gum",
    tolerance=GUM,
)

SETTINGS = settings("gum-pretraining-tuning", "lr", "inside", arms="arm")
"""Learning rate of each arm that was tuned: the best of ``gum-pretraining-tuning``."""
FEW = ("nothing", "nothing, twice the updates", f"words, {SHORT}", f"words, {LENGTHS[-1]}")
"""What is looked at with more labelled sentences, too."""
LONG = "joint, 0.1, more text"
"""What takes longest is measured last."""


def learning_rate(name: str) -> float:
    """Return the learning rate of an arm: its own, or that of the tuned arm most like it."""
    arm = ARMS[name]
    if arm.refine:
        like = "refined"
    elif arm.objective:
        like = "both" if arm.weight else f"words, {SHORT}"
    else:
        like = "joint, 0.1" if arm.weight else "nothing"
    return float(SETTINGS[like])


GUM_PRETRAINING = Experiment(
    name="gum-pretraining",
    question="What does unlabelled text bring to chunking on GUM, before or beside the labels?",
    data="UD English-GUM, commit afb41ee: news",
    score=SCORE,
    configs=Later(
        lambda: [
            {"arm": arm, "labelled": labelled, "genre": GENRE, "lr": learning_rate(arm)}
            for labelled, arms in (
                (100, [arm for arm in ARMS if arm != LONG]),
                (300, FEW),
                (100, [LONG]),
            )
            for arm in arms
        ]
    ),
    seeds=range(15),
    measure=measure,
    cheap={"arm": "nothing", "labelled": 100, "genre": GENRE, "lr": 0.01},
    columns=("inside", "outside"),
    block=SPLITS,
    corpus="gum",
    tolerance=GUM,
)
