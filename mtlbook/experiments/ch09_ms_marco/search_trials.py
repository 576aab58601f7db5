"""Chapter 9: is it the training or one more score? Every arm, judged by every way of choosing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch09_ms_marco.search_choices import COLUMNS, judge
from mtlbook.experiments.ch09_ms_marco.search_reading import (
    WORLDS,
    Arm,
    add_heads,
    deal,
    fit_arm,
    fit_rankers,
    tests,
)
from mtlbook.experiments.common.base import Config, Experiment, grid

V_NET, MARS = ("word", "verify"), ("word", "sentence", "passage")
LR = 0.005
"""The step size of all arms: for spans alone the best of ``search-tuning`` in both worlds."""
WEIGHTS = {"S-Net": 1.0, "V-Net": 0.5, "MARS": 0.2}
"""Of each auxiliary loss: the best of ``search-tuning``; MARS's is what its author reports."""


def arm(name: str, weight: float) -> Arm:
    """Return an arm by its name; every auxiliary loss has the same weight."""
    base, _, variant = name.partition(", ")
    tasks = {"S-Net": ("passage",), "V-Net": V_NET, "MARS": MARS}.get(base, ())
    weights = dict.fromkeys(tasks, weight)
    if base == "two networks":
        return Arm(ranker=True, small=True)
    if base == "beginner":
        return Arm(times=1 / 6, learned=100, double=True)
    return Arm(weights, shuffled=variant == "shuffled", times=2.0 if variant == "longer" else 1.0)


TUNED_ON = {"S-Net": ("passage",), "V-Net": V_NET}
"""By what an arm's answers are chosen while it is tuned, beside the span's score."""


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, world, lr = config["arm"], config["world"], config["lr"]
    chosen = arm(name, config["weight"])
    parts = [deal(seed, world, chosen.learned).halt for seed in seeds]
    readers = fit_arm(chosen, world, seeds, lr)
    by = TUNED_ON.get(name, ())
    return np.stack([readers.exact(parts, by), readers.exact(parts)], axis=1)


SEARCH_TUNING = Experiment(
    name="search-tuning",
    question="Which step size, or weight of the auxiliary losses, suits readers of searches?",
    data="generated: mtlbook.toy_reading, toy_search",
    score="exact match in per cent on the halting questions: as the arm chooses, and by the span",
    configs=[
        {"arm": "beginner", "world": "recurs", "lr": 0.01, "weight": 0.0},
        *grid(arm=["span"], world=["recurs", "alone"], lr=[0.005, 0.01, 0.02], weight=[0.0]),
        *grid(arm=["V-Net"], world=["recurs"], lr=[0.01], weight=[0.2, 0.5, 1.0]),
        *grid(arm=["S-Net"], world=["alone"], lr=[0.01], weight=[0.2, 0.5, 1.0]),
    ],
    seeds=range(100, 103),
    measure=_measure_tuning,
    cheap={"arm": "beginner", "world": "recurs", "lr": 0.01, "weight": 0.0},
    columns=("own choice", "span"),
)  # fmt: skip


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, world = config["arm"], config["world"]
    chosen = arm(name, WEIGHTS.get(name.partition(", ")[0], 0.0))
    readers = fit_arm(chosen, world, seeds, LR)
    ranker = fit_rankers(readers, chosen, world, seeds) if chosen.ranker else None
    readers = add_heads(readers, chosen, world, seeds)
    found = [judge(readers, [tests(seed, to) for seed in seeds], ranker) for to in WORLDS]
    return np.concatenate(found, axis=1)


SEARCH = Experiment(
    name="search",
    question="Do auxiliary tasks of readers help in training, or as one more score?",
    data="generated: mtlbook.toy_reading, toy_search",
    score="in per cent: exact match, F1 of the span, and right first choices of a passage",
    configs=[
        {"arm": "beginner", "world": "recurs"},
        *grid(arm=["span"], world=["recurs", "alone"]),
        {"arm": "V-Net", "world": "recurs"},
        {"arm": "S-Net", "world": "alone"},
        {"arm": "two networks", "world": "alone"},
        {"arm": "V-Net, shuffled", "world": "recurs"},
        {"arm": "MARS", "world": "recurs"},
        {"arm": "V-Net", "world": "alone"},
        {"arm": "S-Net", "world": "recurs"},
        {"arm": "span, longer", "world": "recurs"},
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "beginner", "world": "recurs"},
    columns=[f"{world}: {column}" for world in WORLDS for column in COLUMNS],
)
