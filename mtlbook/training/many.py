"""Train many small networks at once along a leading seed axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from mtlbook.models.mlp import ManyMLPs
from mtlbook.task import Task
from mtlbook.training.fit import Examples


@dataclass(frozen=True)
class FitMany:
    """What :func:`fit_many` found, for ``S`` seeds, ``T`` tasks and ``C`` looks at the losses.

    Attributes:
        model: the networks as they are after the last step.
        steps: the step of each look, ``(C,)``.
        train_loss: loss on the training set at each look, ``(C, S, T)``.
        halt_loss: loss on the halting set at each look, ``(C, S, T)``; empty without one.
        best_step: the step each task was stopped at, ``(S, T)``.
        snapshots: for each kept task, its parameters at that step.
    """

    model: ManyMLPs
    steps: np.ndarray
    train_loss: np.ndarray
    halt_loss: np.ndarray
    best_step: np.ndarray
    snapshots: dict[int, dict[str, Tensor]]

    def predict(self, x: Tensor, task: int = 0) -> Tensor:
        """Return the outputs ``(S, n)`` of ``task``, from the networks kept for that task."""
        with torch.no_grad():
            z: Tensor = functional_call(self.model, self.snapshots[task], (x,))
        return z[..., task]


def fit_many(
    model: ManyMLPs,
    tasks: Sequence[Task],
    train: Examples,
    halt: Examples | None = None,
    *,
    steps: int,
    lr: float,
    weight_decay: float = 0.0,
    weights: Sequence[float] | None = None,
    rates: Sequence[float] | None = None,
    every: int = 10,
    keep: Sequence[int] = (0,),
) -> FitMany:
    """Do for ``S`` networks at once what :func:`mtlbook.training.fit.fit` does for one.

    Args:
        model: ``S`` networks with ``T`` outputs each.
        tasks: the ``T`` tasks, in the order of the outputs.
        train: inputs ``(S, n, d)`` and targets ``(S, n, T)``.
        halt: inputs and targets that stop each task in each network on its own; without them
            every task keeps the last step.
        steps: number of full-batch Adam updates.
        lr: step size of Adam.
        weight_decay: L2 penalty on all parameters.
        weights: weight of each task's loss; all 1 by default.
        rates: factor on the step of each task's own output weights; all 1 by default. A task's
            ``weight`` acts on the trunk as well, its ``rate`` does not (Caruana 1997, 7.3).
        every: steps between two looks at the losses.
        keep: the tasks whose best networks are kept.

    Raises:
        ValueError: if shapes or numbers of tasks disagree, or there would be no look.
    """
    _check(model, tasks, train, halt, weights, rates, steps, every, keep)
    optimiser = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay)
    ones = [1.0] * len(tasks)
    weight = torch.as_tensor(ones if weights is None else weights, dtype=train[0].dtype)
    best: dict[int, dict[str, Tensor]] = {t: _copy(model) for t in keep}
    lowest = np.full((len(train[0]), len(tasks)), np.inf)
    best_step = np.full(lowest.shape, steps)
    looks, train_loss, halt_loss = [], [], []

    for step in range(1, steps + 1):
        # Networks share no parameter, so the sum over seeds gives each its own gradient.
        optimiser.zero_grad()
        (_losses(model, tasks, train) * weight).sum().backward()
        _step(optimiser, model, rates)
        if step % every:
            continue
        looks.append(step)
        train_loss.append(_measure(model, tasks, train))
        if halt is None:
            continue
        halting = _measure(model, tasks, halt)
        halt_loss.append(halting)
        improved = halting < lowest
        lowest = np.where(improved, halting, lowest)
        best_step = np.where(improved, step, best_step)
        for t, snapshot in best.items():
            _update(snapshot, model, torch.from_numpy(improved[:, t]))

    if halt is None:
        best = {t: _copy(model) for t in keep}
    return FitMany(
        model, np.array(looks), np.array(train_loss), np.array(halt_loss), best_step, best
    )


def _losses(model: ManyMLPs, tasks: Sequence[Task], examples: Examples) -> Tensor:
    """Loss of each task in each network, ``(S, T)``."""
    z, y = model(examples[0]), examples[1]
    if len({task.loss for task in tasks}) == 1:  # one kind of loss: no loop over tasks
        return tasks[0].loss(z.mT, y.mT)
    return torch.stack([task.loss(z[..., t], y[..., t]) for t, task in enumerate(tasks)], dim=-1)


def _measure(model: ManyMLPs, tasks: Sequence[Task], examples: Examples) -> np.ndarray:
    with torch.no_grad():
        losses: np.ndarray = _losses(model, tasks, examples).numpy()
    return losses


def _copy(model: ManyMLPs) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def _update(snapshot: dict[str, Tensor], model: ManyMLPs, improved: Tensor) -> None:
    for name, p in model.named_parameters():
        snapshot[name] = torch.where(improved[:, None, None], p.detach(), snapshot[name])


def _step(optimiser: torch.optim.Optimizer, model: ManyMLPs, rates: Sequence[float] | None) -> None:
    if rates is None:
        optimiser.step()
        return
    heads = (model.head_weight, model.head_bias)
    before = [p.detach().clone() for p in heads]
    optimiser.step()
    rate = torch.as_tensor(rates, dtype=before[0].dtype)
    with torch.no_grad():
        for p, old in zip(heads, before, strict=True):
            p.copy_(old + rate * (p - old))


def _check(
    model: ManyMLPs,
    tasks: Sequence[Task],
    train: Examples,
    halt: Examples | None,
    weights: Sequence[float] | None,
    rates: Sequence[float] | None,
    steps: int,
    every: int,
    keep: Sequence[int],
) -> None:
    networks, inputs, _ = model.trunk_weight.shape
    outputs = model.head_weight.shape[-1]
    if len(tasks) != outputs:
        raise ValueError(f"{len(tasks)} tasks for networks with {outputs} outputs")
    for name, examples in (("train", train), ("halt", halt)):
        if examples is None:
            continue
        x, y = examples
        n = x.shape[1] if x.ndim == 3 else -1
        if x.shape != (networks, n, inputs) or y.shape != (networks, n, outputs):
            raise ValueError(
                f"{name}: expected inputs ({networks}, n, {inputs}) and targets "
                f"({networks}, n, {outputs}), got {tuple(x.shape)} and {tuple(y.shape)}"
            )
    for name, values in (("weights", weights), ("rates", rates)):
        if values is not None and len(values) != outputs:
            raise ValueError(f"{name}: expected {outputs} values, got {len(values)}")
    if not 1 <= every <= steps:
        raise ValueError(f"every: expected 1 to {steps}, the number of steps, got {every}")
    if not set(keep) <= set(range(outputs)):
        raise ValueError(f"keep: {list(keep)} names a task outside 0..{outputs - 1}")
