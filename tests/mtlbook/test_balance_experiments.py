"""The problems, the landscape and the chosen settings of chapter 6."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from mtlbook import runs
from mtlbook.data.landscape import landscape
from mtlbook.experiments.ch06_balancing import balance, balance_landscape, balance_trials
from mtlbook.experiments.ch06_balancing.balance import (
    COMPARED,
    DIGITS,
    EQUAL,
    FOUR,
    LOOKS,
    TWO,
    settings_of,
)
from mtlbook.experiments.ch06_balancing.balance_landscape import RULES, descend, gradients, on_front
from mtlbook.experiments.ch06_balancing.balance_problems import PROBLEMS, digit_problem
from mtlbook.experiments.ch06_balancing.balance_trials import CHOSEN, LIVE
from mtlbook.figures import balance_map
from mtlbook.figures.schematic import IN_RUDER, METHODS
from mtlbook.training.balance import gramian, mgda_weights, nash_weights, pcgrad_weights

TUNING = {
    TWO: "balance-tuning",
    EQUAL: "balance-tuning",
    FOUR: "balance-four-tuning",
    DIGITS: "balance-digits-tuning",
}


# Settings


@pytest.mark.parametrize(("name", "arm"), [(n, a) for n in COMPARED for a in COMPARED[n]])
def test_every_arm_has_twelve_settings(name: str, arm: str) -> None:
    assert len(set(settings_of(name, arm))) == balance.SETTINGS


@pytest.mark.parametrize(("name", "arm"), balance_trials.CHOSEN)
def test_each_arm_has_the_best_setting_of_the_tuning(name: str, arm: str) -> None:
    table = runs.load(TUNING[name]).query("problem == @name and arm == @arm")
    means = table.drop(columns=["problem", "arm", "seed"]).mean().to_numpy()
    setting, look = divmod(int(means.argmin()), len(LOOKS[name]))
    steps = LOOKS[name][look]
    assert balance_trials.CHOSEN[name, arm] == (*settings_of(name, arm)[setting], steps)


def test_all_that_was_compared_was_chosen_for() -> None:
    assert set(balance_trials.CHOSEN) == {(n, a) for n in COMPARED for a in COMPARED[n]}
    assert set(COMPARED) == set(PROBLEMS) == set(TUNING)


def test_tuning_and_trials_share_no_seed() -> None:
    for name in TUNING.values():
        assert not set(runs.load(name)["seed"]) & set(range(20))


def test_all_longer_runs_of_teachers_are_recorded() -> None:
    longer = {key for key, setting in CHOSEN.items() if setting[-1] > LIVE and key[0] != DIGITS}
    tables = [runs.load(name) for name in ("balance-long", "balance-four-long")]
    found = {key for table in tables for key in zip(table["problem"], table["arm"], strict=True)}
    assert found == longer


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
    problem, seen = digit_problem([0], (1, 1), batch=60), []

    def outputs(x: torch.Tensor) -> torch.Tensor:
        seen.append(x[0, 0])
        return torch.zeros(1, 2, x.shape[2], 10, dtype=torch.float64)

    losses = [problem.losses(outputs, step) for step in range(1, problem.epoch + 1)]
    assert torch.cat(seen).shape == (300, 121)
    assert len(torch.cat(seen).unique(dim=0)) == 300
    for loss in losses:  # ten digits, no preference
        torch.testing.assert_close(loss, torch.full_like(loss, np.log(10)))


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
