"""Chapter 6: the recorded runs: every arm's settings tuned, and fresh seeds with the best."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from mtlbook.experiments.ch06_balancing.balance import (
    ARMS,
    DIGITS,
    EQUAL,
    FOUR,
    SETTINGS,
    TWO,
    balanced_errors,
    settings_of,
)
from mtlbook.runs.base import Config, Experiment
from mtlbook.runs.tuning import settings

SHORT = [25, 50, 100, 200, 400]
LOOKS = {TWO: [*SHORT, 800], EQUAL: [*SHORT, 800], FOUR: SHORT, DIGITS: SHORT}
"""The numbers of steps after which every arm of a problem is measured."""
FEW = [
    "single", "equal sum", "static", "sum of logs", "uncertainty", "uncertainty, from rest",
    "PCGrad", "MGDA", "MGDA, by loss", "CAGrad",
]  # fmt: skip
COMPARED = {
    # With two tasks UPGrad is half of PCGrad, and Adam does not see the half.
    TWO: [arm for arm in ARMS if arm not in ("UPGrad", "no weight decay")],
    EQUAL: [*FEW, "no weight decay"],
    FOUR: [*FEW, "static, drawn", "by first loss", "Nash-MTL", "UPGrad"],
    DIGITS: [*FEW, "by first loss", "Nash-MTL"],
}
"""The arms that are compared on each problem."""


def _tuned(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, arm = config["problem"], config["arm"]
    settings = settings_of(name, arm)
    errors = balanced_errors(name, arm, seeds, settings, LOOKS[name]).mean(axis=-1)
    flat: np.ndarray = errors.reshape(len(errors), -1)  # settings, and in each of them looks
    return flat


def _tuning(name: str, problems: Sequence[str], data: str) -> Experiment:
    return Experiment(
        name=name,
        question="Which setting suits each way of balancing the tasks?",
        data=data,
        score="mean test error of the tasks, for twelve settings after each number of steps",
        configs=[{"problem": p, "arm": arm} for p in problems for arm in COMPARED[p]],
        seeds=range(100, 105),
        measure=_tuned,
        columns=[f"{i}, {look} steps" for i in range(SETTINGS) for look in LOOKS[problems[0]]],
        cheap={"problem": problems[0], "arm": "single"},
    )


BALANCE_TUNING = _tuning("balance-tuning", [TWO, EQUAL], "generated: teacher networks")
BALANCE_FOUR_TUNING = _tuning("balance-four-tuning", [FOUR], "generated: teacher networks")
BALANCE_DIGITS_TUNING = _tuning(
    "balance-digits-tuning", [DIGITS], "digits of scikit-learn's load_digits"
)


@cache
def chosen() -> dict[tuple[str, str], tuple[float, float, float, int]]:
    """Own setting, learning rate, weight decay and steps of each arm on each problem.

    They are the best of the tunings, in which a column is one of an arm's twelve settings, by its
    number, after so many steps.
    """
    arms = ("problem", "arm")
    best = {
        **settings("balance-tuning", (), BALANCE_TUNING.columns, "lowest", arms),
        **settings("balance-four-tuning", (), BALANCE_FOUR_TUNING.columns, "lowest", arms),
        **settings("balance-digits-tuning", (), BALANCE_DIGITS_TUNING.columns, "lowest", arms),
    }
    found = {}
    for (problem, arm), column in best.items():
        number, steps = column.removesuffix(" steps").split(", ")
        found[problem, arm] = (*settings_of(problem, arm)[int(number)], int(steps))
    return found


LIVE = 200
"""Up to so many steps the chapter trains an arm itself; the teachers' longer runs are recorded,
since in the longest a difference in rounding has grown to one in results."""
LONGER = {
    TWO: ["equal sum", "random", "PCGrad", "MGDA", "static, drawn", "DWA"],
    FOUR: ["static, drawn", "sum of logs", "MGDA"],
}
"""The arms of the teachers for which more steps were chosen."""


def fresh_errors(name: str, arm: str, seeds: Sequence[int]) -> np.ndarray:
    """Test errors ``(S, T)`` of an arm with the setting chosen for it.

    Raises:
        KeyError: if the arm was not tuned on the problem.
    """
    value, lr, decay, steps = chosen()[name, arm]
    return balanced_errors(name, arm, seeds, [(value, lr, decay)], [steps])[:, 0, 0]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return fresh_errors(config["problem"], config["arm"], seeds)


BALANCE_DIGITS = Experiment(
    name="balance-digits",
    question="Which ways of balancing cope with a loss × 100 on digits? Fresh seeds",
    data="digits of scikit-learn's load_digits",
    score="share of wrong digits, 1 - accuracy, of each task",
    configs=[{"problem": DIGITS, "arm": arm} for arm in COMPARED[DIGITS]],
    seeds=range(12),
    measure=_measure,
    columns=["left", "right"],
    cheap={"problem": DIGITS, "arm": "equal sum"},
)


def _long(name: str, problem: str, columns: Sequence[str]) -> Experiment:
    return Experiment(
        name=name,
        question="What do the arms of the teachers reach that want the most steps? Fresh seeds",
        data="generated: teacher networks",
        score="squared error on test inputs, in units of the targets' variance, of each task",
        configs=[{"problem": problem, "arm": arm} for arm in LONGER[problem]],
        seeds=range(20),
        measure=_measure,
        columns=columns,
        cheap={"problem": problem, "arm": "equal sum" if problem == TWO else "sum of logs"},
    )


BALANCE_LONG = _long("balance-long", TWO, ["first", "second"])
BALANCE_FOUR_LONG = _long("balance-four-long", FOUR, ["first", "second", "third", "fourth"])
