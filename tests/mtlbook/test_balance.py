"""Weights for gradients, against torchjd, scipy, brute force and exact properties."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize, nnls
from torch import Tensor
from torchjd import aggregation

from mtlbook.training.balance import (
    cagrad_weights,
    gramian,
    mgda_weights,
    nash_weights,
    pcgrad_weights,
    upgrad_weights,
)

SEEDS = st.integers(0, 10_000)
TASKS = st.integers(2, 5)


def gradients(seed: int, tasks: int, networks: int = 4) -> Tensor:
    """Gradients of different lengths, a good part of them in conflict."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(networks, tasks, 7, generator=generator, dtype=torch.float64)
    lengths = torch.rand(networks, tasks, 1, generator=generator, dtype=torch.float64)
    return (drawn - 0.6 * drawn.mean(dim=1, keepdim=True)) * (0.2 + 3 * lengths)


def orders(seed: int, tasks: int, networks: int = 4) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(networks, tasks, tasks, generator=generator).argsort(dim=-1)


def direction(weights: Tensor, g: Tensor) -> Tensor:
    return (weights[:, None] @ g)[:, 0]


def test_a_gramian_needs_three_axes() -> None:
    with pytest.raises(ValueError, match=r"\(S, T, P\)"):
        gramian(torch.zeros(2, 3))


# PCGrad


def pcgrad_by_loop(g: Tensor, order: Tensor) -> Tensor:
    total = torch.zeros_like(g[0])
    for t in range(len(g)):
        own = g[t]
        for u in order[t].tolist():
            inner = own @ g[u]
            if u != t and inner < 0:
                own = own - inner / (g[u] @ g[u]) * g[u]
        total = total + own
    return total


@given(SEEDS, TASKS)
def test_pcgrad_is_that_of_a_loop(seed: int, tasks: int) -> None:
    g, order = gradients(seed, tasks), orders(seed, tasks)
    found = direction(pcgrad_weights(gramian(g), order), g)
    for s in range(len(g)):
        torch.testing.assert_close(found[s], pcgrad_by_loop(g[s], order[s]))


@pytest.mark.parametrize("tasks", [2, 3, 4])
def test_pcgrad_meets_torchjd_in_its_order(tasks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    g, order = gradients(1, tasks), orders(1, tasks)
    found = direction(pcgrad_weights(gramian(g), order), g)
    for s in range(len(g)):
        rows = iter(order[s])
        monkeypatch.setattr(torch, "randperm", lambda _n, rows=rows: next(rows))
        torch.testing.assert_close(found[s], aggregation.PCGrad()(g[s]))


@given(SEEDS, TASKS)
def test_without_conflict_pcgrad_is_the_sum(seed: int, tasks: int) -> None:
    weights = pcgrad_weights(gramian(gradients(seed, tasks).abs()), orders(seed, tasks))
    assert torch.equal(weights, torch.ones_like(weights))


# MGDA


@pytest.mark.parametrize("tasks", [2, 3, 4, 5])
def test_mgda_meets_torchjd(tasks: int) -> None:
    g = gradients(2, tasks)
    found = direction(mgda_weights(gramian(g)), g)
    judge = aggregation.MGDA(epsilon=1e-6, max_iters=3000)
    for s in range(len(g)):
        assert (found[s] - judge(g[s])).norm() < 0.01 * g[s].norm()
        assert found[s].norm() <= judge(g[s]).norm() + 1e-9


@given(SEEDS, TASKS)
def test_mgda_is_no_tasks_enemy(seed: int, tasks: int) -> None:
    g = gradients(seed, tasks)
    weights = mgda_weights(gramian(g))
    shortest = direction(weights, g)
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones_like(weights[:, 0]))
    inner = (g * shortest[:, None]).sum(dim=-1)
    assert (inner >= shortest.square().sum(dim=-1, keepdim=True) - 1e-8).all()


def test_two_equal_gradients_have_a_shortest_average() -> None:
    g = torch.ones(1, 2, 3, dtype=torch.float64)
    torch.testing.assert_close(direction(mgda_weights(gramian(g)), g), g[:, 0])


# UPGrad


@given(SEEDS, TASKS)
def test_upgrad_projects_each_gradient_on_the_dual_cone(seed: int, tasks: int) -> None:
    g = gradients(seed, tasks)
    found = direction(upgrad_weights(gramian(g)), g)
    for s in range(len(g)):
        matrix = g[s].numpy()
        projected = [row + matrix.T @ nnls(matrix.T, -row)[0] for row in matrix / tasks]
        np.testing.assert_allclose(found[s], sum(projected), atol=1e-6)


@given(SEEDS)
def test_of_two_tasks_upgrad_is_half_of_pcgrad(seed: int) -> None:
    gram = gramian(gradients(seed, 2))
    torch.testing.assert_close(2 * upgrad_weights(gram), pcgrad_weights(gram, orders(seed, 2)))


# CAGrad


@pytest.mark.parametrize("tasks", [2, 3, 4])
@pytest.mark.parametrize("c", [0.2, 0.5, 0.9])
def test_cagrad_is_best_for_the_worst_off_task(tasks: int, c: float) -> None:
    g = gradients(3, tasks)
    found = direction(cagrad_weights(gramian(g), c), g)
    for s in range(len(g)):
        matrix, mean = g[s].numpy(), g[s].mean(dim=0).numpy()
        radius = c * np.linalg.norm(mean)
        # Maximise z subject to g_t . d >= z and |d - mean| <= radius.
        answer = minimize(
            lambda v: -v[-1],
            np.append(mean, (matrix @ mean).min()),
            constraints=[
                {"type": "ineq", "fun": lambda v, m=matrix: m @ v[:-1] - v[-1]},
                {"type": "ineq", "fun": lambda v, m=mean, r=radius: r**2 - sum((v[:-1] - m) ** 2)},
            ],
            method="SLSQP", options={"maxiter": 500, "ftol": 1e-12},
        )  # fmt: skip
        ours = found[s].numpy()
        assert np.linalg.norm(ours - mean) == pytest.approx(radius, rel=1e-6)
        assert (matrix @ ours).min() == pytest.approx(-answer.fun, abs=1e-4)


def test_each_network_may_have_its_own_radius() -> None:
    gram = gramian(gradients(4, 3))
    radii = [0.0, 0.2, 0.5, 0.9]
    together = cagrad_weights(gram, torch.tensor(radii))
    for s, c in enumerate(radii):
        torch.testing.assert_close(together[s], cagrad_weights(gram[s : s + 1], c)[0])
    torch.testing.assert_close(together[0], torch.full((3,), 1 / 3, dtype=torch.float64))


@pytest.mark.parametrize("c", [-0.1, 1.0])
def test_a_radius_lies_between_zero_and_one(c: float) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        cagrad_weights(gramian(gradients(0, 2)), c)


# Nash-MTL


@given(SEEDS, TASKS)
def test_in_nash_every_task_has_the_same_share(seed: int, tasks: int) -> None:
    gram = gramian(gradients(seed, tasks))
    weights = nash_weights(gram)
    assert (weights > 0).all()
    shares = weights * (gram @ weights[..., None])[..., 0]
    torch.testing.assert_close(shares, torch.ones_like(shares), atol=1e-3, rtol=0)


@given(SEEDS, TASKS, st.floats(0.01, 100))
def test_nash_does_not_notice_a_factor(seed: int, tasks: int, factor: float) -> None:
    g = gradients(seed, tasks)
    scaled = g * torch.tensor([factor] + [1.0] * (tasks - 1))[:, None]
    one, other = (direction(nash_weights(gramian(v)), v) for v in (g, scaled))
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)
