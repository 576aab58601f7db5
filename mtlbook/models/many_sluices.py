"""Many sluice networks side by side, the trunks of all their tasks in one product a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.models.fused_lstm import fused_lstm
from mtlbook.models.lstm import BiLSTM, ManyBiLSTMs, mirrored
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
        _, given, b, n, inputs = x.shape
        place = torch.arange(n).expand(s, b, n)
        order = torch.stack([place, mirrored(lengths, n)])  # (2, s, b, n)
        network, sentence = torch.arange(s).view(s, 1, 1), torch.arange(b).view(b, 1)
        # The rows of x by steps, networks, tasks, directions and sentences.
        first = (network * given * b + sentence) * n
        rows = (first + order).permute(3, 1, 0, 2)[:, :, None]  # (n, s, 1, 2, b)
        rows = rows + torch.arange(given).view(-1, 1, 1) * b * n
        steps = x.reshape(-1, inputs)[rows].expand(n, s, t, 2, b, inputs)
        weight = torch.cat([self.weight_input, self.weight_hidden], dim=-2).flatten(0, 2)
        bias = (self.bias_input + self.bias_hidden).view(2 * s * t, 1, -1)
        states = fused_lstm(steps, weight, bias)
        # And the rows of the states by networks, tasks, sentences, words and directions.
        trunk = network[..., None] * t + torch.arange(t).view(t, 1, 1)  # (s, t, 1, 1)
        back = [((order[d][:, None] * s * t + trunk) * 2 + d) * b + sentence for d in range(2)]
        words = functional.embedding(torch.stack(back, -1), states.reshape(-1, self.hidden))
        return words.view(s, t, b, n, -1)


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
            (n.mixing, *n.routes.items(), *((name, p.shape) for name, p in n.named_parameters()))
            for n in networks
        }
        if len(forms) != 1:
            raise ValueError(f"need one or more networks of the same form, got {len(forms)}")
        first = networks[0]
        self.routes, self.mixing = first.routes, first.mixing
        self.embeddings = nn.ModuleDict(
            {
                name: ManyEmbeddings([n.embeddings[name] for n in networks])  # type: ignore[misc]
                for name in first.embeddings
            }
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
            p.mT.unflatten(-2, (GATES, -1))
            for name, p in self.layers.named_parameters()
            if name.endswith("weight_input")
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
