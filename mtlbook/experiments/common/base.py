"""What a recorded experiment is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

Config = dict[str, Any]
Measure = Callable[[Config, Sequence[int]], np.ndarray]


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


def grid(**choices: Sequence[Any]) -> list[Config]:
    """Return all combinations of the choices, the last name varying fastest."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
