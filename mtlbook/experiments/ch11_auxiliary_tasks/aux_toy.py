"""Chapter 11: which auxiliary task helps which main task, on the toy language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from mtlbook.data.cheap_labels import CHEAP, with_cheap_labels
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm, toy_split
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import CONTROLS, Setup, fit_pair
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.tagging import Split

MAINS = ("chunk", "role", "entity", "pos")
"""All tasks that the grammar labels."""
SIZES = {"main": 8, "more": 16}
LR = 0.03
"""One step size for all arms. On chapter 3's tuning seeds (``toy-hard-tuning``) no arm loses more
than two points by it, against the best of three."""
SETUP = Setup(60, 400, 200, 1, (1000, 600), SIZES, LR, hidden=32, every=20)


def auxiliaries(main: str) -> tuple[str, ...]:
    """Return the auxiliary tasks of a main one: the other annotated ones and the cheap labels."""
    return tuple(task for task in (*MAINS, *CHEAP) if task != main)


@cache
def split_with_labels(seed: int) -> Split:
    """Return chapter 3's split, with cheap labels on the sentences that are learned from."""
    found = toy_split(seed, Arm())
    return replace(found, train=with_cheap_labels(found.train, seed))


def toy_pair_scores(main: str, arm: str, seeds: Sequence[int]) -> np.ndarray:
    """Train an arm on each seed; return its scores on tales in per cent, ``(S,)``.

    Args:
        main: one of :data:`MAINS`.
        arm: a control or an auxiliary task.
        seeds: of sentences, labels and networks.
    """
    splits = [split_with_labels(seed) for seed in seeds]
    found, data = fit_pair(main, arm, splits, seeds, SETUP)
    return data.f1(found.best(main), main)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return toy_pair_scores(config["main"], config["arm"], seeds)


AUX_TOY = Experiment(
    name="aux-toy",
    question="Which auxiliary task helps which main task on the toy language?",
    data="generated: mtlbook.toy_language, mtlbook.data.cheap_labels",
    score="F1 of spans (for parts of speech: words with the right label) in per cent, in tales",
    configs=[
        {"main": main, "arm": arm} for main in MAINS for arm in (*CONTROLS, *auxiliaries(main))
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"main": "chunk", "arm": "single task"},
    columns=("inside",),
)
