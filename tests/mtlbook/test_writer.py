"""mtlbook.models.writer: what it writes and copies."""

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.writing import WritingBatch
from mtlbook.models.networks import from_seeds
from mtlbook.models.writer import Writer, mixture

CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
READ, WRITE, NEW = 15, 5, 3  # words read, words written, words that can only be copied
ENDS = 1


def alone(seed: int, **more: Any) -> Writer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Writer(READ, WRITE, width=3, hidden=4, **more).double()


def texts(seed: int = 0, lengths: tuple[int, ...] = (6, 4), asked: int = 3) -> WritingBatch:
    """Two questions, the second with a shorter sentence."""
    draw = torch.Generator().manual_seed(seed)
    b, n = len(lengths), max(lengths)
    there = torch.arange(n) < torch.tensor(lengths)[:, None]
    question = torch.randint(1, READ, (b, asked), generator=draw)
    passage = torch.randint(1, READ, (b, n), generator=draw) * there
    match = (passage[..., None] == question[:, None]).any(-1).double() * there
    marks = torch.zeros(b, n, 3).double()
    marks[:, 1, 0] = marks[:, 2, 1] = marks[:, 1, 2] = marks[:, 2, 2] = 1
    ids = torch.randint(2, WRITE + NEW, (b, asked + n), generator=draw)
    ids[:, asked:] *= there
    reading = torch.randint(1, READ, (b, WRITE + NEW), generator=draw)
    nothing = torch.zeros(b, 1, dtype=torch.long)
    return WritingBatch(question, passage, match, marks, ids, nothing, nothing, reading)


def with_answers(read: WritingBatch, words: Tensor) -> WritingBatch:
    """Let these words be the answers, and know the word before each, numbered to read it."""
    earlier = read.reading.gather(-1, words)[:, :-1]
    first = torch.zeros_like(words[:, :1])
    return read._replace(target=words, before=torch.cat([first, earlier], -1))


def together(model: Writer, read: WritingBatch, words: Tensor) -> Tensor:
    found: Tensor = model(with_answers(read, words)).prod(-1)
    return found


@pytest.mark.parametrize("copy", [True, False])
def test_all_sequences_of_two_words_together_have_probability_one(copy: bool) -> None:
    read, model = texts(), alone(0, copy=copy)
    every = [torch.tensor(pair).expand(2, 2) for pair in product(range(WRITE + NEW), repeat=2)]
    total = torch.stack([together(model, read, words) for words in every]).sum(0)
    torch.testing.assert_close(total, torch.ones(2).double(), **CLOSE)


def test_what_can_only_be_copied_has_no_probability_without_copying() -> None:
    read = texts()
    words = torch.tensor([[WRITE, WRITE + 1, WRITE + 2]]).expand(2, 3)
    assert (alone(0, copy=False)(with_answers(read, words)) == 0).all()
    stand = (read.ids[..., None] == words[:, None]).any(1)  # in the texts of that question
    found = alone(0)(with_answers(read, words))
    assert ((found > 0) == stand).all()
    assert stand.any()
    assert not stand.all()


def test_copying_with_attention_on_the_span_gives_the_span() -> None:
    ids = torch.tensor([4, 6, 3, 7, 5])
    attention = torch.eye(5).double()[[1, 2, 3]]  # one word after the other
    written = torch.full((3, WRITE), 1 / WRITE).double()
    copied = mixture(written, torch.zeros(3).double(), attention, ids.expand(3, 5), 8)
    assert copied.argmax(-1).tolist() == [6, 3, 7]
    assert copied.sum(-1).tolist() == [1, 1, 1]
    only_written = mixture(written, torch.ones(3).double(), attention, ids.expand(3, 5), 8)
    torch.testing.assert_close(only_written[:, :WRITE], written, **CLOSE)
    assert (only_written[:, WRITE:] == 0).all()


