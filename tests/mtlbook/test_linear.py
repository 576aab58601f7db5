"""mtlbook.models.mlp: the special cases, and the objective that is stated."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.models.mlp import mean_regularised

TIED = 1e8


def problem(
    tasks: int = 4, n: int = 12, features: int = 3, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Inputs with a constant first, and targets whose coefficients differ between tasks."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(tasks, n, features))
    x[..., 0] = 1
    w = rng.normal(size=(tasks, features))
    return x, np.einsum("tnd,td->tn", x, w) + rng.normal(size=(tasks, n))


@st.composite
def problems(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """A problem of some shape, and a strength for each coefficient."""
    tasks, features = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    x, y = problem(tasks, features + draw(st.integers(2, 6)), features, draw(st.integers(0, 99)))
    strength = st.floats(0, 100)
    return x, y, draw(st.lists(strength, min_size=features, max_size=features))


def test_without_a_pull_each_task_has_its_own_least_squares() -> None:
    x, y = problem()
    for t, w in enumerate(mean_regularised(x, y, 0)):
        np.testing.assert_allclose(w, np.linalg.lstsq(x[t], y[t])[0], atol=1e-10)


def test_a_huge_pull_gives_one_regression_for_all() -> None:
    x, y = problem()
    pooled = np.linalg.lstsq(x.reshape(-1, 3), y.ravel())[0]
    for w in mean_regularised(x, y, TIED):
        np.testing.assert_allclose(w, pooled, atol=1e-5)


def test_tied_slopes_and_free_intercepts_are_a_regression_with_dummies() -> None:
    x, y = problem()
    dummies = np.kron(np.eye(4), np.ones((12, 1)))
    design = np.hstack([dummies, x[..., 1:].reshape(-1, 2)])
    solution = np.linalg.lstsq(design, y.ravel())[0]
    w = mean_regularised(x, y, [0, TIED, TIED])
    np.testing.assert_allclose(w[:, 0], solution[:4], atol=1e-5)
    np.testing.assert_allclose(w[:, 1:], np.tile(solution[4:], (4, 1)), atol=1e-5)


@given(problems())
def test_the_stated_objective_has_its_minimum_there(
    case: tuple[np.ndarray, np.ndarray, list[float]],
) -> None:
    x, y, strength = (torch.tensor(np.asarray(part)) for part in case)
    w = torch.tensor(mean_regularised(*case), requires_grad=True)
    fit = sum((y[t] - x[t] @ w[t]).square().sum() for t in range(len(w)))
    pull = sum((strength * (w[t] - w.mean(0)) ** 2).sum() for t in range(len(w)))
    # The objective is convex, so where its gradient is zero it is lowest.
    (gradient,) = torch.autograd.grad(fit + pull, w)
    np.testing.assert_allclose(gradient.numpy(), 0, atol=1e-7)


@given(problems(), st.randoms(use_true_random=False))
def test_permuting_the_tasks_permutes_the_rows(
    case: tuple[np.ndarray, np.ndarray, list[float]], random: object
) -> None:
    x, y, strength = case
    order = list(range(len(x)))
    random.shuffle(order)  # type: ignore[attr-defined]
    permuted = mean_regularised(x[order], y[order], strength)
    np.testing.assert_allclose(permuted, mean_regularised(x, y, strength)[order], atol=1e-8)


def test_permuting_the_features_permutes_the_columns() -> None:
    x, y = problem()
    w = mean_regularised(x, y, [1, 2, 3])
    np.testing.assert_allclose(mean_regularised(x[..., ::-1], y, [3, 2, 1]), w[:, ::-1])


@given(problems(), st.floats(-3, 3), st.integers(0, 99))
def test_the_coefficients_are_linear_in_the_targets(
    case: tuple[np.ndarray, np.ndarray, list[float]], factor: float, seed: int
) -> None:
    x, y, strength = case
    other = np.random.default_rng(seed).normal(size=y.shape)
    expected = mean_regularised(x, y, strength) + factor * mean_regularised(x, other, strength)
    np.testing.assert_allclose(mean_regularised(x, y + factor * other, strength), expected,
                               atol=1e-7)  # fmt: skip


def test_one_number_pulls_every_coefficient() -> None:
    x, y = problem()
    np.testing.assert_array_equal(mean_regularised(x, y, 2), mean_regularised(x, y, [2, 2, 2]))


def test_a_single_task_is_pulled_nowhere() -> None:
    x, y = problem(tasks=1)
    np.testing.assert_allclose(mean_regularised(x, y, 50), mean_regularised(x, y, 0), atol=1e-10)


def test_a_stronger_pull_brings_the_tasks_together() -> None:
    x, y = problem()
    spreads = [mean_regularised(x, y, strength).std(0).sum() for strength in (0, 1, 10, 100, 1e3)]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[0] > 10 * spreads[-1]


def test_a_pull_can_do_what_too_few_examples_cannot() -> None:
    x, y = problem(n=2)
    w = mean_regularised(x, y, 1)
    assert np.isfinite(w).all()
    assert np.abs(w).max() < 10


def test_an_empty_column_is_refused() -> None:
    x, y = problem()
    x[..., 2] = 0
    with pytest.raises(np.linalg.LinAlgError):
        mean_regularised(x, y, 0)
