"""Chapter 4: hard, soft and no sharing between students, as their teachers grow alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.teachers import INPUTS, TASKS, teacher_data
from mtlbook.experiments.common.base import Config, Experiment, grid
from mtlbook.models.sharing import l2_to_mean, trace_norm
from mtlbook.models.students import start_values, student_outputs

Penalty = Callable[[Sequence[Tensor], Sequence[Tensor]], Tensor]

COSINES = [0.0, 0.5, 0.75, 0.9, 0.95, 1.0]
LOOKS = [50, 100, 200, 400, 800]
STRENGTHS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0]
DECAYS = [0.01, 0.02, 0.05]
PULLS = [0.01, 0.1, 1.0]


def to_zero(parameters: Sequence[Tensor]) -> Tensor:
    """Weight decay: the sum of the squared parameters."""
    return torch.stack([layer.square().sum() for layer in parameters]).sum()


def to_mean(parameters: Sequence[Tensor]) -> Tensor:
    """The squared distances of all tasks' parameters from the mean over tasks."""
    return torch.stack([l2_to_mean(layer.unbind(1)) for layer in parameters]).sum()


def to_subspace(parameters: Sequence[Tensor]) -> Tensor:
    """The trace norm of each layer's matrix of tasks times parameters."""
    norms = [torch.vmap(trace_norm)(layer.unbind(1)).sum() for layer in parameters]
    return torch.stack(norms).sum()


def to_start(parameters: Sequence[Tensor], start: Sequence[Tensor]) -> Tensor:
    """The squared distances from the start: a control, a point that no task has chosen."""
    pairs = zip(parameters, start, strict=True)
    return torch.stack([(layer - first).square().sum() for layer, first in pairs]).sum()


def to_strangers(parameters: Sequence[Tensor]) -> Tensor:
    """The squared distances from the mean of another world's tasks, which are the second half."""
    total = []
    for layer in parameters:
        worlds = layer.unflatten(1, (2, -1))
        means = worlds.mean(dim=2, keepdim=True).flip(1)
        total.append((worlds - means).square().sum())
    return torch.stack(total).sum()


def fit_students(
    parameters: list[Tensor],
    x: Tensor,
    y: Tensor,
    penalty: Callable[[Sequence[Tensor]], Tensor],
    steps: int,
    lr: float = 0.01,
    look: Callable[[int], None] | None = None,
) -> None:
    """Minimise the sum of all tasks' mean squared errors and of the penalty, by Adam.

    Args:
        parameters: of all students; they are changed.
        x: inputs ``(S, T, n, d)``.
        y: targets ``(S, T, n)``.
        penalty: of the parameters, with its strength.
        steps: full-batch updates.
        lr: step size.
        look: is called after each step.
    """
    optimiser = torch.optim.Adam(parameters, lr=lr, fused=True)
    for step in range(1, steps + 1):
        # Seeds share no parameter, so the sum over them gives each its own gradient.
        errors = (student_outputs(parameters, x) - y).square().mean(dim=-1)
        optimiser.zero_grad()
        (errors.sum() + penalty(parameters)).backward()
        optimiser.step()
        if look is not None:
            look(step)


SHARED = {
    "pooled": (1, 1, 8),
    "hard": (1, TASKS, 8),
    "hard, wide": (1, TASKS, 8 * TASKS),
}
"""Number of hidden layers and of readouts, and hidden units, where it is not a student a task."""
ARMS = ["separate", *SHARED, "to the mean", "mean and decay", "trace norm", "to the start",
        "strangers and decay", "own starts"]  # fmt: skip
TWO = {"mean and decay", "strangers and decay", "own starts"}
"""Arms with two penalties: weight decay, and a pull towards a mean."""


def arm_penalty(
    arm: str, decay: float, pull: float, start: Sequence[Tensor]
) -> Callable[[Sequence[Tensor]], Tensor]:
    """Return the penalty of an arm; its strengths are ``decay`` and ``pull``."""
    draws: dict[str, Callable[[Sequence[Tensor]], Tensor]] = {
        "to the mean": to_mean,
        "mean and decay": to_mean,
        "own starts": to_mean,
        "trace norm": to_subspace,
        "to the start": lambda parameters: to_start(parameters, start),
        "strangers and decay": to_strangers,
    }
    if not pull:
        return lambda parameters: decay * to_zero(parameters)
    if not decay:
        return lambda parameters: pull * draws[arm](parameters)
    return lambda parameters: decay * to_zero(parameters) + pull * draws[arm](parameters)


def students(
    arm: str, cosine: float, seeds: Sequence[int], decay: float, pull: float, looks: Sequence[int]
) -> tuple[list[Tensor], np.ndarray]:
    """Train the students of an arm.

    Returns:
        Their parameters after the last look, and the test errors at each, ``(S, looks)``: the
        mean over tasks of the mean squared error, where 1 is the error of the mean answer.
    """
    x, y, x_test, f = teacher_data(seeds, cosine)
    if arm == "strangers and decay":
        others = teacher_data(seeds, cosine, world=1)
        x, y = torch.cat([x, others[0]], dim=1), torch.cat([y, others[1]], dim=1)
    trunks, heads, hidden = SHARED.get(arm, (x.shape[1], x.shape[1], 8))
    parameters = start_values(seeds, INPUTS, hidden, trunks, heads, arm == "own starts")
    start = [layer.detach().clone() for layer in parameters]
    found = []

    def look(step: int) -> None:
        if step in looks:
            with torch.no_grad():
                own = [layer[:, :TASKS] for layer in parameters]
                errors = (student_outputs(own, x_test) - f).square().mean(dim=(1, 2))
            found.append(errors.numpy())

    fit_students(parameters, x, y, arm_penalty(arm, decay, pull, start), max(looks), look=look)
    return [layer.detach()[:, :TASKS] for layer in parameters], np.stack(found, axis=-1)


def _settings(arm: str) -> list[dict[str, float]]:
    """Nine settings for every arm."""
    if arm in TWO:
        return grid(decay=DECAYS, pull=PULLS)
    decays = arm == "separate" or arm in SHARED
    return [{"decay": s if decays else 0.0, "pull": 0.0 if decays else s} for s in STRENGTHS]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm, cosine, decay, pull = (config[key] for key in ("arm", "cosine", "decay", "pull"))
    return students(arm, cosine, seeds, decay, pull, LOOKS)[1]


SOFT_TUNING = Experiment(
    name="soft-tuning",
    question="Which weight decay, pull and number of steps suit each way of sharing?",
    data="generated: six teacher networks of four hidden units, at a cosine to a common one",
    score="test error, in units of the targets' variance, after 50 to 800 steps",
    configs=[
        {"arm": arm, "cosine": cosine, **setting}
        for arm in ARMS
        for cosine in COSINES
        for setting in _settings(arm)
        if arm != "trace norm" or cosine not in (0.5, 0.95)
        if arm not in ("to the start", "strangers and decay", "own starts") or cosine in (0, 0.9, 1)
    ],
    seeds=range(100, 110),
    measure=_measure,
    columns=[f"{step} steps" for step in LOOKS],
    cheap={"arm": "mean and decay", "cosine": 0.9, "decay": 0.02, "pull": 0.1},
)
