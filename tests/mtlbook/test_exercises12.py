"""The checks of chapter 12's exercises: stubs, common slips, and right answers."""

from typing import Any

import pytest
import torch
from torch import Tensor

from mtlbook.exercises import Status, verdict
from tests.hints import assert_hint

QUESTIONS = {
    "a": "importance",
    "b": "benefit",
    "c": "content",
    "d": "importance",
    "e": "benefit",
}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("12.1", dict.fromkeys(QUESTIONS, ...)),
        ("12.2", lambda _states, _gone, _seed: None),
        ("12.3", lambda *_: None),
        ("12.4", lambda *_: None),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 12.1


def test_the_questions_are_right() -> None:
    assert verdict("12.1", QUESTIONS).status == Status.RIGHT


@pytest.mark.parametrize("key", QUESTIONS)
def test_each_question_is_checked(key: str) -> None:
    wrong = "benefit" if QUESTIONS[key] != "benefit" else "content"
    assert_hint("12.1", {**QUESTIONS, key: wrong}, f"{key}: ")


def test_only_three_questions_are_asked() -> None:
    assert_hint("12.1", {**QUESTIONS, "a": "width"}, "no 'width'")


# 12.2


def shuffled(states: Tensor, gone: Tensor, seed: int) -> Tensor:
    order = torch.randperm(len(states), generator=torch.Generator().manual_seed(seed))
    found = states.clone()
    found[:, gone] = states[order][:, gone]
    return found


def in_place(states: Tensor, gone: Tensor, seed: int) -> Tensor:
    states.copy_(shuffled(states, gone, seed))
    return states


def each_by_itself(states: Tensor, gone: Tensor, seed: int) -> Tensor:
    for unit in gone.nonzero().flatten().tolist():
        alone = torch.arange(len(gone)) == unit
        states = shuffled(states, alone, 100 * seed + unit)
    return states


def test_a_branch_of_other_words_is_right() -> None:
    assert verdict("12.2", shuffled).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda h, g, s: shuffled(h, ~g, s), "must keep"),
        (lambda h, g, s: shuffled(h, g | True, s), "must keep"),
        (lambda h, _g, _s: h.clone(), "nothing has moved"),
        (lambda h, g, _s: torch.where(g, h.mean(0), h), "values that it had"),
        (each_by_itself, "move together"),
        (lambda h, g, _s: shuffled(h, g, 0), "another seed"),
        (in_place, "you were given"),
        (lambda h, _g, _s: h[0], "expected the shape"),
        (lambda *_: "states", "expected numbers"),
    ],
)
def test_slips_of_shuffling(slip: Any, word: str) -> None:
    assert_hint("12.2", slip, word)


def test_an_order_that_no_seed_fixes_is_seen() -> None:
    calls = iter(range(100))
    assert_hint("12.2", lambda h, g, _s: shuffled(h, g, next(calls)), "same order")


# 12.3


def shapley(both: float, shared: float, private: float, neither: float) -> tuple[float, float]:
    first = ((both - private) + (shared - neither)) / 2
    return first, both - neither - first


def test_shapley_values_are_right() -> None:
    assert verdict("12.3", shapley).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda b, s, p, _n: (b - p, b - s), "the two lesions"),
        (lambda _b, s, p, n: (s - n, p - n), "together"),
        (lambda *v: shapley(*v)[::-1], "shared branch comes first"),
        (lambda b, _s, _p, n: ((b - n) / 2, (b - n) / 2), "instead of"),
        (lambda *v: shapley(*v)[0], "two numbers"),
    ],
)
def test_slips_of_fair_shares(slip: Any, word: str) -> None:
    assert_hint("12.3", slip, word)


# 12.4


def heads(shared: Tensor, private: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    back = torch.linalg.lstsq(private, shared).solution
    none = torch.zeros_like(weight)
    return torch.cat([weight, none]), torch.cat([none, back @ weight])


def test_two_heads_are_right() -> None:
    assert verdict("12.4", heads).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda h, p, w: heads(h, p, w)[::-1], "private branch should not be missed"),
        (lambda h, p, w: (heads(h, p, w)[0],) * 2, "shared branch should not be missed"),
        (lambda h, p, w: (heads(h, p, w)[0], torch.cat([0 * w, w])), "of the second head"),
        (lambda h, p, w: heads(h, p, w)[0], "return two heads"),
    ],
)
def test_slips_of_two_heads(slip: Any, word: str) -> None:
    assert_hint("12.4", slip, word)
