"""Sentences in batches of like length, for many networks at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.vocabulary import IGNORE, UNKNOWN, Encoded

JITTER = 2.0
"""By so many words two sentences of one batch may differ in length, beyond what order demands."""


class Batch(NamedTuple):
    """``B`` sentences for each of ``S`` networks, filled up to ``N`` words.

    Attributes:
        x: numbers of word, suffix and shape, ``(S, B, N, 3)``.
        lengths: ``(S, B)``.
        targets: for each task the labels, ``(S, B, N)``; ``IGNORE`` where there is none.
    """

    x: Tensor
    lengths: Tensor
    targets: dict[str, Tensor]


def gather(parts: Sequence[Encoded], rows: Sequence[np.ndarray], tasks: Sequence[str]) -> Batch:
    """Put the given rows of each network's sentences into one batch.

    Args:
        parts: for each of the ``S`` networks, its sentences.
        rows: for each network, the places of its ``B`` sentences.
        tasks: the tasks whose labels are wanted.
    """
    lengths = np.stack([part.lengths[row] for part, row in zip(parts, rows, strict=True)])
    size = (*lengths.shape, int(lengths.max()))
    x = np.full((*size, 3), UNKNOWN)
    targets = {task: np.full(size, IGNORE) for task in tasks}
    for s, (part, row) in enumerate(zip(parts, rows, strict=True)):
        longest = min(size[2], part.x.shape[1])
        x[s, :, :longest] = part.x[row, :longest]
        for task, target in targets.items():
            target[s, :, :longest] = part.targets[task][row, :longest]
    return Batch(
        torch.from_numpy(x),
        torch.from_numpy(lengths),
        {task: torch.from_numpy(target) for task, target in targets.items()},
    )


def join(batches: Sequence[Batch]) -> Batch:
    """Put batches side by side into one: a batch has no labels of the others' tasks."""
    longest = max(batch.x.shape[2] for batch in batches)
    tasks = {task: None for batch in batches for task in batch.targets}
    fill = torch.full((1, 1, 1), IGNORE)

    def widen(values: Tensor, filler: int) -> Tensor:
        short = longest - values.shape[2]
        padding = [0, 0] * (values.ndim - 3) + [0, short]
        return torch.nn.functional.pad(values, padding, value=filler)

    targets = {
        task: torch.cat(
            [
                widen(batch.targets.get(task, fill.expand(batch.x.shape[:3])), IGNORE)
                for batch in batches
            ],
            dim=1,
        )
        for task in tasks
    }
    x = torch.cat([widen(batch.x, UNKNOWN) for batch in batches], dim=1)
    return Batch(x, torch.cat([batch.lengths for batch in batches], dim=1), targets)


def in_order(
    parts: Sequence[Encoded], tasks: Sequence[str], size: int = 64
) -> Iterator[tuple[list[np.ndarray], Batch]]:
    """Go through all sentences once, the short ones first; for measuring.

    Yields:
        For each network the places of the sentences of a batch, and the batch.

    Raises:
        ValueError: if the networks do not have the same number of sentences.
    """
    orders = [np.argsort(part.lengths, kind="stable") for part in parts]
    for start in range(0, _count(parts), size):
        rows = [order[start : start + size] for order in orders]
        yield rows, gather(parts, rows, tasks)


class Stream:
    """An endless stream of batches of like length, for ``S`` networks at once.

    In every epoch a network sees its sentences in an order of its own: they are sorted by length,
    with some chance in it, and cut into batches; what is left over is another few each time.
    Which of the batches comes next, the shortest or a longer one, is the same for all networks,
    since all fill up to one length. What a network gets does not depend on those beside it.

    A rare word is now and then hidden, so that the network learns what to do with unknown ones:
    a word, or suffix, that occurs c times with probability ``hide / (hide + c)`` (Kiperwasser and
    Goldberg 2016).

    Args:
        parts: for each network, its sentences; the same number for each.
        tasks: the tasks they are to teach.
        size: sentences in a batch.
        seeds: for each network, the seed of its order and of what is hidden.
        hide: how much is hidden; 0 for nothing.
        order: seed of what is the same for all networks.

    Raises:
        ValueError: if numbers disagree, a task is unknown, or there is not one full batch.
    """

    def __init__(
        self,
        parts: Sequence[Encoded],
        tasks: Sequence[str],
        size: int,
        seeds: Sequence[int],
        hide: float = 0.25,
        order: int = 0,
    ) -> None:
        if len(parts) != len(seeds):
            raise ValueError(f"{len(seeds)} seeds for {len(parts)} networks")
        if not 1 <= size <= _count(parts):
            raise ValueError(f"no batch of {size} from {_count(parts)} sentences")
        fill = np.array(IGNORE)
        for task in tasks:
            if any((part.targets.get(task, fill) == IGNORE).all() for part in parts):
                raise ValueError(f"there are no labels of the task {task!r}")
        self.parts, self.tasks, self.size, self.hide = parts, tuple(tasks), size, hide
        self.draws = [np.random.default_rng([1, seed]) for seed in seeds]
        self.shared = np.random.default_rng([2, order])
        self.coming: Iterator[Batch] = iter(())

    @property
    def batches(self) -> int:
        """How many batches make an epoch."""
        return len(self.parts[0]) // self.size

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Batch:
        """Return the next batch; an epoch follows upon the other."""
        batch = next(self.coming, None)
        if batch is None:
            self.coming = self._epoch()
            batch = next(self.coming)
        return batch

    def _epoch(self) -> Iterator[Batch]:
        parts, orders = [], []
        for part, draw in zip(self.parts, self.draws, strict=True):
            x = part.x.copy()
            hidden = draw.random(part.counts.shape) * (self.hide + part.counts) < self.hide
            x[..., :2][hidden] = UNKNOWN
            parts.append(Encoded(x, part.counts, part.lengths, part.targets))
            chosen = draw.permutation(len(part))[: self.batches * self.size]
            keys = part.lengths[chosen] + JITTER * draw.random(len(chosen))
            orders.append(chosen[np.argsort(keys)].reshape(self.batches, self.size))
        for number in self.shared.permutation(self.batches):
            yield gather(parts, [order[number] for order in orders], self.tasks)


def _count(parts: Sequence[Encoded]) -> int:
    counts = {len(part) for part in parts}
    if len(counts) != 1:
        raise ValueError(f"every network needs the same number of sentences, got {sorted(counts)}")
    return counts.pop()
