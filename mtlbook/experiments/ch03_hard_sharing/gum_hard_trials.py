"""Chapter 3: GUM with the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch03_hard_sharing.gum_hard import GENRES, cells, chunk_scores
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS: dict[tuple[str, str, str], float] = {
    ("same", "100", "single task"): 0.01,
    ("same", "100", "chunks copied"): 0.01,
    ("same", "100", "hard sharing"): 0.01,
    ("same", "100", "low supervision"): 0.03,
    ("same", "300", "single task"): 0.01,
    ("same", "300", "chunks copied"): 0.01,
    ("same", "300", "hard sharing"): 0.03,
    ("same", "300", "low supervision"): 0.03,
    ("same", "most", "single task"): 0.01,
    ("same", "most", "chunks copied"): 0.03,
    ("same", "most", "hard sharing"): 0.03,
    ("same", "most", "low supervision"): 0.03,
    ("more", "100", "single task"): 0.01,
    ("more", "100", "single task, twice the updates"): 0.01,
    ("more", "100", "part of speech"): 0.03,
    ("more", "100", "part of speech, low"): 0.01,
    ("more", "100", "part of speech, equal work"): 0.03,
    ("more", "100", "part of speech, shuffled"): 0.03,
    ("more", "100", "dependency relation"): 0.03,
    ("more", "100", "entity"): 0.03,
    ("more", "100", "named entity"): 0.01,
    ("more", "100", "chunk"): 0.01,
}
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
