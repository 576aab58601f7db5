"""Labels that are wrong, and labels that are right about something else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.logic import boolean_tasks


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
