"""Chapter 3: GUM with the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.base import Config, Experiment
from mtlbook.experiments.gum_hard import GENRES, cells, chunk_scores

SETTINGS: dict[tuple[str, str, str], float] = {}
"""Step size of each arm: the best of ``gum-hard-tuning``."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return chunk_scores(config, seeds, SETTINGS[config["text"], config["labelled"], config["arm"]])


GUM_HARD = Experiment(
    name="gum-hard",
    question="What does hard sharing bring to chunking on GUM?",
    data="UD English-GUM, commit afb41ee: news, interview, conversation",
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=cells(GENRES[:3]),  # vlog would take another third of the time
    seeds=range(5),
    measure=_measure,
    cheap={"text": "same", "labelled": "100", "arm": "single task", "genre": "conversation"},
    columns=("inside", "outside"),
    corpus="gum",
)
