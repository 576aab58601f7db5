"""What one joint run says of how tasks pull: gradient cosines and lookahead affinity.

Both are measured on the layers that tasks share, in each of S networks.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtlbook.data.batches import Batch
from mtlbook.models.networks import Networks
from mtlbook.training.tagging import tag_losses

Gradient = dict[str, Tensor]
"""For each shared parameter its gradient, ``(S, …)``: the networks in front."""


@dataclass(frozen=True)
class Probe:
    """How an auxiliary task pulls at one moment, in each of ``S`` networks.

    Attributes:
        cosine: of the angle between its gradient and the main task's, ``(S,)``.
        affinity: the share of the main loss that a step for it takes away, ``(S,)``.
    """

    cosine: Tensor
    affinity: Tensor


def shared_parameters(networks: Networks) -> dict[str, Tensor]:
    """Return all parameters but those of the heads."""
    every = networks.one.named_parameters()
    return {name: p for name, p in every if not name.startswith("heads.")}


def task_gradient(networks: Networks, loss: Tensor) -> Gradient:
    """Return the gradient of each network's loss ``(S,)`` in the shared parameters.

    The graph of the loss is kept, so that the next task's can be taken.
    """
    shared = shared_parameters(networks)
    # Networks share no parameter, so the sum over seeds gives each its own gradient.
    found = torch.autograd.grad(loss.sum(), list(shared.values()), retain_graph=True)
    return dict(zip(shared, found, strict=True))


def inner(first: Gradient, second: Gradient) -> Tensor:
    """Return the inner product in each network, ``(S,)``."""
    products = [(first[name] * second[name]).flatten(1).sum(-1) for name in first]
    return torch.stack(products).sum(0)


def gradient_cosine(first: Gradient, second: Gradient) -> Tensor:
    """Return the cosine of the angle in each network, ``(S,)``; 0 if a gradient is 0."""
    lengths = (inner(first, first) * inner(second, second)).sqrt()
    return torch.where(lengths > 0, inner(first, second) / lengths.clamp(min=1e-30), 0.0)


def lookahead_affinity(
    networks: Networks, main: str, batch: Batch, loss: Tensor, gradient: Gradient, length: float
) -> Tensor:
    """Return ``1 - L(after) / L(before)`` of the main task for a step against another's gradient.

    After Fifty et al. (2021); their step is the optimiser's, here every task's step has the same
    length, so that a task with large gradients does not stand out by them.

    Args:
        networks: they stay as they are.
        main: the main task.
        batch: sentences with its labels.
        loss: the main loss on them before the step, ``(S,)``.
        gradient: of the other task.
        length: of the step, in the space of all shared parameters.

    Returns:
        The affinity in each network, ``(S,)``; above 0 where the step lowers the main loss.
    """
    norm = inner(gradient, gradient).sqrt().clamp(min=1e-30)
    moved = copy.deepcopy(networks)
    with torch.no_grad():
        for name, p in shared_parameters(moved).items():
            scale = (length / norm).view(-1, *[1] * (p.ndim - 1))
            p -= scale * gradient[name]
        after: Tensor = moved.each(tag_losses, batch)[main]
    return 1 - after / loss.detach()


def probe(
    networks: Networks, main: str, main_batch: Batch, aux_batch: Batch, length: float = 0.3
) -> dict[str, Probe]:
    """Measure how each auxiliary task pulls at the shared layers, beside the main task.

    Args:
        networks: taggers that share all but their heads.
        main: the main task.
        main_batch: sentences with its labels alone.
        aux_batch: sentences with labels of the auxiliary tasks.
        length: of the step of :func:`lookahead_affinity`.
    """
    loss = networks.each(tag_losses, main_batch)[main]
    own = task_gradient(networks, loss)
    found = {}
    for task, other in networks.each(tag_losses, aux_batch).items():
        gradient = task_gradient(networks, other)
        affinity = lookahead_affinity(networks, main, main_batch, loss, gradient, length)
        found[task] = Probe(gradient_cosine(own, gradient), affinity)
    return found


def mean_probe(
    probes: Sequence[Mapping[str, Probe]], task: str, start: int, end: int
) -> tuple[Tensor, Tensor]:
    """Return the mean cosine and affinity of a task over the probes ``start`` to ``end - 1``."""
    chosen = [p[task] for p in probes[start:end]]
    return (
        torch.stack([p.cosine for p in chosen]).mean(0),
        torch.stack([p.affinity for p in chosen]).mean(0),
    )
