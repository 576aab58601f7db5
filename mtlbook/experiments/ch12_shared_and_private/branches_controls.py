"""Chapter 12: what a division is held against, more labelled sentences, and a penalty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch12_shared_and_private.branches import (
    DATA,
    SETTINGS,
    SPLITS,
    Arm,
    toy_branches,
)
from mtlbook.experiments.ch12_shared_and_private.branches_overlap import overlaps
from mtlbook.experiments.ch12_shared_and_private.branches_read import MAIN
from mtlbook.experiments.common.base import Config, Experiment

ALONE = {f"alone, {percent} %": Arm(alone=percent) for percent in (25, 50, 75, 100)}
LONGER = {f"{percent} %, longer": Arm(percent, updates=2) for percent in (0, 50, 100)}
OWN = {f"50 %, own words, {s:g}": Arm(50, strength=s, own=True) for s in (0.03, 0.3, 3.0, 30.0)}
WEAK = {f"50 %, all words, {s:g}": Arm(50, strength=s) for s in (0.003, 0.03)}
STRONG = {f"50 %, all words, {s:g}": Arm(50, strength=s) for s in (0.3, 3.0, 30.0)}
CONTROLS = {"fragments": Arm(fragments=True), **ALONE, **LONGER, **OWN, **WEAK, **STRONG}
"""Arms that differ from a division in one thing, and learn with its step size."""
COLUMNS = ("main", "overlap")
SCORE = "F1 of chunks in per cent; overlap of the main task's branches"


def step_size(arm: str) -> float:
    """Return the step size of an arm; fragments and branches alone have that of separate tasks."""
    return SETTINGS.get(arm.split(",")[0], SETTINGS["0 %"])


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, labelled = config["arm"], config["labelled"]
    arm = (SPLITS | CONTROLS)[name]
    trained = toy_branches(arm, config["relatedness"], labelled, seeds, step_size(name))
    texts = trained.test()
    f1 = trained.scores(MAIN, trained.states(MAIN, texts), texts)
    return np.column_stack([f1, overlaps(trained)])


def _cells(names: Sequence[str], r: float, labelled: int) -> list[Config]:
    return [{"arm": name, "relatedness": r, "labelled": labelled} for name in names]


BRANCHES_CONTROLS = Experiment(
    name="branches-controls",
    question="What do fragments, branches alone and longer training do?",
    data=DATA,
    score=SCORE,
    configs=_cells(["fragments", *ALONE, *LONGER], 1.0, 60),
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "alone, 25 %", "relatedness": 1.0, "labelled": 60},
    columns=COLUMNS,
)

BRANCHES_LARGER = Experiment(
    name="branches-larger",
    question="Does the best division change with four times the labelled sentences?",
    data=DATA,
    score=SCORE,
    configs=[
        *_cells(["fragments", *SPLITS], 1.0, 240),
        *(cell for r in (0.0, 0.5) for cell in _cells(list(SPLITS)[1:], r, 240)),
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "fragments", "relatedness": 1.0, "labelled": 240},
    columns=COLUMNS,
)

BRANCHES_PENALTY = Experiment(
    name="branches-penalty",
    question="Does a penalty on the overlap of shared and private states help?",
    data=DATA,
    score=SCORE,
    configs=[
        *_cells([*OWN, *WEAK, *STRONG], 1.0, 60),
        *_cells(list(WEAK), 0.0, 60),
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "50 %, own words, 0.3", "relatedness": 1.0, "labelled": 60},
    columns=COLUMNS,
)
