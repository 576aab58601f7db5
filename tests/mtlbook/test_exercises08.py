"""The checks of chapter 8's exercises: stubs, common slips, and right answers."""

from typing import Any

import numpy as np
import pytest
from torch import Tensor

from mtlbook.data.reading import Question
from mtlbook.exercises import Status, verdict
from mtlbook.training.mt_san import Bigrams, cross_entropy_differences
from tests.hints import assert_hint

MIXTURES = {
    "MT-SAN, 0.5": (60, 50),
    "MT-DNN, 0.5": (60, 30),
    "MT-SAN, 3": (33, 100),
    "MT-DNN, 3": (60, 100),
}
SEEN = {"topic": "words", "convention": "length", "style of the passage": "neither"}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("8.1", dict.fromkeys(MIXTURES, ...)),
        ("8.2", dict.fromkeys(SEEN, ...)),
        ("8.3", lambda _losses, _weights: None),
        ("8.4", lambda _target, _auxiliary: None),
        ("8.5", lambda _target, _auxiliary: None),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 8.1 and 8.2


def test_what_can_be_read_off_is_right() -> None:
    assert verdict("8.1", MIXTURES).status == Status.RIGHT
    assert verdict("8.2", SEEN).status == Status.RIGHT


@pytest.mark.parametrize(
    ("name", "given", "word"),
    [
        ("MT-SAN, 0.5", (60, 30), "other rule"),
        ("MT-DNN, 0.5", (30, 60), "target comes first"),
        ("MT-DNN, 3", (60, 180), "what of the rest"),
        ("MT-SAN, 3", (60, 100), "other rule"),
        ("MT-SAN, 3", (20, 60), "by hand"),
        ("MT-SAN, 3", (20, 60, 1), "two numbers"),
    ],
)
def test_slips_with_mixtures_get_a_hint(name: str, given: Any, word: str) -> None:
    assert_hint("8.1", {**MIXTURES, name: given}, word)


@pytest.mark.parametrize(
    ("kind", "given", "word"),
    [
        ("topic", "length", "that of the answer"),
        ("style of the passage", "words", "those of the question"),
        ("convention", "both", "there are: words"),
    ],
)
def test_slips_with_terms_get_a_hint(kind: str, given: str, word: str) -> None:
    assert_hint("8.2", {**SEEN, kind: given}, word)


# 8.3


def right_loss(losses: Tensor, weights: Tensor) -> Tensor:
    return (losses * weights).sum() / weights.sum().clamp(min=1e-12)


def test_the_loss_is_right() -> None:
    assert verdict("8.3", right_loss).status == Status.RIGHT


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda losses, weights: (losses * weights).mean(), "halve all weights"),
        (lambda losses, weights: (losses * weights).sum(), "a sum grows"),
        (lambda losses, weights: (losses * weights).sum() / weights.sum(), "every weight is 0"),
        (lambda losses, weights: losses.mean(), "not used"),
        (lambda losses, weights: losses * weights, "one number"),
    ],
)
def test_slips_with_the_loss_get_a_hint(wrong: Any, word: str) -> None:
    assert_hint("8.3", wrong, word)


# 8.4 and 8.5


def held_out(
    target: list[Question], auxiliary: list[Question], shift: int = 1, more: int = 0
) -> np.ndarray:
    asked, given = ([[w.lower() for w in q.words] for q in part] for part in (target, auxiliary))
    size = len({word for words in asked + given for word in words}) + 2 + more
    ours = Bigrams(asked, size)
    found = np.empty(len(given))
    for half in (0, 1):
        theirs = Bigrams(given[(half + shift) % 2 :: 2], size)
        found[half::2] = [ours.cross_entropy(w) - theirs.cross_entropy(w) for w in given[half::2]]
    return found


def test_held_out_differences_are_right() -> None:
    assert verdict("8.4", held_out).status == Status.RIGHT


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda t, a: cross_entropy_differences(t, a)[0], "very question"),
        (lambda t, a: held_out(t, a, shift=0), "model of itself"),
        (lambda t, a: held_out(t, a, more=5), "60 questions: "),
        (lambda t, a: held_out(t, a)[:30], "60 differences"),
    ],
)
def test_slips_with_held_out_models_get_a_hint(wrong: Any, word: str) -> None:
    assert_hint("8.4", wrong, word)


def lengths_alone(target: list[Question], auxiliary: list[Question]) -> np.ndarray:
    return cross_entropy_differences(target, auxiliary)[1]


def test_the_lengths_alone_find_the_convention() -> None:
    assert verdict("8.5", lengths_alone).status == Status.RIGHT


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda t, a: sum(cross_entropy_differences(t, a)), "blind"),
        (lambda t, a: -lengths_alone(t, a), "wrong way round"),
        (lambda _t, a: [float("wide" in q.source) for q in a], "`source` is blank"),
        (lambda t, _a: np.zeros(len(t) - 1), "200 questions"),
    ],
)
def test_slips_with_the_convention_get_a_hint(wrong: Any, word: str) -> None:
    assert_hint("8.5", wrong, word)
