"""Chapter 1: the arms of F1 and F2 on fresh trials, each with the settings that suit it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch01_inductive_bias.f1f2 import f1_rmse
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[str, dict[tuple[str, str], tuple[float, float]]] = {
    "early stopping only": {
        ("full", "F1 alone"): (0.003, 0.0),
        ("full", "F1 copied"): (0.003, 0.0),
        ("full", "F2 as input"): (0.01, 0.0),
        ("full", "F2 as output"): (0.01, 0.0),
        ("split", "F1 alone"): (0.01, 0.0),
        ("split", "F1 copied"): (0.01, 0.0),
        ("split", "F2 as output"): (0.01, 0.0),
    },
    "tuned": {
        ("full", "F1 alone"): (0.01, 3e-05),
        ("full", "F1 copied"): (0.01, 0.0001),
        ("full", "F2 as input"): (0.01, 3e-05),
        ("full", "F2 as output"): (0.03, 0.0001),
        ("split", "F1 alone"): (0.01, 3e-05),
        ("split", "F1 copied"): (0.01, 3e-05),
        ("split", "F2 as output"): (0.03, 3e-05),
    },
}
"""Step size and weight decay of each trunk and arm: the best of ``f1f2-tuning``, over all cells
(tuned) or over those without weight decay (early stopping only). A test holds them to it."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return f1_rmse(config["arm"], config["trunk"], seeds, config["lr"], config["weight_decay"])


F1F2 = Experiment(
    name="f1f2",
    question="Does F2 help F1, as an input or as an output, with a full and with a split trunk?",
    data="generated: F1 and F2 of Caruana (1997), section 4.9",
    score="test RMSE on F1",
    configs=[
        {"protocol": protocol, "trunk": trunk, "arm": arm, "lr": lr, "weight_decay": decay}
        for protocol, settings in SETTINGS.items()
        for (trunk, arm), (lr, decay) in settings.items()
    ],
    seeds=range(200),
    measure=_measure,
    cheap={
        "protocol": "tuned",
        "trunk": "split",
        "arm": "F2 as output",
        "lr": 0.03,
        "weight_decay": 3e-05,
    },
)
