"""Chapter 12: the divisions of the width, with lesions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch12_shared_and_private.branches import (
    DATA,
    SETTINGS,
    SPLITS,
    toy_branches,
)
from mtlbook.experiments.ch12_shared_and_private.branches_lesions import LESIONS, measure_branches
from mtlbook.experiments.ch12_shared_and_private.branches_overlap import overlaps
from mtlbook.experiments.common.base import Config, Experiment


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["arm"]
    trained = toy_branches(
        SPLITS[name], config["relatedness"], config["labelled"], seeds, SETTINGS[name]
    )
    return np.column_stack([measure_branches(trained, seeds), overlaps(trained)])


BRANCHES = Experiment(
    name="branches",
    question="How much of a fixed width should related and unrelated tasks share?",
    data=DATA,
    score="F1 of chunks, right labels of the auxiliary task, in per cent, also after lesions; "
    "overlap of states",
    configs=[
        {"arm": name, "relatedness": r, "labelled": 60}
        for r in (1.0, 0.0, 0.5)
        for name in SPLITS
        if name != "0 %" or r == 1.0  # separate tasks: the main one does not notice the other
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "100 %", "relatedness": 1.0, "labelled": 60},
    columns=(*LESIONS, "overlap"),
)
