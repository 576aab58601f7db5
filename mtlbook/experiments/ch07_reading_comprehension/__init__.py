"""The experiments of chapter 7, and what else it takes from the package."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.reading import Codes, Span, all_words, encode
    from mtlbook.data.reading_batches import gather
    from mtlbook.evaluation.reading import exact_match, f1, mean_scores
    from mtlbook.experiments.ch07_reading_comprehension.toy_reader import exact_of, on_copies
    from mtlbook.experiments.common.reading import TARGET, ReadingData, toy_split
    from mtlbook.models.decoding import candidates
    from mtlbook.models.reader import Reader
    from mtlbook.models.reading_baselines import first_of_type, sliding_window

__all__ = [
    "TARGET",
    "Codes",
    "Reader",
    "ReadingData",
    "Span",
    "all_words",
    "candidates",
    "encode",
    "exact_match",
    "exact_of",
    "f1",
    "first_of_type",
    "gather",
    "mean_scores",
    "on_copies",
    "sliding_window",
    "toy_split",
]

__getattr__, __dir__ = lazily(__name__)
