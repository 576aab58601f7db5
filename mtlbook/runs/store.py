"""The result file: written and read whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from mtlbook.runs.base import Cell, Config, cell

RESULTS = Path(str(files("mtlbook") / "results"))
SEAL = ',\n "sha256": "'


@dataclass(frozen=True)
class Block:
    """A configuration measured on some seeds at once.

    Attributes:
        config: the configuration.
        seeds: the seeds.
        scores: for each column a score per seed; None where it is no finite number.
        seconds: how long it took.
        finished: when it was finished, UTC.
        origin: code, version of the package and machine that measured.
    """

    config: Config
    seeds: Sequence[int]
    scores: Mapping[str, Sequence[float | None]]
    seconds: float
    finished: str
    origin: Mapping[str, Any]

    @property
    def cells(self) -> list[Cell]:
        """The cells, in the order of the seeds."""
        return [cell(self.config, seed) for seed in self.seeds]


@dataclass(frozen=True)
class Record:
    """What a result file holds.

    Attributes:
        header: name, question, data and score of the experiment; ``grid`` is the number of cells
            it had when it was last run, which old files do not say.
        blocks: what has been measured; no cell is in two blocks.
        verified: by which code a sample was measured again and agreed; see
            :func:`mtlbook.runs.verify`.
    """

    header: Mapping[str, Any]
    blocks: Sequence[Block]
    verified: Sequence[Mapping[str, Any]] = ()

    @property
    def cells(self) -> set[Cell]:
        """All cells."""
        return {found for block in self.blocks for found in block.cells}


def read(path: Path) -> Record:
    """Read a result file.

    Raises:
        FileNotFoundError: if it is not there.
        ValueError: if a byte of it is missing or changed; the message names it and the remedy.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; make it: python -m mtlbook run {path.stem}")
    content = path.read_bytes()
    try:
        text = content.decode()
        if _seal(text.rpartition(SEAL)[0]) != text:
            raise ValueError("cut short or edited")
        return _record(json.loads(text))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(
            f"{path} is damaged ({error}): restore it, or delete it and run it again: "
            f"python -m mtlbook run {path.stem}"
        ) from error


def complete(path: Path) -> Record:
    """Read a result file that holds every cell of the grid that was to be measured.

    Raises:
        FileNotFoundError: if it is not there.
        ValueError: if it is damaged or lacks cells.
    """
    record = read(path)
    found = len(record.cells)
    configs = {frozenset(block.config.items()) for block in record.blocks}
    seeds = {seed for block in record.blocks for seed in block.seeds}
    total = max(record.header.get("grid", 0), len(configs) * len(seeds))
    if found < total or not found:
        raise ValueError(
            f"{path.stem}: {total - found} of {total} cells are not measured; "
            f"finish with: python -m mtlbook run {path.stem}"
        )
    return record


def write(path: Path, record: Record) -> None:
    """Replace the file in one step: whoever reads it meets the old one or the new one, whole."""
    part = path.with_suffix(".tmp")
    try:
        with part.open("wb") as file:
            file.write(_text(record).encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _seal(body: str) -> str:
    """End a file with the hash of all that stands before it."""
    return f'{body}{SEAL}{hashlib.sha256(body.encode()).hexdigest()}"\n}}\n'


def _text(record: Record) -> str:
    """Write a record, a line for each origin, block and verification."""
    origins: list[Mapping[str, Any]] = []
    for block in record.blocks:
        if block.origin not in origins:
            origins.append(block.origin)
    lines = [
        {
            "config": block.config,
            "seeds": write_seeds(block.seeds),
            "scores": block.scores,
            "seconds": block.seconds,
            "finished": block.finished,
            "origin": origins.index(block.origin),
        }
        for block in record.blocks
    ]
    head = json.dumps(record.header, indent=1, ensure_ascii=False).removesuffix("\n}")
    body = f'{head},\n "origins": {_lines(origins)},\n "blocks": {_lines(lines)}'
    return _seal(body + (f',\n "verified": {_lines(record.verified)}' if record.verified else ""))


def _lines(entries: Sequence[Mapping[str, Any]]) -> str:
    lines = [json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in entries]
    return "[\n  " + ",\n  ".join(lines) + "\n ]"


def _record(stored: dict[str, Any]) -> Record:
    blocks = []
    for entry in stored["blocks"]:
        seeds = parse_seeds(entry["seeds"])
        if not entry["scores"] or any(len(s) != len(seeds) for s in entry["scores"].values()):
            raise ValueError(f"{entry['config']} lacks a score")
        origin = stored["origins"][entry["origin"]]
        blocks.append(Block(**{**entry, "seeds": seeds, "origin": origin}))
        if list(entry["scores"]) != list(blocks[0].scores):
            raise ValueError(f"{entry['config']} has other columns than the first block")
    header = {key: stored[key] for key in ("name", "question", "data", "score")}
    header |= {key: stored[key] for key in ("grid",) if key in stored}
    verified = stored.get("verified", [])
    if any(not {"code", "machine", "finished", "cells"} <= entry.keys() for entry in verified):
        raise ValueError("a verification lacks what it says")
    record = Record(header, blocks, verified)
    if len(record.cells) < sum(len(block.seeds) for block in blocks):
        raise ValueError("a cell is there twice")
    return record


def parse_seeds(text: str) -> list[int]:
    """Read seeds, ``"0-2,7"`` as 0, 1, 2 and 7.

    Raises:
        ValueError: if the text is something else, counts downwards, or names a seed
            twice.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or not (last if dash else first).isdecimal():
            raise ValueError(f"seeds are written as 0-9 or as 0-4,7, not as {text!r}")
        if int(first) > int(last or first):
            raise ValueError(f"seeds count upwards, {part.strip()!r} does not")
        seeds.extend(range(int(first), int(last or first) + 1))
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"{text!r} names a seed twice")
    return seeds


def write_seeds(seeds: Iterable[int]) -> str:
    """Write seeds so that `parse_seeds` reads them in the same order."""
    ranges: list[list[int]] = []
    for seed in seeds:
        if ranges and seed == ranges[-1][1] + 1:
            ranges[-1][1] = seed
        else:
            ranges.append([seed, seed])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


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
