"""Checks for the exercises of chapter 10."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor
from torch.nn import functional

from mtlbook.data.vocabulary import IGNORE
from mtlbook.exercises.answers import entries, kind, match, match_loss, number, numbers
from mtlbook.exercises.base import attempt, require

SEEDS, MIXED = 20, 5.5
"""Orders of exercise 10.4, and by how many places a task may lean to an end on average."""


def fates(answer: dict[str, Any]) -> str:
    """Exercise 10.1: what becomes of a thousand words, on average."""
    right = {"chosen": 150, "hidden": 120, "another word": 15, "not touched": 865}
    given = {name: number(value, name) for name, value in entries(answer, right).items()}
    require(
        given["not touched"] != 850,
        "not touched: some of the chosen words stay as they are, too",
    )
    for name, value in given.items():
        require(
            abs(value - right[name]) < 1e-3,
            f"{name}: not {value:g}. The shares of 80, 10 and 10 in a hundred are of the words "
            "that are chosen",
        )
    return "The network cannot know which of the 880 words that it sees as they were are asked for."


def two_tasks(answer: Any) -> str:
    """Exercise 10.2: the loss of words and pairs, with a weight."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 6, 11, generator=generator)
    right = torch.randint(0, 11, (3, 6), generator=generator)
    right[0, 2:], right[2, 5:] = IGNORE, IGNORE
    judged = torch.randn(3, 4, generator=generator)
    true = torch.randint(0, 2, (3, 4), generator=generator).float()
    for weight in (1.0, 0.0, 0.3):
        slips: dict[str, Callable[..., Tensor]] = {
            "divide by the words that are asked for, not by all places": lambda *a: (
                _words(*a) * (a[1] != IGNORE).float().mean() + a[4] * _pairs(*a)
            ),
            "the weight is not used": lambda *a: _words(*a) + _pairs(*a),
            "the weight is that of the pairs, not of the words": lambda *a: (
                a[4] * _words(*a) + _pairs(*a)
            ),
        }
        for z, *rest in zip(logits, right, judged, true, strict=True):
            given = [z.clone().requires_grad_(), *rest, weight]
            match_loss(answer, given, _both, f"weight {weight:g}", slips)
    return "With a weight of 1 this is the sum of two tasks, as in chapter 3."


def _words(logits: Tensor, right: Tensor, *_: Any) -> Tensor:
    return functional.cross_entropy(logits, right, ignore_index=IGNORE)


def _pairs(_logits: Tensor, _right: Tensor, judged: Tensor, true: Tensor, _weight: float) -> Tensor:
    return functional.binary_cross_entropy_with_logits(judged, true)


def _both(*given: Any) -> Tensor:
    return torch.add(_words(*given), _pairs(*given), alpha=given[4])


def between_starts(answer: Any) -> str:
    """Exercise 10.3: an interval for the mean over pretrained networks."""
    rng = np.random.default_rng(0)
    for shape in ((3, 3), (5, 2), (4, 6)):
        gains = 4 + rng.normal(0, 2, (shape[0], 1)) + rng.normal(0, 1, shape)
        low, high = numbers(attempt(answer, gains), 2, "two numbers, the ends of the interval")
        require(low < high, "the lower end comes first")
        middle = float(gains.mean())
        match((low + high) / 2, middle, "the middle is the mean")
        halves = {
            "expected": stats.t.ppf(0.975, shape[0] - 1) * stats.sem(gains.mean(1)),
            "this takes all numbers as independent; those of one row share a pretrained network": (
                stats.t.ppf(0.975, gains.size - 1) * stats.sem(gains, axis=None)
            ),
            "this takes the columns for the sample. Average over fine-tuning first": (
                stats.t.ppf(0.975, shape[1] - 1) * stats.sem(gains.mean(0))
            ),
            "1.96 is for many networks; Student's t has one degree of freedom less than there are "
            "pretrained networks": stats.norm.ppf(0.975) * stats.sem(gains.mean(1)),
            "this is where one more network may lie; the mean is known better": (
                stats.t.ppf(0.975, shape[0] - 1) * gains.mean(1).std(ddof=1)
            ),
            "one end is for 95 %, both together for 90 %": (
                stats.t.ppf(0.95, shape[0] - 1) * stats.sem(gains.mean(1))
            ),
        }
        right = halves.pop("expected")
        match((high - low) / 2, right, f"{shape[0]} networks, half the width", halves)
    return "More fine-tuning of the same networks cannot make this interval arbitrarily short."


def one_task_at_a_time(answer: Any) -> str:
    """Exercise 10.4: MT-DNN's order of batches."""
    sizes = {"chunk": 12, "xpos": 40, "deprel": 28}
    found = [_order(attempt(answer, sizes, seed)) for seed in range(SEEDS)]
    centre, places = (sum(sizes.values()) - 1) / 2, dict.fromkeys(sizes, 0.0)
    for order in found:
        require(
            set(order) <= set(sizes), f"an update has the name of one task, one of {list(sizes)}"
        )
        counts = {task: order.count(task) for task in sizes}
        require(
            counts == sizes,
            f"an epoch takes every batch of every task once: expected {sizes}, got {counts}",
        )
        runs = 1 + sum(a != b for a, b in pairwise(order))
        require(runs > 25, "the tasks come one after the other; mix their batches")
        for task in sizes:
            mean = np.mean([place for place, other in enumerate(order) if other == task])
            places[task] += float(mean) / SEEDS
    require(found[0] != found[1], "another seed gives another order")
    require(found[0] == _order(attempt(answer, sizes, 0)), "the same seed, the same order")
    for task, place in places.items():
        require(
            abs(place - centre) < MIXED,
            f"over {SEEDS} seeds the batches of {task} come {'late' if place > centre else 'early'}"
            " in the epoch; mixed well, every task is spread over all of it",
        )
    return "Large tasks come more often, and no task is left out."


def _order(given: Any) -> list[str]:
    listed = isinstance(given, Iterable) and not isinstance(given, str | Mapping)
    require(listed, f"expected a list, got {kind(given)}")
    return [str(task) for task in given]
