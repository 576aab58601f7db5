"""Chapter 9: S-Net's last step, writing a well-formed answer from question and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import torch

from mtlbook.data.reading import Question, Span
from mtlbook.data.reading_codes import Codes, all_words, encode
from mtlbook.data.reading_stream import ReadingStream
from mtlbook.data.writing import CodedAnswers, Words, code_answers
from mtlbook.data.writing_batches import WritingStream
from mtlbook.evaluation.overlap import bleu_1, mean_rouge_l
from mtlbook.evaluation.reading import exact_match
from mtlbook.experiments.common.reading import TARGET, Readers, ReadingDeal, ReadingSettings
from mtlbook.models.writer import many_writers
from mtlbook.training.writers import FitWriters, Reading, train_writers

METRICS = ("ROUGE-L", "BLEU-1", "exact")


@dataclass(frozen=True)
class WritingSettings:
    """How writers are built and trained; the defaults were chosen on toy reading.

    Attributes:
        width: of the words' vectors.
        hidden: width of every layer.
        batch: questions in a batch.
        lr: step size of Adam.
        hide: how often rare words are spelled out, see ``WritingStream``.
        every: updates between two looks at the halting set.
        room: rows of the table of words that are read, the same for every seed.
        words: how many words can be written without copying, the same for every seed.
        longest: how many words an answer may have.
        double: whether to compute in double precision.
    """

    width: int = 16
    hidden: int = 24
    batch: int = 16
    lr: float = 0.01
    hide: float = 10.0
    every: int = 50
    room: int = 1500
    words: int = 600
    longest: int = 14
    double: bool = True


@dataclass(frozen=True)
class Writers:
    """Trained writers, and what they need to write.

    Attributes:
        fit: what training found.
        codes: for each writer, the numbers of the words it reads.
        words: for each writer, the words it can write without copying.
        settings: how they were built and trained.
    """

    fit: FitWriters
    codes: list[Codes]
    words: list[Words]
    settings: WritingSettings

    @property
    def readers(self) -> Readers:
        """The readers that share the writers' encoder.

        Raises:
            ValueError: if they were trained without.
        """
        if self.fit.readers is None:
            raise ValueError("these writers share their encoder with no readers")
        return Readers(self.fit.readers, self.codes, ReadingSettings())

    def encode(
        self,
        parts: Sequence[Sequence[Question]],
        spans: Sequence[Sequence[Span]] | None = None,
    ) -> list[CodedAnswers]:
        """Turn each writer's questions, and their evidence, into its numbers."""
        evidence = [None] * len(parts) if spans is None else spans
        groups = zip(parts, self.codes, self.words, evidence, strict=True)
        return [code_answers(part, code, words, found) for part, code, words, found in groups]

    def write(
        self,
        parts: Sequence[Sequence[Question]],
        spans: Sequence[Sequence[Span]] | None = None,
    ) -> list[list[str]]:
        """Return each writer's answers to its questions.

        Args:
            parts: for each writer, its questions.
            spans: for each of these, the evidence, such as readers predict; by default the gold.
        """
        return self.fit.write(self.encode(parts, spans), self.settings.longest)


def fit_writers(
    deals: Sequence[ReadingDeal],
    seeds: Sequence[int],
    updates: int,
    settings: WritingSettings | None = None,
    *,
    copy: bool = True,
    shared: float | None = None,
) -> Writers:
    """Train a writer for each seed on gold evidence, all at once; stop each where it is best.

    Args:
        deals: for each writer, the questions of the target, and those it is stopped on.
        seeds: the seed of each writer.
        updates: how many updates are made.
        settings: how they are built and trained.
        copy: whether they can copy.
        shared: trains readers with the same encoder beside the writers, a batch of each in every
            update; the loss is that of the span plus ``shared`` times that of writing.

    Raises:
        ValueError: if a table has no room for a vocabulary.
    """
    settings = settings or WritingSettings()
    learned = [deal.sources[TARGET] for deal in deals]
    codes = [Codes(all_words(part)) for part in learned]
    if max(map(len, codes)) > settings.room:
        raise ValueError(f"no room for {max(map(len, codes))} words: {settings.room}")
    words = [Words((q.well_formed[0] for q in part), settings.words) for part in learned]
    reading = None
    as_reader = ReadingSettings()
    if shared is not None:
        coded = [encode(part, code) for part, code in zip(learned, codes, strict=True)]
        stream = ReadingStream(coded, as_reader.batch, [3 * s for s in seeds], as_reader.hide)
        halt = [encode(deal.halt, code) for deal, code in zip(deals, codes, strict=True)]
        reading = Reading(stream, halt, shared, as_reader.drop)
    model = many_writers(
        seeds,
        settings.room,
        settings.words,
        settings.width,
        settings.hidden,
        copy,
        None if shared is None else as_reader.steps,
        torch.float64 if settings.double else torch.float32,
    )

    def coded_answers(parts: Sequence[Sequence[Question]]) -> list[CodedAnswers]:
        return [code_answers(p, c, w) for p, c, w in zip(parts, codes, words, strict=True)]

    fit = train_writers(
        model,
        WritingStream(coded_answers(learned), settings.batch, seeds, settings.hide),
        updates,
        coded_answers([deal.halt for deal in deals]),
        lr=settings.lr,
        seeds=seeds,
        every=settings.every,
        reading=reading,
    )
    return Writers(fit, codes, words, settings)


def score_answers(
    answers: Sequence[Sequence[str]], parts: Sequence[Sequence[Question]]
) -> np.ndarray:
    """Score written answers against the well-formed ones, in per cent.

    Args:
        answers: for each of ``S`` writers, an answer to each of its questions.
        parts: the questions.

    Returns:
        ROUGE-L, BLEU-1 and exact match, ``(S, 3)``, see :data:`METRICS`.
    """
    found = []
    for written, part in zip(answers, parts, strict=True):
        wanted = [question.well_formed for question in part]
        exact = fmean(exact_match(a, w) for a, w in zip(written, wanted, strict=True))
        found.append([mean_rouge_l(written, wanted), bleu_1(written, wanted), exact])
    return 100 * np.array(found)


def copied_spans(
    parts: Sequence[Sequence[Question]], spans: Sequence[Sequence[Span]] | None = None
) -> list[list[str]]:
    """Return the evidence itself as the answer: the baseline of all writers."""
    if spans is None:
        return [[question.cut(question.spans[0]) for question in part] for part in parts]
    return [
        [question.cut(span) for question, span in zip(part, found, strict=True)]
        for part, found in zip(parts, spans, strict=True)
    ]
