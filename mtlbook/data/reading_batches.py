"""Questions and passages in batches of like length, for many networks at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.reading_codes import CodedQuestions


@dataclass(frozen=True)
class ReadingBatch:
    """``B`` questions for each of ``S`` networks: ``K`` passages of ``N`` words, ``M`` sentences.

    Attributes:
        question: numbers of the words, ``(S, B, Q)``; 0 fills up.
        passages: numbers of the words, ``(S, B, K, N)``; 0 fills up.
        match: 1 where a word occurs in the question, ``(S, B, K, N)``.
        sentences: the sentence of each word, counted from 0, -1 for none, ``(S, B, K, N)``.
        gold: passage, first and last word of the answer, ``(S, B, 3)``.
        inside: 1 where a word is part of an answer, ``(S, B, K, N)``.
        weight: what each question counts, ``(S, B)``.
    """

    question: Tensor
    passages: Tensor
    match: Tensor
    sentences: Tensor
    gold: Tensor
    inside: Tensor
    weight: Tensor

    @property
    def start(self) -> Tensor:
        """Where the answer starts among all ``K N`` words of a question, ``(S, B)``."""
        return self.gold[..., 0] * self.passages.shape[-1] + self.gold[..., 1]

    @property
    def end(self) -> Tensor:
        """Where the answer ends among all ``K N`` words of a question, ``(S, B)``."""
        return self.gold[..., 0] * self.passages.shape[-1] + self.gold[..., 2]

    @property
    def there(self) -> Tensor:
        """True where there is a passage, ``(S, B, K)``."""
        return (self.passages > 0).any(-1)

    @property
    def holds(self) -> Tensor:
        """1 for a passage that holds an answer, ``(S, B, K)``."""
        return self.inside.amax(-1)

    @property
    def members(self) -> Tensor:
        """True for the words of each sentence, ``(S, B, K, M, N)``."""
        return self.sentences[..., None, :] == torch.arange(int(self.sentences.max()) + 1)[:, None]


def gather(parts: Sequence[CodedQuestions], rows: Sequence[np.ndarray]) -> ReadingBatch:
    """Put the given rows of each network's questions into one batch, no longer than they are.

    Args:
        parts: for each of the ``S`` networks, its questions.
        rows: for each network, the places of its ``B`` questions.
    """
    chosen = [part.take(row) for part, row in zip(parts, rows, strict=True)]
    return stack_parts(chosen)


def join(batches: Sequence[ReadingBatch]) -> ReadingBatch:
    """Put the questions of several batches side by side into one."""
    if len(batches) == 1:
        return batches[0]
    asked = max(batch.question.shape[-1] for batch in batches)
    k, n = (max(batch.passages.shape[d] for batch in batches) for d in (-2, -1))

    def wide(values: Tensor, filler: int = 0) -> Tensor:
        short = [0, n - values.shape[-1], 0, k - values.shape[-2]]
        return functional.pad(values, short, value=filler)

    return ReadingBatch(
        torch.cat(
            [functional.pad(b.question, [0, asked - b.question.shape[-1]]) for b in batches], 1
        ),
        torch.cat([wide(b.passages) for b in batches], 1),
        torch.cat([wide(b.match) for b in batches], 1),
        torch.cat([wide(b.sentences, -1) for b in batches], 1),
        torch.cat([b.gold for b in batches], 1),
        torch.cat([wide(b.inside) for b in batches], 1),
        torch.cat([b.weight for b in batches], 1),
    )


def in_order(
    parts: Sequence[CodedQuestions], size: int = 64
) -> Iterator[tuple[list[np.ndarray], ReadingBatch]]:
    """Go through all questions once, those with short passages first; for measuring.

    Yields:
        For each network the places of the questions of a batch, and the batch.

    Raises:
        ValueError: if the networks do not have the same number of questions.
    """
    orders = [np.argsort(part.lengths, kind="stable") for part in parts]
    for start in range(0, count(parts), size):
        rows = [order[start : start + size] for order in orders]
        yield rows, gather(parts, rows)


def stack_parts(parts: Sequence[CodedQuestions]) -> ReadingBatch:
    """Put all questions of each network into one batch, no longer than they are."""
    asked = max(int((part.question > 0).sum(-1).max()) for part in parts)
    k = max(part.passages.shape[1] for part in parts)
    n = max(int(part.lengths.max()) for part in parts)

    def stack(arrays: Sequence[np.ndarray], filler: int = 0) -> Tensor:
        found = np.full((len(arrays), len(arrays[0]), k, n), filler, arrays[0].dtype)
        for s, array in enumerate(arrays):
            length = min(n, array.shape[2])
            found[s, :, : array.shape[1], :length] = array[:, :, :length]
        return torch.from_numpy(found)

    question = np.zeros((len(parts), len(parts[0]), asked), int)
    for s, part in enumerate(parts):
        length = min(asked, part.question.shape[1])
        question[s, :, :length] = part.question[:, :length]
    return ReadingBatch(
        torch.from_numpy(question),
        stack([part.passages for part in parts]),
        stack([part.match for part in parts]),
        stack([part.sentences for part in parts], -1),
        torch.from_numpy(np.stack([part.gold for part in parts])),
        stack([part.inside for part in parts]),
        torch.from_numpy(np.stack([part.weight for part in parts])),
    )


def count(parts: Sequence[CodedQuestions]) -> int:
    """Return how many questions each network has.

    Raises:
        ValueError: if they do not all have the same number.
    """
    counts = {len(part) for part in parts}
    if len(counts) != 1:
        raise ValueError(f"every network needs the same number of questions, got {sorted(counts)}")
    return counts.pop()
