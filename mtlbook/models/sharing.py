"""What tasks share: the same layers (hard sharing), or like parameters (soft sharing).

Hard sharing is a matter of routes: for each task the names of its embedding and its layers, in
order. What has the same name is the same. Soft sharing is a penalty on the parameters of layers
that the tasks have apart; a penalty takes one tensor per task, all of the same shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

Routes = Mapping[str, Sequence[str]]


def separate(tasks: Sequence[str], layers: int) -> dict[str, tuple[str, ...]]:
    """Share nothing: each task has an embedding and ``layers`` layers of its own."""
    return {
        task: (f"{task} words", *(f"{task} {k}" for k in range(1, layers + 1))) for task in tasks
    }


def hard(
    tasks: Sequence[str], layers: int, split: int | Mapping[str, int] | None = None
) -> dict[str, tuple[str, ...]]:
    """Share the embedding and the lowest layers; every task has ``layers`` layers in all.

    Args:
        tasks: their names.
        layers: layers of each task.
        split: how many of them are shared, for all tasks or for each; the rest are the task's
            own. By default all are shared; with 0 only the embedding is.

    Raises:
        ValueError: if a task has no split, or one outside 0 to ``layers``.
    """
    given = layers if split is None else split
    splits = dict.fromkeys(tasks, given) if isinstance(given, int) else given
    for task in tasks:
        if not 0 <= splits.get(task, -1) <= layers:
            raise ValueError(f"{task}: the split must lie in 0 to {layers}: {splits.get(task)}")
    return {
        task: (
            "words",
            *(str(k) if k <= splits[task] else f"{task} {k}" for k in range(1, layers + 1)),
        )
        for task in tasks
    }


def low_supervision(ends: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Share one stack of layers, and let each task's head leave it where the task needs no more.

    Søgaard and Goldberg (2016) found parts of speech a better auxiliary task at the lowest layer
    than at the highest.

    Args:
        ends: for each task the layer that its head sits on; 0 is the embedding.

    Raises:
        ValueError: if a layer is negative.
    """
    if any(end < 0 for end in ends.values()):
        raise ValueError(f"layers are counted from 0, the embedding: {dict(ends)}")
    return {task: ("words", *map(str, range(1, end + 1))) for task, end in ends.items()}


def check_routes(routes: Routes) -> None:
    """Refuse routes that do not say how a state is computed.

    Raises:
        ValueError: if there is no task, a route is empty, or a layer is entered from two places.
    """
    if not routes or not all(routes.values()):
        raise ValueError("every task needs a route, which begins with an embedding")
    ways: dict[str, tuple[str, ...]] = {}
    for route in routes.values():
        for place, name in enumerate(route):
            way = tuple(route[:place])
            if ways.setdefault(name, way) != way:
                raise ValueError(f"{name!r} is entered on two ways: {ways[name]} and {way}")


def l2_to_mean(parameters: Sequence[Tensor]) -> Tensor:
    r"""Return :math:`\sum_t |w_t - \bar w|^2`: every task is drawn to the mean of all.

    Evgeniou and Pontil (2004). It is 1/T of :func:`pairwise_l2`, for T tasks.
    """
    stacked = torch.stack(list(parameters))
    return (stacked - stacked.mean(dim=0)).square().sum()


def pairwise_l2(parameters: Sequence[Tensor]) -> Tensor:
    r"""Return :math:`\sum_{s<t} |w_s - w_t|^2`: every two tasks are drawn to each other.

    For two tasks this is the penalty of Duong et al. (2015).
    """
    stacked = torch.stack([p.flatten() for p in parameters])
    first, second = torch.triu_indices(len(stacked), len(stacked), offset=1)
    return (stacked[first] - stacked[second]).square().sum()


def trace_norm(parameters: Sequence[Tensor]) -> Tensor:
    """Return the sum of the singular values of the matrix with one row per task.

    It draws the tasks to a common subspace of few dimensions (Argyriou et al. 2008; for networks
    Yang and Hospedales 2017).
    """
    stacked = torch.stack([p.flatten() for p in parameters])
    norm: Tensor = torch.linalg.svdvals(stacked).sum()
    return norm
