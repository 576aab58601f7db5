"""What a recorded experiment is."""

from mtlbook.runs.base import Config, Experiment, Measure, grid

__all__ = ["Config", "Experiment", "Measure", "grid"]
