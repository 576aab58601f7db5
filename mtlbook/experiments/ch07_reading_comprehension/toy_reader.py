"""Chapter 7: how much a reader of toy texts learns, and what its parts bring.

The parts are its looks, its two tasks and its attention.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from mtlbook.data.reading import CodedQuestions, Question
from mtlbook.data.reading_batches import ReadingBatch, gather, in_order
from mtlbook.evaluation.reading import mean_scores
from mtlbook.experiments.common.reading import (
    TEST,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
    toy_split,
)
from mtlbook.models.decoding import candidates, choose
from mtlbook.models.networks import Networks
from mtlbook.models.reader import Reader
from mtlbook.runs.base import Config, Experiment
from mtlbook.toy_reading import toy_reading

UPDATES = {50: 200, 200: 300, 800: 600}
"""Updates of 8 questions, for each number of questions to learn from."""
COLUMNS = ("EM", "F1", "EM, new wording", "F1, new wording", "start", "end")


@cache
def new_wording(seed: int) -> tuple[Question, ...]:
    """Return 300 questions whose names and wording are both held out."""
    return tuple(toy_reading(TEST, seed=3 * seed + 2, new_names=True, new_wording=True))


def train(
    config: Config, splits: Sequence[ReadingSplit], seeds: Sequence[int]
) -> tuple[ReadingData, list[Networks]]:
    """Train the readers of an arm: one for start and end, or one for each of them.

    A reader that learns one boundary is stopped where that boundary is found best.
    """
    updates = UPDATES[config["questions"]]
    settings = ReadingSettings(steps=config["looks"], drop=config["drop"])
    if config["learns"] == "together":
        data = ReadingData(splits, seeds, settings)
        return data, [fit_readers(data, updates).best("error")]
    readers = []
    for side in ("start", "end"):
        data = ReadingData(splits, seeds, replace(settings, by=side))
        readers.append(fit_readers(data, updates, {side: 1.0}).best(side))
    return data, readers


def boundaries(
    readers: Sequence[Networks], parts: Sequence[CodedQuestions], longest: int = 8
) -> tuple[list[list[tuple[int, int]]], np.ndarray]:
    """Answer questions on one passage each, the start by the first reader, the end by the last.

    Returns:
        For each seed and question, the first and the last word; and for each seed how often, in
        per cent, the start and the end are right when each is taken by itself, ``(S, 2)``.
    """
    spans = [[(0, 0)] * len(part) for part in parts]
    right = np.zeros((len(parts), 2))
    for rows, batch in in_order(parts):
        with torch.no_grad():
            start, end = readers[0](batch)["start"], readers[-1](batch)["end"]
        chosen = choose(candidates(start, end, 1, longest))[..., 1:].tolist()
        for s, places in enumerate(rows):
            for b, place in enumerate(places):
                spans[s][place] = chosen[s][b][0], chosen[s][b][1]
        right[:, 0] += (start.argmax(-1) == batch.start).sum(-1).numpy()
        right[:, 1] += (end.argmax(-1) == batch.end).sum(-1).numpy()
    return spans, 100 * right / len(parts[0])


def _scores(
    data: ReadingData, readers: Sequence[Networks], parts: Sequence[Sequence[Question]]
) -> tuple[np.ndarray, np.ndarray]:
    spans, right = boundaries(readers, data.encode(parts), data.settings.longest)
    found = [
        mean_scores(
            [q.passages[0].cut(*span) for q, span in zip(part, spans[s], strict=True)],
            [q.answers for q in part],
        )
        for s, part in enumerate(parts)
    ]
    return 100 * np.array(found), right


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    splits = [toy_split(seed, config["questions"]) for seed in seeds]
    data, readers = train(config, splits, seeds)
    known, right = _scores(data, readers, data.tests)
    new, _ = _scores(data, readers, [new_wording(seed) for seed in seeds])
    return np.hstack([known, new, right])


def _arm(questions: int, looks: int = 2, drop: float = 0.1, learns: str = "together") -> Config:
    return {"questions": questions, "looks": looks, "drop": drop, "learns": learns}


TOY_READER = Experiment(
    name="toy-reader",
    question="What does a reader of toy texts learn, from how many questions and with which parts?",
    data="toy reading: encyclopaedia",
    score="exact match and F1 in per cent, and how often start and end are right",
    configs=[
        *(_arm(n) for n in UPDATES),
        *(_arm(200, looks) for looks in (1, 3, 5)),
        _arm(200, 5, 0.0),
        _arm(200, learns="apart"),
    ],
    seeds=range(10),
    measure=_measure,
    cheap=_arm(50),
    columns=COLUMNS,
    block=1,
)


# Does the attention of a small reader do anything, and would it without help?

QUESTIONS = 200
SHARPNESS = 20.0
"""By so much the scores of the sharp attention are multiplied, before and after training."""


class Even(nn.Module):
    """Attention to which everything fits alike: each word sees the mean of the question."""

    def forward(self, passage: Tensor, question: Tensor) -> Tensor:
        """Return scores of zero, ``(..., N, Q)``."""
        return torch.zeros_like(passage @ question.mT)


class Sharp(nn.Module):
    """The usual attention with its scores multiplied, so that it starts far from even."""

    def __init__(self, project: nn.Module) -> None:
        super().__init__()
        self.project = project

    def forward(self, passage: Tensor, question: Tensor) -> Tensor:
        """Map words ``(..., N, width)`` and ``(..., Q, width)`` to scores ``(..., N, Q)``."""
        p, q = torch.relu(self.project(passage)), torch.relu(self.project(question))
        return SHARPNESS * p @ q.mT / math.sqrt(p.shape[-1])


def on_copies(attention: Tensor, batch: ReadingBatch) -> tuple[np.ndarray, np.ndarray]:
    """Return how much weight words that stand in the question too put on their own copies there.

    Args:
        attention: of questions with one passage each, ``(S, B, 1, N, Q)``.
        batch: the questions.

    Returns:
        The mean over such words, and the same if weights were spread evenly, ``(S,)`` each.
    """
    asked = batch.question > 0
    copies = batch.passages[:, :, 0, :, None] == batch.question[:, :, None, :]
    copies &= asked[:, :, None, :]
    has_one = copies.any(-1)
    weight = (attention[:, :, 0] * copies).sum(-1)
    evenly = copies.sum(-1) / asked.sum(-1)[..., None]

    def mean(values: Tensor) -> np.ndarray:
        found: np.ndarray = ((values * has_one).sum((1, 2)) / has_one.sum((1, 2))).numpy()
        return found

    return mean(weight), mean(evenly)


def exact_of(
    readers: Networks, batch: ReadingBatch, parts: Sequence[Sequence[Question]]
) -> np.ndarray:
    """Return exact match in per cent on a batch of one passage a question, ``(S,)``.

    Args:
        readers: ``S`` readers.
        batch: their questions as numbers; some of what these say may have been taken away.
        parts: for each reader, the questions.
    """
    with torch.no_grad():
        out = readers(batch)
    found = candidates(out["start"], out["end"], 1, ReadingSettings().longest)
    places = zip(parts, found.start[..., 0].tolist(), found.end[..., 0].tolist(), strict=True)
    return np.array(
        [
            100
            * mean_scores(
                [q.passages[0].cut(*at) for q, *at in zip(part, first, last, strict=True)],
                [q.answers for q in part],
            )[0]
            for part, first, last in places
        ]
    )


def _measure_attention(config: Config, seeds: Sequence[int]) -> np.ndarray:
    settings = ReadingSettings(match=config["match"])
    data = ReadingData([toy_split(seed, QUESTIONS) for seed in seeds], seeds, settings)

    def build() -> Reader:
        reader = settings.reader()
        if config["attention"] != "plain":
            even = config["attention"] == "even"
            # The type of the part is that of the reader; these two only stand in for it.
            reader.attention = Even() if even else Sharp(reader.attention.project)  # type: ignore[assignment]
        return reader

    readers = fit_readers(data, config["updates"], build=build).best("error")
    tests = data.tests
    batch = gather(data.encode(tests), [np.arange(len(part)) for part in tests])
    with torch.no_grad():
        read = readers.each(lambda reader, batch: reader.read(batch), batch)
    weight, evenly = on_copies(read.attention, batch)
    largest = read.attention.amax(-1)[batch.passages > 0].view(-1)
    counts = (batch.passages > 0).sum((1, 2, 3)).tolist()
    peak = np.array([part.mean().item() for part in largest.split(counts)])
    exact = exact_of(readers, batch, tests)
    readers.one.attention = Even()
    return np.stack(
        [exact, exact_of(readers, batch, tests), 100 * weight, 100 * evenly, 100 * peak], axis=1
    )


SHORT: Config = {"match": True, "attention": "sharp", "updates": 10}
"""Too short to mean anything; it is there to be measured again."""

TOY_ATTENTION = Experiment(
    name="toy-attention",
    question="Does a reader need its attention, and does it learn any without the match bit?",
    data="toy reading: encyclopaedia",
    score="exact match in per cent, and weights of the attention in per cent",
    configs=[
        {"match": True, "attention": "plain", "updates": 300},
        {"match": True, "attention": "even", "updates": 300},
        {"match": True, "attention": "sharp", "updates": 300},
        {"match": False, "attention": "plain", "updates": 300},
        SHORT,
    ],
    seeds=range(10),
    measure=_measure_attention,
    cheap=SHORT,
    columns=("EM", "EM, spread evenly", "on copies", "if even", "largest"),
)  # fmt: skip
