"""Many sluice networks side by side, the trunks of all their tasks in one product a layer."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.models.fused_lstm import fused_lstm
from mtlbook.models.lstm import BiLSTM, ManyBiLSTMs, mirrored


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
