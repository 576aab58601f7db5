"""mtlbook.data.batches: batches of like length, for many networks at once."""

from itertools import islice, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbook.data.batches import JITTER, Batch, Stream, gather, in_order, join
from mtlbook.data.vocabulary import IGNORE, UNKNOWN, Encoded, Encoder, tag_sets
from mtlbook.toy_language import toy_sentences

TASKS = ["pos", "chunk"]


def encoded(seed: int = 0, n: int = 30) -> Encoded:
    text = toy_sentences(n, seed=seed)
    return Encoder(text, tag_sets(toy_sentences(200), TASKS)).encode(text)


def epoch(stream: Stream) -> list[Batch]:
    return list(islice(stream, stream.batches))


def as_sets(batches: list[Batch], s: int) -> list[tuple[tuple[int, ...], ...]]:
    """The sentences of an epoch, each as the numbers of its words."""
    return sorted(
        tuple(tuple(word) for word in x[:n].tolist())
        for batch in batches
        for x, n in zip(batch.x[s], batch.lengths[s].tolist(), strict=True)
    )


def test_rows_are_gathered_with_their_labels() -> None:
    parts, rows = [encoded(0), encoded(1)], [np.array([3, 0]), np.array([7, 7])]
    batch = gather(parts, rows, ["pos"])
    assert set(batch.targets) == {"pos"}
    assert batch.x.shape[2] == batch.lengths.max()
    for s, (part, row) in enumerate(zip(parts, rows, strict=True)):
        for b, place in enumerate(row):
            n = part.lengths[place]
            assert batch.lengths[s, b] == n
            assert batch.x[s, b, :n].tolist() == part.x[place, :n].tolist()
            assert (batch.x[s, b, n:] == UNKNOWN).all()
            assert (
                batch.targets["pos"][s, b, :n].tolist() == part.targets["pos"][place, :n].tolist()
            )
            assert (batch.targets["pos"][s, b, n:] == IGNORE).all()


def test_batches_are_joined() -> None:
    parts = [encoded(0), encoded(1)]
    by_length = np.argsort(parts[0].lengths)
    short = gather(parts, [by_length[:2]] * 2, ["pos", "chunk"])
    long = gather(parts, [by_length[-3:]] * 2, ["pos"])
    both = join([short, long])
    assert both.x.shape[:2] == (2, 5)
    n, m = short.x.shape[2], long.x.shape[2]
    assert torch.equal(both.x[:, :2, :n], short.x)
    assert (both.x[:, :2, n:] == UNKNOWN).all()
    assert torch.equal(both.x[:, 2:, :m], long.x)
    assert torch.equal(both.lengths, torch.cat([short.lengths, long.lengths], 1))
    assert torch.equal(both.targets["chunk"][:, :2, :n], short.targets["chunk"])
    assert (both.targets["chunk"][:, 2:] == IGNORE).all()
    assert torch.equal(both.targets["pos"][:, 2:, :m], long.targets["pos"])
    assert (both.targets["pos"][:, :2, n:] == IGNORE).all()


@given(st.integers(1, 40), st.integers(1, 3))
@settings(max_examples=10)
def test_in_order_every_sentence_comes_once(size: int, networks: int) -> None:
    parts = [encoded(s) for s in range(networks)]
    seen: list[list[int]] = [[] for _ in parts]
    lengths = []
    for rows, batch in in_order(parts, TASKS, size):
        lengths.append(batch.lengths)
        for s, row in enumerate(rows):
            seen[s] += row.tolist()
            assert batch.lengths[s].tolist() == parts[s].lengths[row].tolist()
    assert all(sorted(places) == list(range(30)) for places in seen)
    assert (torch.cat(lengths, 1).diff(dim=1) >= 0).all()


# Streams


def test_an_epoch_has_every_sentence_once() -> None:
    part = encoded()
    stream = Stream([part], TASKS, 5, [0], hide=0)
    assert stream.batches == 6
    everything = sorted(
        tuple(tuple(word) for word in x[:n].tolist())
        for x, n in zip(part.x, part.lengths, strict=True)
    )
    for _ in range(3):
        assert as_sets(epoch(stream), 0) == everything


def test_what_does_not_fill_a_batch_is_another_few_each_epoch() -> None:
    stream = Stream([encoded()], TASKS, 7, [0], hide=0)
    epochs = [as_sets(epoch(stream), 0) for _ in range(3)]
    assert [len(sentences) for sentences in epochs] == [28] * 3
    assert epochs[0] != epochs[1]


