"""Chapter 5: hard and learned sharing on GUM, with auxiliary tasks that help and one that hurts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.evaluation.information import entropy
from mtlbook.experiments.ch03_hard_sharing.gum_hard import (
    EVERY,
    FURTHER,
    GENRES,
    HIDDEN,
    LABELLED,
    MAIN,
    SIZES,
    UPDATES,
    VOCABULARY,
)
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import (
    ARMS,
    WEIGHTS,
    Arm,
    mixing_weights,
    network_of,
)
from mtlbook.experiments.common.gum_split import gum_split
from mtlbook.experiments.common.tagging import Plan, Source, TaggingData, train
from mtlbook.experiments.common.tolerances import GUM
from mtlbook.models.networks import Networks
from mtlbook.runs.base import Config, Experiment, Tolerance, grid
from mtlbook.runs.tuning import settings

TUNING_GENRE = "vlog"
"""Short sentences: half the time of chapter 3's textbook."""
NONE = "none"
"""The auxiliary task of a single task."""
SHORT = LABELLED["100"]


def gum_fit(
    arm: Arm, aux: str, genre: str, seeds: Sequence[int], lr: float
) -> tuple[Networks, np.ndarray]:
    """Train an arm's networks on 100 sentences with chunks, and further ones with ``aux`` alone.

    Args:
        arm: how its tasks share.
        aux: the auxiliary task; ``none`` for a single one.
        genre: of the sentences.
        seeds: of the splits and of the networks.
        lr: learning rate of Adam.

    Returns:
        The networks, and F1 of chunks in per cent, inside and outside, ``(S, 2)``.

    Raises:
        ValueError: if a single task is given an auxiliary one, or two tasks are given none.
    """
    if (arm.tasks == 1) != (aux == NONE):
        raise ValueError(f"{arm.tasks} tasks, with the auxiliary task {aux!r}")
    splits = [gum_split(genre, seed) for seed in seeds]
    main = Source([d.train[:SHORT] for d in splits], (MAIN,))
    more = Source([d.train[SHORT : SHORT + FURTHER[genre]] for d in splits], (aux,))
    known = [d.train[: SHORT + (0 if arm.own_words else FURTHER[genre])] for d in splits]
    sources = {"main": main} if arm.tasks == 1 else {"main": main, "more": more}
    data = TaggingData(splits, sources, VOCABULARY, known)
    found = train(
        data,
        lambda: network_of(arm, data, HIDDEN),
        UPDATES["100"],
        seeds,
        Plan([MAIN], SIZES, lr, EVERY),
    )
    networks = found.best(MAIN)
    return networks, data.scores(networks, MAIN)


def cells(names: Sequence[str], tasks: Sequence[str], genres: Sequence[str]) -> list[Config]:
    """Return every arm with every auxiliary task, single tasks once, on all genres."""
    return [
        {"arm": name, "aux": aux, "genre": genre}
        for aux in (NONE, *tasks)
        for name in names
        for genre in genres
        if (ARMS[name].tasks == 1) == (aux == NONE)
    ]


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return gum_fit(ARMS[config["arm"]], config["aux"], config["genre"], seeds, config["lr"])[1]


GUM_SLUICE_TUNING = Experiment(
    name="gum-sluice-tuning",
    question="Which step size suits each way of sharing on a genre that is not reported?",
    data="UD English-GUM, commit afb41ee: vlog",
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=[
        {**cell, "lr": lr}
        for cell in cells(list(ARMS), ("xpos",), [TUNING_GENRE])
        for lr in (0.006, 0.015, 0.04)
    ],
    seeds=range(100, 103),
    measure=_measure_tuning,
    cheap={"arm": "single task", "aux": NONE, "genre": TUNING_GENRE, "lr": 0.015},
    columns=("inside", "outside"),
    corpus="gum",
    tolerance=GUM,
)

SETTINGS = settings("gum-sluice-tuning", "lr", "inside", arms="arm", instead={"all words": 0.015})
"""Step size of each arm, beside parts of speech. With ``all words`` .04 was .1 better, on three
seeds."""


def _of(config: Config, seeds: Sequence[int]) -> tuple[Networks, np.ndarray]:
    arm = config["arm"]
    return gum_fit(ARMS[arm], config["aux"], config["genre"], seeds, SETTINGS[arm])


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return _of(config, seeds)[1]


def _measure_learned(config: Config, seeds: Sequence[int]) -> np.ndarray:
    networks, scores = _of(config, seeds)
    return np.concatenate([scores, mixing_weights(networks)], axis=1)


REPORTED = GENRES[:3]  # a fourth would take another third of the time
SINGLE = [name for name, arm in ARMS.items() if arm.tasks == 1]
DATA = "UD English-GUM, commit afb41ee: news, interview, conversation"

GUM_SLUICE = Experiment(
    name="gum-sluice",
    question="What do ways of sharing bring to chunking on GUM, and cost?",
    data=DATA,
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=[
        *cells(SINGLE, (), REPORTED),
        *cells(["hard sharing"], ["xpos", "named", "deprel"], REPORTED),
        *cells(
            ["low supervision", "private trunks", "sluice, α frozen"], ["xpos", "named"], REPORTED
        ),
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "single task", "aux": NONE, "genre": "conversation"},
    columns=("inside", "outside"),
    corpus="gum",
    tolerance=GUM,
)

GUM_SLUICE_LEARNED = Experiment(
    name="gum-sluice-learned",
    question="What do cross-stitch and sluice networks bring on GUM, and what are their weights?",
    data=DATA,
    score="F1 of chunks in per cent, in the genre and outside of it; weights of α and β",
    configs=[
        *cells(["sluice"], ["xpos", "named", "deprel"], REPORTED),
        *cells(["cross-stitch"], ["xpos", "named"], REPORTED),
    ],
    seeds=range(5),
    measure=_measure_learned,
    cheap={"arm": "cross-stitch", "aux": "xpos", "genre": "conversation"},
    columns=("inside", "outside", *WEIGHTS),
    corpus="gum",
    # Without AVX α of a seed ended .06 away as a rule, .13 at most.
    tolerance=Tolerance(0.02, least={"inside": 3.0, "outside": 3.0} | dict.fromkeys(WEIGHTS, 0.15)),
)


def _measure_entropy(config: Config, seeds: Sequence[int]) -> np.ndarray:
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
    measure=_measure_entropy,
    cheap={"task": "named", "genre": "news"},
    columns=("entropy", "labels"),
    corpus="gum",
)
