"""Train many writers at once, alone or together with readers that share their encoder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.data.reading_codes import CodedQuestions
from mtlbook.data.writing import CodedAnswers
from mtlbook.data.writing_batches import WritingBatch, stack_answers
from mtlbook.models.reader import Reader
from mtlbook.models.writer import Texts, Writer
from mtlbook.training.readers import kept_steps
from mtlbook.training.reading_fit import FitReaders, inputs, measure
from mtlbook.training.reading_losses import span_loss

LEAST = 1e-9
"""No probability counts for less: a writer that cannot copy gives new words none at all."""


@dataclass(frozen=True)
class Reading:
    """The task of the readers beside the writers.

    Attributes:
        stream: their batches.
        halt: for each reader, the questions it is stopped on.
        writing: the weight of the writers' loss; that of the readers' is 1.
        drop: how likely a step of the answer module is left out.
    """

    stream: Iterator[ReadingBatch]
    halt: Sequence[CodedQuestions]
    writing: float = 1.0
    drop: float = 0.1


@dataclass(frozen=True)
class FitWriters:
    """What :func:`train_writers` found: ``S`` seeds, ``C`` looks.

    Attributes:
        model: the writers as they are after the last update.
        steps: the update of each look, ``(C,)``.
        halting: the loss on the halting set at each look, ``(C, S)``.
        train_loss: the writers' loss at each update, ``(updates, S)``.
        best_step: the update each writer was stopped at, ``(S,)``.
        snapshot: the parameters at that update.
        readers: the readers trained beside them, stopped where they themselves were best.
    """

    model: Writer
    steps: np.ndarray
    halting: np.ndarray
    train_loss: np.ndarray
    best_step: np.ndarray
    snapshot: dict[str, Tensor]
    readers: FitReaders | None = None

    def write(
        self, parts: Sequence[CodedAnswers], longest: int = 20, size: int = 100
    ) -> list[list[str]]:
        """Return the stopped writers' answers to their questions, word by word the likeliest."""
        found: list[list[str]] = [[] for _ in parts]
        for start in range(0, len(parts[0]), size):
            rows = np.arange(start, min(start + size, len(parts[0])))
            batch = stack_answers([part.take(rows) for part in parts])
            words = self.greedy(batch, longest)[0].tolist()
            for s, part in enumerate(parts):
                found[s] += [part.text(start + b, ids) for b, ids in enumerate(words[s])]
        return found

    def greedy(self, batch: WritingBatch, longest: int = 20) -> tuple[Tensor, Tensor]:
        """Return the numbers of the words written and the attention, see :meth:`Writer.greedy`."""
        with torch.no_grad():
            call = _Greedy(self.model)
            snapshot = {f"writer.{name}": p for name, p in self.snapshot.items()}
            found: tuple[Tensor, Tensor] = functional_call(call, snapshot, (texts(batch), longest))
        return found


class _Greedy(torch.nn.Module):
    """Makes a writer's ``greedy`` what it does when it is called."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self.writer = writer

    def forward(self, read: Texts, longest: int) -> tuple[Tensor, Tensor]:
        return self.writer.greedy(read, longest)


def texts(batch: WritingBatch) -> Texts:
    """Return what a writer reads of a batch."""
    return Texts(batch.question, batch.passage, batch.match, batch.marks, batch.ids, batch.reading)


def writing_loss(model: Writer, batch: WritingBatch) -> Tensor:
    """Minus the log-probability of a word, the mean over the words of an answer, ``(S, B)``."""
    there = batch.target > 0
    found: Tensor = model(texts(batch), batch.before, batch.target)
    return -(found.clamp(min=LEAST).log() * there).sum(-1) / there.sum(-1)


def train_writers(
    model: Writer,
    stream: Iterator[WritingBatch],
    updates: int,
    halt: Sequence[CodedAnswers],
    *,
    lr: float,
    seeds: Sequence[int],
    every: int = 50,
    reading: Reading | None = None,
) -> FitWriters:
    """Minimise the writers' loss, and that of readers beside them; keep each where it was best.

    Args:
        model: ``S`` writers side by side.
        stream: their batches.
        updates: how many updates are made, with a batch of each task.
        halt: for each writer, the questions that decide when it is stopped.
        lr: step size of Adam.
        seeds: for each reader, the seed of the steps of its answer module that are left out.
        every: updates between two looks at the halting sets; there is one at the end as well.
        reading: the second task; writer and reader are stopped each for itself.

    Raises:
        ValueError: if there would be no look, or the writers have readers and these no task.
    """
    if not 1 <= every <= updates:
        raise ValueError(f"every: expected 1 to {updates}, the updates, got {every}")
    if (reading is None) != (model.reader is None):
        raise ValueError("give a second task to writers that have readers, and only to them")
    optimiser = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    draws = [np.random.default_rng([7, seed]) for seed in seeds]
    writers, readers = _Best(model), None if model.reader is None else _Best(model.reader)
    losses, spans = [], []
    for step in range(1, updates + 1):
        each = writing_loss(model, next(stream)).mean(-1)
        losses.append(each.detach().numpy())
        loss = each
        if reading is not None and model.reader is not None:
            batch = next(reading.stream)
            keep = kept_steps(draws, batch.gold.shape[1], model.reader.answer.steps, reading.drop)
            span = span_loss(model.reader(*inputs(batch), keep), batch).mean(-1)
            spans.append(span.detach().numpy())
            loss = reading.writing * each + span
        # Networks share no parameter, so the sum over seeds gives each its own gradient.
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
        if step % every and step < updates:
            continue
        with torch.no_grad():
            now = writing_loss(model, stack_answers(halt)).mean(-1).numpy()
        writers.look(step, now)
        if reading is not None and model.reader is not None and readers is not None:
            readers.look(step, measure(model.reader, reading.halt, "error"))
    both = None
    if readers is not None:
        assert isinstance(readers.model, Reader)
        both = FitReaders(readers.model, *readers.curve(), np.array(spans), *readers.best())
    return FitWriters(model, *writers.curve(), np.array(losses), *writers.best(), both)


class _Best:
    """Keeps the parameters of each of ``S`` networks where something was lowest."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.model = model
        self.snapshot = {name: p.detach().clone() for name, p in model.named_parameters()}
        networks = len(next(model.parameters()))
        self.lowest = np.full(networks, np.inf)
        self.best_step = np.zeros(networks, int)
        self.steps: list[int] = []
        self.found: list[np.ndarray] = []

    def look(self, step: int, now: np.ndarray) -> None:
        """Keep the networks that are better ``now`` than ever before, ``(S,)``."""
        improved = now < self.lowest
        self.lowest = np.where(improved, now, self.lowest)
        self.best_step = np.where(improved, step, self.best_step)
        for name, p in self.model.named_parameters():
            chosen = torch.from_numpy(improved).view(-1, *[1] * (p.ndim - 1))
            self.snapshot[name] = torch.where(chosen, p.detach(), self.snapshot[name])
        self.steps.append(step)
        self.found.append(now)

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        return np.array(self.steps), np.array(self.found)

    def best(self) -> tuple[np.ndarray, dict[str, Tensor]]:
        return self.best_step, self.snapshot
