"""Where recorded runs lie, and what experiments there are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from mtlbook.experiments import EXPERIMENTS, Experiment
from mtlbook.runs.store import Cell, cell

RESULTS = Path(str(files("mtlbook") / "results"))


def find(name: str) -> Experiment:
    """Return the experiment of that name.

    Raises:
        KeyError: if there is none; the message lists those there are.
    """
    if name not in EXPERIMENTS:
        raise KeyError(f"no experiment {name!r}; there are: {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]


def grid_cells(experiment: Experiment) -> list[Cell]:
    """Return every cell of the experiment, in the order of its grid."""
    return [cell(config, seed) for config in experiment.configs for seed in experiment.seeds]


def describe(experiment: Experiment) -> dict[str, str]:
    """Return what a result file says of the experiment as a whole."""
    return {
        "name": experiment.name,
        "question": experiment.question,
        "data": experiment.data,
        "score": experiment.score,
    }
