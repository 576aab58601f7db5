"""The checks of chapter 7's exercises: stubs, common slips, and right answers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from torch import Tensor

from mtlbook.data.reading import Passage
from mtlbook.evaluation.reading import f1
from mtlbook.exercises import Status, chapter07, verdict
from mtlbook.models.reading_baselines import sliding_window
from tests.hints import assert_hint

SCORED = {"a": (1, 1), "b": (0, 0.4), "c": (0, 0.571), "d": (0, 0.8), "e": (0, 0.8)}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("7.1", dict.fromkeys(SCORED, ...)),
        ("7.2", lambda _start, _end, _sentences: None),
        ("7.3", lambda _answers: None),
        ("7.4", lambda _question, _passage: None),
        ("7.5", lambda _question: None),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 7.1


def test_scores_by_hand_are_right() -> None:
    assert verdict("7.1", SCORED).status == Status.RIGHT


@pytest.mark.parametrize(
    ("case", "given", "word"),
    [
        ("a", (0, 1), "a: exact match"),
        ("b", (0, 0.33), "b: F1"),  # with the article counted
        ("c", (0, 0.8), "c: F1"),  # with sets of words
        ("d", (1, 1), "d: exact match"),
        ("e", (0, 0.67), "e: F1"),  # with the first answer only
        ("e", 0.8, "two numbers"),
    ],
)
def test_slips_of_scores(case: str, given: Any, word: str) -> None:
    assert_hint("7.1", {**SCORED, case: given}, word)


# 7.2


def pairs(start: Tensor, end: Tensor, sentences: Sequence[int]) -> list[tuple[float, int, int]]:
    ends = [*sentences[1:], len(start)]
    return [
        (float(start[s] + end[e]), s, e)
        for a, b in zip(sentences, ends, strict=True)
        for s in range(a, b)
        for e in range(s, b)
    ]


def test_the_best_within_a_sentence_is_right() -> None:
    answer = verdict("7.2", lambda s, e, of: max(pairs(s, e, of))[1:])
    assert answer.status == Status.RIGHT
    assert "In 0 of" not in answer.message  # the constraint does something


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda s, e, _: max(pairs(s, e, [0]))[1:], "crosses"),
        (lambda s, e, _: (int(s.argmax()), int(e.argmax())), "("),
        (lambda s, e, of: min(pairs(s, e, of))[1:], "has the score"),
        (lambda s, _e, _of: (len(s) - 1, 0), "backwards"),
        (lambda s, _e, _of: (0, len(s)), "not in the passage"),
        (lambda _s, _e, _of: 3, "two places"),
    ],
)
def test_slips_of_decoding(slip: Any, word: str) -> None:
    assert_hint("7.2", slip, word)


# 7.3


def scored(answers: list[str], against: Any) -> float:
    each = [against(a, answers[:i] + answers[i + 1 :]) for i, a in enumerate(answers)]
    return sum(each) / len(each)


def test_agreement_is_right() -> None:
    assert verdict("7.3", lambda answers: scored(answers, f1)).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda answers: sum(f1(a, answers) for a in answers) / len(answers), "own answer"),
        (
            lambda answers: scored(answers, lambda a, rest: sum(f1(a, [r]) for r in rest)
                                   / len(rest)),
            "best of them",
        ),
        (lambda answers: f1(answers[0], answers[1:]), "instead of"),
    ],
)  # fmt: skip
def test_slips_of_agreement(slip: Any, word: str) -> None:
    assert_hint("7.3", slip, word)


# 7.4


def test_the_typed_window_does_not_beat_itself() -> None:
    def window(question: Sequence[str], passage: Passage) -> tuple[int, int]:
        return sliding_window(question, [passage.words], typed=True)[1:]

    assert_hint("7.4", window, "points more are wanted")
    assert_hint("7.4", lambda _question, _passage: 3, "two places")


# 7.5


def test_a_question_without_words_is_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapter07, "SEEDS", range(1))
    monkeypatch.setattr(chapter07, "UPDATES", 1)
    answer = verdict("7.5", lambda question: replace(question, words=("?",)))
    assert answer.status == Status.RIGHT
    assert "without the question" in answer.message


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda question: question, "still differ"),
        (lambda question: replace(question, words=question.words[:1]), "still differ"),
        (lambda question: replace(question, words=("the",)), "occurs in passages"),
        (lambda question: replace(question, words=("1850",)), "'1850' occurs in passages"),
        (lambda question: replace(question, words=("?",), answers=("",)), "are to stay"),
        (lambda _question: "?", "expected a question"),
        (lambda question: replace(question, words=()), "ValueError"),
    ],
)
def test_slips_of_blindness(slip: Any, word: str) -> None:
    assert_hint("7.5", slip, word)
