"""mtlbook.evaluation.claims: a claim speaks when it holds and stops when it does not."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from mtlbook.evaluation import claims as module
from mtlbook.evaluation.claims import (
    ClaimError,
    at_least,
    at_most,
    better,
    claim,
    exactly,
    headlines,
    holm,
    ordered,
    same,
    unclear,
    worse,
)
from mtlbook.evaluation.compare import Comparison, compare
from mtlbook.evaluation.ranks import Correlation

UP, DOWN, BOTH = (
    Comparison(middle, middle - 1, middle + 1, n=10, wins=5, error=0.4) for middle in (3, -3, 0.5)
)
FINITE = st.floats(-100, 100)
INTERVALS = st.tuples(FINITE, FINITE, FINITE).map(sorted).map(lambda v: Comparison(*v, 5, 0))
INTERVALS = INTERVALS.map(lambda c: Comparison(c.low, c.difference, c.high, 5, 0))


@pytest.fixture(autouse=True)
def no_headlines() -> Iterator[None]:
    """Each test is a chapter of its own."""
    module._HEADLINES.clear()
    yield
    module._HEADLINES.clear()


# What is printed, and what stops


def test_what_holds_is_printed_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    claim("Sharing helps.", better(UP))
    assert capsys.readouterr().out == "Holds: Sharing helps. (+3.000 [+2.000, +4.000], n = 10)\n"


def test_other_evidence_may_stand_for_that_of_the_kind(capsys: pytest.CaptureFixture[str]) -> None:
    claim("Sharing helps.", better(UP, UP), f"least: {UP:.1f}")
    assert capsys.readouterr().out == "Holds: Sharing helps. (least: +3.0 [+2.0, +4.0], n = 10)\n"


def test_what_is_false_stops_the_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ClaimError) as error:
        claim("Sharing helps.", better(UP, BOTH, digits=1), "one of them")
    assert str(error.value) == (
        "no longer true: Sharing helps. "
        "Measured: +3.0 [+2.0, +4.0], n = 10; +0.5 [-0.5, +1.5], n = 10"
    )
    assert capsys.readouterr().out == ""


def test_a_false_claim_is_an_assertion_that_failed() -> None:
    assert issubclass(ClaimError, AssertionError)


@pytest.mark.parametrize(
    "slip", [True, np.array([True]), lambda: True, "yes", 1, None, pd.Series([True]), UP]
)
def test_what_has_no_kind_is_a_slip(slip: object) -> None:
    with pytest.raises(TypeError, match=r"one of better, worse, .*; got " + type(slip).__name__):
        claim("Sharing helps.", slip, "evidence")  # type: ignore[arg-type]


def test_a_kind_is_no_truth_value() -> None:
    with pytest.raises(TypeError, match="join kinds with &"):
        claim("Both help.", better(UP) and better(BOTH))


# The kinds


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        (better(UP), True),
        (better(BOTH), False),
        (better(UP, DOWN), False),
        (better(DOWN, lower=True), True),
        (worse(DOWN), True),
        (worse(UP, lower=True), True),
        (worse(BOTH), False),
        (unclear(BOTH), True),
        (unclear(BOTH, UP), False),
        (same(BOTH, within=1.5), True),
        (same(BOTH, within=1.4), False),
        (at_least(UP, 2), True),
        (at_least(UP, 2.1), False),  # the mean is 3
        (at_least([UP, BOTH], -1), True),
        (at_least(0.6, 0.5), True),
        (at_least([95, 97], 96), False),
        (at_most(DOWN, -2), True),
        (at_most(DOWN, -2.1), False),
        (at_most(np.array([1.0, 2.0]), 2), True),
        (ordered(1, 2, 3.5), True),
        (ordered(1, 1), False),
        (exactly(3, 3), True),
        (exactly("a", "b"), False),
        (exactly({"a", "b"}, {"b", "a"}), True),
        (exactly(torch.tensor([1.0, 2.0], requires_grad=True), np.array([1.0, 2.0])), True),
        (exactly([1.0, 1.1], 1, tolerance=0.05), False),
        (exactly([1.0, 1.04], 1, tolerance=0.05), True),
        (exactly([1, 2], [1, 2, 3]), False),
        (exactly(math.nan, math.nan), False),
        (better(UP) & unclear(BOTH), True),
        (better(UP) & worse(BOTH), False),
    ],
)
def test_a_kind_tests_what_it_says(kind: module.Kind, holds: bool) -> None:
    assert kind.holds is holds


def test_an_interval_may_be_that_of_a_correlation() -> None:
    found = better(Correlation(0.5, 0.1, 0.8, tasks=12))
    assert found.holds
    assert found.evidence == "+0.50 [+0.10, +0.80], 12 tasks"


@pytest.mark.parametrize(
    "several",
    [
        [UP, DOWN],
        {"a": UP, "b": DOWN},
        pd.Series([UP, DOWN]),
        pd.DataFrame({"x": [UP], "y": [DOWN]}),
        ({"a": [UP]}, (DOWN,)),
    ],
    ids=lambda several: type(several).__name__,
)
def test_collections_are_looked_at_whole(several: object) -> None:
    assert unclear(several, digits=0).evidence == "+3 [+2, +4], n = 10; -3 [-4, -2], n = 10"


def test_scores_are_ordered_where_each_step_is_clear() -> None:
    scores = pd.Series([0.1, 0.2, 0.3, 0.4, 0.5])
    noisy = scores + pd.Series([0.3, -0.2, 0.1, -0.1, 0.2])
    clear = ordered(scores, scores + 0.1, scores + 0.25)
    assert clear.holds
    assert clear.evidence.startswith("+0.100 [+0.100, +0.100], n = 5; +0.150 [")
    assert noisy.mean() > scores.mean()
    assert not ordered(scores, noisy).holds


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [
        (ordered(1, 2.3456), "1 < 2.35"),
        (ordered(1.0, 2.3456, digits=1), "1.0 < 2.3"),
        (exactly(2, 2), "2 = 2"),
        (exactly(1.01, 1.0, tolerance=0.02), "1.01 ≈ 1, tolerance 0.02"),
        (exactly([0.5, 1], [0.5, 1.25], tolerance=0.3), "largest difference 0.2, tolerance 0.3"),
        (exactly({"b", "a"}, {"a", "b"}), "a, b"),
        (at_least([95, 0.97], 0.5, digits=2), "95.00; 0.97"),
    ],
)
def test_plain_numbers_are_shown_with_what_they_are_held_against(
    kind: module.Kind, evidence: str
) -> None:
    assert kind.evidence == evidence


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: better(0.3), TypeError, "wants an interval with low and high"),
        (lambda: better(True), TypeError, "wants what was measured, not True"),
        (lambda: at_least(np.bool_(True), 0), TypeError, "wants what was measured"),
        (lambda: better([]), ValueError, "nothing to look at"),
        (lambda: same(BOTH, within=0), ValueError, "above zero"),
        (lambda: ordered(DOWN, UP), TypeError, "compare their scores"),
        (lambda: ordered(1), ValueError, "at least two"),
        (lambda: exactly(1 < 2, True), TypeError, "not truth values"),
        (lambda: exactly("a", "b", tolerance=1), TypeError, "for numbers"),
    ],
)
def test_a_slip_in_a_kind_is_named(make, error, message) -> None:
    with pytest.raises(error, match=message):
        make()


@given(INTERVALS)
def test_just_one_of_better_worse_and_unclear_holds(found: Comparison) -> None:
    assert sum(kind(found).holds for kind in (better, worse, unclear)) == 1
    assert better(found).holds == worse(found, lower=True).holds


@given(INTERVALS, st.floats(0.01, 100))
def test_the_same_is_no_more_and_no_less_than_the_margin(found: Comparison, margin: float) -> None:
    both = at_least(found, -margin) & at_most(found, margin)
    assert same(found, within=margin).holds == both.holds
    assert same(found, within=margin).holds <= same(found, within=2 * margin).holds


@given(st.lists(INTERVALS, min_size=1), st.floats(-10, 10))
def test_several_hold_where_each_holds(found: list[Comparison], bound: float) -> None:
    assert better(*found).holds == all(better(one).holds for one in found)
    assert at_most(found, bound).holds == all(at_most(one, bound).holds for one in found)


@given(st.lists(st.floats(-5, 5).map(lambda x: round(x, 3)), min_size=5, max_size=12))
def test_what_is_clear_has_a_small_p(differences: list[float]) -> None:
    scores = pd.Series(differences)
    found = compare(scores, scores * 0)
    clear = better(found).holds or worse(found).holds
    assert clear == (found.p < 0.05) or math.isclose(found.p, 0.05)


# Headlines


def test_p_is_that_of_a_paired_t_test() -> None:
    rng = np.random.default_rng(0)
    method, baseline = (pd.Series(rng.normal(size=8)) for _ in range(2))
    found = compare(method, baseline)
    assert found.p == pytest.approx(stats.ttest_rel(method, baseline).pvalue)
    shifted = stats.ttest_1samp(method - baseline, 0.7).pvalue
    assert at_least(found, 0.7).p == pytest.approx(shifted)
    assert better(found, UP).p == max(found.p, UP.p)
    assert (better(found) & unclear(UP)).p == found.p
    assert math.isnan(Comparison(1, 0.5, 1.5, 10, 9).p)
    assert exactly(1, 1).p is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_agrees_with_statsmodels(p: list[float]) -> None:
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-15)


def test_holm_wants_probabilities() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, 1.5])


def test_headlines_are_adjusted_for_their_number() -> None:
    for _ in range(2):  # a cell may be run twice
        claim("It helps.", better(UP), headline=True)
        claim("Copies hurt.", worse(DOWN), headline=True)
        claim("Two tasks.", exactly(2, 2), headline=True)
    claim("An aside.", better(UP))
    found = headlines()
    assert list(found.index) == ["It helps.", "Copies hurt.", "Two tasks."]
    assert found["adjusted"].tolist()[:2] == pytest.approx([2 * UP.p] * 2)
    assert found["adjusted"].isna()["Two tasks."]


def test_claims_that_fell_count_among_the_headlines() -> None:
    claim("It helps.", better(UP), headline=True)
    assert headlines(fallen=3)["adjusted"].tolist() == pytest.approx([4 * UP.p])
    with pytest.raises(ClaimError, match="adjusted for 1000001"):
        headlines(fallen=1_000_000)


def test_a_headline_must_survive_the_others() -> None:
    barely = Comparison(1.0, 0.01, 1.99, n=10, wins=9, error=0.43)
    claim("It barely helps.", better(barely), headline=True)
    assert len(headlines()) == 1
    claim("It barely helps elsewhere.", better(barely), headline=True)
    with pytest.raises(ClaimError, match="adjusted for 2"):
        headlines()


def test_a_headline_needs_a_p() -> None:
    with pytest.raises(ValueError, match="no p-value"):
        claim("They rank alike.", better(Correlation(0.5, 0.1, 0.8, 12)), headline=True)
