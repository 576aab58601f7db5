"""What a recorded experiment is, and how far some scores move from processor to processor."""

from mtlbook.runs.base import Config, Experiment, Later, Measure, Tolerance, Tuning, grid

__all__ = [
    "GUM",
    "ONE_PATTERN",
    "Config",
    "Experiment",
    "Later",
    "Measure",
    "Tolerance",
    "Tuning",
    "grid",
]

ONE_PATTERN = Tolerance(mean=0, each=0, least=1 / 160)
"""Of accuracies on the Boolean problem's test patterns, and of others on at least as many."""
GUM = Tolerance(mean=0.02, least=3.0)
"""Of per cent of taggers on GUM, in single precision: without AVX, seeds ended three points away as
a rule, and six at most; their means one."""
