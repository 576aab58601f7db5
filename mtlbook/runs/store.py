"""The result file: written whole or not at all, and read whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtlbook.experiments.common.base import Config
from mtlbook.runs.seeds import parse_seeds, write_seeds

Cell = tuple[frozenset[tuple[str, Any]], int]
"""A configuration, in any order of its names, and a seed."""

SEAL = ',\n "sha256": "'


def cell(config: Config, seed: int) -> Cell:
    """Name a cell of the grid, so that it can be looked up."""
    return frozenset(config.items()), seed


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
        header: name, question, data and score of the experiment.
        blocks: what has been measured; no cell is in two blocks.
    """

    header: Mapping[str, str]
    blocks: Sequence[Block]

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
    """Write a record, a line per origin and per block."""
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
    return _seal(f'{head},\n "origins": {_lines(origins)},\n "blocks": {_lines(lines)}')


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
    header = {key: stored[key] for key in ("name", "question", "data", "score")}
    record = Record(header, blocks)
    if len(record.cells) < sum(len(block.seeds) for block in blocks):
        raise ValueError("a cell is there twice")
    return record
