"""Train many small networks at once, with their tasks balanced by a method."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtlbook.training.adam import ManyAdam
from mtlbook.training.balance import gramian
from mtlbook.training.balance_methods import Method


def task_gradients(
    losses: Tensor, shared: Sequence[Tensor], heads: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Take the gradients of each task on its own, which costs a backward pass for each.

    Args:
        losses: ``(S, T)``, of networks that share no parameter with each other.
        shared: parameters of the trunk, each with the S networks in front.
        heads: parameters of the heads, likewise.

    Returns:
        The gradients ``(S, T, P)`` on the P shared parameters of each network, and those of the
        heads, each ``(T, S, ...)``.
    """
    tasks = losses.shape[1]
    rows, own = [], []
    for t in range(tasks):
        found = torch.autograd.grad(
            losses[:, t].sum(), [*shared, *heads], retain_graph=t < tasks - 1
        )
        rows.append(torch.cat([g.flatten(1) for g in found[: len(shared)]], dim=1))
        own.append(found[len(shared) :])
    return torch.stack(rows, dim=1), [torch.stack(same) for same in zip(*own, strict=True)]


def fit_balanced(
    shared: Sequence[Tensor],
    heads: Sequence[Tensor],
    losses: Callable[[int], Tensor],
    method: Method,
    *,
    steps: int,
    lr: float | Tensor,
    decay: float | Tensor = 0.0,
    look: Callable[[int], None] | None = None,
) -> None:
    """Train by Adam with decoupled weight decay; the parameters are changed.

    Args:
        shared: parameters of the trunk, each with the S networks in front.
        heads: parameters of the heads, likewise.
        losses: maps a step, from 1 on, to the losses ``(S, T)``.
        method: weighs the tasks.
        steps: number of updates.
        lr: step size, one for all networks or ``(S,)``.
        decay: weight decay on all parameters, likewise.
        look: is called after each step.

    Raises:
        ValueError: if there is no step to make.
    """
    if steps < 1:
        raise ValueError(f"steps: expected 1 or more, got {steps}")
    networks = len(shared[0])
    rates = [
        torch.as_tensor(value, dtype=shared[0].dtype).expand(networks) for value in (lr, decay)
    ]
    optimiser = ManyAdam([*shared, *heads], *rates)
    for step in range(1, steps + 1):
        values = losses(step)
        if method.needs_gradients:
            _weigh_gradients(values, shared, heads, method)
        else:
            # Networks share no parameter, so the sum over seeds gives each its own gradient.
            (method.weights(values.detach(), None) * values).sum().backward()
        optimiser.step()
        if look is not None:
            look(step)


def _weigh_gradients(
    values: Tensor, shared: Sequence[Tensor], heads: Sequence[Tensor], method: Method
) -> None:
    jacobian, own = task_gradients(values, shared, heads)
    weights = method.weights(values.detach(), gramian(jacobian))
    direction = (weights[:, None] @ jacobian)[:, 0]
    sizes = [p[0].numel() for p in shared]
    for p, flat in zip(shared, direction.split(sizes, dim=1), strict=True):
        p.grad = flat.reshape(p.shape)
    on_heads = weights if method.heads_too else torch.ones_like(weights)
    for p, rows in zip(heads, own, strict=True):
        p.grad = torch.einsum("st,ts...->s...", on_heads, rows)
