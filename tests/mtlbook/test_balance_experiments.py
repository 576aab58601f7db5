"""The problems, the landscape and the chosen settings of chapter 6."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from mtlbook import runs
from mtlbook.data.synthetic import landscape
from mtlbook.experiments.ch06_balancing import balance, balance_landscape
from mtlbook.experiments.ch06_balancing.balance import (
    DIGITS,
    EQUAL,
    FOUR,
    PROBLEMS,
    TWO,
    digit_problem,
    settings_of,
)
from mtlbook.experiments.ch06_balancing.balance_landscape import RULES, descend, gradients, on_front
from mtlbook.experiments.ch06_balancing.balance_runs import COMPARED, LIVE, LONGER, chosen
from mtlbook.figures import balance_map
from mtlbook.figures.schematic import IN_RUDER, METHODS
from mtlbook.models.mlp import Students
from mtlbook.training.balance import gramian, mgda_weights, nash_weights, pcgrad_weights

# Settings


@pytest.mark.parametrize(("name", "arm"), [(n, a) for n in COMPARED for a in COMPARED[n]])
def test_every_arm_has_twelve_settings(name: str, arm: str) -> None:
    assert len(set(settings_of(name, arm))) == balance.SETTINGS


def test_all_that_was_compared_was_chosen_for() -> None:
    assert set(chosen()) == {(n, a) for n in COMPARED for a in COMPARED[n]}
    assert set(COMPARED) == set(PROBLEMS)


def test_tuning_and_trials_share_no_seed() -> None:
    for name in ("balance-tuning", "balance-four-tuning", "balance-digits-tuning"):
        assert not set(runs.load(name)["seed"]) & set(range(20))


def test_all_longer_runs_of_teachers_are_recorded() -> None:
    longer = {key for key, setting in chosen().items() if setting[-1] > LIVE and key[0] != DIGITS}
    assert longer == {(name, arm) for name, arms in LONGER.items() for arm in arms}


# Problems


def test_settings_side_by_side_learn_what_they_learn_alone() -> None:
    settings = [(0.2, 0.03, 0.3), (0.9, 0.1, 1.0)]
    together = balance.balanced_errors(TWO, "CAGrad", [3, 4], settings, [2, 4])
    assert together.shape == (2, 2, 2, 2)
    for i, setting in enumerate(settings):
        alone = balance.balanced_errors(TWO, "CAGrad", [4], [setting], [2, 4])
        np.testing.assert_allclose(together[1, i], alone[0, 0], rtol=1e-9)


@pytest.mark.parametrize("arm", ["sum of logs", "uncertainty, from rest", "MGDA, by loss"])
def test_these_do_not_notice_the_factor(arm: str) -> None:
    loud, quiet = (
        balance.balanced_errors(name, arm, [0, 1], [(0.1, 0.03, 1.0)], [10])
        for name in (TWO, EQUAL)
    )
    np.testing.assert_allclose(loud, quiet, rtol=1e-6)


def test_the_equal_sum_notices_it() -> None:
    sums = [
        balance.balanced_errors(name, "equal sum", [0, 1], [(0.0, 0.03, 1.0)], [10])
        for name in (TWO, EQUAL)
    ]
    assert np.abs(sums[0] - sums[1]).max() > 0.01


@pytest.mark.parametrize("name", [TWO, FOUR, DIGITS])
def test_static_weights_at_one_take_the_factors_out(name: str) -> None:
    problem = PROBLEMS[name]([0])
    weights = balance.static_weights(torch.tensor([0.5, 1.0, 1.5]).double(), problem)
    loud = weights * torch.tensor(problem.scales)
    torch.testing.assert_close(loud[1], loud[1, :1].expand_as(loud[1]))
    torch.testing.assert_close(weights[0] ** 2, weights[1])
    torch.testing.assert_close(weights[0] ** 3, weights[2])


def test_static_weights_without_factors_are_three_ratios() -> None:
    weights = balance.static_weights(torch.tensor([0.5, 1.0, 1.5]).double(), PROBLEMS[EQUAL]([0]))
    torch.testing.assert_close(
        weights[:, 0] / weights[:, 1], torch.tensor([1 / 3, 1, 3], dtype=torch.float64)
    )


def test_drawn_vectors_differ_and_are_positive() -> None:
    drawn = balance.drawn_weights(torch.tensor([1.0, 2.0, 3.0]), PROBLEMS[FOUR]([0]))
    assert drawn.shape == (3, 4)
    assert (drawn >= 1).all()
    assert (drawn <= 1000).all()
    assert len(drawn.unique(dim=0)) == 3


def test_a_digit_problem_sees_each_picture_once_an_epoch() -> None:
    problem = digit_problem([0, 5, 0], (1, 1), batch=60)
    epoch = [next(problem.batches) for _ in range(problem.epoch)]
    x, y = (torch.cat(part, dim=2) for part in zip(*epoch, strict=True))
    assert x.shape == (3, 1, 300, 121)
    assert y.shape == (3, 2, 300)
    assert len(x[0, 0].unique(dim=0)) == 300
    assert torch.equal(x[0], x[2])
    assert not torch.equal(x[0], x[1])


def test_without_a_preference_digits_cost_the_logarithm_of_ten() -> None:
    problem = digit_problem([0], (1, 1))
    x, y = (part[0] for part in next(problem.batches))
    network = Students(121, 4, 1, 2, 10)
    with torch.no_grad():
        network.heads.weight.zero_()
        network.heads.bias.zero_()
    losses = problem.losses(network, (x, y))
    torch.testing.assert_close(losses, torch.full_like(losses, np.log(10)))


# The landscape


@given(st.integers(0, 10_000))
def test_its_gradients_are_those_of_autograd(seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-10, 10, (5, 2))
    x = torch.tensor(points).requires_grad_()
    losses = landscape(x)
    rows = [torch.autograd.grad(losses[:, i].sum(), x, retain_graph=True)[0] for i in (0, 1)]
    np.testing.assert_allclose(gradients(points), torch.stack(rows, dim=1), atol=1e-9, rtol=1e-9)


def test_points_have_two_coordinates() -> None:
    with pytest.raises(ValueError, match="expected points"):
        landscape(torch.zeros(3))


def test_each_loss_is_lowest_at_its_end_of_the_front() -> None:
    line = torch.stack([torch.linspace(-9, 9, 181), torch.full((181,), -8.0)], dim=-1)
    lowest = line[landscape(line).argmin(dim=0), 0]
    torch.testing.assert_close(lowest, torch.tensor([7.0, -7.0]), atol=0.06, rtol=0)


@given(st.integers(0, 10_000))
def test_its_rules_are_those_of_the_package(seed: int) -> None:
    g = np.random.default_rng(seed).standard_normal((6, 2, 2))
    gram = gramian(torch.tensor(g))
    order = torch.arange(2).expand(6, 2, 2)
    theirs = {
        "PCGrad": pcgrad_weights(gram, order),
        "MGDA": mgda_weights(gram),
        "Nash-MTL": nash_weights(gram),
        "sum": torch.ones(6, 2),
    }
    for rule, weights in theirs.items():
        np.testing.assert_allclose(RULES[rule](g), weights, rtol=1e-6)


def test_a_path_is_that_of_torchs_adam() -> None:
    start = np.array([[-8.5, -5.0], [4.0, 3.0]])
    path = descend(start, "sum", 0.05, 20, every=10)
    x = torch.tensor(start).requires_grad_()
    optimiser = torch.optim.Adam([x], lr=0.05)
    for step in range(1, 21):
        optimiser.zero_grad()
        landscape(x).sum().backward()
        optimiser.step()
        if step % 10 == 0:
            np.testing.assert_allclose(path[:, step // 10], x.detach(), rtol=1e-6)


def test_the_front_is_a_line_at_the_foot() -> None:
    ends = np.array([[0.0, -8.3], [-7.0, -8.0], [8.0, -8.3], [0.0, 2.0]])
    assert on_front(ends).tolist() == [True, True, False, False]
    assert balance_landscape.random_starts([3])[0] == pytest.approx(
        balance_landscape.random_starts([1, 3])[1]
    )


# The map


def test_the_map_shows_every_method_once() -> None:
    _, ax = plt.subplots()
    balance_map(ax)
    shown = [text.get_text() for text in ax.texts]
    names = [name for methods in METHODS.values() for name, _ in methods]
    assert len(set(names)) == len(names)
    for name in names:
        assert shown.count(name) == 1
    assert set(names) >= IN_RUDER
    plt.close("all")
