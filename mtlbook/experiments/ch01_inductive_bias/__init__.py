"""The experiments of chapter 1, and what the chapter takes for its own."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.logic import boolean_patterns, boolean_tasks
    from mtlbook.data.panel import grunfeld_panel
    from mtlbook.experiments.ch01_inductive_bias.boolean import (
        boolean_scores,
        boolean_setting,
        boolean_split,
    )
    from mtlbook.experiments.ch01_inductive_bias.f1f2 import f1_f2_scores

__all__ = [
    "boolean_patterns",
    "boolean_scores",
    "boolean_setting",
    "boolean_split",
    "boolean_tasks",
    "f1_f2_scores",
    "grunfeld_panel",
]

__getattr__, __dir__ = lazily(__name__)
