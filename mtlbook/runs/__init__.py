"""Recorded runs: measure a grid once, write every finished block, load it anywhere.

To import this package, or to load a run, imports no code that trains networks.
"""

from mtlbook.runs.base import Experiment, experiments, find, grid
from mtlbook.runs.code import code_hash
from mtlbook.runs.spread import BACKENDS
from mtlbook.runs.store import RESULTS, read
from mtlbook.runs.sweep import run, summary
from mtlbook.runs.tables import load

__all__ = [
    "BACKENDS",
    "RESULTS",
    "Experiment",
    "code_hash",
    "experiments",
    "find",
    "grid",
    "load",
    "read",
    "run",
    "summary",
]
