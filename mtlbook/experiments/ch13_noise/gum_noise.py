"""Chapter 13: parts of speech that change places, as an auxiliary task on GUM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtlbook.data.relatedness import by_token
from mtlbook.data.sentences import Sentence
from mtlbook.experiments.ch03_hard_sharing.gum_hard import (
    Arm,
    arm_scores,
)
from mtlbook.experiments.common.gum_split import gum_split
from mtlbook.experiments.common.tolerances import GUM
from mtlbook.runs.base import Config, Experiment, grid

LR = 0.03
"""The step size that ``gum-hard-tuning`` chose for parts of speech, true and shuffled alike."""


def exchanged(
    sentences: Sequence[Sentence], share: float, seed: int, task: str = "xpos"
) -> list[Sentence]:
    """Let the labels of a share of the words change places with one another.

    So every label stays as frequent as it is, and a larger share contains a smaller one. Some
    words get their own label back, by chance.

    Args:
        sentences: what is labelled.
        share: from 0, all labels stay, to 1, all change places.
        seed: of the words that are drawn, and of their new labels.
        task: whose labels change places.

    Raises:
        ValueError: if the share is outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share of the labels lies in [0, 1]: {share}")
    labels = iter(by_token([label for s in sentences for label in s.tags[task]], 1 - share, seed))
    return [
        replace(s, tags={**s.tags, task: tuple(next(labels) for _ in s.words)}) for s in sentences
    ]


def gum_noise_scores(genre: str, share: float, seeds: Sequence[int]) -> np.ndarray:
    """Chunk 100 sentences of GUM, with noisy parts of speech of further ones beside them.

    Everything else is as in the arm ``part of speech`` of chapter 3.

    Args:
        genre: whose documents are split.
        share: of the auxiliary labels, that change places.
        seeds: of the splits, of the networks and of the labels.

    Returns:
        F1 of chunks in per cent, in the genre and outside of it, ``(S, 2)``.
    """

    def change(sentences: Sequence[Sentence], seed: int) -> list[Sentence]:
        return exchanged(sentences, share, seed)

    splits = [gum_split(genre, seed) for seed in seeds]
    config = {"labelled": "100", "genre": genre}
    return arm_scores(Arm(("xpos",), more=True, change=change), config, splits, seeds, LR)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return gum_noise_scores(config["genre"], config["share"], seeds)


GUM_NOISE = Experiment(
    name="gum-noise",
    question="What do parts of speech bring to chunking on GUM when some of them are wrong?",
    data="UD English-GUM, commit afb41ee: interview",
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=grid(genre=["interview"], share=[0.1, 0.25, 0.5]),
    seeds=range(5),
    measure=_measure,
    cheap={"genre": "interview", "share": 0.5},
    columns=("inside", "outside"),
    block=1,
    corpus="gum",
    tolerance=GUM,
)
