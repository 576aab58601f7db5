"""Chapter 12: penalties on what shared and private states have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.base import Config, Experiment, grid
from mtlbook.experiments.branches import MAIN, Arm, toy_branches
from mtlbook.experiments.branches_trials import SETTINGS, overlaps


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return _scores(Arm(50, strength=config["strength"]), config["relatedness"], seeds)


def _measure_own(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return _scores(Arm(50, strength=config["strength"], own=True), config["relatedness"], seeds)


def _scores(arm: Arm, relatedness: float, seeds: Sequence[int]) -> np.ndarray:
    trained = toy_branches(arm, relatedness, 60, seeds, SETTINGS["50 %"])
    scores = trained.scores(MAIN, trained.states(MAIN, trained.test()), trained.test())
    return np.column_stack([scores, overlaps(trained)])


BRANCHES_PENALTY = Experiment(
    name="branches-penalty",
    question="Does a weak penalty on the overlap of states help?",
    data="generated: mtlbook.data.toy_language",
    score="F1 of chunks in per cent; overlap of the main task's branches",
    configs=grid(relatedness=[1.0, 0.0], strength=[0.003, 0.03]),
    seeds=range(5),
    measure=_measure,
    cheap={"relatedness": 1.0, "strength": 0.03},
    columns=("F1", "overlap"),
)

BRANCHES_OWN = Experiment(
    name="branches-own",
    question="Does a penalty help that counts each task's own sentences only?",
    data="generated: mtlbook.data.toy_language",
    score="F1 of chunks in per cent; overlap of the main task's branches",
    configs=grid(relatedness=[1.0], strength=[0.3, 0.03, 3.0, 30.0]),
    seeds=range(5),
    measure=_measure_own,
    cheap={"relatedness": 1.0, "strength": 0.3},
    columns=("F1", "overlap"),
)
