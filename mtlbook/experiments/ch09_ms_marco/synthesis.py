"""Chapter 9: S-Net's last step, writing a well-formed answer from question and evidence.

Is writing a stage behind reading, or a task beside it?
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from statistics import fmean

import numpy as np
from torch import Tensor

from mtlbook.data.reading import Question, Span
from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.data.writing import CodedAnswers, Words, WritingBatch, WritingStream, code_answers
from mtlbook.evaluation.reading import bleu_1, exact_match, mean_rouge_l
from mtlbook.experiments.common.reading import (
    TARGET,
    TEST,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
    toy_split,
)
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.writer import Writer, texts, writing_error, writing_loss
from mtlbook.runs.base import Config, Experiment
from mtlbook.toy_reading import toy_reading
from mtlbook.training.loop import Fit, adam, fit
from mtlbook.training.reading import span_loss, spans

METRICS = ("ROUGE-L", "BLEU-1", "exact")


@dataclass(frozen=True)
class WritingSettings(ReadingSettings):
    """How writers are built and trained, as readers are; the defaults were chosen on toy reading.

    The words that they read, and the precision, are those of the readers that they stand beside.

    Attributes:
        words: how many words can be written without copying, the same for every seed.
    """

    batch: int = 16
    longest: int = 14
    words: int = 600


class WritingData:
    """What ``S`` writers learn from, as numbers, and how they are asked.

    Args:
        data: the questions of the target, and those that writers are stopped on, as readers see
            them.
        settings: how writers are built and trained.

    Attributes:
        words: for each writer, the words it can write without copying.
    """

    def __init__(self, data: ReadingData, settings: WritingSettings | None = None) -> None:
        self.data, self.settings = data, settings or WritingSettings()
        self.words = [
            Words((q.well_formed[0] for q in one.sources[TARGET]), self.settings.words)
            for one in data.splits
        ]

    def encode(
        self,
        parts: Sequence[Sequence[Question]],
        evidence: Sequence[Sequence[Span]] | None = None,
    ) -> list[CodedAnswers]:
        """Turn each writer's questions, and their evidence, into its numbers."""
        given = [None] * len(parts) if evidence is None else evidence
        groups = zip(parts, self.data.codes, self.words, given, strict=True)
        return [code_answers(part, codes, words, found) for part, codes, words, found in groups]

    def write(
        self,
        writers: Networks,
        parts: Sequence[Sequence[Question]],
        evidence: Sequence[Sequence[Span]] | None = None,
    ) -> list[list[str]]:
        """Return each writer's answers to its questions.

        Args:
            writers: ``S`` writers.
            parts: for each writer, its questions.
            evidence: for each of these, a span, such as readers predict; by default the gold one.
        """
        return texts(writers, self.encode(parts, evidence), self.settings.longest)


def readers_of(writers: Networks) -> Networks:
    """Return the readers that share the writers' encoder."""
    return Networks([writers[s].reader for s in range(len(writers))], writers.seeds)  # type: ignore[misc]


def fit_writers(
    writing: WritingData, updates: int, *, copy: bool = True, shared: float | None = None
) -> Fit:
    """Train a writer for each seed on gold evidence, all at once; stop each where it is best.

    Args:
        writing: what they learn from and are stopped on.
        updates: how many updates are made.
        copy: whether they can copy.
        shared: trains readers with the same encoder beside the writers, a batch of each in every
            update; the loss is that of the span plus ``shared`` times that of writing.

    Returns:
        The writers, best by ``writing``; those with readers also where these are best by
        ``error``, see :func:`readers_of`.
    """
    data, settings = writing.data, writing.settings
    as_reader = data.settings
    steps = None if shared is None else as_reader.steps

    def build() -> Writer:
        size = settings.width, settings.hidden
        return Writer(as_reader.vocabulary, settings.words, *size, copy, steps)

    def losses(writer: Writer, batch: WritingBatch) -> dict[str, Tensor]:
        return {"writing": writing_loss(writer, batch).mean()}

    def both(writer: Writer, batch: tuple[WritingBatch, ReadingBatch]) -> dict[str, Tensor]:
        assert writer.reader is not None
        span = span_loss(writer.reader(batch[1]), batch[1]).mean()
        return {"writing": (shared or 0) * writing_loss(writer, batch[0]).mean(), "span": span}

    learned = writing.encode([one.sources[TARGET] for one in data.splits])
    stream = WritingStream(learned, settings.batch, data.seeds, settings.hide)
    error = writing_error(writing.encode([one.validation for one in data.splits]))
    writers = from_seeds(build, data.seeds, as_reader.dtype)
    optimiser = adam(writers, settings.lr)
    if shared is None:
        batches = islice(stream, updates)
        return fit(writers, batches, losses, optimiser, validate=error, every=settings.every)
    return fit(
        writers,
        zip(stream, data.batches(updates), strict=False),
        both,
        optimiser,
        validate=lambda found: error(found) | data.error(readers_of(found)),
        every=settings.every,
    )


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


LEARNED, UPDATES = 400, 300
"""Questions to learn from, and updates of each arm."""
LONGEST = 8
"""Words that a predicted span may have."""
ARMS = ("span", "copying", "shared", "softmax")
"""The span itself; writers that copy; the same with the readers' encoder; without copying."""
PARTS = ("gold", "predicted", "known")
"""Gold and predicted evidence for questions with new names; gold evidence, known names."""


@lru_cache(maxsize=2)
def _data(seeds: tuple[int, ...]) -> ReadingData:
    return ReadingData([toy_split(seed, LEARNED) for seed in seeds], seeds)


@lru_cache(maxsize=2)
def _readers(seeds: tuple[int, ...], updates: int) -> Networks:
    readers: Networks = fit_readers(_data(seeds), updates).best("error")
    return readers


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm, updates, seeds = config["arm"], config["updates"], tuple(seeds)
    data = _data(seeds)
    writing = WritingData(data)

    def write(
        parts: Sequence[Sequence[Question]], evidence: Sequence[Sequence[Span]] | None = None
    ) -> list[list[str]]:
        if arm == "span":
            return copied_spans(parts, evidence)
        return writing.write(writers, parts, evidence)

    if arm == "shared":
        found = fit_writers(writing, updates, shared=1.0)
        writers, readers = found.best("writing"), readers_of(found.best("error"))
    else:
        readers = _readers(seeds, updates)
        if arm != "span":
            writers = fit_writers(writing, updates, copy=arm != "softmax").best("writing")
    new = data.tests
    old = [toy_reading(TEST, seed=3 * seed + 2) for seed in seeds]
    scores = [
        score_answers(write(new), new),
        score_answers(write(new, spans(readers, data.encode(new), longest=LONGEST)), new),
        score_answers(write(old), old),
    ]
    return np.column_stack([*scores, data.exact(readers, new)])


SYNTHESIS = Experiment(
    name="synthesis",
    question="What does writing an answer add to the span, and may it share the reader's encoder?",
    data="generated: mtlbook.toy_reading",
    score="per cent, of answers from gold and from predicted evidence to questions with new names, "
    "and from gold evidence with known names; exact match of the reader's spans",
    configs=[*({"arm": arm, "updates": UPDATES} for arm in ARMS), {"arm": "span", "updates": 50}],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "span", "updates": 50},
    columns=(*(f"{metric} {part}" for part in PARTS for metric in METRICS), "reader"),
    block=5,
)
