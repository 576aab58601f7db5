"""Does a predictor rank auxiliary tasks as their gains do? With few tasks, and honest intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

MIN_TASKS = 5


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Return the correlation of the ranks, ties sharing theirs; 0 where all values are equal."""
    ranks = [stats.rankdata(values) - (len(values) + 1) / 2 for values in (first, second)]
    scale = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float((ranks[0] * ranks[1]).sum() / scale) if scale else 0.0


def within_main(predictor: pd.DataFrame, gain: pd.DataFrame) -> float:
    """Return the mean over main tasks of the rank correlation over their auxiliary tasks.

    Differences between main tasks, of which some gain more from everything, do not count.

    Args:
        predictor: a value for each auxiliary task (rows) and main task (columns); missing where
            a task would be its own auxiliary.
        gain: likewise.

    Raises:
        ValueError: if the tables name other tasks, or a value is missing in one of them alone.
    """
    values, gains = _tables(predictor, gain)
    return float(_drawn_within(values, gains, np.ones((1, len(gains))))[0])


def _tables(predictor: pd.DataFrame, gain: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    if not (predictor.index.equals(gain.index) and predictor.columns.equals(gain.columns)):
        raise ValueError("predictor and gain must have the same tasks in the same order")
    values, gains = predictor.to_numpy(float), gain.to_numpy(float)
    if (np.isnan(values) != np.isnan(gains)).any():
        raise ValueError("a value is missing in one of the tables alone")
    return values, gains


def _drawn_within(values: np.ndarray, gains: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the mean rank correlation within main tasks for each of ``D`` draws, ``(D,)``.

    Args:
        values: of the predictor, ``(tasks, mains)``.
        gains: likewise.
        times: how often each draw has each task, ``(D, tasks)``.
    """
    found = []
    for value, gain in zip(values.T, gains.T, strict=True):
        there = ~np.isnan(gain)
        weight = times[:, there]
        # A task's rank counts those below it and half of those like it; the middle is half of all.
        one, other = (
            weight @ (np.less.outer(x, x) + 0.5 * np.equal.outer(x, x))
            - weight.sum(axis=1, keepdims=True) / 2
            for x in (value[there], gain[there])
        )
        scale = np.sqrt((weight * one**2).sum(axis=1) * (weight * other**2).sum(axis=1))
        product = (weight * one * other).sum(axis=1)
        found.append(np.divide(product, scale, out=np.zeros_like(scale), where=scale > 0))
    mean: np.ndarray = np.mean(found, axis=0)
    return mean


@dataclass(frozen=True)
class Correlation:
    """A mean rank correlation within main tasks, with its interval.

    Format it as a number: ``f"{correlation:.2f}"`` gives ``+0.52 [+0.06, +0.81], 10 tasks``.
    """

    value: float
    low: float
    high: float
    tasks: int

    def __format__(self, spec: str) -> str:
        """Format value and interval with ``spec``, by default ``.2f``."""
        numbers = (format(v, f"+{spec or '.2f'}") for v in (self.value, self.low, self.high))
        return "{} [{}, {}], {} tasks".format(*numbers, self.tasks)

    def __str__(self) -> str:
        return format(self)


def rank_correlation(
    predictor: pd.DataFrame, gain: pd.DataFrame, draws: int = 500, seed: int = 0
) -> Correlation:
    """Return :func:`within_main` with a 95 % interval that knows how few tasks there are.

    What stands for other tasks that one might have tried are the auxiliary tasks, not the cells:
    a row of the table is drawn as a whole, with replacement (percentile bootstrap). Seeds are
    averaged before; more of them would not make more tasks.

    Args:
        predictor: auxiliary tasks in rows, main tasks in columns.
        gain: likewise.
        draws: of the bootstrap.
        seed: of the draws.

    Raises:
        ValueError: if tables disagree, or there are fewer than ``MIN_TASKS`` auxiliary tasks.
    """
    n = len(gain)
    if n < MIN_TASKS:
        raise ValueError(f"{n} auxiliary tasks are too few to rank: try at least {MIN_TASKS}")
    values, gains = _tables(predictor, gain)
    rows = np.random.default_rng(seed).integers(n, size=(draws, n))
    times = np.array([np.bincount(chosen, minlength=n) for chosen in rows], dtype=float)
    low, high = np.percentile(_drawn_within(values, gains, times), [2.5, 97.5])
    return Correlation(within_main(predictor, gain), float(low), float(high), n)
