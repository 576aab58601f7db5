"""Chapter 9: is writing a stage behind reading, or a task beside it?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from mtlbook.data.reading import Span
from mtlbook.experiments.ch09_ms_marco.synthesis import (
    METRICS,
    copied_spans,
    fit_writers,
    score_answers,
)
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.reading import TEST, Readers, ReadingDeal, fit_readers, toy_deal
from mtlbook.toy_reading import toy_reading

LEARNED, UPDATES = 400, 300
"""Questions to learn from, and updates of each arm."""
LONGEST = 8
"""Words that a predicted span may have."""
ARMS = ("span", "copying", "shared", "softmax")
"""The span itself; writers that copy; the same with the readers' encoder; without copying."""
PARTS = ("gold", "predicted", "known")
"""Gold and predicted evidence for questions with new names; gold evidence, known names."""


@lru_cache(maxsize=2)
def _deals(seeds: tuple[int, ...]) -> list[ReadingDeal]:
    return [toy_deal(seed, LEARNED) for seed in seeds]


@lru_cache(maxsize=2)
def _readers(seeds: tuple[int, ...], updates: int) -> Readers:
    return fit_readers(_deals(seeds), seeds, updates)


def _evidence(readers: Readers, deals: Sequence[ReadingDeal]) -> list[list[Span]]:
    return readers.fit.predict(readers.encode([deal.test for deal in deals]), longest=LONGEST)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm, updates, seeds = config["arm"], config["updates"], tuple(seeds)
    deals = _deals(seeds)
    new = [deal.test for deal in deals]
    old = [toy_reading(TEST, seed=3 * seed + 2) for seed in seeds]
    write = copied_spans
    readers = None if arm == "shared" else _readers(seeds, updates)
    if arm != "span":
        shared = 1.0 if arm == "shared" else None
        writers = fit_writers(deals, seeds, updates, copy=arm != "softmax", shared=shared)
        write, readers = writers.write, readers or writers.readers
    assert readers is not None
    scores = [
        score_answers(write(new), new),
        score_answers(write(new, _evidence(readers, deals)), new),
        score_answers(write(old), old),
    ]
    return np.column_stack([*scores, readers.exact(new)])


SYNTHESIS = Experiment(
    name="synthesis",
    question="What does writing an answer add to the span, and may it share the reader's encoder?",
    data="generated: mtlbook.toy_reading",
    score="per cent, of answers from gold and from predicted evidence to questions with new names, "
    "and from gold evidence with known names; exact match of the reader's spans",
    configs=[*({"arm": arm, "updates": UPDATES} for arm in ARMS), {"arm": "span", "updates": 50}],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "span", "updates": 50},
    columns=(*(f"{metric} {part}" for part in PARTS for metric in METRICS), "reader"),
    block=5,
)
