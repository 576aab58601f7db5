"""Checks for the exercises of chapter 13."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.synthetic import flip
from mtlbook.evaluation.compare import Comparison, compare
from mtlbook.exercises.answers import array, entries, match, match_loss, number, two
from mtlbook.exercises.base import attempt, require
from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_split
from mtlbook.experiments.ch13_noise.boolean_noise import HIDDEN, LR, STEPS
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.task import Task, classification
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses

CHOOSING = range(200, 210)
FRESH = range(300, 320)
RATE = 0.05
SINGLE_DECAY = 1e-3
WANTED = 0.02


def share_of_noise(answer: dict[str, Any]) -> str:
    """Exercise 13.1: the share of labels that a fair coin could have written, at each rate."""
    right = {"0.05": 0.1, "0.25": 0.5, "0.5": 1.0, "0.75": 0.5, "1": 0.0}
    for rate, value in entries(answer, right).items():
        given = number(value, rate)
        require(
            rate not in ("0.75", "1") or abs(given - 2 * float(rate)) > 1e-6,
            f"{rate}: a share is at most 1. What does a network make of labels that are mostly, "
            "or always, the opposite?",
        )
        require(
            abs(given - right[rate]) < 1e-6,
            f"{rate}: not {given:g}. A coin agrees with the true label half of the time; how many "
            "coins does it take to get this many wrong labels?",
        )
    return "Flips at a rate of one half are pure noise, and at 1 they are none at all."


def best_weights(answer: Any) -> str:
    """Exercise 13.2: the weights of an average with the lowest error."""
    rng = np.random.default_rng(0)
    for variances in (np.ones(4), np.array([1.0, 4.0]), rng.uniform(0.1, 9, 6)):
        given = array(attempt(answer, variances), variances.shape)
        require(
            abs(given.sum() - 1) < 1e-4,
            f"the weights sum to {given.sum():.3f}; an average of equal values must be that value",
        )
        right = 1 / variances / (1 / variances).sum()
        errors = two((given**2 * variances).sum(), (right**2 * variances).sum())
        slips = {
            "these go with the standard deviations; set the derivative of the error to zero": (
                variances**-0.5 / (variances**-0.5).sum()
            ),
            f"variances {variances.round(1).tolist()}: the error of your average is {errors[0]}, "
            f"and {errors[1]} is possible": given,
        }
        match(given, right, slips=slips)
    return "However noisy a measurement is, its weight is above zero, and it does no harm."


def corrected_loss(answer: Any) -> str:
    """Exercise 13.3: the cross-entropy of labels that were flipped at a known rate."""
    generator = torch.Generator().manual_seed(0)
    z = 2 * torch.randn(50, generator=generator, dtype=torch.float64)
    y = torch.randint(0, 2, (50,), generator=generator).double()
    for rate in (0.0, 0.1, 0.3, 0.5):
        softened = (
            "this softens the label and asks the network for the chance of a *flipped* label; "
            "soften the network's probability instead, so that its own can be 0 or 1"
        )
        slips: dict[str, Callable[..., Tensor]] = {
            softened: lambda z, y, rate: functional.binary_cross_entropy_with_logits(
                z, y * (1 - rate) + (1 - y) * rate
            ),
            "the labels are taken as they are: the rate is not used": lambda z, y, _rate: (
                functional.binary_cross_entropy_with_logits(z, y)
            ),
        }
        given = [z.clone().requires_grad_(), y, rate]
        match_loss(answer, given, flipped_cross_entropy, f"rate {rate:g}", slips)
    return "At a rate of one half the loss is log 2, whatever the network says."


def flipped_cross_entropy(z: Tensor, y: Tensor, rate: float) -> Tensor:
    """Cross-entropy of labels that were flipped at a known rate (Patrini et al. 2017, forward).

    Args:
        z: logits of the true label, ``(..., n)``.
        y: the labels that were seen, ``(..., n)``.
        rate: of the flips.

    Returns:
        The mean over the last axis.
    """
    true = torch.sigmoid(z)
    seen = (1 - rate) * true + rate * (1 - true)
    return functional.binary_cross_entropy(seen, y, reduction="none").mean(dim=-1)


def noisy_relatives(answer: dict[str, Any]) -> str:
    """Exercise 13.4: to gain from related labels with as many errors as the main task's."""
    given = entries(answer, ("assumed rate", "weight", "weight decay"))
    assumed, weight, decay = (number(value, key) for key, value in given.items())
    require(0 <= assumed < 0.5, "the assumed rate lies between 0 and one half")
    require(weight > 0, "a weight of 0 leaves T1 alone; the related labels are to be used")
    require(decay >= 0, "a weight decay is not negative")
    gained = relatives_gain(assumed, weight, decay, FRESH)
    require(
        gained.difference > WANTED,
        f"against T1 alone: {gained:.3f}. More than {WANTED:g} is possible; is the weight of the "
        "relatives large enough to be felt, are decay and assumed rate small enough?",
    )
    require(
        gained.low > WANTED,
        f"against T1 alone: {gained:.3f}. The mean is above {WANTED:g}, but the interval reaches "
        "below it: another twenty seeds may not show the gain",
    )
    return f"Against T1 alone, on twenty fresh seeds: {gained:.3f}."


def relatives_gain(
    assumed_rate: float, weight: float, weight_decay: float, seeds: Sequence[int] = CHOOSING
) -> Comparison:
    """Try a setting of exercise 13.4: the accuracy on T1 beside T2 to T4, minus T1 alone.

    Of all training labels, T1's as well, a share ``RATE`` is flipped.

    Args:
        assumed_rate: of the flips, in the losses of all four tasks; 0 is the plain loss.
        weight: of each further loss.
        weight_decay: L2 penalty.
        seeds: of split, flips and networks; the check has others.
    """
    beside = _related(assumed_rate, weight, weight_decay, tuple(seeds))
    return compare(pd.Series(beside), pd.Series(_alone(tuple(seeds))))


@cache
def _related(assumed: float, weight: float, decay: float, seeds: tuple[int, ...]) -> np.ndarray:
    (_, labels), _ = boolean_split(seeds)
    main = flip(labels[..., :1], RATE, seeds)
    targets = torch.cat([main, flip(labels[..., 1:], RATE, seeds, stream=4)], dim=-1)
    plain = classification("T1")

    def corrected(z: Tensor, y: Tensor) -> Tensor:
        return flipped_cross_entropy(z, y, assumed)

    tasks = [replace(plain, name=f"T{t}", loss=corrected) for t in (1, 2, 3, 4)]
    return _accuracy(tasks, targets, seeds, decay, weight)


@cache
def _alone(seeds: tuple[int, ...]) -> np.ndarray:
    (_, labels), _ = boolean_split(seeds)
    main = flip(labels[..., :1], RATE, seeds)
    return _accuracy([classification("T1")], main, seeds, SINGLE_DECAY, 1.0)


def _accuracy(
    tasks: list[Task], targets: Tensor, seeds: Sequence[int], decay: float, weight: float
) -> np.ndarray:
    (x, _), (x_test, y_test) = boolean_split(seeds)
    losses = task_losses(tasks, [1.0] + [weight] * (len(tasks) - 1))
    networks = from_seeds(lambda: MLP(8, HIDDEN, len(tasks)).double(), seeds)
    fit(networks, repeat((x, targets), STEPS), losses, adam(networks, LR, decay))
    logits = networks(x_test).detach()
    return tasks[0].metric(logits[..., 0], y_test[..., 0]).numpy()
