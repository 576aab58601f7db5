"""An endless stream of questions to learn from, for many networks at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from mtlbook.data.reading_batches import ReadingBatch, count, stack_parts
from mtlbook.data.reading_codes import CodedQuestions

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
