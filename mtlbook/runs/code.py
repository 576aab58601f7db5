"""Where figures come from: a hash of the code that measures, and the machine."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mtlbook
from mtlbook.runs.store import RESULTS, read

LEFT_OUT = ("mtlbook.experiments.common.tolerances", "mtlbook.runs")
"""Modules and packages that decide nothing measured: how a run is described, made and read."""


def code_hash(module: str) -> str:
    """Hash the code a module runs on: its own and all of ``mtlbook`` that it imports.

    The syntax trees are hashed without docstrings, so comments and layout do not count; nor do
    the grid of an experiment and the modules in ``LEFT_OUT``. What a tuning scored counts where
    ``settings`` or ``chosen`` is called with its name.

    Raises:
        ValueError: if the module has no source.
    """
    _tree(module)
    digest = hashlib.sha256()
    for name in sorted(_imports(module)):
        tree = _tree(name)
        digest.update(f"{name}\n{_dump(tree)}\n".encode())
        for tuning in sorted(_tunings(tree)):
            digest.update(f"{tuning}\n{_scores(tuning)}\n".encode())
    return digest.hexdigest()[:16]


@cache
def origin_of(module: str) -> dict[str, Any]:
    """Return the code and the machine that a module's measurements come from in this process."""
    return {
        "code": code_hash(module),
        "mtlbook": mtlbook.__version__,
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "torch": version("torch"),
            "cores": os.cpu_count(),
        },
    }


def _imports(module: str) -> set[str]:
    """Return the module and all modules of ``mtlbook`` that it imports, near or far."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        ours = name == module or name.split(".")[0] == "mtlbook"
        if name in seen or not ours or _is_left_out(name) or not _is_module(name):
            continue
        seen.add(name)
        for node in ast.walk(_tree(name)):
            if isinstance(node, ast.ImportFrom) and node.module:
                waiting.append(node.module)
                waiting.extend(f"{node.module}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Import):
                waiting.extend(alias.name for alias in node.names)
    return seen


def _is_left_out(name: str) -> bool:
    return any(name == left or name.startswith(f"{left}.") for left in LEFT_OUT)


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
        return f"[{', '.join(_dump(item) for item in node if not _is_silent(item))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
    return f"{type(node).__name__}({', '.join(f'{n}={_dump(v)}' for n, v in fields)})"


def _tunings(tree: ast.Module) -> set[str]:
    """Return the recorded runs that a module takes settings from."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id=called) | ast.Attribute(attr=called),
                args=[ast.Constant(value=str(name)), *_],
            ) if called in ("settings", "chosen"):
                found.add(name)
    return found


def _scores(name: str) -> list[object]:
    """Return what a run has measured, as far as it is there."""
    path = RESULTS / f"{name}.json"
    blocks = read(path).blocks if path.exists() else []
    return [(sorted(block.config.items()), block.seeds, block.scores) for block in blocks]


def _is_silent(statement: object) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):  # a docstring
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="Experiment"))):
            return True
        case ast.ImportFrom(module=str(name)):  # what only describes it
            return _is_left_out(name)
    return False
