"""Checks for the exercises of chapter 4."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import torch

from mtlbook.data.panel import grunfeld_panel
from mtlbook.evaluation.compare import compare
from mtlbook.evaluation.metrics import mean_squared_error
from mtlbook.exercises.answers import choose, entries, match, match_loss, number
from mtlbook.exercises.base import HintError, attempt, require
from mtlbook.models.mlp import mean_regularised

TRIED, FRESH, YEARS = range(100, 140), range(140, 180), 5
COEFFICIENTS = ("level", "value", "capital")
SINGLE = tuple(10.0 ** np.arange(-3, 4.5, 0.5))
FREE = 1e8  # so strong a pull that nothing is left to differ


def where_paths_end(answer: dict[str, Any]) -> str:
    """Exercise 4.1: for each penalty in its limit, the model that is left."""
    right = {
        "a": ("pooled", "what do tasks have apart when no coefficient may differ?"),
        "b": ("firm intercept", "the slopes may not differ; what may?"),
        "c": ("separate with weight decay", "the common part is 0. What does a task's own pay?"),
        "d": ("pooled with weight decay", "no own part is left. What does the common one pay?"),
        "e": ("zero", "which matrix has singular values that sum to nothing?"),
    }
    names = [*dict.fromkeys(name for name, _ in right.values()), "separate"]
    choose(answer, right, names)
    return "Every path leads from one model that you know to another."


def shrink_to_mean(answer: Any) -> str:
    """Exercise 4.2: the positive part of James and Stein's estimator, around the mean."""
    rng = np.random.default_rng(0)
    for p, centre, scale in ((10, 0.0, 1.0), (10, 50.0, 1.0), (4, 3.0, 2.0), (8, -5.0, 0.1)):
        z = centre + scale * rng.standard_normal((6, p)) + rng.standard_normal((6, p)) * 0.3
        mean = z.mean(axis=-1, keepdims=True)
        scatter = np.square(z - mean).sum(axis=-1, keepdims=True)

        def shrunk(spent: int, z: Any = z, mean: Any = mean, scatter: Any = scatter) -> Any:
            return mean + np.maximum(1 - (z.shape[-1] - spent) / scatter, 0) * (z - mean)

        jumps = (
            "where the factor is negative, estimates jump to the other side of the mean; put 0 in "
            "its place."
        )
        given_target = "p - 2 is for a target that is given; the mean has cost one more dimension."
        zero = np.zeros_like(mean), np.square(z).sum(axis=-1, keepdims=True)
        from_mean = "everything, the length too, is to be measured from the mean of each draw."
        slips = {
            given_target: shrunk(2),
            jumps: mean + (1 - (p - 3) / scatter) * (z - mean),
            from_mean: shrunk(2, z, *zero),
            f"{from_mean} ": shrunk(3, z, *zero),
        }
        match(attempt(answer, z), shrunk(3), f"{p} observations around {centre:g}", slips)
    return "Move all observations, and the estimates move with them."


def to_neighbours(answer: Any) -> str:
    """Exercise 4.3: squared distances between the parameters of neighbours in a chain."""
    generator = torch.Generator().manual_seed(0)
    for tasks, shape in ((4, (3,)), (5, (2, 3)), (2, (3,))):
        parameters = [
            torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
            for _ in range(tasks)
        ]
        slips = {
            "the last task is no neighbour of the first: a chain has two ends": lambda p: _chain(
                [*p, p[0]]
            ),
            "each pair of neighbours counts once, not from both ends": lambda p: 2 * _chain(p),
            "the distances are to be squared": lambda p: sum(
                (b - a).norm() for a, b in pairwise(p)
            ),
        }
        match_loss(answer, [parameters], _chain, f"{tasks} tasks", slips if tasks > 2 else {})
    return "Two ends, and every link counted once."


def _chain(parameters: Sequence[torch.Tensor]) -> torch.Tensor:
    return torch.stack([(b - a).square().sum() for a, b in pairwise(parameters)]).sum()


def three_strengths(answer: dict[str, Any]) -> str:
    """Exercise 4.4: a strength for each coefficient of the eleven firms."""
    given = entries(answer, COEFFICIENTS)
    strengths = tuple(number(value, key) for key, value in given.items())
    require(min(strengths) >= 0, "a strength is not negative")
    require(min(strengths) > 0 or max(strengths) > 0, "without any pull the firms are separate")
    own = _errors(strengths, TRIED).mean()
    intercept = _errors((0.0, FREE, FREE), TRIED).mean()
    single = min((_errors((s, s, s), TRIED).mean(), s) for s in SINGLE)
    require(
        own < intercept,
        f"mean error {own:.4f}; the firm intercept has {intercept:.4f}. "
        "Which of the coefficients differ most between firms?",
    )
    if own >= single[0]:
        raise HintError(
            f"mean error {own:.4f}; the single strength {single[1]:.2g} has {single[0]:.4f}. "
            "Start there, and change one of the three at a time."
        )
    fresh = _errors(strengths, FRESH), _errors((single[1],) * 3, FRESH)
    over_firms = compare(*(pd.Series(errors.mean(axis=0)) for errors in fresh))
    return (
        f"Mean error {own:.4f}, against {single[0]:.4f} of the single strength {single[1]:.2g}. "
        f"The difference on fresh splits, over firms: {over_firms:.4f}."
    )


@cache
def _errors(strengths: tuple[float, ...], splits: Sequence[int]) -> np.ndarray:
    """Squared error on the remaining years, for each split and firm."""
    panel = grunfeld_panel()
    errors = []
    for split in splits:
        order = np.random.default_rng(split).permutation(len(panel.years))
        train, test = order[:YEARS], order[YEARS:]
        w = mean_regularised(panel.x[:, train], panel.y[:, train], np.array(strengths))
        errors.append(mean_squared_error(panel.x[:, test], panel.y[:, test], w))
    return np.array(errors)
