"""mtlbook.training.mt_san: how near a question is."""

from itertools import product
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from mtlbook.data.reading import Question, Span, passage, words_of
from mtlbook.toy_reading import toy_reading
from mtlbook.training.mt_san import (
    Bigrams,
    Lengths,
    answer_length,
    area_under_curve,
    cross_entropy_differences,
    rescaled,
)

TEXT = [["a", "b"], ["a", "c"], ["a", "b", "b"]]
texts = st.lists(st.lists(st.sampled_from("abc"), max_size=5), min_size=1, max_size=6)


def test_a_chance_by_hand() -> None:
    model = Bigrams(TEXT, size=6, k=0.5, share=0.75)
    # a: 3, b: 3, c: 1, the end: 3, of 10; behind a stands b twice in three.
    assert model.chance("a", "b") == pytest.approx(0.75 * 2 / 3 + 0.25 * 3.5 / 13)
    assert model.chance("b", "never") == pytest.approx(0.25 * 0.5 / 13)
    assert model.chance("never", "c") == pytest.approx(1.5 / 13)
    assert model.cross_entropy(["a"]) == pytest.approx(
        -(log(model.chance("<s>", "a")) + log(model.chance("a", "</s>"))) / 2
    )


@given(texts, st.floats(0.01, 2), st.floats(0, 0.99))
def test_chances_add_up_to_one(text: list[list[str]], k: float, share: float) -> None:
    model = Bigrams(text, size=5, k=k, share=share)  # three words, the end, an unknown one
    for first in ("<s>", "a", "never"):
        total = sum(model.chance(first, word) for word in ("a", "b", "c", "</s>", "never"))
        assert total == pytest.approx(1)


def test_a_text_surprises_its_own_model_least() -> None:
    """The mean surprise in bits of its own text is the entropy, where nothing is smoothed."""
    text = [list(words) for words in product("ab", repeat=2)]
    own = Bigrams(text, size=4, k=1e-9, share=0.999999)
    assert own.cross_entropy(["a", "b"]) == pytest.approx(
        -sum(log(p) for p in (1 / 2, 1 / 4, 1 / 2)) / 3, abs=1e-4
    )


@given(st.lists(st.integers(1, 15), min_size=1), st.floats(0.1, 2))
def test_lengths_add_up_to_one(lengths: list[int], k: float) -> None:
    model = Lengths(lengths, longest=10, k=k)
    assert sum(exp(-model.cross_entropy(n)) for n in range(1, 11)) == pytest.approx(1)
    assert model.cross_entropy(12) == model.cross_entropy(10)


def asked(text: str, length: int) -> Question:
    """A question whose answer has so many words."""
    story = passage("one two three four five six")
    return Question(text, tuple(words_of(text)), (story,), (Span(0, 0, length - 1),), ("",), "")


def test_the_difference_by_hand() -> None:
    target = [asked("who sank", 1), asked("who sailed", 2)]
    other = [asked("Who baked", 1), asked("what grew", 3)]
    words, lengths = cross_entropy_differences(target, other)
    size = 8  # who, sank, sailed, baked, what, grew, the end, an unknown one
    texts = [[["who", "sank"], ["who", "sailed"]], [["who", "baked"], ["what", "grew"]]]
    ours, theirs = (Bigrams(text, size) for text in texts)
    assert words == pytest.approx(
        [ours.cross_entropy(t) - theirs.cross_entropy(t) for t in texts[1]]
    )
    # One answer of two has one word in both; three words: none against one of two.
    assert lengths == pytest.approx([0, log(1.5 / 7) - log(0.5 / 7)])
    assert [answer_length(q) for q in other] == [1, 3]


def test_it_sees_the_topic_by_words_and_the_convention_by_length() -> None:
    target = toy_reading(100)
    for dial, sees, blind in (("off_domain", 0, 1), ("conflict", 1, 0)):
        given_ = toy_reading(100, "newspaper", seed=1, **{dial: 0.5})
        odd = np.array([" " in q.source for q in given_])
        found = cross_entropy_differences(target, given_)
        assert area_under_curve(found[sees], odd) > 0.9
        assert area_under_curve(found[blind], odd) < 0.8


def test_texts_that_are_alike_make_no_difference() -> None:
    target = toy_reading(30)
    words, lengths = cross_entropy_differences(target, target)
    assert not words.any()
    assert not lengths.any()
    with pytest.raises(ValueError, match="0 and 30"):
        cross_entropy_differences([], target)


numbers = st.lists(st.integers(-20, 20), min_size=2, max_size=20).filter(lambda x: len(set(x)) > 1)


@given(numbers)
def test_weights_turn_the_order_round(given_: list[int]) -> None:
    differences = np.array(given_, float)
    weights = rescaled(differences)
    assert weights[differences.argmin()] == 1
    assert weights[differences.argmax()] == 0
    assert np.allclose(np.diff(weights), -np.diff(differences) / np.ptp(differences))


def test_equal_differences_give_no_weights() -> None:
    with pytest.raises(ValueError, match="nothing to rescale"):
        rescaled(np.ones(3))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2))
def test_the_area_is_that_of_scikit_learn(pairs: list[tuple[int, bool]]) -> None:
    scores, marked = (np.array(column) for column in zip(*pairs, strict=True))
    if marked.all() or not marked.any():
        with pytest.raises(ValueError, match="nothing to tell apart"):
            area_under_curve(scores, marked)
    else:
        assert area_under_curve(scores, marked) == pytest.approx(roc_auc_score(marked, scores))
