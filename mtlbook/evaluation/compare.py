"""The paired comparison: one difference, its interval, and refusal where there is no pair."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

MIN_PAIRS = 5
MIN_PAIRS_BOOTSTRAP = 20


@dataclass(frozen=True)
class Comparison:
    """A mean paired difference, method minus baseline, with its confidence interval.

    Format it as a number: ``f"{comparison:.3f}"`` gives ``+0.050 [+0.033, +0.067], n = 30``.
    """

    difference: float
    low: float
    high: float
    n: int
    wins: int
    error: float = field(default=float("nan"), compare=False, repr=False)

    @property
    def p(self) -> float:
        """The two-sided p-value of no difference, below .05 where a 95 % interval excludes 0."""
        return self.p_against(0)

    def p_against(self, difference: float) -> float:
        """Return the two-sided p-value, by Student's t, of a true difference as given.

        NaN for a bootstrap, and where the standard ``error`` of the mean is not known.
        """
        distance = abs(self.difference - difference)
        if self.error == 0:
            return float(distance == 0)
        return float(2 * stats.t.sf(distance / self.error, self.n - 1))

    def __format__(self, spec: str) -> str:
        """Format difference and interval with ``spec``, by default ``.3f``."""
        numbers = (format(v, f"+{spec or '.3f'}") for v in (self.difference, self.low, self.high))
        return "{} [{}, {}], n = {}".format(*numbers, self.n)

    def __str__(self) -> str:
        return format(self)


def brief(found: object, digits: int = 1) -> str:
    """Format a comparison, or a correlation, without the number that follows its interval.

    Args:
        found: what formats itself as ``+0.050 [+0.033, +0.067], n = 30`` or the like.
        digits: after the point.
    """
    return f"{found:.{digits}f}".partition("]")[0] + "]"


def compare(
    method: pd.Series,
    baseline: pd.Series,
    *,
    confidence: float = 0.95,
    test_to_train: float = 0.0,
    bootstrap: bool = False,
) -> Comparison:
    """Compare two methods over the same seeds, splits or tasks.

    Args:
        method: one score per pair; the index names the pair (the seed, the split).
        baseline: the baseline's scores under the same index.
        confidence: coverage of the interval.
        test_to_train: ``n_test / n_train`` when the pairs are repeated splits of one data set.
            These overlap, so the variance of the mean is taken as ``(1/n + test_to_train) s^2``
            (Nadeau and Bengio 2003) instead of ``s^2 / n``.
        bootstrap: a percentile bootstrap of the mean instead of Student's t.

    Returns:
        Mean of method minus baseline, its interval, the number of pairs, and in how many of
        them the method's score was the higher.

    Raises:
        ValueError: if the scores are not paired one to one, are not finite, are too few (five
            pairs for Student's t, twenty for the bootstrap), or if the bootstrap is asked for
            overlapping splits.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1: {confidence}")
    if not method.index.is_unique or not baseline.index.is_unique:
        raise ValueError("not paired: a seed occurs twice; average or drop the repeats first")
    unmatched = method.index.symmetric_difference(baseline.index)
    if len(unmatched):
        raise ValueError(f"not paired: only one side has {list(unmatched[:5])}")
    difference = (method - baseline).to_numpy(float)
    if not np.isfinite(difference).all():
        raise ValueError("a score is missing or infinite")
    n, needed = len(difference), MIN_PAIRS_BOOTSTRAP if bootstrap else MIN_PAIRS
    if n < needed:
        raise ValueError(f"{n} pairs are too few for an interval: run at least {needed} seeds")
    mean = float(difference.mean())
    if bootstrap:
        if test_to_train:
            raise ValueError("the bootstrap cannot correct for overlapping splits")
        means = stats.bootstrap(
            (difference,), np.mean, confidence_level=confidence, method="percentile", rng=0
        )
        low, high = means.confidence_interval
        error = float("nan")
    else:
        error = difference.std(ddof=1) * np.sqrt(1 / n + test_to_train)
        half = stats.t.ppf((1 + confidence) / 2, n - 1) * error
        low, high = mean - half, mean + half
    wins = int((difference > 0).sum())
    return Comparison(mean, float(low), float(high), n, wins, float(error))