def test_a_word_that_stands_twice_gets_both_weights_and_what_is_written() -> None:
    """See et al. 2017, equation 9, by hand: .25 * .4 + .75 * (.2 + .5) = .625."""
    written, attention, expected = (
        torch.tensor(row, dtype=torch.float64)
        for row in ([0.6, 0.4], [0.2, 0.3, 0.5], [0.15, 0.625, 0.225])
    )
    gate, ids = torch.tensor(0.25, dtype=torch.float64), torch.tensor([1, 2, 1])
    found = mixture(written, gate, attention, ids, 3)
    torch.testing.assert_close(found, expected, **CLOSE)


def test_nobody_looks_at_what_fills_up_and_it_changes_nothing() -> None:
    read, model = texts(), alone(0)
    words = torch.tensor([[2, 6, ENDS], [3, 2, ENDS]])
    read = with_answers(read, words)
    wider = read._replace(
        passage=functional.pad(read.passage, [0, 2]),
        match=functional.pad(read.match, [0, 2]),
        marks=functional.pad(read.marks, [0, 0, 0, 2]),
        ids=functional.pad(read.ids, [0, 2]),
        reading=functional.pad(read.reading, [0, 1]),
    )
    torch.testing.assert_close(model(wider), model(read), **CLOSE)
    attention = model.greedy(wider, 2)[1]
    assert (attention[..., -2:] == 0).all()
    torch.testing.assert_close(attention.sum(-1), torch.ones(2, 2).double(), **CLOSE)


def test_each_greedy_word_is_the_best_of_all_after_those_before_it() -> None:
    read, model = texts(seed=3), alone(5)
    found, _ = model.greedy(read, 4)
    for t in range(4):
        scores = []
        for word in range(WRITE + NEW):
            words = torch.cat([found[:, :t], torch.full((2, 1), word)], dim=-1)
            scores.append(model(with_answers(read, words))[:, -1])
        assert (torch.stack(scores).argmax(0) == found[:, t]).all()
    assert len(found.unique()) > 1  # or any word would do


def test_the_evidence_and_the_question_matter() -> None:
    read, model = texts(), alone(0)
    words = torch.tensor([[2, 3], [2, 3]])
    read = with_answers(read, words)
    found = model(read)
    moved = read._replace(marks=read.marks.roll(1, dims=1))
    other = read._replace(question=read.question % (READ - 1) + 1)
    assert not torch.allclose(model(moved), found)
    assert not torch.allclose(model(other), found)


def test_the_gradient_reaches_both_paths() -> None:
    read, model = texts(), alone(0)
    words = torch.tensor([[3, WRITE], [3, WRITE]])
    words[:, 1] = read.ids[:, 0]
    (-model(with_answers(read, words)).log().sum()).backward()
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert p.grad.abs().sum() > 0, name


@pytest.mark.parametrize("more", [{}, {"copy": False}])
def test_writers_write_what_each_writes_alone(more: dict[str, Any]) -> None:
    writers = from_seeds(lambda: Writer(READ, WRITE, 3, 4, **more), [0, 1], torch.float64)
    read = [texts(0), texts(1)]
    both = WritingBatch(*map(torch.stack, zip(*read, strict=True)))
    words, attention = writers.each(lambda writer, batch: writer.greedy(batch, 4), both)
    for s, one in enumerate(read):
        own_words, own_attention = writers[s].greedy(one, 4)  # type: ignore[operator]
        assert torch.equal(words[s], own_words)
        torch.testing.assert_close(attention[s], own_attention, **CLOSE)


def test_a_shared_encoder_is_one_and_learns_from_the_writing() -> None:
    model = alone(0, steps=2)
    assert model.reader is not None
    assert model.encoder is model.reader.encoder
    read = texts()
    words = torch.tensor([[2, 3], [2, 3]])
    model(with_answers(read, words)).sum().backward()
    assert model.reader.encoder.table.weight.grad is not None
    assert all(p.grad is None for p in model.reader.answer.parameters())
