"""mtlbook.models.pretraining: losses against a plain loop, and what is learned from text."""

from collections.abc import Callable
from itertools import islice

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.masking import TextBatch, TextStream
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import IGNORE, Encoder
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.pretraining import TextReader, text_losses, text_scores, word_losses
from mtlbook.training.loop import adam, fit

CIRCLE = ("one", "two", "three", "four", "five", "six")
TEXT = [
    Sentence(tuple(CIRCLE[(i + k) % 6] for k in range(7)), {}, "tale", f"text {i // 6}")
    for i in range(60)
]
DOCUMENTS = [sentence.document for sentence in TEXT]
ENCODER = Encoder(TEXT, {})
OUTPUTS = len(ENCODER.words) - 1


def readers(*seeds: int) -> Networks:
    return from_seeds(lambda: TextReader(ENCODER.sizes, {"chunk": 3}, OUTPUTS, (6, 3, 2), 5), seeds)


def stream(*seeds: int) -> TextStream:
    return TextStream(ENCODER.encode(TEXT), DOCUMENTS, 8, seeds)


def plain_losses(reader: TextReader, batch: TextBatch) -> tuple[float, float]:
    """Ask a network word by word and pair by pair."""
    states = reader.states(batch.x, batch.lengths)["1"]
    table, n = reader.embeddings["words"].tables[0].weight, batch.x.shape[1]
    costs = []
    for place, right in zip(batch.places.tolist(), batch.right, strict=True):
        if right != IGNORE:
            logits = table[1 : OUTPUTS + 1] @ reader.to_vector(states[place // n, place % n])
            costs.append(functional.cross_entropy(logits + reader.bias, right))
    means = [row[:length].mean(0) for row, length in zip(states, batch.lengths, strict=True)]
    pairs, half = [], len(means) // 2
    for one, other, true in zip(means[:half], means[half:], batch.true, strict=True):
        features = torch.cat([one, other, (one - other).abs(), one * other])
        chance = torch.sigmoid(reader.pair(features))
        pairs.append(-torch.log(chance if true else 1 - chance))
    return float(torch.stack(costs).mean()), float(torch.stack(pairs).mean())


def test_losses_are_those_of_a_plain_loop() -> None:
    networks, batch = readers(0, 1), next(stream(0, 1))
    with torch.no_grad():
        found = networks.each(text_losses, batch)
        for s in (0, 1):
            reader = networks[s]
            own = TextBatch(*(part[s] for part in batch))
            assert isinstance(reader, TextReader)
            words, pairs = plain_losses(reader, own)
            assert float(found["words"][s]) == pytest.approx(words, abs=1e-5)
            assert float(found["pairs"][s]) == pytest.approx(pairs, abs=1e-5)
            torch.testing.assert_close(word_losses(reader, own)["words"], found["words"][s])


def learned(networks: Networks) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in networks.one.named_parameters()}


def after(
    networks: Networks, losses: Callable[..., dict[str, Tensor]], updates: int, *seeds: int
) -> dict[str, Tensor]:
    fit(networks, islice(stream(*seeds), updates), losses, adam(networks, 0.02))
    return learned(networks)


def test_networks_side_by_side_learn_what_each_learns_alone() -> None:
    together = after(readers(3, 4), text_losses, 4, 3, 4)
    alone = after(readers(4), text_losses, 4, 4)
    for name, values in alone.items():
        torch.testing.assert_close(values[0], together[name][1], atol=1e-5, rtol=1e-4)


def test_words_in_a_circle_are_found_and_the_pair_head_is_left_alone() -> None:
    networks, held = readers(0), list(islice(stream(9), 6))
    before, start = learned(networks), text_scores(networks, held)[0]
    found = after(networks, word_losses, 150, 0)
    loss, words, _ = text_scores(networks, held)[0]
    assert start[0] == pytest.approx(np.log(OUTPUTS), abs=0.1)
    assert loss < 0.6
    assert words > 0.8
    torch.testing.assert_close(found["pair.weight"], before["pair.weight"])
    assert not torch.equal(found["to_vector.weight"], before["to_vector.weight"])


def test_scores_are_means_over_all_words_of_all_batches() -> None:
    networks, held = readers(0, 1), list(islice(stream(8, 9), 3))
    found = text_scores(networks, held)
    for s in (0, 1):
        reader, loss, right, judged, count = networks[s], 0.0, 0, [], 0
        for batch in held:
            own = TextBatch(*(part[s] for part in batch))
            with torch.no_grad():
                words, pairs = reader.read(own.x, own.lengths, own.places)  # type: ignore[operator]
            asked = own.right != IGNORE
            count += int(asked.sum())
            loss += float(functional.cross_entropy(words[asked], own.right[asked]) * asked.sum())
            right += int((words.argmax(-1) == own.right).sum())
            judged += ((pairs > 0) == own.true.bool()).tolist()
        expected = torch.tensor([loss / count, right / count, sum(judged) / len(judged)])
        torch.testing.assert_close(found[s], expected, atol=1e-5, rtol=1e-5)
