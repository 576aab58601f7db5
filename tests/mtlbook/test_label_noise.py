"""Flipped labels and irrelevant tasks: rates, nesting, exact independence."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.data.logic import boolean_patterns, boolean_tasks
from mtlbook.data.synthetic import flip, irrelevant_tasks

RATES = st.floats(0, 1)


def some_labels(seed: int, n: int = 40) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 2, (2, n, 3), generator=generator).double()


@given(st.integers(0, 1000), RATES, RATES)
def test_a_larger_rate_flips_the_same_labels_and_more(seed: int, one: float, two: float) -> None:
    labels = some_labels(seed)
    few, many = (flip(labels, r, [seed, seed + 1]) != labels for r in sorted((one, two)))
    assert (many | ~few).all()


@given(st.integers(0, 1000))
def test_at_the_ends_none_and_all_are_flipped(seed: int) -> None:
    labels = some_labels(seed)
    assert torch.equal(flip(labels, 0.0, [1, 2]), labels)
    assert torch.equal(flip(labels, 1.0, [1, 2]), 1 - labels)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_rate_is_met_in_every_column_whatever_the_label(rate: float) -> None:
    labels = some_labels(0, n=20_000)
    flipped = flip(labels, rate, [3, 4]) != labels
    for s, t, value in product(range(2), range(3), (0, 1)):
        share = flipped[s, :, t][labels[s, :, t] == value].double().mean()
        assert abs(float(share) - rate) < 0.02


def test_flips_of_two_columns_and_of_two_streams_are_independent() -> None:
    labels = torch.zeros(1, 50_000, 2)
    first, second = flip(labels, 0.3, [5])[0].T
    other = flip(labels, 0.3, [5], stream=1)[0, :, 0]
    for one in (second, other):
        both = float((first * one).mean())
        assert abs(both - 0.09) < 0.006


def test_flips_depend_on_their_seed_alone() -> None:
    labels = some_labels(0)
    alone, beside = flip(labels[1:], 0.4, [9]), flip(labels, 0.4, [7, 9])
    assert torch.equal(alone[0], beside[1])
    assert not torch.equal(flip(labels[:1], 0.4, [7]), flip(labels[:1], 0.4, [9]))


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_is_a_probability(rate: float) -> None:
    with pytest.raises(ValueError, match="a probability lies in"):
        flip(some_labels(0), rate, [1, 2])


@pytest.mark.parametrize("hard", [False, True])
def test_irrelevant_tasks_are_independent_of_the_four_together(hard: bool) -> None:
    patterns = boolean_patterns()
    own, others = boolean_tasks(patterns), irrelevant_tasks(patterns, hard)
    assert others.mean(axis=0).tolist() == own.mean(axis=0).tolist()
    for values in np.unique(own, axis=0):  # whatever the four say, the others are as likely
        among = others[(own == values).all(axis=1)]
        np.testing.assert_allclose(among.mean(axis=0), others.mean(axis=0))


def test_the_easy_ones_read_two_bits_and_the_hard_ones_six() -> None:
    patterns = boolean_patterns()
    for hard, read in ((False, {2, 3}), (True, {1, 2, 3, 4, 5, 6})):
        tasks = irrelevant_tasks(patterns, hard)
        found = set()
        for bit in range(1, 9):
            turned = patterns.copy()
            turned[:, bit - 1] = 1 - turned[:, bit - 1]
            if (irrelevant_tasks(turned, hard) != tasks).any():
                found.add(bit)
        assert found == read
    assert irrelevant_tasks(np.array([[0, 1, 0, 0, 0, 0, 0, 0]])).tolist() == [[1, 0, 0, 0]]
