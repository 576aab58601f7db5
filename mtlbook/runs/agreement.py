"""A recorded run, measured again in a sample of its cells: does today's code agree with it?"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from mtlbook.runs.base import Experiment, Tolerance, find
from mtlbook.runs.code import origin_of
from mtlbook.runs.spread import Unit, measure_unit
from mtlbook.runs.store import RESULTS, Block, Record, read, write, write_seeds
from mtlbook.runs.sweep import locked, unlike
from mtlbook.runs.tuning import grown

FIRST = 5
"""Seeds of a configuration that are measured again; those after the first of a block of its own
are left out, because they take as long each."""


def verify(name: str, folder: Path = RESULTS, minutes: float = 10) -> Mapping[str, Any]:
    """Measure a sample of a recorded run again, and note in its file that today's code agrees.

    Args:
        name: the experiment.
        folder: where the result file lies.
        minutes: no further cells are begun after this time, nor such as would exceed it by the
            seconds that are recorded; the cheapest ones are measured in any case.

    Returns:
        The new entry of the file: the code, version and machine of :func:`origin_of`, when it was
        ``finished``, how many ``cells`` were compared, and how far the one that differed most in
        terms of what is allowed lay away: its ``column``, the ``difference`` in units of the
        score, as a share of the score (``relative``) and as a share of what is allowed
        (``allowed``).

    Raises:
        KeyError: if there is no such experiment.
        FileNotFoundError: if it has not been run.
        ValueError: if the file is damaged or of another experiment; if scores differ by more than
            the experiment's tolerance: then the message says which, and nothing is written.
        OSError: if another run is writing the file.
    """
    experiment = find(name)
    path = folder / f"{name}.json"
    with locked(path):
        record = read(path)
        if changed := unlike(record, experiment):
            raise ValueError(f"{path} was measured with other {' and '.join(changed)}")
        begun = time.perf_counter()
        found: list[tuple[int, dict[str, Any]]] = []  # for each block its cells and what is worst
        wrong: list[tuple[Block, dict[str, Any]]] = []
        for block in tqdm(sample(experiment, record, 60 * minutes), desc=name, unit="block"):
            if found and time.perf_counter() - begun > 60 * minutes:
                break
            unit = Unit(block.config, block.seeds)
            again = measure_unit(experiment.measure, experiment.columns, unit)
            differences = compare(experiment.tolerance, block.scores, again.scores)
            found.append((len(block.seeds), max(differences, key=lambda d: d["allowed"])))
            wrong += [(block, entry) for entry in differences if entry["allowed"] > 1]
        if wrong:
            lines = [
                f"{block.config}, seeds {write_seeds(block.seeds)}, {entry['column']}: "
                f"{entry['difference']:+.4g}, {entry['allowed']:.1f} times what is allowed"
                for block, entry in wrong
            ]
            raise ValueError("\n  ".join([f"{name} does not agree with today's code:", *lines]))
        entry = {
            **origin_of(experiment.measure.__module__),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "cells": sum(cells for cells, _ in found),
            **max((worst for _, worst in found), key=lambda worst: worst["allowed"]),
        }
        place = entry["code"], entry["machine"]
        kept = [old for old in record.verified if (old["code"], old["machine"]) != place]
        header = grown(experiment, record).header
        write(path, replace(record, header=header, verified=[*kept, entry]))
    return entry


def sample(experiment: Experiment, record: Record, seconds: float) -> list[Block]:
    """Choose what is measured again: the first seeds of a cell in each family, cheapest first.

    Configurations with the same words form a family, whatever their numbers. The experiment's
    ``cheap`` cell is there always, and first.

    Returns:
        For each chosen cell its configuration, some of its seeds, and their scores and seconds.
    """
    chosen: dict[object, Block] = {}
    parts = [_first_seeds(block, experiment) for block in record.blocks]
    parts.sort(key=lambda block: (block.config != experiment.cheap, block.seconds))
    for block in parts:
        family = tuple(value for value in block.config.values() if isinstance(value, str | bool))
        spent = sum(other.seconds for other in chosen.values())
        if not chosen or (family not in chosen and spent + block.seconds < seconds):
            chosen[family] = block
    return list(chosen.values())


def _first_seeds(block: Block, experiment: Experiment) -> Block:
    """Return the part of a block that has its first seeds, which takes its share of the time."""
    seeds = list(block.seeds)[: 1 if experiment.block == 1 else FIRST]
    scores = {column: values[: len(seeds)] for column, values in block.scores.items()}
    share = len(seeds) / len(block.seeds)
    return replace(block, seeds=seeds, scores=scores, seconds=block.seconds * share)


def compare(
    tolerance: Tolerance,
    recorded: Mapping[str, Sequence[float | None]],
    again: Mapping[str, Sequence[float | None]],
) -> list[dict[str, Any]]:
    """Compare the scores of some seeds with those measured again.

    Returns:
        For each column the seed, or the mean over them, that differs most by what is allowed:
        ``column``, ``difference``, ``relative`` to the recorded score (None where that is 0) and
        ``allowed``, the difference in units of what is allowed.
    """
    found = []
    for column, values in recorded.items():
        old, new = (np.array(v, dtype=float) for v in (values, again[column]))
        least, root = tolerance.beside(column), len(old) ** 0.5
        pairs = [(a, b, tolerance.each, least) for a, b in zip(old, new, strict=True)]
        pairs.append((old.mean(), new.mean(), tolerance.mean, max(least / root, 2e-6)))
        entries: list[dict[str, Any]] = []
        for a, b, share, beside in pairs:
            allowed = share * abs(a) + beside
            same = (np.isnan(a) and np.isnan(b)) or a == b
            by = 0.0 if same else float(abs(b - a) / allowed) if allowed else np.inf
            entries.append(
                {
                    "column": column,
                    "difference": 0.0 if same else float(f"{b - a:.3g}"),
                    "relative": None if not a or same else float(f"{abs(b - a) / abs(a):.3g}"),
                    "allowed": np.inf if np.isnan(by) else float(f"{by:.3g}"),
                }
            )
        found.append(max(entries, key=lambda entry: entry["allowed"]))
    return found
