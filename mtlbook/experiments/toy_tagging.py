"""What experiments on the toy language have in common: the corpus, its parts, the score."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from torch import Tensor

from mtlbook.data.batches import Batch, Stream
from mtlbook.data.relatedness import Kind, relate
from mtlbook.data.sentences import Sentence
from mtlbook.data.toy_language import CHUNKS, POS, toy_sentences
from mtlbook.data.vocabulary import Encoded, Encoder
from mtlbook.evaluation.spans import span_f1
from mtlbook.models.tagger import Routed
from mtlbook.training.mixing import beside
from mtlbook.training.taggers import FitTaggers, fit_taggers

MAIN, AUX = "chunk", "aux"
SIZES = {"main": 60, "aux": 400, "halt": 100, "test": 300}
"""Sentences with main labels, with auxiliary labels only, to stop on, and to test on."""
BATCH = {"main": 8, "aux": 16}


LABELS = {
    MAIN: ("O", *(f"{place}-{chunk}" for chunk in CHUNKS for place in "BI")),
    AUX: POS,
}
NUMBERS = {task: len(labels) for task, labels in LABELS.items()}
ROOM = (1000, 500, 5)
"""Words, suffixes and shapes a network has room for: the same for all, so that what a seed draws
does not depend on the seeds beside it."""


@dataclass(frozen=True)
class ToyData:
    """The parts of a corpus, for each seed; a seed writes the sentences.

    Attributes:
        seeds: the seeds.
        text: for each part (see :data:`SIZES`) the sentences of each seed.
        parts: the same as numbers.
    """

    seeds: Sequence[int]
    text: Mapping[str, list[list[Sentence]]]
    parts: Mapping[str, list[Encoded]]

    def streams(self, alone: bool) -> dict[str, Iterator[Batch]]:
        """Return new streams of the main sentences and, unless alone, the auxiliary ones."""
        found: dict[str, Iterator[Batch]] = {
            "main": Stream(self.parts["main"], [MAIN], BATCH["main"], self.seeds)
        }
        if not alone:
            others = [seed + 10_000 for seed in self.seeds]
            found["aux"] = Stream(self.parts["aux"], [AUX], BATCH["aux"], others)
        return found


@lru_cache(maxsize=1000)
def corpus(seed: int, relatedness: float, kind: Kind = "word") -> dict[str, list[Sentence]]:
    """Write a seed's tales, with an auxiliary task related to the parts of speech, and part them.

    Labels are related over the whole corpus, so that a word has the same one in every part. The
    parts begin where a document does.
    """
    sentences = relate(toy_sentences(sum(SIZES.values()), seed=seed), "pos", relatedness, seed, kind)
    found, start = {}, 0
    for part, size in SIZES.items():
        found[part] = sentences[start : start + size]
        start += size
    return found


def toy_data(
    seeds: Sequence[int], relatedness: float, alone: bool = False, kind: Kind = "word"
) -> ToyData:
    """Return the corpora of these seeds, encoded.

    Args:
        seeds: each writes other sentences.
        relatedness: of the auxiliary task with the parts of speech, see
            :func:`mtlbook.data.relatedness.relate`.
        alone: whether the main sentences alone are trained on; then only their words are known.
        kind: what unrelated labels are like.
    """
    corpora = [corpus(seed, relatedness, kind) for seed in seeds]
    encoders = [
        Encoder(own["main"] if alone else own["main"] + own["aux"], LABELS) for own in corpora
    ]
    text = {part: [own[part] for own in corpora] for part in SIZES}
    parts = {
        part: [encoder.encode(own) for encoder, own in zip(encoders, of, strict=True)]
        for part, of in text.items()
    }
    return ToyData(seeds, text, parts)


def fit_toy(
    model: Routed,
    data: ToyData,
    updates: int,
    lr: float,
    penalty: Callable[[Routed], Tensor] | None = None,
) -> FitTaggers:
    """Train networks: 8 main sentences an update, and 16 auxiliary ones if they have the task.

    The networks are stopped where their error on the halting set is lowest.
    """
    alone = AUX not in model.routes
    schedule = beside("main", [] if alone else ["aux"], updates)
    return fit_taggers(
        model, data.streams(alone), schedule, data.parts["halt"], lr=lr, keep=[MAIN],
        penalty=penalty,
    )  # fmt: skip


def toy_f1(result: FitTaggers, data: ToyData) -> np.ndarray:
    """Return the F1 of chunks in the test sentences, ``(S,)``."""
    found = result.predict(data.parts["test"], MAIN, LABELS[MAIN])
    gold = [[s.tags[MAIN] for s in own] for own in data.text["test"]]
    return np.array([span_f1(g, f) for g, f in zip(gold, found, strict=True)])
