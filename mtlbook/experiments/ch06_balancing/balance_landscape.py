"""Chapter 6: gradient methods on a landscape of two losses, at three step sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from mtlbook.runs.base import Config, Experiment

Weights = Callable[[np.ndarray], np.ndarray]
FLOOR = 5e-6


def gradients(x: np.ndarray) -> np.ndarray:
    """Gradients ``(N, 2 losses, 2)`` of :func:`mtlbook.data.landscape.landscape` at points (N, 2).

    Written out by hand, because the runs are long and the tensors tiny.
    """
    first, second = x.T
    bend = np.tanh(-second)
    slope = 1 - bend**2
    above, below = np.maximum(np.tanh(second / 2), 0), np.maximum(np.tanh(-second / 2), 0)
    fade = (1 - (above + below) ** 2) / 2
    found = np.empty((len(x), 2, 2))
    for loss, (away, turn, side) in enumerate(
        [(-first / 2 - 3.5 - bend, slope, 7 - first), (-first / 2 + 3.5 + bend, -slope, -7 - first)]
    ):
        in_reach = np.abs(away) > FLOOR
        inverse = np.where(in_reach, 1 / np.where(in_reach, away, 1), 0)
        groove = np.log(np.maximum(np.abs(away), FLOOR)) + 6
        bowl = (side**2 + 0.1 * (second + 8) ** 2) / 10 - 20
        found[:, loss, 0] = -inverse / 2 * above - side / 5 * below
        found[:, loss, 1] = inverse * turn * above + 0.02 * (second + 8) * below
        found[:, loss, 1] += np.where(second > 0, groove, -bowl) * fade * (second != 0)
    return found


def _products(g: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second = g[:, 0], g[:, 1]
    one, two = (first**2).sum(axis=1), (second**2).sum(axis=1)
    return np.maximum(one, 1e-30), np.maximum(two, 1e-30), (first * second).sum(axis=1)


def _sum(g: np.ndarray) -> np.ndarray:
    return np.ones((len(g), 2))


def _pcgrad(g: np.ndarray) -> np.ndarray:
    one, two, inner = _products(g)
    conflict = np.minimum(inner, 0)
    return np.stack([1 - conflict / one, 1 - conflict / two], axis=1)


def _mgda(g: np.ndarray) -> np.ndarray:
    one, two, inner = _products(g)
    w = np.clip((two - inner) / np.maximum(one + two - 2 * inner, 1e-30), 0, 1)
    return np.stack([w, 1 - w], axis=1)


def _nash(g: np.ndarray) -> np.ndarray:
    one, two, inner = _products(g)
    shrink = np.sqrt(np.maximum(1 + inner / np.sqrt(one * two), 1e-9))
    return np.stack([1 / (np.sqrt(one) * shrink), 1 / (np.sqrt(two) * shrink)], axis=1)


RULES: dict[str, Weights] = {"sum": _sum, "PCGrad": _pcgrad, "MGDA": _mgda, "Nash-MTL": _nash}
"""The weights ``(N, 2)`` of two gradients ``(N, 2, 2)``, in closed form."""


def random_starts(seeds: Sequence[int]) -> np.ndarray:
    """Draw a start for each seed, uniform between -10 and 10, ``(S, 2)``."""
    return np.stack([np.random.default_rng(seed).uniform(-10, 10, 2) for seed in seeds])


def descend(
    starts: np.ndarray, rule: str, lr: float, steps: int, every: int | None = None
) -> np.ndarray:
    """Follow a rule from each start by Adam.

    Args:
        starts: points ``(S, 2)``.
        rule: the name of a rule.
        lr: step size.
        steps: number of updates.
        every: how many steps lie between two points of a path; only the end by default.

    Returns:
        The paths ``(S, points, 2)``; they begin at the starts.
    """
    x, path = np.array(starts, dtype=float), [np.array(starts, dtype=float)]
    mean, square = np.zeros_like(x), np.zeros_like(x)
    for step in range(1, steps + 1):
        g = gradients(x)
        direction = (RULES[rule](g)[:, :, None] * g).sum(axis=1)
        mean += 0.1 * (direction - mean)
        square += 0.001 * (direction**2 - square)
        size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
        x -= lr / (1 - 0.9**step) * mean / size
        if step % (every or steps) == 0:
            path.append(x.copy())
    return np.stack(path, axis=1)


def on_front(ends: np.ndarray) -> np.ndarray:
    """Whether points ``(..., 2)`` lie on the Pareto front, with some room for what still moves."""
    near: np.ndarray = (np.abs(ends[..., 0]) < 7.3) & (np.abs(ends[..., 1] + 8.3) < 1.3)
    return near


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    path = descend(random_starts(seeds), config["rule"], config["lr"], config["steps"])
    return np.column_stack([on_front(path[:, -1]), path[:, -1]])


BALANCE_LANDSCAPE = Experiment(
    name="balance-landscape",
    question="Is the plain sum trapped where gradient methods escape, or are its steps too small?",
    data="generated: two losses of two parameters",
    score="whether the last point is on the Pareto front, and its two coordinates",
    configs=[
        {"rule": rule, "lr": lr, "steps": steps}
        for lr, steps in ((0.1, 1_000), (0.01, 10_000), (0.001, 100_000))
        for rule in RULES
    ],
    seeds=range(100),
    measure=_measure,
    columns=["front", "x1", "x2"],
    cheap={"rule": "PCGrad", "lr": 0.1, "steps": 1_000},
)
