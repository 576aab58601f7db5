"""Chapter 6: ways to balance the tasks, each with twelve settings, on four problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.experiments.ch06_balancing.balance_problems import PROBLEMS, Balancing
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.models.trunks import start_trunks, trunk_outputs
from mtlbook.training.balance_methods import (
    RULES,
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
from mtlbook.training.fit_balanced import fit_balanced

TWO, FOUR = "two teachers, one loss × 100", "four teachers, losses × 1, 5, 20, 100"
EQUAL, DIGITS = "two teachers", "digits, one loss × 100"
SHORT = [25, 50, 100, 200, 400]
LOOKS = {TWO: [*SHORT, 800], EQUAL: [*SHORT, 800], FOUR: SHORT, DIGITS: SHORT}
"""The numbers of steps after which every arm of a problem is measured."""
NO_SETTING: dict[str, Callable[[Sequence[int], Balancing], Method]] = {
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
ONE_SETTING: dict[str, tuple[list[float], Callable[[Tensor, Balancing], Method]]] = {
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


def static_weights(values: Tensor, problem: Balancing) -> Tensor:
    """Fixed weights ``(S, T)``: the factors on the losses, to the power of minus each value.

    At 1 a weight takes its factor out. Without factors, two tasks get 1 : 3, 1 : 1 and 3 : 1.
    """
    scales = torch.tensor(problem.scales, dtype=torch.float64)
    if (scales == scales[0]).all():
        return torch.stack([9 ** (values - 1), torch.ones_like(values)], dim=-1)
    return (scales.max() / scales) ** values[:, None]


def drawn_weights(values: Tensor, problem: Balancing) -> Tensor:
    """Fixed weights ``(S, T)``, each a draw over three decades; a value is a seed."""
    tasks = len(problem.scales)
    drawn = [1000 ** np.random.default_rng(int(value)).random(tasks) for value in values]
    return torch.tensor(np.stack(drawn))


def method_of(arm: str, values: Tensor, seeds: Sequence[int], problem: Balancing) -> Method:
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
        settings: the arm's own setting, step size and weight decay, C times.
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
    tasks = len(problem.scales)
    shared, heads = start_trunks(
        every, problem.inputs, problem.hidden, tasks, problem.outputs,
        trunks=tasks if arm == "single" else 1,
    )  # fmt: skip
    activation = torch.relu if name == DIGITS else torch.tanh
    scales = torch.tensor(problem.scales, dtype=torch.float64)

    def outputs(x: Tensor) -> Tensor:
        return trunk_outputs(shared, heads, x, activation)

    found = []

    def look(step: int) -> None:
        if step in looks:
            with torch.no_grad():
                found.append(problem.test(outputs).numpy())

    fit_balanced(
        shared, heads, lambda step: scales * problem.losses(outputs, step),
        method_of(arm, values, every, problem),
        steps=max(looks), lr=lr, decay=decay, look=look,
    )  # fmt: skip
    errors = np.stack(found, axis=1)  # (C * S, looks, T)
    by_seed: np.ndarray = errors.reshape(len(settings), len(seeds), *errors.shape[1:])
    return by_seed.swapaxes(0, 1)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, arm = config["problem"], config["arm"]
    settings = settings_of(name, arm)
    errors = balanced_errors(name, arm, seeds, settings, LOOKS[name]).mean(axis=-1)
    flat: np.ndarray = errors.reshape(len(errors), -1)  # settings, and in each of them looks
    return flat


FEW = [
    "single", "equal sum", "static", "sum of logs", "uncertainty", "uncertainty, from rest",
    "PCGrad", "MGDA", "MGDA, by loss", "CAGrad",
]  # fmt: skip
COMPARED = {
    # With two tasks UPGrad is half of PCGrad, and Adam does not see the half.
    TWO: [arm for arm in ARMS if arm not in ("UPGrad", "no weight decay")],
    EQUAL: [*FEW, "no weight decay"],
    FOUR: [*FEW, "static, drawn", "by first loss", "Nash-MTL", "UPGrad"],
    DIGITS: [*FEW, "by first loss", "Nash-MTL"],
}
"""The arms that are compared on each problem."""


def _tuning(name: str, problems: Sequence[str], data: str) -> Experiment:
    return Experiment(
        name=name,
        question="Which setting suits each way of balancing the tasks?",
        data=data,
        score="mean test error of the tasks, for twelve settings after each number of steps",
        configs=[{"problem": p, "arm": arm} for p in problems for arm in COMPARED[p]],
        seeds=range(100, 105),
        measure=_measure,
        columns=[f"{i}, {look} steps" for i in range(SETTINGS) for look in LOOKS[problems[0]]],
        cheap={"problem": problems[0], "arm": "single"},
    )


BALANCE_TUNING = _tuning("balance-tuning", [TWO, EQUAL], "generated: teacher networks")
BALANCE_FOUR_TUNING = _tuning("balance-four-tuning", [FOUR], "generated: teacher networks")
BALANCE_DIGITS_TUNING = _tuning(
    "balance-digits-tuning", [DIGITS], "digits of scikit-learn's load_digits"
)
