"""mtlbook.models and mtlbook.training.pretraining: against plain loops, and one by one."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtlbook.data.masking import TextBatch, TextStream
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import IGNORE, Encoder
from mtlbook.models.lstm import BiLSTM, ManyBiLSTMs
from mtlbook.models.pretraining import FusedBiLSTMs, Readers, readers
from mtlbook.models.sharing import hard
from mtlbook.training.pretraining import (
    Course,
    answers,
    pair_loss,
    text_loss,
    text_scores,
    word_loss,
)

CIRCLE = ("one", "two", "three", "four", "five", "six")
TEXT = [
    Sentence(tuple(CIRCLE[(i + k) % 6] for k in range(7)), {}, "tale", f"text {i // 6}")
    for i in range(60)
]
DOCUMENTS = [sentence.document for sentence in TEXT]
ENCODER = Encoder(TEXT, {})
OUTPUTS = len(ENCODER.words) - 1


def networks(seeds: list[int]) -> Readers:
    routes = hard(("chunk",), 1)
    return readers(seeds, ENCODER.sizes, {"chunk": 3}, routes, OUTPUTS, (6, 3, 2), 5)


def stream(seeds: list[int]) -> TextStream:
    return TextStream(ENCODER.encode(TEXT), DOCUMENTS, 8, seeds)


def test_the_fast_layers_are_the_same_layers() -> None:
    torch.manual_seed(0)
    layers = [BiLSTM(4, 3) for _ in range(2)]
    x, lengths = torch.randn(2, 5, 7, 4), torch.tensor([[7, 3, 1, 5, 2], [2, 6, 4, 7, 1]])
    inside = (torch.arange(7) < lengths[..., None])[..., None]
    found = []
    for many in (ManyBiLSTMs(layers), FusedBiLSTMs(layers)):
        taken = x.clone().requires_grad_()
        states = many(taken, lengths) * inside
        states.square().sum().backward()
        found.append([states.detach(), taken.grad, *(p.grad for p in many.parameters())])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)


def plain_losses(model: Readers, batch: TextBatch, s: int) -> tuple[float, float]:
    """Ask network ``s`` word by word and pair by pair."""
    states = model.states(batch.x, batch.lengths)[model.end][s]
    table = model.embeddings["words"].tables[0][s]  # type: ignore[index]
    costs = []
    for b, n in (batch.words[s] != IGNORE).nonzero().tolist():
        vector = states[b, n] @ model.to_vectors.weight[s] + model.to_vectors.bias[s, 0]
        logits = table[1 : OUTPUTS + 1] @ vector + model.word_bias[s, 0]
        costs.append(functional.cross_entropy(logits, batch.words[s, b, n] - 1))
    means = [row[:length].mean(0) for row, length in zip(states, batch.lengths[s], strict=True)]
    pairs, half = [], len(means) // 2
    for one, other, true in zip(means[:half], means[half:], batch.true[s], strict=True):
        features = torch.cat([one, other, (one - other).abs(), one * other])
        logit = features @ model.pair.weight[s, :, 0] + model.pair.bias[s, 0, 0]
        chance = torch.sigmoid(logit)
        pairs.append(-torch.log(chance if true else 1 - chance))
    return float(torch.stack(costs).mean()), float(torch.stack(pairs).mean())


def test_losses_are_those_of_a_plain_loop() -> None:
    model, batch = networks([0, 1]), next(stream([0, 1]))
    with torch.no_grad():
        for s in (0, 1):
            words, pairs = plain_losses(model, batch, s)
            logits, right, judged = answers(model, batch)
            assert float(word_loss(logits, right)[s]) == pytest.approx(words, abs=1e-5)
            assert float(pair_loss(judged, batch.true)[s]) == pytest.approx(pairs, abs=1e-5)
            both = text_loss(model, batch, "words and pairs")
            assert float(both[s]) == pytest.approx(words + pairs, abs=1e-5)
            assert float(text_loss(model, batch, "words")[s]) == pytest.approx(words, abs=1e-5)


def test_an_unknown_objective_is_refused() -> None:
    with pytest.raises(ValueError, match="objective"):
        text_loss(networks([0]), next(stream([0])), "sentences")  # type: ignore[arg-type]


def test_networks_side_by_side_learn_what_each_learns_alone() -> None:
    together = Course(networks([3, 4]), stream([3, 4]), "words and pairs", 0.01).at(4)
    alone = Course(networks([4]), stream([4]), "words and pairs", 0.01).at(4)
    for name, values in alone.items():
        torch.testing.assert_close(values[0], together[name][1], atol=1e-5, rtol=1e-4)


def test_a_course_goes_on_where_it_was_and_keeps_what_was_asked_for() -> None:
    parts, whole = (Course(networks([0]), stream([0]), "words", 0.01) for _ in range(2))
    first = {name: p.clone() for name, p in parts.at(3).items()}
    for name, values in parts.at(6).items():
        torch.testing.assert_close(values, whole.at(6)[name])
    for name, values in parts.at(3).items():
        torch.testing.assert_close(values, first[name])
    with pytest.raises(ValueError, match="at 6 updates already"):
        whole.at(3)


def test_words_in_a_circle_are_found_and_the_pair_head_is_left_alone() -> None:
    course = Course(networks([0]), stream([0]), "words", 0.02)
    batches = [next(stream([9])) for _ in range(6)]
    before = course.at(0)
    start = text_scores(course.model, batches)[0]
    after = course.at(150)
    loss, words, _ = text_scores(course.model, batches)[0]
    assert start[0] == pytest.approx(np.log(OUTPUTS), abs=0.1)
    assert loss < 0.6
    assert words > 0.8
    torch.testing.assert_close(after["pair.weight"], before["pair.weight"])
    assert not torch.equal(after["to_vectors.weight"], before["to_vectors.weight"])
