"""Adam for many networks at once, each with a step size of its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class ManyAdam:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), a step size per network.

    Args:
        parameters: each with the S networks in front.
        lr: step sizes ``(S,)``.
        decay: weight decays ``(S,)``.
    """

    def __init__(self, parameters: Sequence[Tensor], lr: Tensor, decay: Tensor) -> None:
        self.parameters = list(parameters)
        self.lr, self.decay = lr, decay
        self.mean = [torch.zeros_like(p) for p in parameters]
        self.square = [torch.zeros_like(p) for p in parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self) -> None:
        """Move the parameters by their ``grad``, and forget it."""
        self.steps += 1
        first, second = 1 - 0.9**self.steps, 1 - 0.999**self.steps
        for p, mean, square in zip(self.parameters, self.mean, self.square, strict=True):
            assert p.grad is not None
            shape = (-1, *[1] * (p.ndim - 1))
            mean.lerp_(p.grad, 0.1)
            square.mul_(0.999).addcmul_(p.grad, p.grad, value=0.001)
            p.mul_(1 - (self.lr * self.decay).view(shape))
            size = (square / second).sqrt_().add_(1e-8)
            p.sub_((self.lr / first).view(shape) * mean / size)
            p.grad = None
