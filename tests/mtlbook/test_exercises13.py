"""The checks of chapter 13's exercises: stubs, common slips, and right answers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from mtlbook.evaluation.compare import compare
from mtlbook.exercises import Status, chapter13, verdict
from mtlbook.exercises.chapter13 import (
    CHOOSING,
    FRESH,
    WANTED,
    flipped_cross_entropy,
    relatives_gain,
)
from tests.hints import assert_hint

SHARES = {"0.05": 0.1, "0.25": 0.5, "0.5": 1.0, "0.75": 0.5, "1": 0.0}
CHOICE = {"assumed rate": 0.2, "weight": 1.0, "weight decay": 0.003}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("13.1", dict.fromkeys(SHARES, ...)),
        ("13.2", lambda _variances: None),
        ("13.3", lambda _z, _y, _rate: None),
        ("13.4", dict.fromkeys(CHOICE, ...)),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 13.1


def test_the_shares_are_right() -> None:
    assert verdict("13.1", SHARES).status == Status.RIGHT


@pytest.mark.parametrize(
    ("rate", "share", "word"),
    [("0.05", 0.05, "half of the time"), ("0.5", 0.5, "half of the time"),
     ("0.75", 1.5, "opposite"), ("1", 2.0, "opposite"), ("1", 1.0, "half of the time")],
)  # fmt: skip
def test_slips_with_shares_get_a_hint(rate: str, share: float, word: str) -> None:
    assert_hint("13.1", {**SHARES, rate: share}, word)


# 13.2


def right_weights(variances: np.ndarray) -> np.ndarray:
    found: np.ndarray = 1 / variances / (1 / variances).sum()
    return found


def test_inverse_variances_are_right() -> None:
    assert verdict("13.2", right_weights).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda v: np.full(len(v), 1 / len(v)), "is possible"),
        (lambda v: 1 / v, "sum to"),
        (lambda v: v**-0.5 / (v**-0.5).sum(), "standard deviations"),
        (lambda v: v / v.sum(), "is possible"),
        (lambda v: right_weights(v)[:-1], "expected"),
    ],
)
def test_slips_with_weights_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("13.2", slip, word)


# 13.3


def corrected(z: torch.Tensor, y: torch.Tensor, rate: float) -> torch.Tensor:
    true = torch.sigmoid(z)
    return functional.binary_cross_entropy((1 - rate) * true + rate * (1 - true), y)


def smoothed(z: torch.Tensor, y: torch.Tensor, rate: float) -> torch.Tensor:
    return functional.binary_cross_entropy_with_logits(z, y * (1 - rate) + (1 - y) * rate)


def test_the_corrected_loss_is_right() -> None:
    assert verdict("13.3", corrected).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (smoothed, "softens the label"),
        (lambda z, y, _rate: functional.binary_cross_entropy_with_logits(z, y), "not used"),
        (lambda z, y, rate: corrected(z, y, 2 * rate if rate < 0.5 else rate), "rate 0.1"),
        (lambda z, y, rate: corrected(z, y, rate).detach(), "gradient"),
        (lambda z, y, rate: corrected(z, y, rate).item(), "no gradient"),
    ],
)
def test_slips_with_the_loss_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("13.3", slip, word)


def test_the_loss_is_lowest_where_the_network_has_the_truth() -> None:
    generator = torch.Generator().manual_seed(0)
    chance = torch.full((200_000,), 0.8, dtype=torch.float64)
    true = torch.bernoulli(chance, generator=generator)
    flips = torch.bernoulli(torch.full_like(chance, 0.2), generator=generator)
    seen = (true - flips).abs()
    grid = torch.logit(torch.linspace(0.5, 0.99, 50, dtype=torch.float64))
    losses = [float(flipped_cross_entropy(z.expand(len(seen)), seen, 0.2)) for z in grid]
    assert abs(float(torch.sigmoid(grid[int(np.argmin(losses))])) - 0.8) < 0.02


# 13.4


@pytest.mark.parametrize("assumed", [0.2, 0.0])
def test_relatives_with_as_many_errors_protect(assumed: float) -> None:
    assert verdict("13.4", {**CHOICE, "assumed rate": assumed}).status == Status.RIGHT


@pytest.mark.parametrize(
    ("key", "value"), [("weight", 0.01), ("weight decay", 0.03), ("assumed rate", 0.45)]
)
def test_relatives_that_are_not_felt_do_not(key: str, value: float) -> None:
    assert_hint("13.4", {**CHOICE, key: value}, "large enough to be felt")


def test_a_mean_alone_is_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mean gain of .03 whose interval reaches below what is wanted, and one that is clear."""
    spread = pd.Series([0.0, 0.06] * 10)
    for noise, status in ((spread, Status.NOT_YET), (0.03 + spread / 60, Status.RIGHT)):
        gained = compare(noise, pd.Series(np.zeros(20)))
        assert gained.difference > WANTED
        monkeypatch.setattr(chapter13, "relatives_gain", lambda *_, found=gained: found)
        result = verdict("13.4", CHOICE)
        assert result.status == status
        assert ("reaches below" in result.message) == (status == Status.NOT_YET)


def test_settings_are_tried_on_other_seeds_than_the_check_has() -> None:
    assert not set(CHOOSING) & set(FRESH)
    tried = relatives_gain(0.0, 1.0, 0.003)
    assert len(CHOOSING) == tried.n
    assert tried.low > 0


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("weight", 0.0, "leaves T1 alone"),
        ("assumed rate", 0.6, "between 0 and one half"),
        ("weight decay", -1.0, "not negative"),
    ],
)
def test_settings_that_make_no_sense_are_refused(key: str, value: float, word: str) -> None:
    assert_hint("13.4", {**CHOICE, key: value}, word)
