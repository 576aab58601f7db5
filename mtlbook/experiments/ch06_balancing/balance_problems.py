"""Chapter 6: the problems on which ways to balance the tasks are compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mtlbook.data.digit_pairs import digit_pairs
from mtlbook.data.teachers import INPUTS, teacher_data

COSINE = 0.9
"""Of each teacher with the common one; two teachers have about .8 with each other."""


@dataclass(frozen=True)
class Balancing:
    """A problem for many networks at once.

    Attributes:
        scales: factor on each task's loss.
        hidden: units of a trunk.
        outputs: numbers that a head returns.
        inputs: input features.
        epoch: steps in which the training set is seen once.
        losses: maps outputs' function and a step to the losses ``(S, T)``, without the scales.
        test: maps outputs' function to the test errors ``(S, T)``.
    """

    scales: Sequence[float]
    hidden: int
    outputs: int
    inputs: int
    epoch: int
    losses: Callable[[Callable[[Tensor], Tensor], int], Tensor]
    test: Callable[[Callable[[Tensor], Tensor]], Tensor]


def teacher_problem(
    seeds: Sequence[int], scales: Sequence[float], n: int = 40, cosine: float = COSINE
) -> Balancing:
    """The first tasks of the dial of chapter 4, with factors on their losses; full batches."""
    x, y, x_test, f = (part[:, : len(scales)] for part in teacher_data(seeds, cosine, n=n))

    def losses(outputs: Callable[[Tensor], Tensor], step: int) -> Tensor:
        del step
        return (outputs(x)[..., 0] - y).square().mean(dim=-1)

    def test(outputs: Callable[[Tensor], Tensor]) -> Tensor:
        return (outputs(x_test)[..., 0] - f).square().mean(dim=-1)

    return Balancing(scales, 8, 1, INPUTS, 1, losses, test)


def digit_problem(seeds: Sequence[int], scales: Sequence[float], batch: int = 30) -> Balancing:
    """Left and right digit of a picture, 300 pictures to train on and 500 to test on."""
    data: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for seed in seeds:  # a seed may stand there many times, once for each setting
        if seed not in data:
            data[seed] = digit_pairs((300, 500), np.random.default_rng(seed))
    (x, y), (x_test, y_test) = (
        [torch.tensor(np.stack([data[seed][part][i] for seed in seeds])) for i in (0, 1)]
        for part in (0, 1)
    )
    orders = {seed: np.random.default_rng([seed, 6]) for seed in data}
    epoch = x.shape[1] // batch
    order = torch.empty(0)

    def losses(outputs: Callable[[Tensor], Tensor], step: int) -> Tensor:
        nonlocal order
        place = (step - 1) % epoch
        if place == 0:
            drawn = {seed: rng.permutation(x.shape[1]) for seed, rng in orders.items()}
            order = torch.tensor(np.stack([drawn[seed] for seed in seeds]))
        rows = order[:, place * batch : (place + 1) * batch]
        every = torch.arange(len(x))[:, None]
        logits, digits = outputs(x[every, rows][:, None]), y[every, rows].mT
        each = cross_entropy(logits.flatten(0, 2), digits.flatten(), reduction="none")
        return each.view(digits.shape).mean(dim=-1)

    def test(outputs: Callable[[Tensor], Tensor]) -> Tensor:
        return (outputs(x_test[:, None]).argmax(dim=-1) != y_test.mT).double().mean(dim=-1)

    return Balancing(scales, 32, 10, x.shape[-1], epoch, losses, test)


PROBLEMS: dict[str, Callable[[Sequence[int]], Balancing]] = {
    "two teachers, one loss × 100": lambda seeds: teacher_problem(seeds, (1, 100)),
    "two teachers": lambda seeds: teacher_problem(seeds, (1, 1)),
    "four teachers, losses × 1, 5, 20, 100": lambda seeds: teacher_problem(seeds, (1, 5, 20, 100)),
    "digits, one loss × 100": lambda seeds: digit_problem(seeds, (1, 100)),
}
