"""Chapter 1: should F2 be an input, an output, or left out, when F1 is to be learned?

By online backpropagation with momentum and logistic units, as networks were trained in 1997.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from mtlbook.data.logic import f1_f2
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment, Later, Tuning, grid
from mtlbook.runs.store import load
from mtlbook.runs.tuning import settings
from mtlbook.task import Examples, probability
from mtlbook.training.loop import fit
from mtlbook.training.tasks import task_losses, validation_losses

F1_ARMS = ["F1 alone", "F2 as input", "F2 as output", "F1 copied"]
EPOCHS = [100, 1200]


def f1_f2_sets(seeds: Sequence[int]) -> list[Examples]:
    """Draw 50 training, 1,000 validation and 1,000 test patterns for each seed.

    Returns:
        Three pairs of inputs -1 and 1, ``(S, n, 20)``, and targets F1 and F2, ``(S, n, 2)``.
    """
    draws = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        draws.append([f1_f2(n, rng) for n in (50, 1000, 1000)])
    sets = []
    for parts in zip(*draws, strict=True):
        x, y = (torch.tensor(np.stack(arrays)) for arrays in zip(*parts, strict=True))
        sets.append((2 * x - 1, y))
    return sets


def f1_arm(arm: str, examples: Examples) -> Examples:
    """Turn the examples into those of an arm; F1 is always the first output."""
    x, y = examples
    if arm == "F2 as input":
        return torch.cat([x, 2 * y[..., 1:] - 1], dim=-1), y[..., :1]
    columns = {"F1 alone": [0], "F2 as output": [0, 1], "F1 copied": [0, 0]}[arm]
    return x, y[..., columns]


class LogisticMLP(MLP):
    """An MLP with 16 logistic hidden units, from weights between minus and plus ``spread``."""

    def __init__(self, inputs: int, tasks: int, spread: float) -> None:
        super().__init__(inputs, 16, tasks)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -spread, spread)

    def forward(self, x: Tensor) -> Tensor:
        """Map examples ``(n, inputs)`` to outputs ``(n, tasks)``."""
        outputs: Tensor = self.heads(torch.sigmoid(self.trunk(x)))
        return outputs


def one_by_one(train: Examples, seeds: Sequence[int], epochs: int) -> Iterator[Examples]:
    """Present one pattern at a time, each network's in an order of its own."""
    x, y = train
    rngs = [np.random.default_rng([seed, 2]) for seed in seeds]
    rows = torch.arange(len(seeds))
    for _ in range(epochs):
        order = torch.tensor(np.stack([rng.permutation(x.shape[1]) for rng in rngs]))
        for at in order.T:
            yield x[rows, at][:, None], y[rows, at][:, None]


def f1_rmse(arm: str, spread: float, epochs: int, lr: float, seeds: Sequence[int]) -> np.ndarray:
    """Train by online backpropagation with momentum .9; return F1's test RMSE, ``(S,)``.

    Args:
        arm: a name in ``F1_ARMS``.
        spread: weights start uniformly between minus and plus this.
        epochs: presentations of the 50 patterns.
        lr: of the squared error of one pattern.
        seeds: one network each, stopped where its F1 is best on the validation set.
    """
    train, validation, test = (f1_arm(arm, part) for part in f1_f2_sets(seeds))
    tasks = [probability(f"output {t}") for t in range(train[1].shape[-1])]
    inputs = train[0].shape[-1]
    networks = from_seeds(lambda: LogisticMLP(inputs, len(tasks), spread).double(), seeds)
    found = fit(
        networks,
        one_by_one(train, seeds, epochs),
        task_losses(tasks),
        torch.optim.SGD(networks.parameters(), lr=lr, momentum=0.9),
        validate=validation_losses(tasks[:1], validation),
        every=500,
    )
    outputs = found.best("output 0")(test[0])
    return tasks[0].metric(outputs[..., 0], test[1][..., 0]).numpy()


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return f1_rmse(**config, seeds=seeds)


F1F2_TUNING = Experiment(
    name="f1f2-tuning",
    question="Which learning rate suits each arm of F1 and F2, from small and from larger weights?",
    data="generated: F1 and F2 of Caruana (1997), section 4.9",
    score="test RMSE on F1",
    configs=grid(epochs=EPOCHS, spread=[0.1, 0.5], arm=F1_ARMS, lr=[0.03, 0.1, 0.3]),
    seeds=range(1000, 1020),
    measure=_measure,
    cheap={"epochs": 100, "spread": 0.1, "arm": "F2 as output", "lr": 0.1},
    tuning=Tuning("lr", best="lowest", reach={"lr": (3.0, 0.003, 3)}),
)
CHOSEN = settings("f1f2-tuning", "lr", best="lowest")
"""The learning rate for each number of epochs, start and arm."""


F1F2 = Experiment(
    name="f1f2",
    question="Does F2 help F1, as an input or as an output, from small and from larger weights?",
    data="generated: F1 and F2 of Caruana (1997), section 4.9",
    score="test RMSE on F1",
    configs=Later(
        lambda: [
            {"epochs": epochs, "spread": spread, "arm": arm, "lr": lr}
            for (epochs, spread, arm), lr in CHOSEN.items()
        ]
    ),
    seeds=range(50),
    measure=_measure,
    cheap={"epochs": 100, "spread": 0.1, "arm": "F2 as output", "lr": 0.1},
)


def f1_f2_scores(epochs: int = 1200) -> dict[float, pd.DataFrame]:
    """Return the recorded RMSE of F1 for each start: a row for each seed, a column for each arm."""
    run = load("f1f2")
    run = run[run.epochs == epochs]
    return {
        spread: rows.pivot(index="seed", columns="arm", values="score")[F1_ARMS]
        for spread, rows in run.groupby("spread")
    }
