"""Many LSTMs in one product a step, with a backward pass written by hand.

:func:`mtlbook.models.lstm.lstm` is the same in a few lines, and leaves its gradient to autograd,
which keeps every intermediate result and adds the weights' gradients up step by step. Here the
input and the last state lie side by side and are multiplied at once, and the weights' gradient is
one product over all steps.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


class _FusedLSTM(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        n, *many, b, inputs = x.shape
        k, _, width = weight.shape
        h = width // 4
        taken = x.new_empty(k, n, b, inputs + h)  # what each step takes in: input, last state
        taken.view(*many, n, b, -1)[..., :inputs] = x.movedim(0, -3)
        gates, cells, squashed = (x.new_empty(n, k, b, size) for size in (width, h, h))
        states = x.new_empty(n, k, b, h)
        # tanh(z) is 2 sigmoid(2z) - 1, at a fraction of the time.
        scale = torch.ones_like(bias[0]).index_fill_(1, torch.arange(2 * h, 3 * h), 2)
        scaled, shifted = weight * scale, bias * scale
        state = cell = x.new_zeros(k, b, h)
        for step, (a, c, t, out) in enumerate(zip(gates, cells, squashed, states, strict=True)):
            taken[:, step, :, inputs:] = state
            torch.baddbmm(shifted, taken[:, step], scaled, out=a).sigmoid_()
            enter, keep, new, leave = a.chunk(4, dim=-1)
            new.mul_(2).sub_(1)
            torch.mul(enter, new, out=c)
            if step:
                c.addcmul_(keep, cell)
            torch.mul(c, 2, out=t).sigmoid_().mul_(2).sub_(1)
            torch.mul(leave, t, out=out)
            state, cell = out, c
        ctx.save_for_backward(taken, gates, cells, squashed, weight)
        ctx.shape = x.shape
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        taken, gates, cells, squashed, weight = ctx.saved_tensors
        n, k, b, width = gates.shape
        h, inputs = width // 4, taken.shape[-1] - width // 4
        d_gates = gates.new_empty(k, n, b, width)
        d_taken = gates.new_empty(n, k, b, inputs + h)
        turned, d_cell = weight.mT, torch.zeros_like(cells[0])
        for step in reversed(range(n)):
            enter, keep, new, leave = gates[step].chunk(4, dim=-1)
            d_enter, d_keep, d_new, d_leave = d_gates[:, step].chunk(4, dim=-1)
            d_state = d_states[step]
            if step + 1 < n:
                d_state = d_state + d_taken[step + 1, ..., inputs:]
            _through_sigmoid(d_state * squashed[step], leave, d_leave)
            d_cell += torch.ops.aten.tanh_backward(d_state * leave, squashed[step])
            _through_sigmoid(d_cell * new, enter, d_enter)
            torch.ops.aten.tanh_backward.grad_input(d_cell * enter, new, grad_input=d_new)
            if step:
                _through_sigmoid(d_cell * cells[step - 1], keep, d_keep)
            else:
                d_keep.zero_()  # there was nothing to keep
            d_cell *= keep
            torch.bmm(d_gates[:, step], turned, out=d_taken[step])
        flat = d_gates.view(k, n * b, width)
        d_weight = taken.view(k, n * b, -1).mT @ flat
        d_x = d_taken[..., :inputs].reshape(ctx.shape)
        return d_x, d_weight, flat.sum(1, keepdim=True)


def _through_sigmoid(gradient: Tensor, value: Tensor, out: Tensor) -> None:
    torch.ops.aten.sigmoid_backward.grad_input(gradient, value, grad_input=out)


def fused_lstm(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Run ``K`` LSTMs of width h side by side, from zero states.

    Args:
        x: what they take in at each step, ``(N, ..., B, inputs)``; the dimensions between are
            those of the ``K`` LSTMs.
        weight: to the input, forget, cell and output gates, from the input and then from the
            last state, ``(K, inputs + h, 4h)``.
        bias: of the gates, ``(K, 1, 4h)``.

    Returns:
        The states ``(N, K, B, h)``. They can be differentiated once.
    """
    states: Tensor = _FusedLSTM.apply(x, weight, bias)  # type: ignore[no-untyped-call]
    return states
