"""The checks of chapter 3's exercises: stubs, common slips, and right answers."""

from typing import Any

import numpy as np
import pytest

from mtlbook.exercises import Status, verdict
from tests.hints import assert_hint

NUMBERS = {"apart": 640, "together": 100, "fewest": 3}
ROUTES = {
    "pos": ["words", "1"],
    "chunk": ["words", "1", "2"],
    "role": ["words", "1", "2"],
    "entity": ["words", "1", "names 2"],
}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("3.1", dict.fromkeys(NUMBERS, ...)),
        ("3.2", dict.fromkeys(ROUTES, ...)),
        ("3.3", lambda _x, _y, _trunk, _strength: None),
        ("3.4", ...),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 3.1


def test_the_numbers_are_right() -> None:
    assert verdict("3.1", NUMBERS).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ({"apart": 20}, "32 tasks"),
        ({"together": 104}, "change of basis"),
        ({"together": 64}, "k(d - k)"),
        ({"fewest": 2}, "T = 1, 2, 3"),
    ],
)
def test_slips_of_counting_get_a_hint(slip: dict[str, int], word: str) -> None:
    assert_hint("3.1", {**NUMBERS, **slip}, word)


def test_the_fewest_tasks_are_those_of_the_formula() -> None:
    saves = [tasks for tasks in range(1, 40) if tasks * 2 + 2 * (20 - 2) < tasks * 20]
    assert saves[0] == NUMBERS["fewest"]


# 3.2


def test_routes_are_right_by_any_names() -> None:
    assert verdict("3.2", ROUTES).status == Status.RIGHT
    renamed = {task: tuple(f"my {name}" for name in route) for task, route in ROUTES.items()}
    assert verdict("3.2", renamed).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        ({"pos": ["words", "1", "2"]}, "pos: expected the words' vectors and 1"),
        ({"entity": ["words", "1", "2"]}, "chunk and entity should have 2"),
        ({"role": ["words", "1", "role 2"]}, "chunk and role should have 3"),
        ({"pos": ["words", "pos 1"]}, "pos and chunk should have 2"),
        ({"entity": ["words", "names 1", "2"]}, "entered on two ways"),
    ],
)
def test_other_splits_get_a_hint(slip: dict[str, list[str]], word: str) -> None:
    assert_hint("3.2", {**ROUTES, **slip}, word)


# 3.3


def towards(x: np.ndarray, y: np.ndarray, trunk: np.ndarray, strength: float) -> np.ndarray:
    outside = np.eye(x.shape[-1]) - trunk.T @ trunk
    gram = x.mT @ x + strength * outside
    return np.linalg.solve(gram, x.mT @ y[..., None])[..., 0]


def test_drawing_to_the_subspace_is_right() -> None:
    assert verdict("3.3", towards).status == Status.RIGHT


def test_drawing_to_zero_is_told_so() -> None:
    def ridge(x: np.ndarray, y: np.ndarray, _: np.ndarray, strength: float) -> np.ndarray:
        return towards(x, y, np.zeros((1, x.shape[-1])), strength)

    assert_hint("3.3", ridge, "draws to zero")


def test_drawing_into_the_trunk_is_no_answer() -> None:
    def wrong(x: np.ndarray, y: np.ndarray, trunk: np.ndarray, strength: float) -> np.ndarray:
        inside = trunk.T @ trunk
        return np.linalg.solve(x.mT @ x + strength * inside, x.mT @ y[..., None])[..., 0]

    assert_hint("3.3", wrong, "inside the subspace")


# 3.4


@pytest.mark.parametrize("answer", [10, 10_000, 70.5])
def test_a_number_out_of_range_is_told_so(answer: Any) -> None:
    assert_hint("3.4", answer, "whole number")


def test_a_few_more_sentences_are_not_enough() -> None:
    assert_hint("3.4", 70, "still behind")
