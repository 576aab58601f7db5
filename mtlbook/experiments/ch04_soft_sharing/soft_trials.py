"""Chapter 4: the ways of sharing on fresh seeds, each with the settings that suit it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch04_soft_sharing.soft_sharing import students
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[tuple[str, float], tuple[float, float, int]] = {
    ("separate", 0.0): (0.05, 0.0, 800),
    ("separate", 0.5): (0.05, 0.0, 800),
    ("separate", 0.75): (0.05, 0.0, 800),
    ("separate", 0.9): (0.05, 0.0, 800),
    ("separate", 0.95): (0.05, 0.0, 800),
    ("separate", 1.0): (0.05, 0.0, 800),
    ("pooled", 0.0): (0.5, 0.0, 100),
    ("pooled", 0.5): (0.5, 0.0, 100),
    ("pooled", 0.75): (0.2, 0.0, 50),
    ("pooled", 0.9): (0.2, 0.0, 800),
    ("pooled", 0.95): (0.2, 0.0, 800),
    ("pooled", 1.0): (0.05, 0.0, 800),
    ("hard", 0.0): (0.05, 0.0, 800),
    ("hard", 0.5): (0.05, 0.0, 800),
    ("hard", 0.75): (0.05, 0.0, 800),
    ("hard", 0.9): (0.05, 0.0, 400),
    ("hard", 0.95): (0.05, 0.0, 400),
    ("hard", 1.0): (0.05, 0.0, 800),
    ("hard, wide", 0.0): (0.05, 0.0, 400),
    ("hard, wide", 0.5): (0.05, 0.0, 800),
    ("hard, wide", 0.75): (0.05, 0.0, 400),
    ("hard, wide", 0.9): (0.05, 0.0, 800),
    ("hard, wide", 0.95): (0.05, 0.0, 800),
    ("hard, wide", 1.0): (0.05, 0.0, 800),
    ("to the mean", 0.0): (0.0, 0.05, 50),
    ("to the mean", 0.5): (0.0, 0.05, 50),
    ("to the mean", 0.75): (0.0, 0.05, 50),
    ("to the mean", 0.9): (0.0, 0.1, 100),
    ("to the mean", 0.95): (0.0, 0.2, 100),
    ("to the mean", 1.0): (0.0, 5.0, 200),
    ("mean and decay", 0.0): (0.05, 0.01, 800),
    ("mean and decay", 0.5): (0.05, 0.01, 800),
    ("mean and decay", 0.75): (0.02, 0.1, 800),
    ("mean and decay", 0.9): (0.02, 0.1, 800),
    ("mean and decay", 0.95): (0.02, 1.0, 800),
    ("mean and decay", 1.0): (0.01, 1.0, 800),
    ("trace norm", 0.0): (0.0, 0.1, 100),
    ("trace norm", 0.75): (0.0, 0.1, 100),
    ("trace norm", 0.9): (0.0, 0.1, 400),
    ("trace norm", 1.0): (0.0, 0.1, 800),
    ("to the start", 0.0): (0.0, 0.02, 50),
    ("to the start", 0.9): (0.0, 0.05, 50),
    ("to the start", 1.0): (0.0, 0.05, 800),
    ("strangers and decay", 0.0): (0.02, 0.01, 100),
    ("strangers and decay", 0.9): (0.05, 0.01, 800),
    ("strangers and decay", 1.0): (0.05, 0.01, 800),
    ("own starts", 0.0): (0.05, 0.01, 800),
    ("own starts", 0.9): (0.02, 0.1, 800),
    ("own starts", 1.0): (0.01, 1.0, 800),
}
"""Weight decay, pull and steps of each arm at each cosine: the best of ``soft-tuning``. A test
holds them to it."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm, cosine, steps = config["arm"], config["cosine"], config["steps"]
    errors = students(arm, cosine, seeds, config["decay"], config["pull"], [steps])[1]
    found: np.ndarray = errors[:, 0]
    return found


SOFT_DIAL = Experiment(
    name="soft-dial",
    question="Hard, soft or no sharing, as the tasks' teachers grow alike? Fresh seeds",
    data="generated: six teacher networks of four hidden units, at a cosine to a common one",
    score="test error, in units of the targets' variance",
    configs=[
        {"arm": arm, "cosine": cosine, "decay": decay, "pull": pull, "steps": steps}
        for (arm, cosine), (decay, pull, steps) in SETTINGS.items()
    ],
    seeds=range(20),
    measure=_measure,
    cheap={"arm": "hard", "cosine": 0.9, "decay": 0.05, "pull": 0.0, "steps": 400},
)
