"""The experiments of chapter 1, and what the chapter takes for its own."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.logic import PEAKS_TASKS, boolean_patterns, boolean_tasks, f1_f2, peaks
    from mtlbook.data.panel import grunfeld_panel
    from mtlbook.evaluation.metrics import mean_squared_error
    from mtlbook.task import classification, probability, regression

__all__ = [
    "PEAKS_TASKS",
    "boolean_patterns",
    "boolean_tasks",
    "classification",
    "f1_f2",
    "grunfeld_panel",
    "mean_squared_error",
    "peaks",
    "probability",
    "regression",
]

__getattr__, __dir__ = lazily(__name__)
