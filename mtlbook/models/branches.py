"""Shared and private branches side by side: a tagger whose shared share is a dial."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from mtlbook.models.tagger import BiLSTM, Embeddings

SHARED = "shared"


def two_branches(
    tasks: Sequence[str], width: int, shared: int
) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Divide a fixed width between one shared branch and a private one for each task.

    Args:
        tasks: their names.
        width: W, the units that each task sees, in each direction.
        shared: s, how many of them are shared; W - s are private. A branch without units is left
            out, so 0 separates the tasks and W is hard sharing.

    Returns:
        The units of each branch, and the branches that each task's head reads.

    Raises:
        ValueError: if the shared units do not lie in 0 to W.
    """
    if not 0 <= shared <= width:
        raise ValueError(f"between 0 and {width} units can be shared, not {shared}")
    units = {SHARED: shared, **dict.fromkeys(tasks, width - shared)}
    units = {name: n for name, n in units.items() if n}
    reads = {task: tuple(name for name in (SHARED, task) if name in units) for task in tasks}
    return units, reads


class BranchTagger(nn.Module):
    """Branches that never meet below the heads; a linear head reads those of its task.

    Each branch has word vectors of full width and an LSTM layer of its own. Shared and private
    branches side by side are those of Liu et al. (2017) and Bousmalis et al. (2016).

    Args:
        sizes: how many values each feature has.
        labels: how many labels each task has.
        units: of each branch, in each direction, see :func:`two_branches`.
        reads: for each task the branches that its head reads, in this order.
        widths: width of the vectors of each feature, in every branch.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        labels: Mapping[str, int],
        units: Mapping[str, int],
        reads: Mapping[str, Sequence[str]],
        widths: Sequence[int] = (32, 16, 4),
    ) -> None:
        super().__init__()
        self.units, self.reads = dict(units), dict(reads)
        self.embeddings = nn.ModuleDict({name: Embeddings(sizes, widths) for name in units})
        self.layers = nn.ModuleDict({name: BiLSTM(sum(widths), n) for name, n in units.items()})
        ends = {task: sum(2 * units[name] for name in names) for task, names in reads.items()}
        self.heads = nn.ModuleDict({task: nn.Linear(ends[task], n) for task, n in labels.items()})

    def states(self, x: Tensor, lengths: Tensor, tasks: Iterable[str]) -> dict[str, Tensor]:
        """Return the states of each branch that the tasks read, ``(B, N, 2 units)``."""
        wanted = dict.fromkeys(name for task in tasks for name in self.reads[task])
        return {name: self.layers[name](self.embeddings[name](x), lengths) for name in wanted}

    def answers(self, states: Mapping[str, Tensor], tasks: Iterable[str]) -> dict[str, Tensor]:
        """Let the heads of the tasks read the states; return logits ``(B, N, labels)``."""
        seen = {task: torch.cat([states[name] for name in self.reads[task]], -1) for task in tasks}
        return {task: self.heads[task](h) for task, h in seen.items()}

    def forward(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Map features ``(B, N, F)`` to logits ``(B, N, labels)`` for each task that is wanted."""
        wanted = list(self.reads if tasks is None else tasks)
        return self.answers(self.states(x, lengths, wanted), wanted)


def correlation_overlap(first: Tensor, second: Tensor, inside: Tensor) -> Tensor:
    r"""Return the mean squared correlation between units of two branches.

    With rows for words and columns for units, centred and brought to length 1, the states of two
    branches are :math:`H_s` and :math:`H_p`, and the overlap is :math:`\|H_s^\top H_p\|_F^2`
    (Bousmalis et al. 2016, whose rows are examples), over the number of pairs of units.

    Args:
        first: states, ``(B, N, units)``.
        second: states of the other branch, ``(B, N, other units)``.
        inside: which places hold a word, ``(B, N)``.
    """

    def columns(states: Tensor) -> Tensor:
        weight = inside[..., None].to(states.dtype).flatten(0, 1)
        flat = states.flatten(0, 1)
        mean = (flat * weight).sum(0) / weight.sum(0)
        centred = (flat - mean) * weight
        size: Tensor = centred.square().sum(0) + 1e-12
        return centred * size.rsqrt()

    return (columns(first).mT @ columns(second)).square().mean()
