"""mtlbook.data.masking: which words are hidden, how, and which pairs there are."""

import numpy as np
import pytest

from mtlbook.data.masking import Pairs, TextBatch, TextStream, mask_words, successors
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import IGNORE, Encoder

DOCUMENTS = [f"text {i // 5}" for i in range(40)]
TEXT = [
    Sentence((f"word{i}", *("and", "so", "on")[: 1 + i % 3], "."), {}, "tale", document)
    for i, document in enumerate(DOCUMENTS)
]
ENCODED = Encoder(TEXT, {}).encode(TEXT)
OWN = ENCODED.x[:, 0, 0]  # the first word of each sentence occurs nowhere else


def words(n: int) -> np.ndarray:
    """Return ``n`` words with numbers, suffixes and shapes that tell them apart."""
    return np.stack([np.arange(1, n + 1), np.arange(n) + 10_000, np.full(n, 3)], axis=1)


def test_words_are_chosen_and_spoilt_in_the_shares_described() -> None:
    x = words(40_000)
    seen, targets = mask_words(x, np.ones(len(x), bool), np.random.default_rng(0))
    chosen = targets != IGNORE
    assert chosen.mean() == pytest.approx(0.15, abs=0.006)
    hidden = (seen[chosen] == 0).all(1)
    same = (seen[chosen] == x[chosen]).all(1)
    assert hidden.mean() == pytest.approx(0.8, abs=0.02)
    assert same.mean() == pytest.approx(0.1, abs=0.015)
    np.testing.assert_array_equal(seen[~chosen], x[~chosen])
    np.testing.assert_array_equal(targets[chosen], x[chosen, 0])


def test_another_word_comes_whole_and_out_of_those_that_may_be_chosen() -> None:
    x, may = words(2000), np.arange(2000) % 2 == 0
    before = x.copy()
    seen, targets = mask_words(x, may, np.random.default_rng(1), share=1.0)
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(targets != IGNORE, may)
    changed = (seen != x).any(1) & seen.any(1)
    assert changed.sum() > 50
    assert (seen[changed, 0] % 2 == 1).all()
    np.testing.assert_array_equal(seen[changed, 1], seen[changed, 0] + 9_999)


def test_nothing_is_hidden_at_a_share_of_none() -> None:
    x = words(100)
    seen, targets = mask_words(x, np.ones(100, bool), np.random.default_rng(0), share=0.0)
    np.testing.assert_array_equal(seen, x)
    assert (targets == IGNORE).all()


def test_the_last_sentence_of_a_document_has_no_successor() -> None:
    assert successors(["a", "a", "a", "b", "b", "c"]).tolist() == [0, 1, 3]


def stream(seeds: list[int], pairs: Pairs = "next", size: int = 8) -> TextStream:
    return TextStream(ENCODED, DOCUMENTS, size, seeds, pairs)


def asked_for(batch: TextBatch) -> np.ndarray:
    """Return the words to be found, ``(S, B, N)``, else ``IGNORE``."""
    places, right = batch.places.numpy(), batch.right.numpy()
    words = np.full((len(right), batch.x[0, ..., 0].numel()), IGNORE)
    np.put_along_axis(words, places, np.where(right == IGNORE, IGNORE, right + 1), axis=1)
    return words.reshape(batch.x.shape[:3])


def sides(batches: TextStream, number: int) -> list[tuple[int, int, bool]]:
    """Return the sentences of pairs by their own first word, which is the answer or is seen."""
    found = []
    for _ in range(number):
        batch = next(batches)
        asked = asked_for(batch)[0, :, 0]
        first = np.where(asked == IGNORE, batch.x[0, :, 0, 0].numpy(), asked)
        places = [int(np.flatnonzero(word == OWN)[0]) for word in first]
        half = len(places) // 2
        truths = [bool(t) for t in batch.true[0]]
        found += list(zip(places[:half], places[half:], truths, strict=True))
    return found


def test_true_pairs_follow_one_another() -> None:
    found = sides(stream([3]), 40)
    assert all(b == a + 1 for a, b, true in found if true)
    share = np.mean([true for *_, true in found])
    assert 0.3 < share < 0.7
    assert np.mean([b == a + 1 for a, b, true in found if not true]) < 0.2
    assert {a for a, *_ in found} <= set(successors(DOCUMENTS).tolist())


def test_pairs_in_order_are_all_neighbours() -> None:
    found = sides(stream([3], "order"), 40)
    assert all(b - a == (1 if true else -1) for a, b, true in found)
    assert 0.3 < np.mean([true for *_, true in found]) < 0.7


def test_a_word_is_asked_for_where_it_stood_and_nowhere_twice() -> None:
    batch = next(TextStream(ENCODED, DOCUMENTS, 8, [0, 1]))
    assert (batch.right == IGNORE).sum(1).min() == 0  # no more places than the most need
    for places, right in zip(batch.places.tolist(), batch.right.tolist(), strict=True):
        asked = [place for place, word in zip(places, right, strict=True) if word != IGNORE]
        assert asked == sorted(set(asked))


def test_a_network_gets_what_it_would_get_alone() -> None:
    alone, beside = stream([5]), stream([4, 5])
    for _ in range(12):
        one, two = next(alone), next(beside)
        n = one.x.shape[2]
        np.testing.assert_array_equal(one.x[0], two.x[1, :, :n])
        np.testing.assert_array_equal(asked_for(one)[0], asked_for(two)[1, :, :n])
        np.testing.assert_array_equal(one.true[0], two.true[1])


def test_long_sentences_are_cut_and_rare_words_are_not_asked_for() -> None:
    batches = TextStream(ENCODED, DOCUMENTS, 8, [0], limit=3, outputs=4)
    for _ in range(20):
        batch = next(batches)
        assert batch.x.shape[2] == batch.lengths.max() == 3
        assert asked_for(batch).max() <= 4


@pytest.mark.parametrize("size", [0, 7, 1000])
def test_a_size_that_makes_no_batch_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="no batch of"):
        stream([0], size=size)


def test_every_sentence_needs_its_document() -> None:
    with pytest.raises(ValueError, match="39 documents for 40 sentences"):
        TextStream(ENCODED, DOCUMENTS[1:], 8, [0])
