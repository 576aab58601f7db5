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

GENRE, TUNING_GENRE = "interview", "vlog"
SHORT = LABELLED["100"]
DIVISIONS = ("0 %", "50 %", "100 %")
SETTINGS = {"0 %": 0.015, "50 %": 0.015, "100 %": 0.015}
"""Step size of each division: the best of ``gum-branches-tuning``, beside parts of speech."""


def gum_branches(name: str, aux: str, genre: str, seeds: Sequence[int], lr: float) -> Branched:
    """Train a division on 100 sentences with chunks, and further ones with ``aux`` alone.

    Args:
        name: of the division, see :data:`mtlbook.experiments.branches.SPLITS`.
        aux: the auxiliary task.
        genre: of the sentences.
        seeds: of the deals and of the networks.
        lr: step size of Adam.
    """
    dealt = [deal(genre, seed) for seed in seeds]
    deals = [replace(d, train=d.train[: SHORT + FURTHER[genre]]) for d in dealt]
    room = (*ROOM, len(SHAPES))
    steps = UPDATES["100"]
    tasks = (MAIN, aux)
    return branch_fit(SPLITS[name], tasks, deals, SHORT, seeds, lr, room, HIDDEN, steps, EVERY)


def outside(trained: Branched) -> np.ndarray:
    """Return F1 of chunks in other genres, in per cent, ``(S,)``."""
    texts = [d.outside for d in trained.deals]
    return trained.scores(MAIN, trained.states(MAIN, texts), texts)


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    trained = gum_branches(config["arm"], "xpos", TUNING_GENRE, seeds, config["lr"])
    inside = trained.scores(MAIN, trained.states(MAIN, trained.test()), trained.test())
    return np.column_stack([inside, outside(trained)])


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, aux = config["arm"], config["aux"]
    trained = gum_branches(name, aux, GENRE, seeds, SETTINGS[name])
    return np.column_stack([outside(trained), measure_branches(trained, seeds)])


GUM_BRANCHES_TUNING = Experiment(
    name="gum-branches-tuning",
    question="Which step size suits each division of the width on a genre that is not reported?",
    data="UD English-GUM, commit afb41ee: vlog",
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=[{"arm": name, "lr": lr} for name in DIVISIONS for lr in (0.006, 0.015, 0.04)],
    seeds=range(100, 103),
    measure=_measure_tuning,
    cheap={"arm": "100 %", "lr": 0.015},
    columns=("inside", "outside"),
    corpus="gum",
)

GUM_BRANCHES = Experiment(
    name="gum-branches",
    question="How much of a fixed width should chunking on GUM share, and with which task?",
    data="UD English-GUM, commit afb41ee: interview",
    score="F1 of chunks, right labels of the auxiliary task, in per cent, also after lesions",
    configs=[
        {"arm": name, "aux": aux}
        for aux in ("xpos", "named")
        for name in ("100 %", "50 %", "0 %")
        if (name, aux) != ("0 %", "named")
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "100 %", "aux": "xpos"},
    columns=("outside", *LESIONS),
    corpus="gum",
)
