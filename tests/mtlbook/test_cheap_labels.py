"""Labels that follow from the words alone, or from chance."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.data.cheap_labels import (
    CHEAP,
    LABELS,
    frequency_buckets,
    next_words,
    random_by_type,
    with_cheap_labels,
    word_lengths,
    word_shapes,
)
from mtlbook.data.sentences import Sentence
from mtlbook.toy_language import toy_sentences

WORDS = st.lists(st.sampled_from(["the", "The", "owl", "sang", ".", "Harrow", "7"]), min_size=1)


def sentence(*words: str) -> Sentence:
    return Sentence(words, {"pos": ("X",) * len(words)}, "tale", "one")


def test_the_labels_of_a_sentence_by_hand() -> None:
    first, second = with_cheap_labels([sentence("The", "owl", "."), sentence("the", "7", ".")])
    assert first.tags["length"] == ("3", "3", "1")
    assert first.tags["capitals"] == ("Capital", "small", "no letter")
    assert second.tags["capitals"] == ("small", "digits", "no letter")
    assert first.tags["frequency"] == ("1", "0", "1")
    assert first.tags["next"] == ("owl", ".", "end")
    assert first.tags["random"][0] == second.tags["random"][0]
    assert first.tags["pos"] == ("X", "X", "X")


def test_every_task_labels_every_word() -> None:
    for found in with_cheap_labels(toy_sentences(20)):
        assert set(found.tags) >= {*CHEAP, "pos", "chunk"}


@given(WORDS, st.integers(0, 5))
def test_one_word_has_one_random_label(words: list[str], seed: int) -> None:
    labels = random_by_type(words, seed)
    pairs = {(word.lower(), label) for word, label in zip(words, labels, strict=True)}
    assert len(pairs) == len({word.lower() for word in words})
    assert random_by_type(words[::-1], seed) == labels[::-1]


def test_random_labels_differ_from_seed_to_seed_and_use_all_labels() -> None:
    words = [f"word{i}" for i in range(700)]
    one, other = random_by_type(words, 0), random_by_type(words, 1)
    assert set(one) == {str(label) for label in range(LABELS)}
    same = np.mean([a == b for a, b in zip(one, other, strict=True)])
    assert same == pytest.approx(1 / LABELS, abs=0.04)


def test_noise_does_not_follow_the_word() -> None:
    (found,) = with_cheap_labels([sentence(*["owl"] * 600)])
    assert len(set(found.tags["random"])) == 1
    counts = Counter(found.tags["noise"])
    assert len(counts) == LABELS
    assert max(counts.values()) < 2 * 600 / LABELS


def test_the_same_seed_gives_the_same_labels() -> None:
    text = toy_sentences(10)
    assert with_cheap_labels(text, 3) == with_cheap_labels(text, 3)
    assert with_cheap_labels(text, 3) != with_cheap_labels(text, 4)


@pytest.mark.parametrize(
    ("count", "bucket"), [(0, "0"), (1, "0"), (2, "1"), (3, "1"), (4, "2"), (900, "7")]
)
def test_a_bucket_is_the_logarithm_of_the_count(count: int, bucket: str) -> None:
    assert frequency_buckets(["Owl"], Counter(owl=count)) == (bucket,)


def test_the_next_word_is_named_only_if_it_is_known() -> None:
    assert next_words(["The", "old", "Owl"], frozenset({"owl"})) == ("other", "owl", "end")


@given(WORDS)
def test_length_and_shape_follow_from_the_word_alone(words: list[str]) -> None:
    for label in (word_lengths, word_shapes):
        assert label(words) == tuple(label([word])[0] for word in words)


def test_long_words_share_a_label() -> None:
    assert word_lengths(["a" * 10, "a" * 30]) == ("10", "10")


def test_no_sentence_is_an_error() -> None:
    with pytest.raises(ValueError, match="no sentences"):
        with_cheap_labels([])
