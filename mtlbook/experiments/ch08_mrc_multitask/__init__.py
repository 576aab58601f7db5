"""The experiments of chapter 8, and what else it takes from the package."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.experiments.ch08_mrc_multitask.reweighting import (
        epochs,
        exact_and_wide,
        treated_split,
    )
    from mtlbook.experiments.common.reading import (
        TARGET,
        ReadingData,
        ReadingSettings,
        fit_readers,
    )
    from mtlbook.training.mt_san import area_under_curve

__all__ = [
    "TARGET",
    "ReadingData",
    "ReadingSettings",
    "area_under_curve",
    "epochs",
    "exact_and_wide",
    "fit_readers",
    "treated_split",
]

__getattr__, __dir__ = lazily(__name__)
