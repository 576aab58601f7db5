"""The checks of chapter 6's exercises: stubs, common slips, and right answers."""

from typing import Any

import pytest
import torch
from torch import Tensor

from mtlbook.exercises import Status, verdict
from tests.hints import assert_hint

NOTICES = {
    "sum": True,
    "PCGrad": True,
    "MGDA": True,
    "sum of logs": False,
    "Nash-MTL": False,
    "DWA": True,
}
TASKS = ("first", "second", "third", "fourth")


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("6.1", dict.fromkeys(NOTICES, ...)),
        ("6.2", lambda _first, _second: None),
        ("6.3", lambda _losses, _temperature: None),
        ("6.4", dict.fromkeys(TASKS, ...)),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 6.1


def test_who_notices_is_right() -> None:
    assert verdict("6.1", NOTICES).status == Status.RIGHT


@pytest.mark.parametrize("method", NOTICES)
def test_each_method_is_checked(method: str) -> None:
    assert_hint("6.1", {**NOTICES, method: not NOTICES[method]}, f"{method}: ")


def test_answers_are_true_or_false() -> None:
    assert_hint("6.1", {**NOTICES, "sum": "yes"}, "True or False")
    assert_hint("6.1", {"sum": True}, "expected the keys")


# 6.2


def bisector(first: Tensor, second: Tensor) -> Tensor:
    return first / first.norm() + second / second.norm()


@pytest.mark.parametrize("length", [1.0, 0.2])
def test_the_bisector_is_right_at_any_length(length: float) -> None:
    answer = verdict("6.2", lambda first, second: length * bisector(first, second))
    assert answer.status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda first, second: first + second, "cosines"),
        (lambda first, second: -bisector(first, second), "climbs"),
        (lambda first, second: 0 * first, "zero"),
        (lambda first, second: 1.0, "shape"),
    ],
)
def test_slips_of_the_bisector(slip: Any, word: str) -> None:
    assert_hint("6.2", slip, word)


def test_a_part_outside_the_plane_is_found() -> None:
    def bent(first: Tensor, second: Tensor) -> Tensor:
        middle = bisector(first, second)
        plane = torch.linalg.qr(torch.stack([first, second], dim=1))[0]
        other = torch.ones_like(first)
        return middle + other - plane @ (plane.T @ other)

    assert_hint("6.2", bent, "right angles")


# 6.3


def average(losses: Tensor, temperature: float) -> Tensor:
    if len(losses) < 2:
        return torch.ones(losses.shape[1])
    return losses.shape[1] * (losses[-1] / losses[-2] / temperature).softmax(dim=0)


def test_dynamic_average_is_right() -> None:
    assert verdict("6.3", average).status == Status.RIGHT


def slip(change: Any) -> Any:
    return lambda losses, t: average(losses, t) if len(losses) < 2 else change(losses, t)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (slip(lambda v, t: (v[-1] / v[-2] / t).softmax(0)), "sum to the number"),
        (slip(lambda v, t: v.shape[1] * (v[-2] / v[-1] / t).softmax(0)), "upside down"),
        (slip(lambda v, t: v.shape[1] * (v[-1] / v[-2] * t).softmax(0)), "high temperature"),
        (slip(lambda v, t: v.shape[1] * (v[-1] / t).softmax(0)), "differ"),
        (lambda v, t: 2 * torch.ones(v.shape[1]), "no ratio yet"),
        (lambda v, t: [1.0], "expected the shape"),
    ],
)
def test_slips_of_dynamic_average(wrong: Any, word: str) -> None:
    assert_hint("6.3", wrong, word)


# 6.4


def test_taking_the_factors_out_is_right() -> None:
    answer = verdict("6.4", dict(zip(TASKS, (100, 20, 5, 1), strict=True)))
    assert answer.status == Status.RIGHT
    assert "fresh seeds: -0.0" in answer.message


@pytest.mark.parametrize(
    ("weights", "word"),
    [
        ((1, 1, 1, 1), "a sixth less"),
        ((1, 1, 1, 0), "positive"),
        # These attend to the first task, or to the order of the factors, and to no more.
        ((5, 1, 1, 1), "a sixth less"),
        ((100, 1, 1, 1), "a sixth less"),
        ((4, 3, 2, 1), "a sixth less"),
    ],
)
def test_wrong_weights_get_a_hint(weights: tuple[float, ...], word: str) -> None:
    assert_hint("6.4", dict(zip(TASKS, weights, strict=True)), word)


def test_the_roots_of_the_factors_are_near_enough() -> None:
    answer = verdict("6.4", dict(zip(TASKS, (10, 4.5, 2.2, 1), strict=True)))
    assert answer.status == Status.RIGHT
