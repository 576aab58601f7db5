"""From where an answer may start and end to the span that is given as the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from mtlbook.models.attention import NEVER


class Candidates(NamedTuple):
    """The best span of each passage, ``(..., K)`` each.

    Attributes:
        score: log-probability of its start and of its end, added up.
        start: its first word.
        end: its last word, inclusive.
    """

    score: Tensor
    start: Tensor
    end: Tensor


def candidates(start: Tensor, end: Tensor, passages: int, longest: int = 15) -> Candidates:
    """Find the best span in each passage: not empty, not longer than allowed, in one passage.

    Args:
        start: log-probabilities of the start over the words of all passages, ``(..., K N)``.
        end: those of the end.
        passages: how many passages ``K`` there are.
        longest: how many words a span may have.
    """
    starts, ends = (x.unflatten(-1, (passages, -1)) for x in (start, end))
    n = starts.shape[-1]
    best = torch.full_like(starts, -torch.inf)
    lengths = torch.zeros_like(starts, dtype=torch.long)
    for further in range(min(longest, n)):
        score = starts[..., : n - further] + ends[..., further:]
        better = score > best[..., : n - further]
        best[..., : n - further] = torch.where(better, score, best[..., : n - further])
        lengths[..., : n - further].masked_fill_(better, further)
    score, first = best.max(-1)
    last = first + lengths.gather(-1, first[..., None]).squeeze(-1)
    # A passage that is not there has words of probability 0 only: it must not win by a bonus.
    return Candidates(score.clamp(min=2 * NEVER), first, last)


def content(found: Candidates, inside: Tensor) -> Tensor:
    """Return the mean of a score of words over the words of each candidate, ``(..., K)``.

    Args:
        found: the candidates.
        inside: a score of each word, ``(..., K, N)``; in V-Net the probability that it is part
            of an answer.
    """
    place = torch.arange(inside.shape[-1])
    within = (place >= found.start[..., None]) & (place <= found.end[..., None])
    return (inside * within).sum(-1) / within.sum(-1)


def factors(outputs: Mapping[str, Tensor], found: Candidates, names: Sequence[str]) -> Tensor:
    """Return the logarithm of what else speaks for each candidate, ``(..., K)``.

    Args:
        outputs: what the reader gave, with the heads that are named.
        found: the candidates.
        names: any of ``passage``, the probability that a passage holds an answer, as in S-Net;
            ``verify``, that of the verification among passages, and ``word``, the mean
            probability of the candidate's words to be part of an answer, as in V-Net.

    Raises:
        ValueError: if a name is unknown.
    """
    total = torch.zeros_like(found.score)
    for name in names:
        if name == "passage":
            total = total + torch.nn.functional.logsigmoid(outputs["passage"])
        elif name == "verify":
            total = total + outputs["verify"]
        elif name == "word":
            inside = content(found, torch.sigmoid(outputs["word"]))
            total = total + inside.clamp(min=1e-30).log()
        else:
            raise ValueError(f"no factor {name!r}: expected passage, verify or word")
    return total


def choose(found: Candidates, extra: Tensor | None = None) -> Tensor:
    """Return passage, first and last word of the best candidate, ``(..., 3)``.

    Args:
        found: the candidates of each passage.
        extra: logarithm of further factors of their score, ``(..., K)``; see :func:`factors`.
    """
    score = found.score if extra is None else found.score + extra
    best = score.argmax(-1, keepdim=True)
    return torch.cat([best, found.start.gather(-1, best), found.end.gather(-1, best)], dim=-1)
