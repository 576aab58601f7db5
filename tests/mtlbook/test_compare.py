"""mtlbook.evaluation.compare: against scipy, against formulas, and what it refuses."""

import math
import statistics
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from mtlbook.evaluation.compare import Comparison, brief, compare
from mtlbook.evaluation.ranks import Correlation

Pair = tuple[pd.Series, pd.Series]
NUMBERS = st.floats(-100, 100).map(lambda value: round(value, 3))


@st.composite
def pairs(draw: st.DrawFn, least: int = 5) -> Pair:
    """Scores of two methods over the same seeds, each in an order of its own."""
    n = draw(st.integers(least, 25))
    one, other = (draw(st.lists(NUMBERS, min_size=n, max_size=n)) for _ in range(2))
    method, baseline = pd.Series(one, range(n)), pd.Series(other, range(n))
    assume((method - baseline).std() > 1e-3)
    return method.iloc[draw(st.permutations(range(n)))], baseline


def bounds(result: Comparison) -> tuple[float, float, float]:
    return result.difference, result.low, result.high


def some_pair(n: int = 30, seed: int = 0) -> Pair:
    rng = np.random.default_rng(seed)
    return pd.Series(rng.normal(0.5, 1, n)), pd.Series(rng.normal(0, 1, n))


# Student's t


@given(pairs(), st.floats(0.5, 0.999))
def test_the_interval_is_that_of_the_paired_t_test(pair: Pair, confidence: float) -> None:
    method, baseline = pair
    test = stats.ttest_rel(method.sort_index(), baseline)
    interval = test.confidence_interval(confidence)
    result = compare(method, baseline, confidence=confidence)
    assert bounds(result) == pytest.approx(
        (np.mean(method) - np.mean(baseline), interval.low, interval.high), abs=1e-9
    )
    assert result.n == len(baseline)


@given(pairs())
def test_the_interval_excludes_zero_when_the_t_test_rejects(pair: Pair) -> None:
    method, baseline = pair
    p = stats.ttest_rel(method.sort_index(), baseline).pvalue
    assume(abs(p - 0.05) > 1e-6)
    result = compare(method, baseline)
    assert (result.low > 0 or result.high < 0) == (p < 0.05)


@given(pairs(), st.floats(0.01, 2))
def test_overlapping_splits_are_corrected_as_by_nadeau_and_bengio(pair: Pair, ratio: float) -> None:
    method, baseline = pair
    differences = [method[seed] - baseline[seed] for seed in baseline.index]
    n = len(differences)
    variance = (1 / n + ratio) * statistics.variance(differences)
    half = float(stats.t(n - 1).ppf(0.975)) * math.sqrt(variance)
    mean = statistics.fmean(differences)
    found = bounds(compare(method, baseline, test_to_train=ratio))
    assert found == pytest.approx((mean, mean - half, mean + half), abs=1e-8)


@given(pairs())
def test_a_win_is_a_pair_where_the_method_scores_higher(pair: Pair) -> None:
    method, baseline = pair
    wins = sum(method[seed] > baseline[seed] for seed in baseline.index)
    assert compare(method, baseline).wins == wins


def test_a_tie_is_no_win_and_a_steady_difference_is_certain() -> None:
    scores = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0])
    assert bounds(compare(scores, scores)) == (0, 0, 0)
    assert compare(scores, scores).wins == 0
    assert bounds(compare(scores + 2, scores)) == (2, 2, 2)
    assert compare(scores + 2, scores).wins == 5


@given(pairs(), NUMBERS)
def test_shifting_both_methods_changes_nothing(pair: Pair, shift: float) -> None:
    method, baseline = pair
    found = bounds(compare(method + shift, baseline + shift))
    assert found == pytest.approx(bounds(compare(method, baseline)), abs=1e-9)


@given(pairs())
def test_swapping_the_methods_turns_the_interval_round(pair: Pair) -> None:
    method, baseline = pair
    result, swapped = compare(method, baseline), compare(baseline, method)
    turned = (-swapped.difference, -swapped.high, -swapped.low)
    assert bounds(result) == pytest.approx(turned, abs=1e-9)
    ties = sum(method[seed] == baseline[seed] for seed in baseline.index)
    assert result.wins + swapped.wins + ties == result.n


@given(pairs(), st.floats(0.1, 10))
def test_a_change_of_unit_changes_the_unit_of_the_interval(pair: Pair, unit: float) -> None:
    method, baseline = pair
    expected = [unit * value for value in bounds(compare(method, baseline))]
    assert bounds(compare(unit * method, unit * baseline)) == pytest.approx(expected, abs=1e-8)


@given(pairs())
def test_pairs_are_matched_by_name_and_not_by_place(pair: Pair) -> None:
    method, baseline = pair
    found = bounds(compare(method, baseline))
    assert found == pytest.approx(bounds(compare(method.sort_index(), baseline)), abs=1e-9)


# The bootstrap

SKEWED = np.exp(2.5 * np.random.default_rng(0).normal(size=20))


