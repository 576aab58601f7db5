"""Chapter 12: a step size for each division of the width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch12_shared_and_private.branches import DATA, SPLITS, toy_branches
from mtlbook.experiments.ch12_shared_and_private.branches_read import AUX, MAIN
from mtlbook.experiments.common.base import Config, Experiment, grid


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm = SPLITS[config["arm"]]
    trained = toy_branches(arm, config["relatedness"], 60, seeds, config["lr"])
    tasks = (MAIN, AUX)
    states = {task: trained.states(task, trained.test()) for task in tasks}
    scores = [trained.scores(task, states[task], trained.test()) for task in tasks]
    return np.stack(scores, axis=1)


BRANCHES_TUNING = Experiment(
    name="branches-tuning",
    question="Which step size suits each division of the width?",
    data=DATA,
    score="F1 of chunks, and right labels of the auxiliary task, in per cent",
    configs=grid(arm=list(SPLITS), relatedness=[0.5], lr=[0.006, 0.015, 0.04]),
    seeds=range(100, 105),
    measure=_measure_tuning,
    cheap={"arm": "100 %", "relatedness": 0.5, "lr": 0.015},
    columns=("main", "aux"),
)
