"""Chapter 7: does the attention of a small reader do anything, and would it without help?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mtlbook.data.reading import Question
from mtlbook.data.reading_batches import ReadingBatch, gather
from mtlbook.evaluation.reading import mean_scores
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.reading import (
    ReadingData,
    ReadingSettings,
    fit_readers,
    toy_split,
)
from mtlbook.models.decoding import candidates
from mtlbook.models.networks import Networks
from mtlbook.models.reader import Reader

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


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
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
    measure=_measure,
    cheap=SHORT,
    columns=("EM", "EM, spread evenly", "on copies", "if even", "largest"),
)  # fmt: skip
