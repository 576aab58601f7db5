"""How the losses of several tasks are balanced: what each method does at one step.

A method sees the losses ``(S, T)`` of S networks and, if it asks for them, the Gramians
``(S, T, T)`` of the tasks' gradients on the shared parameters, and returns weights ``(S, T)``.
A setting is one number for all networks, or a tensor ``(S,)`` with one for each. Gramians are in
double precision, in whatever precision a network is trained.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtlbook.models.networks import Networks
from mtlbook.training.balance import (
    cagrad_weights,
    gramian,
    mgda_weights,
    nash_weights,
    pcgrad_weights,
    upgrad_weights,
)
from mtlbook.training.loop import Losses, ManyAdam


class Method:
    """The plain sum, and what a method may change about it.

    Attributes:
        needs_gradients: whether ``weights`` is given Gramians, which costs a backward pass a task.
        heads_too: whether the weights act on the heads, as weights of losses do; else each head
            gets its own task's plain gradient, as with ``torchjd.autojac.mtl_backward``.
    """

    needs_gradients = False
    heads_too = True

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return the weights ``(S, T)`` of this step."""
        del gram
        return torch.ones_like(losses)


class Balanced:
    """Makes gradients of losses as a method wants them; it is given to ``fit`` as ``backward``.

    Where a method finds no direction for a network, that network's shared parameters get a gradient
    of 0 at that step, which harms no task; a warning names its seed and the step.

    Args:
        method: weighs the tasks.
        networks: what is trained; tasks share all parameters but those of the heads.
        heads: the name of the part that holds the heads.

    Raises:
        ValueError: if the networks have no such part, or no other.
    """

    def __init__(self, method: Method, networks: Networks, heads: str = "heads") -> None:
        self.method = method
        self.shared, self.heads = (
            [p for name, p in networks.named_parameters() if (heads in name.split(".")) == own]
            for own in (False, True)
        )
        if not (self.shared and self.heads):
            raise ValueError(f"expected parameters in a part named {heads!r}, and outside of it")
        self.seeds = networks.seeds
        self.step = 0
        self.warned = torch.zeros(len(networks), dtype=torch.bool)

    def __call__(self, losses: Losses) -> None:
        """Set the gradients; a method that needs them per task costs a backward pass for each."""
        values = torch.stack(list(losses.values()), dim=-1)  # (S, T)
        self.step += 1
        if not self.method.needs_gradients:
            # Networks share no parameter, so the sum over seeds gives each its own gradient.
            (self.method.weights(values.detach(), None) * values).sum().backward()
            return
        jacobian, own = task_gradients(values, self.shared, self.heads)
        weights = self.method.weights(values.detach(), gramian(jacobian))
        # In double precision, so that gradients that nearly cancel leave more than rounding.
        direction = (weights.double()[:, None] @ jacobian.double())[:, 0]
        found = direction.isfinite().all(dim=-1)
        if not found.all():
            self._warn(~found)
            direction = direction.where(found[:, None], 0.0)
            weights = weights.where(found[:, None], 0.0)
        sizes = [p[0].numel() for p in self.shared]
        for p, flat in zip(self.shared, direction.split(sizes, dim=1), strict=True):
            p.grad = flat.reshape(p.shape).to(p.dtype)
        on_heads = weights if self.method.heads_too else torch.ones_like(weights)
        for p, rows in zip(self.heads, own, strict=True):
            p.grad = torch.einsum("st,ts...->s...", on_heads.to(p.dtype), rows)

    def _warn(self, lost: Tensor) -> None:
        """Name the networks that have no direction, each at its first step without one."""
        new = lost & ~self.warned
        self.warned = self.warned | lost
        if new.any():
            seeds = sorted({self.seeds[s] for s in new.nonzero()[:, 0].tolist()})
            warnings.warn(
                f"{type(self.method).__name__} found no direction at step {self.step} for seeds "
                f"{', '.join(map(str, seeds))}: their shared parameters get a gradient of 0 then, "
                "and whenever it happens again",
                stacklevel=2,
            )


def task_gradients(
    losses: Tensor, shared: Sequence[Tensor], heads: Sequence[Tensor]
) -> tuple[Tensor, list[Tensor]]:
    """Take the gradients of each task on its own, which costs a backward pass for each.

    Args:
        losses: ``(S, T)``, of networks that share no parameter with each other.
        shared: parameters that the tasks share, each with the S networks in front.
        heads: the others, likewise.

    Returns:
        The gradients ``(S, T, P)`` on the P shared parameters of each network, and those of the
        heads, each ``(T, S, ...)``.
    """
    rows, own = [], []
    for loss in losses.unbind(-1):
        found = torch.autograd.grad(
            loss.sum(), [*shared, *heads], retain_graph=True, materialize_grads=True
        )
        rows.append(torch.cat([g.flatten(1) for g in found[: len(shared)]], dim=1))
        own.append(found[len(shared) :])
    return torch.stack(rows, dim=1), [torch.stack(same) for same in zip(*own, strict=True)]


Setting = float | Tensor


class Static(Method):
    """The same weights at every step.

    Args:
        fixed: ``(T,)``, or ``(S, T)``.
    """

    def __init__(self, fixed: Sequence[float] | Tensor) -> None:
        self.fixed = torch.as_tensor(fixed)

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return the fixed weights for every network."""
        del gram
        return self.fixed.to(losses.dtype).expand_as(losses)


class ByFirstLoss(Method):
    """Each loss divided by its value at the first step."""

    def __init__(self) -> None:
        self.first: Tensor | None = None

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return one over the first losses."""
        del gram
        if self.first is None:
            self.first = losses.clone()
        return 1 / self.first


