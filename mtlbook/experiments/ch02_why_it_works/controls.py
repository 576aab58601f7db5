"""Chapter 2: the control panel on three problems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.digit_pairs import digit_pairs
from mtlbook.data.road import ROAD_TASKS
from mtlbook.evaluation.panel import ARMS, Problem, Setting, score_arm
from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_split
from mtlbook.experiments.ch02_why_it_works.alvinn import DECAYS, road_sets
from mtlbook.experiments.common.tolerances import ONE_PATTERN
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.task import Examples, classification, probability


def boolean_problem(seeds: Sequence[int], train: int = 96, held_out: int = 60) -> Problem:
    """T1 with T2, T3 and T4: 96 patterns to train on, 60 to stop on, 100 to test on."""
    training, (x, y) = boolean_split(seeds, train)
    return Problem(
        tasks=[classification(f"T{t}") for t in (1, 2, 3, 4)],
        main=1,
        seeds=seeds,
        train=training,
        validation=(x[:, :held_out], y[:, :held_out]),
        test=(x[:, held_out:], y[:, held_out:]),
        score=_accuracy,
    )


def road_problem(seeds: Sequence[int], train: int = 50, noise: float = 0.05) -> Problem:
    """Steering with the eight further tasks of 1D-ALVINN."""
    training, validation, test = (
        (x.double(), y.double()) for x, y in road_sets(seeds, train, noise)
    )
    tasks = [probability(task) for task in ROAD_TASKS]
    return Problem(tasks, 1, seeds, training, validation, test, score=_rmse)


def digit_problem(seeds: Sequence[int], pairs: int = 300) -> Problem:
    """The left digit with the right one, ten detectors each; 300 pairs to stop on, 500 to test."""
    draws = [digit_pairs((pairs, 300, 500), np.random.default_rng(seed)) for seed in seeds]
    sets: list[Examples] = []
    for parts in zip(*draws, strict=True):
        pictures, digits = (np.stack(arrays) for arrays in zip(*parts, strict=True))
        detectors = digits[..., None] == np.arange(10)  # (S, n, 2, 10)
        targets = torch.tensor(detectors.reshape(*digits.shape[:2], 20)).double()
        sets.append((torch.tensor(pictures), targets))
    tasks = [classification(f"{side} is {d}") for side in ("left", "right") for d in range(10)]
    train, validation, test = sets
    return Problem(tasks, 10, seeds, train, validation, test, score=digit_accuracy)


def digit_accuracy(logits: Tensor, detectors: Tensor) -> Tensor:
    """Share of pictures whose strongest detector is the right one, ``(S,)``."""
    return (logits.argmax(-1) == detectors.argmax(-1)).double().mean(-1)


def _accuracy(logit: Tensor, label: Tensor) -> Tensor:
    return classification("main").metric(logit[..., 0], label[..., 0])


def _rmse(output: Tensor, target: Tensor) -> Tensor:
    return probability("main").metric(output[..., 0], target[..., 0])


PROBLEMS: dict[str, Callable[[Sequence[int]], Problem]] = {
    "boolean": boolean_problem,
    "road": road_problem,
    "digits": digit_problem,
}
WIDTHS = {"boolean": 160, "road": 64, "digits": 64}
STEPS = {"boolean": 600, "road": 2000, "digits": 400}
SETTINGS = {
    "boolean": [Setting(lr, decay) for lr in (0.1, 0.3) for decay in (0.0, 1e-4, 1e-3)],
    "road": [Setting(0.01, decay) for decay in DECAYS],
    "digits": [Setting(0.01, decay) for decay in DECAYS],
}


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["problem"]
    scores, _ = score_arm(
        config["arm"],
        PROBLEMS[name](seeds),
        hidden=WIDTHS[name],
        settings=SETTINGS[name],
        steps=STEPS[name],
        every=25,
    )
    return scores


def _measure_remedy(config: Config, seeds: Sequence[int]) -> np.ndarray:
    settings = [Setting(0.01, decay, config["extra_weight"]) for decay in DECAYS]
    scores, _ = score_arm(
        config["arm"],
        digit_problem(seeds),
        hidden=config["hidden"],
        settings=settings,
        steps=STEPS["digits"],
        every=25,
    )
    return scores


CONTROLS = Experiment(
    name="controls",
    question="What else could explain a gain, on three problems?",
    data="generated; digits of scikit-learn's load_digits",
    score="test accuracy on T1, RMSE on steering, accuracy on the left digit",
    configs=grid(problem=list(PROBLEMS), arm=list(ARMS)),
    seeds=range(20),
    measure=_measure,
    cheap={"problem": "digits", "arm": "single task"},
    tolerance=ONE_PATTERN,
)

DIGIT_REMEDIES = Experiment(
    name="digit-remedies",
    question="What reduces the harm that the right digit does to the left one?",
    data="digits of scikit-learn's load_digits",
    score="accuracy on the left digit",
    configs=[
        {"arm": arm, "hidden": hidden, "extra_weight": weight}
        for arm, hidden, weight in [
            *product(
                ["single task", "multi-task", "multi-task, private units"], [32, 64, 128], [1.0]
            ),
            *product(["multi-task"], [64], [0.3, 0.1, 0.03]),
        ]
    ],
    seeds=range(20),
    measure=_measure_remedy,
    cheap={"arm": "multi-task", "hidden": 32, "extra_weight": 1.0},
    tolerance=ONE_PATTERN,
)
