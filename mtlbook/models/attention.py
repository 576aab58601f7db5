"""Attention: weights over words that add up to one, and what they pick out."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

NEVER = -1e9
"""The score of a place that must get no weight. It is finite, so that a row without any place
does not turn into nonsense; beside any place that exists, its softmax is exactly 0."""


def masked_log_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Return the logarithm of the softmax over the last dimension, over the places of the mask.

    Args:
        scores: ``(..., n)``.
        mask: true where a place exists, ``(..., n)``. The others get probability 0.
    """
    return scores.masked_fill(~mask, NEVER).log_softmax(-1)


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Return the softmax over the last dimension, over the places of the mask."""
    return scores.masked_fill(~mask, NEVER).softmax(-1)


def weighted_mean(words: Tensor, weights: Tensor) -> Tensor:
    """Add up words ``(..., n, width)`` by their weights ``(..., n)`` to ``(..., width)``."""
    return (weights[..., None] * words).sum(-2)  # twice as fast as many small products


class Attention(nn.Module):
    """How well each word of a passage and each word of the question fit.

    Both go through the same layer, and the scores are their scalar products, as in SAN (Liu et
    al. 2018). Divided by the root of the width, they start small whatever the width.

    Args:
        width: of the words' vectors.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, width)

    def forward(self, passage: Tensor, question: Tensor) -> Tensor:
        """Map words ``(..., N, width)`` and ``(..., Q, width)`` to scores ``(..., N, Q)``."""
        p, q = torch.relu(self.project(passage)), torch.relu(self.project(question))
        return p @ q.mT / math.sqrt(p.shape[-1])


class Pool(nn.Module):
    """One vector for several words: their mean, weighted by a learned score of each word.

    Args:
        width: of the words' vectors.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """Map words ``(..., N, width)``, of which those of the mask count, to ``(..., width)``."""
        return weighted_mean(words, masked_softmax(self.score(words).squeeze(-1), mask))
