"""mtlbook.evaluation.metrics: by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from mtlbook.evaluation.metrics import mean_relative_change, mean_squared_error


def test_the_squared_error_is_that_of_torch_for_each_task() -> None:
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(4, 9, 3)), rng.normal(size=(4, 9)), rng.normal(size=(4, 3))
    errors = mean_squared_error(x, y, w)
    assert errors.shape == (4,)
    for t in range(4):
        expected = functional.mse_loss(torch.tensor(x[t] @ w[t]), torch.tensor(y[t]))
        assert errors[t] == pytest.approx(expected.item())


def test_the_squared_error_of_two_numbers() -> None:
    x = np.array([[[1.0, 2.0], [1.0, 0.0]]])
    # Predictions 1 + 2 * 3 = 7 and 1; errors 7 - 5 and 1 - 4.
    assert mean_squared_error(x, np.array([[5.0, 4.0]]), np.array([[1.0, 3.0]])) == [(4 + 9) / 2]


def test_the_relative_change_by_hand() -> None:
    # .80 to .88 is 10 % better, an error of .5 to .4 is 20 % better, 10 to 9 is 10 % worse.
    change = mean_relative_change([0.88, 0.4, 9], [0.80, 0.5, 10], [True, False, True])
    assert change == pytest.approx((0.10 + 0.20 - 0.10) / 3)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.booleans())
def test_one_task_changes_by_its_own_share(old: float, factor: float, higher: bool) -> None:
    change = mean_relative_change([factor * old], [old], [higher])
    assert change == pytest.approx((factor - 1) if higher else (1 - factor), abs=1e-9)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=5), st.data())
def test_a_change_of_unit_changes_nothing(single: list[float], data: st.DataObject) -> None:
    n = len(single)
    scores, units = (
        np.array(data.draw(st.lists(st.floats(0.1, 10), min_size=n, max_size=n))) for _ in range(2)
    )
    higher = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    change = mean_relative_change(scores, single, higher)
    in_units = mean_relative_change(units * scores, units * np.array(single), higher)
    assert in_units == pytest.approx(change, abs=1e-9)


@pytest.mark.parametrize(("higher", "better"), [(True, -1.0), (False, -3.0)])
def test_a_change_for_the_better_is_positive_below_zero_too(higher: bool, better: float) -> None:
    # A log-likelihood, for one, is negative.
    assert mean_relative_change([better], [-2.0], [higher]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("scores", "single", "higher"),
    [([1, 2], [1], [True]), ([1], [1, 2], [True, True]), ([1, 2], [1, 2], [True]), (1, 1, [True])],
    ids=str,
)
def test_other_than_one_score_a_task_is_refused(
    scores: list[float], single: list[float], higher: list[bool]
) -> None:
    with pytest.raises(ValueError, match="one score per task"):
        mean_relative_change(scores, single, higher)


def test_a_single_task_score_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="other than zero"):
        mean_relative_change([1, 1], [1, 0], [True, True])
