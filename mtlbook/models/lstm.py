"""A bidirectional LSTM layer: one of PyTorch's, and many of them side by side by hand."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

DIRECTIONS = ("forwards", "backwards")


def mirrored(lengths: Tensor, n: int) -> Tensor:
    """Return where each word stands when its sentence is read backwards.

    Args:
        lengths: of the sentences, ``(...)``.
        n: the length they are filled up to. What fills them up stays in its place.

    Returns:
        Places ``(..., n)``, counted from 0. Mirroring twice gives the first order again.
    """
    place = torch.arange(n)
    last = lengths[..., None] - 1
    return torch.where(place <= last, last - place, place)


class BiLSTM(nn.Module):
    """Two LSTMs, one of which reads each sentence from its last word to its first.

    It equals ``nn.LSTM(inputs, hidden, bidirectional=True)`` on packed sentences. Packing halves
    the speed, and without it the backward LSTM would read what fills up a sentence first. Here
    each sentence is turned around inside its own length, so what fills it up comes last.

    Args:
        inputs: width of the input.
        hidden: width of each direction.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(inputs, hidden, batch_first=True)
        self.backwards = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Map inputs ``(B, N, inputs)`` of the given lengths ``(B,)`` to ``(B, N, 2 hidden)``.

        The states behind the end of a sentence mean nothing.
        """
        turned = mirrored(lengths, x.shape[1])[..., None]
        ahead, _ = self.forwards(x)
        back, _ = self.backwards(x.gather(1, turned.expand_as(x)))
        return torch.cat([ahead, back.gather(1, turned.expand_as(back))], dim=-1)


class ManyBiLSTMs(nn.Module):
    """``S`` layers of one shape, computed at once by batched products.

    ``torch.func.vmap`` cannot batch ``nn.LSTM``, so the recurrence is written out. It takes as
    many steps as the longest sentence has words, whatever ``S``: the two directions of the ``S``
    networks are ``2S`` matrices of one batched product. The order of the gates is PyTorch's.

    Args:
        layers: the layers to stack.

    Raises:
        ValueError: if there is no layer, or if their shapes differ.
    """

    def __init__(self, layers: Sequence[BiLSTM]) -> None:
        super().__init__()
        self.hidden = layers[0].forwards.hidden_size if layers else 0
        self.weight_input = _stack(layers, "weight_ih_l0")  # (S, 2, inputs, 4 hidden)
        self.weight_hidden = _stack(layers, "weight_hh_l0")  # (S, 2, hidden, 4 hidden)
        self.bias_input = _stack(layers, "bias_ih_l0")  # (S, 2, 4 hidden)
        self.bias_hidden = _stack(layers, "bias_hh_l0")

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Map ``(S, B, N, inputs)`` of the given lengths ``(S, B)`` to ``(S, B, N, 2 hidden)``."""
        s, b, n, inputs = x.shape
        to_steps, to_words = _rows(lengths, n)
        # What the gates get from the input: one product for all words, in both directions.
        weight = self.weight_input.transpose(1, 2).reshape(s, inputs, -1)
        bias = (self.bias_input + self.bias_hidden).view(s, 1, -1)
        gates = torch.baddbmm(bias, x.reshape(s, b * n, inputs), weight)
        gates = functional.embedding(to_steps, gates.view(-1, 4 * self.hidden))
        states = lstm(gates.view(n, 2 * s, b, -1), self.weight_hidden.flatten(0, 1))
        return functional.embedding(to_words, states.view(-1, self.hidden)).view(s, b, n, -1)


def lstm(gates: Tensor, weight: Tensor) -> Tensor:
    """Run ``K`` LSTMs side by side, from zero states.

    Args:
        gates: what the input, forget, cell and output gates get from the input and the bias,
            ``(N, K, B, 4h)``: for each step, LSTM and sentence.
        weight: what they get from the last state, ``(K, h, 4h)``.

    Returns:
        The states ``(N, K, B, h)``.
    """
    state = cell = gates.new_zeros(*gates.shape[1:3], weight.shape[1])
    states = []
    for from_input in gates.unbind():
        enter, keep, new, leave = torch.baddbmm(from_input, state, weight).chunk(4, dim=-1)
        cell = keep.sigmoid() * cell + enter.sigmoid() * new.tanh()
        state = leave.sigmoid() * cell.tanh()
        states.append(state)
    return torch.stack(states)


def _rows(lengths: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Return how rows are re-ordered between words and steps.

    By words, rows are numbered through networks, sentences, words and directions; by steps,
    through steps, networks, directions and sentences. The backward LSTM's first step is at the
    last word of each sentence.
    """
    s, b = lengths.shape
    word = torch.stack([torch.arange(n).expand(s, b, n), mirrored(lengths, n)], dim=-1)
    sentence = torch.arange(s * b).view(s, b, 1, 1)
    direction = torch.arange(2)
    to_steps = ((sentence * n + word) * 2 + direction).permute(2, 0, 3, 1)  # (n, s, 2, b)
    network, place = torch.arange(s).view(s, 1, 1, 1), torch.arange(b).view(1, b, 1, 1)
    to_words = ((word * s + network) * 2 + direction) * b + place  # (s, b, n, 2)
    return to_steps, to_words


def _stack(layers: Sequence[BiLSTM], name: str) -> nn.Parameter:
    shapes = {(layer.forwards.input_size, layer.forwards.hidden_size) for layer in layers}
    if len(shapes) != 1:
        raise ValueError(f"need one or more layers of the same shape, got {len(shapes)}")
    values = [
        torch.stack([getattr(getattr(layer, way), name).detach().t() for way in DIRECTIONS])
        for layer in layers
    ]
    return nn.Parameter(torch.stack(values))
