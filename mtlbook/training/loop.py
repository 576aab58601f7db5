"""One training loop: for one network or for S of them, for any tasks and any batches."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtlbook.models.networks import Networks

Losses = Mapping[str, Tensor]
"""For each task its loss: ``(S,)`` of S networks, ``()`` of one."""


@dataclass
class Fit:
    """What :func:`fit` found, for S networks, U updates and C looks at what validates them.

    Of one network all that follows lacks the S.

    Attributes:
        networks: as they are after the last update.
        losses: for each task its loss at each update, ``(U, S)``.
        looks: the update of each look, ``(C,)``.
        validation: for each measure its value at each look, ``(C, S)``.
        best_step: for each measure the update at which it was lowest, ``(S,)``.
        kept: for each measure the parameters at that update, by their names.
    """

    networks: nn.Module
    losses: dict[str, np.ndarray] = field(default_factory=dict)
    looks: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    validation: dict[str, np.ndarray] = field(default_factory=dict)
    best_step: dict[str, np.ndarray] = field(default_factory=dict)
    kept: dict[str, dict[str, Tensor]] = field(default_factory=dict)

    def best(self, measure: str) -> Any:
        """Return a copy of the networks, each as it was where the measure was lowest.

        Raises:
            KeyError: if nothing of that name was measured.
        """
        if measure not in self.kept:
            raise KeyError(f"no measure {measure!r}: validate gave {', '.join(self.kept) or '-'}")
        found = copy.deepcopy(self.networks)
        found.load_state_dict(self.kept[measure], strict=False)
        return found.requires_grad_(False)


class _Watch:
    """Keeps, for each measure, each network where it was best."""

    def __init__(self, networks: nn.Module) -> None:
        self.networks = networks
        self.looks: list[int] = []
        self.found: dict[str, list[np.ndarray]] = {}
        self.lowest: dict[str, np.ndarray] = {}
        self.best_step: dict[str, np.ndarray] = {}
        self.kept: dict[str, dict[str, Tensor]] = {}

    def look(self, step: int, measured: Mapping[str, Any]) -> None:
        """Note what was measured, and keep the networks that are better than ever before."""
        self.looks.append(step)
        for name, value in measured.items():
            now = np.asarray(value, dtype=float)
            if name not in self.kept:
                self.found[name], self.best_step[name] = [], np.full(now.shape, step)
                self.lowest[name] = np.full(now.shape, np.inf)
                self.kept[name] = {n: p.detach().clone() for n, p in self._parameters()}
            better = np.asarray(now < self.lowest[name])  # of one network it has no dimension
            self.found[name].append(now)
            self.lowest[name] = np.where(better, now, self.lowest[name])
            self.best_step[name] = np.where(better, step, self.best_step[name])
            chosen, kept = torch.as_tensor(better), self.kept[name]
            for place, p in self._parameters():
                own = chosen.view(*better.shape, *[1] * (p.ndim - better.ndim))
                kept[place] = torch.where(own, p.detach(), kept[place])

    def _parameters(self) -> Iterable[tuple[str, nn.Parameter]]:
        return self.networks.named_parameters()


def summed(losses: Losses) -> None:
    """Backpropagate the plain sum. Networks share no parameter: each gets its own gradient."""
    every = list(losses.values())
    torch.autograd.backward(every, [torch.ones_like(loss) for loss in every])


def fit(
    networks: nn.Module,
    batches: Iterable[Any],
    losses: Callable[[Any, Any], Losses],
    optimiser: Any,
    *,
    validate: Callable[[Any], Mapping[str, Any]] | None = None,
    every: int = 10,
    backward: Callable[[Losses], None] = summed,
) -> Fit:
    """Take a step for each batch; keep, for each measure, each network where it was best.

    Args:
        networks: one network, or :class:`~mtlbook.models.networks.Networks`; they are changed.
        batches: one for each update, of all networks, which stand in front; training ends with
            them.
        losses: what one network loses on its part of a batch, by task.
        optimiser: has ``zero_grad`` and ``step``. Given to ``fit`` again, it goes on where it
            stopped.
        validate: measures the networks, lower is better, by name; it is asked every ``every``
            updates and at the end. Each name stops each network on its own.
        every: updates between two looks.
        backward: makes gradients of the losses; another one balances the tasks.

    Raises:
        ValueError: if there is no batch, or ``every`` is not positive.
        FloatingPointError: if a loss is not a number; the message names seed, task and update.
    """
    if every < 1:
        raise ValueError(f"every: expected 1 or more updates between two looks, got {every}")
    many = isinstance(networks, Networks)
    watch, step = _Watch(networks), 0
    seen: dict[str, dict[int, np.ndarray]] = {}

    def look() -> None:
        if validate is not None:
            with torch.no_grad():
                watch.look(step, validate(networks))

    for step, batch in enumerate(batches, 1):
        now = networks.each(losses, batch) if many else losses(networks, batch)  # type: ignore[operator]
        for task, loss in _numbers(now, step, networks).items():
            seen.setdefault(task, {})[step] = loss
        optimiser.zero_grad()
        backward(now)
        optimiser.step()
        if step % every == 0:
            look()
    if step == 0:
        raise ValueError("no batch to learn from")
    if step % every:
        look()
    return Fit(
        networks,
        {task: _curve(values, step) for task, values in seen.items()},
        np.array(watch.looks, int),
        {name: np.array(values) for name, values in watch.found.items()},
        watch.best_step,
        watch.kept,
    )


def _numbers(losses: Losses, step: int, networks: nn.Module) -> dict[str, np.ndarray]:
    """Return the losses as they are, ``(S,)`` or ``()``."""
    values = torch.stack([loss.detach() for loss in losses.values()]).numpy()
    found = dict(zip(losses, values, strict=True))
    if np.isnan(values).any():
        task = next(name for name, value in found.items() if np.isnan(value).any())
        where = "the network"
        if isinstance(networks, Networks):
            failed = np.flatnonzero(np.isnan(found[task]))
            where = "seeds " + ", ".join(str(networks.seeds[s]) for s in failed)
        raise FloatingPointError(
            f"{where}: the loss of {task!r} is not a number at update {step}; try a lower learning "
            "rate, and look at what the batch holds"
        )
    return found


def _curve(values: Mapping[int, np.ndarray], steps: int) -> np.ndarray:
    """Return the loss of a task at each update, NaN where a batch did not have the task."""
    nothing = np.full_like(next(iter(values.values())), np.nan)
    return np.array([values.get(step, nothing) for step in range(1, steps + 1)])


def adam(networks: nn.Module, lr: float, weight_decay: float = 0.0) -> torch.optim.Adam:
    """Return Adam on all that is to be learned.

    Args:
        networks: one network, or S.
        lr: learning rate.
        weight_decay: L2 penalty on all parameters.
    """
    learned = [p for p in networks.parameters() if p.requires_grad]
    return torch.optim.Adam(learned, lr=lr, weight_decay=weight_decay, fused=True)


class ManyAdam:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), settings per network.

    Args:
        parameters: each with the S networks in front.
        lr: learning rate, one for all networks or ``(S,)``.
        decay: weight decay, likewise.
    """

    def __init__(
        self, parameters: Iterable[Tensor], lr: float | Tensor, decay: float | Tensor = 0.0
    ) -> None:
        self.parameters = list(parameters)
        self.mean = [torch.zeros_like(p) for p in self.parameters]
        self.square = [torch.zeros_like(p) for p in self.parameters]
        first = self.parameters[0]
        self.lr, self.decay = (
            torch.as_tensor(value, dtype=first.dtype).expand(len(first)) for value in (lr, decay)
        )
        self.steps = 0

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters by their ``grad``."""
        self.steps += 1
        first, second = 1 - 0.9**self.steps, 1 - 0.999**self.steps
        for p, mean, square in zip(self.parameters, self.mean, self.square, strict=True):
            assert p.grad is not None
            shape = (-1, *[1] * (p.ndim - 1))
            mean.lerp_(p.grad, 0.1)
            square.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            p.mul_(1 - (self.lr * self.decay).view(shape))
            size = (square / second).sqrt_().add_(1e-8)
            p.sub_((self.lr / first).view(shape) * mean / size)
