"""Questions and passages in batches of like length, for S networks at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.reading import CodedQuestions


class ReadingBatch(NamedTuple):
    """``B`` questions: ``K`` passages of ``N`` words, ``M`` sentences.

    Those of ``S`` networks have the networks in front.

    Attributes:
        question: numbers of the words, ``(B, Q)``; 0 fills up.
        passages: numbers of the words, ``(B, K, N)``; 0 fills up, also for a passage that is not
            there.
        match: 1 where a word occurs in the question, ``(B, K, N)``.
        members: true for the words of each sentence, ``(B, K, M, N)``.
        gold: passage, first and last word of the answer, ``(B, 3)``.
        inside: 1 where a word is part of an answer, ``(B, K, N)``.
        weight: what each question counts, ``(B,)``.
        keep: 1 for the steps of the answer module that count, ``(B, steps)``; ``(B, 1)`` if all do.
    """

    question: Tensor
    passages: Tensor
    match: Tensor
    members: Tensor
    gold: Tensor
    inside: Tensor
    weight: Tensor
    keep: Tensor

    def of(self, s: int) -> ReadingBatch:
        """Return what belongs to network ``s`` of several."""
        return ReadingBatch(*(values[s] for values in self))

    @property
    def start(self) -> Tensor:
        """Where the answer starts among all ``K N`` words of a question, ``(B,)``."""
        return self.gold[..., 0] * self.passages.shape[-1] + self.gold[..., 1]

    @property
    def end(self) -> Tensor:
        """Where the answer ends among all ``K N`` words of a question, ``(B,)``."""
        return self.gold[..., 0] * self.passages.shape[-1] + self.gold[..., 2]

    @property
    def there(self) -> Tensor:
        """True where there is a passage, ``(B, K)``."""
        return (self.passages > 0).any(-1)

    @property
    def holds(self) -> Tensor:
        """1 for a passage that holds an answer, ``(B, K)``."""
        return self.inside.amax(-1)


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
    k, m, n = (max(batch.members.shape[d] for batch in batches) for d in (-3, -2, -1))

    wide = [
        batch._replace(
            question=_padded(batch.question, asked),
            passages=_padded(batch.passages, k, n),
            match=_padded(batch.match, k, n),
            members=_padded(batch.members, k, m, n),
            inside=_padded(batch.inside, k, n),
        )
        for batch in batches
    ]
    return ReadingBatch(*(torch.cat(values, 1) for values in zip(*wide, strict=True)))


def _padded(values: Tensor, *sizes: int) -> Tensor:
    """Fill the last dimensions up to the given sizes with 0."""
    pairs = zip(sizes[::-1], values.shape[::-1], strict=False)
    return functional.pad(values, [more for size, n in pairs for more in (0, size - n)])


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
    sentences = stack([part.sentences for part in parts], -1)
    numbers = torch.arange(int(sentences.max()) + 1)
    return ReadingBatch(
        torch.from_numpy(question),
        stack([part.passages for part in parts]),
        stack([part.match for part in parts]),
        sentences[..., None, :] == numbers[:, None],
        torch.from_numpy(np.stack([part.gold for part in parts])),
        stack([part.inside for part in parts]),
        torch.from_numpy(np.stack([part.weight for part in parts])),
        torch.ones(len(parts), len(parts[0]), 1),
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


JITTER = 4.0
"""By so many words the passages of one batch may differ in length, beyond what order demands."""


class ReadingStream:
    """An endless stream of batches of like length, for ``S`` networks at once.

    In every epoch a network sees its questions in an order of its own: they are sorted by the
    length of the passages, with some chance in it, and cut into batches; what is left over is
    another few each time. Which batch comes next is the same for all networks. What a network
    gets does not depend on those beside it.

    A rare word is now and then spelled out: a word that occurs c times becomes the number of its
    spelling with probability ``hide / (hide + c)``, so that the network learns to read names that
    it does not know (Kiperwasser and Goldberg 2016 hide words so). Within a question that
    happens to a word everywhere or nowhere.

    Args:
        parts: for each network, its questions; the same number for each.
        size: questions in a batch.
        seeds: for each network, the seed of its order and of what is hidden.
        hide: how much is hidden; 0 for nothing.
        order: seed of what is the same for all networks.

    Raises:
        ValueError: if numbers disagree, there is not one full batch, or a question has no span.
    """

    def __init__(
        self,
        parts: Sequence[CodedQuestions],
        size: int,
        seeds: Sequence[int],
        hide: float = 0.5,
        order: int = 0,
    ) -> None:
        if len(parts) != len(seeds):
            raise ValueError(f"{len(seeds)} seeds for {len(parts)} networks")
        if not 1 <= size <= count(parts):
            raise ValueError(f"no batch of {size} from {count(parts)} questions")
        for part in parts:
            if (part.gold < 0).any():
                row = int(np.flatnonzero((part.gold < 0).any(1))[0])
                raise ValueError(f"question {row} has no span: there is nothing to learn from it")
        self.parts, self.size, self.hide = parts, size, hide
        self.draws = [np.random.default_rng([5, seed]) for seed in seeds]
        self.shared = np.random.default_rng([6, order])
        self.coming: Iterator[ReadingBatch] = iter(())

    @property
    def batches(self) -> int:
        """How many batches make an epoch."""
        return len(self.parts[0]) // self.size

    def __iter__(self) -> ReadingStream:
        return self

    def __next__(self) -> ReadingBatch:
        """Return the next batch; an epoch follows upon the other."""
        batch = next(self.coming, None)
        if batch is None:
            self.coming = self._epoch()
            batch = next(self.coming)
        return batch

    def _epoch(self) -> Iterator[ReadingBatch]:
        orders = []
        for part, draw in zip(self.parts, self.draws, strict=True):
            chosen = draw.permutation(len(part))[: self.batches * self.size]
            keys = part.lengths[chosen] + JITTER * draw.random(len(chosen))
            orders.append(chosen[np.argsort(keys)].reshape(self.batches, self.size))
        for number in self.shared.permutation(self.batches):
            pairs = zip(self.parts, orders, self.draws, strict=True)
            yield stack_parts([self._hidden(part.take(o[number]), draw) for part, o, draw in pairs])

    def _hidden(self, part: CodedQuestions, draw: np.random.Generator) -> CodedQuestions:
        counts = part.codes.counts
        hidden = draw.random((len(part), len(counts))) * (self.hide + counts) < self.hide
        words = np.where(hidden, part.codes.spellings, np.arange(len(counts)))
        row = np.arange(len(part))
        return replace(
            part,
            question=words[row[:, None], part.question],
            passages=words[row[:, None, None], part.passages],
        )
