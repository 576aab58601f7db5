"""Sluice networks: tasks with trunks of their own, which learn what to take from each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from mtlbook.models.sharing import hard, separate
from mtlbook.models.tagger import Tagger

GATES = 4
DIAGONAL = 0.9
"""What an imbalanced start gives to a part itself, or to a task's last layer."""


@dataclass(frozen=True)
class Mixing:
    """How the trunks of a sluice network are mixed at the start, and what of it is learned.

    Attributes:
        subspaces: S, into how many parts each trunk's states are cut.
        alpha: where α starts: all weights alike (``balanced``, 1/(TS) for T tasks), most weight
            on the diagonal (``imbalanced``, .9, and .1/(TS-1) elsewhere), or the ``identity``,
            with which no task hears of another.
        beta: where β starts: all L layers alike (``balanced``, 1/L), most weight on the last one
            (``imbalanced``, .9, and .1/(L-1) elsewhere), or all of it (``last``).
        learn_alpha: whether α is learned, or stays as it is.
        learn_beta: whether β is learned.
        rate: how many times larger the step size of α and β is, under Adam.
        share_words: whether the tasks share their word embeddings, or have one each.

    Raises:
        ValueError: if there is no subspace, the rate is not positive, or a start is unknown.
    """

    subspaces: int = 2
    alpha: Literal["balanced", "imbalanced", "identity"] = "imbalanced"
    beta: Literal["balanced", "imbalanced", "last"] = "imbalanced"
    learn_alpha: bool = True
    learn_beta: bool = True
    rate: float = 1.0
    share_words: bool = True

    def __post_init__(self) -> None:
        if self.subspaces < 1 or not self.rate > 0:
            raise ValueError(f"need a subspace and a positive rate: {self.subspaces}, {self.rate}")
        if self.alpha not in ("balanced", "imbalanced", "identity"):
            raise ValueError(f"alpha: balanced, imbalanced or identity, not {self.alpha!r}")
        if self.beta not in ("balanced", "imbalanced", "last"):
            raise ValueError(f"beta: balanced, imbalanced or last, not {self.beta!r}")


def cross_stitch(
    alpha: Literal["balanced", "imbalanced", "identity"] = "imbalanced",
    learn_alpha: bool = True,
    rate: float = 1.0,
) -> Mixing:
    """Mix as cross-stitch units do (Misra et al. 2016): whole trunks; heads on the last layer."""
    return Mixing(1, alpha, "last", learn_alpha, learn_beta=False, rate=rate)


def private_trunks() -> Mixing:
    """Mix nothing: the tasks share their word embeddings alone; heads are on the last layer."""
    return Mixing(1, "identity", "last", learn_alpha=False, learn_beta=False)


def weights_at_start(n: int, start: str) -> Tensor:
    """Return how ``n`` parts are mixed into ``n`` new ones at the start: ``(n, n)``.

    Args:
        n: the number of parts.
        start: ``balanced``, ``imbalanced``, or else the identity, see :class:`Mixing`.
    """
    if start == "balanced":
        return torch.full((n, n), 1 / n)
    if start == "imbalanced" and n > 1:
        off = (1 - DIAGONAL) / (n - 1)
        return torch.full((n, n), off) + (DIAGONAL - off) * torch.eye(n)
    return torch.eye(n)


def stitch(states: Tensor, alpha: Tensor) -> Tensor:
    """Mix the parts of all tasks at one layer (Ruder et al. 2019, equations 2 and 3).

    A part holds its share of the forward and of the backward states: with hidden width h and S
    subspaces, part s has the units s h/S to (s+1) h/S of each direction. Parts are numbered
    task by task: with two subspaces A1, A2, B1, B2. Row i of ``alpha`` says what new part i is
    made of, so ``alpha[0, 2]`` is what the first part of task A takes from the first one of B.

    Args:
        states: of T tasks, ``(T, B, N, 2h)``: forwards, then backwards.
        alpha: ``(TS, TS)``.

    Returns:
        The new states, of the shape of the old ones.
    """
    tasks, b, n, _ = states.shape
    subspaces = len(alpha) // tasks
    weights = alpha.reshape(tasks, subspaces, tasks, subspaces)
    parts = states.reshape(tasks, b, n, 2, subspaces, -1)  # (T, B, N, 2, S, h/S)
    mixed = torch.einsum("isjr,jbndru->ibndsu", weights, parts)
    return mixed.reshape(states.shape)


def mix_layers(states: Sequence[Tensor], beta: Tensor) -> Tensor:
    """Mix the layers of each task, after α (Ruder et al. 2019, equation 5).

    Args:
        states: of each of the L layers, ``(T, B, N, 2h)``.
        beta: ``(T, L)``.

    Returns:
        What the tasks' heads see, ``(T, B, N, 2h)``.
    """
    return torch.einsum("tk,ktbnw->tbnw", beta, torch.stack(list(states)))


