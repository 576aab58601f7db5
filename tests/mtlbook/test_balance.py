"""Weights for gradients, against torchjd, scipy, brute force and exact properties.

At the edge: lengths from 1 to a million, angles to a ten-millionth from equal and from opposed.
"""

from collections.abc import Callable

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
ANGLES = st.floats(-7, 0).map(lambda exponent: 10**exponent)
LENGTHS = st.lists(st.floats(0, 6).map(lambda exponent: 10**exponent), min_size=5, max_size=5)
PEACEFUL = {"MGDA": mgda_weights, "Nash-MTL": nash_weights, "UPGrad": upgrad_weights}
EVERY: dict[str, Callable[[Tensor], Tensor]] = {
    **PEACEFUL,
    "CAGrad": lambda gram: cagrad_weights(gram, 0.5),
}


def gradients(seed: int, tasks: int, networks: int = 4) -> Tensor:
    """Gradients of different lengths, a good part of them in conflict."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(networks, tasks, 7, generator=generator, dtype=torch.float64)
    lengths = torch.rand(networks, tasks, 1, generator=generator, dtype=torch.float64)
    return (drawn - 0.6 * drawn.mean(dim=1, keepdim=True)) * (0.2 + 3 * lengths)


def at_the_edge(
    seed: int, tasks: int, angle: float, lengths: list[float], sign: float = -1.0
) -> Tensor:
    """Gradients (1, T, 7) of these lengths, the second by an angle from equal (1) or opposed."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(tasks, 7, generator=generator, dtype=torch.float64)
    drawn[1] -= (drawn[1] @ drawn[0]) / drawn[0].square().sum() * drawn[0]
    units = drawn / drawn.norm(dim=1, keepdim=True)
    units[1] = sign * np.cos(angle) * units[0] + np.sin(angle) * units[1]
    return (units * torch.tensor(lengths[:tasks], dtype=torch.float64)[:, None])[None]


def harm(weights: Tensor, g: Tensor) -> float:
    """The most that a task is harmed, in units of the rounding that the module states."""
    exact, w = g[0].numpy().astype(np.longdouble), weights[0].numpy().astype(np.longdouble)
    lengths = np.linalg.norm(exact.astype(float), axis=1)
    inner = exact @ (w @ exact)
    return float((-inner / lengths).max() / (1e-15 * (np.abs(w) * lengths).sum()))


def orders(seed: int, tasks: int, networks: int = 4) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(networks, tasks, tasks, generator=generator).argsort(dim=-1)


def direction(weights: Tensor, g: Tensor) -> Tensor:
    return (weights[:, None] @ g)[:, 0]


def test_a_gramian_needs_three_axes() -> None:
    with pytest.raises(ValueError, match=r"\(S, T, P\)"):
        gramian(torch.zeros(2, 3))


