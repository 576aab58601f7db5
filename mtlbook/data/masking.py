"""Running text as two tasks: hidden words to be found, and pairs of sentences to be judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import JITTER
from mtlbook.data.vocabulary import IGNORE, UNKNOWN, Encoded

Pairs = Literal["next", "order"]


def mask_words(
    x: np.ndarray,
    words: np.ndarray,
    draw: np.random.Generator,
    share: float = 0.15,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose words to be found again, and spoil them, in the way commonly described for BERT.

    Of the chosen words 80 % are hidden: word, suffix and shape become those of an unknown word.
    10 % become some other word of the same sentences, and 10 % stay as they are.

    Args:
        x: numbers of word, suffix and shape, ``(..., 3)``.
        words: which of them may be chosen, ``(...)``.
        draw: where chance comes from.
        share: of the words that are chosen.

    Returns:
        What the network sees, shaped as ``x``; and the numbers of the words to be found,
        ``(...)``, ``IGNORE`` where there is none.

    Source: Devlin et al. (2019), https://arxiv.org/abs/1810.04805
    """
    chosen = words & (draw.random(words.shape) < share)
    fate = draw.random(words.shape)
    seen = x.copy()
    seen[chosen & (fate < 0.8)] = UNKNOWN
    other = chosen & (fate >= 0.8) & (fate < 0.9)
    seen[other] = x[words][draw.integers(words.sum(), size=other.sum())]
    return seen, np.where(chosen, x[..., 0], IGNORE)


class TextBatch(NamedTuple):
    """``B`` sentences of running text for each of ``S`` networks, filled up to ``N`` words.

    The first ``B / 2`` sentences and the others are the two sides of ``B / 2`` pairs. Of the
    ``B N`` places of a network, up to ``M`` have a word to be found.

    Attributes:
        x: numbers of word, suffix and shape, some of them spoilt, ``(S, B, N, 3)``.
        lengths: ``(S, B)``.
        places: of the words to be found, ``(S, M)``.
        right: these words, counted from 0, and ``IGNORE`` where a network has fewer than ``M``.
        true: 1 where a pair is as in the text, else 0, ``(S, B / 2)``.
    """

    x: Tensor
    lengths: Tensor
    places: Tensor
    right: Tensor
    true: Tensor


def successors(documents: Sequence[str]) -> np.ndarray:
    """Return the places of the sentences that another one of their document follows."""
    names = np.array(documents)
    return np.flatnonzero(names[:-1] == names[1:])


class TextStream:
    """An endless stream of pairs of sentences with hidden words, for ``S`` networks at once.

    In every epoch each sentence with a successor opens one pair. With ``pairs="next"`` half of
    the second sentences are the successors and half are drawn from the whole text; with
    ``"order"`` all are, and half of the pairs are turned round. Pairs of like length come
    together, as in :class:`mtlbook.data.batches.Stream`; what a network gets does not depend on
    those beside it.

    Args:
        text: the sentences, in the order of the text.
        documents: for each sentence the name of its document.
        size: sentences in a batch, an even number.
        seeds: for each network, the seed of its draws.
        pairs: which pairs there are.
        limit: words of a sentence; what is longer is cut off.
        outputs: only the words 1 to ``outputs`` are to be found.
        order: seed of what is the same for all networks.

    Raises:
        ValueError: if numbers disagree, or there is not one full batch.
    """

    def __init__(
        self,
        text: Encoded,
        documents: Sequence[str],
        size: int,
        seeds: Sequence[int],
        pairs: Pairs = "next",
        limit: int = 40,
        outputs: int | None = None,
        order: int = 0,
    ) -> None:
        if len(documents) != len(text):
            raise ValueError(f"{len(documents)} documents for {len(text)} sentences")
        self.first = successors(documents)
        if size < 2 or size % 2 or size // 2 > len(self.first):
            raise ValueError(f"no batch of {size} sentences from {len(self.first)} pairs")
        self.x, self.lengths = text.x[:, :limit], np.minimum(text.lengths, limit)
        self.size, self.pairs = size, pairs
        self.outputs = int(text.x[..., 0].max()) if outputs is None else outputs
        self.draws = [np.random.default_rng([7, seed]) for seed in seeds]
        self.shared = np.random.default_rng([8, order])
        self.coming: Iterator[TextBatch] = iter(())

    def __iter__(self) -> TextStream:
        return self

    def __next__(self) -> TextBatch:
        """Return the next batch; an epoch follows upon the other."""
        batch = next(self.coming, None)
        if batch is None:
            self.coming = self._epoch()
            batch = next(self.coming)
        return batch

    def _epoch(self) -> Iterator[TextBatch]:
        half = self.size // 2
        count = len(self.first) // half
        plans = [self._plan(draw, count, half) for draw in self.draws]
        for number in self.shared.permutation(count):
            yield self._batch([(rows[number], true[number]) for rows, true in plans])

    def _plan(
        self, draw: np.random.Generator, count: int, half: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the sentences ``(count, 2 half)`` and truths ``(count, half)`` of an epoch."""
        first = draw.permutation(self.first)[: count * half]
        true = draw.random(len(first)) < 0.5
        second = first + 1
        if self.pairs == "next":
            second = np.where(true, second, draw.integers(len(self.lengths), size=len(first)))
            sides = np.stack([first, second])
        else:
            sides = np.where(true, np.stack([first, second]), np.stack([second, first]))
        longest = self.lengths[sides].max(0) + JITTER * draw.random(len(first))
        order = np.argsort(longest).reshape(count, half)
        return np.concatenate([sides[0][order], sides[1][order]], axis=1), true[order]

    def _batch(self, plans: Sequence[tuple[np.ndarray, np.ndarray]]) -> TextBatch:
        rows = np.stack([row for row, _ in plans])
        lengths = self.lengths[rows]
        longest = int(lengths.max())
        x = self.x[rows, :longest]
        inside = np.arange(longest) < lengths[..., None]
        eligible = inside & (x[..., 0] > UNKNOWN) & (x[..., 0] <= self.outputs)
        masked = [mask_words(*each) for each in zip(x, eligible, self.draws, strict=True)]
        seen, words = (np.stack(part) for part in zip(*masked, strict=True))
        words = words.reshape(len(words), -1)
        most = max(1, (words != IGNORE).sum(1).max())
        places = np.argsort(words == IGNORE, axis=1, kind="stable")[:, :most]
        right = np.take_along_axis(words, places, axis=1)
        right[right != IGNORE] -= 1
        true = np.stack([row for _, row in plans]).astype(np.float32)
        return TextBatch(*map(torch.from_numpy, (seen, lengths, places, right, true)))
