"""The experiments of chapter 4, and what the chapter takes from them."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.evaluation.metrics import mean_squared_error
    from mtlbook.experiments.ch04_soft_sharing.soft_sharing import students
    from mtlbook.experiments.ch04_soft_sharing.soft_tagging import chunk_f1
    from mtlbook.models.mlp import mean_regularised

__all__ = ["chunk_f1", "mean_regularised", "mean_squared_error", "students"]

__getattr__, __dir__ = lazily(__name__)