class LogSum(Method):
    """The sum of the logarithms of the losses: each gradient divided by its loss."""

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return one over the losses."""
        del gram
        return 1 / losses.clamp(min=1e-12)


class RandomWeights(Method):
    """Random loss weighting (Lin et al. 2022): a softmax of normal draws, times T.

    Args:
        seeds: of the networks; each has draws of its own.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Draw weights that sum to T."""
        del gram
        drawn = [torch.randn(losses.shape[1], generator=g) for g in self.generators]
        return losses.shape[1] * torch.stack(drawn).to(losses.dtype).softmax(dim=-1)


class DynamicAverage(Method):
    """DWA (Liu et al. 2019): a task whose loss falls more slowly gets more weight.

    Args:
        temperature: a higher one makes the weights more even.
        epoch: steps over which a loss is averaged before it is compared with the one before.
    """

    def __init__(self, temperature: Setting, epoch: int = 1) -> None:
        self.temperature, self.epoch = temperature, epoch
        self.seen: list[Tensor] = []
        self.means: list[Tensor] = []

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return the weights of this epoch, which sum to T; they are 1 in the first two."""
        del gram
        if len(self.seen) == self.epoch:
            self.means = [*self.means[-1:], torch.stack(self.seen).mean(dim=0)]
            self.seen = []
        self.seen.append(losses.clone())
        if len(self.means) < 2:
            return torch.ones_like(losses)
        ratio = self.means[1] / self.means[0]
        temperature = torch.as_tensor(self.temperature).expand(len(losses))[:, None]
        return losses.shape[1] * (ratio / temperature).softmax(dim=-1)


class Uncertainty(Method):
    """Uncertainty weighting (Kendall et al. 2018): minimise ``exp(-s) L / 2 + s / 2``, s learned.

    Args:
        lr: learning rate of Adam for s.
        at_rest: start s at the logarithm of the first losses, where it is at rest, instead of 0.
    """

    def __init__(self, lr: Setting, at_rest: bool = False) -> None:
        self.lr, self.at_rest = lr, at_rest
        self.s: Tensor | None = None

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return ``exp(-s) / 2``, and then move s."""
        del gram
        if self.s is None:
            start = losses.log() if self.at_rest else torch.zeros_like(losses)
            self.s = start.requires_grad_()
            self.optimiser = ManyAdam([self.s], self.lr)
        weights = (-self.s).exp().detach() / 2
        self.s.grad = 0.5 - weights * losses
        self.optimiser.step()
        return weights


class GradNorm(Method):
    """GradNorm (Chen et al. 2018): weights that bring the gradients to chosen lengths.

    A task that has come less far than the others is to have a longer gradient. The weights are T
    times a softmax, so that none is negative.

    Args:
        alpha: how strongly the progress of a task counts; with 0 all lengths are to be equal.
        lr: learning rate of Adam for the weights.
    """

    needs_gradients = True

    def __init__(self, alpha: float, lr: Setting) -> None:
        self.alpha, self.lr = alpha, lr
        self.logits: Tensor | None = None

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return the weights, and then move them."""
        assert gram is not None
        if self.logits is None:
            self.first = losses.clone()
            self.logits = torch.zeros_like(losses).requires_grad_()
            self.optimiser = ManyAdam([self.logits], self.lr)
        with torch.enable_grad():
            weights = losses.shape[1] * self.logits.softmax(dim=-1)
            lengths = weights * gram.diagonal(dim1=-2, dim2=-1).clamp(min=0).sqrt()
            rest = losses / self.first
            wanted = (rest / rest.mean(dim=-1, keepdim=True)) ** self.alpha
            target = (lengths.mean(dim=-1, keepdim=True) * wanted).detach()
            self.optimiser.zero_grad()
            (lengths - target).abs().sum().backward()
        self.optimiser.step()
        return weights.detach()


class OnGradients(Method):
    """A gradient method whose weights follow from the Gramian alone."""

    needs_gradients = True
    heads_too = False

    def __init__(self, rule: Callable[[Tensor], Tensor]) -> None:
        self.rule = rule

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Apply the rule to the Gramians."""
        del losses
        assert gram is not None
        return self.rule(gram)


class MGDAByLoss(OnGradients):
    """MGDA on the gradients of the losses' logarithms, each gradient divided by its loss."""

    def __init__(self) -> None:
        super().__init__(mgda_weights)

    def weights(self, losses: Tensor, gram: Tensor | None) -> Tensor:
        """Return the weights of the undivided gradients of the shortest average."""
        assert gram is not None
        share = 1 / losses.clamp(min=1e-12)
        return share * self.rule(share[:, :, None] * gram * share[:, None])


class PCGrad(OnGradients):
    """PCGrad with an order of its own for each network, task and step.

    Args:
        seeds: of the networks; each has draws of its own.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        super().__init__(self._in_random_order)

    def _in_random_order(self, gram: Tensor) -> Tensor:
        tasks = gram.shape[-1]
        drawn = [torch.rand(tasks, tasks, generator=g) for g in self.generators]
        return pcgrad_weights(gram, torch.stack(drawn).argsort(dim=-1))


RULES: dict[str, Callable[[Tensor], Tensor]] = {
    "MGDA": mgda_weights,
    "Nash-MTL": nash_weights,
    "UPGrad": upgrad_weights,
}
"""Gradient methods without a setting and without chance."""


def cagrad(c: Setting) -> OnGradients:
    """CAGrad with a radius of ``c`` times the length of the mean gradient."""
    return OnGradients(lambda gram: cagrad_weights(gram, c))
