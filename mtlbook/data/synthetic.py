"""Small generated problems: teachers with a dial, two losses of two parameters, wrong labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.logic import boolean_tasks

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


def landscape(x: Tensor) -> Tensor:
    """Return both losses ``(..., 2)`` at points ``(..., 2)``.

    Above the line where the second parameter is 0 each loss has a deep, narrow groove that the
    other has not; below it they are two bowls, at 7 and at -7. (Liu et al. 2021, appendix, as in
    `toy.py` of their code.)

    Raises:
        ValueError: if the points do not have two coordinates.
    """
    if x.shape[-1] != 2:
        raise ValueError(f"expected points (..., 2), got {tuple(x.shape)}")
    first, second = x.unbind(dim=-1)
    bend = torch.tanh(-second)
    away = torch.stack([0.5 * (-first - 7) - bend, 0.5 * (-first + 3) + bend + 2], dim=-1)
    grooves = away.abs().clamp(min=5e-6).log() + 6
    sides = torch.stack([7 - first, -7 - first], dim=-1)
    bowls = (sides.square() + 0.1 * (-second - 8).square()[..., None]) / 10 - 20
    above = torch.tanh(0.5 * second).clamp(min=0)[..., None]
    below = torch.tanh(-0.5 * second).clamp(min=0)[..., None]
    return grooves * above + bowls * below


def flip(labels: Tensor, rate: float, seeds: Sequence[int], stream: int = 0) -> Tensor:
    """Turn each label of 0 or 1 round with some probability, independently of all others.

    At a rate of one half the labels say nothing, and at 1 as much as at 0. For one seed and
    stream the labels that a rate turns round are among those that a larger one does.

    Args:
        labels: 0 and 1, ``(S, n, T)``.
        rate: the probability, from 0 to 1.
        seeds: one for each of the S sets.
        stream: another number gives other flips.

    Raises:
        ValueError: if the rate is outside [0, 1].
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"a probability lies in [0, 1]: {rate}")
    draws = [np.random.default_rng([seed, 13, stream]).random(labels.shape[1:]) for seed in seeds]
    turned = torch.tensor(np.stack(draws) < rate)
    return torch.where(turned, 1 - labels, labels)


def irrelevant_tasks(patterns: np.ndarray, hard: bool = False) -> np.ndarray:
    """Return four Boolean tasks that can be learned and say nothing about T1 to T4.

    The formulas are those of :func:`mtlbook.data.logic.boolean_tasks`, with other bits. B2 takes
    the place of B1. The easy ones have B3 in place of the parity; the hard ones have the parity
    of B1, B3, B4, B5 and B6. Over the 256 patterns each of them is independent of the original
    four: whatever bits 1 and 4 to 8 are, B2 and the bit or parity beside it are 0 and 1 in all
    four combinations equally often.

    Args:
        patterns: 0 and 1, ``(n, 8)``.
        hard: whether they are as hard to learn as the original ones.

    Returns:
        Labels 0 and 1, ``(n, 4)``.
    """
    if hard:
        return boolean_tasks(patterns[:, [1, 0, 2, 3, 4, 5]], parity_bits=(2, 3, 4, 5, 6))
    return boolean_tasks(patterns[:, [1, 2]], parity_bits=(2,))
