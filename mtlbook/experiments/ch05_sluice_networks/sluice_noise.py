"""Chapter 5: how fast each way of sharing learns labels that mean nothing, by heart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtlbook.data.relatedness import by_token
from mtlbook.experiments.ch03_hard_sharing.toy_hard import (
    EVERY,
    LABELLED,
    SIZES,
    toy_data,
    toy_split,
)
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import ARMS, AUX, MAIN, network_of
from mtlbook.experiments.common.tagging import Plan, Split, train
from mtlbook.runs.base import Config, Experiment, grid

TWICE = 2
GOOD = 0.9
"""The share of training words with the label they were given that counts as learned by heart."""


def random_split(split: Split, seed: int) -> Split:
    """Let the main labels of the labelled sentences change places; stop on these sentences."""
    labelled = split.train[:LABELLED]
    labels = iter(by_token([tag for s in labelled for tag in s.tags[MAIN]], 0.0, seed))
    random = [
        replace(s, tags={**s.tags, MAIN: tuple(next(labels) for _ in s.words)}) for s in labelled
    ]
    return replace(split, train=[*random, *split.train[LABELLED:]], validation=random)


def by_heart(arm: str, lr: float, seeds: Sequence[int]) -> np.ndarray:
    """Train an arm of ``sluice_toy.ARMS`` on random main labels.

    The auxiliary task are the parts of speech as they are. Training is twice as long as elsewhere.

    Returns:
        For each seed the share of training words that get the label they were given, at the end,
        and after how many updates it first is ``GOOD`` at a look, ``(S, 2)``; where it never is,
        as many as there would be at the look after the last.
    """
    of = ARMS[arm]
    given = Given(AUX if of.tasks > 1 else None, low=of.low, own_words=of.own_words, updates=TWICE)
    splits = [random_split(toy_split(seed, given), seed) for seed in seeds]
    data, schedule = toy_data(MAIN, given, splits)
    plan = Plan([MAIN], SIZES, lr, EVERY)
    found = train(data, lambda: network_of(of, data), schedule, seeds, plan)
    right = 1 - found.validation[MAIN]  # (C, S)
    steps = np.append(found.looks, found.looks[-1] + EVERY)
    first = np.vstack([right, np.ones(len(seeds))]) >= GOOD
    return np.column_stack([right[-1], steps[first.argmax(0)]])


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return by_heart(config["arm"], config["lr"], seeds)


SLUICE_NOISE = Experiment(
    name="sluice-noise",
    question="Which way of sharing learns random labels by heart, and how fast?",
    data="generated: mtlbook.toy_language",
    score="share of training words with the given label; updates until it is nine in ten",
    # How fast depends on the step size first of all, so arms are compared at the same ones.
    configs=grid(lr=[0.01, 0.03], arm=[name for name in ARMS if name != "all words"]),
    seeds=range(10),
    measure=_measure,
    cheap={"lr": 0.01, "arm": "single task"},
    columns=("right", "updates"),
)
