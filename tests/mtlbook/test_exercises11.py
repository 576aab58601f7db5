"""The checks of chapter 11's exercises: stubs, common slips, and right answers."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import homogeneity_score

from mtlbook.evaluation.information import beyond_chance, entropy, mutual_information
from mtlbook.exercises import Status, verdict
from mtlbook.exercises.chapter11 import SYMMETRIC, first_order, gains
from tests.hints import assert_hint


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("11.1", dict.fromkeys(SYMMETRIC, ...)),
        ("11.2", lambda _main, _aux: None),
        ("11.3", lambda _own, _other, _loss, _length: None),
        ("11.4", lambda _main, _aux, _words: None),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 11.1


def test_the_symmetric_measures_are_right() -> None:
    assert verdict("11.1", SYMMETRIC).status == Status.RIGHT


def test_what_is_said_to_be_symmetric_is() -> None:
    first, second = list("aabbbc"), list("xyxyyy")
    assert mutual_information(first, second) == pytest.approx(mutual_information(second, first))
    assert entropy(first) != pytest.approx(entropy(second))


@pytest.mark.parametrize("name", SYMMETRIC)
def test_each_wrong_answer_gets_a_hint(name: str) -> None:
    assert_hint("11.1", {**SYMMETRIC, name: not SYMMETRIC[name]}, name)


# 11.2


def test_scikit_learns_homogeneity_is_right() -> None:
    assert verdict("11.2", homogeneity_score).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda main, aux: homogeneity_score(aux, main), "whose uncertainty"),
        (mutual_information, "not a share"),
        (lambda main, aux: 1 - homogeneity_score(main, aux), "instead of"),
    ],
)
def test_slips_with_the_share_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("11.2", slip, word)


# 11.3


def test_the_first_order_is_right() -> None:
    assert verdict("11.3", first_order).status == Status.RIGHT


def test_the_first_order_is_the_limit_of_short_steps() -> None:
    theta = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    other = torch.tensor([0.3, -2.0], dtype=torch.float64)

    def loss(at: torch.Tensor) -> torch.Tensor:
        return (at**4).sum() + 1

    (own,) = torch.autograd.grad(loss(theta), theta)
    with torch.no_grad():
        before, after = loss(theta), loss(theta - 1e-5 * other / other.norm())
    expected = first_order(own, other, before, 1e-5)
    assert (1 - after / before).item() == pytest.approx(expected.item(), rel=1e-3)


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda own, other, loss, length: length * (own @ other) / loss, "divide by the length"),
        (
            lambda own, other, loss, length: (
                length * (own @ other) / own.norm() / other.norm() / loss
            ),
            "angle alone",
        ),
        (lambda *a: -first_order(*a), "falls is a gain"),
        (lambda own, other, loss, length: first_order(own, other, loss, length) * loss, "share"),
        (lambda own, _other, loss, length: length * own.norm() / loss, "instead of"),
    ],
)
def test_slips_with_the_step_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("11.3", slip, word)


# 11.4


def test_a_task_has_no_gain_from_itself() -> None:
    table = gains()
    assert table.shape == (10, 4)
    assert [table.loc[main, main] for main in table] == pytest.approx([np.nan] * 4, nan_ok=True)
    assert int(table.isna().sum().sum()) == 4


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda main, aux, _words: mutual_information(main, aux), "rank correlation"),
        (lambda _main, aux, _words: -entropy(aux), "rank correlation"),
        (lambda _main, _aux, _words: np.nan, "no finite number"),
    ],
)
def test_weak_predictors_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("11.4", slip, word)


def test_information_beyond_the_word_and_beyond_chance_is_right() -> None:
    def predictor(main: list[str], aux: list[str], words: list[str]) -> float:
        return beyond_chance(main, aux, words, draws=5) / entropy(main)

    assert verdict("11.4", predictor).status == Status.RIGHT
