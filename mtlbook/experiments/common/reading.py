"""What a reader learns from, what it is judged on, and how it is trained and scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from mtlbook.data.reading import Question
from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.data.reading_codes import CodedQuestions, Codes, all_words, encode
from mtlbook.data.reading_stream import ReadingStream
from mtlbook.evaluation.reading import exact_match
from mtlbook.models.reader import many_readers
from mtlbook.models.reader_heads import HEADS
from mtlbook.toy_reading import toy_reading, toy_search
from mtlbook.training.mixing import Schedule, together
from mtlbook.training.readers import train_readers
from mtlbook.training.reading_fit import FitReaders, Measure

TARGET = "target"
"""The source whose questions a reader is judged on."""
HALT, TEST = 100, 300
"""Questions to stop on, and to be judged on."""


@dataclass(frozen=True)
class ReadingDeal:
    """What a seed gives one reader; no text is in two of the parts.

    Attributes:
        sources: for each source its questions to learn from; one of them is the target.
        halt: questions to stop on.
        test: questions to be judged on.
        weights: for a source, what each of its questions counts; 1 where nothing is said.
    """

    sources: Mapping[str, Sequence[Question]]
    halt: Sequence[Question]
    test: Sequence[Question]
    weights: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadingSettings:
    """How readers are built and trained; the defaults were chosen on toy reading.

    Attributes:
        width: of the words' vectors.
        hidden: width of every layer.
        steps: looks of the answer module.
        drop: how likely one of them is left out in training.
        batch: questions in a batch of each source.
        lr: step size of Adam.
        hide: how often rare words are spelled out, see ``ReadingStream``.
        every: updates between two looks at the halting set.
        by: what is lowest when a reader is stopped.
        room: rows of the table of words. It is the same for every seed, so that what a reader
            starts from does not depend on those beside it.
        least: a word that occurs less often stays outside the vocabulary.
        longest: how many words an answer may have.
        double: whether to compute in double precision. In single precision, rounding grew in 300
            updates to several points of exact match, and another processor rounds otherwise; in
            double precision no score changed. It costs half as much again.
    """

    width: int = 16
    hidden: int = 24
    steps: int = 2
    drop: float = 0.1
    batch: int = 8
    lr: float = 0.01
    hide: float = 10.0
    every: int = 50
    by: Measure = "error"
    room: int = 1500
    least: int = 1
    longest: int = 8
    double: bool = True


@dataclass(frozen=True)
class Readers:
    """Trained readers, and what they need to read.

    Attributes:
        fit: what training found.
        codes: for each reader, the numbers of the words it knows.
        settings: how they were built and trained.
    """

    fit: FitReaders
    codes: list[Codes]
    settings: ReadingSettings

    def encode(self, parts: Sequence[Sequence[Question]]) -> list[CodedQuestions]:
        """Turn each reader's questions into its numbers."""
        return [encode(part, code) for part, code in zip(parts, self.codes, strict=True)]

    def answers(
        self, parts: Sequence[Sequence[Question]], by: Sequence[str] = ()
    ) -> list[list[str]]:
        """Return each reader's answers to its questions, as the passages have them."""
        spans = self.fit.predict(self.encode(parts), by, self.settings.longest)
        return [
            [question.cut(span) for question, span in zip(part, found, strict=True)]
            for part, found in zip(parts, spans, strict=True)
        ]

    def exact(self, parts: Sequence[Sequence[Question]], by: Sequence[str] = ()) -> np.ndarray:
        """Return each reader's exact match on its questions, in per cent, ``(S,)``."""
        return np.array(
            [
                100
                * np.mean([exact_match(a, q.answers) for a, q in zip(answers, part, strict=True)])
                for answers, part in zip(self.answers(parts, by), parts, strict=True)
            ]
        )


