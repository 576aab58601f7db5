"""Train many readers at once, on questions of several corpora."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.reading_batches import ReadingBatch, join
from mtlbook.data.reading_codes import CodedQuestions
from mtlbook.models.reader import Reader
from mtlbook.training.mixing import Schedule
from mtlbook.training.reading_fit import FitReaders, Measure, inputs, measure
from mtlbook.training.reading_losses import LOSSES, reading_losses


def train_readers(
    model: Reader,
    streams: Mapping[str, Iterator[ReadingBatch]],
    schedule: Schedule,
    halt: Sequence[CodedQuestions] | None = None,
    *,
    lr: float,
    seeds: Sequence[int],
    weights: Mapping[str, float] | None = None,
    drop: float = 0.1,
    weight_decay: float = 0.0,
    every: int = 30,
    by: Measure = "error",
) -> FitReaders:
    """Minimise the weighted sum of the tasks' losses; keep each reader where it was best.

    The batches of one update are joined. A question's loss is multiplied by the question's own
    weight, and the mean is taken over the questions, as in MT-SAN (Xu et al. 2019).

    Args:
        model: ``S`` readers side by side.
        streams: for each source its batches.
        schedule: the sources of each update, see :mod:`mtlbook.training.mixing`.
        halt: for each reader, the questions that decide when to stop; without them every reader
            keeps the last update.
        lr: step size of Adam.
        seeds: for each reader, the seed of the steps that are left out.
        weights: weight of each task's loss; by default ``span`` alone, with 1. ``start`` and
            ``end`` are its two halves.
        drop: how likely a step of the answer module is left out; one always stays.
        weight_decay: L2 penalty on all parameters.
        every: updates between two looks at the halting set; there is one at the end as well.
        by: what is lowest when a reader is stopped: its ``error``, the share of questions for
            which none of the spans is found, its ``loss``, or the share of wrong places of the
            ``start`` or of the ``end``.

    Raises:
        ValueError: if a source or a task is unknown, or there would be no look.
    """
    weights = {"span": 1.0} if weights is None else dict(weights)
    _check(model, streams, schedule, weights, seeds, every)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
    draws = [np.random.default_rng([7, seed]) for seed in seeds]
    lowest = np.full(len(seeds), np.inf)
    best_step = np.full(len(seeds), len(schedule))
    snapshot = _copy(model)
    looks: list[int] = []
    curve: list[np.ndarray] = []
    losses: list[np.ndarray] = []

    for step, sources in enumerate(schedule, 1):
        batch = join([next(streams[source]) for source in sources])
        keep = kept_steps(draws, batch.gold.shape[1], model.answer.steps, drop)
        found = model(*inputs(batch), keep)
        each = reading_losses(found, batch, list(weights))
        loss = torch.stack([weights[task] * (each[task] * batch.weight).mean(-1) for task in each])
        # Readers share no parameter, so the sum over seeds gives each its own gradient.
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
        losses.append(loss.detach().sum(0).numpy())
        if halt is None or (step % every and step < len(schedule)):
            continue
        now = measure(model, halt, by)
        improved = now < lowest
        lowest = np.where(improved, now, lowest)
        best_step = np.where(improved, step, best_step)
        _update(snapshot, model, torch.from_numpy(improved))
        looks.append(step)
        curve.append(now)

    if halt is None:
        snapshot = _copy(model)
    return FitReaders(
        model, np.array(looks), np.array(curve), np.array(losses), best_step, snapshot
    )


def kept_steps(
    draws: Sequence[np.random.Generator], questions: int, steps: int, drop: float
) -> Tensor:
    """Draw which steps of the answer module count, ``(S, B, steps)``; one always does."""
    found = []
    for draw in draws:
        kept = draw.random((questions, steps)) >= drop
        kept[np.arange(questions), draw.integers(steps, size=questions)] = True
        found.append(kept)
    return torch.from_numpy(np.stack(found)).float()


def _copy(model: Reader) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def _update(snapshot: dict[str, Tensor], model: Reader, improved: Tensor) -> None:
    for name, p in model.named_parameters():
        chosen = improved.view(-1, *[1] * (p.ndim - 1))
        snapshot[name] = torch.where(chosen, p.detach(), snapshot[name])


def _check(
    model: Reader,
    streams: Mapping[str, Iterator[ReadingBatch]],
    schedule: Schedule,
    weights: Mapping[str, float],
    seeds: Sequence[int],
    every: int,
) -> None:
    unknown = {source for update in schedule for source in update} - streams.keys()
    if unknown:
        raise ValueError(f"no stream for {sorted(unknown)}; there are {sorted(streams)}")
    known = {"span", "start", "end", *model.heads}
    if not set(weights) <= known & LOSSES.keys():
        raise ValueError(f"weights: {sorted(weights)} names a task outside {sorted(known)}")
    networks = len(next(model.parameters()))
    if len(seeds) != networks:
        raise ValueError(f"{len(seeds)} seeds for {networks} readers")
    if not 1 <= every <= len(schedule):
        raise ValueError(f"every: expected 1 to {len(schedule)}, the updates, got {every}")
