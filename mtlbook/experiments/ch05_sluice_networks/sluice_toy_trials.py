"""Chapter 5: sluice networks on the toy language, with the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.experiments.ch05_sluice_networks.sluice_toy import (
    ARMS,
    MAIN,
    WEIGHTS,
    Arm,
    mixing_weights,
    toy_fit,
)
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.models.sluice import Mixing, Stitched
from mtlbook.models.tagger import Routed

SETTINGS = {
    "single task": 0.03,
    "all words": 0.03,
    "wider": 0.01,
    "hard sharing": 0.03,
    "low supervision": 0.03,
    "private trunks": 0.01,
    "sluice, α frozen": 0.01,
    "cross-stitch": 0.01,
    "sluice": 0.01,
}
"""Step size of each arm: the best of ``sluice-toy-tuning``, in the middle of the dial."""
DIAL = (1.0, 0.0, 0.5, 0.75, 0.25)
VARIANTS = {
    "balanced": Arm(mixing=Mixing(alpha="balanced", beta="balanced")),
    "balanced, α frozen": Arm(mixing=Mixing(alpha="balanced", learn_alpha=False)),
    "one subspace": Arm(mixing=Mixing(subspaces=1)),
    "penalty": Arm(mixing=Mixing(), strength=0.1),
    "three times the rate": Arm(mixing=Mixing(rate=3)),
    "words apart": Arm(mixing=Mixing(share_words=False)),
}
"""Sluice networks that differ from the arm ``sluice`` in one thing, and learn with its step."""
LEARNED = ("cross-stitch", "sluice")
LOOKS = range(20, 201, 20)
QUANTITIES = (
    *(f"α{k} {i}{j}" for k in (1, 2) for i in range(1, 5) for j in range(1, 5)),
    *(f"β {task} {k}" for task in ("main", "aux") for k in (1, 2)),
    "error",
)
"""α at each layer, row by row (main 1, main 2, aux 1, aux 2); β; the error on the halting set."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["arm"]
    return toy_fit(ARMS[name], config["relatedness"], seeds, SETTINGS[name])[2]


def _measure_learned(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["arm"]
    arm, lr = (ARMS | VARIANTS)[name], SETTINGS.get(name, SETTINGS["sluice"])
    fit, _, scores = toy_fit(arm, config["relatedness"], seeds, lr, noise=config["noise"])
    return np.concatenate([scores, mixing_weights(fit)], axis=1)


class Course:
    """Looks at α and β before each update; to be given as a penalty, which it is not."""

    def __init__(self) -> None:
        self.seen: list[Tensor] = []

    def __call__(self, model: Routed) -> Tensor:
        """Keep α and β, ``(S, L TS TS + T L)``; return 0."""
        self.look(model)
        return torch.zeros(())

    def look(self, model: Routed) -> None:
        """Keep α and β."""
        if not isinstance(model, Stitched):
            raise TypeError("these networks mix nothing")
        now = [model.alpha.detach().flatten(1), model.beta.detach().flatten(1)]
        self.seen.append(torch.cat(now, dim=1))


def _measure_course(config: Config, seeds: Sequence[int]) -> np.ndarray:
    course = Course()
    fit, *_ = toy_fit(ARMS["sluice"], config["relatedness"], seeds, SETTINGS["sluice"], course)
    course.look(fit.model)
    looks = [
        np.column_stack([course.seen[step].numpy(), error])
        for step, error in zip(LOOKS, fit.halting[MAIN], strict=True)
    ]
    return np.concatenate(looks, axis=1)


SLUICE_TOY = Experiment(
    name="sluice-toy",
    question="What do ways of sharing gain and lose, from a related task to an unrelated one?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in per cent, in tales and in reports and letters",
    configs=[
        {"arm": name, "relatedness": relatedness}
        for relatedness in DIAL
        for name, arm in ARMS.items()
        if name not in LEARNED and (arm.tasks > 1 or relatedness == 1)
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "single task", "relatedness": 1.0},
    columns=("inside", "outside"),
)

SLUICE_TOY_LEARNED = Experiment(
    name="sluice-toy-learned",
    question="What do cross-stitch and sluice networks gain and lose, and what are their weights?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in per cent, in tales and in reports and letters; weights of α and β",
    configs=[
        *({"arm": name, "relatedness": r, "noise": False} for r in DIAL for name in LEARNED),
        *({"arm": name, "relatedness": r, "noise": False} for name in VARIANTS for r in (1.0, 0.0)),
        {"arm": "sluice", "relatedness": 0.0, "noise": True},
    ],
    seeds=range(10),
    measure=_measure_learned,
    cheap={"arm": "cross-stitch", "relatedness": 1.0, "noise": False},
    columns=("inside", "outside", *WEIGHTS),
)

SLUICE_COURSE = Experiment(
    name="sluice-course",
    question="How do the weights of a sluice network change while it learns?",
    data="generated: mtlbook.toy_language",
    score="α, β and the share of wrong labels on the halting set, after each 20 updates",
    configs=[{"relatedness": relatedness} for relatedness in (1.0, 0.0)],
    seeds=range(10),
    measure=_measure_course,
    cheap={"relatedness": 1.0},
    columns=[f"{name} @ {step}" for step in LOOKS for name in QUANTITIES],
)
