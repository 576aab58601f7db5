"""Recorded runs: measure a grid once, write every finished block, load it anywhere.

To import this package, or to load a run, imports no code that trains networks.
"""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.runs.agreement import compare, verify
    from mtlbook.runs.base import Experiment, Later, Tolerance, Tuning, experiments, find, grid
    from mtlbook.runs.code import code_hash
    from mtlbook.runs.spread import BACKENDS
    from mtlbook.runs.store import RESULTS, load, read
    from mtlbook.runs.sweep import run, summary
    from mtlbook.runs.tuning import chosen, grown, settings

__all__ = [
    "BACKENDS",
    "RESULTS",
    "Experiment",
    "Later",
    "Tolerance",
    "Tuning",
    "chosen",
    "code_hash",
    "compare",
    "experiments",
    "find",
    "grid",
    "grown",
    "load",
    "read",
    "run",
    "settings",
    "summary",
    "verify",
]

__getattr__, __dir__ = lazily(__name__)
