"""Packages that look their names up when they are asked for, so that nobody waits for the rest."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def lazily(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package that imports nothing by itself.

    Its names are those that its ``__init__.py`` imports ``if TYPE_CHECKING:``, where type checkers
    read them, too. None of them may have the name of a module of the package.

    Args:
        package: the ``__name__`` of the package, which is being imported.
    """
    source = Path(str(sys.modules[package].__file__)).read_text(encoding="utf8")
    places = {
        alias.asname or alias.name: (str(node.module), alias.name)
        for block in ast.parse(source).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    def look_up(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"{package} has no {name!r}; it has {', '.join(places)}")
        module, there = places[name]
        if module == package:  # a module of its own
            return import_module(f"{package}.{name}")
        found = getattr(import_module(module), there)
        setattr(sys.modules[package], name, found)  # asked for once only
        return found

    return look_up, lambda: sorted(places)