def test_the_bootstrap_takes_percentiles_of_resampled_means() -> None:
    rng = np.random.default_rng(1)
    means = rng.choice(SKEWED, size=(20_000, len(SKEWED))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    result = compare(pd.Series(SKEWED), pd.Series(0.0, range(20)), bootstrap=True)
    assert result.difference == pytest.approx(SKEWED.mean())
    assert (result.low, result.high) == pytest.approx((low, high), rel=0.05)


def test_the_bootstrap_draws_the_same_each_time() -> None:
    method, baseline = some_pair()
    assert compare(method, baseline, bootstrap=True) == compare(method, baseline, bootstrap=True)


def test_the_bootstrap_of_well_behaved_scores_is_close_to_students_t() -> None:
    method, baseline = some_pair(200)
    exact = bounds(compare(method, baseline))
    found = bounds(compare(method, baseline, bootstrap=True))
    assert found == pytest.approx(exact, abs=0.02)
    assert found != exact


def test_the_bootstrap_knows_its_confidence() -> None:
    method, baseline = some_pair()
    narrow, wide = (compare(method, baseline, bootstrap=True, confidence=c) for c in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.difference < narrow.high < wide.high


def test_the_bootstrap_of_a_steady_difference_is_certain() -> None:
    scores = pd.Series(np.arange(20.0))
    assert bounds(compare(scores + 2, scores, bootstrap=True)) == (2, 2, 2)


# Refusals


def test_seeds_of_only_one_side_are_refused_and_named() -> None:
    method, baseline = some_pair()
    with pytest.raises(ValueError, match=r"not paired: only one side has \[29\]"):
        compare(method.iloc[:-1], baseline)
    with pytest.raises(ValueError, match=r"not paired: only one side has \[29\]"):
        compare(method, baseline.iloc[:-1])


def test_other_seeds_are_refused_though_there_are_as_many() -> None:
    method, baseline = some_pair()
    with pytest.raises(ValueError, match="not paired: only one side has"):
        compare(method, baseline.set_axis(range(1, 31)))


@pytest.mark.parametrize("side", [0, 1])
def test_a_seed_that_occurs_twice_is_refused(side: int) -> None:
    pair = list(some_pair())
    pair[side] = pair[side].rename(index={1: 0})
    with pytest.raises(ValueError, match="not paired: a seed occurs twice"):
        compare(*pair)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_a_score_that_is_no_number_is_refused(side: int, value: float) -> None:
    pair = some_pair()
    pair[side].iloc[3] = value
    with pytest.raises(ValueError, match="missing or infinite"):
        compare(*pair)


@pytest.mark.parametrize(("n", "bootstrap"), [(4, False), (1, False), (0, False), (19, True)])
def test_too_few_pairs_are_refused(n: int, bootstrap: bool) -> None:
    needed = 20 if bootstrap else 5
    with pytest.raises(ValueError, match=f"{n} pairs are too few .* at least {needed} seeds"):
        compare(*some_pair(n), bootstrap=bootstrap)


@pytest.mark.parametrize(("n", "bootstrap"), [(5, False), (20, True)])
def test_just_enough_pairs_are_enough(n: int, bootstrap: bool) -> None:
    result = compare(*some_pair(n), bootstrap=bootstrap)
    assert result.n == n
    assert result.low < result.difference < result.high


def test_the_bootstrap_of_overlapping_splits_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot correct for overlapping splits"):
        compare(*some_pair(), bootstrap=True, test_to_train=0.25)


@pytest.mark.parametrize("confidence", [95, 1, 0])
@pytest.mark.parametrize("bootstrap", [False, True])
def test_a_confidence_that_is_no_share_is_refused(confidence: float, bootstrap: bool) -> None:
    with pytest.raises(ValueError, match="confidence"):
        compare(*some_pair(), confidence=confidence, bootstrap=bootstrap)


# How it reads

RESULT = Comparison(0.05, -0.0325, 0.0674, n=30, wins=21)


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (str, "+0.050 [-0.033, +0.067], n = 30"),
        ("{}".format, "+0.050 [-0.033, +0.067], n = 30"),
        ("{:.2f}".format, "+0.05 [-0.03, +0.07], n = 30"),
        ("{:.1%}".format, "+5.0% [-3.2%, +6.7%], n = 30"),
    ],
    ids=["str", "plain", "two places", "per cent"],
)
def test_a_comparison_reads_as_a_number(write: Callable[[Comparison], str], text: str) -> None:
    assert write(RESULT) == text


def test_the_number_of_pairs_or_of_tasks_can_be_left_out() -> None:
    assert brief(Comparison(0.05, -1.25, 1.33, 30, 12)) == "+0.1 [-1.2, +1.3]"
    assert brief(Correlation(0.52, 0.06, 0.81, 10), digits=2) == "+0.52 [+0.06, +0.81]"
    result = compare(*some_pair())
    for digits in (0, 2, 3):
        assert f"{brief(result, digits)}, n = {result.n}" == f"{result:.{digits}f}"
