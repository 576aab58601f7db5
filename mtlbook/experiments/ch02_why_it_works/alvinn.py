"""Chapter 2: when do the eight further tasks of 1D-ALVINN help with steering?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np
import torch

from mtlbook.data.road import ROAD_TASKS, Camera, draw_roads, road_targets, scan
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.task import Examples, probability
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses, validation_losses

DECAYS = (0.0, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3)
VALIDATION, TEST = 500, 1000


def road_sets(seeds: Sequence[int], train: int, noise: float) -> list[Examples]:
    """Draw ``train`` training, 500 validation and 1,000 test roads for each seed.

    Returns:
        Three pairs of inputs, pixels less .5, ``(S, n, 32)``, and targets ``(S, n, 9)``. Single
        precision: the map takes half the time, and its errors are rounded to three digits.
    """
    camera = Camera(noise=noise)
    draws = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        sets = []
        for n in (train, VALIDATION, TEST):
            roads = draw_roads(n, rng)
            sets.append((scan(roads, camera, rng) - 0.5, road_targets(roads, camera)))
        draws.append(sets)
    examples = []
    for parts in zip(*draws, strict=True):
        x, y = (torch.tensor(np.stack(arrays)).float() for arrays in zip(*parts, strict=True))
        examples.append((x, y))
    return examples


def road_arm(arm: str, task: str) -> list[int]:
    """Return the columns of the targets that an arm learns; the task itself stands first.

    Raises:
        KeyError: if there is no such arm.
        ValueError: if there is no such task.
    """
    main = ROAD_TASKS.index(task)
    others = [t for t in range(len(ROAD_TASKS)) if t != main]
    return {"alone": [main], "together": [main, *others], "copied": [main] * 9}[arm]


def road_rmse(
    arm: str,
    hidden: int,
    train: int,
    noise: float,
    seeds: Sequence[int],
    task: str = "steering",
    decays: Sequence[float] = DECAYS,
    steps: int = 2000,
) -> np.ndarray:
    """Train one network per seed and decay; return the test RMSE on the task, ``(S,)``.

    Each network is stopped where its validation error on the task is lowest, and of the decays each
    seed takes the one with the lowest validation error. So every arm is tuned, seed by seed, on
    roads that are neither trained nor tested on.
    """
    columns = road_arm(arm, task)
    tasks = [probability(f"output {t}") for t in range(len(columns))]
    (x, y), (x_held, y_held), (x_test, y_test) = road_sets(seeds, train, noise)
    validation, test = [], []
    for decay in decays:
        networks = from_seeds(lambda: MLP(x.shape[-1], hidden, len(columns)), seeds)
        found = fit(
            networks,
            repeat((x, y[..., columns]), steps),
            task_losses(tasks),
            adam(networks, 0.01, decay),
            validate=validation_losses(tasks[:1], (x_held, y_held[..., columns])),
            every=50,
        )
        (main,) = found.kept
        validation.append(found.validation[main].min(axis=0))
        outputs = found.best(main)(x_test)[..., 0]
        test.append(tasks[0].metric(outputs, y_test[..., columns[0]]).numpy())
    chosen = np.argmin(validation, axis=0)
    scores: np.ndarray = np.take_along_axis(np.array(test), chosen[None], axis=0)[0]
    return scores


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return road_rmse(seeds=seeds, **config)


ALVINN_MAP = Experiment(
    name="alvinn-map",
    question="Where do eight further tasks help with steering: width, training roads, noise?",
    data="generated: mtlbook.data.road",
    score="test RMSE on steering",
    configs=grid(
        noise=[0.02, 0.05, 0.15],
        train=[25, 50, 100, 200, 400],
        hidden=[2, 4, 8, 16, 32, 64],
        arm=["alone", "together", "copied"],
    ),
    seeds=range(12),
    measure=_measure,
    cheap={"noise": 0.05, "train": 50, "hidden": 4, "arm": "together"},
)

ALVINN_TASKS = Experiment(
    name="alvinn-tasks",
    question="Which of the nine tasks of 1D-ALVINN gain from the eight others?",
    data="generated: mtlbook.data.road",
    score="test RMSE on the task",
    configs=[
        *grid(
            task=list(ROAD_TASKS), arm=["alone"], hidden=[2, 4, 8, 16], train=[100], noise=[0.05]
        ),
        *grid(task=list(ROAD_TASKS), arm=["together"], hidden=[16], train=[100], noise=[0.05]),
    ],
    seeds=range(12),
    measure=_measure,
    cheap={"task": "road grey", "arm": "alone", "hidden": 2, "train": 100, "noise": 0.05},
)
