"""What taggers learn from and are judged on, for S networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from torch import nn

from mtlbook.data.batches import Batch, Stream, join
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import SHAPES, Encoded, Encoder, tag_sets
from mtlbook.evaluation.metrics import span_f1, token_accuracy
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.training.loop import Fit, Losses, adam, fit
from mtlbook.training.mixing import Schedule, together
from mtlbook.training.tagging import tag_errors, tag_losses, tags

Part = Literal["validation", "test", "other_domains"]


@dataclass(frozen=True)
class Split:
    """What a seed gives one network; no document is in two of the four parts.

    Attributes:
        train: sentences in random order; the first ones are the main task's.
        validation: sentences that decide when to stop.
        test: sentences of the same genre.
        other_domains: sentences of other ones.
    """

    train: list[Sentence]
    validation: list[Sentence]
    test: list[Sentence]
    other_domains: list[Sentence]


@dataclass(frozen=True)
class Source:
    """Sentences that are labelled with the same tasks.

    Attributes:
        parts: for each network, its sentences.
        tasks: what they teach.
    """

    parts: Sequence[Sequence[Sentence]]
    tasks: tuple[str, ...]


class TaggingData:
    """The sentences of S networks as numbers: batches to learn from, errors and scores.

    Args:
        splits: for each network, its sentences.
        sources: what is learned from, by name: a :class:`Source`, or the slice of the training
            sentences that teaches the task of that name.
        vocabulary: rows of the tables of words and of suffixes. They are the same for every seed,
            so that what a network starts from does not depend on those beside it.
        known: for each network, the sentences whose words it may know; by default all that it is
            to train on, also those that carry no label.
        after: encoder of a text whose words all of them know as well.
        labels: of each task; by default those that occur where one learns or is judged.

    Attributes:
        labels: of each task, in the order of their numbers.
        encoders: for each network, what turns its sentences into numbers.

    Raises:
        ValueError: if a vocabulary has more words than its table has rows.
    """

    def __init__(
        self,
        splits: Sequence[Split],
        sources: Mapping[str, Source | slice],
        vocabulary: tuple[int, int],
        known: Sequence[Sequence[Sentence]] | None = None,
        after: Encoder | None = None,
        labels: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.splits, self.vocabulary = splits, vocabulary
        self.sources = {
            name: Source([s.train[given] for s in splits], (name,))
            if isinstance(given, slice)
            else given
            for name, given in sources.items()
        }
        tasks = list(dict.fromkeys(t for source in self.sources.values() for t in source.tasks))
        learned = [s for source in self.sources.values() for part in source.parts for s in part]
        judged = [s for d in splits for s in (*d.validation, *d.test, *d.other_domains)]
        self.labels = labels or tag_sets([*learned, *judged], tasks)
        texts = [d.train for d in splits] if known is None else known
        self.encoders = [Encoder(text, self.labels, after) for text in texts]
        for encoder in self.encoders:
            words, suffixes, _ = encoder.sizes
            if words > vocabulary[0] or suffixes > vocabulary[1]:
                raise ValueError(
                    f"{words} words and {suffixes} suffixes do not fit tables of {vocabulary} rows"
                )

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many words, suffixes and shapes a network's tables hold."""
        return (*self.vocabulary, len(SHAPES))

    @property
    def numbers(self) -> dict[str, int]:
        """How many labels each task has."""
        return {task: len(labels) for task, labels in self.labels.items()}

    def encode(self, parts: Sequence[Sequence[Sentence]]) -> list[Encoded]:
        """Turn sentences of each network into numbers."""
        return [e.encode(part) for e, part in zip(self.encoders, parts, strict=True)]

    def batches(
        self,
        sizes: Mapping[str, int],
        updates: int | Schedule,
        seeds: Sequence[int],
        apart: int = 2,
    ) -> Iterator[Batch]:
        """Draw the batches of S networks, one for each update.

        Args:
            sizes: sentences in a batch of each source.
            updates: how many there are, each with a batch of every source; or the sources of each
                of them, see :mod:`mtlbook.training.mixing`.
            seeds: of the networks: each has an order of its own.
            apart: how far the seeds of two networks' orders lie apart, which leaves room for as
                many sources.

        Raises:
            ValueError: if the schedule names an unknown source, or a source has no full batch.
        """
        first, *others = self.sources
        schedule = together(first, others, updates) if isinstance(updates, int) else updates
        unknown = {name for update in schedule for name in update} - self.sources.keys()
        if unknown:
            raise ValueError(f"no source {sorted(unknown)}; there are {sorted(self.sources)}")
        streams = {
            name: Stream(
                self.encode(source.parts),
                source.tasks,
                sizes[name],
                [apart * seed + number for seed in seeds],
            )
            for number, (name, source) in enumerate(self.sources.items())
        }
        return (join([next(streams[name]) for name in update]) for update in schedule)

    def error(
        self, *tasks: str, part: Part = "validation"
    ) -> Callable[[Networks], dict[str, np.ndarray]]:
        """Return what ``fit`` takes as ``validate``: the share of wrong labels, for each task."""
        encoded = self.encode([getattr(split, part) for split in self.splits])
        return lambda networks: tag_errors(networks, encoded, tasks)

    def tags(self, networks: Networks, task: str, part: Part = "test") -> list[list[list[str]]]:
        """Return what each network answers: for each sentence, a label for each word."""
        return self.tag(networks, task, [getattr(split, part) for split in self.splits])

    def tag(
        self, networks: Networks, task: str, parts: Sequence[Sequence[Sentence]]
    ) -> list[list[list[str]]]:
        """Return what each network answers on sentences of its own."""
        return tags(networks, self.encode(parts), task, self.labels[task])

    def f1(self, networks: Networks, task: str, part: Part = "test") -> np.ndarray:
        """Return the F1 of each network's spans in per cent, ``(S,)``.

        Where the labels mark no spans it is the share of right labels.
        """
        spans = any(label.startswith("B-") for label in self.labels[task])
        score = span_f1 if spans else token_accuracy
        texts = [getattr(split, part) for split in self.splits]
        pairs = zip(texts, self.tag(networks, task, texts), strict=True)
        return np.array([100 * score([s.tags[task] for s in text], found) for text, found in pairs])

    def scores(self, networks: Networks, task: str) -> np.ndarray:
        """Return F1 in per cent, in the domain and in the other ones, ``(S, 2)``."""
        return np.stack(
            [self.f1(networks, task, "test"), self.f1(networks, task, "other_domains")], axis=1
        )


