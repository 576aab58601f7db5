"""Recorded runs as tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from mtlbook.experiments import EXPERIMENTS
from mtlbook.runs.catalogue import RESULTS, find, grid_cells
from mtlbook.runs.store import Cell, Record, cell, read


def load(name: str, folder: Path = RESULTS) -> pd.DataFrame:
    """Load a recorded run as a tidy table, one row per configuration and seed.

    The columns are those of the configurations, then ``seed``, then the experiment's own, mostly
    the one ``score``. Where the figures come from stands in the table's ``attrs``: the header of
    the file, ``origins``, how many cells each of them measured (``cells``), ``seconds`` in total.

    Raises:
        KeyError: if there is no such experiment.
        FileNotFoundError: if it has not been run; the message says how to.
        ValueError: if the file is damaged or does not hold every cell of the grid.
    """
    experiment = find(name)
    record = read(folder / f"{name}.json")
    scores = _scores(record)
    cells = grid_cells(experiment)
    missing = sum(wanted not in scores for wanted in cells)
    if missing:
        raise ValueError(
            f"{name}: {missing} of {len(cells)} cells are not measured; "
            f"finish with: python -m mtlbook run {name}"
        )
    rows = [
        {**config, "seed": seed, **scores[cell(config, seed)]}
        for config in experiment.configs
        for seed in experiment.seeds
    ]
    table = pd.DataFrame(rows).astype(dict.fromkeys(experiment.columns, float))
    table.attrs = {**record.header, **_origins(record)}
    return table


def summary(names: Iterable[str] = EXPERIMENTS, folder: Path = RESULTS) -> str:
    """Return a line per experiment: its name, how many cells are recorded, its question."""
    lines = []
    for name in names:
        path, experiment = folder / f"{name}.json", EXPERIMENTS[name]
        cells = grid_cells(experiment)
        found = read(path).cells if path.exists() else set()
        recorded = sum(wanted in found for wanted in cells)
        lines.append(f"{name:<16} {recorded:>5}/{len(cells)} cells  {experiment.question}")
    return "\n".join(lines)


def _scores(record: Record) -> dict[Cell, dict[str, float | None]]:
    """Return the scores of each cell by their columns."""
    return {
        found: {column: values[number] for column, values in block.scores.items()}
        for block in record.blocks
        for number, found in enumerate(block.cells)
    }


def _origins(record: Record) -> dict[str, object]:
    origins = []
    cells: list[int] = []
    for block in record.blocks:
        if block.origin not in origins:
            origins.append(block.origin)
            cells.append(0)
        cells[origins.index(block.origin)] += len(block.seeds)
    seconds = round(sum(block.seconds for block in record.blocks), 2)
    return {"origins": origins, "cells": cells, "seconds": seconds}
