"""Chapter 11: one main task, one auxiliary task on further sentences, and the controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import Encoder
from mtlbook.evaluation.spans import span_f1, token_accuracy
from mtlbook.experiments.common.tagging import Deal, Lesson, Training, fit_lesson
from mtlbook.models.sharing import hard
from mtlbook.training.mixing import beside
from mtlbook.training.taggers import FitTaggers

CONTROLS = ("single task", "all words", "twice the updates", "copied", "own labels")
"""Arms without an auxiliary task: the baseline, which knows the words of its own sentences; the
same with the words of the further sentences as well; the baseline trained twice as long, and with
two heads for one set of labels; and the main task's own labels on the further sentences, which is
as good as an auxiliary task can be."""
ALONE = ("single task", "all words", "twice the updates")


@dataclass(frozen=True)
class Setup:
    """What all arms of a problem have in common.

    Attributes:
        labelled: sentences that carry the main task; they are the first of each deal.
        further: sentences behind these, which carry the auxiliary task alone.
        updates: of the single task; every arm has as many main batches, but the one that is
            trained twice as long.
        layers: of the network, all of them shared.
        training: batch sizes, width, step size.
    """

    labelled: int
    further: int
    updates: int
    layers: int
    training: Training


def pair_lesson(main: str, arm: str, deals: Sequence[Deal], setup: Setup) -> Lesson:
    """Return what an arm learns from: equal main updates, auxiliary batches on top.

    Args:
        main: the main task.
        arm: one of :data:`CONTROLS`, or the auxiliary task.
        deals: for each network, its sentences.
        setup: how many of them carry which task.

    Raises:
        ValueError: if the auxiliary task is the main task; its labels on the further sentences
            are the arm ``own labels``.
    """
    if arm == main:
        raise ValueError(f"{main!r} beside itself: that is the arm 'own labels'")
    first = [d.train[: setup.labelled] for d in deals]
    further = [d.train[setup.labelled : setup.labelled + setup.further] for d in deals]
    updates = setup.updates * (2 if arm == "twice the updates" else 1)
    if arm in ALONE:
        routes = hard((main,), setup.layers)
        return Lesson({"main": (first, (main,))}, routes, beside("main", [], updates))
    if arm == "copied":
        twice: list[list[Sentence]] = [
            [replace(s, tags={**s.tags, "copy": s.tags[main]}) for s in part] for part in first
        ]
        routes = hard((main, "copy"), setup.layers)
        return Lesson({"main": (twice, (main, "copy"))}, routes, beside("main", [], updates))
    aux = main if arm == "own labels" else arm
    routes = hard(tuple(dict.fromkeys((main, aux))), setup.layers)
    sources = {"main": (first, (main,)), "more": (further, (aux,))}
    return Lesson(sources, routes, beside("main", ["more"], updates))


def known_texts(arm: str, deals: Sequence[Deal], setup: Setup) -> list[list[Sentence]]:
    """Return the sentences whose words an arm knows.

    These are the labelled ones, and the further ones too where something is learned from them.
    A word that is known but never seen with a label keeps the vector that it was drawn with, and
    the single task is worse for it; the arm ``all words`` says by how much.
    """
    own = arm in ("single task", "twice the updates", "copied")
    return [d.train[: setup.labelled + (0 if own else setup.further)] for d in deals]


def tag_scores(
    fit: FitTaggers, encoders: Sequence[Encoder], task: str, texts: Sequence[Sequence[Sentence]]
) -> np.ndarray:
    """Return F1 of spans in per cent, or the share of right labels where a task has no spans.

    Args:
        fit: networks that were kept for the task.
        encoders: for each network, its vocabulary.
        task: a task whose labels begin with ``B-`` or ``I-`` marks spans.
        texts: for each network, what it is judged on.

    Returns:
        A score for each network, ``(S,)``.
    """
    labels = encoders[0].labels[task]
    score = span_f1 if any(label.startswith("B-") for label in labels) else token_accuracy
    parts = [encoder.encode(text) for encoder, text in zip(encoders, texts, strict=True)]
    found = fit.predict(parts, task, labels)
    return np.array(
        [100 * score([s.tags[task] for s in text], tags)
         for text, tags in zip(texts, found, strict=True)]
    )  # fmt: skip


def fit_pair(
    main: str, arm: str, deals: Sequence[Deal], seeds: Sequence[int], setup: Setup
) -> tuple[FitTaggers, list[Encoder]]:
    """Train an arm on each seed, and stop each network where it is best at the main task."""
    lesson = pair_lesson(main, arm, deals, setup)
    return fit_lesson(lesson, main, known_texts(arm, deals, setup), deals, seeds, setup.training)
