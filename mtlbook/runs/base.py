"""What an experiment is, and where all of them are found."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any, overload

import numpy as np

Config = dict[str, Any]
Measure = Callable[[Config, Sequence[int]], np.ndarray]
Cell = tuple[frozenset[tuple[str, Any]], int]
"""A configuration, in any order of its names, and a seed."""


def cell(config: Config, seed: int) -> Cell:
    """Name a cell of the grid, so that it can be looked up."""
    return frozenset(config.items()), seed


class Later(Sequence[Config]):
    """Configurations that are worked out when they are first asked for.

    For those that hold what a tuning chose: its file is not read before.
    """

    def __init__(self, configs: Callable[[], Sequence[Config]]) -> None:
        self._configs = cache(configs)

    @overload
    def __getitem__(self, at: int) -> Config: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Config]: ...
    def __getitem__(self, at: int | slice) -> Config | Sequence[Config]:
        return self._configs()[at]

    def __len__(self) -> int:
        return len(self._configs())


@dataclass(frozen=True)
class Tuning:
    """How an experiment's best cells are found, and how far its lists of values may grow.

    Attributes:
        settings: the names in a configuration that make up a setting.
        score: the column to judge by, by its mean over the seeds; of several the best.
        best: ``"highest"`` or ``"lowest"``.
        reach: for each list that may grow, by what factor, and from where to where at most.
    """

    settings: str | Sequence[str]
    score: str | Sequence[str] = "score"
    best: str = "highest"
    reach: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)

    def beyond(self, name: str, value: float, end: str) -> float | None:
        """Return the next value beyond an end of a list, or None if there is to be none."""
        if name not in self.reach:
            return None
        factor, low, high = self.reach[name]
        # Twelve digits, so that a list reads as one would write it.
        following = float(f"{value * factor if end == 'highest' else value / factor:.12g}")
        return following if low <= following <= high else None


@dataclass(frozen=True)
class Tolerance:
    """How far scores measured again, on any machine, may lie from those recorded.

    Sums in another order end in slightly other networks, in single precision above all, and these
    give a few other labels. What is allowed is a share of the score, for the mean over the seeds
    and for each seed, and beside it what a seed's score moves by when a label or two turn over;
    for the mean over S seeds, which turn over by themselves, this by the root of S.

    Attributes:
        mean: the share of the mean.
        each: the share of the score of a seed.
        least: what is allowed a seed beside its share, in units of the score; by column, or for
            all.
    """

    mean: float = 0.01
    each: float = 0.1
    least: float | Mapping[str, float] = 0.0

    def beside(self, column: str) -> float:
        """Return what is allowed in a column beside the shares; never less than the rounding."""
        least = self.least if isinstance(self.least, int | float) else self.least.get(column, 0.0)
        return max(least, 2e-6)  # six places are recorded


@dataclass(frozen=True)
class Experiment:
    """A grid: every configuration is measured on the same seeds.

    Attributes:
        name: the name on the command line and of the result file.
        question: what it answers, in a line.
        data: where the data come from, with version or checksum.
        score: what is measured, with its unit.
        configs: the configurations; names and plain numbers only, so that they can be stored.
        seeds: the seeds; each has a score, or one in each column.
        measure: scores of one configuration on the S seeds given: ``(S,)``, or ``(S, K)`` for K
            columns. A seed's scores may not depend on which others are given.
        cheap: a configuration that the tests measure again, on the first seeds.
        columns: the names of the scores.
        block: how many seeds ``measure`` is given at once; None for all.
        corpus: the folder under ``MTLBOOK_DATA`` of the corpus that it reads, if it reads one.
        tolerance: how far scores measured again may lie from those recorded.
        tuning: how the best cells are found, if that is what it is for.
    """

    name: str
    question: str
    data: str
    score: str
    configs: Sequence[Config]
    seeds: Sequence[int]
    measure: Measure
    cheap: Config
    columns: Sequence[str] = ("score",)
    block: int | None = None
    corpus: str | None = None
    tolerance: Tolerance = Tolerance()
    tuning: Tuning | None = None

    @property
    def cells(self) -> list[Cell]:
        """Every cell, in the order of the grid."""
        return [cell(config, seed) for config in self.configs for seed in self.seeds]

    @property
    def header(self) -> dict[str, Any]:
        """What a result file says of the experiment as a whole; ``grid`` counts its cells."""
        told = {key: getattr(self, key) for key in ("name", "question", "data", "score")}
        return {**told, "grid": len(self.configs) * len(self.seeds)}


def grid(**choices: Sequence[Any]) -> list[Config]:
    """Return all combinations of the choices, the last name varying fastest."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


@cache
def experiments() -> dict[str, Experiment]:
    """Return every experiment by its name, by chapter, file and place in the file.

    They are what the modules of ``mtlbook.experiments`` define at their top. All of these are
    imported, and with them all that trains networks.

    Raises:
        ValueError: if two experiments have one name.
    """
    found: dict[str, Experiment] = {}
    path = import_module("mtlbook.experiments").__path__
    for module in pkgutil.walk_packages(path, "mtlbook.experiments."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Experiment) and found.setdefault(value.name, value) is not value:
                raise ValueError(f"{module.name} has a second experiment {value.name!r}")
    return found


def find(name: str) -> Experiment:
    """Return the experiment of that name.

    Raises:
        KeyError: if there is none; the message lists those there are.
    """
    if name not in experiments():
        raise KeyError(f"no experiment {name!r}; there are: {', '.join(experiments())}")
    return experiments()[name]
