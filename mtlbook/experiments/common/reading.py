"""What a reader learns from, what it is judged on, and how it is trained and scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from torch import nn

from mtlbook.data.reading import CodedQuestions, Codes, Question, all_words, encode
from mtlbook.data.reading_batches import ReadingBatch, ReadingStream, join
from mtlbook.evaluation.reading import exact_match
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.reader import HEADS, Reader
from mtlbook.toy_reading import toy_reading
from mtlbook.training.loop import Fit, adam, fit
from mtlbook.training.mixing import Schedule
from mtlbook.training.reading import reading_losses, span_error, spans, without_some_steps

TARGET = "target"
"""The source whose questions a reader is judged on."""
VALIDATION, TEST = 100, 300
"""Questions to stop on, and to be judged on."""


@dataclass(frozen=True)
class ReadingSplit:
    """What a seed gives one reader; no text is in two of the parts.

    Attributes:
        sources: for each source its questions to learn from; one of them is the target.
        validation: questions to stop on.
        test: questions to be judged on.
        weights: for a source, what each of its questions counts; 1 where nothing is said.
    """

    sources: Mapping[str, Sequence[Question]]
    validation: Sequence[Question]
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
        lr: learning rate of Adam.
        hide: how often rare words are spelled out, see ``ReadingStream``.
        every: updates between two looks at the validation questions.
        by: what is lowest when a reader is stopped, see ``span_error``.
        vocabulary: its size: rows of the table of words. It is the same for every seed, so that
            what a reader starts from does not depend on those beside it.
        least: a word that occurs less often stays outside the vocabulary.
        longest: how many words an answer may have.
        match: whether readers are told which words of a passage the question has.
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
    by: str = "error"
    vocabulary: int = 1500
    least: int = 1
    longest: int = 8
    match: bool = True
    double: bool = True

    @property
    def dtype(self) -> torch.dtype:
        """The precision to compute in."""
        return torch.float64 if self.double else torch.float32

    def reader(self, heads: Sequence[str] = ()) -> Reader:
        """Build a reader with these heads."""
        return Reader(self.vocabulary, self.width, self.hidden, self.steps, heads)


class ReadingData:
    """The splits of ``S`` readers as numbers: batches to learn from, and answers to questions.

    Args:
        splits: for each reader, what it learns from, is stopped on and judged on.
        seeds: the seed of each reader.
        settings: how readers are built and trained.

    Attributes:
        codes: for each reader, the numbers of the words it knows.

    Raises:
        ValueError: if a reader has more words than the vocabulary size allows.
    """

    def __init__(
        self,
        splits: Sequence[ReadingSplit],
        seeds: Sequence[int],
        settings: ReadingSettings | None = None,
    ) -> None:
        self.splits, self.seeds, self.settings = splits, seeds, settings or ReadingSettings()
        self.codes = [
            Codes(all_words(q for part in one.sources.values() for q in part), self.settings.least)
            for one in splits
        ]
        words = max(map(len, self.codes))
        if words > self.settings.vocabulary:
            raise ValueError(f"{words} words, vocabulary size {self.settings.vocabulary}")

    @property
    def tests(self) -> list[Sequence[Question]]:
        """For each reader, the questions it is judged on."""
        return [one.test for one in self.splits]

    def encode(self, parts: Sequence[Sequence[Question]]) -> list[CodedQuestions]:
        """Turn each reader's questions into its numbers."""
        pairs = zip(parts, self.codes, strict=True)
        return [self._known(encode(part, codes)) for part, codes in pairs]

    def _known(self, part: CodedQuestions) -> CodedQuestions:
        if self.settings.match:
            return part
        return replace(part, match=np.zeros_like(part.match))

    def batches(self, schedule: Schedule | int, first: int = 0) -> Iterator[ReadingBatch]:
        """Return the batches of each update, those of its sources joined.

        Args:
            schedule: the sources of each update, or how many updates the target alone makes.
            first: number of the first source, which its random numbers come from.
        """
        updates = [(TARGET,)] * schedule if isinstance(schedule, int) else schedule
        streams = {}
        for number, name in enumerate(dict.fromkeys(s for update in updates for s in update)):
            parts = [
                self._known(encode(one.sources[name], codes, one.weights.get(name)))
                for one, codes in zip(self.splits, self.codes, strict=True)
            ]
            seeds = [3 * seed + first + number for seed in self.seeds]
            streams[name] = ReadingStream(parts, self.settings.batch, seeds, self.settings.hide)
        whole = (join([next(streams[source]) for source in update]) for update in updates)
        return without_some_steps(whole, self.seeds, self.settings.steps, self.settings.drop)

    def error(self, readers: Networks) -> dict[str, np.ndarray]:
        """Return what the readers are stopped by, on the validation questions, ``(S,)``."""
        return self._validate(readers)

    @cached_property
    def _validate(self) -> Callable[[Networks], dict[str, np.ndarray]]:
        parts = self.encode([one.validation for one in self.splits])
        return span_error(parts, self.settings.by)

    def answers(
        self, readers: Networks, parts: Sequence[Sequence[Question]], by: Sequence[str] = ()
    ) -> list[list[str]]:
        """Return each reader's answers to its questions, as the passages have them.

        Args:
            readers: ``S`` readers.
            parts: for each reader, its questions.
            by: further factors of a span's score, see :func:`mtlbook.models.decoding.factors`.
        """
        found = spans(readers, self.encode(parts), by, self.settings.longest)
        return [
            [question.cut(span) for question, span in zip(part, chosen, strict=True)]
            for part, chosen in zip(parts, found, strict=True)
        ]

    def exact(
        self, readers: Networks, parts: Sequence[Sequence[Question]], by: Sequence[str] = ()
    ) -> np.ndarray:
        """Return each reader's exact match on its questions, in per cent, ``(S,)``."""
        pairs = zip(self.answers(readers, parts, by), parts, strict=True)
        right = [
            [exact_match(a, q.answers) for a, q in zip(answers, part, strict=True)]
            for answers, part in pairs
        ]
        return 100 * np.array([np.mean(one) for one in right])


