"""Chapter 3: the toy language with the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch03_hard_sharing.toy_hard import ARMS, CELLS, toy_scores
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[tuple[str, str], float] = {
    ("chunk", "single task"): 0.03,
    ("chunk", "own words only"): 0.01,
    ("chunk", "twice the updates"): 0.03,
    ("chunk", "wider"): 0.03,
    ("chunk", "copied"): 0.03,
    ("chunk", "hard sharing"): 0.03,
    ("chunk", "hard sharing, equal work"): 0.03,
    ("chunk", "split after layer 1"): 0.03,
    ("chunk", "split after the embedding"): 0.03,
    ("chunk", "low supervision"): 0.03,
    ("chunk", "low supervision, unrelated"): 0.03,
    ("chunk", "three quarters related"): 0.03,
    ("chunk", "half related"): 0.03,
    ("chunk", "a quarter related"): 0.01,
    ("chunk", "unrelated"): 0.01,
    ("chunk", "noise"): 0.01,
    ("role", "single task"): 0.01,
    ("role", "copied"): 0.01,
    ("role", "hard sharing"): 0.03,
    ("role", "split after layer 1"): 0.03,
    ("role", "low supervision"): 0.03,
}
"""Step size of each main task and arm: the best of ``toy-hard-tuning``."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    main, arm = config["main"], config["arm"]
    return toy_scores(main, ARMS[arm], seeds, SETTINGS[main, arm])


TOY_HARD = Experiment(
    name="toy-hard",
    question="What does hard sharing bring on the toy language, and what does it cost?",
    data="generated: mtlbook.toy_language",
    score="F1 of spans in per cent, in tales and in reports and letters",
    configs=CELLS,
    seeds=range(20),
    measure=_measure,
    cheap={"main": "chunk", "arm": "single task"},
    columns=("inside", "outside"),
    block=10,
)
