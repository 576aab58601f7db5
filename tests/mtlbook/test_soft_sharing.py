"""Teachers, students and what draws them together, against brute force and closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from torch import nn

from mtlbook import runs
from mtlbook.data.synthetic import INPUTS, TASKS, teacher_data, teacher_weights
from mtlbook.experiments.ch04_soft_sharing import soft_sharing
from mtlbook.figures import soft_sharing as draw_soft_sharing
from mtlbook.models.mlp import Students
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.sharing import trace_norm

SEEDS = st.integers(0, 10_000)


def random_students(seed: int) -> nn.Module:
    return from_seeds(lambda: Students(5, 2, 4, 4), [seed])[0].requires_grad_(False)


# Teachers


@given(SEEDS, st.floats(0, 1))
def test_every_layer_has_the_cosine_with_a_common_one(seed: int, cosine: float) -> None:
    commons = teacher_weights(seed, 1.0)
    for layer, common in zip(teacher_weights(seed, cosine), commons, strict=True):
        for task in range(TASKS):
            one, other = layer[task].ravel(), common[0].ravel()
            norms = np.linalg.norm(one) * np.linalg.norm(other)
            assert one @ other / norms == pytest.approx(cosine, abs=1e-9)
            assert np.linalg.norm(one) == pytest.approx(np.linalg.norm(other))


def test_with_cosine_one_all_teachers_are_the_same() -> None:
    for layer in teacher_weights(3, 1.0):
        assert np.ptp(layer, axis=0).max() == 0


def test_targets_have_mean_zero_and_variance_one() -> None:
    x, y, x_test, f = teacher_data([0, 1], 0.5)
    assert x.shape == (2, TASKS, 40, INPUTS)
    assert y.shape == (2, TASKS, 40)
    assert x_test.shape == (2, TASKS, 500, INPUTS)
    assert f.mean(dim=-1).abs().max() < 1e-9
    assert (f.var(dim=-1, correction=0) - 1).abs().max() < 1e-9


def test_a_seed_has_the_same_data_whatever_stands_beside_it() -> None:
    for alone, beside in zip(teacher_data([7], 0.5), teacher_data([1, 7], 0.5), strict=True):
        assert torch.equal(alone[0], beside[1])


def test_another_world_has_other_tasks() -> None:
    first, second = (teacher_data([7], 0.5, world=world)[3] for world in (0, 1))
    assert not torch.equal(first, second)


# Students


@pytest.mark.parametrize(("own", "same"), [(False, True), (True, False)])
def test_tasks_start_at_the_same_values_or_at_their_own(own: bool, same: bool) -> None:
    networks = from_seeds(lambda: Students(5, 3, 4, 4, own_start=own), [0, 1])
    for layer in networks.parameters():
        assert layer.shape[:2] == (2, 4)
        assert torch.equal(layer[:, 0], layer[:, 1]) == same
        assert not torch.equal(layer[0], layer[1])


def test_a_start_is_drawn_from_its_seed_alone() -> None:
    draw = torch.Generator().manual_seed(3)
    for layer, fan in zip(random_students(3).parameters(), (5, 5, 2, 2), strict=True):
        values = torch.rand(layer.shape, generator=draw, dtype=torch.float64)
        assert torch.equal(layer, (2 * values - 1) / fan**0.5)


def test_a_shared_layer_is_there_once() -> None:
    shapes = [layer.shape for layer in Students(5, 3, 1, 4, 2).parameters()]
    assert shapes == [(1, 5, 3), (1, 1, 3), (4, 3, 2), (4, 1, 2)]


def test_outputs_are_those_of_a_loop_over_tasks() -> None:
    students = random_students(0)
    x = torch.randn(4, 6, 5, dtype=torch.float64)
    for t in range(4):
        net = nn.Sequential(nn.Linear(5, 2), nn.Tanh(), nn.Linear(2, 1)).double()
        own = [layer[t] for layer in students.parameters()]
        with torch.no_grad():
            for parameter, value in zip(net.parameters(), own, strict=True):
                parameter.copy_(value.T.view(parameter.shape))
            torch.testing.assert_close(students(x)[t], net(x[t]))


# Penalties


@given(SEEDS)
def test_penalties_agree_with_brute_force(seed: int) -> None:
    students, other = random_students(seed), random_students(seed + 1)
    layers, start = list(students.parameters()), dict(other.named_parameters())
    zero = sum(float((layer**2).sum()) for layer in layers)
    assert float(soft_sharing.to_zero(students)) == pytest.approx(zero)
    mean = sum(float(((layer - layer.mean(0)) ** 2).sum()) for layer in layers)
    assert float(soft_sharing.to_mean(students)) == pytest.approx(mean)
    norm = sum(float(trace_norm(list(layer))) for layer in layers)
    assert float(soft_sharing.to_subspace(students)) == pytest.approx(norm)
    moved = sum(float(((a - b) ** 2).sum()) for a, b in zip(layers, start.values(), strict=True))
    assert float(soft_sharing.to_start(students, start)) == pytest.approx(moved)
    assert float(soft_sharing.to_start(other, start)) == 0


@given(SEEDS)
def test_strangers_are_drawn_to_the_mean_of_the_other_half(seed: int) -> None:
    students, total = random_students(seed), 0.0
    for layer in students.parameters():
        first, second = layer[:2], layer[2:]
        total += float(((first - second.mean(0)) ** 2).sum())
        total += float(((second - first.mean(0)) ** 2).sum())
    assert float(soft_sharing.to_strangers(students)) == pytest.approx(total)


@given(SEEDS, st.floats(0.1, 10), st.floats(0.1, 10))
def test_pull_and_decay_are_evgeniou_and_pontils_two_penalties(
    seed: int, first: float, second: float
) -> None:
    w = np.random.default_rng(seed).standard_normal((5, 3))
    common = first / (first + second) * w.mean(axis=0)

    def two(w0: np.ndarray) -> float:
        return float(first / 5 * np.square(w - w0).sum() + second * np.square(w0).sum())

    decay = first * second / (first + second) / 5
    ours = decay * np.square(w).sum() + (first / 5 - decay) * np.square(w - w.mean(0)).sum()
    assert two(common) == pytest.approx(ours)
    assert two(common) <= min(two(common + 0.01), two(0.99 * common))


# Training


def test_no_seed_feels_the_others() -> None:
    alone = soft_sharing.students("mean and decay", 0.5, [3], 0.02, 0.1, [5, 20])[1]
    beside = soft_sharing.students("mean and decay", 0.5, [1, 3], 0.02, 0.1, [5, 20])[1]
    assert alone.shape == (1, 2)
    np.testing.assert_allclose(alone[0], beside[1], rtol=1e-6)


@pytest.mark.parametrize("arm", soft_sharing.ARMS)
def test_every_arm_learns_something(arm: str) -> None:
    soft = arm not in ("separate", *soft_sharing.SHARED)
    decay = 0.0 if arm in ("to the mean", "trace norm", "to the start") else 0.02
    errors = soft_sharing.students(arm, 1.0, [0, 1], decay, 0.02 * soft, [1, 100])[1]
    assert (errors[:, 1] < 0.6 * errors[:, 0]).all()


def apart(networks: Networks) -> float:
    layers = list(networks.parameters())
    return max(float((w - w.mean(1, keepdim=True)).detach().abs().max()) for w in layers)


def test_a_strong_pull_leaves_one_student() -> None:
    strong, weak = (
        soft_sharing.students("to the mean", 0.0, [0], 0.0, pull, [100])[0] for pull in (1e3, 1e-3)
    )
    assert apart(strong) < 0.05 * apart(weak)


# What is recorded


def test_tuning_and_report_share_no_seed_and_arms_have_as_many_settings() -> None:
    tuning, report = runs.load("soft-tuning"), runs.load("soft-dial")
    assert not set(tuning["seed"]) & set(report["seed"])
    counts = tuning.drop_duplicates(["arm", "cosine", "decay", "pull"])
    assert set(counts.groupby(["arm", "cosine"]).size()) == {9}


# The schematic


def test_the_schematic_names_every_task() -> None:
    fig, ax = plt.subplots()
    draw_soft_sharing(ax, "input", "trunk", ["A", "B", "C"])
    words = [text.get_text() for text in ax.texts]
    assert words.count("trunk") == 4
    assert words.count("head") == 6
    assert {"A", "B", "C", "hard sharing", "soft sharing"} <= set(words)
    assert len(ax.lines) == 4  # a spring between neighbours, for trunk and head
    plt.close(fig)
