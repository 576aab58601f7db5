"""Chapter 8: at which step size each way of weighing auxiliary questions does best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch08_mrc_multitask.reweighting import UPDATES, reweighted
from mtlbook.experiments.common.base import Config, Experiment


def cell(
    world: str,
    treatment: str = "all alike",
    ratio: float = 1.0,
    updates: int = UPDATES,
    precision: str = "single",
) -> Config:
    """Return a configuration of the recorded runs."""
    return {
        "world": world,
        "treatment": treatment,
        "ratio": ratio,
        "updates": updates,
        "precision": precision,
    }


HARD = "wide, 3/4, same style"
"""The world in which the arms are tuned, and in which all treatments are tried."""
CHEAP = cell("none", ratio=0.0, updates=UPDATES // 2, precision="double")
"""What the tests measure again, on any processor: in double precision."""
TUNED = ("all alike", "weights", "weights, mean one", "nearest quarter", "oracle")
STEP_SIZES = (0.005, 0.01, 0.02)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return reweighted(
        config["world"],
        config["treatment"],
        seeds,
        ratio=config["ratio"],
        updates=config["updates"],
        lr=config["lr"],
        double=config["precision"] == "double",
    )


REWEIGHTING_TUNING = Experiment(
    name="reweighting-tuning",
    question="At which step size does each way of weighing auxiliary questions do best?",
    data="generated: mtlbook.toy_reading",
    score="answers that match exactly, and that hold the right one and more, in per cent",
    configs=[
        {**CHEAP, "lr": 0.01},
        *(
            {**arm, "lr": lr}
            for arm in (cell("none", ratio=0.0), *(cell(HARD, name) for name in TUNED))
            for lr in STEP_SIZES
        ),
    ],
    seeds=range(100, 105),
    measure=_measure,
    cheap={**CHEAP, "lr": 0.01},
    columns=("exact", "wide"),
)
