"""Two losses of two parameters, with a known Pareto front: a test bed for gradient methods."""

from __future__ import annotations

import torch
from torch import Tensor

STARTS = ((-8.5, 7.5), (-8.5, -5.0), (9.0, 9.0))
"""Where the published trajectories begin."""
FRONT = 7.0
"""The Pareto front is a line at the foot, from -7 to 7 in the first parameter."""


def landscape(x: Tensor) -> Tensor:
    """Return both losses ``(..., 2)`` at points ``(..., 2)``.

    Above the line where the second parameter is 0 each loss has a deep, narrow groove that the
    other has not; below it they are two bowls, at 7 and at -7. (Liu et al. 2021, appendix, as in
    `toy.py` of their code.)

    Raises:
        ValueError: if the points do not have two coordinates.
    """
    if x.shape[-1] != 2:
        raise ValueError(f"expected points (..., 2), got {tuple(x.shape)}")
    first, second = x.unbind(dim=-1)
    bend = torch.tanh(-second)
    away = torch.stack([0.5 * (-first - 7) - bend, 0.5 * (-first + 3) + bend + 2], dim=-1)
    grooves = away.abs().clamp(min=5e-6).log() + 6
    sides = torch.stack([7 - first, -7 - first], dim=-1)
    bowls = (sides.square() + 0.1 * (-second - 8).square()[..., None]) / 10 - 20
    above = torch.tanh(0.5 * second).clamp(min=0)[..., None]
    below = torch.tanh(-0.5 * second).clamp(min=0)[..., None]
    return grooves * above + bowls * below
