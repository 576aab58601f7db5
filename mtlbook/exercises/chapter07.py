"""Checks for the exercises of chapter 7."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch

from mtlbook.data.reading import Passage, Question, Span
from mtlbook.evaluation.reading import f1, mean_scores
from mtlbook.exercises.answers import entries, match, number, numbers, two, whole
from mtlbook.exercises.base import attempt, require
from mtlbook.experiments.common.reading import (
    TARGET,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
    toy_split,
)
from mtlbook.models.reading_baselines import sliding_window
from mtlbook.toy_reading import toy_reading

SCORED = {"a": (1, 1.0), "b": (0, 0.4), "c": (0, 4 / 7), "d": (0, 0.8), "e": (0, 0.8)}
HINTS = {
    "a": "an article does not count, wherever it stands",
    "b": "the article goes; which words are left, and how many of them are in the answer?",
    "c": "a word counts as often as it stands in both: the second Mara has no partner",
    "d": "& is punctuation and goes; 'and' is a word and stays",
    "e": "the best of the acceptable answers counts",
}
TRIED, FRESH = 700, 710
LEAD = 5.0
SEEDS, UPDATES, JUDGED = range(2), 80, 100


def scored_by_hand(answer: dict[str, Any]) -> str:
    """Exercise 7.1: exact match and F1 of five predictions."""
    for case, value in entries(answer, SCORED).items():
        exact, score = SCORED[case]
        given = numbers(value, 2, "two numbers, exact match and F1", case)
        require(abs(given[0] - exact) < 0.005, f"{case}: exact match. Hint: {HINTS[case]}")
        require(abs(given[1] - score) < 0.005, f"{case}: F1. Hint: {HINTS[case]}")
    return "None of the last four would satisfy exact match; people would accept most of them."


def within_a_sentence(answer: Any) -> str:
    """Exercise 7.2: the best span that does not cross the end of a sentence."""
    toss = torch.Generator().manual_seed(0)
    crossed = 0
    for words, sentences in ((5, (0,)), (12, (0, 4, 9)), (9, (0, 1, 2, 8)), (20, (0, 10))):
        for _ in range(5):
            start, end = (
                torch.randn(words, generator=toss).log_softmax(-1) for _ in ("start", "end")
            )
            s, e = _place(attempt(answer, start, end, sentences), words)
            of = np.searchsorted(sentences, [s, e], "right")
            require(
                of[0] == of[1], f"({s}, {e}) crosses the end of a sentence; they begin at "
                f"{sentences}"
            )  # fmt: skip
            pairs = {
                (i, j): float(start[i] + end[j]) for i in range(words) for j in range(i, words)
            }
            allowed = {
                (i, j): score
                for (i, j), score in pairs.items()
                if np.searchsorted(sentences, i, "right") == np.searchsorted(sentences, j, "right")
            }
            best = max(allowed, key=lambda pair: allowed[pair])
            scores = two(allowed[s, e], allowed[best])
            require(
                (s, e) == best,
                f"({s}, {e}) has the score {scores[0]}, {best} has {scores[1]}",
            )
            crossed += best != max(pairs, key=lambda pair: pairs[pair])
    return f"In {crossed} of 20 random cases the best span of all crosses a boundary."


def agreement(answer: Any) -> str:
    """Exercise 7.3: the F1 that people reach when they are scored like a program."""
    cases: list[list[str]] = [
        ["Denver Broncos", "Denver Broncos", "the Denver Broncos"],
        ["1850", "in 1850", "the spring of 1850"],
        ["Halden", "Halden and Sons"],
        ["Lindow", "Lindow", "Rowndow", "the port of Rowndow"],
    ]
    for given_by in cases:
        others = [given_by[:i] + given_by[i + 1 :] for i in range(len(given_by))]
        pairs = list(zip(given_by, others, strict=True))
        right = float(np.mean([f1(one, rest) for one, rest in pairs]))
        mean = float(np.mean([np.mean([f1(one, [r]) for r in rest]) for one, rest in pairs]))
        slips = {
            "everybody agrees perfectly: is a person scored against the own answer?": 1.0,
            "the mean over the other people is taken; the scorer takes the best of them": mean,
        }
        match(number(attempt(answer, given_by)), right, f"{given_by}", slips)
    return "More people per question make every one of them look better: the best of more counts."


def _place(given: Any, words: int) -> tuple[int, int]:
    """Read the first and the last word of an answer."""
    s, e = map(whole, numbers(given, 2, "two places, the first and the last word"))
    require(0 <= s < words and 0 <= e < words, f"({s}, {e}) is not in the passage")
    require(s <= e, f"({s}, {e}) runs backwards")
    return s, e


Rule = Callable[[Sequence[str], Passage], tuple[int, int]]


def better_rule(answer: Any) -> str:
    """Exercise 7.4: a rule that beats the typed window on names it has not seen."""
    tried = toy_reading(150, seed=TRIED, new_names=True)
    own = _exact(answer, tried)
    window = _exact(_typed_window, tried)
    require(
        own > window + LEAD,
        f"exact match {own:.0f}; the typed window has {window:.0f}, and {LEAD:g} points more are "
        "wanted",
    )
    fresh = toy_reading(150, seed=FRESH, new_names=True)
    worded = toy_reading(150, seed=FRESH, new_names=True, new_wording=True)
    return (
        f"Exact match {own:.0f}, against {window:.0f} of the typed window. On fresh questions "
        f"{_exact(answer, fresh):.0f} against {_exact(_typed_window, fresh):.0f}; with held-out "
        f"wording {_exact(answer, worded):.0f} against {_exact(_typed_window, worded):.0f}."
    )


def _typed_window(question: Sequence[str], passage: Passage) -> tuple[int, int]:
    return sliding_window(question, [passage.words], typed=True)[1:]


def _exact(rule: Any, questions: Sequence[Question]) -> float:
    found = []
    for question in questions:
        place = attempt(rule, question.words, question.passages[0])
        found.append(question.cut(Span(0, *_place(place, len(question.passages[0])))))
    return 100 * mean_scores(found, [question.answers for question in questions])[0]


def blind_reader(answer: Any) -> str:
    """Exercise 7.5: how much a reader finds that is never told the question."""
    attempt(answer, toy_reading(1, seed=TRIED)[0])  # a stub is told before anything is generated
    asked = [question for split in _splits(SEEDS) for part in _parts(split) for question in part]
    blind = [attempt(answer, question) for question in asked]
    for before, after in zip(asked, blind, strict=True):
        require(isinstance(after, Question), "expected a question; dataclasses.replace makes one")
        same = (after.passages, after.spans, after.answers)
        require(
            same == (before.passages, before.spans, before.answers),
            "passage, span and answers are to stay",
        )
    require(
        len({tuple(question.words) for question in blind}) == 1,
        "two questions still differ in their words; what is left of a question must be the same "
        "for all",
    )
    known = {word.lower() for word in blind[0].words}
    told = known & {word.lower() for question in asked for word in question.passages[0].words}
    require(
        not told,
        f"the word {min(told, default='')!r} occurs in passages, so that some of their words match "
        "the question",
    )
    sighted = _sighted()
    return (
        f"Two readers of 100 questions each, {UPDATES} updates: exact match {_trained(answer):.0f} "
        f"without the question, {sighted:.0f} with it."
    )


@cache
def _sighted() -> float:
    return _trained(lambda question: question)


@cache
def _splits(seeds: Sequence[int]) -> list[ReadingSplit]:
    splits = [toy_split(seed + TRIED, 100) for seed in seeds]
    return [replace(split, test=split.test[:JUDGED]) for split in splits]


def _parts(split: ReadingSplit) -> tuple[Sequence[Question], ...]:
    return split.sources[TARGET], split.validation, split.test


def _trained(change: Callable[[Question], Question]) -> float:
    """Return the exact match of readers trained and judged on changed questions, in per cent."""
    splits = []
    for split in _splits(SEEDS):
        learned, validation, test = ([change(question) for question in p] for p in _parts(split))
        splits.append(ReadingSplit({TARGET: learned}, validation, test))
    # What a check prints is compared nowhere, so single precision will do.
    data = ReadingData(splits, SEEDS, ReadingSettings(every=min(40, UPDATES), double=False))
    readers = fit_readers(data, UPDATES).best("error")
    return float(data.exact(readers, data.tests).mean())
