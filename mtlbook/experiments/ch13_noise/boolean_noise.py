"""Chapter 13: noise in the labels of the Boolean problem, in the further ones and in T1's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.synthetic import flip, irrelevant_tasks
from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_split
from mtlbook.experiments.common.tolerances import ONE_PATTERN
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment
from mtlbook.runs.tuning import settings
from mtlbook.task import classification
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses

LR, STEPS, HIDDEN = 0.3, 400, 64
DECAYS = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
LIGHT = ((1e-3, 0.3), (1e-3, 0.1), (1e-3, 0.03), (3e-4, 0.1), (3e-3, 0.1))
"""Weight decay and weight of the further losses, for the arm in which the weight is tuned."""
RATES = (0.0, 0.05, 0.1, 0.2, 0.5)
MAIN_RATES = (0.05, 0.15)
Further = Literal["none", "copies", "related", "easy", "hard", "repeats", "mean"]


@dataclass(frozen=True)
class Arm:
    """What a network learns from.

    Attributes:
        further: what it learns beside T1: nothing; three copies of T1's labels, with the same
            flips; T2, T3 and T4; three irrelevant tasks, easy or hard; T1 three times more, each
            with flips of its own; or nothing, from the mean of these four labels.
        noise: the share of further labels that are flipped.
        main_noise: the share of T1's labels that are flipped, in repeats as well.
        light: whether the further losses have a weight, which is tuned.
    """

    further: Further = "none"
    noise: float = 0.0
    main_noise: float = 0.0
    light: bool = False


def _arms() -> dict[str, Arm]:
    arms = {"single": Arm(), "copies": Arm("copies")}
    arms |= {f"related, {rate:g}": Arm("related", rate) for rate in RATES}
    arms |= {"related, 0.2, light": Arm("related", 0.2, light=True)}
    arms |= {"irrelevant, easy": Arm("easy"), "irrelevant, hard": Arm("hard")}
    for q in MAIN_RATES:
        arms |= {
            f"T1 {q:g}: single": Arm(main_noise=q),
            f"T1 {q:g}: copies": Arm("copies", main_noise=q),
            f"T1 {q:g}: clean related": Arm("related", main_noise=q),
            f"T1 {q:g}: noisy related": Arm("related", q, q),
            f"T1 {q:g}: repeats": Arm("repeats", main_noise=q),
            f"T1 {q:g}: mean of repeats": Arm("mean", main_noise=q),
        }
    return arms


ARMS = _arms()


def noisy_targets(arm: Arm, x: Tensor, labels: Tensor, seeds: Sequence[int]) -> Tensor:
    """Return the training targets of an arm, ``(S, n, outputs)``; T1's stand first.

    Args:
        arm: what is learned.
        x: inputs -1 and 1, ``(S, n, 8)``.
        labels: of T1 to T4, ``(S, n, 4)``.
        seeds: of the flips.
    """
    t1 = labels[..., :1]
    main = flip(t1, arm.main_noise, seeds)
    repeats = [flip(t1, arm.main_noise, seeds, stream) for stream in (1, 2, 3)]
    if arm.further == "none":
        return main
    if arm.further == "copies":
        return main.expand(-1, -1, 4)
    if arm.further == "repeats":
        return torch.cat([main, *repeats], dim=-1)
    if arm.further == "mean":
        return torch.cat([main, *repeats], dim=-1).mean(dim=-1, keepdim=True)
    further = labels
    if arm.further in ("easy", "hard"):
        patterns = ((x + 1) / 2).int().numpy()
        tasks = [irrelevant_tasks(p, hard=arm.further == "hard") for p in patterns]
        further = torch.tensor(np.stack(tasks), dtype=labels.dtype)
    return torch.cat([main, flip(further[..., 1:], arm.noise, seeds, stream=4)], dim=-1)


def noisy_accuracy(
    name: str, seeds: Sequence[int], weight_decay: float, weight: float = 1.0
) -> np.ndarray:
    """Train one network per seed on an arm; return its accuracy on true labels of T1, ``(S,)``.

    Args:
        name: of an arm in ``ARMS``.
        seeds: of the split, of the flips and of the networks.
        weight_decay: L2 penalty.
        weight: of each further loss.
    """
    (x, labels), (x_test, y_test) = boolean_split(seeds)
    targets = noisy_targets(ARMS[name], x, labels, seeds)
    outputs = targets.shape[-1]
    tasks = [classification(f"output {t}") for t in range(outputs)]
    losses = task_losses(tasks, [1.0] + [weight] * (outputs - 1))
    networks = from_seeds(lambda: MLP(8, HIDDEN, outputs).double(), seeds)
    fit(networks, repeat((x, targets), STEPS), losses, adam(networks, LR, weight_decay))
    logits = networks(x_test).detach()
    return tasks[0].metric(logits[..., 0], y_test[..., 0]).numpy()


def _settings(arm: Arm) -> list[dict[str, float]]:
    """Five settings for every arm."""
    if arm.light:
        return [{"weight_decay": decay, "weight": weight} for decay, weight in LIGHT]
    return [{"weight_decay": decay, "weight": 1.0} for decay in DECAYS]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return noisy_accuracy(config["arm"], seeds, config["weight_decay"], config["weight"])


TUNED = {
    name: arm
    for name, arm in ARMS.items()
    if arm.main_noise < 0.15 or name.endswith((": single", "clean related"))
    if not name.endswith("noisy related")
}

BOOLEAN_NOISE_TUNING = Experiment(
    name="boolean-noise-tuning",
    question="Which weight decay suits each arm of the Boolean problem with noisy labels?",
    data="generated: the 256 patterns of 8 bits, parity of bits 4 to 8",
    score="test accuracy on T1, by its true labels",
    configs=[{"arm": name, **setting} for name, arm in TUNED.items() for setting in _settings(arm)],
    seeds=range(100, 110),
    measure=_measure,
    cheap={"arm": "single", "weight_decay": 1e-3, "weight": 1.0},
    tolerance=ONE_PATTERN,
)


SETTINGS = settings("boolean-noise-tuning", ("weight_decay", "weight"))
"""Weight decay and weight of the further losses, for each arm."""


def _measure_trials(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return noisy_accuracy(config["arm"], seeds, *SETTINGS[config["arm"]])


BOOLEAN_NOISE = Experiment(
    name="boolean-noise",
    question="How much do related tasks help when labels are wrong, theirs or the main task's?",
    data="generated: the 256 patterns of 8 bits, parity of bits 4 to 8",
    score="test accuracy on T1, by its true labels",
    configs=[{"arm": name} for name in TUNED],
    seeds=range(20),
    measure=_measure_trials,
    cheap={"arm": "single"},
    tolerance=ONE_PATTERN,
)
