"""Questions, their evidence and their well-formed answers as numbers: what a writer sees.

A word of an answer has two numbers. To read it, a writer needs its number among the words it reads
(:class:`mtlbook.data.reading.Codes`); to write it, its number among the words it can write.
These are the words of the answers it learned from, and, for each question anew, those words of the
question and of the passage that are not among them: they can only be copied.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.reading import NOTHING, Codes, Passage, Question, Span, words_of
from mtlbook.data.vocabulary import Vocabulary

END, UNKNOWN = 1, 2
"""What ends an answer, and what can be neither written nor copied; 0 fills up."""
MARKS = 3
"""Marks on a passage: the first word of the evidence, its last word, and all of its words."""


class Words:
    """The words that a writer can write without copying, in lower case.

    Args:
        answers: the well-formed answers to learn from.
        size: of the vocabulary, how many numbers there are; those that no word needs stay unused.

    Raises:
        ValueError: if there are more words.
    """

    def __init__(self, answers: Iterable[str], size: int = 600) -> None:
        forms = Counter(word for answer in answers for word in words_of(answer))
        known = Vocabulary(word.lower() for word in forms.elements())
        if UNKNOWN + len(known) > size:
            raise ValueError(f"{UNKNOWN + len(known)} words of answers, vocabulary size {size}")
        self.ids = {word: UNKNOWN + i for word, i in known.ids.items()}
        self.size = size
        # The most frequent form; between two, the one in small letters.
        self.forms = {word.lower(): word for word, _ in sorted(forms.items(), key=_frequent)}

    def __getitem__(self, word: str) -> int:
        """Return the number of a word, or ``UNKNOWN``."""
        return self.ids.get(word.lower(), UNKNOWN)


@dataclass(frozen=True)
class CodedAnswers:
    """``n`` questions to write answers to; ``R`` words can be written without copying.

    Attributes:
        question: numbers of the words read, ``(n, Q)``; 0 fills up.
        passage: the same of the sentence that the evidence stands in, ``(n, N)``.
        match: 1 where a word of the passage occurs in the question, ``(n, N)``.
        marks: the evidence, ``(n, N, 3)``, see :data:`MARKS`.
        question_ids: numbers of the same words to write them, ``(n, Q)``: below ``R`` for a word
            that is known, ``R``, ``R + 1``, … for those that are not, question by question.
        passage_ids: the same of the passage, ``(n, N)``.
        target: the answer's words and ``END``, numbered to write them, ``(n, T)``.
        before: the word before each, numbered to read it, ``(n, T)``; the first is 0.
        extra: numbers to read the words ``R``, ``R + 1``, …, ``(n, X)``.
        copied: these words themselves, for each question.
        codes: the numbers of the words read.
        words: the words that can be written.
    """

    question: np.ndarray
    passage: np.ndarray
    match: np.ndarray
    marks: np.ndarray
    question_ids: np.ndarray
    passage_ids: np.ndarray
    target: np.ndarray
    before: np.ndarray
    extra: np.ndarray
    copied: tuple[tuple[str, ...], ...]
    codes: Codes
    words: Words

    def __len__(self) -> int:
        return len(self.question)

    def take(self, rows: np.ndarray) -> CodedAnswers:
        """Return some of the questions, in the order of the rows."""
        chosen = {name: getattr(self, name)[rows] for name in arrays()}
        return replace(self, **chosen, copied=tuple(self.copied[row] for row in rows))

    def text(self, row: int, ids: Sequence[int]) -> str:
        """Return the written words of an answer as a text, up to its ``END``."""
        known = list(self.words.ids)  # in the order of their numbers
        found = []
        for i in ids:
            if i == END:
                break
            if i >= self.words.size:
                found.append(self.copied[row][i - self.words.size])
            elif UNKNOWN < i <= UNKNOWN + len(known):
                found.append(self.words.forms[known[i - UNKNOWN - 1]])
            else:
                found.append("…")
        text = " ".join(found)
        for mark in ".,;:?!":
            text = text.replace(f" {mark}", mark)
        return text[:1].upper() + text[1:]


def arrays() -> tuple[str, ...]:
    """Return the names of the arrays of :class:`CodedAnswers`."""
    return tuple(f.name for f in fields(CodedAnswers) if f.type == "np.ndarray")


def code_answers(
    questions: Sequence[Question],
    codes: Codes,
    words: Words,
    spans: Sequence[Span] | None = None,
) -> CodedAnswers:
    """Turn questions, evidence and well-formed answers into numbers.

    Args:
        questions: the questions; the first of their well-formed answers is the one to write.
        codes: the numbers of the words read.
        words: the words that can be written.
        spans: the evidence of each question; by default the first of its own spans.

    Raises:
        ValueError: if there is no question, a question has no evidence or no well-formed answer,
            or there are more or fewer spans than questions.
    """
    if not questions:
        raise ValueError("no questions to encode")
    if spans is not None and len(spans) != len(questions):
        raise ValueError(f"{len(spans)} spans for {len(questions)} questions")
    for one in questions:
        if not one.well_formed or not (spans or one.spans):
            raise ValueError(f"question {one.id}: it has no well-formed answer, or no evidence")
    rows: dict[str, list[list[int]]] = {name: [] for name in arrays() if name != "marks"}
    copied, evidence = [], []
    for number, one in enumerate(questions):
        span = one.spans[0] if spans is None else spans[number]
        asked = [word.lower() for word in one.words]
        passage = one.passages[span.passage]
        begin, behind = sentences_around(passage, span)
        told = passage.words[begin:behind]
        read = [word.lower() for word in told]
        answer = [word.lower() for word in words_of(one.well_formed[0])]
        new = dict.fromkeys(word for word in [*asked, *read] if word not in words.ids)
        ids = {**words.ids, **{word: words.size + i for i, word in enumerate(new)}}
        rows["question"].append([codes[word] for word in asked])
        rows["passage"].append([codes[word] for word in read])
        rows["match"].append([int(word in asked) for word in read])
        rows["question_ids"].append([ids[word] for word in asked])
        rows["passage_ids"].append([ids[word] for word in read])
        rows["target"].append([*(ids.get(word, UNKNOWN) for word in answer), END])
        rows["before"].append([NOTHING, *(codes[word] for word in answer)])
        rows["extra"].append([codes[word] for word in new])
        as_written = {word.lower(): word for word in told + one.words}
        copied.append(tuple(as_written[word] for word in new))
        evidence.append((span.start - begin, span.end - begin))
    filled = {name: _fill(lists) for name, lists in rows.items()}
    place, (start, end) = np.arange(filled["passage"].shape[1]), np.array(evidence).T[..., None]
    marks = [place == start, place == end, (place >= start) & (place <= end)]
    return CodedAnswers(
        **filled,
        marks=np.stack(marks, axis=-1).astype(np.float32),
        copied=tuple(copied),
        codes=codes,
        words=words,
    )


def sentences_around(passage: Passage, span: Span) -> tuple[int, int]:
    """Return the first word of the sentence a span begins in, and the one behind its last."""
    first = bisect_right(passage.sentences, span.start) - 1
    behind = bisect_right(passage.sentences, span.end)
    ends = (*passage.sentences, len(passage))
    return passage.sentences[first], ends[behind]


def _fill(rows: Sequence[Sequence[int]]) -> np.ndarray:
    found = np.full((len(rows), max(1, *map(len, rows))), NOTHING)
    for i, row in enumerate(rows):
        found[i, : len(row)] = row
    return found


def _frequent(form: tuple[str, int]) -> tuple[int, str]:
    return form[1], form[0]  # the last one in the order stays


class WritingBatch(NamedTuple):
    """``B`` questions to write answers to; ``L = Q + N`` words can be copied.

    Those of ``S`` networks have the networks in front.

    Attributes:
        question: numbers of the words read, ``(B, Q)``; 0 fills up.
        passage: the same of the passage that the evidence stands in, ``(B, N)``.
        match: 1 where a word of the passage occurs in the question, ``(B, N)``.
        marks: the evidence, ``(B, N, 3)``.
        ids: numbers of question and passage to write them, ``(B, L)``; 0 fills up.
        target: the answer's words and its end, numbered to write them, ``(B, T)``.
        before: the word before each, numbered to read it, ``(B, T)``.
        reading: the number to read each word that can be written, ``(B, R + X)``.
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
    if len({(len(part), part.words.size) for part in parts}) != 1:
        raise ValueError("every network needs the same number of questions, and of words to write")

    def stack(name: str) -> Tensor:
        each = [getattr(part, name) for part in parts]
        # Longer questions than these may have been taken from the same array.
        longest = max(1, *(int((part > 0).any(0).cumsum().argmax()) + 1 for part in each))
        return _stack(each, longest)

    question, passage = stack("question"), stack("passage")
    asked, read = question.shape[-1], passage.shape[-1]
    lengths = {"question_ids": asked, "passage_ids": read}
    ids = [_stack([getattr(part, name) for part in parts], n) for name, n in lengths.items()]
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
    :class:`mtlbook.data.reading_batches.ReadingStream`: in what is read, not in what is to be
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
    found = np.zeros(part.words.size, int)
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
