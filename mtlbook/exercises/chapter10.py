"""Checks for the exercises of chapter 10."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from scipy import stats
from torch import Tensor
from torch.nn import functional

from mtlbook.data.vocabulary import IGNORE
from mtlbook.exercises.base import Check, attempt, filled, require


def fates(answer: dict[str, Any]) -> str:
    """Exercise 10.1: what becomes of a thousand words, on average."""
    right = {"chosen": 150, "hidden": 120, "another word": 15, "not touched": 865}
    filled(answer, right)
    require(
        float(answer["not touched"]) != 850,
        "not touched: some of the chosen words stay as they are, too",
    )
    for name, value in answer.items():
        require(
            abs(float(value) - right[name]) < 1e-9,
            f"{name}: not {value}. The shares of 80, 10 and 10 in a hundred are of the words "
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
    each = functional.cross_entropy(logits.mT, right, ignore_index=IGNORE, reduction="none")
    words = each.sum(1) / (right != IGNORE).sum(1)
    pairs = functional.binary_cross_entropy_with_logits(judged, true, reduction="none").mean(1)
    for weight in (1.0, 0.0, 0.3):
        found = []
        for z, *rest in zip(logits, right, judged, true, strict=True):
            one = attempt(answer, z.clone().requires_grad_(), *rest, weight)
            require(isinstance(one, Tensor) and one.shape == (), "expected one number")
            require(one.requires_grad, "no gradient flows: stay with torch's functions")
            found.append(one.detach())
        given = torch.stack(found)
        require(
            not torch.allclose(given, each.mean(1) + weight * pairs, atol=1e-5),
            "divide by the words that are asked for, not by all places",
        )
        require(
            weight == 1 or not torch.allclose(given, words + pairs, atol=1e-5),
            "the weight is not used",
        )
        require(
            torch.allclose(given, words + weight * pairs, atol=1e-5),
            f"weight {weight}: expected {(words + weight * pairs).tolist()}",
        )
    return "With a weight of 1 this is the sum of two tasks, as in chapter 3."


def between_starts(answer: Any) -> str:
    """Exercise 10.3: an interval for the mean over pretrained networks."""
    rng = np.random.default_rng(0)
    for shape in ((3, 3), (5, 2), (4, 6)):
        gains = 4 + rng.normal(0, 2, (shape[0], 1)) + rng.normal(0, 1, shape)
        given = attempt(answer, gains.copy())
        require(isinstance(given, tuple | list) and len(given) == 2, "expected two numbers")
        low, high = (float(value) for value in given)
        require(low < high, "the lower end comes first")
        middle = float(gains.mean())
        require(abs((low + high) / 2 - middle) < 1e-6, f"the middle is the mean, {middle:.2f}")
        all_pairs = stats.t.ppf(0.975, gains.size - 1) * stats.sem(gains, axis=None)
        require(
            abs(high - middle - all_pairs) > 1e-6,
            "this takes all numbers as independent; those of one row share a pretrained network",
        )
        half = stats.t.ppf(0.975, shape[0] - 1) * stats.sem(gains.mean(1))
        require(
            abs(high - middle - half) < 1e-6,
            f"{shape[0]} pretrained networks: expected {middle:.2f} ± {half:.2f}. Average over "
            "fine-tuning first; Student's t then has one degree of freedom less than there are "
            "pretrained networks",
        )
    return "More fine-tuning of the same networks cannot make this interval arbitrarily short."


def one_task_at_a_time(answer: Any) -> str:
    """Exercise 10.4: MT-DNN's order of batches."""
    sizes = {"chunk": 12, "xpos": 40, "deprel": 28}
    found = [_order(attempt(answer, dict(sizes), seed)) for seed in (0, 1, 2)]
    for order in found:
        require(
            all(isinstance(update, str) for update in order),
            "an update has the name of one task",
        )
        counts = {task: order.count(task) for task in sizes}
        require(
            counts == sizes,
            f"an epoch takes every batch of every task once: expected {sizes}, got {counts}",
        )
        runs = 1 + sum(a != b for a, b in pairwise(order))
        require(runs > 25, "the tasks come one after the other; mix their batches")
    require(found[0] != found[1], "another seed gives another order")
    require(found[0] == _order(attempt(answer, dict(sizes), 0)), "the same seed, the same order")
    return "Large tasks come more often, and no task is left out."


def _order(given: Any) -> list[Any]:
    require(isinstance(given, Sequence) and not isinstance(given, str), "expected a list")
    return list(given)


CHECKS: dict[str, Check] = {
    "10.1": fates,
    "10.2": two_tasks,
    "10.3": between_starts,
    "10.4": one_task_at_a_time,
}
