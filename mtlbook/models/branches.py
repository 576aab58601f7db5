"""Shared and private branches side by side: a tagger whose shared share is a dial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mtlbook.models.lstm import BiLSTM
from mtlbook.models.tagger import Embeddings

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

    Each branch has word vectors of full width and LSTM layers of its own. Shared and private
    branches side by side are those of Liu et al. (2017) and Bousmalis et al. (2016).

    Args:
        sizes: how many values each feature has.
        labels: how many labels each task has.
        units: of each branch, in each direction, see :func:`two_branches`.
        reads: for each task the branches that its head reads, in this order.
        layers: of each branch.
        widths: width of the vectors of each feature, in every branch.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        labels: Mapping[str, int],
        units: Mapping[str, int],
        reads: Mapping[str, Sequence[str]],
        layers: int = 1,
        widths: Sequence[int] = (32, 16, 4),
    ) -> None:
        super().__init__()
        self.units, self.reads = dict(units), dict(reads)
        self.embeddings = nn.ModuleDict({name: Embeddings(sizes, widths) for name in units})
        self.layers = nn.ModuleDict(
            {
                f"{name} {k}": BiLSTM(2 * n if k > 1 else sum(widths), n)
                for name, n in units.items()
                for k in range(1, layers + 1)
            }
        )
        ends = {task: sum(2 * units[name] for name in names) for task, names in reads.items()}
        self.heads = nn.ModuleDict({task: nn.Linear(ends[task], n) for task, n in labels.items()})

    def branch(self, name: str, x: Tensor, lengths: Tensor) -> Tensor:
        """Return the states of a branch's last layer, ``(B, N, 2 units)``."""
        h: Tensor = self.embeddings[name](x)
        for key, layer in self.layers.items():
            if key.rsplit(" ", 1)[0] == name:
                h = layer(h, lengths)
        return h

    def forward(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Map features ``(B, N, F)`` to logits ``(B, N, labels)`` for each task that is wanted."""
        reads = {task: self.reads[task] for task in (self.reads if tasks is None else tasks)}
        wanted = dict.fromkeys(name for names in reads.values() for name in names)
        found = {name: self.branch(name, x, lengths) for name in wanted}
        return {
            task: self.heads[task](torch.cat([found[name] for name in names], dim=-1))
            for task, names in reads.items()
        }


def correlation_overlap(first: Tensor, second: Tensor, inside: Tensor) -> Tensor:
    r"""Return the mean squared correlation between units of two branches, ``(S,)``.

    With rows for words and columns for units, centred and brought to length 1, the states of two
    branches are :math:`H_s` and :math:`H_p`, and the overlap is :math:`\|H_s^\top H_p\|_F^2`
    (Bousmalis et al. 2016, whose rows are examples), over the number of pairs of units.

    Args:
        first: states, ``(S, B, N, units)``.
        second: states of the other branch, ``(S, B, N, other units)``.
        inside: which places hold a word, ``(S, B, N)``.
    """

    def columns(states: Tensor) -> Tensor:
        weight = inside[..., None].to(states.dtype).flatten(1, 2)
        flat = states.flatten(1, 2)
        mean = (flat * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True)
        centred = (flat - mean) * weight
        size: Tensor = centred.square().sum(1, keepdim=True) + 1e-12
        return centred * size.rsqrt()

    overlap: Tensor = (columns(first).mT @ columns(second)).square().mean((-2, -1))
    return overlap
