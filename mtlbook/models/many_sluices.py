"""Many sluice networks side by side, the trunks of all their tasks in one product a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.models.lstm import BiLSTM, ManyBiLSTMs, _rows, lstm
from mtlbook.models.many_taggers import ManyEmbeddings, ManyLinears
from mtlbook.models.sluice import GATES, Mixing, Sluice, Stitched, overlap


class ManyTrunkLayers(ManyBiLSTMs):
    """One layer of T trunks in each of ``S`` networks: ``2ST`` matrices of one product.

    Every parameter has the networks in front, then the tasks.

    Args:
        layers: for each network, the layer of each task.

    Raises:
        ValueError: if there is no layer, or if their shapes differ.
    """

    def __init__(self, layers: Sequence[Sequence[BiLSTM]]) -> None:
        super().__init__([layer for network in layers for layer in network])
        for name, p in list(self.named_parameters()):
            setattr(self, name, nn.Parameter(p.detach().unflatten(0, (len(layers), -1))))

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Map ``(S, T, B, N, inputs)`` of lengths ``(S, B)`` to ``(S, T, B, N, 2 hidden)``.

        Where the tasks take in the same, ``x`` may be ``(S, 1, B, N, inputs)``.
        """
        s, t = self.weight_input.shape[:2]
        *_, b, n, inputs = x.shape
        weight = self.weight_input.transpose(2, 3).flatten(-2)  # (S, T, inputs, 8 hidden)
        bias = (self.bias_input + self.bias_hidden).view(s, t, 1, -1)
        gates = x.reshape(s, -1, b * n, inputs) @ weight + bias
        to_steps, to_words = _rows(lengths.repeat_interleave(t, 0), n)
        gates = functional.embedding(to_steps, gates.view(-1, GATES * self.hidden))
        states = lstm(gates.view(n, 2 * s * t, b, -1), self.weight_hidden.flatten(0, 2))
        states = functional.embedding(to_words, states.view(-1, self.hidden))
        return states.view(s, t, b, n, -1)


class ManySluices(Stitched):
    """``S`` sluice networks of one form, trained at once. Every parameter has the seeds in front.

    Args:
        networks: the networks to stack, all with the same tasks, shapes and mixing.

    Raises:
        ValueError: if there is no network, or if forms differ.
    """

    def __init__(self, networks: Sequence[Sluice]) -> None:
        super().__init__()
        forms = {
            (n.mixing, *n.routes, *((name, p.shape) for name, p in n.named_parameters()))
            for n in networks
        }
        if len(forms) != 1:
            raise ValueError(f"need one or more networks of the same form, got {len(forms)}")
        first = networks[0]
        self.routes, self.mixing = first.routes, first.mixing
        self.embeddings = nn.ModuleDict(
            {"words": ManyEmbeddings([n.embeddings["words"] for n in networks])}  # type: ignore[misc]
        )
        self.layers = nn.ModuleDict(
            {
                str(k + 1): ManyTrunkLayers(
                    [[n.layers[f"{task} {k + 1}"] for task in n.routes] for n in networks]  # type: ignore[misc]
                )
                for k in range(first.alpha_steps.shape[0])
            }
        )
        self.heads = nn.ModuleDict(
            {task: ManyLinears([n.heads[task] for n in networks]) for task in first.routes}  # type: ignore[misc]
        )
        for name in ("alpha_steps", "beta_steps"):
            values = torch.stack([getattr(n, name).detach() for n in networks])
            setattr(self, name, nn.Parameter(values, getattr(first, name).requires_grad))

    def __len__(self) -> int:
        """Return the number of networks."""
        return len(self.alpha_steps)

    def layer(self, k: int, states: Tensor, lengths: Tensor) -> Tensor:
        """Return layer ``k`` of all trunks, ``(S, T, B, N, 2h)``."""
        found: Tensor = self.layers[str(k)](states, lengths)
        return found

    def penalty(self) -> Tensor:
        """Return :meth:`Sluice.penalty`, summed over the networks, which share no weight."""
        weights = [
            layer.weight_input.mT.unflatten(-2, (GATES, -1))  # type: ignore[union-attr]
            for layer in self.layers.values()
        ]
        return torch.stack([overlap(w, self.mixing.subspaces).sum() for w in weights]).sum()


def many_sluices(
    seeds: Sequence[int],
    sizes: Sequence[int],
    labels: Mapping[str, int],
    layers: int = 2,
    mixing: Mixing | None = None,
    widths: Sequence[int] = (32, 16, 4),
    hidden: int = 32,
) -> ManySluices:
    """Return one freshly initialised :class:`Sluice` per seed, stacked.

    The global random state is left as it was.
    """
    networks = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks.append(Sluice(sizes, labels, layers, mixing, widths, hidden))
    return ManySluices(networks)