@dataclass(frozen=True)
class Plan:
    """How taggers are trained.

    Attributes:
        tasks: whose errors on the validation sentences stop a tagger.
        sizes: sentences in a batch of each source.
        lr: learning rate of Adam.
        every: updates between two looks at the validation sentences.
        losses: what one network loses on a batch.
        weight_decay: L2 penalty on all parameters.
    """

    tasks: Sequence[str]
    sizes: Mapping[str, int]
    lr: float
    every: int
    losses: Callable[[Any, Any], Losses] = tag_losses
    weight_decay: float = 0.0


def train(
    data: TaggingData,
    build: Callable[[], nn.Module],
    schedule: int | Schedule,
    seeds: Sequence[int],
    plan: Plan,
    watch: Callable[[Networks], None] | None = None,
) -> Fit:
    """Train a tagger for each seed, and keep it where it labels each of the tasks best.

    Args:
        data: what they learn from.
        build: makes one of them.
        schedule: as for :meth:`TaggingData.batches`.
        seeds: of the networks.
        plan: how they are trained.
        watch: is shown the networks at each look.
    """
    networks, errors = from_seeds(build, seeds), data.error(*plan.tasks)

    def validate(now: Networks) -> dict[str, np.ndarray]:
        if watch is not None:
            watch(now)
        return errors(now)

    batches = data.batches(plan.sizes, schedule, seeds)
    optimiser = adam(networks, plan.lr, plan.weight_decay)
    return fit(networks, batches, plan.losses, optimiser, validate=validate, every=plan.every)
