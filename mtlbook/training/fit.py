"""Train one network on all its tasks, and stop each task where it was best."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mtlbook.task import Task

Examples = tuple[Tensor, Tensor]


def fit(
    model: nn.Module,
    tasks: Sequence[Task],
    train: Examples,
    halt: Examples,
    steps: int,
    lr: float,
    weight_decay: float = 0.0,
    every: int = 10,
) -> list[dict[str, Tensor]]:
    """Minimise the summed loss of all tasks; keep, for each task, its best network.

    The whole training set makes one step of Adam. Every ``every`` steps each task's loss is
    measured on the halting set, and the weights are copied for the tasks that have improved.

    Args:
        model: maps inputs ``(n, d)`` to outputs ``(n, T)``, one column per task.
        tasks: the ``T`` tasks, in the order of the columns.
        train: inputs ``(n, d)`` and targets ``(n, T)``.
        halt: inputs and targets that decide when to stop.
        steps: number of updates.
        lr: step size of Adam.
        weight_decay: L2 penalty on all parameters.
        every: steps between two looks at the halting set.

    Returns:
        For each task the ``state_dict`` with the lowest halting loss of that task.
    """
    optimiser = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay)
    (x, y), (x_halt, y_halt) = train, halt
    lowest = [float("inf")] * len(tasks)
    snapshots: list[dict[str, Tensor]] = [{} for _ in tasks]
    for step in range(1, steps + 1):
        z = model(x)
        losses = [task.loss(z[:, t], y[:, t]) for t, task in enumerate(tasks)]
        optimiser.zero_grad()
        torch.stack(losses).sum().backward()
        optimiser.step()
        if step % every == 0:
            with torch.no_grad():
                z = model(x_halt)
            for t, task in enumerate(tasks):
                loss = task.loss(z[:, t], y_halt[:, t]).item()
                if loss < lowest[t]:
                    lowest[t] = loss
                    snapshots[t] = copy.deepcopy(model.state_dict())
    return snapshots
