"""Recorded runs: measure a grid once, write every finished block, load it anywhere."""

from mtlbook.experiments import EXPERIMENTS
from mtlbook.runs.catalogue import RESULTS, describe, find
from mtlbook.runs.code import code_hash
from mtlbook.runs.spread import BACKENDS
from mtlbook.runs.store import read
from mtlbook.runs.sweep import run
from mtlbook.runs.tables import load, summary

__all__ = [
    "BACKENDS",
    "EXPERIMENTS",
    "RESULTS",
    "code_hash",
    "describe",
    "find",
    "load",
    "read",
    "run",
    "summary",
]
