"""Small networks for several tasks of many seeds at once, each task with parameters of its own.

A network's parameters are a list of four tensors with the seeds in front and the tasks next:
hidden weights ``(S, T, d, h)`` and biases ``(S, T, 1, h)``, readout weights ``(S, T, h, 1)`` and
biases ``(S, T, 1, 1)``. Where a layer is shared, its T is 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def start_values(
    seeds: Sequence[int],
    inputs: int,
    hidden: int,
    trunks: int,
    heads: int,
    own_start: bool = False,
) -> list[Tensor]:
    """Draw the parameters that training starts from, in double precision.

    They are uniform, as in PyTorch's linear layers.

    Args:
        seeds: one start each.
        inputs: number of input features d.
        hidden: hidden units h.
        trunks: hidden layers: one for each task, or 1 for all.
        heads: readouts: one for each task, or 1 for all.
        own_start: whether each task starts at values of its own; else all start at the same.
    """
    drawn = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        layer = []
        for rows, columns, copies, fan in (
            (inputs, hidden, trunks, inputs),
            (1, hidden, trunks, inputs),
            (hidden, 1, heads, hidden),
            (1, 1, heads, hidden),
        ):
            shape = (copies if own_start else 1, rows, columns)
            values = torch.rand(shape, generator=generator, dtype=torch.float64)
            layer.append(((2 * values - 1) / fan**0.5).expand(copies, -1, -1))
        drawn.append(layer)
    return [torch.stack(same).requires_grad_() for same in zip(*drawn, strict=True)]


def student_outputs(parameters: Sequence[Tensor], x: Tensor) -> Tensor:
    """Map examples ``(S, T, n, d)`` to outputs ``(S, T, n)``."""
    hidden_weight, hidden_bias, readout_weight, readout_bias = parameters
    hidden = torch.tanh(x @ hidden_weight + hidden_bias)
    return (hidden @ readout_weight + readout_bias).squeeze(-1)
