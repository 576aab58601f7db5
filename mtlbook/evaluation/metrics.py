"""Figures over several tasks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def mean_squared_error(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return the mean squared error of linear predictions, one per task.

    Args:
        x: inputs ``(T, n, d)``.
        y: targets ``(T, n)``.
        w: coefficients ``(T, d)``.

    Returns:
        Errors ``(T,)``.
    """
    errors: np.ndarray = np.einsum("tnd,td->tn", x, w) - y
    mean: np.ndarray = np.square(errors).mean(axis=1)
    return mean


def mean_relative_change(
    scores: ArrayLike, single_task: ArrayLike, higher_is_better: Sequence[bool]
) -> float:
    r"""Return :math:`\Delta_m`, the mean relative change against single-task learning.

    Each task's change is counted as positive when it is for the better, whichever way its
    metric points (Maninis et al. 2019, equation 4). 0.05 means 5 % better on average.

    Args:
        scores: the method's score on each task.
        single_task: the single-task score on each task, none of them zero.
        higher_is_better: for each task, whether a higher score is a better one.

    Raises:
        ValueError: if the lengths differ or a single-task score is zero.
    """
    new, old = np.asarray(scores, float), np.asarray(single_task, float)
    if not new.shape == old.shape == (len(higher_is_better),):
        raise ValueError(f"one score per task: {new.shape}, {old.shape}, {len(higher_is_better)}")
    if (old == 0).any():
        raise ValueError("a relative change needs single-task scores other than zero")
    sign = np.where(higher_is_better, 1, -1)
    return float(np.mean(sign * (new - old) / np.abs(old)))
