"""Recorded runs as tables, read from their files alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from mtlbook.runs.store import RESULTS, Record, complete


def load(name: str, folder: Path = RESULTS) -> pd.DataFrame:
    """Load a recorded run as a tidy table, one row per configuration and seed.

    The columns are those of the configurations, then ``seed``, then the experiment's own, mostly
    the one ``score``; the rows stand in the order of the grid. Where the figures come from stands
    in the table's ``attrs``: the header of the file, ``origins``, how many cells each of them
    measured (``cells``), ``seconds`` in total, and what :func:`mtlbook.runs.verify` found
    (``verified``).

    Raises:
        FileNotFoundError: if it has not been run; the message says how to.
        ValueError: if the file is damaged, or lacks cells of the grid that was to be measured.
    """
    record = complete(folder / f"{name}.json")
    rows = [
        {**block.config, "seed": seed, **{key: s[at] for key, s in block.scores.items()}}
        for block in record.blocks
        for at, seed in enumerate(block.seeds)
    ]
    table = pd.DataFrame(rows).astype(dict.fromkeys(record.blocks[0].scores, float))
    table.attrs = {**record.header, **_origins(record), "verified": record.verified}
    return table


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
