"""Chapter 9: readers of several passages, their auxiliary tasks, and ways to choose an answer.

What a reader learns and how its answer is chosen are varied apart. Every arm is judged by every
way of choosing. A head that an arm did not train is trained afterwards, on the frozen reader:
then it may choose among answers, but it cannot have changed what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import torch

from mtlbook.data.reading import Question
from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.experiments.common.reading import (
    TARGET,
    VALIDATION,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
)
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.reader import HEADS
from mtlbook.toy_reading import toy_search
from mtlbook.training.loop import adam, fit
from mtlbook.training.reading import reading_losses

WORLDS: dict[str, dict[str, Any]] = {
    "recurs": {"agree": 2, "contradict": 1, "facts": 2},
    "alone": {"agree": 1, "contradict": 0, "facts": 2},
    "disputed": {"agree": 1, "contradict": 1, "facts": 2},
}
"""Of four passages: two state the answer and one another; one states it; one each."""
LEARNED, UPDATES, JUDGED = 800, 300, 200
"""Questions to learn from, updates of a reader or of heads, and test questions in each world."""
SMALL: dict[str, Any] = {"width": 8, "hidden": 17}
"""Two networks of this size have 2 % fewer numbers than one with the usual size and a passage head,
counted without the rows of words that no question uses."""


@dataclass(frozen=True)
class Arm:
    """What a reader learns.

    Attributes:
        weights: of the losses beside the span's.
        shuffled: whether each question gets the auxiliary targets of another one.
        times: how many times the usual updates a network makes, and a head on a frozen one.
        ranker: whether a second network judges the passages, and the reader only reads.
        small: whether two networks together are as large as one usually is.
        learned: questions to learn from.
        double: whether to compute in double precision.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    shuffled: bool = False
    times: float = 1.0
    ranker: bool = False
    small: bool = False
    learned: int = LEARNED
    double: bool = False

    def settings(self, lr: float) -> ReadingSettings:
        """Return how its networks are built and trained."""
        settings = ReadingSettings(lr=lr, double=self.double)
        return replace(settings, **SMALL) if self.small else settings


def shuffled(batches: Iterator[ReadingBatch]) -> Iterator[ReadingBatch]:
    """Give each question the auxiliary targets of the next one of its batch.

    The batch's passages are of like length, and each target is somebody's right one; it is only
    not that of the question beside it. The answer's place stays.
    """
    return (batch._replace(inside=batch.inside.roll(1, dims=1)) for batch in batches)


@lru_cache(maxsize=64)
def search_split(seed: int, world: str, learned: int = LEARNED) -> ReadingSplit:
    """Return what a seed learns from in a world, is stopped on and judged on."""
    dials = WORLDS[world]
    validation = toy_search(VALIDATION, seed=3 * seed + 1, new_names=True, **dials)
    learn = toy_search(learned, seed=3 * seed, **dials)
    return ReadingSplit({TARGET: learn}, validation, tests(seed, world))


@lru_cache(maxsize=128)
def tests(seed: int, world: str) -> Sequence[Question]:
    """Return the questions that a seed is judged on in a world."""
    return toy_search(JUDGED, seed=3 * seed + 2, new_names=True, **WORLDS[world])


def search_data(arm: Arm, world: str, seeds: Sequence[int], lr: float) -> ReadingData:
    """Return what an arm learns in a world, as numbers."""
    splits = [search_split(seed, world, arm.learned) for seed in seeds]
    return ReadingData(splits, seeds, arm.settings(lr))


def fit_arm(arm: Arm, data: ReadingData, updates: int = UPDATES) -> Networks:
    """Train an arm's readers; each is stopped where its spans are best."""
    steps, weights = round(arm.times * updates), {"span": 1.0, **arm.weights}
    change = shuffled if arm.shuffled else iter
    readers: Networks = fit_readers(data, steps, weights, change=change).best("error")
    return readers


def add_heads(readers: Networks, arm: Arm, data: ReadingData, updates: int = UPDATES) -> Networks:
    """Give readers all heads; those they were not trained with learn now, and nothing else does.

    Heads that were trained on the targets of other questions learn anew.

    Args:
        readers: stopped readers.
        arm: what they have learned.
        data: what they have learned from, and their heads learn from.
        updates: how long the heads learn.
    """
    kept = [] if arm.shuffled else list(arm.weights)
    new = [name for name in HEADS if name not in kept]
    found = _with_all_heads(data, data.seeds)
    known = dict(readers.one.named_parameters())
    with torch.no_grad():
        for name, p in found.one.named_parameters():
            fresh = name.startswith("heads.") and name.split(".")[1] in new
            p.requires_grad_(fresh)
            if not fresh:
                p.copy_(known[name])
    return _learn(found, data, new, round(arm.times * updates))


def fit_rankers(arm: Arm, data: ReadingData, updates: int = UPDATES) -> Networks:
    """Train networks of the readers' size that only judge passages, to the last update."""
    rankers = _with_all_heads(data, [seed + 10_000 for seed in data.seeds])
    return _learn(rankers, data, ["passage"], round(arm.times * updates))


def _with_all_heads(data: ReadingData, seeds: Sequence[int]) -> Networks:
    settings = data.settings
    return from_seeds(lambda: settings.reader(list(HEADS)), seeds, settings.dtype)


def _learn(networks: Networks, data: ReadingData, tasks: Sequence[str], updates: int) -> Networks:
    losses = reading_losses(dict.fromkeys(tasks, 1.0))
    batches = data.batches(updates, first=1)
    fit(networks, batches, losses, adam(networks, data.settings.lr))
    return networks