def test_a_batch_has_sentences_of_like_length() -> None:
    part = encoded(n=200)
    batches = epoch(Stream([part], ["pos"], 8, [0]))
    filled = sum(batch.x.shape[1] * batch.x.shape[2] for batch in batches)
    at_random = np.random.default_rng(0).permutation(200).reshape(-1, 8)
    assert filled < 1.12 * part.lengths.sum()
    assert sum(8 * part.lengths[row].max() for row in at_random) > 1.25 * part.lengths.sum()
    spans = sorted((int(b.lengths.min()), int(b.lengths.max())) for b in batches)
    for (_, longest), (shortest, _) in pairwise(spans):
        assert shortest >= longest - JITTER


def test_what_a_network_gets_does_not_depend_on_those_beside_it() -> None:
    parts = [encoded(s) for s in range(3)]
    together = Stream(parts, TASKS, 4, [5, 6, 7])
    alone = Stream(parts[1:2], TASKS, 4, [6])
    for many, one in zip(islice(together, 20), islice(alone, 20), strict=True):
        n = one.x.shape[2]
        assert torch.equal(many.x[1:2, :, :n], one.x)
        assert torch.equal(many.lengths[1:2], one.lengths)
        for task in TASKS:
            assert torch.equal(many.targets[task][1:2, :, :n], one.targets[task])
            assert (many.targets[task][1:2, :, n:] == IGNORE).all()


def test_seeds_differ_and_repeat() -> None:
    part = encoded()
    batches = list(islice(Stream([part, part], TASKS, 4, [0, 1]), 5))
    again = list(islice(Stream([part, part], TASKS, 4, [0, 1]), 5))
    assert any(not torch.equal(batch.x[0], batch.x[1]) for batch in batches)
    assert all(torch.equal(a.x, b.x) for a, b in zip(batches, again, strict=True))
    other = list(islice(Stream([part, part], TASKS, 4, [0, 1], order=1), 5))
    assert any(a.x.shape != b.x.shape for a, b in zip(batches, other, strict=True))


def test_rare_words_are_hidden_as_often_as_is_said() -> None:
    part = encoded(n=100)
    hide = 0.5
    before = np.concatenate([c[:n] for c, n in zip(part.counts, part.lengths, strict=True)])
    expected = (hide / (hide + before)).sum(0)
    stream = Stream([part], [], 10, [0], hide=hide)
    hidden = np.zeros(2)
    for batch in islice(stream, 30 * stream.batches):
        for x, n in zip(batch.x[0], batch.lengths[0].tolist(), strict=True):
            hidden += (x[:n, :2] == UNKNOWN).sum(0).numpy()
    np.testing.assert_allclose(hidden / 30, expected, rtol=0.04)
    assert (part.x[0, : part.lengths[0]] > 0)[:, :2].all()  # the sentences themselves are whole


def test_the_shape_of_a_word_is_never_hidden() -> None:
    part = encoded()
    shapes = np.sort([s for s, n in zip(part.x[..., 2], part.lengths, strict=True) for s in s[:n]])
    batches = epoch(Stream([part], [], 10, [0], hide=1e9))
    found = [
        word for batch in batches
        for x, n in zip(batch.x[0], batch.lengths[0].tolist(), strict=True)
        for word in x[:n].tolist()
    ]  # fmt: skip
    assert {(w, s) for w, s, _ in found} == {(UNKNOWN, UNKNOWN)}
    assert sorted(s for *_, s in found) == shapes.tolist()


def test_what_cannot_be_streamed_is_refused() -> None:
    part = encoded()
    with pytest.raises(ValueError, match="2 seeds for 1 networks"):
        Stream([part], TASKS, 4, [0, 1])
    with pytest.raises(ValueError, match=r"same number of sentences, got \[20, 30\]"):
        Stream([part, encoded(n=20)], TASKS, 4, [0, 1])
    with pytest.raises(ValueError, match="no batch of 31 from 30"):
        Stream([part], TASKS, 31, [0])
    with pytest.raises(ValueError, match="no batch of 0"):
        Stream([part], TASKS, 0, [0])
    with pytest.raises(ValueError, match="no labels of the task 'role'"):
        Stream([part], ["pos", "role"], 4, [0])
