"""Chapter 13: outputs of pure noise and other regularisers, with the chosen strengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch13_noise.noise_outputs import regularised
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[tuple[str, str], int] = {
    ("boolean", "nothing"): 0,
    ("boolean", "decay"): 0,
    ("boolean", "input noise"): 0,
    ("boolean", "dropout"): 1,
    ("boolean", "fixed outputs"): 0,
    ("boolean", "fresh outputs"): 1,
    ("boolean", "fixed outputs, no decay"): 0,
    ("boolean", "fresh outputs, no decay"): 1,
    ("teacher", "nothing"): 0,
    ("teacher", "decay"): 1,
    ("teacher", "input noise"): 0,
    ("teacher", "dropout"): 0,
    ("teacher", "fixed outputs"): 0,
    ("teacher", "fresh outputs"): 1,
    ("teacher", "fixed outputs, no decay"): 0,
    ("teacher", "fresh outputs, no decay"): 0,
}
"""Which of its settings each arm takes on each problem: the best of ``noise-outputs-tuning``."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, arm = config["problem"], config["arm"]
    return regularised(name, arm, SETTINGS[name, arm], seeds)


NOISE_OUTPUTS = Experiment(
    name="noise-outputs",
    question="Do outputs of pure noise regularise, and do they add to weight decay?",
    data="generated: the Boolean problem, and a teacher network of four hidden units",
    score="1 - test accuracy on T1; squared error of the student",
    configs=[{"problem": name, "arm": arm} for name, arm in SETTINGS],
    seeds=range(20),
    measure=_measure,
    cheap={"problem": "teacher", "arm": "decay"},
    columns=("error",),
)
