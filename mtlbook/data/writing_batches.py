"""Questions to write answers to, in batches, for many networks at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.writing import CodedAnswers


@dataclass(frozen=True)
class WritingBatch:
    """``B`` questions for each of ``S`` networks; ``L = Q + N`` words can be copied.

    Attributes:
        question: numbers of the words read, ``(S, B, Q)``; 0 fills up.
        passage: the same of the passage that the evidence stands in, ``(S, B, N)``.
        match: 1 where a word of the passage occurs in the question, ``(S, B, N)``.
        marks: the evidence, ``(S, B, N, 3)``.
        ids: numbers of question and passage to write them, ``(S, B, L)``; 0 fills up.
        target: the answer's words and its end, numbered to write them, ``(S, B, T)``.
        before: the word before each, numbered to read it, ``(S, B, T)``.
        reading: the number to read each word that can be written, ``(S, B, R + X)``.
    """

    question: Tensor
    passage: Tensor
    match: Tensor
    marks: Tensor
    ids: Tensor
    target: Tensor
    before: Tensor
    reading: Tensor


def stack_answers(parts: Sequence[CodedAnswers]) -> WritingBatch:
    """Put all questions of each network into one batch, no longer than they are.

    Raises:
        ValueError: if the networks do not have the same number of questions, or of words.
    """
    if len({(len(part), part.words.room) for part in parts}) != 1:
        raise ValueError("every network needs the same number of questions, and of words to write")

    def stack(name: str) -> Tensor:
        each = [getattr(part, name) for part in parts]
        # Longer questions than these may have been taken from the same array.
        longest = max(1, *(int((part > 0).any(0).cumsum().argmax()) + 1 for part in each))
        return _stack(each, longest)

    question, passage = stack("question"), stack("passage")
    asked, read = question.shape[-1], passage.shape[-1]
    ids = [_stack([part.question_ids for part in parts], asked),
           _stack([part.passage_ids for part in parts], read)]  # fmt: skip
    known = torch.from_numpy(np.stack([_known(part) for part in parts]))  # (S, R)
    extra = stack("extra")
    return WritingBatch(
        question,
        passage,
        _stack([part.match for part in parts], read),
        _stack([part.marks for part in parts], read),
        torch.cat(ids, dim=-1),
        stack("target"),
        _stack([part.before for part in parts], stack("target").shape[-1]),
        torch.cat([known[:, None].expand(-1, len(parts[0]), -1), extra], dim=-1),
    )


class WritingStream:
    """An endless stream of batches to learn to write from, for ``S`` networks at once.

    In every epoch a network sees its questions in an order of its own; what is left over is
    another few each time. Rare words are now and then spelled out, as in
    :class:`mtlbook.data.reading_stream.ReadingStream`: in what is read, not in what is to be
    written. What a network gets does not depend on those beside it.

    Args:
        parts: for each network, its questions; the same number for each.
        size: questions in a batch.
        seeds: for each network, the seed of its order and of what is hidden.
        hide: how much is hidden; 0 for nothing.

    Raises:
        ValueError: if numbers disagree, or there is not one full batch.
    """

    def __init__(
        self, parts: Sequence[CodedAnswers], size: int, seeds: Sequence[int], hide: float = 0.0
    ) -> None:
        if len(parts) != len(seeds):
            raise ValueError(f"{len(seeds)} seeds for {len(parts)} networks")
        if not 1 <= size <= min(len(part) for part in parts):
            raise ValueError(f"no batch of {size} from {min(len(part) for part in parts)}")
        self.parts, self.size, self.hide = parts, size, hide
        self.draws = [np.random.default_rng([8, seed]) for seed in seeds]
        self.coming: Iterator[WritingBatch] = iter(())

    def __iter__(self) -> WritingStream:
        return self

    def __next__(self) -> WritingBatch:
        """Return the next batch; an epoch follows upon the other."""
        batch = next(self.coming, None)
        if batch is None:
            self.coming = self._epoch()
            batch = next(self.coming)
        return batch

    def _epoch(self) -> Iterator[WritingBatch]:
        orders = [d.permutation(len(p)) for p, d in zip(self.parts, self.draws, strict=True)]
        for start in range(0, len(self.parts[0]) - self.size + 1, self.size):
            trios = zip(self.parts, orders, self.draws, strict=True)
            taken = [(part.take(order[start : start + self.size]), d) for part, order, d in trios]
            yield stack_answers([self._hidden(part, draw) for part, draw in taken])

    def _hidden(self, part: CodedAnswers, draw: np.random.Generator) -> CodedAnswers:
        counts = part.codes.counts
        hidden = draw.random((len(part), len(counts))) * (self.hide + counts) < self.hide
        read = np.where(hidden, part.codes.spellings, np.arange(len(counts)))
        row = np.arange(len(part))[:, None]
        names = ("question", "passage", "before")
        return replace(part, **{name: read[row, getattr(part, name)] for name in names})


def _known(part: CodedAnswers) -> np.ndarray:
    """Return the number to read each word that is known, ``(R,)``; 0 where there is none."""
    found = np.zeros(part.words.room, int)
    for word, i in part.words.ids.items():
        found[i] = part.codes[word]
    return found


def _stack(arrays: Sequence[np.ndarray], longest: int) -> Tensor:
    shape = (len(arrays), len(arrays[0]), longest, *arrays[0].shape[2:])
    found = np.zeros(shape, arrays[0].dtype)
    for s, array in enumerate(arrays):
        length = min(longest, array.shape[1])
        found[s, :, :length] = array[:, :length]
    return torch.from_numpy(found)
