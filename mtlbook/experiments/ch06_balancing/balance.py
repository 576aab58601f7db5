"""Chapter 6: ways to balance the tasks, and the four problems on which they are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, repeat

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mtlbook.data.digit_pairs import digit_pairs
from mtlbook.data.synthetic import INPUTS, teacher_data
from mtlbook.models.mlp import Students
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.training.balance_methods import (
    RULES,
    Balanced,
    ByFirstLoss,
    DynamicAverage,
    GradNorm,
    LogSum,
    Method,
    MGDAByLoss,
    OnGradients,
    PCGrad,
    RandomWeights,
    Static,
    Uncertainty,
    cagrad,
)
from mtlbook.training.loop import ManyAdam, fit

Batch = tuple[Tensor, Tensor]
"""Inputs ``(T, n, d)`` or ``(1, n, d)`` and targets of one network; of all with S in front."""

COSINE = 0.9
"""Of each teacher with the common one; two teachers have about .8 with each other."""


@dataclass(frozen=True)
class Problem:
    """Tasks with losses of several scales, drawn anew for each network.

    Attributes:
        scales: factor on each task's loss.
        hidden: units of a trunk.
        outputs: numbers that a head returns.
        inputs: input features.
        epoch: steps in which the training set is seen once.
        batches: of all networks, without end.
        losses: maps a network and its batch to the losses ``(T,)``, without the scales.
        errors: maps the networks to their test errors ``(S, T)``.
        activation: of the networks.
    """

    scales: Sequence[float]
    hidden: int
    outputs: int
    inputs: int
    epoch: int
    batches: Iterator[Batch]
    losses: Callable[[nn.Module, Batch], Tensor]
    errors: Callable[[Networks], Tensor]
    activation: Callable[[Tensor], Tensor] = torch.tanh


def squared_errors(network: nn.Module, batch: Batch) -> Tensor:
    """Return the mean squared error of each task, ``(T,)``."""
    x, y = batch
    found: Tensor = (network(x)[..., 0] - y).square().mean(dim=-1)
    return found


def digit_losses(network: nn.Module, batch: Batch) -> Tensor:
    """Return the cross-entropy of each task, ``(T,)``."""
    x, digits = batch
    each = cross_entropy(network(x).flatten(0, 1), digits.flatten(), reduction="none")
    return each.view(digits.shape).mean(dim=-1)


def wrong_digits(network: nn.Module, batch: Batch) -> Tensor:
    """Return the share of wrong digits of each task, ``(T,)``."""
    x, digits = batch
    found: Tensor = (network(x).argmax(dim=-1) != digits).double().mean(dim=-1)
    return found


def teacher_problem(
    seeds: Sequence[int], scales: Sequence[float], n: int = 40, cosine: float = COSINE
) -> Problem:
    """The first tasks of the dial of chapter 4, with factors on their losses; full batches."""
    x, y, x_test, f = (part[:, : len(scales)] for part in teacher_data(seeds, cosine, n=n))

    def errors(networks: Networks) -> Tensor:
        found: Tensor = networks.each(squared_errors, (x_test, f))
        return found

    return Problem(scales, 8, 1, INPUTS, 1, repeat((x, y)), squared_errors, errors)


def digit_problem(seeds: Sequence[int], scales: Sequence[float], batch: int = 30) -> Problem:
    """Left and right digit of a picture, 300 pictures to train on and 500 to test on."""
    # A seed may stand there many times, once for each setting.
    data = {s: digit_pairs((300, 500), np.random.default_rng(s)) for s in dict.fromkeys(seeds)}
    x, x_test = (torch.tensor(np.stack([data[s][i][0] for s in seeds]))[:, None] for i in (0, 1))
    y, y_test = (torch.tensor(np.stack([data[s][i][1] for s in seeds])).mT for i in (0, 1))
    every, pictures = torch.arange(len(seeds))[:, None], x.shape[2]

    def batches() -> Iterator[Batch]:
        orders = {seed: np.random.default_rng([seed, 6]) for seed in data}
        while True:
            drawn = {seed: rng.permutation(pictures) for seed, rng in orders.items()}
            order = torch.tensor(np.stack([drawn[seed] for seed in seeds]))
            for rows in order.split(batch, dim=1):
                yield x[every, 0, rows][:, None], y.mT[every, rows].mT

    def errors(networks: Networks) -> Tensor:
        found: Tensor = networks.each(wrong_digits, (x_test, y_test))
        return found

    return Problem(
        scales, 32, 10, x.shape[-1], pictures // batch, batches(), digit_losses, errors, torch.relu
    )


TWO, FOUR = "two teachers, one loss × 100", "four teachers, losses × 1, 5, 20, 100"
EQUAL, DIGITS = "two teachers", "digits, one loss × 100"
PROBLEMS: dict[str, Callable[[Sequence[int]], Problem]] = {
    TWO: lambda seeds: teacher_problem(seeds, (1, 100)),
    EQUAL: lambda seeds: teacher_problem(seeds, (1, 1)),
    FOUR: lambda seeds: teacher_problem(seeds, (1, 5, 20, 100)),
    DIGITS: lambda seeds: digit_problem(seeds, (1, 100)),
}
NO_SETTING: dict[str, Callable[[Sequence[int], Problem], Method]] = {
    "single": lambda seeds, problem: Method(),
    "equal sum": lambda seeds, problem: Method(),
    "by first loss": lambda seeds, problem: ByFirstLoss(),
    "sum of logs": lambda seeds, problem: LogSum(),
    "random": lambda seeds, problem: RandomWeights(seeds),
    "PCGrad": lambda seeds, problem: PCGrad(seeds),
    "MGDA": lambda seeds, problem: OnGradients(RULES["MGDA"]),
    "MGDA, by loss": lambda seeds, problem: MGDAByLoss(),
    "Nash-MTL": lambda seeds, problem: OnGradients(RULES["Nash-MTL"]),
    "UPGrad": lambda seeds, problem: OnGradients(RULES["UPGrad"]),
    "no weight decay": lambda seeds, problem: Method(),
}
"""Arms whose only settings are step size and weight decay; the last has no decay either."""
ONE_SETTING: dict[str, tuple[list[float], Callable[[Tensor, Problem], Method]]] = {
    "static": ([0.5, 1.0, 1.5], lambda value, problem: Static(static_weights(value, problem))),
    "static, drawn": (
        [1.0, 2.0, 3.0],
        lambda value, problem: Static(drawn_weights(value, problem)),
    ),
    "DWA": ([0.5, 1.0, 2.0], lambda value, problem: DynamicAverage(value, problem.epoch)),
    "uncertainty": ([0.03, 0.1, 0.3], lambda value, problem: Uncertainty(value)),
    "uncertainty, from rest": (
        [0.03, 0.1, 0.3],
        lambda value, problem: Uncertainty(value, at_rest=True),
    ),
    "GradNorm": ([0.03, 0.1, 0.3], lambda value, problem: GradNorm(0.5, value)),
    "CAGrad": ([0.2, 0.5, 0.9], lambda value, problem: cagrad(value)),
}
"""Arms with one setting more, and three values of it."""
ARMS = [*NO_SETTING, *ONE_SETTING]
UNDECAYED = [0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2]
"""Step sizes of the arm without weight decay."""
SETTINGS = 12
"""For every arm: twelve step sizes and decays, or four with each value of a setting of its own."""


def settings_of(name: str, arm: str) -> list[tuple[float, float, float]]:
    """The twelve settings of an arm on a problem: its own setting, step size, weight decay."""
    digits = name == DIGITS
    if arm == "no weight decay":
        return [(0.0, lr, 0.0) for lr in UNDECAYED]
    if arm in ONE_SETTING:
        rates, decays = ([0.01, 0.03], [0.1, 0.3]) if digits else ([0.03, 0.1], [0.3, 1.0])
        values = ONE_SETTING[arm][0]
    else:
        rates = [0.003, 0.01, 0.03] if digits else [0.01, 0.03, 0.1]
        decays = [0.03, 0.1, 0.3, 1.0] if digits else [0.1, 0.3, 1.0, 3.0]
        values = [0.0]
    return [(value, lr, decay) for value in values for lr in rates for decay in decays]


def static_weights(values: Tensor, problem: Problem) -> Tensor:
    """Fixed weights ``(S, T)``: the factors on the losses, to the power of minus each value.

    At 1 a weight takes its factor out. Without factors, two tasks get 1 : 3, 1 : 1 and 3 : 1.
    """
    scales = torch.tensor(problem.scales, dtype=torch.float64)
    if (scales == scales[0]).all():
        return torch.stack([9 ** (values - 1), torch.ones_like(values)], dim=-1)
    return (scales.max() / scales) ** values[:, None]


def drawn_weights(values: Tensor, problem: Problem) -> Tensor:
    """Fixed weights ``(S, T)``, each a draw over three decades; a value is a seed."""
    tasks = len(problem.scales)
    drawn = [1000 ** np.random.default_rng(int(value)).random(tasks) for value in values]
    return torch.tensor(np.stack(drawn))


def method_of(arm: str, values: Tensor, seeds: Sequence[int], problem: Problem) -> Method:
    """Return a fresh method for an arm; ``values`` (S,) are its own setting, if it has one."""
    if arm in NO_SETTING:
        return NO_SETTING[arm](seeds, problem)
    return ONE_SETTING[arm][1](values, problem)


def balanced_errors(
    name: str,
    arm: str,
    seeds: Sequence[int],
    settings: Sequence[tuple[float, float, float]],
    looks: Sequence[int],
) -> np.ndarray:
    """Train the networks of an arm for every setting at once.

    Args:
        name: the problem.
        arm: the method; ``single`` gives each task a trunk of its own.
        seeds: of tasks, data and starts.
        settings: the arm's own setting, learning rate and weight decay, C times.
        looks: after how many steps to measure.

    Returns:
        Test errors ``(S, C, looks, T)``: squared error in units of the targets' variance, or the
        share of wrong digits.
    """
    every = [seed for _ in settings for seed in seeds]
    values, lr, decay = (
        torch.tensor(column, dtype=torch.float64).repeat_interleave(len(seeds))
        for column in zip(*settings, strict=True)
    )
    problem = PROBLEMS[name](every)
    found = trained(problem, method_of(arm, values, every, problem), every, lr, decay, looks,
                    own_trunks=arm == "single")  # fmt: skip
    by_seed: np.ndarray = found.numpy().reshape(len(settings), len(seeds), *found.shape[1:])
    return by_seed.swapaxes(0, 1)


def trained(
    problem: Problem,
    method: Method,
    seeds: Sequence[int],
    lr: float | Tensor,
    decay: float | Tensor,
    looks: Sequence[int],
    own_trunks: bool = False,
) -> Tensor:
    """Train a network per seed, its tasks balanced by a method; return the test errors.

    Args:
        problem: of the same seeds.
        method: weighs the tasks.
        seeds: of the starts.
        lr: learning rate, one for all networks or ``(S,)``.
        decay: weight decay, likewise.
        looks: after how many steps to measure.
        own_trunks: whether each task has a trunk of its own.

    Returns:
        Test errors ``(S, looks, T)``.
    """
    tasks = len(problem.scales)
    networks = from_seeds(
        lambda: Students(
            problem.inputs, problem.hidden, tasks if own_trunks else 1, tasks, problem.outputs,
            activation=problem.activation,
        ),
        seeds,
    )  # fmt: skip
    scales = torch.tensor(problem.scales, dtype=torch.float64)

    def losses(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        each = scales * problem.losses(network, batch)
        return {f"task {t}": loss for t, loss in enumerate(each)}

    backward = Balanced(method, networks)
    optimiser, found = ManyAdam(networks.parameters(), lr, decay), []
    for start, end in pairwise([0, *looks]):
        fit(networks, islice(problem.batches, end - start), losses, optimiser, backward=backward)
        with torch.no_grad():
            found.append(problem.errors(networks))
    return torch.stack(found, dim=1)
