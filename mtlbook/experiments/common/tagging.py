"""What a tagger learns from, what it is judged on, and its score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from mtlbook.data.batches import Stream
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import SHAPES, Encoder, tag_sets
from mtlbook.evaluation.spans import span_f1
from mtlbook.models.many_taggers import many_taggers
from mtlbook.models.sharing import Routes
from mtlbook.models.tagger import Routed
from mtlbook.training.mixing import Schedule
from mtlbook.training.taggers import FitTaggers, fit_taggers


@dataclass(frozen=True)
class Deal:
    """What a seed gives one network; no document is in two of the four parts.

    Attributes:
        train: sentences in random order; the first ones are the main task's.
        halt: sentences to stop on.
        test: sentences of the same genre.
        outside: sentences of other domains.
    """

    train: list[Sentence]
    halt: list[Sentence]
    test: list[Sentence]
    outside: list[Sentence]


@dataclass(frozen=True)
class Lesson:
    """What the networks learn from, how long, and what they share.

    Attributes:
        sources: for each source its sentences, for each network; and the tasks it teaches.
        routes: for each task the layers it goes through.
        schedule: the sources of each update.
    """

    sources: Mapping[str, tuple[Sequence[Sequence[Sentence]], tuple[str, ...]]]
    routes: Routes
    schedule: Schedule


@dataclass(frozen=True)
class Training:
    """How the networks learn.

    Attributes:
        room: rows of the tables of words and of suffixes. It is the same for every seed, so that
            what a network starts from does not depend on those beside it.
        sizes: sentences in a batch of each source.
        lr: step size of Adam.
        hidden: width of each direction of a layer.
        every: updates between two looks at the sentences to stop on.
        penalty: on all networks together, see :func:`mtlbook.training.taggers.fit_taggers`.
        build: makes the networks.
    """

    room: tuple[int, int]
    sizes: Mapping[str, int]
    lr: float
    hidden: int
    every: int
    penalty: Callable[[Routed], Tensor] | None = None
    build: Callable[..., Routed] = many_taggers


def fit_lesson(
    lesson: Lesson,
    main: str,
    texts: Sequence[Sequence[Sentence]],
    deals: Sequence[Deal],
    seeds: Sequence[int],
    training: Training,
) -> tuple[FitTaggers, list[Encoder]]:
    """Train a tagger for each seed, and stop it where it is best at the main task.

    Args:
        lesson: what they learn.
        main: the main task.
        texts: for each network, the sentences whose words it may know.
        deals: for each network, what it is stopped on.
        seeds: the seed of each network.
        training: how they learn.

    Returns:
        The networks, and what turns sentences into numbers for each of them.

    Raises:
        ValueError: if the tables have no room for a vocabulary.
    """
    tasks = tuple(lesson.routes)
    everything = [s for parts, _ in lesson.sources.values() for part in parts for s in part]
    judged = [s for d in deals for s in (*d.halt, *d.test, *d.outside)]
    labels = tag_sets([*everything, *judged], tasks)
    encoders = [Encoder(text, labels) for text in texts]
    for encoder in encoders:
        if encoder.sizes[0] > training.room[0] or encoder.sizes[1] > training.room[1]:
            raise ValueError(f"no room for {encoder.sizes[:2]} words and suffixes: {training.room}")
    numbers = {task: len(labels[task]) for task in tasks}
    tables = (*training.room, len(SHAPES))
    model = training.build(seeds, tables, numbers, lesson.routes, hidden=training.hidden)
    streams = {
        name: Stream(
            [encoder.encode(part) for encoder, part in zip(encoders, parts, strict=True)],
            taught,
            training.sizes[name],
            [2 * seed + number for seed in seeds],
        )
        for number, (name, (parts, taught)) in enumerate(lesson.sources.items())
    }
    halt = [e.encode(d.halt) for e, d in zip(encoders, deals, strict=True)]
    fit = fit_taggers(
        model,
        streams,
        lesson.schedule,
        halt,
        lr=training.lr,
        keep=[main],
        every=training.every,
        penalty=training.penalty,
    )
    return fit, encoders


def span_scores(
    fit: FitTaggers, encoders: Sequence[Encoder], main: str, texts: Sequence[Sequence[Sentence]]
) -> np.ndarray:
    """Return the F1 of each network's spans on its own sentences, in per cent, ``(S,)``."""
    parts = [encoder.encode(text) for encoder, text in zip(encoders, texts, strict=True)]
    found = fit.predict(parts, main, encoders[0].labels[main])
    pairs = zip(texts, found, strict=True)
    return np.array([100 * span_f1([s.tags[main] for s in text], tags) for text, tags in pairs])


def score_lesson(
    lesson: Lesson,
    main: str,
    texts: Sequence[Sequence[Sentence]],
    deals: Sequence[Deal],
    seeds: Sequence[int],
    training: Training,
) -> np.ndarray:
    """Train as :func:`fit_lesson` does; return F1 in per cent, inside and outside, ``(S, 2)``."""
    fit, encoders = fit_lesson(lesson, main, texts, deals, seeds, training)
    judged = [deal.test for deal in deals], [deal.outside for deal in deals]
    return np.stack([span_scores(fit, encoders, main, texts) for texts in judged], axis=1)
