"""Chapter 7: how much a reader of toy texts learns, and what its looks and its two tasks bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from mtlbook.data.reading import CodedQuestions, Question
from mtlbook.data.reading_batches import in_order
from mtlbook.evaluation.reading import mean_scores
from mtlbook.experiments.common.base import Config, Experiment
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