def overlap(weight: Tensor, subspaces: int) -> Tensor:
    r"""Return how far the units of different subspaces look at the same things.

    The sum of :math:`\|G_s G_{s'}^\top\|_F^2` over all pairs of subspaces, where the rows of
    :math:`G_s` are the incoming weights of the units of subspace s: every scalar product of a
    unit of one with a unit of the other, squared. Secondary summaries of Ruder et al. (2019,
    equation 4) give :math:`G_1^\top G_2`, which compares units if each is a column.

    Args:
        weight: ``(..., units, inputs)``, in PyTorch's layout of a linear map: one row per unit.
        subspaces: into how many parts, one behind the other, the units are cut.

    Returns:
        One overlap for each matrix, ``(...)``. It is 0 if the subspaces are orthogonal.
    """
    products = (weight @ weight.mT).square()
    cut = products.unflatten(-1, (subspaces, -1)).unflatten(-3, (subspaces, -1))
    between: Tensor = cut.sum((-3, -1))  # (..., S, S): of each subspace with each
    return between.triu(diagonal=1).sum((-2, -1))


class Sluice(Tagger):
    """A sluice network (Ruder et al. 2019): word embeddings for all, a trunk for each task.

    At each layer α mixes the parts of all trunks, see :func:`stitch`; β mixes the layers of each
    trunk, see :func:`mix_layers`; a linear head is on that. α and β are free: they need not be
    positive, nor add up to one.

    Args:
        sizes: how many values each feature has.
        labels: how many labels each task has; in this order the tasks are numbered.
        layers: L, of each trunk.
        mixing: how the trunks are mixed.
        widths: width of the vectors of each feature.
        hidden: width of each direction of every layer.

    Attributes:
        mixing: how the trunks are mixed.
        alpha_steps: α divided by ``mixing.rate``, ``(L, TS, TS)``.
        beta_steps: β divided by it, ``(T, L)``.

    Raises:
        ValueError: if there is no task or no layer, or the subspaces do not part the hidden width.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        labels: Mapping[str, int],
        layers: int = 2,
        mixing: Mixing | None = None,
        widths: Sequence[int] = (32, 16, 4),
        hidden: int = 32,
    ) -> None:
        mixing = mixing or Mixing()
        if layers < 1:
            raise ValueError(f"a trunk needs a layer: {layers}")
        if hidden % mixing.subspaces:
            raise ValueError(f"{mixing.subspaces} subspaces do not part {hidden} hidden units")
        names = list(labels)
        routes = hard(names, layers, split=0) if mixing.share_words else separate(names, layers)
        super().__init__(sizes, labels, routes, widths, hidden)
        self.mixing, tasks = mixing, len(labels)
        alpha = weights_at_start(tasks * mixing.subspaces, mixing.alpha).repeat(layers, 1, 1)
        beta = weights_at_start(layers, mixing.beta)[-1].repeat(tasks, 1)
        self.alpha_steps = nn.Parameter(alpha / mixing.rate, mixing.learn_alpha)
        self.beta_steps = nn.Parameter(beta / mixing.rate, mixing.learn_beta)

    @property
    def alpha(self) -> Tensor:
        """The weights between parts, ``(L, TS, TS)``: row i makes the new part i."""
        # Adam's steps do not depend on the scale of a gradient: what is multiplied by the rate
        # moves by steps that are so many times larger.
        return self.mixing.rate * self.alpha_steps

    @property
    def beta(self) -> Tensor:
        """The weights of each task's layers, ``(T, L)``."""
        return self.mixing.rate * self.beta_steps

    def states(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Return the words' vectors, each layer of each task after α, and the tasks' mixtures.

        Every trunk is computed, whatever tasks are wanted, since each may get states of all.
        """
        names = list(self.routes)
        found = {name: embed(x) for name, embed in self.embeddings.items()}
        now, layers = torch.stack(list(found.values())), []
        for k, alpha in enumerate(self.alpha, 1):
            now = stitch(self.layer(k, now, lengths), alpha)
            layers.append(now)
            found |= {f"{task} {k}": h for task, h in zip(names, now, strict=True)}
        wanted = names if tasks is None else list(tasks)
        rows = [names.index(task) for task in wanted]
        mixed = mix_layers([h[rows] for h in layers], self.beta[rows])
        return found | dict(zip(wanted, mixed, strict=True))

    def forward(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Map features ``(B, N, F)`` to logits ``(B, N, labels)`` for each task."""
        wanted = list(self.routes if tasks is None else tasks)
        found = self.states(x, lengths, wanted)
        return {task: self.heads[task](found[task]) for task in wanted}

    def layer(self, k: int, states: Tensor, lengths: Tensor) -> Tensor:
        """Return layer ``k`` of all trunks, ``(T, B, N, 2h)``; the first is 1.

        Args:
            k: the layer.
            states: what the trunks take in, ``(T, B, N, inputs)``; shared words, ``(1, B, N,
                inputs)``.
            lengths: of the sentences, ``(B,)``.
        """
        own = states.expand(len(self.routes), *states.shape[1:])
        pairs = zip(self.routes, own, strict=True)
        return torch.stack([self.layers[f"{task} {k}"](h, lengths) for task, h in pairs])

    def penalty(self) -> Tensor:
        """Return the overlap between subspaces, summed over the tasks and the layers.

        What is compared are the weights from the layer below, PyTorch's ``weight_ih_l0``
        ``(4h, inputs)`` of each direction, for each of the four gates by itself.
        """
        weights = [
            p.unflatten(0, (GATES, -1))
            for name, p in self.layers.named_parameters()
            if name.endswith("weight_ih_l0")
        ]
        return torch.stack([overlap(w, self.mixing.subspaces).sum() for w in weights]).sum()
