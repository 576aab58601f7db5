"""What a task is: a name, a loss to train on, and a metric to report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

Score = Callable[[Tensor, Tensor], Tensor]
Examples = tuple[Tensor, Tensor]
"""Inputs ``(n, d)`` and targets ``(n, T)``, a column for each task; S networks stand in front."""


@dataclass(frozen=True)
class Task:
    """One thing to learn.

    ``loss`` and ``metric`` take predictions and targets of shape ``(..., n)`` and average over
    the last axis, the ``n`` examples. Leading axes (seeds) are kept: the result is ``(...)``.
    """

    name: str
    loss: Score
    metric: Score
    higher_is_better: bool


def regression(name: str) -> Task:
    """Predict a real number: squared error, reported as root-mean-square error."""
    return Task(name, _squared_error, _rmse, higher_is_better=False)


def probability(name: str) -> Task:
    """Predict a number in (0, 1) through a sigmoid output: squared error, reported as RMSE.

    This is the sigmoid output unit with summed squared error of the backprop nets in
    Caruana (1997).
    """
    return Task(name, _sigmoid_squared_error, _sigmoid_rmse, higher_is_better=False)


def classification(name: str) -> Task:
    """Predict a label in {0, 1} from a logit: cross-entropy, reported as accuracy."""
    return Task(name, _cross_entropy, _accuracy, higher_is_better=True)


def _squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    return (prediction - target).square().mean(-1)


def _rmse(prediction: Tensor, target: Tensor) -> Tensor:
    return _squared_error(prediction, target).sqrt()


def _sigmoid_squared_error(z: Tensor, target: Tensor) -> Tensor:
    return _squared_error(torch.sigmoid(z), target)


def _sigmoid_rmse(z: Tensor, target: Tensor) -> Tensor:
    return _rmse(torch.sigmoid(z), target)


def _cross_entropy(logit: Tensor, label: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logit, label, reduction="none").mean(-1)


def _accuracy(logit: Tensor, label: Tensor) -> Tensor:
    return ((logit > 0) == (label > 0.5)).to(logit.dtype).mean(-1)
