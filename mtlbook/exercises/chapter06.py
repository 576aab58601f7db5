"""Checks for the exercises of chapter 6."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch

from mtlbook.evaluation.compare import compare
from mtlbook.exercises.answers import array, choose, entries, match, number, tensor, two
from mtlbook.exercises.base import attempt, require
from mtlbook.experiments.ch06_balancing.balance import teacher_problem, trained
from mtlbook.training.balance_methods import Static

TRIED, FRESH = range(200, 210), range(210, 230)
SCALES = (1.0, 5.0, 20.0, 100.0)
TASKS = ("first", "second", "third", "fourth")


def feels_the_scale(answer: dict[str, Any]) -> str:
    """Exercise 6.1: does a factor on one loss change the direction of the trunk's step?"""
    right = {
        "sum": (True, "the sum of the gradients leans towards the longest"),
        "PCGrad": (True, "a projection takes away a direction; how long is what remains?"),
        "MGDA": (True, "the shortest average of a short and a long gradient is near one of them"),
        "sum of logs": (False, "the logarithm of 100 L is log L plus a constant"),
        "Nash-MTL": (False, "its direction has the same angle with both gradients"),
        "DWA": (True, "its weights see only ratios of a loss to itself: they ignore the factor"),
    }
    choose(answer, right, (True, False))
    return "Two of the six do not notice the unit in which a loss is measured."


def bisector(answer: Any) -> str:
    """Exercise 6.2: the direction between two gradients, whatever their lengths."""
    generator = torch.Generator().manual_seed(0)
    for factor in (1.0, 100.0):
        first = torch.randn(6, generator=generator, dtype=torch.float64)
        second = torch.randn(6, generator=generator, dtype=torch.float64) * factor
        given = tensor(attempt(answer, first, second), (6,))
        require(float(given.norm()) > 0, "the direction is zero")
        one, other = (float(given @ g / given.norm() / g.norm()) for g in (first, second))
        require(
            abs(one - other) < 1e-4,
            "its cosines with the gradients differ: {} and {}".format(*two(one, other)),
        )
        require(one > 0, "it climbs: both cosines are negative")
        middle = first / first.norm() + second / second.norm()
        cosine = float(given @ middle / given.norm() / middle.norm())
        require(cosine > 1 - 1e-4, "it has a part at right angles to both gradients")
    return "However long a gradient is, it has one vote."


def dynamic_average(answer: Any) -> str:
    """Exercise 6.3: the weights of DWA from the losses of all epochs so far."""
    rng = np.random.default_rng(0)
    for epochs, tasks, temperature in ((1, 3, 2.0), (2, 3, 2.0), (5, 3, 2.0), (4, 2, 0.5)):
        losses = torch.tensor(rng.uniform(0.5, 2.0, (epochs, tasks)))
        given = array(attempt(answer, losses, temperature), (tasks,))
        if epochs < 2:
            match(given, np.ones(tasks), "with one epoch there is no ratio yet, all weights are 1")
            continue
        ratio = losses[-1] / losses[-2]
        right = tasks * (ratio / temperature).softmax(dim=0)
        slips = {
            "the weights are to sum to the number of tasks": right / tasks,
            "the ratio is upside down: a loss that falls slowly is to get more weight": (
                tasks * (1 / ratio / temperature).softmax(dim=0)
            ),
            "a high temperature is to make the weights more even": (
                tasks * (ratio * temperature).softmax(dim=0)
            ),
            "the ratio is that of the last two epochs": (
                tasks * (losses[-1] / losses[0] / temperature).softmax(dim=0)
            ),
        }
        match(given, right, f"{epochs} epochs, temperature {temperature:g}", slips)
    return "It asks who is slow, and never who is loud."


def four_weights(answer: dict[str, Any]) -> str:
    """Exercise 6.4: fixed weights for four tasks whose losses have four scales."""
    weights = tuple(number(value, task) for task, value in entries(answer, TASKS).items())
    require(min(weights) > 0, "a weight is positive; without one, a task is not learned")
    own, equal = _errors(weights, TRIED), _errors((1.0,) * 4, TRIED)
    require(
        own.mean() < 0.83 * equal.mean(),
        f"mean error {own.mean():.3f}; equal weights have {equal.mean():.3f}, and a sixth less is "
        f"wanted. Error by task: {', '.join(f'{e:.2f}' for e in own.mean(axis=0))}.",
    )
    fresh = compare(
        pd.Series(_errors(weights, FRESH).mean(axis=1)),
        pd.Series(_errors((1.0,) * 4, FRESH).mean(axis=1)),
    )
    return (
        f"Mean error {own.mean():.3f}, against {equal.mean():.3f} with equal weights. "
        f"The difference on fresh seeds: {fresh:.3f}."
    )


@cache
def _errors(weights: tuple[float, ...], seeds: range) -> np.ndarray:
    """Test errors ``(S, T)`` of four teachers' students."""
    problem = teacher_problem(seeds, SCALES)
    errors = trained(problem, Static(weights), seeds, 0.03, 1.0, [50])
    found: np.ndarray = errors[:, 0].numpy()
    return found
