"""Chapter 13: repeated measurements of one function, each with noise of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.synthetic import INPUTS, teacher_weights
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.task import regression
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses

LR, STEPS, HIDDEN = 0.01, 400, 16
MOST = 8
DECAYS = (0.1, 0.2, 0.4)
LEVELS = (0.5, 1.0)
ARMS = ("single", "copies", "2 repeats", "8 repeats", "mean of 8")


def repeated(
    seeds: Sequence[int], sd: float, n: int = 60, test: int = 500
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw one teacher's function for each seed, measured eight times on the same inputs.

    Args:
        seeds: of teachers, inputs and noise.
        sd: of the noise in each measurement; the noise-free targets have variance 1.
        n: training examples.
        test: test examples.

    Returns:
        Training inputs ``(S, n, d)`` and targets ``(S, n, 8)``; test inputs ``(S, test, d)`` and
        noise-free targets ``(S, test)``.
    """
    draws = []
    for seed in seeds:
        hidden, readout = (layer[0] for layer in teacher_weights(seed, 1.0))
        rng = np.random.default_rng([seed, 13])
        x = rng.standard_normal((n + test, INPUTS))
        f = np.tanh(1.5 / np.sqrt(INPUTS) * x @ hidden) @ readout
        f = (f - f[n:].mean()) / f[n:].std()
        y = f[:n, None] + sd * rng.standard_normal((n, MOST))
        draws.append((x[:n], y, x[n:], f[n:]))
    x_train, targets, x_test, clean = zip(*draws, strict=True)
    return (
        torch.tensor(np.stack(x_train)),
        torch.tensor(np.stack(targets)),
        torch.tensor(np.stack(x_test)),
        torch.tensor(np.stack(clean)),
    )


def arm_measurements(arm: str, y: Tensor) -> Tensor:
    """Choose an arm's targets from the eight measurements ``(S, n, 8)``; the main one is first.

    Raises:
        ValueError: if there is no such arm.
    """
    if arm not in ARMS:
        raise ValueError(f"no arm {arm!r}; there are: {', '.join(ARMS)}")
    if arm == "single":
        return y[..., :1]
    if arm == "copies":
        return y[..., :1].expand(-1, -1, MOST)
    if arm.endswith("repeats"):
        return y[..., : int(arm.split()[0])]
    return y[..., : int(arm.split()[-1])].mean(dim=-1, keepdim=True)


def repeated_error(arm: str, sd: float, seeds: Sequence[int], weight_decay: float) -> np.ndarray:
    """Train a student for each seed; return the main output's squared error, ``(S,)``.

    The error is against noise-free targets and in units of their variance.
    """
    x, y, x_test, f = repeated(seeds, sd)
    targets = arm_measurements(arm, y)
    tasks = [regression(f"measurement {t}") for t in range(targets.shape[-1])]
    networks = from_seeds(lambda: MLP(INPUTS, HIDDEN, len(tasks)).double(), seeds)
    optimiser = adam(networks, LR, weight_decay)
    fit(networks, repeat((x, targets), STEPS), task_losses(tasks), optimiser)
    errors: np.ndarray = (networks(x_test)[..., 0] - f).square().mean(dim=-1).detach().numpy()
    return errors


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return repeated_error(config["arm"], config["sd"], seeds, config["weight_decay"])


TEACHER_NOISE_TUNING = Experiment(
    name="teacher-noise-tuning",
    question="Which weight decay suits one, several or averaged measurements of a function?",
    data="generated: a teacher network of four hidden units, measured with noise",
    score="squared error against noise-free targets, in units of their variance",
    configs=grid(sd=LEVELS, arm=ARMS, weight_decay=[0.03, *DECAYS, 0.8, 1.6]),
    seeds=range(100, 105),
    measure=_measure,
    cheap={"sd": 0.5, "arm": "8 repeats", "weight_decay": 0.1},
    columns=("error",),
)
