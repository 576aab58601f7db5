"""Checks for the exercises of chapter 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtlbook.data.road import ROAD_TASKS
from mtlbook.evaluation.compare import Comparison, compare
from mtlbook.evaluation.panel import ARMS, Setting, control_panel, keep_outputs
from mtlbook.exercises.base import Check, HintError, attempt, choose_names, filled, require
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
    choose_names(answer, right, ARMS)
    return "Each control keeps all that the rival explanation needs, and takes away the rest."


def noise_in_common(answer: Any) -> str:
    """Exercise 2.2: the error of averaging T tasks whose noise is correlated."""
    for tasks, rho in ((1, 0.3), (8, 0.0), (8, 1.0), (8, 0.5), (1000, 0.5), (3, 0.2)):
        given = float(attempt(answer, tasks, rho))
        right = rho + (1 - rho) / tasks
        if abs(given - right) < 1e-6:
            continue
        require(
            not (rho > 0 and abs(given - 1 / tasks) < 1e-6),
            f"T = {tasks}, rho = {rho}: 1/T holds for independent noise. The part that all tasks "
            "have in common is the same in each of them, and averaging leaves it as it is.",
        )
        raise HintError(
            f"T = {tasks}, rho = {rho}: expected {right:.4f}, got {given:.4f}. Write the noise as "
            "a common part of variance rho and an own part of variance 1 - rho."
        )
    return "Half of the noise in common, and no number of tasks gains more than a factor of two."


def count_wells(answer: Any) -> str:
    """Exercise 2.3: local minima of a loss over directions, where 179 and 0 are neighbours."""
    degrees = np.arange(180)
    for wells in (1, 2, 3, 5):
        wave = -np.cos(2 * np.pi * wells * degrees / 180)
        for shift in (0, 7, 90):
            loss = np.roll(wave, shift)
            before = loss.copy()
            given = attempt(answer, loss)
            require(np.array_equal(loss, before), "leave the loss as you found it")
            require(
                not (given == wells - 1 and shift == 0),
                "a minimum at direction 0 is missed: 0 and 179 are neighbours",
            )
            require(given == wells, f"a wave with {wells} minima, moved by {shift}: got {given}")
    return "Now move the width, and see where three wells become one."


def fewer_tasks(answer: dict[str, Any]) -> str:
    """Exercise 2.4: choose further tasks and their weight so that a narrow trunk gains."""
    filled(answer, ["tasks", "weight"])
    tasks, weight = list(answer["tasks"]), float(answer["weight"])
    unknown = [task for task in tasks if task not in ROAD_TASKS[1:]]
    require(not unknown, f"no further task {unknown}; there are: {', '.join(ROAD_TASKS[1:])}")
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


CHECKS: dict[str, Check] = {
    "2.1": which_control,
    "2.2": noise_in_common,
    "2.3": count_wells,
    "2.4": fewer_tasks,
}
