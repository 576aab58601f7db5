"""Shared and private branches side by side: a tagger whose shared share is a dial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mtlbook.models.lstm import BiLSTM
from mtlbook.models.many_sluices import ManyTrunkLayers
from mtlbook.models.many_taggers import ManyEmbeddings, ManyLinears
from mtlbook.models.tagger import Embeddings, Routed

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

    def forward(self, x: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """Map features ``(B, N, F)`` to logits ``(B, N, labels)`` for each task."""
        found = {name: self.branch(name, x, lengths) for name in self.embeddings}
        return {
            task: self.heads[task](torch.cat([found[name] for name in names], dim=-1))
            for task, names in self.reads.items()
        }


class ManyBranches(Routed):
    """``S`` branch taggers of one form, trained at once. Every parameter has the seeds in front.

    Its ``routes`` name, for each task, the branches that its head reads.

    Args:
        networks: the networks to stack, all with the same tasks, branches and shapes.

    Attributes:
        units: of each branch, in each direction.
        seen: the branches' states and the lengths of the last batch that was learned from, for a
            penalty on the states; None before.

    Raises:
        ValueError: if there is no network, or if forms differ.
    """

    seen: tuple[dict[str, Tensor], Tensor] | None = None

    def __init__(self, networks: Sequence[BranchTagger]) -> None:
        super().__init__()
        forms = {
            (*n.reads.items(), *((name, p.shape) for name, p in n.named_parameters()))
            for n in networks
        }
        if len(forms) != 1:
            raise ValueError(f"need one or more networks of the same form, got {len(forms)}")
        first = networks[0]
        self.routes = first.reads
        self.embeddings = nn.ModuleDict(
            {
                name: ManyEmbeddings([n.embeddings[name] for n in networks])  # type: ignore[misc]
                for name in first.embeddings
            }
        )
        self.units = dict(first.units)
        depth = len(first.layers) // len(self.units)
        self.layers = nn.ModuleDict(
            {
                f"{width} {k + 1}": ManyTrunkLayers(
                    [[n.layers[f"{name} {k + 1}"] for name in self.group(width)] for n in networks]  # type: ignore[misc]
                )
                for width in dict.fromkeys(self.units.values())
                for k in range(depth)
            }
        )
        self.heads = nn.ModuleDict(
            {task: ManyLinears([n.heads[task] for n in networks]) for task in first.heads}  # type: ignore[misc]
        )

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(next(self.parameters()))

    def group(self, width: int) -> list[str]:
        """Return the branches of one width, which are computed together."""
        return [name for name, units in self.units.items() if units == width]

    def states(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Return the last layer of each branch that the tasks read, ``(S, B, N, 2 units)``.

        Branches of one width are computed together, also those that are not wanted.
        """
        read = {name for task in tasks or self.routes for name in self.routes[task]}
        found: dict[str, Tensor] = {}
        for width in dict.fromkeys(self.units[name] for name in self.units if name in read):
            names = self.group(width)
            h = torch.stack([self.embeddings[name](x) for name in names], dim=1)
            for key, layer in self.layers.items():
                if key.split()[0] == str(width):
                    h = layer(h, lengths)
            found |= dict(zip(names, h.unbind(1), strict=True))
        return {name: h for name, h in found.items() if name in read}

    def forward(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Map features ``(S, B, N, F)`` to logits ``(S, B, N, labels)`` for each task."""
        wanted = list(self.routes if tasks is None else tasks)
        found = self.states(x, lengths, wanted)
        if torch.is_grad_enabled():
            self.seen = found, lengths
        return {
            task: self.heads[task](torch.cat([found[name] for name in self.routes[task]], dim=-1))
            for task in wanted
        }


def many_branches(
    seeds: Sequence[int],
    sizes: Sequence[int],
    labels: Mapping[str, int],
    units: Mapping[str, int],
    reads: Mapping[str, Sequence[str]],
    layers: int = 1,
    widths: Sequence[int] = (32, 16, 4),
) -> ManyBranches:
    """Return one freshly initialised :class:`BranchTagger` per seed, stacked.

    The global random state is left as it was.
    """
    networks = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks.append(BranchTagger(sizes, labels, units, reads, layers, widths))
    return ManyBranches(networks)


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
