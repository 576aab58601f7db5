"""Readers that do not read: two rules for picking an answer, which a model has to beat.

They see words only: a question's, and those of its passages. An answer is a triple: which passage,
its first word, its last word, so ``Span(*first_of_type(...))`` makes a span of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

Texts = Sequence[Sequence[str]]
Answer = tuple[int, int, int]
INSIDE = ("and", "of")  # may stand between two parts of a name
ENDS = (".", "!", "?", ":")


def kind_asked(question: Sequence[str]) -> str:
    """Return which kind of answer a question wants: ``year``, ``number`` or ``name``."""
    words = [word.lower() for word in question]
    if "when" in words or "year" in words:
        return "year"
    return "number" if {"how", "number", "height"} & set(words) else "name"


def candidates(words: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield what could be an answer, from left to right: first word, last word, kind.

    A name is a run of capitalised words, with *and* or *of* between them; a single word that
    begins a sentence is none. A year is a number of four digits.
    """
    start = 0
    while start < len(words):
        end = start
        word = words[start]
        if word[0].isdigit():
            yield start, start, "year" if len(word) == 4 and word.isdigit() else "number"
        elif word[0].isupper():
            while (more := _goes_on(words, end)) > end:
                end = more
            if end > start or (start > 0 and words[start - 1] not in ENDS):
                yield start, end, "name"
        start = end + 1


def _goes_on(words: Sequence[str], end: int) -> int:
    for step in (1, 2):
        behind = words[end + 1 : end + 1 + step]
        if len(behind) == step and behind[-1][0].isupper() and set(behind[:-1]) <= set(INSIDE):
            return end + step
    return end


def _new(question: Sequence[str], words: Sequence[str]) -> list[tuple[int, int, str]]:
    # No answer repeats a word of the question.
    asked = {word.lower() for word in question} - set(INSIDE)
    return [
        (start, end, kind)
        for start, end, kind in candidates(words)
        if not asked & {word.lower() for word in words[start : end + 1]} - {"the", "a"}
    ]


def first_of_type(question: Sequence[str], passages: Texts) -> Answer:
    """Answer with the first candidate of the kind that the question asks for.

    It knows what an answer looks like, not where it stands. Without such a candidate it takes the
    first of any kind, without any the first word.
    """
    wanted = kind_asked(question)
    found = [(i, *c) for i, words in enumerate(passages) for c in _new(question, words)]
    if not found:
        return 0, 0, 0
    passage, start, end, _ = min(found, key=lambda candidate: candidate[3] != wanted)
    return passage, start, end


def sliding_window(question: Sequence[str], passages: Texts, typed: bool = False) -> Answer:
    """Answer with the candidate closest to the window that has most of the question's words.

    A window is as long as the question. Rare words count more: one that stands ``c`` times in the
    passages counts ``log(1 + 1 / c)``, and once per window. It knows where an answer may stand,
    not what it looks like; with ``typed`` it knows both, and takes only candidates of the kind
    that the question asks for, where there are any. Without any candidate it takes the window.

    Source: after Richardson et al. (2013), https://aclanthology.org/D13-1020
    """
    lower = [[word.lower() for word in words] for words in passages]
    counts = Counter(word for words in lower for word in words)
    asked = {word.lower() for word in question} & set(counts)
    weight = {word: math.log(1 + 1 / counts[word]) for word in asked}
    best, passage, begin = -1.0, 0, 0
    for i, words in enumerate(lower):
        for start in range(max(1, len(words) - len(question) + 1)):
            window = set(words[start : start + len(question)])
            score = sum(weight[word] for word in sorted(window & asked))
            if score > best:
                best, passage, begin = score, i, start
    found = _new(question, passages[passage])
    wanted = kind_asked(question)
    if typed:
        found = [c for c in found if c[2] == wanted] or found
    last = min(begin + len(question), len(passages[passage])) - 1
    if not found:
        return passage, begin, last
    start, end, _ = min(found, key=lambda c: abs(c[0] + c[1] - begin - last))
    return passage, start, end
