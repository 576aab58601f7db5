"""Weights for the gradients of several tasks, for many networks at once.

The shared parameters of a network get one gradient from each task. A gradient method takes a
weighted sum of them, and its weights depend on nothing but their inner products, the Gramian
``G[i, j] = g_i . g_j``. Every function here maps Gramians ``(S, T, T)`` of S networks and T tasks
to weights ``(S, T)``. Programmes over weights are solved exactly: each *support*, a set of tasks
whose weights are free while the others' are 0, has a closed form, and the best is taken. There are
``K = 2 ** T`` supports, few enough for the tasks of this book.
"""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

TINY = 1e-12
"""Added to the diagonal of a Gramian, relative to its mean, where one is inverted."""


def gramian(jacobian: Tensor) -> Tensor:
    """Return the inner products ``(S, T, T)`` of gradients ``(S, T, P)``.

    Raises:
        ValueError: if the gradients have another number of axes.
    """
    if jacobian.ndim != 3:
        raise ValueError(f"expected gradients (S, T, P), got {tuple(jacobian.shape)}")
    return jacobian @ jacobian.mT


def pcgrad_weights(gram: Tensor, order: Tensor) -> Tensor:
    """PCGrad: each gradient loses its part against every task that it conflicts with.

    Yu et al. (2020), Algorithm 1; the projected gradients are added.

    Args:
        gram: Gramians ``(S, T, T)``.
        order: the order in which each task meets all tasks, ``(S, T, T)``: row i is a permutation
            of the tasks; task i itself is passed over.
    """
    tasks = gram.shape[-1]
    diagonal = gram.diagonal(dim1=-2, dim2=-1)
    every = torch.arange(len(gram))
    weights = torch.zeros_like(diagonal)
    for i in range(tasks):
        own = torch.zeros_like(diagonal)
        own[:, i] = 1.0
        for k in range(tasks):
            j = order[:, i, k]
            inner = (gram[every, j] * own).sum(dim=-1)
            part = torch.where((inner < 0) & (j != i), inner / diagonal[every, j], 0.0)
            own[every, j] -= part
        weights = weights + own
    return weights


def mgda_weights(gram: Tensor) -> Tensor:
    """MGDA: the shortest vector among all averages of the gradients.

    Désidéri (2012); Sener and Koltun (2018). The weights are not negative and sum
    to 1. For two tasks they have a closed form.
    """
    if gram.shape[-1] == 2:
        return _mgda_pair(gram)
    w = _inverses(gram).sum(dim=-1)
    w = w / w.sum(dim=-1, keepdim=True)
    return _best(w, _square(gram, w), (w >= 0).all(dim=-1))


def upgrad_weights(gram: Tensor) -> Tensor:
    """UPGrad: each gradient moves to the nearest direction that is no task's enemy.

    Quinton and Rey (2024): the mean of the projections of the gradients onto the dual cone of
    all of them.
    """
    tasks = gram.shape[-1]
    inverse = _inverses(gram)
    total = torch.zeros_like(gram[:, 0])
    for i in range(tasks):
        start = torch.zeros_like(gram[:, :1])
        start[..., i] = 1 / tasks
        added = -_apply(inverse, start @ gram)
        w = start + added
        total = total + _best(w, _square(gram, w), (added >= 0).all(dim=-1))
    return total


