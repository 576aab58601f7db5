"""The checks of chapter 10's exercises: stubs, common slips, and right answers."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn import functional

from mtlbook.exercises import Status, verdict
from tests.hints import assert_hint

FATES = {"chosen": 150, "hidden": 120, "another word": 15, "not touched": 865}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("10.1", dict.fromkeys(FATES, ...)),
        ("10.2", lambda *_: None),
        ("10.3", lambda _: None),
        ("10.4", lambda *_: None),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


def test_the_fates_are_right() -> None:
    assert verdict("10.1", FATES).status == Status.RIGHT


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [("not touched", 850, "stay as they are"), ("hidden", 800, "that are chosen"),
     ("another word", 100, "that are chosen")],
)  # fmt: skip
def test_slips_with_fates_get_a_hint(name: str, value: int, word: str) -> None:
    assert_hint("10.1", {**FATES, name: value}, word)


def loss(z: Any, right: Any, judged: Any, true: Any, weight: float) -> Any:
    pairs = functional.binary_cross_entropy_with_logits(judged, true)
    return functional.cross_entropy(z, right) + weight * pairs


def test_the_loss_is_right() -> None:
    assert verdict("10.2", loss).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda z, r, j, t, w: loss(z, r, j, t, w) * (r >= 0).sum() / 6, "instead of"),
        (lambda z, r, j, t, w: loss(z, r, j, t, 0) * (r >= 0).sum() / 6
         + w * (loss(z, r, j, t, 1) - loss(z, r, j, t, 0)), "not by all places"),
        (lambda z, r, j, t, _: loss(z, r, j, t, 1), "weight is not used"),
        (lambda *a: loss(*a).expand(2), "one number"),
        (lambda *a: loss(*a).detach(), "gradient"),
        (lambda *a: 2 * loss(*a), "instead of"),
    ],
)  # fmt: skip
def test_slips_with_the_loss_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("10.2", slip, word)


def interval(gains: np.ndarray) -> tuple[float, float]:
    rows = gains.mean(axis=1)
    half = stats.t.ppf(0.975, len(rows) - 1) * stats.sem(rows)
    return rows.mean() - half, rows.mean() + half


def test_the_interval_is_right() -> None:
    assert verdict("10.3", interval).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda g: interval(g.reshape(-1, 1)), "independent"),
        (lambda g: interval(g.T), "Average over fine-tuning first"),
        (lambda g: interval(g)[::-1], "lower end"),
        (lambda g: interval(g - g.mean()), "middle"),
        (lambda g: interval(g)[0], "two numbers"),
    ],
)
def test_slips_with_the_interval_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("10.3", slip, word)


def order(batches: dict[str, int], seed: int) -> list[str]:
    names = [task for task, number in batches.items() for _ in range(number)]
    return [names[i] for i in np.random.default_rng(seed).permutation(len(names))]


def test_the_order_is_right() -> None:
    assert verdict("10.4", order).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda b, _: order(b, 0), "another seed"),
        (lambda b, s: sorted(order(b, s)), "mix"),
        (lambda b, s: order(b, s)[:-1], "every batch"),
        (lambda b, s: [(task,) for task in order(b, s)], "name of one task"),
        (lambda b, s: order(b, s) if torch.rand(1) < 0 else " ".join(order(b, s)), "a list"),
    ],
)
def test_slips_with_the_order_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("10.4", slip, word)
