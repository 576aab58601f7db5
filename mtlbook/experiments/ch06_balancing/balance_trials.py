"""Chapter 6: ways to balance the tasks on fresh seeds, each with the setting that suits it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch06_balancing.balance import DIGITS, EQUAL, FOUR, TWO, balanced_errors
from mtlbook.experiments.common.base import Config, Experiment

CHOSEN: dict[tuple[str, str], tuple[float, float, float, int]] = {
    (TWO, "single"): (0.0, 0.1, 1.0, 25),
    (TWO, "equal sum"): (0.0, 0.1, 1.0, 400),
    (TWO, "by first loss"): (0.0, 0.1, 1.0, 25),
    (TWO, "sum of logs"): (0.0, 0.03, 1.0, 25),
    (TWO, "random"): (0.0, 0.1, 1.0, 800),
    (TWO, "PCGrad"): (0.0, 0.1, 1.0, 800),
    (TWO, "MGDA"): (0.0, 0.1, 1.0, 800),
    (TWO, "MGDA, by loss"): (0.0, 0.03, 1.0, 25),
    (TWO, "Nash-MTL"): (0.0, 0.03, 1.0, 25),
    (TWO, "static"): (1.0, 0.1, 1.0, 25),
    (TWO, "static, drawn"): (2.0, 0.1, 1.0, 800),
    (TWO, "DWA"): (1.0, 0.1, 1.0, 400),
    (TWO, "uncertainty"): (0.1, 0.1, 1.0, 50),
    (TWO, "uncertainty, from rest"): (0.1, 0.03, 1.0, 25),
    (TWO, "GradNorm"): (0.1, 0.1, 0.3, 50),
    (TWO, "CAGrad"): (0.5, 0.1, 1.0, 25),
    (EQUAL, "single"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "equal sum"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "static"): (1.0, 0.1, 1.0, 25),
    (EQUAL, "sum of logs"): (0.0, 0.03, 1.0, 25),
    (EQUAL, "uncertainty"): (0.1, 0.03, 1.0, 25),
    (EQUAL, "uncertainty, from rest"): (0.1, 0.03, 1.0, 25),
    (EQUAL, "PCGrad"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "MGDA"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "MGDA, by loss"): (0.0, 0.03, 1.0, 25),
    (EQUAL, "CAGrad"): (0.2, 0.03, 1.0, 50),
    (EQUAL, "no weight decay"): (0.0, 0.015, 0.0, 50),
    (FOUR, "single"): (0.0, 0.01, 1.0, 100),
    (FOUR, "equal sum"): (0.0, 0.03, 1.0, 200),
    (FOUR, "static"): (1.0, 0.1, 1.0, 50),
    (FOUR, "static, drawn"): (1.0, 0.1, 1.0, 400),
    (FOUR, "sum of logs"): (0.0, 0.1, 3.0, 400),
    (FOUR, "uncertainty"): (0.1, 0.1, 1.0, 100),
    (FOUR, "uncertainty, from rest"): (0.03, 0.1, 1.0, 25),
    (FOUR, "PCGrad"): (0.0, 0.1, 1.0, 200),
    (FOUR, "MGDA"): (0.0, 0.1, 0.3, 400),
    (FOUR, "MGDA, by loss"): (0.0, 0.1, 1.0, 25),
    (FOUR, "CAGrad"): (0.5, 0.1, 1.0, 25),
    (FOUR, "by first loss"): (0.0, 0.1, 1.0, 25),
    (FOUR, "Nash-MTL"): (0.0, 0.1, 1.0, 25),
    (FOUR, "UPGrad"): (0.0, 0.1, 1.0, 100),
    (DIGITS, "single"): (0.0, 0.03, 0.1, 400),
    (DIGITS, "equal sum"): (0.0, 0.03, 0.03, 400),
    (DIGITS, "static"): (1.0, 0.01, 0.1, 400),
    (DIGITS, "sum of logs"): (0.0, 0.003, 0.1, 400),
    (DIGITS, "uncertainty"): (0.1, 0.01, 0.1, 400),
    (DIGITS, "uncertainty, from rest"): (0.03, 0.01, 0.3, 400),
    (DIGITS, "PCGrad"): (0.0, 0.03, 0.03, 400),
    (DIGITS, "MGDA"): (0.0, 0.01, 0.03, 400),
    (DIGITS, "MGDA, by loss"): (0.0, 0.003, 0.03, 400),
    (DIGITS, "CAGrad"): (0.5, 0.01, 0.1, 400),
    (DIGITS, "by first loss"): (0.0, 0.01, 0.1, 400),
    (DIGITS, "Nash-MTL"): (0.0, 0.01, 0.1, 400),
}
"""Own setting, step size, weight decay and steps of each arm on each problem: the best of the
tuning runs. A test holds them to it."""


LIVE = 200
"""Up to so many steps the chapter trains an arm itself; the teachers' longer runs are recorded,
since in the longest a difference in rounding has grown to one in results."""


def fresh_errors(name: str, arm: str, seeds: Sequence[int]) -> np.ndarray:
    """Test errors ``(S, T)`` of an arm with the setting chosen for it.

    Raises:
        KeyError: if the arm was not tuned on the problem.
    """
    value, lr, decay, steps = CHOSEN[name, arm]
    return balanced_errors(name, arm, seeds, [(value, lr, decay)], [steps])[:, 0, 0]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return fresh_errors(config["problem"], config["arm"], seeds)


BALANCE_DIGITS = Experiment(
    name="balance-digits",
    question="Which ways of balancing cope with a loss × 100 on digits? Fresh seeds",
    data="digits of scikit-learn's load_digits",
    score="share of wrong digits, 1 - accuracy, of each task",
    configs=[{"problem": name, "arm": arm} for name, arm in CHOSEN if name == DIGITS],
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
        configs=[
            {"problem": problem, "arm": arm}
            for (of, arm), setting in CHOSEN.items()
            if of == problem and setting[-1] > LIVE
        ],
        seeds=range(20),
        measure=_measure,
        columns=columns,
        cheap={"problem": problem, "arm": "equal sum" if problem == TWO else "sum of logs"},
    )


BALANCE_LONG = _long("balance-long", TWO, ["first", "second"])
BALANCE_FOUR_LONG = _long("balance-four-long", FOUR, ["first", "second", "third", "fourth"])
