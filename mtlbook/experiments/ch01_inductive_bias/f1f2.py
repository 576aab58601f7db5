"""Chapter 1: should F2 be an input, an output, or left out, when F1 is to be learned?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from mtlbook.data.logic import f1_f2
from mtlbook.experiments.common.base import Config, Experiment, grid
from mtlbook.models.mlp import ManyMLPs, many_mlps
from mtlbook.task import probability
from mtlbook.training import fit_many
from mtlbook.training.fit import Examples

F1_ARMS = ["F1 alone", "F2 as input", "F2 as output", "F1 copied"]
TRUNKS = ["full", "split"]


def f1_f2_sets(seeds: Sequence[int]) -> list[Examples]:
    """Draw 50 training, 1,000 halting and 1,000 test patterns for each seed.

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


def split_trunk(networks: ManyMLPs) -> None:
    """Let half of the hidden units see only A's ten bits, the other half only B's."""
    _, inputs, hidden = networks.trunk_weight.shape
    sees = torch.zeros(inputs, hidden, dtype=torch.float64)
    sees[:10, : hidden // 2] = 1
    sees[10:, hidden // 2 :] = 1
    networks.trunk_weight.data *= sees
    networks.trunk_weight.register_hook(lambda gradient: gradient * sees)


def f1_rmse(
    arm: str,
    trunk: str,
    seeds: Sequence[int],
    lr: float,
    weight_decay: float,
    steps: int = 3000,
) -> np.ndarray:
    """Train one network per seed, stop it where F1 is best; return F1's test RMSE, ``(S,)``."""
    train, halt, test = (f1_arm(arm, examples) for examples in f1_f2_sets(seeds))
    tasks = [probability(f"output {t}") for t in range(train[1].shape[-1])]
    networks = many_mlps(seeds, train[0].shape[-1], hidden=16, tasks=len(tasks))
    if trunk == "split":
        split_trunk(networks)
    result = fit_many(
        networks, tasks, train, halt, steps=steps, lr=lr, weight_decay=weight_decay, every=50
    )
    return tasks[0].metric(result.predict(test[0]), test[1][..., 0]).numpy()


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return f1_rmse(config["arm"], config["trunk"], seeds, config["lr"], config["weight_decay"])


F1F2_TUNING = Experiment(
    name="f1f2-tuning",
    question="Which step size and weight decay suit each arm of F1 and F2?",
    data="generated: F1 and F2 of Caruana (1997), section 4.9",
    score="test RMSE on F1",
    configs=[
        config
        for config in grid(
            trunk=TRUNKS,
            arm=F1_ARMS,
            lr=[0.003, 0.01, 0.03, 0.1],
            weight_decay=[0.0, 3e-5, 1e-4, 3e-4, 1e-3],
        )
        if (config["trunk"], config["arm"]) != ("split", "F2 as input")
    ],
    seeds=range(1000, 1040),
    measure=_measure,
    cheap={"trunk": "split", "arm": "F2 as output", "lr": 0.01, "weight_decay": 1e-4},
)