@given(SEEDS, st.integers(2, 4), ANGLES, LENGTHS, st.sampled_from([-1.0, 1.0]))
def test_no_task_is_harmed_by_more_than_rounding(
    seed: int, tasks: int, angle: float, lengths: list[float], sign: float
) -> None:
    g = at_the_edge(seed, tasks, angle, lengths, sign)
    for name, rule in PEACEFUL.items():
        weights = rule(gramian(g))
        if name != "Nash-MTL" or tasks == 2:  # it has no solution where an average is 0
            assert weights.isfinite().all()
        if weights.isfinite().all():
            assert harm(weights, g) <= 1, name


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", EVERY)
def test_gradients_that_are_equal_opposed_or_zero_have_weights(
    name: str, dtype: torch.dtype
) -> None:
    rows = torch.tensor([[1.0, 2, 3], [1, 2, 3], [1, 2, 3], [-1, 0.5, 0], [0, 0, 0]], dtype=dtype)
    groups = {"equal": [0, 1, 2], "two equal": [0, 1, 3], "zero": [0, 3, 4]}
    g = torch.stack([rows[own] for own in groups.values()])
    weights = EVERY[name](gramian(g))
    assert weights.isfinite().all()
    found = direction(weights, g.double())
    if name != "Nash-MTL":
        factor = 1.5 if name == "CAGrad" else 1.0
        torch.testing.assert_close(found[0], factor * rows[0].double())
    inner = (g.double() * found[:, None]).sum(dim=-1)
    assert (inner >= -1e-12).all()
    # Weights of a Gramian that was taken in single precision already.
    single = EVERY[name]((g @ g.mT).float())
    torch.testing.assert_close(direction(single, g.double()), found, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_not_finite_is_lost_alone(name: str) -> None:
    g = gradients(5, 3)
    expected = EVERY[name](gramian(g))
    g[1, 0, 0], g[2, 1, 3] = torch.nan, torch.inf
    found = EVERY[name](gramian(g))
    assert found[1:3].isnan().all()
    torch.testing.assert_close(found[[0, 3]], expected[[0, 3]])


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


@given(SEEDS, st.integers(2, 5), ANGLES, LENGTHS, st.sampled_from([-1.0, 1.0]))
def test_no_average_is_shorter_than_that_of_mgda(
    seed: int, tasks: int, angle: float, lengths: list[float], sign: float
) -> None:
    g = at_the_edge(seed, tasks, angle, lengths, sign)
    weights = mgda_weights(gramian(g))
    shortest = direction(weights, g)[0]
    assert (weights >= 0).all()
    assert float(weights.sum()) == pytest.approx(1)
    sizes = g[0].norm(dim=1)
    longest = sizes.max() if tasks == 2 else weights[0] @ sizes  # a pair's weights are 1 - w
    rounding = 1e-14 * longest * sizes
    assert (g[0] @ shortest >= shortest @ shortest - rounding).all()


def test_opposed_gradients_cancel_in_mgda() -> None:
    g = torch.tensor([[[3.0, 0, 0], [-1, 0, 0], [0, 1, 0]]])
    torch.testing.assert_close(mgda_weights(gramian(g)), torch.tensor([[0.25, 0.75, 0]]).double())


# UPGrad


@given(SEEDS, st.integers(2, 4), ANGLES, LENGTHS)
def test_upgrad_is_right_at_the_edge(
    seed: int, tasks: int, angle: float, lengths: list[float]
) -> None:
    g = at_the_edge(seed, tasks, angle, lengths)
    found = direction(upgrad_weights(gramian(g)), g)[0].numpy()
    sizes = g[0].norm(dim=1).numpy()
    units = g[0].numpy() / sizes[:, None]
    # On the gradients themselves, which hold a small angle better than their Gramian.
    each = [
        size / tasks * (unit + units.T @ nnls(units.T, -unit)[0])
        for size, unit in zip(sizes, units, strict=True)
    ]
    lost = 1e-12 + 1e-14 / angle + 1e-15 / angle**2
    assert np.linalg.norm(found - sum(each)) <= lost * sizes.max()


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


def best_of_two(first: np.ndarray, second: np.ndarray, c: float) -> np.ndarray:
    """The direction of CAGrad for two gradients, from its geometry."""
    mean = (first + second) / 2
    radius = c * np.linalg.norm(mean)
    for one, other in ((first, second), (second, first)):
        d: np.ndarray = mean + radius * one / np.linalg.norm(one)
        if one @ d <= other @ d:
            return d
    # Both gain alike: the circle in which the ball meets the plane between the gradients.
    normal = (first - second) / np.linalg.norm(first - second)
    off, along = normal @ mean, mean - (normal @ mean) * normal
    best: np.ndarray = along * (1 + np.sqrt(radius**2 - off**2) / np.linalg.norm(along))
    return best


@given(SEEDS, ANGLES, LENGTHS, st.sampled_from([0.2, 0.5, 0.9]))
def test_cagrad_of_two_tasks_has_a_closed_form(
    seed: int, angle: float, lengths: list[float], c: float
) -> None:
    g = at_the_edge(seed, 2, angle, lengths)
    found = direction(cagrad_weights(gramian(g), c), g)[0].numpy()
    expected = best_of_two(*g[0].numpy(), c)
    lost = 1e-12 + 1e-14 / angle + 1e-15 / angle**2
    assert np.linalg.norm(found - expected) <= lost * np.linalg.norm(expected)


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


@given(SEEDS, ANGLES, LENGTHS)
def test_in_nash_of_two_tasks_the_shares_are_equal_at_the_edge(
    seed: int, angle: float, lengths: list[float]
) -> None:
    g = at_the_edge(seed, 2, angle, lengths)
    inner = (g[0] @ direction(nash_weights(gramian(g)), g)[0]) / g[0].norm(dim=1)
    expected = 2**0.5 * np.sin(angle / 2)
    assert (inner - expected).abs().max() <= (1e-8 + 1e-15 / angle**2) * expected


@given(SEEDS, st.integers(3, 5), LENGTHS)
def test_in_nash_all_equations_are_solved(seed: int, tasks: int, lengths: list[float]) -> None:
    """Gradients in a narrow cone about one that is nearly opposed to their mean."""
    g = at_the_edge(seed, tasks, 0.001, lengths)
    gram = gramian(g)
    weights = nash_weights(gram)
    shares = weights * (gram @ weights[..., None])[..., 0]
    assert weights.isnan().all() or (shares - 1).abs().max() < 1e-6


@pytest.mark.parametrize("tasks", [2, 3])
def test_opposed_gradients_do_not_bargain(tasks: int) -> None:
    g = torch.tensor([[[3.0, 0, 0], [-1, 0, 0], [0, 1, 0]]])[:, :tasks]
    assert nash_weights(gramian(g)).isnan().all()


@given(SEEDS, TASKS, st.floats(0.01, 100))
def test_nash_does_not_notice_a_factor(seed: int, tasks: int, factor: float) -> None:
    g = gradients(seed, tasks)
    scaled = g * torch.tensor([factor] + [1.0] * (tasks - 1))[:, None]
    one, other = (direction(nash_weights(gramian(v)), v) for v in (g, scaled))
    torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)
