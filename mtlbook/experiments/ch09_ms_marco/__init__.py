"""The experiments of chapter 9, and what else it takes from the package."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.evaluation.reading import exact_match, normalised
    from mtlbook.experiments.ch09_ms_marco.search import COLUMNS, judge
    from mtlbook.experiments.ch09_ms_marco.search_reading import (
        WORLDS,
        Arm,
        add_heads,
        fit_arm,
        search_data,
        tests,
    )
    from mtlbook.models.reader import Reader
    from mtlbook.training.reading import passage_spans

__all__ = [
    "COLUMNS",
    "WORLDS",
    "Arm",
    "Reader",
    "add_heads",
    "exact_match",
    "fit_arm",
    "judge",
    "normalised",
    "passage_spans",
    "search_data",
    "tests",
]

__getattr__, __dir__ = lazily(__name__)
