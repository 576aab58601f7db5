"""The units of work of a run, and how one of them is measured, here or on another machine."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import torch

import mtlbook
from mtlbook.experiments.common.base import Config, Experiment, Measure
from mtlbook.runs.code import code_hash
from mtlbook.runs.store import Block, Cell, cell
from mtlbook.seeding import one_thread


@dataclass(frozen=True)
class Unit:
    """A configuration and the seeds to measure it on at once."""

    config: Config
    seeds: Sequence[int]


def units(experiment: Experiment, seeds: Collection[int], done: Collection[Cell]) -> list[Unit]:
    """Return what is to do: the cells on these seeds that are not done, block by block."""
    size = experiment.block or len(experiment.seeds)
    blocks = [experiment.seeds[i : i + size] for i in range(0, len(experiment.seeds), size)]
    todo = []
    for config in experiment.configs:
        for block in blocks:
            left = [s for s in block if s in seeds and cell(config, s) not in done]
            if left:
                todo.append(Unit(config, left))
    return todo


def measure_unit(measure: Measure, columns: Sequence[str], unit: Unit) -> Block:
    """Measure a unit in one thread and say where that was.

    Raises:
        ValueError: if the scores are not ``(S,)``, or ``(S, K)`` for K columns.
    """
    one_thread()
    origin = origin_of(measure.__module__)  # before measuring: of the code that was loaded
    start = time.perf_counter()
    scores = np.asarray(measure(unit.config, unit.seeds), dtype=float)
    seconds = time.perf_counter() - start
    table = scores[:, None] if scores.ndim == 1 else scores
    if table.shape != (len(unit.seeds), len(columns)):
        raise ValueError(
            f"{unit.config}: scores of shape {scores.shape} for {len(unit.seeds)} seeds "
            f"and the columns {', '.join(columns)}"
        )
    return Block(
        config=unit.config,
        seeds=unit.seeds,
        scores={name: _plain(table[:, k]) for k, name in enumerate(columns)},
        seconds=round(seconds, 2),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        origin=origin,
    )


@cache
def origin_of(module: str) -> dict[str, Any]:
    """Return the code and the machine that a module's measurements come from in this process."""
    return {
        "code": code_hash(module),
        "mtlbook": mtlbook.__version__,
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "torch": torch.__version__,
            "cores": os.cpu_count(),
        },
    }


def _plain(scores: np.ndarray) -> list[float | None]:
    return [round(float(score), 6) if np.isfinite(score) else None for score in scores]
