"""What a recorded experiment is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

Config = dict[str, Any]


@dataclass(frozen=True)
class Experiment:
    """A grid: every configuration is measured on the same seeds.

    Attributes:
        name: the name on the command line and of the result file.
        question: what it answers, in a line.
        data: where the data come from, with version or checksum.
        score: what is measured, with its unit.
        configs: the configurations; names and plain numbers only, so that they can be stored.
        seeds: the seeds, one score each.
        measure: scores ``(S,)`` of one configuration on the seeds given.
        cheap: a configuration that the tests measure again, on the first seeds.
    """

    name: str
    question: str
    data: str
    score: str
    configs: Sequence[Config]
    seeds: Sequence[int]
    measure: Callable[[Config, Sequence[int]], np.ndarray]
    cheap: Config


def grid(**choices: Sequence[Any]) -> list[Config]:
    """Return all combinations of the choices, the last name varying fastest."""
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
