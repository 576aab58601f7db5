"""One hidden layer shared by every task: one network, and many of them side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn


class MLP(nn.Module):
    """A trunk of one hidden layer, shared by all tasks, and one linear output per task.

    With ``tasks=1`` it is an ordinary single-task network. This is the net of Caruana (1997).

    Args:
        inputs: number of input features.
        hidden: width of the shared hidden layer.
        tasks: number of tasks, one output each.
    """

    def __init__(self, inputs: int, hidden: int, tasks: int) -> None:
        super().__init__()
        self.trunk = nn.Linear(inputs, hidden)
        self.heads = nn.Linear(hidden, tasks)

    def forward(self, x: Tensor) -> Tensor:
        """Map examples ``(n, inputs)`` to outputs ``(n, tasks)``."""
        hidden = torch.tanh(self.trunk(x))
        outputs: Tensor = self.heads(hidden)
        return outputs


class ManyMLPs(nn.Module):
    """``S`` networks of one shape, trained at once by batched products.

    Network ``s`` sees only slice ``s`` of the data and no parameter is shared between networks,
    so each of them learns what it would have learned alone.

    Args:
        networks: the networks to stack, all of the same shape and type.

    Raises:
        ValueError: if there is no network, or if their shapes differ.
    """

    def __init__(self, networks: Sequence[MLP]) -> None:
        super().__init__()
        shapes = {tuple(p.shape for p in network.parameters()) for network in networks}
        if len(shapes) != 1:
            raise ValueError(f"need one or more networks of the same shape, got {len(shapes)}")
        self.trunk_weight = _stack(network.trunk.weight.mT for network in networks)
        self.trunk_bias = _stack(network.trunk.bias[None] for network in networks)
        self.head_weight = _stack(network.heads.weight.mT for network in networks)
        self.head_bias = _stack(network.heads.bias[None] for network in networks)

    def hidden(self, x: Tensor) -> Tensor:
        """Return the hidden activations ``(S, n, hidden)`` for examples ``(S, n, inputs)``."""
        return torch.tanh(torch.baddbmm(self.trunk_bias, x, self.trunk_weight))

    def forward(self, x: Tensor) -> Tensor:
        """Map examples ``(S, n, inputs)`` to outputs ``(S, n, tasks)``."""
        return torch.baddbmm(self.head_bias, self.hidden(x), self.head_weight)


def many_mlps(seeds: Sequence[int], inputs: int, hidden: int, tasks: int) -> ManyMLPs:
    """Return one freshly initialised double-precision :class:`MLP` per seed, stacked.

    Double precision keeps rounding differences between machines far below what is printed.
    The global random state is left as it was.
    """
    networks = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks.append(MLP(inputs, hidden, tasks).double())
    return ManyMLPs(networks)


def _stack(tensors: Iterable[Tensor]) -> nn.Parameter:
    return nn.Parameter(torch.stack([t.detach() for t in tensors]))
