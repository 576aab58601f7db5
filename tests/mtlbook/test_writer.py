"""mtlbook.models.writer: what it writes and copies, alone and side by side."""

from itertools import product
from typing import Any

import pytest
import torch
from torch import Tensor

from mtlbook.models.side_by_side import side_by_side
from mtlbook.models.writer import Texts, Writer, many_writers, mixture

CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
READ, WRITE, NEW = 15, 5, 3  # words read, words written, words that can only be copied
ENDS = 1


def alone(seed: int, **more: Any) -> Writer:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Writer(READ, WRITE, width=3, hidden=4, **more).double()


def texts(seed: int = 0, lengths: tuple[int, ...] = (6, 4), asked: int = 3) -> Texts:
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
    return Texts(question, passage, match, marks, ids, reading)


def before(read: Texts, words: Tensor) -> Tensor:
    """The word before each, numbered to read it."""
    return torch.cat([torch.zeros_like(words[:, :1]), read.reading.gather(-1, words)[:, :-1]], -1)


def together(model: Writer, read: Texts, words: Tensor) -> Tensor:
    return model(read, before(read, words), words).prod(-1)


@pytest.mark.parametrize("copy", [True, False])
def test_all_sequences_of_two_words_together_have_probability_one(copy: bool) -> None:
    read, model = texts(), alone(0, copy=copy)
    every = [torch.tensor(pair).expand(2, 2) for pair in product(range(WRITE + NEW), repeat=2)]
    total = torch.stack([together(model, read, words) for words in every]).sum(0)
    torch.testing.assert_close(total, torch.ones(2).double(), **CLOSE)


def test_what_can_only_be_copied_has_no_probability_without_copying() -> None:
    read = texts()
    words = torch.tensor([[WRITE, WRITE + 1, WRITE + 2]]).expand(2, 3)
    assert (alone(0, copy=False)(read, before(read, words), words) == 0).all()
    stand = (read.ids[..., None] == words[:, None]).any(1)  # in the texts of that question
    found = alone(0)(read, before(read, words), words)
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
    wider = Texts(
        read.question,
        torch.nn.functional.pad(read.passage, [0, 2]),
        torch.nn.functional.pad(read.match, [0, 2]),
        torch.nn.functional.pad(read.marks, [0, 0, 0, 2]),
        torch.nn.functional.pad(read.ids, [0, 2]),
        torch.nn.functional.pad(read.reading, [0, 1]),
    )
    given = before(read, words)
    torch.testing.assert_close(model(wider, given, words), model(read, given, words), **CLOSE)
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
            scores.append(model(read, before(read, words), words)[:, -1])
        assert (torch.stack(scores).argmax(0) == found[:, t]).all()
    assert len(found.unique()) > 1  # or any word would do


def test_the_evidence_and_the_question_matter() -> None:
    read, model = texts(), alone(0)
    words = torch.tensor([[2, 3], [2, 3]])
    given = before(read, words)
    found = model(read, given, words)
    moved = read._replace(marks=read.marks.roll(1, dims=1))
    other = read._replace(question=read.question % (READ - 1) + 1)
    assert not torch.allclose(model(moved, given, words), found)
    assert not torch.allclose(model(other, given, words), found)


def test_the_gradient_reaches_both_paths() -> None:
    read, model = texts(), alone(0)
    words = torch.tensor([[3, WRITE], [3, WRITE]])
    words[:, 1] = read.ids[:, 0]
    (-model(read, before(read, words), words).log().sum()).backward()
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert p.grad.abs().sum() > 0, name


@pytest.mark.parametrize("more", [{}, {"copy": False}, {"steps": 2}])
def test_writers_side_by_side_are_the_writers_alone_in_any_order(more: dict[str, Any]) -> None:
    each, read = [alone(seed, **more) for seed in (0, 1)], [texts(0), texts(1)]
    words = torch.tensor([[2, 3, ENDS], [4, 2, ENDS]])
    for order in ([0, 1], [1, 0]):
        model = side_by_side([each[i] for i in order])
        both = Texts(*(torch.stack([read[i][k] for i in order]) for k in range(6)))
        given = torch.stack([before(read[i], words) for i in order])
        found = model(both, given, words.expand(2, -1, -1))
        written = model.greedy(both, 4)[0]
        for place, i in enumerate(order):
            single = each[i](read[i], before(read[i], words), words)
            torch.testing.assert_close(found[place], single, **CLOSE)
            assert (written[place] == each[i].greedy(read[i], 4)[0]).all()


def test_a_seed_gives_the_same_writer_whatever_stands_beside_it() -> None:
    first = many_writers([4, 5], READ, WRITE, 3, 4).state_dict()
    second = many_writers([5], READ, WRITE, 3, 4).state_dict()
    for name, value in second.items():
        assert (first[name][1] == value[0]).all(), name
        assert value.dtype == torch.float64


def test_a_shared_encoder_is_one_and_learns_from_the_writing() -> None:
    model = alone(0, steps=2)
    assert model.reader is not None
    assert model.encoder is model.reader.encoder
    read = texts()
    words = torch.tensor([[2, 3], [2, 3]])
    model(read, before(read, words), words).sum().backward()
    assert model.reader.encoder.table.weight.grad is not None
    assert all(p.grad is None for p in model.reader.answer.parameters())
