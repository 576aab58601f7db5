"""Many networks of one form as one network: every parameter gets the networks in front.

A network that is built from ``nn.Linear``, ``nn.Embedding`` and ``nn.GRUCell``, and whose own code
counts dimensions from the end, works for one network on ``(B, ...)`` and, with each of its layers
exchanged for ``S`` layers, for ``S`` networks on ``(S, B, ...)``. So the code of one network that
can be read is the code of many that is run.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Network = TypeVar("Network", bound=nn.Module)


class Linears(nn.Module):
    """``S`` linear layers of one shape: ``(S, ..., inputs)`` to ``(S, ..., outputs)``."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = _stack(layer.weight.mT for layer in layers)  # (S, inputs, outputs)
        self.bias = None if layers[0].bias is None else _stack(one.bias[None] for one in layers)

    def forward(self, x: Tensor) -> Tensor:
        """Multiply all that belongs to a network with its own weights."""
        flat = x.flatten(1, -2)
        if self.bias is None:
            y = torch.bmm(flat, self.weight)
        else:
            y = torch.baddbmm(self.bias, flat, self.weight)
        return y.view(*x.shape[:-1], -1)


class Lookups(nn.Module):
    """``S`` tables of one shape: numbers ``(S, ...)`` to vectors ``(S, ..., width)``."""

    def __init__(self, tables: Sequence[nn.Embedding]) -> None:
        super().__init__()
        self.weight = _stack(table.weight for table in tables)  # (S, rows, width)

    def forward(self, x: Tensor) -> Tensor:
        """Look each network's numbers up in its own table; the tables lie one below the other."""
        network = torch.arange(len(x)).view(-1, *[1] * (x.ndim - 1))
        rows = self.weight.shape[1]
        return functional.embedding(x + network * rows, self.weight.flatten(0, 1))


class GRUCells(nn.Module):
    """``S`` GRU cells of one shape, as ``nn.GRUCell`` defines them.

    Inputs ``(S, B, inputs)`` and states ``(S, B, hidden)`` to states.
    """

    def __init__(self, cells: Sequence[nn.GRUCell]) -> None:
        super().__init__()
        self.weight_input = _stack(cell.weight_ih.mT for cell in cells)  # (S, inputs, 3 hidden)
        self.weight_hidden = _stack(cell.weight_hh.mT for cell in cells)
        self.bias_input = _stack(cell.bias_ih[None] for cell in cells)  # (S, 1, 3 hidden)
        self.bias_hidden = _stack(cell.bias_hh[None] for cell in cells)

    def forward(self, x: Tensor, state: Tensor) -> Tensor:
        """Return the next states."""
        new = torch.baddbmm(self.bias_input, x, self.weight_input).chunk(3, dim=-1)
        old = torch.baddbmm(self.bias_hidden, state, self.weight_hidden).chunk(3, dim=-1)
        reset, keep = torch.sigmoid(new[0] + old[0]), torch.sigmoid(new[1] + old[1])
        proposed = torch.tanh(new[2] + reset * old[2])
        return proposed + keep * (state - proposed)


STACKED: dict[type[nn.Module], Any] = {
    nn.Linear: Linears,
    nn.Embedding: Lookups,
    nn.GRUCell: GRUCells,
}


def side_by_side(networks: Sequence[Network]) -> Network:
    """Return one network that computes what each of several computes alone.

    Args:
        networks: all of the same form. They are left as they are.

    Raises:
        ValueError: if there is no network, or if their forms differ.
        TypeError: if a parameter does not belong to a layer of :data:`STACKED`.
    """
    forms = {tuple((n, p.shape) for n, p in one.named_parameters()) for one in networks}
    if len(forms) != 1:
        raise ValueError(f"need one or more networks of the same form, got {len(forms)}")
    many = copy.deepcopy(networks[0])
    _exchange(many, networks)
    return many


def _exchange(many: nn.Module, networks: Sequence[nn.Module]) -> None:
    if many._parameters:
        name = type(many).__name__
        raise TypeError(f"{name} has parameters of its own; put them into a layer of {STACKED}")
    for name, child in many.named_children():
        same = [getattr(network, name) for network in networks]
        if type(child) in STACKED:
            setattr(many, name, STACKED[type(child)](same))
        else:
            _exchange(child, same)


def _stack(tensors: Iterable[Tensor]) -> nn.Parameter:
    return nn.Parameter(torch.stack([t.detach() for t in tensors]))
