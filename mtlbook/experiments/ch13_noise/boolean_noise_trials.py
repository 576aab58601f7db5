"""Chapter 13: the Boolean problem with noisy labels, with the chosen settings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch13_noise.boolean_noise import noisy_accuracy
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[str, tuple[float, float]] = {
    "single": (0.001, 1.0),
    "copies": (0.003, 1.0),
    "related, 0": (0.003, 1.0),
    "related, 0.05": (0.003, 1.0),
    "related, 0.1": (0.003, 1.0),
    "related, 0.2": (0.001, 1.0),
    "related, 0.5": (0.001, 1.0),
    "related, 0.2, light": (0.001, 0.03),
    "irrelevant, easy": (0.0003, 1.0),
    "irrelevant, hard": (0.001, 1.0),
    "T1 0.05: single": (0.001, 1.0),
    "T1 0.05: copies": (0.003, 1.0),
    "T1 0.05: clean related": (0.003, 1.0),
    "T1 0.05: repeats": (0.003, 1.0),
    "T1 0.05: mean of repeats": (0.0003, 1.0),
    "T1 0.15: single": (0.03, 1.0),
    "T1 0.15: clean related": (0.003, 1.0),
}
"""Weight decay and weight of the further losses: the best of ``boolean-noise-tuning``."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    decay, weight = SETTINGS[config["arm"]]
    return noisy_accuracy(config["arm"], seeds, decay, weight)


BOOLEAN_NOISE = Experiment(
    name="boolean-noise",
    question="How much do related tasks help when labels are wrong, theirs or the main task's?",
    data="generated: the 256 patterns of 8 bits, parity of bits 4 to 8",
    score="test accuracy on T1, by its true labels",
    configs=[{"arm": name} for name in SETTINGS],
    seeds=range(20),
    measure=_measure,
    cheap={"arm": "single"},
)