def fit_readers(
    deals: Sequence[ReadingDeal],
    seeds: Sequence[int],
    schedule: Schedule | int,
    settings: ReadingSettings | None = None,
    weights: Mapping[str, float] | None = None,
    change: Callable[[Iterator[ReadingBatch]], Iterator[ReadingBatch]] = iter,
) -> Readers:
    """Train a reader for each seed, all at once, and stop each where it is best.

    Args:
        deals: for each reader, what it learns from and is stopped on.
        seeds: the seed of each reader.
        schedule: the sources of each update, or how many updates the target alone makes.
        settings: how they are built and trained.
        weights: weight of each task's loss: ``span``, and the heads ``word``, ``sentence``,
            ``passage`` and ``verify``; by default ``span`` alone. A reader has the heads that
            are named, even with weight 0.
        change: makes of a source's batches those that are learned from; by default the same.

    Raises:
        ValueError: if the table has no room for a vocabulary.
    """
    settings = settings or ReadingSettings()
    weights = {"span": 1.0} if weights is None else weights
    updates = together(TARGET, [], schedule) if isinstance(schedule, int) else schedule
    codes = [
        Codes(all_words(q for part in deal.sources.values() for q in part), settings.least)
        for deal in deals
    ]
    if max(len(code) for code in codes) > settings.room:
        raise ValueError(f"no room for {max(len(c) for c in codes)} words: {settings.room}")
    wanted = {*weights, *(["word"] if "verify" in weights else [])}  # it needs the words' head
    heads = [head for head in HEADS if head in wanted]
    model = many_readers(
        seeds,
        settings.room,
        settings.width,
        settings.hidden,
        settings.steps,
        heads,
        torch.float64 if settings.double else torch.float32,
    )
    used = dict.fromkeys(source for update in updates for source in update)
    streams = {
        name: change(
            ReadingStream(
                [
                    encode(deal.sources[name], code, deal.weights.get(name))
                    for deal, code in zip(deals, codes, strict=True)
                ],
                settings.batch,
                [3 * seed + number for seed in seeds],
                settings.hide,
            )
        )
        for number, name in enumerate(used)
    }
    fit = train_readers(
        model,
        streams,
        updates,
        [encode(deal.halt, code) for deal, code in zip(deals, codes, strict=True)],
        lr=settings.lr,
        seeds=seeds,
        weights=weights,
        drop=settings.drop,
        every=settings.every,
        by=settings.by,
    )
    return Readers(fit, codes, settings)


def toy_deal(
    seed: int,
    n: int,
    sources: Mapping[str, Sequence[Question]] | None = None,
    *,
    new_wording: bool = False,
) -> ReadingDeal:
    """Deal questions on one passage: ``n`` to learn from, 100 to stop on, 300 to be judged on.

    Args:
        seed: another seed gives other questions in every part.
        n: questions of the target to learn from; more questions never change earlier ones.
        sources: further questions to learn from, by the names of their sources.
        new_wording: whether also the wording of the last two parts is held out; their names are.
    """
    learned = {TARGET: toy_reading(n, seed=3 * seed), **(sources or {})}
    halt, test = (
        toy_reading(size, seed=3 * seed + part, new_names=True, new_wording=new_wording)
        for part, size in ((1, HALT), (2, TEST))
    )
    return ReadingDeal(learned, halt, test)


def search_deal(seed: int, n: int, *, new_wording: bool = False, **dials: Any) -> ReadingDeal:
    """Deal questions on several passages, as :func:`toy_deal` does.

    Args:
        seed: another seed gives other questions in every part.
        n: questions to learn from.
        new_wording: whether also the wording of the last two parts is held out; their names are.
        dials: of :func:`mtlbook.toy_reading.toy_search`, the same for all parts.
    """
    halt, test = (
        toy_search(size, seed=3 * seed + part, new_names=True, new_wording=new_wording, **dials)
        for part, size in ((1, HALT), (2, TEST))
    )
    return ReadingDeal({TARGET: toy_search(n, seed=3 * seed, **dials)}, halt, test)
