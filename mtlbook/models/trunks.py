"""One hidden layer and a head per task, for many networks at once; any number of outputs.

The parameters have the networks in front and the tasks next: trunk weights ``(S, K, d, h)`` and
biases ``(S, K, 1, h)``, head weights ``(S, T, h, m)`` and biases ``(S, T, 1, m)``. K is 1 where
the tasks share the trunk, and T where each has one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def start_trunks(
    seeds: Sequence[int], inputs: int, hidden: int, tasks: int, outputs: int = 1, trunks: int = 1
) -> tuple[list[Tensor], list[Tensor]]:
    """Draw the parameters that training starts from, in double precision.

    They are uniform, as in PyTorch's linear layers. The heads start differently, and so do
    trunks of which each task has one.

    Args:
        seeds: one start each.
        inputs: number of input features d.
        hidden: hidden units h.
        tasks: number of tasks T.
        outputs: numbers that a head returns, m.
        trunks: 1, or one for each task.

    Returns:
        The parameters of the trunk, and those of the heads.

    Raises:
        ValueError: if there is neither one trunk nor one for each task.
    """
    if trunks not in (1, tasks):
        raise ValueError(f"trunks: expected 1 or {tasks}, got {trunks}")
    shapes = [
        ((trunks, inputs, hidden), inputs),
        ((trunks, 1, hidden), inputs),
        ((tasks, hidden, outputs), hidden),
        ((tasks, 1, outputs), hidden),
    ]
    drawn = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        drawn.append(
            [
                (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1) / fan**0.5
                for shape, fan in shapes
            ]
        )
    layers = [torch.stack(same).requires_grad_() for same in zip(*drawn, strict=True)]
    return layers[:2], layers[2:]


def trunk_outputs(
    shared: Sequence[Tensor],
    heads: Sequence[Tensor],
    x: Tensor,
    activation: Callable[[Tensor], Tensor] = torch.tanh,
) -> Tensor:
    """Map examples ``(S, T, n, d)``, or ``(S, 1, n, d)``, to outputs ``(S, T, n, m)``."""
    hidden = activation(x @ shared[0] + shared[1])
    return hidden @ heads[0] + heads[1]
