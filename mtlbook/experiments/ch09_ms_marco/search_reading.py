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
from mtlbook.data.reading_codes import encode
from mtlbook.data.reading_stream import ReadingStream
from mtlbook.experiments.common.reading import (
    HALT,
    TARGET,
    Readers,
    ReadingDeal,
    ReadingSettings,
    fit_readers,
)
from mtlbook.models.reader import Reader, many_readers
from mtlbook.models.reader_heads import HEADS
from mtlbook.toy_reading import toy_search
from mtlbook.training.mixing import together
from mtlbook.training.readers import train_readers

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


class Shuffled:
    """A stream whose auxiliary targets are those of the next question of the batch.

    The batch's passages are of like length, and each target is somebody's right one; it is only
    not that of the question beside it. The answer's place stays.
    """

    def __init__(self, stream: Iterator[ReadingBatch]) -> None:
        self.stream = stream

    def __iter__(self) -> Shuffled:
        return self

    def __next__(self) -> ReadingBatch:
        """Return the next batch with its targets moved on by one question."""
        batch = next(self.stream)
        return replace(batch, inside=batch.inside.roll(1, dims=1))


@lru_cache(maxsize=64)
def deal(seed: int, world: str, learned: int = LEARNED) -> ReadingDeal:
    """Deal what a seed learns from in a world, as ``search_deal`` does."""
    dials = WORLDS[world]
    halt = toy_search(HALT, seed=3 * seed + 1, new_names=True, **dials)
    learn = toy_search(learned, seed=3 * seed, **dials)
    return ReadingDeal({TARGET: learn}, halt, tests(seed, world))


@lru_cache(maxsize=128)
def tests(seed: int, world: str) -> Sequence[Question]:
    """Return the questions that a seed is judged on in a world."""
    return toy_search(JUDGED, seed=3 * seed + 2, new_names=True, **WORLDS[world])


def fit_arm(
    arm: Arm, world: str, seeds: Sequence[int], lr: float, updates: int = UPDATES
) -> Readers:
    """Train an arm's readers; each is stopped where its spans are best."""
    deals = [deal(seed, world, arm.learned) for seed in seeds]
    steps, weights = round(arm.times * updates), {"span": 1.0, **arm.weights}
    change = Shuffled if arm.shuffled else iter
    return fit_readers(deals, seeds, steps, arm.settings(lr), weights, change)


def add_heads(
    readers: Readers,
    arm: Arm,
    world: str,
    seeds: Sequence[int],
    updates: int = UPDATES,
) -> Readers:
    """Give readers all heads; those they were not trained with learn now, and nothing else does.

    Heads that were trained on the targets of other questions learn anew.

    Args:
        readers: stopped readers.
        arm: what they have learned.
        world: whose questions the heads learn from.
        seeds: those of the readers.
        updates: how long the heads learn.
    """
    kept = [] if arm.shuffled else list(arm.weights)
    new = [name for name in HEADS if name not in kept]
    model = _networks(readers.settings, seeds)
    with torch.no_grad():
        for name, p in model.named_parameters():
            fresh = name.startswith("heads.") and name.split(".")[1] in new
            p.requires_grad_(fresh)
            if not fresh:
                p.copy_(readers.fit.snapshot[name])
    steps = round(arm.times * updates)
    return _learn(readers, model, new, arm, world, seeds, steps)


def fit_rankers(
    readers: Readers,
    arm: Arm,
    world: str,
    seeds: Sequence[int],
    updates: int = UPDATES,
) -> Readers:
    """Train networks of the readers' size that only judge passages, to the last update."""
    model = _networks(readers.settings, [seed + 10_000 for seed in seeds])
    steps = round(arm.times * updates)
    return _learn(readers, model, ["passage"], arm, world, seeds, steps)


def _networks(settings: ReadingSettings, seeds: Sequence[int]) -> Reader:
    dtype = torch.float64 if settings.double else torch.float32
    size = settings.width, settings.hidden, settings.steps
    return many_readers(seeds, settings.room, *size, list(HEADS), dtype)


def _learn(
    readers: Readers,
    model: Reader,
    tasks: Sequence[str],
    arm: Arm,
    world: str,
    seeds: Sequence[int],
    updates: int,
) -> Readers:
    settings = readers.settings
    pairs = zip(seeds, readers.codes, strict=True)
    parts = [encode(deal(seed, world, arm.learned).sources[TARGET], codes) for seed, codes in pairs]
    stream = ReadingStream(parts, settings.batch, [3 * seed + 1 for seed in seeds], settings.hide)
    fit = train_readers(
        model,
        {TARGET: stream},
        together(TARGET, [], updates),
        lr=settings.lr,
        seeds=seeds,
        weights=dict.fromkeys(tasks, 1.0),
        drop=settings.drop,
        every=updates,
    )
    return replace(readers, fit=fit)
