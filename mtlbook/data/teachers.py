"""Tasks set by teacher networks, with a dial for how alike the teachers are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

TASKS, INPUTS, UNITS = 6, 12, 4
NOISE = 0.3
"""Standard deviation of the noise in the targets, in units of the noise-free target's."""


def teacher_weights(seed: int, cosine: float) -> list[np.ndarray]:
    """Draw one teacher per task; each layer of each has this cosine with a common teacher's.

    Two tasks' teachers then have a cosine of about ``cosine ** 2`` with each other. With 0 they
    have nothing in common, in the readout neither; with 1 they are the same.

    Args:
        seed: of the common teacher and of the tasks' own parts.
        cosine: from 0 to 1.

    Returns:
        Hidden weights ``(T, d, k)`` and readout weights ``(T, k)``.
    """
    rng = np.random.default_rng(seed)
    layers = []
    for shape in ((INPUTS, UNITS), (UNITS,)):
        common = rng.standard_normal(int(np.prod(shape)))
        own = rng.standard_normal((TASKS, len(common)))
        own -= np.outer(own @ common / (common @ common), common)
        own *= np.linalg.norm(common) / np.linalg.norm(own, axis=1, keepdims=True)
        mixed = cosine * common + np.sqrt(1 - cosine**2) * own
        layers.append(mixed.reshape(TASKS, *shape))
    return layers


def teacher_data(
    seeds: Sequence[int], cosine: float, n: int = 40, test: int = 500, world: int = 0
) -> list[Tensor]:
    """Draw examples for every task of every seed.

    The inputs are standard normal, and each task has its own. Targets are scaled so that the
    noise-free ones have mean 0 and variance 1 over the test inputs of the task.

    Args:
        seeds: one set of tasks each.
        cosine: of each teacher with the common one.
        n: training examples of a task; their targets are noisy.
        test: test examples of a task; their targets are not.
        world: another number gives other tasks, with another common teacher.

    Returns:
        Training inputs ``(S, T, n, d)`` and targets ``(S, T, n)``, and the same for testing.
    """
    draws = []
    for seed in seeds:
        hidden, readout = teacher_weights(seed + 100_000 * world, cosine)
        rng = np.random.default_rng([seed, world, 1])
        x = rng.standard_normal((TASKS, n + test, INPUTS))
        units = np.tanh(1.5 / np.sqrt(INPUTS) * x @ hidden)
        f = np.einsum("tnk,tk->tn", units, readout)
        f -= f[:, n:].mean(axis=1, keepdims=True)
        f /= f[:, n:].std(axis=1, keepdims=True)
        y = f[:, :n] + NOISE * rng.standard_normal((TASKS, n))
        draws.append((x[:, :n], y, x[:, n:], f[:, n:]))
    return [torch.tensor(np.stack(part)) for part in zip(*draws, strict=True)]
