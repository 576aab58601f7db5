"""What a recorded experiment is."""

from mtlbook.runs.base import DOUBLE, Config, Experiment, Later, Measure, Tolerance, Tuning, grid

__all__ = ["DOUBLE", "Config", "Experiment", "Later", "Measure", "Tolerance", "Tuning", "grid"]
