"""mtlbook.data.reading and reading_batches: questions as numbers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.data.reading import (
    SPELLINGS,
    Codes,
    Question,
    Span,
    all_words,
    encode,
    passage,
    spelling,
    words_of,
)
from mtlbook.data.reading_batches import ReadingStream, gather, in_order, join
from mtlbook.toy_reading import toy_reading, toy_search

ASKED = "Where did Mara live?"
TEXTS = ("Mara lived in Rowndow. It rained.", "In Corness, Mara was seen.")


def question(spans: tuple[Span, ...] = (Span(0, 3, 3), Span(1, 1, 1))) -> Question:
    passages = tuple(passage(text) for text in TEXTS)
    return Question("q", words_of(ASKED), passages, spans, ("Rowndow",), "test", ASKED)


def test_a_question_as_numbers_worked_out_by_hand() -> None:
    codes = Codes(["Mara", "mara", "in", "IN", "lived"])
    assert len(codes) == SPELLINGS + 1 + 3
    assert [codes[w] for w in ("in", "Mara", "LIVED")] == [SPELLINGS + i for i in (1, 2, 3)]
    assert codes["Rowndow"] == codes["rowndow"] == spelling("rowndow") <= SPELLINGS
    part = encode([question()], codes)
    assert part.passages.shape == (1, 2, 8)
    assert part.passages[0, 0, :3].tolist() == [SPELLINGS + i for i in (2, 3, 1)]
    assert part.passages[0, 0, 3] == codes["rowndow"]
    assert part.match[0].tolist() == [[1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0]]
    assert part.sentences[0].tolist() == [[0, 0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, -1]]
    assert part.gold.tolist() == [[0, 3, 3]]
    assert part.inside[0].nonzero()[0].tolist() == [0, 1]
    assert part.inside[0].nonzero()[1].tolist() == [3, 1]
    assert part.spans == ({(0, 3, 3), (1, 1, 1)},)


def test_rare_words_stay_outside() -> None:
    codes = Codes(["in", "in", "once"], least=2)
    assert codes["once"] == spelling("once")
    assert len(codes) == SPELLINGS + 2


def test_a_batch_is_no_longer_than_it_must_be_and_knows_where_answers_stand() -> None:
    short = Question("s", ("Who",), (passage("Mara"),), (Span(0, 0, 0),), ("Mara",), "test")
    codes = Codes(all_words([question()]))
    part = encode([short, question()], codes)
    assert gather([part], [np.array([0])]).passages.shape == (1, 1, 2, 1)
    batch = gather([part], [np.array([1, 0])])
    assert batch.passages.shape == (1, 2, 2, 8)
    assert batch.start.tolist() == [[3, 0]]
    assert batch.end.tolist() == [[3, 0]]
    assert batch.there.tolist() == [[[True, True], [True, False]]]
    assert batch.holds.tolist() == [[[1, 1], [1, 0]]]
    assert batch.members.shape == (1, 2, 2, 2, 8)
    assert batch.members[0, 0, 0].sum(-1).tolist() == [5, 3]


@given(st.integers(0, 50))
def test_the_marked_words_are_the_answer(seed: int) -> None:
    found = [*toy_reading(3, seed=seed), *toy_search(3, seed=seed)]
    codes = Codes(all_words(found))
    batch = gather([encode(found, codes)], [np.arange(6)])
    k, n = batch.passages.shape[2:]
    words = batch.passages.view(6, k * n)
    for row, one in enumerate(found):
        first, last = int(batch.start[0, row]), int(batch.end[0, row])
        wanted = [codes[word] for word in words_of(one.answers[0])]
        assert words[row, first : last + 1].tolist() == wanted
        assert int(batch.inside[0, row].sum()) == len(wanted) * len(one.spans)


def test_joined_batches_are_one_batch_of_all() -> None:
    one, many = toy_reading(4, seed=1), toy_search(4, seed=1)
    codes = Codes(all_words([*one, *many]))
    parts = [encode(one, codes, [0.5] * 4), encode(many, codes)]
    joined = join([gather([part], [np.arange(4)]) for part in parts])
    together = gather([encode([*one, *many], codes, [0.5] * 4 + [1] * 4)], [np.arange(8)])
    for name, value in together._asdict().items():
        assert torch.equal(getattr(joined, name), value), name
    assert torch.equal(joined.start, together.start)


def test_in_order_visits_each_question_once_short_ones_first() -> None:
    part = encode(toy_reading(10), Codes(["in"]))
    rows = np.concatenate([places[0] for places, _ in in_order([part], size=3)])
    assert sorted(rows) == list(range(10))
    assert (np.diff(part.lengths[rows]) >= 0).all()


def test_an_epoch_has_every_question_once_and_does_not_depend_on_the_neighbours() -> None:
    parts = []
    for seed in range(2):
        found = toy_reading(12, seed=seed)
        parts.append(encode(found, Codes(all_words(found))))
    both = ReadingStream(parts, 4, [5, 6])
    alone = ReadingStream(parts[1:], 4, [6])
    gold = []
    for _ in range(both.batches):
        mine, single = next(both), next(alone)
        n = single.passages.shape[-1]
        assert torch.equal(mine.passages[1:, ..., :n], single.passages)
        assert torch.equal(mine.gold[1:], single.gold)
        gold += [tuple(row) for row in single.gold[0].tolist()]
    assert sorted(gold) == sorted(tuple(row) for row in parts[1].gold.tolist())


def test_a_hidden_word_is_hidden_in_the_whole_question_and_keeps_its_spelling() -> None:
    found = toy_reading(8)
    part = encode(found, Codes(all_words(found)))
    plain, hidden = (next(ReadingStream([part], 8, [0], hide=h)) for h in (0.0, 1e12))
    known = plain.passages > 0
    assert (plain.passages[known] > SPELLINGS).all()
    expected = torch.from_numpy(part.codes.spellings)[plain.passages]
    assert torch.equal(hidden.passages, expected)
    assert torch.equal(hidden.match, plain.match)
    some = next(ReadingStream([part], 8, [0], hide=5.0))
    share = (some.passages[known] <= SPELLINGS).float().mean()
    assert 0.1 < share < 0.9
    for b in range(8):
        for word in plain.passages[0, b].unique():
            assert len(some.passages[0, b][plain.passages[0, b] == word].unique()) == 1


def test_what_does_not_fit_is_refused() -> None:
    found = toy_reading(4)
    codes = Codes(all_words(found))
    part = encode(found, codes)
    with pytest.raises(ValueError, match="no questions to encode"):
        encode([], codes)
    with pytest.raises(ValueError, match="3 weights for 4 questions"):
        encode(found, codes, [1, 1, 1])
    with pytest.raises(ValueError, match="no batch of 5 from 4 questions"):
        ReadingStream([part], 5, [0])
    with pytest.raises(ValueError, match="2 seeds for 1 networks"):
        ReadingStream([part], 2, [0, 1])
    with pytest.raises(ValueError, match=r"the same number of questions, got \[3, 4\]"):
        next(in_order([part, encode(found[:3], codes)]))
    with pytest.raises(ValueError, match="question 0 has no span"):
        ReadingStream([encode([question(())], codes)], 1, [0])
