"""Chapter 4: taggers that share hard, softly or not, on fresh seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch04_soft_sharing.soft_tagging import DATA, chunk_f1
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[tuple[str, float], tuple[float, float]] = {
    ("single", 1.0): (0.0, 0.0001),
    ("single, own words", 1.0): (0.0, 0.0001),
    ("hard", 0.0): (0.0, 0.001),
    ("hard", 0.5): (0.0, 0.001),
    ("hard", 1.0): (0.0, 0.0001),
    ("soft + decay", 0.0): (1e-05, 0.0001),
    ("soft + decay", 0.5): (0.001, 0.0001),
    ("soft + decay", 1.0): (0.01, 0.0001),
    ("soft, own starts", 1.0): (0.0001, 0.0),
}
"""Pull and weight decay of each arm at each relatedness: the best of ``soft-tagging-tuning``, for
the soft ones among those with weight decay or those without. A test holds them to it."""
LONGER = [("single", 1.0)]
"""Also trained for twice the updates."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    settings = {k: v for k, v in config.items() if k not in ("arm", "relatedness")}
    return chunk_f1(
        config["arm"].removesuffix(" + decay"), config["relatedness"], seeds, **settings
    )[0]


SOFT_TAGGING = Experiment(
    name="soft-tagging",
    question="Chunks alone, with hard and with soft sharing, over relatedness: fresh seeds",
    data=DATA,
    score="F1 of chunks, in points",
    configs=[
        {
            "arm": arm,
            "relatedness": relatedness,
            "strength": SETTINGS[arm, relatedness][0],
            "weight_decay": SETTINGS[arm, relatedness][1],
            "updates": updates,
        }
        for updates, places in ((160, SETTINGS), (320, LONGER))
        for arm, relatedness in places
    ],
    seeds=range(10),
    measure=_measure,
    columns=["F1"],
    cheap={
        "arm": "single",
        "relatedness": 1.0,
        "strength": 0.0,
        "weight_decay": SETTINGS["single", 1.0][1],
        "updates": 160,
    },
)
