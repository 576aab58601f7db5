"""Chapter 1: how much the further Boolean tasks help with the first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.logic import boolean_patterns, boolean_tasks
from mtlbook.experiments.common.tolerances import ONE_PATTERN
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.task import Examples, classification
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses

ARMS = {
    "single task": [0],
    "T1 + T2": [0, 1],
    "T1 + T3": [0, 2],
    "T1 + T4": [0, 3],
    "four tasks": [0, 1, 2, 3],
    "T1 copied": [0, 0, 0, 0],
    "shuffled": [0, 1, 2, 3],
}


def boolean_split(seeds: Sequence[int], train: int = 96) -> tuple[Examples, Examples]:
    """Split the 256 patterns at random, once per seed, into training and test patterns.

    Returns:
        Training and test examples: inputs -1 and 1, ``(S, n, 8)``, and labels ``(S, n, 4)``.
    """
    patterns = boolean_patterns()
    x = torch.tensor(2.0 * patterns - 1, dtype=torch.float64)
    y = torch.tensor(boolean_tasks(patterns), dtype=torch.float64)
    order = np.stack([np.random.default_rng(seed).permutation(len(x)) for seed in seeds])
    first, rest = order[:, :train], order[:, train:]
    return (x[first], y[first]), (x[rest], y[rest])


def arm_targets(arm: str, labels: Tensor, seeds: Sequence[int]) -> Tensor:
    """Choose the training targets of an arm; the main task T1 always stands first.

    Args:
        arm: a name in ``ARMS``.
        labels: training labels of the four tasks, ``(S, n, 4)``.
        seeds: the seed of each network, for the shuffled arm.
    """
    targets = labels[..., ARMS[arm]]
    if arm == "shuffled":
        for s, seed in enumerate(seeds):
            order = np.random.default_rng([seed, 1]).permutation(labels.shape[1])
            targets[s, :, 1:] = targets[s, order, 1:]
    return targets


def boolean_accuracy(
    arm: str, seeds: Sequence[int], lr: float, weight_decay: float, steps: int = 600
) -> np.ndarray:
    """Train one network per seed on an arm; return the test accuracy on T1, ``(S,)``."""
    (x, labels), (x_test, y_test) = boolean_split(seeds)
    targets = arm_targets(arm, labels, seeds)
    tasks = [classification(f"output {t}") for t in range(targets.shape[-1])]
    networks = from_seeds(lambda: MLP(8, 160, len(tasks)).double(), seeds)
    optimiser = adam(networks, lr, weight_decay)
    fit(networks, repeat((x, targets), steps), task_losses(tasks), optimiser)
    outputs = networks(x_test).detach()
    return tasks[0].metric(outputs[..., 0], y_test[..., 0]).numpy()


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return boolean_accuracy(config["arm"], seeds, config["lr"], config["weight_decay"])


BOOLEAN_TUNING = Experiment(
    name="boolean-tuning",
    question="Which step size and weight decay suit each arm of the Boolean problem?",
    data="generated: the 256 patterns of 8 bits, parity of bits 4 to 8",
    score="test accuracy on T1",
    configs=grid(
        arm=list(ARMS),
        lr=[0.01, 0.03, 0.1, 0.3],
        weight_decay=[0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
    ),
    seeds=range(100, 130),
    measure=_measure,
    cheap={"arm": "T1 + T2", "lr": 0.03, "weight_decay": 1e-3},
    tolerance=ONE_PATTERN,
)
