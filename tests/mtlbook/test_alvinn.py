"""chapter code: alvinn: the roads, the arms, and the tuning against a plain loop."""

import inspect

import numpy as np
import pytest
import torch

from mtlbook.data.road import ROAD_TASKS, Camera, Road, scan
from mtlbook.experiments.ch02_why_it_works import alvinn
from mtlbook.experiments.ch02_why_it_works.alvinn import (
    ALVINN_MAP,
    ALVINN_TASKS,
    road_arm,
    road_rmse,
    road_sets,
)
from mtlbook.models.mlp import MLP
from mtlbook.task import probability
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses, validation_losses

# The roads


def test_each_seed_has_training_validation_and_test_roads_in_single_precision() -> None:
    sets = road_sets([4, 0, 7], train=13, noise=0.1)
    assert [(x.shape, y.shape) for x, y in sets] == [
        ((3, n, 32), (3, n, 9)) for n in (13, 500, 1000)
    ]
    assert {values.dtype for examples in sets for values in examples} == {torch.float32}


def test_roads_depend_on_their_seed_alone() -> None:
    for both, last in zip(road_sets([3, 9], 20, 0.1), road_sets([9], 20, 0.1), strict=True):
        for one, other in zip(both, last, strict=True):
            assert torch.equal(one[1], other[0])
            assert not torch.equal(one[0], one[1])


def test_no_road_is_in_two_sets() -> None:
    roads = [tuple(row) for _, y in road_sets([0], 100, 0.1) for row in y[0].tolist()]
    assert len(set(roads)) == len(roads) == 1600


def road_behind(target: np.ndarray, camera: Camera) -> Road:
    """The roads that these targets describe, ``(n, 9)``; the line's place says nothing new."""
    value = dict(zip(ROAD_TASKS, target.T.astype(float), strict=True))
    left, right, centre = (
        (2 * value[task] - 1) * camera.reach for task in ("left edge", "right edge", "road centre")
    )
    greys = (value[f"{name} grey"] for name in ("road", "border", "line"))
    return Road(1 + value["two lanes"], right - left, centre, *greys)


def test_pixels_show_the_road_of_their_targets_less_a_half() -> None:
    camera = Camera(noise=0)
    for x, y in road_sets([5], 10, noise=0):
        expected = scan(road_behind(y[0].numpy(), camera), camera, np.random.default_rng())
        np.testing.assert_allclose(x[0].numpy(), expected - 0.5, atol=1e-5)


def test_noise_changes_the_pixels_and_not_the_roads() -> None:
    for (clean, y), (noisy, same) in zip(
        road_sets([5], 10, noise=0), road_sets([5], 10, noise=0.1), strict=True
    ):
        assert torch.equal(y, same)
        assert (noisy - clean).std().item() == pytest.approx(0.1, rel=0.15)


# The arms


@pytest.mark.parametrize("task", ROAD_TASKS)
def test_an_arm_learns_its_own_task_first(task: str) -> None:
    names = {
        arm: [ROAD_TASKS[t] for t in road_arm(arm, task)] for arm in ("alone", "together", "copied")
    }
    assert names["alone"] == [task]
    assert names["copied"] == [task] * len(ROAD_TASKS)
    assert names["together"][0] == task
    assert names["together"][1:] == [other for other in ROAD_TASKS if other != task]


# Against a plain loop

DECAYS = [1e-2, 1e-3, 1e-1]
SEEDS = [2, 6, 1]


def by_hand(arm: str, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Validation loss and test RMSE of each decay and seed, network by network."""
    columns = road_arm(arm, task)
    tasks = [probability(f"output {t}") for t in range(len(columns))]
    validation, test = (np.zeros((len(DECAYS), len(SEEDS))) for _ in range(2))
    for s, seed in enumerate(SEEDS):
        train, held_out, (x_test, y_test) = (
            (x[0], y[0][:, columns]) for x, y in road_sets([seed], 12, 0.15)
        )
        for i, decay in enumerate(DECAYS):
            torch.manual_seed(seed)
            model = MLP(32, 3, len(columns))
            optimiser, losses = adam(model, 0.01, decay), task_losses(tasks)
            validate = validation_losses(tasks, held_out)
            found = fit(model, [train] * 100, losses, optimiser, validate=validate, every=50)
            best = found.best("output 0")
            validation[i, s] = tasks[0].loss(best(held_out[0])[:, 0], held_out[1][:, 0])
            error = torch.sigmoid(best(x_test)[:, 0]) - y_test[:, 0]
            test[i, s] = error.square().mean().sqrt()
    return validation, test


@pytest.mark.parametrize(
    ("arm", "task"),
    [("alone", "steering"), ("together", "left edge")],
)
def test_each_seed_takes_the_decay_with_the_lowest_validation_loss(arm: str, task: str) -> None:
    validation, test = by_hand(arm, task)
    chosen = validation.argmin(axis=0)
    assert len(set(chosen.tolist())) > 1
    found = road_rmse(arm, 3, 12, 0.15, SEEDS, task, DECAYS, steps=100)
    np.testing.assert_allclose(found, test[chosen, range(len(SEEDS))], rtol=1e-4)


def test_a_score_depends_on_its_seed_alone() -> None:
    both, last = (
        road_rmse("together", 2, 10, 0.05, seeds, decays=DECAYS, steps=50)
        for seeds in ([3, 9], [9])
    )
    assert both[1] == pytest.approx(last[0], rel=1e-4)
    assert both[0] != pytest.approx(both[1], rel=1e-4)


def test_test_roads_are_never_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the test roads a half taken twice over gives the error on that half."""
    seen = {}
    for half in (slice(0, 500), slice(500, 1000), slice(0, 1000)):

        def some(*args: object, half: slice = half) -> list[tuple[torch.Tensor, torch.Tensor]]:
            train, held_out, (x, y) = road_sets(*args)
            return [train, held_out, (x[:, half], y[:, half])]

        monkeypatch.setattr(alvinn, "road_sets", some)
        seen[half.start, half.stop] = road_rmse(
            "alone", 2, 10, 0.05, SEEDS, decays=DECAYS, steps=50
        )
    squares = {key: value**2 for key, value in seen.items()}
    expected = (squares[0, 500] + squares[500, 1000]) / 2
    np.testing.assert_allclose(squares[0, 1000], expected, rtol=1e-4)


# The recorded runs


@pytest.mark.parametrize("experiment", [ALVINN_MAP, ALVINN_TASKS], ids=lambda e: e.name)
def test_a_cell_is_a_call_of_road_rmse(experiment: object, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    signature = inspect.signature(road_rmse)
    monkeypatch.setattr(alvinn, "road_rmse", lambda **given: seen.append(signature.bind(**given)))
    for config in experiment.configs:  # type: ignore[attr-defined]
        experiment.measure(config, [0])  # type: ignore[attr-defined]
        call = seen[-1].arguments
        assert {name: call[name] for name in config} == config
        assert call["seeds"] == [0]


def test_each_cell_with_further_tasks_has_cells_without() -> None:
    """The table of the tasks has, as in the paper, four small networks of each task alone."""
    for task in ROAD_TASKS:
        sizes = {
            arm: [c["hidden"] for c in ALVINN_TASKS.configs if (c["task"], c["arm"]) == (task, arm)]
            for arm in ("alone", "together")
        }
        assert set(sizes["alone"]) >= {2, 4, 8, 16} | set(sizes["together"])
        assert 16 in sizes["together"]
    rest = [
        {name: value for name, value in config.items() if name != "arm"}
        for config in ALVINN_MAP.configs
    ]
    assert all(rest.count(config) == 3 for config in rest)
