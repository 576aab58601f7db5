"""Information measures, against scipy and scikit-learn, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mutual_info_score

from mtlbook.evaluation.information import (
    ALONE,
    MEASURES,
    TOGETHER,
    beyond_chance,
    conditional_entropy,
    entropy,
    measures,
    mutual_information,
    shuffled_within,
    uniformity,
)

TRIPLES = st.lists(
    st.tuples(*[st.sampled_from("abc"), st.sampled_from("wxyz"), st.sampled_from("12")]),
    min_size=2,
    max_size=40,
)


@settings(max_examples=25)
@given(TRIPLES)
def test_entropy_is_scipys(triples: list[tuple[str, str, str]]) -> None:
    first, second, _ = map(list, zip(*triples, strict=True))
    counts = np.unique(first, return_counts=True)[1]
    assert entropy(first) == pytest.approx(stats.entropy(counts, base=2))
    pairs = [a + b for a, b in zip(first, second, strict=True)]
    assert entropy(first, second) == pytest.approx(entropy(pairs))


@settings(max_examples=25)
@given(TRIPLES)
def test_mutual_information_is_scikit_learns(triples: list[tuple[str, str, str]]) -> None:
    first, second, _ = map(list, zip(*triples, strict=True))
    expected = mutual_info_score(first, second) / np.log(2)
    assert mutual_information(first, second) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(TRIPLES)
def test_conditional_information_is_the_mean_over_what_is_given(
    triples: list[tuple[str, str, str]],
) -> None:
    first, second, given_ = map(np.array, zip(*triples, strict=True))
    expected = 0.0
    for value in np.unique(given_):
        there = given_ == value
        expected += there.mean() * mutual_info_score(first[there], second[there]) / np.log(2)
    assert mutual_information(first, second, given_) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(TRIPLES)
def test_laws(triples: list[tuple[str, str, str]]) -> None:
    first, second, _ = map(list, zip(*triples, strict=True))
    assert mutual_information(first, second) == pytest.approx(mutual_information(second, first))
    assert mutual_information(first, first) == pytest.approx(entropy(first))
    assert conditional_entropy(first, second) == pytest.approx(
        entropy(first) - mutual_information(first, second), abs=1e-9
    )
    assert conditional_entropy(first, first) == pytest.approx(0, abs=1e-9)


@settings(max_examples=25)
@given(TRIPLES, st.integers(0, 9))
def test_labels_change_places_within_their_group_only(
    triples: list[tuple[str, str, str]], seed: int
) -> None:
    labels, _, groups = (
        np.unique(column, return_inverse=True)[1] for column in zip(*triples, strict=True)
    )
    found = shuffled_within(labels, groups, np.random.default_rng(seed))
    for group in np.unique(groups):
        assert sorted(found[groups == group]) == sorted(labels[groups == group])


def test_labels_do_change_places() -> None:
    labels = np.arange(50)
    found = shuffled_within(labels, np.zeros(50, dtype=int), np.random.default_rng(0))
    assert (found != labels).mean() > 0.8


def test_chance_is_taken_off() -> None:
    rng = np.random.default_rng(1)
    plain, beyond = [], []
    for seed in range(8):
        first, second = rng.integers(10, size=(2, 200))
        plain.append(mutual_information(first, second))
        beyond.append(beyond_chance(first, second, seed=seed))
    assert np.mean(plain) > 0.2
    assert abs(np.mean(beyond)) < 0.05


def test_what_the_word_says_already_does_not_count() -> None:
    rng = np.random.default_rng(2)
    words = rng.integers(30, size=2000)
    first, second = words % 4, words % 6  # both follow from the word, and share its parity
    assert beyond_chance(first, second) > 0.05
    assert beyond_chance(first, second, words) == pytest.approx(0, abs=1e-9)
    context = rng.integers(2, size=2000)
    assert beyond_chance(context, context, words) > 0.8


def test_uniformity_by_hand() -> None:
    assert uniformity(["a", "b", "c", "d"]) == pytest.approx(1)
    assert uniformity(["a", "a", "a", "b"]) == pytest.approx(stats.entropy([3, 1], base=2))


def test_the_predictors_by_hand() -> None:
    main, aux = ["x", "x", "y", "y"], ["1", "1", "1", "2"]
    found = measures(main, aux, ["p", "q", "p", "q"], ["1", "2"], ["p", "q"])
    assert tuple(found) == MEASURES == (*ALONE, *TOGETHER)
    assert found["H(aux)"] == pytest.approx(1)
    assert found["number of labels"] == 2
    assert found["H(aux | word)"] == pytest.approx(0)
    assert found["I(main; aux)"] == pytest.approx(1 - 0.75 * stats.entropy([2, 1], base=2))
    assert found["-H(aux | main)"] == pytest.approx(-0.5)
    assert found["-H(main | aux, word)"] == pytest.approx(-0.5)


def test_shares_are_of_the_entropies() -> None:
    rng = np.random.default_rng(3)
    main, words = rng.integers(8, size=(2, 200))
    aux = main // 2
    found = measures(main, aux, words, aux, words)
    for name, labels in (("share of H(main)", main), ("share of H(aux)", aux)):
        assert found[name] == pytest.approx(found["I, corrected"] / entropy(labels))
    assert found["share of H(aux)"] == pytest.approx(1, abs=0.1)
    assert found["I given word, corrected"] == pytest.approx(beyond_chance(main, aux, words))


@pytest.mark.parametrize(
    ("labellings", "words"),
    [(([], []), "0 words"), ((["a"], ["a", "b"]), "labels of 2 words beside labels of 1")],
)
def test_labellings_of_other_words_are_refused(
    labellings: tuple[list[str], list[str]], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        entropy(*labellings)


def test_a_single_label_has_no_uniformity() -> None:
    with pytest.raises(ValueError, match="single label"):
        uniformity(["a", "a"])
