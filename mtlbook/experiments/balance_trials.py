"""Chapter 6: ways to balance the tasks on fresh seeds, each with the setting that suits it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.balance import DIGITS, EQUAL, FOUR, TWO, balanced_errors
from mtlbook.experiments.base import Config, Experiment

CHOSEN: dict[tuple[str, str], tuple[float, float, float, int]] = {
    (TWO, "single"): (0.0, 0.1, 1.0, 25),
    (TWO, "equal sum"): (0.0, 0.1, 1.0, 200),
    (TWO, "by first loss"): (0.0, 0.1, 1.0, 25),
    (TWO, "sum of logs"): (0.0, 0.03, 1.0, 25),
    (TWO, "random"): (0.0, 0.1, 1.0, 50),
    (TWO, "PCGrad"): (0.0, 0.03, 0.3, 100),
    (TWO, "MGDA"): (0.0, 0.1, 0.3, 200),
    (TWO, "Nash-MTL"): (0.0, 0.03, 1.0, 25),
    (TWO, "static"): (2.0, 0.1, 1.0, 25),
    (TWO, "DWA"): (1.0, 0.1, 1.0, 200),
    (TWO, "uncertainty"): (0.1, 0.1, 1.0, 50),
    (TWO, "GradNorm"): (0.1, 0.1, 0.3, 50),
    (TWO, "CAGrad"): (0.5, 0.1, 1.0, 25),
    (EQUAL, "single"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "equal sum"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "static"): (2.0, 0.1, 1.0, 25),
    (EQUAL, "sum of logs"): (0.0, 0.03, 1.0, 25),
    (EQUAL, "uncertainty"): (0.1, 0.03, 1.0, 25),
    (EQUAL, "PCGrad"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "MGDA"): (0.0, 0.1, 1.0, 25),
    (EQUAL, "CAGrad"): (0.2, 0.03, 1.0, 50),
    (FOUR, "single"): (0.0, 0.01, 1.0, 100),
    (FOUR, "equal sum"): (0.0, 0.03, 1.0, 200),
    (FOUR, "static"): (1.0, 0.1, 1.0, 200),
    (FOUR, "sum of logs"): (0.0, 0.1, 3.0, 200),
    (FOUR, "uncertainty"): (0.1, 0.1, 1.0, 100),
    (FOUR, "PCGrad"): (0.0, 0.1, 1.0, 200),
    (FOUR, "MGDA"): (0.0, 0.1, 0.1, 200),
    (FOUR, "CAGrad"): (0.5, 0.1, 1.0, 25),
    (FOUR, "by first loss"): (0.0, 0.1, 1.0, 25),
    (FOUR, "Nash-MTL"): (0.0, 0.1, 1.0, 25),
    (FOUR, "UPGrad"): (0.0, 0.1, 1.0, 100),
    (DIGITS, "single"): (0.0, 0.03, 0.1, 200),
    (DIGITS, "equal sum"): (0.0, 0.03, 0.03, 200),
    (DIGITS, "static"): (2.0, 0.01, 0.1, 200),
    (DIGITS, "sum of logs"): (0.0, 0.01, 0.03, 200),
    (DIGITS, "uncertainty"): (0.3, 0.01, 0.1, 200),
    (DIGITS, "PCGrad"): (0.0, 0.03, 0.03, 200),
    (DIGITS, "MGDA"): (0.0, 0.01, 0.03, 200),
    (DIGITS, "CAGrad"): (0.9, 0.01, 0.1, 200),
    (DIGITS, "by first loss"): (0.0, 0.01, 0.03, 200),
    (DIGITS, "Nash-MTL"): (0.0, 0.01, 0.1, 200),
}
"""Own setting, step size, weight decay and steps of each arm on each problem: the best of the
tuning runs. A test holds them to it."""


def fresh_errors(name: str, arm: str, seeds: Sequence[int]) -> np.ndarray:
    """Test errors ``(S, T)`` of an arm with the setting chosen for it.

    Raises:
        KeyError: if the arm was not tuned on the problem.
    """
    value, lr, decay, steps = CHOSEN[name, arm]
    return balanced_errors(name, arm, seeds, [(value, lr, decay)], [steps])[:, 0, 0]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return fresh_errors(DIGITS, config["arm"], seeds)


BALANCE_DIGITS = Experiment(
    name="balance-digits",
    question="Which ways of balancing cope with a loss × 100 on digits? Fresh seeds",
    data="digits of scikit-learn's load_digits",
    score="share of wrong digits, 1 - accuracy, of each task",
    configs=[{"arm": arm} for problem, arm in CHOSEN if problem == DIGITS],
    seeds=range(12),
    measure=_measure,
    columns=["left", "right"],
    cheap={"arm": "equal sum"},
)
