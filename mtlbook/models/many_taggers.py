"""Many taggers side by side: each learns what it would have learned alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.models.lstm import ManyBiLSTMs
from mtlbook.models.sharing import Routes
from mtlbook.models.tagger import Embeddings, Routed, Tagger


class ManyEmbeddings(nn.Module):
    """``S`` embeddings of one shape: features ``(S, B, N, F)`` to vectors ``(S, B, N, width)``."""

    def __init__(self, embeddings: Sequence[Embeddings]) -> None:
        super().__init__()
        pairs = zip(*(embedding.tables for embedding in embeddings), strict=True)
        self.tables = nn.ParameterList(_stack(table.weight for table in same) for same in pairs)

    def forward(self, x: Tensor) -> Tensor:
        """Look each network's features up in its own tables, which lie one below the other."""
        network = torch.arange(len(x)).view(-1, 1, 1)
        return torch.cat(
            [
                functional.embedding(x[..., f] + network * table.shape[1], table.flatten(0, 1))
                for f, table in enumerate(self.tables)
            ],
            dim=-1,
        )


class ManyLinears(nn.Module):
    """``S`` linear layers of one shape: ``(S, B, N, inputs)`` to ``(S, B, N, outputs)``."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = _stack(layer.weight.mT for layer in layers)  # (S, inputs, outputs)
        self.bias = _stack(layer.bias[None] for layer in layers)  # (S, 1, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Multiply all words of a network with its own weights."""
        outputs = torch.baddbmm(self.bias, x.flatten(1, 2), self.weight)
        return outputs.view(*x.shape[:3], -1)


class ManyTaggers(Routed):
    """``S`` taggers of one shape, trained at once. Every parameter has the seeds in front.

    Args:
        taggers: the networks to stack, all with the same routes and shapes.

    Raises:
        ValueError: if there is no network, or if routes or shapes differ.
    """

    def __init__(self, taggers: Sequence[Tagger]) -> None:
        super().__init__()
        forms = {
            (*tagger.routes.items(), *((n, p.shape) for n, p in tagger.named_parameters()))
            for tagger in taggers
        }
        if len(forms) != 1:
            raise ValueError(f"need one or more taggers of the same form, got {len(forms)}")
        self.routes = taggers[0].routes
        self.embeddings = _side_by_side(taggers, "embeddings", ManyEmbeddings)
        self.layers = _side_by_side(taggers, "layers", ManyBiLSTMs)
        self.heads = _side_by_side(taggers, "heads", ManyLinears)

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(next(self.parameters()))


def many_taggers(
    seeds: Sequence[int],
    sizes: Sequence[int],
    labels: Mapping[str, int],
    routes: Routes,
    widths: Sequence[int] = (32, 16, 4),
    hidden: int = 32,
) -> ManyTaggers:
    """Return one freshly initialised :class:`Tagger` per seed, stacked.

    The global random state is left as it was.
    """
    taggers = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            taggers.append(Tagger(sizes, labels, routes, widths, hidden))
    return ManyTaggers(taggers)


def _side_by_side(
    taggers: Sequence[Tagger], part: str, many: Callable[[list[Any]], nn.Module]
) -> nn.ModuleDict:
    parts = [getattr(tagger, part) for tagger in taggers]
    return nn.ModuleDict({name: many([part[name] for part in parts]) for name in parts[0]})


def _stack(tensors: Iterable[Tensor]) -> nn.Parameter:
    return nn.Parameter(torch.stack([t.detach() for t in tensors]))
