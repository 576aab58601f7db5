"""Chapter 11: which auxiliary task helps chunking, and which dependency relations, on GUM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from mtlbook.data.cheap_labels import with_cheap_labels
from mtlbook.data.sentences import Sentence
from mtlbook.evaluation.information import MEASURES, measures
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import (
    COLUMNS,
    Setup,
    fit_pair,
    joint_probes,
    summary,
)
from mtlbook.experiments.common.gum_split import gum_split
from mtlbook.experiments.common.tagging import Split
from mtlbook.experiments.common.tolerances import GUM
from mtlbook.runs.base import Config, Experiment
from mtlbook.training.affinity import Probe

GENRE = "interview"
MAINS = ("chunk", "deprel")
CONTROLS = ("single task", "twice the updates", "copied", "own labels")
AUXILIARIES = ("xpos", "upos", "entity", "named", "length", "capitals", "random", "frequency",
               "next")  # fmt: skip
"""The auxiliary tasks of both mains; the tenth is the other main."""
SIZES = {"main": 8, "more": 16}
LR = 0.01
"""One step size for all arms. In chapter 3's tuning (``gum-hard-tuning``, text of another genre)
no arm of this kind loses more than a point by it, against the best of three."""
SETUP = Setup(100, 600, 200, 1, (3000, 1200), SIZES, LR, hidden=64, every=25)
JOINT_UPDATES = 64
DATA = "UD English-GUM, commit afb41ee: interview"


def auxiliaries(main: str) -> tuple[str, ...]:
    """Return the ten auxiliary tasks of a main one."""
    return (*(task for task in MAINS if task != main), *AUXILIARIES)


@cache
def split_with_labels(seed: int) -> Split:
    """Split the documents of the genre; put cheap labels on what is learned from."""
    found = gum_split(GENRE, seed)
    return replace(found, train=with_cheap_labels(found.train, seed))


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    main, splits = config["main"], [split_with_labels(seed) for seed in seeds]
    found, data = fit_pair(main, config["arm"], splits, seeds, SETUP)
    return data.scores(found.best(main), main)


AUX_GUM = Experiment(
    name="aux-gum",
    question="Which auxiliary task helps chunking and dependency relations on GUM?",
    data=DATA,
    score="F1 of chunks, or words with the right relation, in per cent, in the genre and outside",
    configs=[
        {"main": main, "arm": arm} for main in MAINS for arm in (*CONTROLS, *auxiliaries(main))
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"main": "chunk", "arm": "single task"},
    columns=("inside", "outside"),
    corpus="gum",
    tolerance=GUM,
)


@cache
def _probes(main: str, seeds: tuple[int, ...]) -> list[dict[str, Probe]]:
    splits = [split_with_labels(seed) for seed in seeds]
    return joint_probes(main, auxiliaries(main), splits, seeds, SETUP, JOINT_UPDATES)


def _measure_joint(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return summary(_probes(config["main"], tuple(seeds)), config["aux"])


PAIRS: list[Config] = [{"main": main, "aux": aux} for main in MAINS for aux in auxiliaries(main)]

AUX_GUM_JOINT = Experiment(
    name="aux-gum-joint",
    question="How does each auxiliary task pull at the layers that it shares, on GUM?",
    data=DATA,
    score="cosine of the gradients; share of the main loss that a step for the other task takes",
    configs=PAIRS,
    seeds=range(5),
    measure=_measure_joint,
    cheap={"main": "chunk", "aux": "xpos"},
    columns=COLUMNS,
    corpus="gum",
)


def flat(sentences: Sequence[Sentence], task: str) -> list[str]:
    """Return the labels of a task on all words of some sentences."""
    return [label for sentence in sentences for label in sentence.tags[task]]


def forms(sentences: Sequence[Sentence]) -> list[str]:
    """Return all words of some sentences, in lower case."""
    return [word.lower() for sentence in sentences for word in sentence.words]


def pair_measures(main: str, aux: str, split: Split, setup: Setup) -> dict[str, float]:
    """Return every static predictor for a pair of tasks.

    What needs both labels is taken from the labelled sentences, what needs the auxiliary ones
    alone from the further ones.
    """
    first = split.train[: setup.labelled]
    further = split.train[setup.labelled : setup.labelled + setup.further]
    both = flat(first, main), flat(first, aux), forms(first)
    return measures(*both, flat(further, aux), forms(further))


def _measure_labels(config: Config, seeds: Sequence[int]) -> np.ndarray:
    found = [
        pair_measures(config["main"], config["aux"], split_with_labels(seed), SETUP)
        for seed in seeds
    ]
    return np.array([[one[name] for name in MEASURES] for one in found])


AUX_GUM_LABELS = Experiment(
    name="aux-gum-labels",
    question="What do the labels of main and auxiliary tasks on GUM say of each other?",
    data=DATA,
    score="entropies and mutual information in bits; numbers and shares",
    configs=PAIRS,
    seeds=range(5),
    measure=_measure_labels,
    cheap={"main": "chunk", "aux": "entity"},
    columns=MEASURES,
    corpus="gum",
)
