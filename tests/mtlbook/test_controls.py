"""mtlbook.evaluation.panel: what each arm takes away, and that it takes nothing else."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor

from mtlbook.evaluation.panel import ARMS, Problem
from mtlbook.task import regression

CHANGED = ["unrelated tasks", "shuffled jointly", "shuffled per task"]
SETS = ("train", "validation", "test")


def problem(
    seeds: Sequence[int] = (3, 8), main: int = 1, extra: int = 3, n: int = 20, d: int = 4
) -> Problem:
    """Examples drawn for each seed; no two targets are the same."""
    sets = []
    for size in (n, 7, 5):
        draws = [np.random.default_rng([seed, size]) for seed in seeds]
        x = np.stack([rng.normal(size=(size, d)) for rng in draws])
        y = np.stack([rng.normal(size=(size, main + extra)) for rng in draws])
        sets.append((torch.tensor(x), torch.tensor(y)))
    tasks = [regression(f"task {t}") for t in range(main + extra)]
    return Problem(tasks, main, seeds, *sets, score=lambda z, y: (z - y).square().mean((1, 2)))


def rows(values: Tensor) -> list[list[float]]:
    return sorted(values.tolist())


shapes = st.fixed_dictionaries(
    {"main": st.integers(1, 3), "extra": st.integers(1, 4), "n": st.integers(5, 30)}
)


# Every arm


@pytest.mark.parametrize("arm", ARMS)
@settings(max_examples=5)
@given(shape=shapes)
def test_the_main_task_stands_first_as_it_was(arm: str, shape: dict[str, int]) -> None:
    before = problem(**shape)
    after, m = ARMS[arm](before), shape["main"]
    assert (after.main, list(after.seeds), after.score) == (m, [3, 8], before.score)
    assert list(after.tasks[:m]) == list(before.tasks[:m])
    for name in SETS:
        (x, y), (x_after, y_after) = getattr(before, name), getattr(after, name)
        assert torch.equal(x_after[..., :4], x)
        assert torch.equal(y_after[..., :m], y[..., :m])
        assert y_after.shape[-1] == len(after.tasks)


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_leaves_the_problem_as_it_was(arm: str) -> None:
    given_problem, same = problem(), problem()
    ARMS[arm](given_problem)
    for name in SETS:
        for found, expected in zip(getattr(given_problem, name), getattr(same, name), strict=True):
            assert torch.equal(found, expected)


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_depends_on_its_seed_alone(arm: str) -> None:
    three, one = ARMS[arm](problem([3, 8, 5])), ARMS[arm](problem([8]))
    for name in SETS:
        for found, expected in zip(getattr(three, name), getattr(one, name), strict=True):
            assert torch.equal(found[1], expected[0])


@pytest.mark.parametrize("arm", CHANGED)
def test_another_seed_changes_the_control(arm: str) -> None:
    one = problem([3])
    y = ARMS[arm](one).train[1]
    assert not torch.equal(ARMS[arm](replace(one, seeds=[4])).train[1], y)
    assert torch.equal(ARMS[arm](replace(one, seeds=[3])).train[1], y)


@pytest.mark.parametrize("arm", CHANGED)
@settings(max_examples=10)
@given(shape=shapes)
def test_only_the_further_tasks_to_train_on_are_changed(arm: str, shape: dict[str, int]) -> None:
    before = problem(**shape)
    after = ARMS[arm](before)
    assert list(after.tasks) == list(before.tasks)
    for name in ("validation", "test"):
        assert torch.equal(getattr(after, name)[1], getattr(before, name)[1])
    for s in range(2):
        for t in range(shape["main"], len(before.tasks)):
            found, original = after.train[1][s, :, t], before.train[1][s, :, t]
            assert rows(found) == rows(original)
            assert not torch.equal(found, original)


@pytest.mark.parametrize("arm", CHANGED)
@pytest.mark.parametrize("of", ["itself", "the main task", "another one"])
def test_a_changed_target_tells_nothing_of(arm: str, of: str) -> None:
    """Averaged over draws, its rank correlation is zero, even though all targets were one."""
    before = problem(range(150), n=40, d=5)
    (x, y), _, _ = before.train, before.validation, before.test
    y = (x @ torch.tensor([1.0, -2, 1, 0, 3], dtype=torch.float64))[..., None].repeat(1, 1, 4)
    after = ARMS[arm](replace(before, train=(x, y))).train[1]
    other = {"itself": y[..., 1], "the main task": y[..., 0], "another one": after[..., 2]}[of]
    found = np.array(
        [stats.spearmanr(a, b).statistic for a, b in zip(after[..., 1], other, strict=True)]
    )
    if of == "another one" and arm == "shuffled jointly":
        assert found == pytest.approx(1)
    else:
        assert abs(found.mean()) < 4 * found.std() / np.sqrt(150)
        assert 0.05 < found.std() < 0.6


# One by one


def test_the_baseline_has_the_main_task_alone() -> None:
    for arm in ARMS:
        if arm.startswith("single task"):
            assert len(ARMS[arm](problem(main=2)).tasks) == 2


def test_multi_task_has_all_of_the_problem() -> None:
    given_problem = problem()
    for arm in ("multi-task", "multi-task, private units"):
        assert ARMS[arm](given_problem) is given_problem


@given(st.integers(1, 3), st.integers(0, 7))
def test_copies_repeat_the_outputs_of_the_main_task_in_turn(main: int, extra: int) -> None:
    before = problem(main=main, extra=extra)
    after = ARMS["main task copied"](before)
    source = [t % main for t in range(main + extra)]
    assert [task.name for task in after.tasks] == [f"task {t}" for t in source]
    for name in SETS:
        y, copies = getattr(before, name)[1], getattr(after, name)[1]
        for t, column in enumerate(source):
            assert torch.equal(copies[..., t], y[..., column])


def test_a_joint_shuffle_keeps_the_further_targets_together() -> None:
    before = problem(main=2)
    after = ARMS["shuffled jointly"](before)
    for found, expected in zip(after.train[1][..., 2:], before.train[1][..., 2:], strict=True):
        assert rows(found) == rows(expected)
        assert (found != expected).any(dim=1).float().mean() > 0.7


def test_a_shuffle_per_task_parts_the_further_targets() -> None:
    before = problem(main=2)
    after = ARMS["shuffled per task"](before)
    for found, expected in zip(after.train[1][..., 2:], before.train[1][..., 2:], strict=True):
        together = set(map(tuple, expected.tolist()))
        assert len(together & set(map(tuple, found.tolist()))) < 3
        assert (found != expected).float().mean() > 0.7


def test_shuffles_move_every_example_anywhere() -> None:
    number = torch.arange(5.0).double()[:, None].expand(300, 5, 2)
    before = replace(problem(range(300), extra=1, n=5), train=(torch.zeros(300, 5, 1), number))
    for arm in ("shuffled jointly", "shuffled per task"):
        moved = ARMS[arm](before).train[1][..., 1]
        for place in range(5):
            counts = torch.bincount(moved[:, place].int(), minlength=5)
            assert stats.chisquare(counts.numpy()).pvalue > 0.001


def test_unrelated_targets_follow_the_inputs() -> None:
    """Moved examples take their targets along, whatever the targets had been before."""
    before = problem(extra=2)
    x, y = before.train
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    expected = ARMS["unrelated tasks"](before).train[1][:, order, 1:]
    for moved in ((x[:, order], y[:, order]), (x[:, order], y)):
        found = ARMS["unrelated tasks"](replace(before, train=moved)).train[1]
        assert torch.equal(found[..., 1:], expected)


def test_unrelated_targets_are_the_same_for_the_same_inputs() -> None:
    before = problem()
    x, y = (torch.cat([values, values], dim=1) for values in before.train)
    found = ARMS["unrelated tasks"](replace(before, train=(x, y))).train[1]
    assert torch.equal(found[:, :20], found[:, 20:])


def test_unrelated_targets_do_not_depend_on_the_units_of_the_inputs() -> None:
    before = problem()
    x, y = before.train
    scaled = replace(before, train=(x * torch.tensor([0.01, 5, 100, 1]) + 7, y))
    found, expected = (ARMS["unrelated tasks"](p).train[1] for p in (scaled, before))
    assert torch.equal(found, expected)


def test_beside_an_input_that_never_changes_targets_follow_the_others() -> None:
    before = problem()
    x, y = before.train
    constant = torch.cat([x[..., :3], torch.full((2, 20, 1), 0.5)], dim=-1)
    found, turned = (
        ARMS["unrelated tasks"](replace(before, train=(inputs, y))).train[1][..., 1:]
        for inputs in (constant, constant.flip(1))
    )
    assert torch.equal(found, turned.flip(1))


def test_unrelated_targets_can_be_learned() -> None:
    """The neighbour's target is a better guess than chance; after a shuffle it is not."""
    before = problem(range(10), n=300, d=2)
    x = before.train[0]
    distance = torch.cdist(x, x) + 1e9 * torch.eye(300)
    neighbour = distance.argmin(dim=-1)
    agreement = {}
    for arm in ("unrelated tasks", "shuffled jointly"):
        target = ARMS[arm](before).train[1][..., 1]
        agreement[arm] = stats.spearmanr(target.ravel(), target.gather(1, neighbour).ravel())
    assert agreement["unrelated tasks"].statistic > 0.7
    assert abs(agreement["shuffled jointly"].statistic) < 0.1


@given(st.integers(1, 3), st.integers(0, 4))
def test_targets_as_inputs_stand_behind_the_inputs_in_every_set(main: int, extra: int) -> None:
    before = problem(main=main, extra=extra)
    after = ARMS["targets as inputs"](before)
    assert len(after.tasks) == main
    for name in SETS:
        y, (x_after, y_after) = getattr(before, name)[1], getattr(after, name)
        assert x_after.shape[-1] == 4 + extra
        assert torch.equal(x_after[..., 4:], y[..., main:])
        assert torch.equal(y_after, y[..., :main])
