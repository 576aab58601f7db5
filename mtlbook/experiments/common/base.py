"""What a recorded experiment is."""

from mtlbook.runs.base import Config, Experiment, Measure, Tolerance, Tuning, grid

__all__ = ["Config", "Experiment", "Measure", "Tolerance", "Tuning", "grid"]
