"""Recorded runs: measure a grid once, write every finished cell, load it anywhere."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import platform
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from tqdm import tqdm

import mtlbook
from mtlbook.experiments import EXPERIMENTS, Experiment
from mtlbook.seeding import one_thread

Record = dict[str, Any]
RESULTS = Path(str(files("mtlbook") / "results"))


def find(name: str) -> Experiment:
    """Return the experiment of that name.

    Raises:
        KeyError: if there is none; the message lists those there are.
    """
    if name not in EXPERIMENTS:
        raise KeyError(f"no experiment {name!r}; there are: {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]


def run(name: str, folder: Path = RESULTS) -> Path:
    """Measure every cell of an experiment that is not in its result file yet.

    The file is replaced after every cell, so a run that is stopped loses at most the cell it was
    at, and the same command carries on. Cells measured by other code are kept only if that code
    is the same, statement for statement, as today's.

    Returns:
        The result file, ``<folder>/<name>.json``.

    Raises:
        KeyError: if there is no such experiment.
        ValueError: if the file there holds results of other code or another experiment.
    """
    experiment = find(name)
    path = folder / f"{name}.json"
    header = {**describe(experiment), "machine": _machine()}
    cells = _resume(path, header) if path.exists() else []
    done = [cell["config"] for cell in cells]
    todo = [config for config in experiment.configs if config not in done]
    one_thread()
    for config in tqdm(todo, desc=name, unit="cell", initial=len(done), total=len(done + todo)):
        start = time.perf_counter()
        scores = experiment.measure(config, experiment.seeds)
        seconds = time.perf_counter() - start
        if len(scores) != len(experiment.seeds):
            raise ValueError(f"{name}: {len(scores)} scores for {len(experiment.seeds)} seeds")
        cells.append(
            {
                "config": config,
                "scores": [round(float(score), 6) for score in scores],
                "seconds": round(seconds, 2),
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        _write(path, {**header, "cells": cells})
    return path


def load(name: str, folder: Path = RESULTS) -> pd.DataFrame:
    """Load a recorded run as a tidy table, one row per configuration and seed.

    The columns are those of the configurations, then ``seed`` and ``score``. Where the figures
    come from stands in the table's ``attrs``.

    Raises:
        KeyError: if there is no such experiment.
        FileNotFoundError: if it has not been run; the message says how to.
        ValueError: if the file is damaged or does not hold every cell of the grid.
    """
    experiment = find(name)
    record = read(folder / f"{name}.json")
    configs = [cell["config"] for cell in record["cells"]]
    missing = [config for config in experiment.configs if config not in configs]
    if missing:
        raise ValueError(
            f"{name}: {len(missing)} of {len(experiment.configs)} cells are not measured; "
            f"finish with: python -m mtlbook run {name}"
        )
    rows = [
        {**cell["config"], "seed": seed, "score": score}
        for cell in record["cells"]
        for seed, score in zip(record["seeds"], cell["scores"], strict=True)
    ]
    table = pd.DataFrame(rows)
    table.attrs = {key: value for key, value in record.items() if key != "cells"}
    return table


def read(path: Path) -> Record:
    """Read a result file and check its form.

    Raises:
        FileNotFoundError: if it is not there.
        ValueError: if it is not a complete result file; the message names it and the remedy.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there; make it: python -m mtlbook run {path.stem}")
    try:
        record: Record = json.loads(path.read_text(encoding="utf8"))
        seeds = len(record["seeds"])
        sound = all(
            cell["config"] and len([float(score) for score in cell["scores"]]) == seeds
            for cell in record["cells"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged ({error}): delete it and run it again") from error
    if not sound:
        raise ValueError(f"{path} is damaged: a cell lacks a score; delete it and run it again")
    return record


def describe(experiment: Experiment) -> Record:
    """Return what identifies a run of this experiment by today's code."""
    return {
        "name": experiment.name,
        "question": experiment.question,
        "data": experiment.data,
        "score": experiment.score,
        "seeds": list(experiment.seeds),
        "mtlbook": mtlbook.__version__,
        "code": code_hash(experiment.measure.__module__),
    }


def code_hash(module: str) -> str:
    """Hash the code a module runs on: its own and all of ``mtlbook`` that it imports.

    The syntax trees are hashed without docstrings, so comments and layout do not count; nor does
    the grid of an experiment.
    """
    digest = hashlib.sha256()
    for name in sorted(_imports(module)):
        digest.update(f"{name}\n{_dump(_tree(name))}\n".encode())
    return digest.hexdigest()[:16]


def _imports(module: str) -> set[str]:
    """Return the module and all modules of ``mtlbook`` that it imports, near or far."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen or not name.startswith("mtlbook") or not _is_module(name):
            continue
        seen.add(name)
        for node in ast.walk(_tree(name)):
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting.append(node.module)
                waiting.extend(f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Import):
                waiting.extend(alias.name for alias in node.names)
    return seen


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # a name inside a module
        return False


def _tree(module: str) -> ast.Module:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"{module} has no source to hash")
    return ast.parse(Path(spec.origin).read_text(encoding="utf8"))


def _dump(node: object) -> str:
    """Write a syntax tree without docstrings, grids and empty fields.

    Grids are compared cell by cell when a run is resumed; a larger one needs no new start. Empty
    fields come and go between versions of Python.
    """
    if isinstance(node, list):
        return f"[{', '.join(_dump(item) for item in node if not _is_left_out(item))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
    return f"{type(node).__name__}({', '.join(f'{n}={_dump(v)}' for n, v in fields)})"


def _is_left_out(statement: object) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):  # a docstring
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="Experiment"))):
            return True
    return False


def _resume(path: Path, header: Record) -> list[Record]:
    record = read(path)
    changed = [key for key in ("name", "seeds", "code") if record.get(key) != header[key]]
    if changed:
        raise ValueError(
            f"{path} was measured with other {' and '.join(changed)}: "
            "move it away to measure everything again"
        )
    cells: list[Record] = record["cells"]
    return cells


def _machine() -> Record:
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cores": os.cpu_count(),
    }


def _write(path: Path, record: Record) -> None:
    """Replace the file in one step, so that a reader never meets half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = ",\n".join("  " + json.dumps(cell) for cell in record["cells"])
    head = json.dumps({k: v for k, v in record.items() if k != "cells"}, indent=1)
    text = f'{head[:-2]},\n "cells": [\n{cells}\n ]\n}}\n'
    part = path.with_suffix(".tmp")
    part.write_text(text, encoding="utf8")
    part.replace(path)


def summary(names: Iterable[str] = EXPERIMENTS, folder: Path = RESULTS) -> str:
    """Return a line per experiment: its name, how many cells are recorded, its question."""
    lines = []
    for name in names:
        path = folder / f"{name}.json"
        recorded = len(read(path)["cells"]) if path.exists() else 0
        total = len(EXPERIMENTS[name].configs)
        lines.append(f"{name:<16} {recorded:>4}/{total} cells  {EXPERIMENTS[name].question}")
    return "\n".join(lines)
