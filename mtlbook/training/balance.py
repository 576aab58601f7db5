"""Weights for the gradients of several tasks, for many networks at once.

The shared parameters of a network get one gradient from each task. A gradient method takes a
weighted sum of them, and its weights depend on nothing but their inner products, the Gramian
``G[i, j] = g_i . g_j``. Every function here maps Gramians ``(S, T, T)`` of S networks and T tasks
to weights ``(S, T)`` in double precision. Programmes over weights are solved exactly: each
*support*, a set of tasks whose weights are free while the others' are 0, has a closed form, and
the one that meets the conditions of an optimum is taken. There are ``K = 2 ** T`` supports, few
enough for eight tasks.

Domain: lengths are scaled out first, so gradients may differ in length by any factor. What is left
are cosines, which double precision holds to 2e-16: angles to 1e-7 from equal or from opposed are
told apart, smaller ones are lost, and at 1e-7 itself weights are known to a few per cent. No
direction of MGDA, UPGrad or Nash-MTL harms a task by more than rounding: ``g_j . d`` is at least
``-1e-15 * |g_j| * sum(|w_i| * |g_i|)``. What cannot be solved (a gradient that is not finite; for
Nash-MTL also opposed gradients, where no solution exists) gets weights of NaN, in that network
alone.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import torch
from torch import Tensor


def gramian(jacobian: Tensor) -> Tensor:
    """Return the inner products ``(S, T, T)`` of gradients ``(S, T, P)``, in double precision.

    Raises:
        ValueError: if the gradients have another number of axes.
    """
    if jacobian.ndim != 3:
        raise ValueError(f"expected gradients (S, T, P), got {tuple(jacobian.shape)}")
    exact = jacobian.double()
    return exact @ exact.mT


def pcgrad_weights(gram: Tensor, order: Tensor) -> Tensor:
    """PCGrad: each gradient loses its part against every task that it conflicts with.

    Yu et al. (2020), Algorithm 1; the projected gradients are added.

    Args:
        gram: Gramians ``(S, T, T)``.
        order: the order in which each task meets all tasks, ``(S, T, T)``: row i is a permutation
            of the tasks; task i itself is passed over.
    """
    gram, tasks = gram.double(), gram.shape[-1]
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
        return _mgda_pair(gram.double())
    lengths, cosines = _scaled(gram)
    # Of v >= 0 with v.r = 1, where r is 1 for the shortest gradient, find the lowest v.Cv.
    r = torch.where(lengths > 0, lengths.amin(dim=-1, keepdim=True) / lengths, 1.0)[:, None]
    x = _on_supports(cosines, r[..., None])[..., 0]
    v = (x / (x * r).sum(dim=-1, keepdim=True)).clamp(min=0)
    pull = v @ cosines
    slack = pull - (pull * v).sum(dim=-1, keepdim=True) * r
    w = _best(v, torch.minimum(v, slack), gram) * r[:, 0]
    return w / w.sum(dim=-1, keepdim=True)


def upgrad_weights(gram: Tensor) -> Tensor:
    """UPGrad: each gradient moves to the nearest direction that is no task's enemy.

    Quinton and Rey (2024): the mean of the projections of the gradients onto the dual cone of
    all of them.
    """
    lengths, cosines = _scaled(gram)
    # Row i is added to the gradient of task i: a >= 0, and C(e_i + a) >= 0 where a = 0.
    added = _on_supports(cosines, -cosines[:, None]).mT.clamp(min=0)
    slack = cosines[:, None] + added @ cosines[:, None]
    violation = torch.minimum(added, slack)
    rows = [_best(added[:, :, i], violation[:, :, i], gram) for i in range(gram.shape[-1])]
    share = lengths + (lengths[:, None] @ torch.stack(rows, dim=1))[:, 0]
    return share / gram.shape[-1] / lengths.where(lengths > 0, 1.0)


def cagrad_weights(gram: Tensor, c: float | Tensor) -> Tensor:
    """CAGrad: near the mean gradient, the direction that is best for the worst-off task.

    Liu et al. (2021), Algorithm 1, with the convex programme over weights solved exactly: on a
    given support the best weights follow from a quadratic equation. A gradient of 0 is nobody's.

    Args:
        gram: Gramians ``(S, T, T)``.
        c: how far the direction may be from the mean gradient, relative to that one's length; one
            number, or one for each network, ``(S,)``.

    Raises:
        ValueError: if ``c`` is not between 0 and 1.
    """
    radius = torch.as_tensor(c, dtype=torch.float64).expand(len(gram))[:, None, None]
    if not ((radius >= 0) & (radius < 1)).all():
        raise ValueError(f"c must lie in [0, 1), got {c}")
    lengths, cosines = _scaled(gram)
    mean = lengths[:, None] / gram.shape[-1]
    size = _length(cosines, mean)  # of the mean gradient, from here on the unit
    lost = size.square() <= 2 * torch.finfo(gram.dtype).eps * mean.sum(dim=-1).square()
    q = mean @ cosines / size.where(~lost, 1.0)[..., None]
    positive = lengths.where(lengths > 0, torch.inf)
    r = (positive.amin(dim=-1, keepdim=True) / positive)[:, None]
    # Find h >= 0 of length c with Ch + q = zr on the support, and >= zr elsewhere.
    x, f = _on_supports(cosines, torch.stack([r, q], dim=-1)).unbind(dim=-1)
    square = (x * r).sum(dim=-1, keepdim=True)
    z = (f * r).sum(dim=-1, keepdim=True) / square
    f = f - z * x  # at a right angle to x, so that h = tx - f
    t = ((radius.square() - (f * q).sum(dim=-1, keepdim=True)).clamp(min=0) / square).sqrt()
    h = (t * x - f).clamp(min=0)
    slack = h @ cosines + q - (z + t) * r
    excess = (_length(cosines, h)[..., None].square() - radius.square()) / (
        1 + h.sum(dim=-1, keepdim=True)
    )
    best = _best(h, torch.cat([torch.minimum(h, slack), excess], dim=-1), gram)
    scale = radius[:, 0] / _length(cosines, best[:, None]).clamp(min=1e-30)
    step = torch.where(lost, 0.0, size * scale * best)
    return 1 / gram.shape[-1] + step / positive


def nash_weights(gram: Tensor, iterations: int = 20, further: int = 100) -> Tensor:
    """Nash-MTL: the weights with ``G w = 1 / w``, by damped Newton steps.

    Navon et al. (2022): the bargaining solution. The direction always has length
    sqrt(T), so only its course matters. For two tasks it is the bisector. A gradient of 0 does
    not bargain, and has weight 0.

    Args:
        gram: Gramians ``(S, T, T)``.
        iterations: steps for every network, with 1e-9 on the diagonal of the cosines.
        further: the most that are added, without it, where the equations are not solved by then.
    """
    lengths, cosines = _scaled(gram)
    bargains, eps = lengths > 0, torch.finfo(gram.dtype).eps
    eye = torch.eye(gram.shape[-1], dtype=torch.float64)
    cosines = cosines + torch.diag_embed((~bargains).double())
    scale = lengths.where(bargains, 1.0)
    if gram.shape[-1] == 2:
        w = 1 / (scale * (1 + cosines[:, :1, 1]).sqrt())
        solved = eps * (w * scale).sum(dim=-1).square() < 0.25
        return w.where(bargains, 0.0).where(solved[:, None], torch.nan)
    w, rounded = torch.ones_like(lengths), cosines + 1e-9 * eye
    for _ in range(iterations):
        w = _newton(rounded, w)
    for _ in range(further):
        # What a rounded cosine leaves open of w.Cw, which is to be 1 for each task.
        known = eps * w.sum(dim=-1).square()
        shares = w * (cosines @ w[..., None])[..., 0]
        solved = ((shares - 1).abs().amax(dim=-1) <= 1e-6 + 4 * known) & (known < 0.25)
        unsolved = ~solved & (known < 0.25)
        if not unsolved.any():
            break
        w = torch.where(unsolved[:, None], _newton(cosines, w), w)
    return (w / scale).where(bargains, 0.0).where(solved[:, None], torch.nan)


def _newton(cosines: Tensor, w: Tensor) -> Tensor:
    """A damped step towards the lowest ``w.Cw / 2 - sum(log w)``, which cannot leave ``w > 0``."""
    slope = (cosines @ w[..., None])[..., 0] - 1 / w
    step: Tensor = torch.linalg.solve_ex(cosines + torch.diag_embed(w**-2), slope)[0]
    decrement = (slope * step).sum(dim=-1, keepdim=True).clamp(min=0).sqrt()
    return w - step / (1 + decrement)


def _mgda_pair(gram: Tensor) -> Tensor:
    first, second, inner = gram[:, 0, 0], gram[:, 1, 1], gram[:, 0, 1]
    apart = (first + second - 2 * inner).clamp(min=1e-300)  # squared distance of the gradients
    w = ((second - inner) / apart).clamp(0, 1)
    # 1 - w has few digits where it is small, and too few where the gradients cancel.
    opposed = inner < (1e-6 - 1) * (first * second).sqrt()
    rest = torch.where((w > 1 - 1e-5) | opposed, (first - inner).clamp(min=0) / apart, 1 - w)
    rest = rest.where(w > 0, 1.0)
    return torch.stack([w, rest], dim=-1)


def _scaled(gram: Tensor) -> tuple[Tensor, Tensor]:
    """The lengths ``(S, T)`` of the gradients and their cosines, 0 for a gradient of 0."""
    gram = gram.double()
    lengths = gram.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()
    scale = lengths.where(lengths > 0, 1.0)
    return lengths, gram / (scale[:, :, None] * scale[:, None])


@cache
def _supports(tasks: int) -> tuple[Tensor, Tensor]:
    """Each support as a row ``(K, T)``, and as the matrix ``(K, T, T)`` of its pairs."""
    support = torch.tensor(list(product([0.0, 1.0], repeat=tasks)), dtype=torch.float64)
    return support, support[:, :, None] * support[:, None]


def _on_supports(cosines: Tensor, right: Tensor) -> Tensor:
    """Solve ``C x = right`` among the tasks of each support; ``x`` is 0 elsewhere.

    Args:
        cosines: ``(S, T, T)``; what is rounded off them keeps equal gradients apart.
        right: ``(S, 1, T, R)``.

    Returns:
        ``(S, K, T, R)``; what has no solution is not finite.
    """
    support, pairs = _supports(cosines.shape[-1])
    outside = torch.diag_embed(1 - support + torch.finfo(torch.float64).eps)
    found: Tensor = torch.linalg.solve_ex(
        cosines[:, None] * pairs + outside, right * support[..., None]
    )[0]
    return found


def _length(gram: Tensor, w: Tensor) -> Tensor:
    """The length ``(S, K)`` of the sum of the gradients weighted by ``(S, K, T)``."""
    return ((w @ gram) * w).sum(dim=-1).clamp(min=0).sqrt()


def _best(w: Tensor, violation: Tensor, gram: Tensor) -> Tensor:
    """The weights ``(S, T)`` that violate an optimum's conditions least, of ``(S, K, T)``.

    They are NaN where the violation is more than the rounding of the Gramian explains.
    """
    worst, k = violation.abs().amax(dim=-1).nan_to_num(torch.inf).min(dim=-1)
    best = w[torch.arange(len(w)), k]
    rounding = 1e3 * torch.finfo(gram.dtype).eps * (1 + best.sum(dim=-1))
    return best.where((worst <= rounding)[:, None], torch.nan)
