"""Rank correlations over few tasks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mtlbook.evaluation.ranks import rank_correlation, spearman, within_main


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=20))
def test_the_correlation_is_scipys(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert spearman(first, second) == 0
    else:
        assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)


def table(values: np.ndarray) -> pd.DataFrame:
    tasks = [f"aux {i}" for i in range(len(values))]
    return pd.DataFrame(values, tasks, [f"main {j}" for j in range(values.shape[1])])


def test_differences_between_mains_do_not_count() -> None:
    rng = np.random.default_rng(0)
    gain = table(rng.standard_normal((8, 3)))
    moved = gain.add([100.0, -100.0, 0.0])
    assert within_main(gain, moved) == pytest.approx(1)
    assert within_main(gain, -moved) == pytest.approx(-1)


def test_a_task_beside_itself_is_left_out() -> None:
    gain = table(np.arange(12.0).reshape(6, 2))
    other = gain.copy()
    gain.iloc[0, 0] = other.iloc[0, 0] = np.nan
    assert within_main(gain, other) == pytest.approx(1)


def test_the_interval_holds_the_value_and_is_wide_for_few_tasks() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for n in (8, 60):
        truth = rng.standard_normal((n, 1))
        gain, guess = (table(truth + rng.standard_normal((n, 2))) for _ in range(2))
        found = rank_correlation(guess, gain, draws=200)
        assert found.low < found.value < found.high
        assert found.tasks == n
        widths.append(found.high - found.low)
    assert widths[0] > 1.5 * widths[1]


def test_seeds_and_mains_do_not_make_more_tasks() -> None:
    """Ten copies of one main task leave the interval as wide as it was."""
    rng = np.random.default_rng(2)
    gain, guess = rng.standard_normal((2, 9, 1))
    one = rank_correlation(table(guess), table(gain), draws=50)
    ten = rank_correlation(table(np.tile(guess, 10)), table(np.tile(gain, 10)), draws=50)
    assert (ten.low, ten.value, ten.high) == pytest.approx((one.low, one.value, one.high))


def test_it_prints_as_a_number() -> None:
    values = table(np.arange(5.0)[:, None])
    assert f"{rank_correlation(values, values, draws=20):.1f}".startswith("+1.0 [")
    assert str(rank_correlation(values, values, draws=20)).endswith("5 tasks")


def test_what_cannot_be_compared_is_refused() -> None:
    values = table(np.arange(12.0).reshape(6, 2))
    with pytest.raises(ValueError, match="same order"):
        within_main(values, values[::-1])
    holed = values.copy()
    holed.iloc[0, 0] = np.nan
    with pytest.raises(ValueError, match="one of the tables"):
        within_main(values, holed)
    with pytest.raises(ValueError, match="4 auxiliary tasks are too few"):
        rank_correlation(values[:4], values[:4])


def test_the_interval_is_that_of_drawing_rows_and_ranking_each_draw() -> None:
    rng = np.random.default_rng(4)
    guess, gain = rng.integers(0, 5, size=(2, 9, 3)).astype(float)
    guess[0, 1] = gain[0, 1] = np.nan
    drawn = []
    for rows in np.random.default_rng(7).integers(9, size=(60, 9)):
        columns = [(guess[rows, c], gain[rows, c]) for c in range(3)]
        there = [(g[~np.isnan(g)], h[~np.isnan(h)]) for g, h in columns]
        drawn.append(np.mean([spearman(g, h) for g, h in there]))
    found = rank_correlation(table(guess), table(gain), draws=60, seed=7)
    assert [found.low, found.high] == pytest.approx(list(np.percentile(drawn, [2.5, 97.5])))
