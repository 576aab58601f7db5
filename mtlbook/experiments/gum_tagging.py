"""Taggers on GUM: how documents are dealt out, what an arm learns from, and its score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mtlbook.data.batches import Stream
from mtlbook.data.gum import load_gum
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import Encoder, tag_sets
from mtlbook.evaluation.spans import span_f1
from mtlbook.models.many_taggers import many_taggers
from mtlbook.models.sharing import Routes
from mtlbook.training.mixing import Schedule
from mtlbook.training.taggers import fit_taggers

MAIN = "chunk"
TEST, HALT = 150, 60
"""Sentences to test on and to stop on; those of further documents are to train on."""
OUTSIDE = ("academic", "bio", "court", "speech", "voyage")
"""Genres that nothing is trained or tuned on, 40 sentences each."""


@dataclass(frozen=True)
class Deal:
    """What a seed gives one network; no document is in two of the four parts.

    Attributes:
        train: sentences in random order; the first ones are the main task's.
        halt: sentences to stop on.
        test: sentences of the same genre.
        outside: sentences of the genres in ``OUTSIDE``.
    """

    train: list[Sentence]
    halt: list[Sentence]
    test: list[Sentence]
    outside: list[Sentence]


@cache
def _genre(name: str) -> tuple[Sentence, ...]:
    return tuple(load_gum([name]))


def deal(genre: str, seed: int) -> Deal:
    """Deal the documents of a genre out at random to testing, stopping and training.

    Documents go to the test until they have ``TEST`` sentences, which are drawn from them; then
    to stopping likewise; all others to training.
    """
    draw = np.random.default_rng([5, seed])
    sentences = _genre(genre)
    documents = sorted({sentence.document for sentence in sentences})
    waiting = [documents[i] for i in draw.permutation(len(documents))]

    def take(number: int) -> list[Sentence]:
        found: list[Sentence] = []
        while len(found) < number:
            document = waiting.pop()
            found += [s for s in sentences if s.document == document]
        return [found[i] for i in draw.permutation(len(found))[:number]]

    test, halt = take(TEST), take(HALT)
    rest = [sentence for sentence in sentences if sentence.document in waiting]
    outside = []
    for other in OUTSIDE:
        there = _genre(other)
        outside += [there[i] for i in draw.permutation(len(there))[:40]]
    return Deal([rest[i] for i in draw.permutation(len(rest))], halt, test, outside)


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


def score_lesson(
    lesson: Lesson,
    texts: Sequence[Sequence[Sentence]],
    deals: Sequence[Deal],
    seeds: Sequence[int],
    *,
    sizes: Mapping[str, int],
    lr: float,
    hidden: int,
    every: int,
) -> np.ndarray:
    """Train a tagger for each seed and score its chunks.

    Args:
        lesson: what they learn.
        texts: for each network, the sentences whose words it may know.
        deals: for each network, what it is stopped and tested on.
        seeds: the seed of each network.
        sizes: sentences in a batch of each source.
        lr: step size of Adam.
        hidden: width of each direction of a layer.
        every: updates between two looks at the sentences to stop on.

    Returns:
        F1 of chunks, in per cent, in the genre and outside of it, ``(S, 2)``.
    """
    tasks = tuple(lesson.routes)
    everything = [s for parts, _ in lesson.sources.values() for part in parts for s in part]
    labels = tag_sets([*everything, *(s for d in deals for s in (*d.halt, *d.test, *d.outside))],
                      tasks)  # fmt: skip
    encoders = [Encoder(text, labels) for text in texts]
    # Networks side by side have tables of one size; what is beyond a vocabulary is never used.
    widest = [max(sizes) for sizes in zip(*(e.sizes for e in encoders), strict=True)]
    model = many_taggers(seeds, widest, {task: len(labels[task]) for task in tasks}, lesson.routes,
                         hidden=hidden)  # fmt: skip
    streams = {
        name: Stream(
            [encoder.encode(part) for encoder, part in zip(encoders, parts, strict=True)],
            taught,
            sizes[name],
            [2 * seed + number for seed in seeds],
        )
        for number, (name, (parts, taught)) in enumerate(lesson.sources.items())
    }
    halt = [e.encode(d.halt) for e, d in zip(encoders, deals, strict=True)]
    result = fit_taggers(
        model, streams, lesson.schedule, halt, lr=lr, keep=[MAIN], every=every
    )  # fmt: skip
    scores = []
    for part in ("test", "outside"):
        own = [getattr(d, part) for d in deals]
        parts = [e.encode(text) for e, text in zip(encoders, own, strict=True)]
        found = result.predict(parts, MAIN, labels[MAIN])
        scores.append([100 * span_f1([s.tags[MAIN] for s in text], tags)
                       for text, tags in zip(own, found, strict=True)])  # fmt: skip
    return np.array(scores).T
