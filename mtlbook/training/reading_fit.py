"""What trained readers are asked: their answers, and how often they are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from mtlbook.data.reading import Span
from mtlbook.data.reading_batches import ReadingBatch, in_order
from mtlbook.data.reading_codes import CodedQuestions
from mtlbook.models.decoding import candidates, choose, factors
from mtlbook.models.reader import Reader
from mtlbook.training.reading_losses import span_loss

Measure = Literal["error", "loss", "start", "end"]
Scored = tuple[Span, float]


@dataclass(frozen=True)
class FitReaders:
    """What :func:`mtlbook.training.readers.train_readers` found: ``S`` seeds, ``C`` looks.

    Attributes:
        model: the readers as they are after the last update.
        steps: the update of each look, ``(C,)``.
        halting: the error (or loss) on the halting set at each look, ``(C, S)``; empty without.
        train_loss: the weighted loss of each update, ``(updates, S)``.
        best_step: the update each reader was stopped at, ``(S,)``.
        snapshot: the parameters at that update.
    """

    model: Reader
    steps: np.ndarray
    halting: np.ndarray
    train_loss: np.ndarray
    best_step: np.ndarray
    snapshot: dict[str, Tensor]

    def outputs(self, batch: ReadingBatch) -> dict[str, Tensor]:
        """Return what the stopped readers give for a batch, see :class:`Reader`."""
        with torch.no_grad():
            found: dict[str, Tensor] = functional_call(self.model, self.snapshot, inputs(batch))
        return found

    def predict(
        self, parts: Sequence[CodedQuestions], by: Sequence[str] = (), longest: int = 15
    ) -> list[list[Span]]:
        """Answer questions: the span with the highest score.

        Args:
            parts: for each reader, its questions.
            by: further factors of a span's score, see :func:`mtlbook.models.decoding.factors`.
            longest: how many words an answer may have.

        Returns:
            For each reader and question, a span.
        """
        found: list[list[Span]] = [[Span(0, 0, 0)] * len(part) for part in parts]
        for rows, batch in in_order(parts):
            outputs = self.outputs(batch)
            spans = candidates(outputs["start"], outputs["end"], batch.passages.shape[2], longest)
            chosen = choose(spans, factors(outputs, spans, tuple(by))).tolist()
            for s, places in enumerate(rows):
                for b, place in enumerate(places):
                    found[s][place] = Span(*chosen[s][b])
        return found

    def candidates(
        self, parts: Sequence[CodedQuestions], by: Sequence[str] = (), longest: int = 15
    ) -> list[list[list[Scored]]]:
        """Return the best span of each passage and the logarithm of its score; to vote on.

        Args:
            parts: as for :meth:`predict`.
            by: as for :meth:`predict`.
            longest: as for :meth:`predict`.

        Returns:
            For each reader and question, a span and a score for each passage.
        """
        found: list[list[list[Scored]]] = [[[] for _ in range(len(part))] for part in parts]
        for rows, batch in in_order(parts):
            outputs = self.outputs(batch)
            spans = candidates(outputs["start"], outputs["end"], batch.passages.shape[2], longest)
            scores = spans.score + factors(outputs, spans, tuple(by))
            table = torch.stack([spans.start, spans.end], dim=-1).tolist()
            for s, places in enumerate(rows):
                for b, place in enumerate(places):
                    found[s][place] = [
                        (Span(k, *table[s][b][k]), scores[s, b, k].item())
                        for k in torch.nonzero(batch.there[s, b]).flatten().tolist()
                    ]
        return found


def inputs(batch: ReadingBatch) -> tuple[Tensor, ...]:
    """Return what a reader takes of a batch."""
    return batch.question, batch.passages, batch.match, batch.members


def measure(model: Reader, parts: Sequence[CodedQuestions], by: Measure) -> np.ndarray:
    """Return each reader's error, or mean loss, on its questions, ``(S,)``.

    Args:
        model: ``S`` readers.
        parts: for each reader, its questions.
        by: ``error``, the share for which no right span is found; ``loss``, of the span; or
            ``start`` or ``end``, the share for which this one is wrong, each taken by itself.
    """
    total = np.zeros(len(parts))
    with torch.no_grad():
        for rows, batch in in_order(parts):
            outputs = model(*inputs(batch))
            if by == "loss":
                total += span_loss(outputs, batch).sum(-1).numpy()
                continue
            if by != "error":
                wrong = outputs[by].argmax(-1) != (batch.start if by == "start" else batch.end)
                total += wrong.sum(-1).numpy()
                continue
            spans = candidates(outputs["start"], outputs["end"], batch.passages.shape[2])
            chosen = choose(spans).tolist()
            for s, places in enumerate(rows):
                total[s] += sum(
                    tuple(chosen[s][b]) not in parts[s].spans[place]
                    for b, place in enumerate(places)
                )
    return total / len(parts[0])
