"""Train many taggers at once on sources that may each label another task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from mtlbook.data.batches import Batch, in_order, join
from mtlbook.data.vocabulary import Encoded
from mtlbook.models.tagger import Routed
from mtlbook.training.mixing import Schedule
from mtlbook.training.tag_losses import Measure, batch_losses, measure


@dataclass(frozen=True)
class FitTaggers:
    """What :func:`fit_taggers` found, for ``S`` seeds, ``K`` kept tasks and ``C`` looks.

    Attributes:
        model: the networks as they are after the last update.
        steps: the update of each look, ``(C,)``.
        halting: for each kept task its error (or loss) on the halting set at each look,
            ``(C, S)``; empty without a halting set.
        best_step: for each kept task the update it was stopped at, ``(S,)``.
        snapshots: for each kept task, the parameters at that update.
    """

    model: Routed
    steps: np.ndarray
    halting: dict[str, np.ndarray]
    best_step: dict[str, np.ndarray]
    snapshots: dict[str, dict[str, Tensor]]

    def predict(
        self, parts: Sequence[Encoded], task: str, labels: Sequence[str]
    ) -> list[list[list[str]]]:
        """Tag sentences with the networks that were kept for a task.

        Args:
            parts: for each network, its sentences.
            task: the task.
            labels: its labels, in the order of their numbers.

        Returns:
            For each network and sentence, a label for each word.
        """
        found: list[list[list[str]]] = [[[] for _ in range(len(part))] for part in parts]
        for rows, batch in in_order(parts, []):
            with torch.no_grad():
                logits = functional_call(
                    self.model, self.snapshots[task], (batch.x, batch.lengths, [task])
                )
            best = logits[task].argmax(-1).numpy()
            for s, places in enumerate(rows):
                for b, place in enumerate(places):
                    found[s][place] = [labels[i] for i in best[s, b, : batch.lengths[s, b]]]
        return found


def fit_taggers(
    model: Routed,
    streams: Mapping[str, Iterator[Batch]],
    schedule: Schedule,
    halt: Sequence[Encoded] | None = None,
    *,
    lr: float,
    keep: Sequence[str],
    weights: Mapping[str, float] | None = None,
    weight_decay: float = 0.0,
    penalty: Callable[[Routed], Tensor] | None = None,
    every: int = 10,
    by: Measure = "error",
) -> FitTaggers:
    """Minimise the weighted sum of the tasks' losses; keep, for each task, its best networks.

    The batches of one update are joined, and each task's loss is the mean over the words that are
    labelled with it; then Adam takes a step. Each task is stopped on its own, in each network.

    Args:
        model: ``S`` networks that map features and lengths to logits for each task, such as
            :class:`~mtlbook.models.many_taggers.ManyTaggers`.
        streams: for each source its batches; a batch teaches the tasks it has labels of.
        schedule: the sources of each update.
        halt: for each network, the sentences that decide when to stop; without them every task
            keeps the last update.
        lr: step size of Adam.
        keep: the tasks whose best networks are kept.
        weights: weight of each task's loss, 1 where nothing is said.
        weight_decay: L2 penalty on all parameters.
        penalty: gives a penalty for all networks together, such as one of
            :mod:`mtlbook.models.sharing`.
        every: updates between two looks at the halting set; there is one at the end as well.
        by: what is lowest when a task is stopped: its ``error``, the share of words with a wrong
            label, or its ``loss``. The loss of a tagger that has few sentences rises again, from
            too much confidence, long before its labels get worse; stopping by it favours
            whichever arm that happens to last.

    Raises:
        ValueError: if a source or a task is unknown, or there would be no look.
    """
    _check(model, streams, schedule, keep, weights or {}, every)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
    networks = len(next(model.parameters()))
    lowest = {task: np.full(networks, np.inf) for task in keep}
    best_step = {task: np.full(networks, len(schedule)) for task in keep}
    snapshots = {task: _copy(model) for task in keep}
    looks: list[int] = []
    curves: dict[str, list[np.ndarray]] = {task: [] for task in keep}

    for step, sources in enumerate(schedule, 1):
        batch = join([next(streams[source]) for source in sources])
        losses = {
            task: (weights or {}).get(task, 1.0) * loss.sum()
            for task, loss in batch_losses(model, batch).items()
        }
        # Networks share no parameter, so the sum over seeds gives each its own gradient.
        total = torch.stack(list(losses.values())).sum()
        optimiser.zero_grad()
        (total if penalty is None else total + penalty(model)).backward()
        optimiser.step()
        if step % every and step < len(schedule):
            continue
        looks.append(step)
        for task, now in measure(model, halt, keep, by).items() if halt else ():
            improved = now < lowest[task]
            lowest[task] = np.where(improved, now, lowest[task])
            best_step[task] = np.where(improved, step, best_step[task])
            _update(snapshots[task], model, torch.from_numpy(improved))
            curves[task].append(now)

    if not halt:
        snapshots = {task: _copy(model) for task in keep}
    halting = {task: np.array(curve) for task, curve in curves.items()}
    return FitTaggers(model, np.array(looks), halting, best_step, snapshots)


def _copy(model: Routed) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def _update(snapshot: dict[str, Tensor], model: Routed, improved: Tensor) -> None:
    for name, p in model.named_parameters():
        chosen = improved.view(-1, *[1] * (p.ndim - 1))
        snapshot[name] = torch.where(chosen, p.detach(), snapshot[name])


def _check(
    model: Routed,
    streams: Mapping[str, Iterator[Batch]],
    schedule: Schedule,
    keep: Sequence[str],
    weights: Mapping[str, float],
    every: int,
) -> None:
    unknown = {source for update in schedule for source in update} - streams.keys()
    if unknown:
        raise ValueError(f"no stream for {sorted(unknown)}; there are {sorted(streams)}")
    for name, tasks in (("keep", keep), ("weights", weights)):
        if not set(tasks) <= model.routes.keys():
            raise ValueError(f"{name}: {sorted(tasks)} names a task outside {sorted(model.routes)}")
    if not 1 <= every <= len(schedule):
        raise ValueError(f"every: expected 1 to {len(schedule)}, the updates, got {every}")
