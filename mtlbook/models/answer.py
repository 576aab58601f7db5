"""The answer module: several looks at the passages, and the mean of what they point at."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtlbook.models.attention import NEVER, masked_log_softmax, weighted_mean


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
        self, words: Tensor, mask: Tensor, question: Tensor, keep: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the log-probabilities of the answer's start and of its end, ``(..., P)`` each.

        Args:
            words: of all passages of a question, one behind the other, ``(..., P, width)``.
            mask: true where there is a word, ``(..., P)``.
            question: one vector, ``(..., width)``.
            keep: 1 for the steps that count, ``(..., steps)``; by default all.
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


def mean_over_steps(steps: Sequence[Tensor], keep: Tensor | None = None) -> Tensor:
    """Return the logarithm of the mean of distributions that are given by their logarithms.

    Args:
        steps: for each of the ``T`` steps ``(..., P)``.
        keep: 1 for the steps that count and 0 for the others, ``(..., T)``; by default all.
    """
    if len(steps) == 1:
        return steps[0]
    stacked = torch.stack(list(steps), dim=-2)
    kept = torch.ones_like(stacked[..., 0]) if keep is None else keep
    share = torch.log(kept / kept.sum(-1, keepdim=True)).clamp(min=NEVER)
    return torch.logsumexp(stacked + share[..., None], dim=-2)
