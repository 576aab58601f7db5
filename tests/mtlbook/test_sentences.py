"""mtlbook.data.sentences: a sentence has one label per word in every task."""

from dataclasses import FrozenInstanceError

import pytest

from mtlbook.data.sentences import Sentence


def test_a_sentence_keeps_its_words_and_labels() -> None:
    sentence = Sentence(("A", "dog"), {"pos": ("DET", "NOUN")}, "toy", "toy-1", {"type": "frag"})
    assert len(sentence) == 2
    assert sentence.tags["pos"] == ("DET", "NOUN")
    assert sentence.labels == {"type": "frag"}
    with pytest.raises(FrozenInstanceError):
        sentence.domain = "tale"  # type: ignore[misc]


def test_each_word_needs_a_label() -> None:
    with pytest.raises(ValueError, match=r"toy-1: 1 pos labels for 2 words"):
        Sentence(("A", "dog"), {"pos": ("DET",)}, "toy", "toy-1")


def test_a_sentence_needs_a_word() -> None:
    with pytest.raises(ValueError, match="toy-1: a sentence without words"):
        Sentence((), {}, "toy", "toy-1")
