"""Chapter 8: when does it pay to weigh auxiliary questions? With the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch08_mrc_multitask.reweighting import TREATMENTS, UPDATES, reweighted
from mtlbook.experiments.ch08_mrc_multitask.reweighting_tuning import CHEAP, HARD, cell
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[str, float] = {
    "target alone": 0.01,
    "all alike": 0.01,
    "weights": 0.01,
    "weights, shuffled": 0.01,
    "weights, mean one": 0.01,
    "weights, mean one, shuffled": 0.01,
    "nearest half": 0.01,
    "nearest quarter": 0.01,
    "random quarter": 0.01,
    "oracle": 0.005,
}
"""Step size of each treatment: the best of ``reweighting-tuning``.

What is shuffled has that of what is not, and other shares that of the nearest quarter.
"""
HALF = UPDATES // 2


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    alone = config["world"] == "none"
    return reweighted(
        config["world"],
        config["treatment"],
        seeds,
        ratio=config["ratio"],
        updates=config["updates"],
        lr=SETTINGS["target alone" if alone else config["treatment"]],
        double=config["precision"] == "double",
    )


REWEIGHTING = Experiment(
    name="reweighting",
    question="When does it pay to weigh auxiliary questions by how near they are to the target?",
    data="generated: mtlbook.toy_reading",
    score="answers that match exactly, and that hold the right one and more, in per cent",
    configs=[
        CHEAP,
        cell("none", ratio=0.0),
        *(cell(HARD, name) for name in TREATMENTS),
        *(cell("none", ratio=0.0, updates=n * UPDATES) for n in (2, 3)),
        cell("clean"),
        *(cell("off-domain, 1/2", n) for n in ("all alike", "weights, mean one", "oracle")),
        *(cell("wide, 3/4", n) for n in ("all alike", "nearest quarter", "oracle")),
        *(cell(HARD, ratio=ratio) for ratio in (0.5, 2.0)),
        *(cell("clean", ratio=ratio) for ratio in (0.5, 2.0)),
        *(cell(HARD, n, updates=HALF) for n in ("all alike", "nearest quarter")),
        cell("clean", updates=HALF),
        *(cell("clean, same style", ratio=ratio) for ratio in (0.5, 1.0, 2.0)),
        cell("clean, same style", updates=HALF),
        *(
            cell("wide, 1/2, same style", n)
            for n in ("all alike", "nearest half", "nearest quarter", "oracle")
        ),
        *(cell("both, 3/4, same style", n) for n in ("all alike", "nearest quarter", "oracle")),
    ],
    seeds=range(10),
    measure=_measure,
    cheap=CHEAP,
    columns=("exact", "wide"),
)
