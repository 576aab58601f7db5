"""Chapter 12: shared and private branches on GUM, beside a task that helps and one that hurts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtlbook.data.vocabulary import SHAPES
from mtlbook.experiments.base import Config, Experiment
from mtlbook.experiments.branches import LESIONS, SPLITS, Branched, branch_fit, measure_branches
from mtlbook.experiments.gum_deal import deal
from mtlbook.experiments.gum_hard import EVERY, FURTHER, HIDDEN, LABELLED, MAIN, ROOM, UPDATES

GENRE = "conversation"
SHORT = LABELLED["100"]
LR = 0.015
"""What ``gum-sluice-tuning`` chose for a single task and for hard sharing; not tuned again."""


def gum_branches(name: str, aux: str, seeds: Sequence[int]) -> Branched:
    """Train a division on 100 sentences with chunks, and further ones with ``aux`` alone.

    Args:
        name: of the division, see :data:`mtlbook.experiments.branches.SPLITS`.
        aux: the auxiliary task.
        seeds: of the deals and of the networks.
    """
    dealt = [deal(GENRE, seed) for seed in seeds]
    deals = [replace(d, train=d.train[: SHORT + FURTHER[GENRE]]) for d in dealt]
    room = (*ROOM, len(SHAPES))
    steps = UPDATES["100"]
    tasks = (MAIN, aux)
    return branch_fit(SPLITS[name], tasks, deals, SHORT, seeds, LR, room, HIDDEN, steps, EVERY)


def outside(trained: Branched) -> np.ndarray:
    """Return F1 of chunks in other genres, in per cent, ``(S,)``."""
    texts = [d.outside for d in trained.deals]
    return trained.scores(MAIN, trained.states(MAIN, texts), texts)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, aux = config["arm"], config["task"]
    trained = gum_branches(name, aux, seeds)
    return np.column_stack([outside(trained), measure_branches(trained, seeds)])


GUM_BRANCHES = Experiment(
    name="gum-branches",
    question="How much of a fixed width should chunking on GUM share, and with which task?",
    data="UD English-GUM, commit afb41ee: conversation",
    score="F1 of chunks, right labels of the auxiliary task, in per cent, also after lesions",
    configs=[
        {"arm": name, "task": aux}
        for aux in ("xpos", "named")
        for name in ("100 %", "50 %", "0 %")
        if (name, aux) != ("0 %", "named")
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "100 %", "task": "xpos"},
    columns=("outside", *LESIONS),
    corpus="gum",
)
