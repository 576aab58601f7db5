"""mtlbook.data.logic: each function against a truth table or formula written out plainly."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.special import logit

from mtlbook.data.logic import (
    PARITY_BITS,
    binary_code,
    boolean_patterns,
    boolean_tasks,
    f1_f2,
)

ROWS = list(product([0, 1], repeat=8))


class Given:
    """A generator that draws what it is given."""

    def __init__(self, values: Sequence[object]) -> None:
        self.values = np.array(values, dtype=float)

    def uniform(self, low: float = 0, high: float = 1, size: object = None) -> np.ndarray:
        assert self.values.shape == size
        assert low <= self.values.min()
        assert self.values.max() <= high
        return self.values


# The Boolean tasks


def truth_table(parity_bits: Sequence[int]) -> Iterator[list[bool]]:
    for row in ROWS:
        odd = False
        for bit in parity_bits:
            if row[bit - 1]:
                odd = not odd
        b1 = row[0] == 1
        yield [b1 or odd, not b1 or odd, b1 and odd, not b1 and odd]


def test_the_patterns_are_all_patterns_once() -> None:
    assert [tuple(row) for row in boolean_patterns().tolist()] == ROWS


def test_three_bits_have_eight_patterns() -> None:
    assert [tuple(row) for row in boolean_patterns(3).tolist()] == list(product([0, 1], repeat=3))


@pytest.mark.parametrize("parity_bits", [PARITY_BITS, range(2, 7), range(2, 9), [3], [8, 2]])
def test_the_labels_are_those_of_the_truth_table(parity_bits: Sequence[int]) -> None:
    labels = boolean_tasks(boolean_patterns(), parity_bits)
    assert labels.tolist() == [[int(label) for label in row] for row in truth_table(parity_bits)]


def test_the_parity_is_that_of_bits_4_to_8_unless_told() -> None:
    assert boolean_tasks(boolean_patterns()).tolist() == list(truth_table([4, 5, 6, 7, 8]))


@given(st.sets(st.integers(2, 8), min_size=1))
def test_three_quarters_or_one_quarter_are_ones(parity_bits: set[int]) -> None:
    labels = boolean_tasks(boolean_patterns(), sorted(parity_bits))
    assert labels.mean(axis=0).tolist() == [0.75, 0.75, 0.25, 0.25]


@pytest.mark.parametrize("bits", list(combinations(range(2, 9), 5)))
def test_any_five_bits_are_the_same_problem_renamed(bits: tuple[int, ...]) -> None:
    patterns = boolean_patterns()
    unused = sorted(set(range(2, 9)) - set(bits))
    # Rename the inputs so that bits 4 to 8 stand where `bits` are.
    source = dict(zip([*bits, *unused], [4, 5, 6, 7, 8, 2, 3], strict=True))
    renamed = patterns[:, [0] + [source[bit] - 1 for bit in range(2, 9)]]
    assert boolean_tasks(renamed, bits).tolist() == boolean_tasks(patterns).tolist()
    assert sorted(renamed.tolist()) == sorted(patterns.tolist())


def test_which_bits_are_in_the_parity_matters_without_renaming() -> None:
    patterns = boolean_patterns()
    assert (boolean_tasks(patterns) != boolean_tasks(patterns, range(2, 7))).any()


@pytest.mark.parametrize(("task", "told"), [(1, False), (2, False), (3, True)])
def test_t1_and_b1_tell_t4_but_not_t2_or_t3(task: int, told: bool) -> None:
    seen: dict[tuple[int, int], set[int]] = {}
    for pattern, labels in zip(ROWS, boolean_tasks(np.array(ROWS)).tolist(), strict=True):
        seen.setdefault((pattern[0], labels[0]), set()).add(labels[task])
    assert all(len(labels) == 1 for labels in seen.values()) is told


def test_no_task_is_another_one_turned_round() -> None:
    labels = boolean_tasks(boolean_patterns()).T
    for one, other in combinations(labels, 2):
        assert 0 < (one == other).mean() < 1


@pytest.mark.parametrize(
    "parity_bits", [[1, 4, 5], [4, 4, 5], [9], [0], [-1], [2, 3, 4, 5, 6, 7, 8, 9]], ids=str
)
def test_parity_bits_that_cannot_be_are_refused(parity_bits: list[int]) -> None:
    with pytest.raises(ValueError, match=r"parity_bits must be distinct and in 2\.\.8"):
        boolean_tasks(boolean_patterns(), parity_bits)


@pytest.mark.parametrize("bits", [1, 7])
def test_patterns_too_short_for_the_parity_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="parity_bits"):
        boolean_tasks(boolean_patterns(bits))


# The binary code

INTERVALS = st.tuples(st.integers(-8, 8), st.integers(1, 9)).map(lambda t: (t[0], t[0] + t[1]))


@st.composite
def coded(draw: st.DrawFn) -> tuple[list[float], int, float, float]:
    """Some numbers, a number of bits, and the interval they lie in."""
    low, high = draw(INTERVALS)
    values = st.lists(st.floats(low, high), min_size=1, max_size=20)
    return draw(values), draw(st.integers(1, 12)), low, high


def cell(code: Sequence[int]) -> int:
    return int("".join(str(bit) for bit in code), base=2)


@given(coded())
def test_a_code_decodes_to_the_cell_of_its_number(
    case: tuple[list[float], int, float, float],
) -> None:
    values, bits, low, high = case
    width = (high - low) / 2**bits
    for value, code in zip(values, binary_code(np.array(values), bits, low, high), strict=True):
        left = low + cell(code.tolist()) * width
        assert left - 1e-9 * width <= value <= left + (1 + 1e-9) * width


@given(coded())
def test_larger_numbers_have_larger_codes(case: tuple[list[float], int, float, float]) -> None:
    values, bits, low, high = case
    cells = [cell(code) for code in binary_code(np.sort(values), bits, low, high).tolist()]
    assert cells == sorted(cells)


def test_the_middle_of_each_cell_has_its_code() -> None:
    middles = -5 + (np.arange(1024) + 0.5) * 10 / 1024
    assert [cell(code) for code in binary_code(middles).tolist()] == list(range(1024))


@given(INTERVALS, st.integers(1, 12))
def test_the_ends_have_the_first_and_the_last_code(
    interval: tuple[float, float], bits: int
) -> None:
    code = binary_code(np.array(interval), bits, *interval)
    assert code.tolist() == [[0] * bits, [1] * bits]


def test_a_code_adds_an_axis() -> None:
    assert binary_code(np.zeros((2, 3)), bits=4).shape == (2, 3, 4)


@pytest.mark.parametrize("value", [np.nextafter(5, 6), np.nextafter(-5, -6), np.inf, np.nan])
def test_numbers_outside_the_interval_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"\[-5, 5\]"):
        binary_code(np.array([0, value]))


# F1 and F2


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=20))
def test_f1_and_f2_are_sigmoids_of_sum_and_difference(pairs: list[tuple[float, float]]) -> None:
    inputs, targets = f1_f2(len(pairs), Given(list(zip(*pairs, strict=True))))
    for (a, b), row, (f1, f2) in zip(pairs, inputs, targets, strict=True):
        assert f1 == pytest.approx(1 / (1 + math.exp(-(a + b))), rel=1e-12)
        assert f2 == pytest.approx(1 / (1 + math.exp(-(a - b))), rel=1e-12)
        assert row.tolist() == [*binary_code(np.array(a)), *binary_code(np.array(b))]


def test_the_inputs_tell_a_and_b_to_within_a_cell() -> None:
    inputs, targets = f1_f2(500, np.random.default_rng(0))
    total, difference = logit(targets).T
    truth = (total + difference) / 2, (total - difference) / 2
    width = 10 / 1024
    for values, codes in zip(truth, np.split(inputs.astype(int), 2, axis=1), strict=True):
        centres = [-5 + (cell(code) + 0.5) * width for code in codes.tolist()]
        np.testing.assert_allclose(values, centres, atol=width / 2 + 1e-9)


def test_a_and_b_are_uniform_and_independent() -> None:
    _, targets = f1_f2(4000, np.random.default_rng(1))
    total, difference = logit(targets).T
    a, b = (total + difference) / 2, (total - difference) / 2
    for values in (a, b):
        assert stats.kstest(values, stats.uniform(-5, 10).cdf).pvalue > 0.01
    assert stats.spearmanr(a, b).pvalue > 0.01


def test_the_same_seed_draws_the_same_examples() -> None:
    one, same, other = (f1_f2(40, np.random.default_rng(seed)) for seed in (3, 3, 4))
    for first, second, third in zip(one, same, other, strict=True):
        assert first.shape[0] == 40
        assert first.tolist() == second.tolist()
        assert first.tolist() != third.tolist()
