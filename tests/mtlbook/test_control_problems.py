"""mtlbook.experiments.ch02_why_it_works.controls: three problems for the control panel."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbook.data.digit_pairs import digit_pairs
from mtlbook.data.logic import boolean_patterns, boolean_tasks
from mtlbook.data.road import ROAD_TASKS
from mtlbook.evaluation.panel import ARMS, Problem
from mtlbook.experiments.ch02_why_it_works import controls
from mtlbook.experiments.ch02_why_it_works.alvinn import road_sets
from mtlbook.experiments.ch02_why_it_works.controls import (
    CONTROLS,
    PROBLEMS,
    SETTINGS,
    STEPS,
    WIDTHS,
    boolean_problem,
    digit_accuracy,
    digit_problem,
    road_problem,
)
from mtlbook.task import classification, probability

SETS = ("train", "validation", "test")
SHAPES = {
    "boolean": ([96, 60, 100], 8, 4, 1),
    "road": ([50, 500, 1000], 32, 9, 1),
    "digits": ([300, 300, 500], 121, 20, 10),
}


@pytest.fixture(scope="module")
def problems() -> dict[str, Problem]:
    return {name: build([3, 9]) for name, build in PROBLEMS.items()}


def rows(values: torch.Tensor) -> list[tuple[float, ...]]:
    return [tuple(row) for row in values.tolist()]


# All three


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_has_the_shapes_it_names(name: str, problems: dict[str, Problem]) -> None:
    problem, (sizes, inputs, outputs, main) = problems[name], SHAPES[name]
    assert (len(problem.tasks), problem.main, problem.seeds) == (outputs, main, [3, 9])
    assert len({task.name for task in problem.tasks}) == outputs
    for part, n in zip(SETS, sizes, strict=True):
        x, y = getattr(problem, part)
        assert (x.shape, y.shape) == ((2, n, inputs), (2, n, outputs))
        assert x.dtype == y.dtype


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_problem_depends_on_its_seed_alone(name: str, problems: dict[str, Problem]) -> None:
    alone = PROBLEMS[name]([9])
    for part in SETS:
        for both, last in zip(getattr(problems[name], part), getattr(alone, part), strict=True):
            assert torch.equal(both[1], last[0])
            assert not torch.equal(both[0], both[1])


@pytest.mark.parametrize("name", PROBLEMS)
def test_no_example_is_in_two_sets(name: str, problems: dict[str, Problem]) -> None:
    for s in range(2):
        seen = [set(rows(getattr(problems[name], part)[0][s])) for part in SETS]
        assert sum(map(len, seen)) == len(set().union(*seen))


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_right_scores_best(name: str, problems: dict[str, Problem]) -> None:
    problem = problems[name]
    y = problem.test[1][..., : problem.main].clamp(1e-6, 1 - 1e-6)
    best, worst = problem.score(torch.logit(y), y), problem.score(-torch.logit(y), y)
    assert best.shape == worst.shape == (2,)
    if problem.tasks[0].higher_is_better:
        assert (best == 1).all()
        assert (worst < 0.05).all()
    else:
        assert (best < 1e-6).all()
        assert (worst > 0.05).all()


@pytest.mark.parametrize("name", ["boolean", "road"])
def test_one_main_task_is_scored_by_its_own_metric(name: str) -> None:
    task, score = {
        "boolean": (classification("T1"), boolean_problem([0, 1]).score),
        "road": (probability("steering"), road_problem([0, 1]).score),
    }[name]
    draw = torch.Generator().manual_seed(0)
    z, y = torch.randn(2, 50, 1, generator=draw), torch.rand(2, 50, 1, generator=draw).round()
    expected = [task.metric(z[s, :, 0], y[s, :, 0]).item() for s in range(2)]
    assert score(z, y).tolist() == pytest.approx(expected)


# Boolean and road


@given(st.integers(1, 200), st.integers(1, 55))
@settings(max_examples=10)
def test_the_256_patterns_are_parted_in_three(train: int, held_out: int) -> None:
    problem = boolean_problem([0, 1], train, held_out)
    assert [task.name for task in problem.tasks] == ["T1", "T2", "T3", "T4"]
    for s in range(2):
        parts = [getattr(problem, part) for part in SETS]
        assert [x.shape[1] for x, _ in parts] == [train, held_out, 256 - train - held_out]
        patterns = [row for x, _ in parts for row in rows((x[s] + 1) / 2)]
        assert sorted(patterns) == rows(torch.tensor(boolean_patterns()))
        labels = [row for _, y in parts for row in rows(y[s])]
        assert labels == rows(torch.tensor(boolean_tasks(np.array(patterns, dtype=int))))


def test_the_road_problem_is_that_of_the_map() -> None:
    problem = road_problem([3, 9], train=20, noise=0.1)
    assert [task.name for task in problem.tasks] == list(ROAD_TASKS)
    for part, expected in zip(SETS, road_sets([3, 9], 20, 0.1), strict=True):
        for found, values in zip(getattr(problem, part), expected, strict=True):
            assert torch.equal(found, values)


# Digits


def test_ten_detectors_tell_the_left_digit_and_ten_the_right() -> None:
    problem = digit_problem([5], pairs=40)
    names = [f"{side} is {d}" for side in ("left", "right") for d in range(10)]
    assert [task.name for task in problem.tasks] == names
    expected = digit_pairs((40, 300, 500), np.random.default_rng(5))
    for part, (pictures, digits) in zip(SETS, expected, strict=True):
        x, y = getattr(problem, part)
        assert (x[0].numpy() == pictures).all()
        for row, (left, right) in zip(y[0].tolist(), digits.tolist(), strict=True):
            fired = [name for name, value in zip(names, row, strict=True) if value]
            assert fired == [f"left is {left}", f"right is {right}"]
            assert set(row) == {0, 1}


@given(st.data(), st.integers(1, 3), st.integers(1, 8), st.integers(2, 10))
@settings(max_examples=30)
def test_accuracy_counts_the_strongest_detectors(
    data: st.DataObject, seeds: int, n: int, digits: int
) -> None:
    # A picture's logits are distinct, so one detector is the strongest.
    logits = [[data.draw(st.permutations(range(digits))) for _ in range(n)] for _ in range(seeds)]
    right = [[data.draw(st.integers(0, digits - 1)) for _ in range(n)] for _ in range(seeds)]
    expected = []
    for z_seed, y_seed in zip(logits, right, strict=True):
        hits = 0
        for z, digit in zip(z_seed, y_seed, strict=True):
            if all(z[digit] >= value for value in z):
                hits += 1
        expected.append(hits / n)
    detectors = torch.eye(digits)[torch.tensor(right)]
    found = digit_accuracy(torch.tensor(logits).double() - 3, detectors)
    assert found.tolist() == pytest.approx(expected)


# The recorded run


def test_each_problem_has_a_width_steps_and_settings() -> None:
    assert set(PROBLEMS) == set(WIDTHS) == set(STEPS) == set(SETTINGS)
    for settings_of_one in SETTINGS.values():
        assert len(set(settings_of_one)) == len(settings_of_one) > 5


def test_the_controls_are_every_arm_on_every_problem() -> None:
    cells = [(config["problem"], config["arm"]) for config in CONTROLS.configs]
    assert sorted(cells) == sorted((name, arm) for name in PROBLEMS for arm in ARMS)
    assert CONTROLS.cheap in CONTROLS.configs


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("arm", ["multi-task", "targets as inputs"])
def test_a_cell_is_an_arm_of_its_problem(
    arm: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def record(*args: object, **options: object) -> tuple[np.ndarray, int]:
        calls.append((args, options))
        return np.array([0.25, 0.75]), 9

    monkeypatch.setattr(controls, "score_arm", record)
    monkeypatch.setitem(controls.PROBLEMS, name, lambda seeds: (name, seeds))
    scores = CONTROLS.measure({"problem": name, "arm": arm}, [4, 7])
    assert scores.tolist() == [0.25, 0.75]
    ((args, options),) = calls
    assert args == (arm, (name, [4, 7]))
    assert options == {
        "hidden": WIDTHS[name], "settings": SETTINGS[name], "steps": STEPS[name], "every": 25
    }  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_arm_runs_on_every_problem(
    name: str, problems: dict[str, Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    builders: dict[str, Callable[[Sequence[int]], Problem]] = controls.PROBLEMS
    monkeypatch.setitem(builders, name, lambda seeds: problems[name])
    monkeypatch.setitem(STEPS, name, 25)
    monkeypatch.setitem(WIDTHS, name, 4)
    monkeypatch.setitem(SETTINGS, name, SETTINGS[name][:1])
    for arm in ARMS:
        scores = CONTROLS.measure({"problem": name, "arm": arm}, [3, 9])
        assert scores.shape == (2,)
        assert ((scores > 0) & (scores <= 1)).all()
