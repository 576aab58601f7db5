"""Chapter 12: the private branch of the main task alone, with nothing beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mtlbook.experiments.base import Config, Experiment, grid
from mtlbook.experiments.branches import MAIN, Arm, toy_branches
from mtlbook.experiments.branches_trials import SETTINGS


@dataclass(frozen=True)
class Alone(Arm):
    """The main task on one branch, as wide as its private one beside a shared one.

    Attributes:
        private: per cent of the width that are there.
    """

    private: int = 100

    def branches(
        self, main: str, aux: str, width: int
    ) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
        """Return the units of the branch, and that the main task reads it."""
        return {"one": round(width * self.private / 100)}, {main: ("one",)}


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm = Alone(private=config["private"])
    trained = toy_branches(arm, 1.0, config["labelled"], seeds, SETTINGS["0 %"])
    return trained.scores(MAIN, trained.states(MAIN, trained.test()), trained.test())


BRANCHES_ALONE = Experiment(
    name="branches-alone",
    question="What is a narrow private branch worth with nothing beside it?",
    data="generated: mtlbook.data.toy_language",
    score="F1 of chunks in per cent",
    configs=grid(private=[50, 75, 25, 100], labelled=[60]),
    seeds=range(10),
    measure=_measure,
    cheap={"private": 25, "labelled": 60},
    columns=("F1",),
)