def fit_readers(
    data: ReadingData,
    schedule: Schedule | int,
    weights: Mapping[str, float] | None = None,
    build: Callable[[], nn.Module] | None = None,
    change: Callable[[Iterator[ReadingBatch]], Iterator[ReadingBatch]] = iter,
) -> Fit:
    """Train a reader for each seed, all at once, and stop each where it is best.

    Args:
        data: what they learn from and are stopped on.
        schedule: the sources of each update, or how many updates the target alone makes.
        weights: weight of each task's loss: ``span``, and the heads ``word``, ``sentence``,
            ``passage`` and ``verify``; by default ``span`` alone. A reader has the heads that
            are named, even with weight 0.
        build: returns a reader with these heads; by default that of the settings.
        change: makes of the batches those that are learned from; by default the same.
    """
    weights = {"span": 1.0} if weights is None else weights
    wanted = {*weights, *(["word"] if "verify" in weights else [])}  # it needs the words' head
    heads = [head for head in HEADS if head in wanted]
    settings = data.settings
    readers = from_seeds(build or (lambda: settings.reader(heads)), data.seeds, settings.dtype)
    return fit(
        readers,
        change(data.batches(schedule)),
        reading_losses(weights),
        adam(readers, settings.lr),
        validate=data.error,
        every=settings.every,
    )


def toy_split(
    seed: int, n: int, sources: Mapping[str, Sequence[Question]] | None = None
) -> ReadingSplit:
    """Split questions on one passage: ``n`` to learn from, 100 to stop on, 300 to be judged on.

    The names of the last two parts are held out.

    Args:
        seed: another seed gives other questions in every part.
        n: questions of the target to learn from; more questions never change earlier ones.
        sources: further questions to learn from, by the names of their sources.
    """
    learned = {TARGET: toy_reading(n, seed=3 * seed), **(sources or {})}
    validation, test = (
        toy_reading(size, seed=3 * seed + part, new_names=True)
        for part, size in ((1, VALIDATION), (2, TEST))
    )
    return ReadingSplit(learned, validation, test)
