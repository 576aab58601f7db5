"""Chapter 12: shared and private branches on GUM, beside a task that helps and one that hurts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtlbook.data.vocabulary import SHAPES
from mtlbook.experiments.ch03_hard_sharing.gum_hard import (
    EVERY,
    FURTHER,
    HIDDEN,
    LABELLED,
    MAIN,
    UPDATES,
    VOCABULARY,
)
from mtlbook.experiments.ch12_shared_and_private.branches import SPLITS, branch_fit
from mtlbook.experiments.ch12_shared_and_private.branches_lesions import LESIONS, measure_branches
from mtlbook.experiments.ch12_shared_and_private.branches_read import Branched
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.gum_split import gum_split

GENRES = ("conversation", "interview")
SHORT = LABELLED["100"]
LR = 0.015
"""What ``gum-sluice-tuning`` chose for a single task and for hard sharing; not tuned again."""


def gum_branches(name: str, aux: str, genre: str, seeds: Sequence[int]) -> Branched:
    """Train a division on 100 sentences with chunks, and further ones with ``aux`` alone.

    Args:
        name: of the division, see ``branches.SPLITS``.
        aux: the auxiliary task.
        genre: of the sentences.
        seeds: of the splits and of the networks.
    """
    dealt = [gum_split(genre, seed) for seed in seeds]
    splits = [replace(d, train=d.train[: SHORT + FURTHER[genre]]) for d in dealt]
    room = (*VOCABULARY, len(SHAPES))
    steps = UPDATES["100"]
    tasks = (MAIN, aux)
    return branch_fit(SPLITS[name], tasks, splits, SHORT, seeds, LR, room, HIDDEN, steps, EVERY)


def outside(trained: Branched) -> np.ndarray:
    """Return F1 of chunks in other genres, in per cent, ``(S,)``."""
    texts = [d.other_domains for d in trained.splits]
    return trained.scores(MAIN, trained.states(MAIN, texts), texts)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, aux = config["arm"], config["task"]
    trained = gum_branches(name, aux, config["genre"], seeds)
    return np.column_stack([outside(trained), measure_branches(trained, seeds)])


GUM_BRANCHES = Experiment(
    name="gum-branches",
    question="How much of a fixed width should chunking on GUM share, and with which task?",
    data="UD English-GUM, commit afb41ee: conversation, interview",
    score="F1 of chunks, right labels of the auxiliary task, in per cent, also after lesions",
    configs=[
        {"arm": name, "task": aux, "genre": genre}
        for genre in GENRES
        for aux in ("xpos", "named")
        for name in ("100 %", "50 %", "0 %")
        if (name, aux) != ("0 %", "named")
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "100 %", "task": "named", "genre": "conversation"},
    columns=("outside", *LESIONS),
    corpus="gum",
)
