"""What networks with one output per task lose on examples: what ``fit`` is given for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from mtlbook.models.networks import Networks
from mtlbook.task import Examples, Task


def task_losses(
    tasks: Sequence[Task], weights: Sequence[float] | None = None
) -> Callable[[Any, Examples], dict[str, Tensor]]:
    """Return a function of one network and its examples that returns its loss on each task.

    Args:
        tasks: in the order of the outputs; their names are the keys.
        weights: a factor on each loss; all 1 by default.

    Raises:
        ValueError: if two tasks have one name, or there are not as many weights as tasks. The
            function raises it where outputs or targets have no column for each task.
    """
    names = [task.name for task in tasks]
    if len(set(names)) < len(names):
        raise ValueError(f"each task needs a name of its own, got {', '.join(names)}")
    if weights is not None and len(weights) != len(tasks):
        raise ValueError(f"expected {len(tasks)} weights, one for each task, got {len(weights)}")

    def losses(network: Any, examples: Examples) -> dict[str, Tensor]:
        x, y = examples
        z = network(x)
        if z.shape != y.shape or z.shape[-1] != len(tasks):
            raise ValueError(
                f"{len(tasks)} tasks want outputs and targets with a column for each, "
                f"got {tuple(z.shape)} and {tuple(y.shape)}"
            )
        each = _each(tasks, z, y)
        if weights is not None:
            each = each * each.new_tensor(weights)
        return dict(zip(names, each, strict=True))

    return losses


def validation_losses(
    tasks: Sequence[Task], held_out: Examples
) -> Callable[[Any], dict[str, Tensor]]:
    """Return what ``fit`` validates networks by: the loss on each task, on other examples.

    Each task then stops each network on its own.

    Args:
        tasks: those that are looked at: the first outputs, in their order.
        held_out: the examples.
    """

    def losses(network: Any, examples: Examples) -> dict[str, Tensor]:
        x, y = examples
        each = _each(tasks, network(x)[:, : len(tasks)], y[:, : len(tasks)])
        return dict(zip([task.name for task in tasks], each, strict=True))

    def validate(networks: Any) -> dict[str, Tensor]:
        many = isinstance(networks, Networks)
        return networks.each(losses, held_out) if many else losses(networks, held_out)

    return validate


def _each(tasks: Sequence[Task], z: Tensor, y: Tensor) -> Tensor:
    """Return the loss of each task ``(T,)``, of outputs and targets ``(n, T)``."""
    if len({task.loss for task in tasks}) == 1:  # of one kind: all at once, which is faster
        return tasks[0].loss(z.mT, y.mT)
    columns = zip(tasks, z.unbind(-1), y.unbind(-1), strict=True)
    return torch.stack([task.loss(output, target) for task, output, target in columns])
