"""Attention, weights over words that add up to one; and what answers by it, look after look."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
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
        return p @ q.mT / np.sqrt(p.shape[-1])  # type: ignore[no-any-return]


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


class Answer(nn.Module):
    """Points at the first and at the last word of the answer, in several steps.

    In the manner of the stochastic answer network (SAN, Liu et al. 2018). A state, at first the
    question, takes in at each step what it looks at; then it points at a start and, knowing what
    stands there, at an end. The answer is the mean of the distributions of all steps. In training
    some steps are left out at random, so that the answer does not hang on one of them.

    Args:
        width: of the words' vectors, and of the state.
        steps: how often the state looks at the passages.
    """

    def __init__(self, width: int, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.look = nn.Linear(width, width, bias=False)
        self.update = nn.GRUCell(width, width)
        self.start = nn.Linear(width, width, bias=False)
        self.end = nn.Linear(2 * width, width, bias=False)

    def forward(
        self, words: Tensor, mask: Tensor, question: Tensor, keep: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return the log-probabilities of the answer's start and of its end, ``(B, P)`` each.

        Args:
            words: of all passages of a question, one behind the other, ``(B, P, width)``.
            mask: true where there is a word, ``(B, P)``.
            question: one vector, ``(B, width)``.
            keep: 1 for the steps that count, ``(B, steps)``, or ``(B, 1)`` if all do.
        """

        def point(query: Tensor) -> Tensor:
            return masked_log_softmax((words * query[..., None, :]).sum(-1), mask)

        state, starts, ends = question, [], []
        for _ in range(self.steps):
            seen = weighted_mean(words, point(self.look(state)).exp())
            state = self.update(seen, state)
            start = point(self.start(state))
            first = weighted_mean(words, start.exp())
            starts.append(start)
            ends.append(point(self.end(torch.cat([state, first], dim=-1))))
        return mean_over_steps(starts, keep), mean_over_steps(ends, keep)


def mean_over_steps(steps: Sequence[Tensor], keep: Tensor) -> Tensor:
    """Return the logarithm of the mean of distributions that are given by their logarithms.

    Args:
        steps: for each of the ``T`` steps ``(B, P)``.
        keep: 1 for the steps that count and 0 for the others, ``(B, T)``, or ``(B, 1)`` if
            all do.
    """
    if len(steps) == 1:
        return steps[0]
    stacked = torch.stack(list(steps), dim=-2)
    kept = keep.expand(stacked.shape[:-1])
    share = torch.log(kept / kept.sum(-1, keepdim=True)).clamp(min=NEVER)
    return torch.logsumexp(stacked + share[..., None], dim=-2)
