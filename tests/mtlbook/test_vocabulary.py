"""mtlbook.data.vocabulary: words, suffixes, shapes and labels as numbers."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import (
    IGNORE,
    SHAPES,
    UNKNOWN,
    Encoder,
    Vocabulary,
    shape,
    suffix,
    tag_sets,
)
from mtlbook.toy_language import toy_sentences


def sentence(words: str, **tags: str) -> Sentence:
    each = {task: tuple(labels.split()) for task, labels in tags.items()}
    return Sentence(tuple(words.split()), each, "tale", "tale-0")


TEXT = [
    sentence("The fox ran", pos="D N V", chunk="B I B"),
    sentence("the fox", pos="D N"),
]


@given(st.lists(st.text(max_size=3)))
def test_a_vocabulary_counts_and_numbers_what_it_saw(symbols: list[str]) -> None:
    vocabulary, counts = Vocabulary(symbols), Counter(symbols)
    assert len(vocabulary) == len(counts) + 1
    assert sorted(vocabulary[s] for s in counts) == list(range(1, len(counts) + 1))
    assert all(vocabulary.counts[vocabulary[s]] == n for s, n in counts.items())
    assert vocabulary.counts[UNKNOWN] == 0
    assert (np.diff(vocabulary.counts[1:]) <= 0).all()  # the most frequent come first
    assert vocabulary["never seen"] == UNKNOWN


def test_the_order_of_the_text_does_not_matter() -> None:
    assert Vocabulary("abcab").ids == Vocabulary("bbaac").ids == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    ("word", "end", "form"),
    [("fox", "fox", "small"), ("Running", "ing", "Capital"), ("BBC", "bbc", "ALL CAPITALS"),
     ("I", "i", "Capital"), ("3pm", "3pm", "digits"), ("1,999", "999", "digits"),
     ("'s", "'s", "small"), ("--", "--", "no letter"), (".", ".", "no letter")],
)  # fmt: skip
def test_the_features_of_a_word(word: str, end: str, form: str) -> None:
    assert suffix(word) == end
    assert SHAPES[shape(word)] == form


def test_sentences_become_numbers() -> None:
    encoder = Encoder(TEXT, tag_sets(TEXT, ["pos", "chunk"]))
    assert encoder.sizes == (4, 4, 5)
    found = encoder.encode([sentence("A fox ran", pos="D N V", chunk="B I B"), TEXT[1]])
    fox, the, ran = (encoder.words[word] for word in ("fox", "the", "ran"))
    assert (fox, the, ran) == (1, 2, 3)
    assert found.x[..., 0].tolist() == [[UNKNOWN, fox, ran], [the, fox, UNKNOWN]]
    assert found.x[..., 2].tolist() == [[1, 0, 0], [0, 0, 0]]
    assert found.counts[..., 0].tolist() == [[0, 2, 1], [2, 2, 0]]
    assert found.lengths.tolist() == [3, 2]
    assert len(found) == 2
    assert encoder.labels == {"pos": ("D", "N", "V"), "chunk": ("B", "I")}
    assert found.targets["pos"].tolist() == [[0, 1, 2], [0, 1, IGNORE]]
    assert found.targets["chunk"].tolist() == [[0, 1, 0], [IGNORE] * 3]  # not labelled


def test_what_is_encoded_can_be_read_back() -> None:
    text = toy_sentences(30, seed=1)
    encoder = Encoder(text, tag_sets(text, ["pos", "role"]))
    found = encoder.encode(text)
    words = {number: word for word, number in encoder.words.ids.items()}
    for row, original in enumerate(text):
        n = len(original)
        assert [words[i] for i in found.x[row, :n, 0]] == [w.lower() for w in original.words]
        for task, labels in encoder.labels.items():
            read = tuple(labels[i] for i in found.targets[task][row, :n])
            assert read == original.tags[task]
            assert (found.targets[task][row, n:] == IGNORE).all()


def test_what_cannot_be_encoded_is_refused() -> None:
    encoder = Encoder(TEXT, tag_sets(TEXT, ["pos"]))
    with pytest.raises(ValueError, match="no sentences"):
        encoder.encode([])
    with pytest.raises(ValueError, match="tale-0: no pos label 'X'"):
        encoder.encode([sentence("fox", pos="X")])
    with pytest.raises(ValueError, match="no sentence has the task 'role'"):
        tag_sets(TEXT, ["pos", "role"])
