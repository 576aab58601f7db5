"""Chapter 4: hard, soft and no sharing between students, as their teachers grow alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtlbook.data.synthetic import INPUTS, TASKS, teacher_data
from mtlbook.models.mlp import Students
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.sharing import l2_to_mean, trace_norm
from mtlbook.runs.base import Config, Experiment, Later, grid
from mtlbook.runs.tuning import settings
from mtlbook.training.loop import adam, fit

Penalty = Callable[[nn.Module], Tensor]

COSINES = [0.0, 0.5, 0.75, 0.9, 0.95, 1.0]
LOOKS = [50, 100, 200, 400, 800]
STRENGTHS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0]
DECAYS = [0.01, 0.02, 0.05]
PULLS = [0.01, 0.1, 1.0]


def to_zero(network: nn.Module) -> Tensor:
    """Weight decay: the sum of the squared parameters."""
    return torch.stack([layer.square().sum() for layer in network.parameters()]).sum()


def to_mean(network: nn.Module) -> Tensor:
    """The squared distances of all tasks' parameters from the mean over tasks."""
    layers = network.parameters()
    return torch.stack([l2_to_mean(layer.unbind()) for layer in layers]).sum()


def to_subspace(network: nn.Module) -> Tensor:
    """The trace norm of each layer's matrix of tasks times parameters."""
    layers = network.parameters()
    return torch.stack([trace_norm(layer.unbind()) for layer in layers]).sum()


def to_strangers(network: nn.Module) -> Tensor:
    """The squared distances from the mean of another world's tasks, which are the second half."""
    total = []
    for layer in network.parameters():
        worlds = layer.unflatten(0, (2, -1))
        others = worlds.mean(dim=1, keepdim=True).flip(0)
        total.append((worlds - others).square().sum())
    return torch.stack(total).sum()


def to_start(network: nn.Module, start: Mapping[str, Tensor]) -> Tensor:
    """The squared distances from the start: a control, a point that no task has chosen."""
    pairs = [(layer, start[name]) for name, layer in network.named_parameters()]
    return torch.stack([(layer - first).square().sum() for layer, first in pairs]).sum()


PENALTIES: dict[str, Penalty] = {
    "to the mean": to_mean,
    "mean and decay": to_mean,
    "own starts": to_mean,
    "trace norm": to_subspace,
    "strangers and decay": to_strangers,
}
"""What draws the students of an arm, beside weight decay."""
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


def students(
    arm: str,
    cosine: float,
    seeds: Sequence[int],
    decay: float,
    pull: float,
    looks: Sequence[int],
    build: Callable[..., nn.Module] = Students,
    penalties: Mapping[str, Penalty] = PENALTIES,
) -> tuple[Networks, np.ndarray]:
    """Train the students of an arm.

    Args:
        arm: the way of sharing.
        cosine: of each teacher with the common one.
        seeds: of teachers, data and starts.
        decay: strength of the weight decay.
        pull: strength of what draws the students.
        looks: after how many steps to measure.
        build: returns the students of one seed.
        penalties: for each arm what draws its students.

    Returns:
        The networks after the last look, and the test errors at each, ``(S, looks)``: the mean
        over tasks of the mean squared error, where 1 is the error of the mean answer.
    """
    data = teacher_data(seeds, cosine)
    if arm == "strangers and decay":
        others = teacher_data(seeds, cosine, world=1)
        data = [torch.cat(both, dim=1) for both in zip(data, others, strict=True)]
    x, y, x_test, f = data
    trunks, heads, hidden = SHARED.get(arm, (x.shape[1], x.shape[1], 8))
    networks = from_seeds(
        lambda: build(INPUTS, hidden, trunks, heads, own_start=arm == "own starts"), seeds
    )
    start = {name: p.detach().clone() for name, p in networks.one.named_parameters()}

    def errors(network: nn.Module, batch: Any) -> Tensor:
        x, y = batch
        found: Tensor = (network(x)[..., 0] - y).square().mean(dim=-1)
        return found

    def losses(network: nn.Module, batch: Any) -> dict[str, Tensor]:
        data, start = batch
        found = {"error": errors(network, data).sum()}
        if decay:
            found["decay"] = decay * to_zero(network)
        if pull:
            drawn = to_start(network, start) if arm == "to the start" else penalties[arm](network)
            found["pull"] = pull * drawn
        return found

    optimiser, scores = adam(networks, lr=0.01), []
    for first, last in pairwise([0, *looks]):
        fit(networks, repeat(((x, y), start), last - first), losses, optimiser)
        with torch.no_grad():
            scores.append(networks.each(errors, (x_test, f))[:, :TASKS].mean(dim=1).numpy())
    return networks, np.stack(scores, axis=-1)


def _settings(arm: str) -> list[dict[str, float]]:
    """Nine settings for every arm."""
    if arm in TWO:
        return grid(decay=DECAYS, pull=PULLS)
    decays = arm == "separate" or arm in SHARED
    return [{"decay": s if decays else 0.0, "pull": 0.0 if decays else s} for s in STRENGTHS]


def _tuned(config: Config, seeds: Sequence[int]) -> np.ndarray:
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
    measure=_tuned,
    columns=[f"{step} steps" for step in LOOKS],
    cheap={"arm": "mean and decay", "cosine": 0.9, "decay": 0.02, "pull": 0.1},
)

CHOSEN = settings("soft-tuning", ("decay", "pull"), SOFT_TUNING.columns, "lowest")
"""Weight decay, pull and steps of each arm at each cosine."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm, cosine, steps = config["arm"], config["cosine"], config["steps"]
    errors = students(arm, cosine, seeds, config["decay"], config["pull"], [steps])[1]
    found: np.ndarray = errors[:, 0]
    return found


SOFT_DIAL = Experiment(
    name="soft-dial",
    question="Hard, soft or no sharing, as the tasks' teachers grow alike? Fresh seeds",
    data="generated: six teacher networks of four hidden units, at a cosine to a common one",
    score="test error, in units of the targets' variance",
    configs=Later(
        lambda: [
            {
                "arm": arm,
                "cosine": cosine,
                "decay": decay,
                "pull": pull,
                "steps": int(steps.removesuffix(" steps")),
            }
            for (arm, cosine), (decay, pull, steps) in CHOSEN.items()
        ]
    ),
    seeds=range(20),
    measure=_measure,
    cheap={"arm": "hard", "cosine": 0.9, "decay": 0.05, "pull": 0.0, "steps": 400},
)
