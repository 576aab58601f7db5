"""What a network that reads running text is asked, for many networks at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.models.fused_lstm import fused_lstm
from mtlbook.models.lstm import ManyBiLSTMs, _rows
from mtlbook.models.many_taggers import ManyLinears, ManyTaggers
from mtlbook.models.sharing import Routes
from mtlbook.models.tagger import Tagger

SMALL = 0.1
"""Word vectors start this much smaller than PyTorch's (as in chapter 5)."""


class FusedBiLSTMs(ManyBiLSTMs):
    """The same layers, at about half the time: :func:`mtlbook.models.fused_lstm.fused_lstm`."""

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Map ``(S, B, N, inputs)`` of the given lengths ``(S, B)`` to ``(S, B, N, 2 hidden)``."""
        s, b, n, inputs = x.shape
        to_steps, to_words = _rows(lengths, n)
        taken = functional.embedding(to_steps // 2, x.reshape(-1, inputs))  # (N, S, 2, B, inputs)
        weight = torch.cat([self.weight_input, self.weight_hidden], dim=2).flatten(0, 1)
        bias = (self.bias_input + self.bias_hidden).flatten(0, 1)[:, None]
        states = fused_lstm(taken, weight, bias)
        return functional.embedding(to_words, states.view(-1, self.hidden)).view(s, b, n, -1)


class Readers(ManyTaggers):
    """Taggers that can also read running text: ``S`` of them, trained at once.

    Two heads sit on the last layer. One finds hidden words: a linear layer back to the width of
    the word vectors, and their product with the vectors themselves, so that what goes in and
    what comes out is one table. The other judges pairs of sentences, from the mean state of
    each, their product and their distance.

    Args:
        taggers: the networks to stack. All tasks go through the same layers.
        width: of the word vectors.
        outputs: the words 1 to ``outputs`` can be answered.
    """

    def __init__(self, taggers: Sequence[Tagger], width: int, outputs: int) -> None:
        super().__init__(taggers)
        layers = {name: [tagger.layers[name] for tagger in taggers] for name in self.layers}
        self.layers = nn.ModuleDict({name: FusedBiLSTMs(same) for name, same in layers.items()})  # type: ignore[arg-type]
        wide = taggers[0].heads[next(iter(self.routes))].in_features
        assert isinstance(wide, int)
        self.outputs = outputs
        self.to_vectors = ManyLinears([nn.Linear(wide, width) for _ in taggers])
        self.word_bias = nn.Parameter(torch.zeros(len(taggers), 1, outputs))
        self.pair = ManyLinears([nn.Linear(4 * wide, 1) for _ in taggers])

    @property
    def end(self) -> str:
        """The last layer."""
        return next(iter(self.routes.values()))[-1]

    def read(self, x: Tensor, lengths: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Answer a batch of ``B`` sentences, the first halves of pairs and then the second.

        Args:
            x: numbers of word, suffix and shape, ``(S, B, N, 3)``.
            lengths: words in each sentence, ``(S, B)``.
            places: where the ``M`` words to be found are among the ``B N`` of a network,
                ``(S, M)``.

        Returns:
            Logits of the words, ``(S, M, outputs)``, and of each pair's being as in the text,
            ``(S, B / 2)``.
        """
        states = self.states(x, lengths)[self.end]
        found = states.flatten(1, 2).gather(1, places[..., None].expand(-1, -1, states.shape[-1]))
        vectors = self.to_vectors(found[:, :, None])[:, :, 0]
        table = self.embeddings["words"].tables[0][:, 1 : self.outputs + 1]  # type: ignore[index]
        logits = torch.baddbmm(self.word_bias, vectors, table.mT)
        return logits, self._pairs(states, lengths)

    def _pairs(self, states: Tensor, lengths: Tensor) -> Tensor:
        inside = torch.arange(states.shape[2]) < lengths[..., None]
        mean = (states * inside[..., None]).sum(2) / lengths[..., None]
        one, other = mean.chunk(2, dim=1)
        features = torch.cat([one, other, (one - other).abs(), one * other], dim=-1)
        logits: Tensor = self.pair(features[:, :, None])
        return logits[:, :, 0, 0]


def readers(
    seeds: Sequence[int],
    sizes: Sequence[int],
    labels: dict[str, int],
    routes: Routes,
    outputs: int,
    widths: Sequence[int] = (48, 16, 4),
    hidden: int = 64,
) -> Readers:
    """Return one freshly initialised network per seed, stacked.

    The global random state is left as it was.
    """
    taggers, found = [], []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            tagger = Tagger(sizes, labels, routes, widths, hidden)
            with torch.no_grad():
                for table in tagger.embeddings["words"].tables:  # type: ignore[union-attr]
                    table.weight.mul_(SMALL)
            taggers.append(tagger)
            torch.manual_seed(seed + 1_000_000)  # the heads for text, one network after the other
            found.append(Readers([tagger], widths[0], outputs))
        many = Readers(taggers, widths[0], outputs)
        with torch.no_grad():
            for name in ("to_vectors", "pair"):
                for part in ("weight", "bias"):
                    alone = [getattr(getattr(one, name), part) for one in found]
                    getattr(getattr(many, name), part).copy_(torch.cat(alone))
    return many
