"""Chapter 5: hard and learned sharing on GUM, with auxiliary tasks that help and one that hurts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.data.sentences import Sentence
from mtlbook.experiments.ch03_hard_sharing.gum_hard import (
    EVERY,
    FURTHER,
    HIDDEN,
    LABELLED,
    LAYERS,
    MAIN,
    ROOM,
    SIZES,
    UPDATES,
)
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import ARMS, Arm, network
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.gum_deal import deal
from mtlbook.experiments.common.tagging import Deal, Lesson, Training, fit_lesson, span_scores
from mtlbook.models.sharing import hard, low_supervision
from mtlbook.training.mixing import beside
from mtlbook.training.taggers import FitTaggers

TUNING_GENRE = "vlog"
"""Short sentences: half the time of chapter 3's textbook."""
NONE = "none"
"""The auxiliary task of a single task."""
SHORT = LABELLED["100"]


def gum_lesson(
    arm: Arm, aux: str, genre: str, deals: Sequence[Deal]
) -> tuple[Lesson, list[list[Sentence]]]:
    """Return what an arm learns from, and the sentences whose words it may know.

    Args:
        arm: how its tasks share.
        aux: the auxiliary task, which is learned from further sentences alone.
        genre: of the sentences.
        deals: for each network, its sentences.
    """
    labelled = [d.train[:SHORT] for d in deals]
    further = [d.train[SHORT : SHORT + FURTHER[genre]] for d in deals]
    both = [one + other for one, other in zip(labelled, further, strict=True)]
    texts = labelled if arm.own_words else both
    if arm.tasks == 1:
        source = {"main": (labelled, (MAIN,))}
        return Lesson(source, hard((MAIN,), LAYERS), beside("main", [], UPDATES["100"])), texts
    routes = low_supervision({MAIN: LAYERS, aux: 1}) if arm.low else hard((MAIN, aux), LAYERS)
    sources = {"main": (labelled, (MAIN,)), "more": (further, (aux,))}
    return Lesson(sources, routes, beside("main", ["more"], UPDATES["100"])), texts


def gum_fit(
    arm: Arm, aux: str, genre: str, seeds: Sequence[int], lr: float
) -> tuple[FitTaggers, np.ndarray]:
    """Train an arm's networks on 100 sentences with chunks, and further ones with ``aux`` alone.

    Args:
        arm: how its tasks share.
        aux: the auxiliary task; ``none`` for a single one.
        genre: of the sentences.
        seeds: of the deals and of the networks.
        lr: step size of Adam.

    Returns:
        The networks, and F1 of chunks in per cent, inside and outside, ``(S, 2)``.

    Raises:
        ValueError: if a single task is given an auxiliary one, or two tasks are given none.
    """
    if (arm.tasks == 1) != (aux == NONE):
        raise ValueError(f"{arm.tasks} tasks, with the auxiliary task {aux!r}")
    deals = [deal(genre, seed) for seed in seeds]
    lesson, texts = gum_lesson(arm, aux, genre, deals)
    width = round(HIDDEN * arm.width)
    training = Training(ROOM, SIZES, lr, width, EVERY, build=network(arm))
    fit, encoders = fit_lesson(lesson, MAIN, texts, deals, seeds, training)
    judged = [d.test for d in deals], [d.outside for d in deals]
    scores = [span_scores(fit, encoders, MAIN, texts) for texts in judged]
    return fit, np.stack(scores, axis=1)


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
)
