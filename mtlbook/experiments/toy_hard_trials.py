"""Chapter 3: the toy language with the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.base import Config, Experiment
from mtlbook.experiments.toy_hard import ARMS, CELLS, toy_scores

SETTINGS: dict[tuple[str, str], float] = {}
"""Step size of each main task and arm: the best of ``toy-hard-tuning``."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    main, arm = config["main"], config["arm"]
    return toy_scores(main, ARMS[arm], seeds, SETTINGS[main, arm])


TOY_HARD = Experiment(
    name="toy-hard",
    question="What does hard sharing bring on the toy language, and what does it cost?",
    data="generated: mtlbook.data.toy_language",
    score="F1 of spans in per cent, in tales and in reports and letters",
    configs=CELLS,
    seeds=range(20),
    measure=_measure,
    cheap={"main": "chunk", "arm": "single task"},
    columns=("inside", "outside"),
    block=10,
)