def cagrad_weights(gram: Tensor, c: float | Tensor) -> Tensor:
    """CAGrad: near the mean gradient, the direction that is best for the worst-off task.

    Liu et al. (2021), Algorithm 1, with the convex programme over weights solved exactly: on a
    given support the best weights follow from a quadratic equation.

    Args:
        gram: Gramians ``(S, T, T)``.
        c: how far the direction may be from the mean gradient, relative to that one's length; one
            number, or one for each network, ``(S,)``.

    Raises:
        ValueError: if ``c`` is not between 0 and 1.
    """
    reach = torch.as_tensor(c, dtype=gram.dtype).expand(len(gram))[:, None]
    if not ((reach >= 0) & (reach < 1)).all():
        raise ValueError(f"c must lie in [0, 1), got {c}")
    uniform = torch.full_like(gram[:, :1], 1 / gram.shape[-1])
    pull = uniform @ gram  # inner products with the mean gradient, (S, 1, T)
    radius = reach * _length(gram, uniform)  # (S, 1)
    inverse = _inverses(gram)
    a, b = inverse.sum(dim=-1), _apply(inverse, pull)
    A, B, D = a.sum(dim=-1), b.sum(dim=-1), (b * pull).sum(dim=-1)
    root = (B.square() - A * (D - radius.square())).clamp(min=0).sqrt()
    w = (((B + root) / A)[..., None] * a - b) / root[..., None]
    value = (w * pull).sum(dim=-1) + radius * _length(gram, w)
    best = _best(w, value, (w >= 0).all(dim=-1))
    scale = radius / _length(gram, best[:, None]).clamp(min=1e-30)
    return uniform[:, 0] + scale * best


def nash_weights(gram: Tensor, iterations: int = 20) -> Tensor:
    """Nash-MTL: the weights with ``G w = 1 / w``, by damped Newton steps.

    Navon et al. (2022): the bargaining solution. The direction always has length
    sqrt(T), so only its course matters. For two tasks it is the bisector.
    """
    scale = gram.diagonal(dim1=-2, dim2=-1).clamp(min=1e-30).sqrt()
    cosines = gram / (scale[:, :, None] * scale[:, None])
    if gram.shape[-1] == 2:
        return 1 / (scale * (1 + cosines[:, :1, 1]).clamp(min=1e-9).sqrt())
    cosines = cosines + 1e-9 * torch.eye(gram.shape[-1], dtype=gram.dtype)
    w = torch.ones_like(scale)
    for _ in range(iterations):
        # Minimise w.Cw / 2 - sum(log w): convex, and these steps cannot leave w > 0.
        slope = (cosines @ w[..., None])[..., 0] - 1 / w
        step = torch.linalg.solve(cosines + torch.diag_embed(w**-2), slope)
        decrement = (slope * step).sum(dim=-1, keepdim=True).clamp(min=0).sqrt()
        w = w - step / (1 + decrement)
    return w / scale


def _mgda_pair(gram: Tensor) -> Tensor:
    first, second, inner = gram[:, 0, 0], gram[:, 1, 1], gram[:, 0, 1]
    apart = (first + second - 2 * inner).clamp(min=1e-30)  # squared distance of the gradients
    w = ((second - inner) / apart).clamp(0, 1)
    return torch.stack([w, 1 - w], dim=-1)


def _inverses(gram: Tensor) -> Tensor:
    """The inverse of the Gramian among the tasks of each support, 0 elsewhere, ``(S, K, T, T)``."""
    tasks = gram.shape[-1]
    support = torch.tensor(list(product([0.0, 1.0], repeat=tasks)), dtype=gram.dtype)
    inside = support[:, :, None] * support[:, None]
    size = gram.diagonal(dim1=-2, dim2=-1).mean(dim=-1).clamp(min=1e-30)[:, None, None, None]
    outside = torch.diag_embed(1 - support) + TINY * torch.eye(tasks, dtype=gram.dtype)
    found: Tensor = torch.linalg.inv(gram[:, None] * inside + size * outside)
    return found * inside


def _apply(inverse: Tensor, vector: Tensor) -> Tensor:
    """Multiply the matrix of each support ``(S, K, T, T)`` with a vector ``(S, 1, T)``."""
    return (inverse @ vector[..., None])[..., 0]


def _square(gram: Tensor, w: Tensor) -> Tensor:
    """The squared length ``(S, K)`` of the sum of the gradients weighted by ``(S, K, T)``."""
    return ((w @ gram) * w).sum(dim=-1)


def _length(gram: Tensor, w: Tensor) -> Tensor:
    return _square(gram, w).clamp(min=0).sqrt()


def _best(w: Tensor, value: Tensor, allowed: Tensor) -> Tensor:
    """Of the weights ``(S, K, T)`` that are allowed, those of the lowest value, ``(S, T)``."""
    k = torch.where(allowed, value, torch.inf).argmin(dim=-1)
    return w[torch.arange(len(w)), k].nan_to_num()
