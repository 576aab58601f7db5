"""Chapter 5: how evenly the labels of auxiliary tasks are used on GUM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.evaluation.information import entropy
from mtlbook.experiments.ch03_hard_sharing.gum_hard import FURTHER, GENRES, LABELLED
from mtlbook.experiments.common.base import Config, Experiment, grid
from mtlbook.experiments.common.gum_split import gum_split


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    task, genre = config["task"], config["genre"]
    first = LABELLED["100"]
    found = []
    for seed in seeds:
        further = gum_split(genre, seed).train[first : first + FURTHER[genre]]
        labels = [label for sentence in further for label in sentence.tags[task]]
        found.append((entropy(labels), len(set(labels))))
    return np.array(found)


GUM_ENTROPY = Experiment(
    name="gum-entropy",
    question="How evenly are the labels of each auxiliary task used?",
    data="UD English-GUM, commit afb41ee: news, interview, conversation",
    score="entropy in bits of a task's labels on the further sentences; how many labels there are",
    configs=grid(task=["xpos", "deprel", "named", "chunk"], genre=list(GENRES[:3])),
    seeds=range(5),
    measure=_measure,
    cheap={"task": "named", "genre": "news"},
    columns=("entropy", "labels"),
    corpus="gum",
)
