"""Many branch taggers trained at once: every parameter has the seeds in front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mtlbook.models.branches import BranchTagger
from mtlbook.models.many_sluices import ManyTrunkLayers
from mtlbook.models.many_taggers import ManyEmbeddings, ManyLinears
from mtlbook.models.tagger import Routed


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
