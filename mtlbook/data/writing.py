"""Questions, their evidence and their well-formed answers as numbers: what a writer sees.

A word of an answer has two numbers. To read it, a writer needs its number among the words it reads
(:class:`mtlbook.data.reading_codes.Codes`); to write it, its number among the words it can write.
These are the words of the answers it learned from, and, for each question anew, those words of the
question and of the passage that are not among them: they can only be copied.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from mtlbook.data.reading import Passage, Question, Span, words_of
from mtlbook.data.reading_codes import Codes
from mtlbook.data.vocabulary import Vocabulary

NOTHING, END, UNKNOWN = 0, 1, 2
"""What fills up, what ends an answer, and what can be neither written nor copied."""
MARKS = 3
"""Marks on a passage: the first word of the evidence, its last word, and all of its words."""


class Words:
    """The words that a writer can write without copying, in lower case.

    Args:
        answers: the well-formed answers to learn from.
        room: how many numbers there are; those that no word needs stay unused.

    Raises:
        ValueError: if there is no room for the words.
    """

    def __init__(self, answers: Iterable[str], room: int = 600) -> None:
        forms = Counter(word for answer in answers for word in words_of(answer))
        known = Vocabulary(word.lower() for word in forms.elements())
        if UNKNOWN + len(known) > room:
            raise ValueError(f"no room for {UNKNOWN + len(known)} words of answers: {room}")
        self.ids = {word: UNKNOWN + i for word, i in known.ids.items()}
        self.room = room
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
            if i >= self.words.room:
                found.append(self.copied[row][i - self.words.room])
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
        ids = {**words.ids, **{word: words.room + i for i, word in enumerate(new)}}
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
