"""Checks for the exercises of chapter 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtlbook.data.road import ROAD_TASKS
from mtlbook.evaluation.compare import Comparison, compare
from mtlbook.evaluation.panel import ARMS, Setting, control_panel, keep_outputs
from mtlbook.exercises.answers import choose, entries, match, name, number, whole
from mtlbook.exercises.base import attempt, require
from mtlbook.experiments.ch02_why_it_works.controls import road_problem

TRIED, FRESH = range(200, 212), range(300, 312)
DECAYS = (0.0, 1e-4, 3e-4, 1e-3)


def which_control(answer: dict[str, Any]) -> str:
    """Exercise 2.1: for each sentence of a report, the arm that would expose it."""
    right = {
        "a": ("single task, as many parameters", "what else has grown, besides the tasks?"),
        "b": ("main task copied", "what do three more losses do to a shared step and decay?"),
        "c": ("unrelated tasks", "shuffled labels cannot be learned; what of labels that can?"),
        "d": ("single task, twice the steps", "what else did the winner get more of?"),
        "e": ("targets as inputs", "if the labels are at hand, must they go through the trunk?"),
    }
    choose(answer, right, list(ARMS))
    return "Each control keeps all that the rival explanation needs, and takes away the rest."


def noise_in_common(answer: Any) -> str:
    """Exercise 2.2: the error of averaging T tasks whose noise is correlated."""
    for tasks, rho in ((1, 0.3), (8, 0.0), (8, 1.0), (8, 0.5), (1000, 0.5), (3, 0.2)):
        right = rho + (1 - rho) / tasks
        slips = {
            "1/T holds for independent noise. The part that all tasks have in common is the "
            "same in each of them, and averaging leaves it as it is.": 1 / tasks,
            "this is the root of it: the ratio of the errors is that of variances": right**0.5,
        }
        match(number(attempt(answer, tasks, rho)), right, f"T = {tasks}, rho = {rho}", slips)
    return "Half of the noise in common, and no number of tasks gains more than a factor of two."


def count_wells(answer: Any) -> str:
    """Exercise 2.3: local minima of a loss over directions, where 179 and 0 are neighbours."""
    degrees = np.arange(180)

    def wave(wells: int, slope: float) -> np.ndarray:
        """As many wells, as deep and as far apart as each other, or (with a slope) not."""
        bent = degrees + slope * 40 * np.sin(np.pi * degrees / 90 + 1)
        height = slope * np.cos(np.pi * degrees / 90 + 0.3)
        return np.asarray(height - np.cos(2 * np.pi * wells * bent / 180))

    for wells, slope in ((1, 0.0), (2, 0.0), (3, 0.0), (5, 0.0), (2, 0.5), (4, 0.5), (6, 0.5)):
        loss = wave(wells, slope)
        lowest = int(loss.argmin())
        found = []
        for place in (40, 0, 179):  # of the deepest well
            found.append(whole(attempt(answer, np.roll(loss, place - lowest))))
        require(
            found[0] != wells or (found[1], found[2]) == (wells, wells),
            "a minimum at direction 0 or 179 is missed, or counted twice: 0 and 179 are neighbours",
        )
        require(
            slope == 0 or found[0] == wells,
            f"{wells} minima, some deeper, wider or higher up than others: got {found[0]}",
        )
        require(found[0] == wells, f"a wave with {wells} minima: got {found[0]}")
    return "Now move the width, and see where three wells become one."


def fewer_tasks(answer: dict[str, Any]) -> str:
    """Exercise 2.4: choose further tasks and their weight so that a narrow trunk gains."""
    given = entries(answer, ["tasks", "weight"])
    chosen = [given["tasks"]] if isinstance(given["tasks"], str) else list(given["tasks"])
    tasks = [name(task, ROAD_TASKS[1:], "tasks") for task in chosen]
    weight = number(given["weight"], "weight")
    require(len(set(tasks)) == len(tasks) > 0, "choose one or more tasks, each once")
    require(weight > 0, "a weight must be above zero")
    tried = _gain(tasks, weight, TRIED)
    require(
        tried.high < 0,
        f"log RMSE against the single task: {tried}. The interval must lie below zero. "
        "Which tasks need the same places on the road as steering does, and how loud must they be?",
    )
    fresh = _gain(tasks, weight, FRESH)
    verdict = "It holds" if fresh.high < 0 else "It is not established"
    return f"On the seeds you tried it on: {tried}. {verdict} on fresh seeds: {fresh}."


def _gain(tasks: Sequence[str], weight: float, seeds: Sequence[int]) -> Comparison:
    """Change in log RMSE of steering, with 8 hidden units and 50 training roads."""
    columns = [0, *(ROAD_TASKS.index(task) for task in tasks)]
    panel = control_panel(
        keep_outputs(road_problem(seeds, train=50), columns),
        hidden=8,
        settings=[Setting(0.01, decay, weight) for decay in DECAYS],
        steps=1000,
        arms=["single task", "multi-task"],
    )
    scores = panel.assign(score=np.log(panel["score"])).pivot(index="seed", columns="arm")["score"]
    frame: pd.DataFrame = scores
    return compare(frame["multi-task"], frame["single task"])
