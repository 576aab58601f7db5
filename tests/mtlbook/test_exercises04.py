"""The checks of chapter 4's exercises: stubs, common slips, and right answers."""

from typing import Any

import numpy as np
import pytest
import torch

from mtlbook.exercises import Status, verdict
from tests.hints import assert_hint

ENDS = {
    "a": "pooled",
    "b": "firm intercept",
    "c": "separate with weight decay",
    "d": "pooled with weight decay",
    "e": "zero",
}
STRENGTHS = {"level": 0.1, "value": 1.0, "capital": 0.3}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("4.1", dict.fromkeys(ENDS, ...)),
        ("4.2", lambda _z: None),
        ("4.3", lambda _parameters: None),
        ("4.4", dict.fromkeys(STRENGTHS, ...)),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 4.1


def test_the_ends_are_right() -> None:
    assert verdict("4.1", ENDS).status == Status.RIGHT


@pytest.mark.parametrize("end", ENDS)
def test_each_end_is_checked(end: str) -> None:
    assert_hint("4.1", {**ENDS, end: "separate"}, f"{end}: ")


def test_models_and_keys_are_those_of_the_list() -> None:
    assert_hint("4.1", {**ENDS, "e": "nothing"}, "no 'nothing'")
    assert_hint("4.1", {"a": "pooled"}, "expected the keys")


# 4.2


def around(spent: int, positive: bool = True) -> Any:
    def shrink(z: np.ndarray) -> np.ndarray:
        mean = z.mean(axis=-1, keepdims=True)
        factor = 1 - (z.shape[-1] - spent) / np.square(z - mean).sum(axis=-1, keepdims=True)
        found: np.ndarray = mean + (np.maximum(factor, 0) if positive else factor) * (z - mean)
        return found

    return shrink


def to_zero(z: np.ndarray) -> np.ndarray:
    factor = 1 - (z.shape[-1] - 2) / np.square(z).sum(axis=-1, keepdims=True)
    found: np.ndarray = np.maximum(factor, 0) * z
    return found


def test_shrinking_to_the_mean_is_right() -> None:
    assert verdict("4.2", around(3)).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (around(2), "one more dimension"),
        (around(3, positive=False), "negative"),
        (to_zero, "measured from the mean"),
        (lambda z: around(3)(z.ravel()), "shape"),
        (lambda z: around(3)(z.T).T, "numbers differ"),
        (lambda z: z, "numbers differ"),
    ],
)
def test_slips_with_shrinking_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("4.2", slip, word)


# 4.3


def chain(parameters: list[torch.Tensor]) -> torch.Tensor:
    stacked = torch.stack(parameters)
    return (stacked[1:] - stacked[:-1]).square().sum()


def circle(parameters: list[torch.Tensor]) -> torch.Tensor:
    stacked = torch.stack(parameters)
    return (stacked - stacked.roll(1, 0)).square().sum()


def test_the_chain_is_right() -> None:
    assert verdict("4.3", chain).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (circle, "two ends"),
        (lambda p: 2 * chain(p), "counts once"),
        (lambda p: chain(p).sqrt(), "instead of"),
        (lambda p: chain(p).item(), "no gradient"),
        (lambda p: chain(p).detach(), "gradient"),
        (lambda p: torch.stack(p).diff(dim=0).square(), "one number"),
    ],
)
def test_slips_with_the_chain_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("4.3", slip, word)


# 4.4


def test_weak_on_level_and_strong_on_value_passes() -> None:
    result = verdict("4.4", STRENGTHS)
    assert result.status == Status.RIGHT
    assert "fresh splits" in result.message


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"level": 1}, "expected the keys"),
        ({**STRENGTHS, "level": -1}, "not negative"),
        (dict.fromkeys(STRENGTHS, 0), "separate"),
        (dict.fromkeys(STRENGTHS, 100), "firm intercept has"),
        ({"level": 1, "value": 1, "capital": 1}, "single strength"),
    ],
)
def test_strengths_that_do_not_pass_get_a_hint(answer: Any, word: str) -> None:
    assert_hint("4.4", answer, word)


def test_the_best_single_strength_is_not_better_than_itself() -> None:
    assert_hint("4.4", dict.fromkeys(STRENGTHS, 10**-0.5), "one of the three")
