"""Chapter 1: should F2 be an input, an output, or left out, when F1 is to be learned?

By Adam, and as networks were trained in 1997: online, with momentum and logistic units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.data.logic import f1_f2
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment, Later, Tolerance, grid
from mtlbook.runs.tuning import settings
from mtlbook.task import Examples, probability
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses, validation_losses

F1_ARMS = ["F1 alone", "F2 as input", "F2 as output", "F1 copied"]


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


class SplitMLP(MLP):
    """Half of the hidden units see only A's ten bits, the other half only B's."""

    def forward(self, x: Tensor) -> Tensor:
        """Map examples ``(n, 20)`` to outputs ``(n, tasks)``."""
        half = len(self.trunk.weight) // 2
        sees = torch.zeros_like(self.trunk.weight)
        sees[:half, :10] = 1
        sees[half:, 10:] = 1
        hidden = torch.tanh(functional.linear(x, self.trunk.weight * sees, self.trunk.bias))
        outputs: Tensor = self.heads(hidden)
        return outputs


TRUNKS = {"full": MLP, "split": SplitMLP}


def f1_rmse(
    arm: str,
    trunk: str,
    seeds: Sequence[int],
    lr: float,
    weight_decay: float,
    steps: int = 3000,
) -> np.ndarray:
    """Train one network per seed, stop it where F1 is best; return F1's test RMSE, ``(S,)``."""
    train, validation, test = (f1_arm(arm, part) for part in f1_f2_sets(seeds))
    tasks = [probability(f"output {t}") for t in range(train[1].shape[-1])]
    inputs, network = train[0].shape[-1], TRUNKS[trunk]
    networks = from_seeds(lambda: network(inputs, 16, len(tasks)).double(), seeds)
    found = fit(
        networks,
        repeat(train, steps),
        task_losses(tasks),
        adam(networks, lr, weight_decay),
        validate=validation_losses(tasks[:1], validation),
        every=50,
    )
    outputs = found.best("output 0")(test[0])
    return tasks[0].metric(outputs[..., 0], test[1][..., 0]).numpy()


class LogisticMLP(MLP):
    """An MLP with logistic hidden units, as in 1997, from small or larger weights."""

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


def online_rmse(
    arm: str, spread: float, seeds: Sequence[int], lr: float, epochs: int = 1200
) -> np.ndarray:
    """Train by online backpropagation with momentum .9; return F1's test RMSE, ``(S,)``.

    Args:
        arm: a name in ``F1_ARMS``.
        spread: weights start uniformly between minus and plus this.
        seeds: one network each, stopped where its F1 is best on the validation set.
        lr: of the squared error of one pattern.
        epochs: presentations of the 50 patterns.
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
    return f1_rmse(config["arm"], config["trunk"], seeds, config["lr"], config["weight_decay"])


F1F2_TUNING = Experiment(
    name="f1f2-tuning",
    question="Which learning rate and weight decay suit each arm of F1 and F2?",
    data="generated: F1 and F2 of Caruana (1997), section 4.9",
    score="test RMSE on F1",
    configs=[
        config
        for config in grid(
            trunk=list(TRUNKS),
            arm=F1_ARMS,
            lr=[0.003, 0.01, 0.03, 0.1],
            weight_decay=[0.0, 3e-5, 1e-4, 3e-4, 1e-3],
        )
        if (config["trunk"], config["arm"]) != ("split", "F2 as input")
    ],
    seeds=range(1000, 1040),
    measure=_measure,
    cheap={"trunk": "split", "arm": "F2 as output", "lr": 0.01, "weight_decay": 1e-4},
    tuning=Tuning(
        ("lr", "weight_decay"),
        best="lowest",
        reach={"lr": (3.16228, 0.0003, 0.4), "weight_decay": (3.16228, 1e-6, 0.01)},
    ),
)

DECAYED = ("lr", "weight_decay")
SETTINGS = {
    "early stopping only": settings(
        "f1f2-tuning", DECAYED, best="lowest", where=lambda config: config["weight_decay"] == 0
    ),
    "tuned": settings("f1f2-tuning", DECAYED, best="lowest"),
}
"""Learning rate and weight decay of each trunk and arm."""


F1F2 = Experiment(
    name="f1f2",
    question="Does F2 help F1, as an input or as an output, with a full and with a split trunk?",
    data="generated: F1 and F2 of Caruana (1997), section 4.9",
    score="test RMSE on F1",
    configs=Later(
        lambda: [
            {"protocol": protocol, "trunk": trunk, "arm": arm, "lr": lr, "weight_decay": decay}
            for protocol, chosen in SETTINGS.items()
            for (trunk, arm), (lr, decay) in chosen.items()
        ]
    ),
    seeds=range(200),
    measure=_measure,
    tolerance=Tolerance(mean=0.02),  # of 3,000 updates beside other numbers of seeds
    cheap={
        "protocol": "tuned",
        "trunk": "split",
        "arm": "F2 as output",
        "lr": 0.03,
        "weight_decay": 3e-05,
    },
)
