"""A tagger that also reads running text: it finds hidden words, and judges pairs of sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.data.masking import TextBatch
from mtlbook.data.vocabulary import IGNORE
from mtlbook.models.networks import Networks
from mtlbook.models.sharing import hard
from mtlbook.models.tagger import Tagger


class TextReader(Tagger):
    """A tagger with one shared layer, and two more heads on it.

    One finds hidden words: a linear layer back to the width of the word vectors, and their product
    with the vectors themselves, so that what goes in and what comes out is one table. The other
    judges pairs of sentences, from the mean state of each, their distance and their product.

    Args:
        sizes: how many words, suffixes and shapes there are.
        labels: how many labels each task of tagging has.
        outputs: the words 1 to ``outputs`` can be found.
        widths: width of the vectors of words, suffixes and shapes.
        hidden: width of each direction of the layer.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        labels: Mapping[str, int],
        outputs: int,
        widths: Sequence[int] = (32, 16, 4),
        hidden: int = 32,
    ) -> None:
        super().__init__(sizes, labels, hard(list(labels), 1), widths, hidden)
        for weight in self.embeddings.parameters():
            weight.data *= 0.1  # small vectors, as in chapter 5
        self.outputs = outputs
        self.to_vector = nn.Linear(2 * hidden, widths[0])
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.pair = nn.Linear(8 * hidden, 1)

    def read(self, x: Tensor, lengths: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Answer a batch of ``B`` sentences, the first halves of pairs and then the second.

        Args:
            x: numbers of word, suffix and shape, ``(B, N, 3)``.
            lengths: words in each sentence, ``(B,)``.
            places: where the ``M`` words to be found are among the ``B N``, ``(M,)``.

        Returns:
            Logits of the words, ``(M, outputs)``, and of each pair's being as in the text,
            ``(B / 2,)``.
        """
        states = self.states(x, lengths)["1"]
        table = next(self.embeddings.parameters())[1 : self.outputs + 1]
        words = self.to_vector(states.flatten(0, 1)[places]) @ table.T + self.bias
        inside = torch.arange(x.shape[1]) < lengths[:, None]
        mean = (states * inside[..., None]).sum(1) / lengths[:, None]
        one, other = mean.chunk(2)
        features = [one, other, (one - other).abs(), one * other]
        return words, self.pair(torch.cat(features, dim=-1))[:, 0]


def text_losses(reader: TextReader, batch: TextBatch) -> dict[str, Tensor]:
    """Return the mean cross-entropy of the words to be found, and that of the pairs."""
    words, pairs = reader.read(batch.x, batch.lengths, batch.places)
    right, sought = batch.right, (batch.right != IGNORE).sum().clamp(min=1)
    lost = functional.cross_entropy(words, right, ignore_index=IGNORE, reduction="sum")
    return {
        "words": lost / sought,
        "pairs": functional.binary_cross_entropy_with_logits(pairs, batch.true),
    }


def word_losses(reader: TextReader, batch: TextBatch) -> dict[str, Tensor]:
    """Return the first of the two losses alone, on the same batch."""
    return {"words": text_losses(reader, batch)["words"]}


def text_scores(networks: Networks, batches: Sequence[TextBatch]) -> Tensor:
    """Return loss and accuracy of hidden words, and accuracy of pairs, ``(S, 3)``."""

    def score(network: Any, batch: TextBatch) -> Tensor:
        words, pairs = network.read(batch.x, batch.lengths, batch.places)
        sought = (batch.right != IGNORE).sum()
        loss = functional.cross_entropy(words, batch.right, ignore_index=IGNORE, reduction="sum")
        found = (words.argmax(-1) == batch.right).sum()
        judged = ((pairs > 0) == (batch.true > 0.5)).float().mean()
        return torch.stack([loss, found, judged, sought])

    with torch.no_grad():
        sums = torch.stack([networks.each(score, batch) for batch in batches]).sum(0)
    sums[:, :2] /= sums[:, 3:]
    sums[:, 2] /= len(batches)
    return sums[:, :3]
