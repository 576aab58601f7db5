"""Train on running text, step by step, and go on where one has stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.masking import TextBatch
from mtlbook.data.vocabulary import IGNORE
from mtlbook.models.pretraining import Readers

Objective = Literal["words", "words and pairs"]


def answers(model: Readers, batch: TextBatch) -> tuple[Tensor, Tensor, Tensor]:
    """Let networks read a batch of text.

    Returns:
        For the ``M`` words to be found, logits ``(S, M, outputs)`` and the right answers
        ``(S, M)``, counted from 0 and filled up with ``IGNORE``; for the pairs, logits
        ``(S, B / 2)``.
    """
    words = batch.words.flatten(1)
    sought = words != IGNORE
    places = sought.int().argsort(dim=1, descending=True, stable=True)
    places = places[:, : int(sought.sum(1).max())]
    right = words.gather(1, places)
    logits, pairs = model.read(batch.x, batch.lengths, places)
    return logits, torch.where(right == IGNORE, IGNORE, right - 1), pairs


def word_loss(logits: Tensor, right: Tensor) -> Tensor:
    """Return the mean cross-entropy of the words to be found, for each network, ``(S,)``."""
    loss = functional.cross_entropy(
        logits.flatten(0, 1), right.flatten(), ignore_index=IGNORE, reduction="none"
    )
    return loss.view(len(logits), -1).sum(1) / (right != IGNORE).sum(1).clamp(min=1)


def pair_loss(logits: Tensor, true: Tensor) -> Tensor:
    """Return the mean cross-entropy of the pairs, for each network, ``(S,)``."""
    return functional.binary_cross_entropy_with_logits(logits, true, reduction="none").mean(1)


def text_loss(model: Readers, batch: TextBatch, objective: Objective) -> Tensor:
    """Return each network's loss on a batch of text, ``(S,)``.

    With ``"words and pairs"`` it is the plain sum of two tasks' losses, as BERT's is commonly
    described; the batch is the same.

    Raises:
        ValueError: if the objective is unknown.
    """
    if objective not in ("words", "words and pairs"):
        raise ValueError(f"objective: words, or words and pairs: {objective!r}")
    logits, right, pairs = answers(model, batch)
    loss = word_loss(logits, right)
    return loss + pair_loss(pairs, batch.true) if objective == "words and pairs" else loss


class Course:
    """Networks that read text, and what they were after given numbers of updates.

    Args:
        model: the networks.
        stream: their text.
        objective: what they are asked.
        lr: step size of Adam.
    """

    def __init__(
        self, model: Readers, stream: Iterator[TextBatch], objective: Objective, lr: float
    ) -> None:
        self.model, self.stream, self.objective, self.steps = model, stream, objective, 0
        self.optimiser = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
        self.kept = {0: self._copy()}

    def at(self, steps: int) -> dict[str, Tensor]:
        """Return the parameters after so many updates, and keep them.

        Raises:
            ValueError: if the course is beyond, and did not keep them on its way.
        """
        if steps not in self.kept:
            if steps < self.steps:
                raise ValueError(f"at {self.steps} updates already; kept {sorted(self.kept)}")
            while self.steps < steps:
                self.optimiser.zero_grad()
                text_loss(self.model, next(self.stream), self.objective).sum().backward()
                self.optimiser.step()
                self.steps += 1
            self.kept[steps] = self._copy()
        return self.kept[steps]

    def _copy(self) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in self.model.named_parameters()}


def text_scores(model: Readers, batches: Sequence[TextBatch]) -> Tensor:
    """Return loss and accuracy of hidden words, and accuracy of pairs, ``(S, 3)``."""
    sums = torch.zeros(3, len(model))
    words = torch.zeros(len(model))
    with torch.no_grad():
        for batch in batches:
            logits, right, pairs = answers(model, batch)
            count = (right != IGNORE).sum(1)
            words += count
            sums[0] += word_loss(logits, right) * count
            sums[1] += (logits.argmax(-1) == right).sum(1)
            sums[2] += ((pairs > 0) == (batch.true > 0.5)).float().mean(1)
    return torch.stack([sums[0] / words, sums[1] / words, sums[2] / len(batches)], dim=1)
