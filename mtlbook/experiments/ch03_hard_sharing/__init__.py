"""The experiments of chapter 3, and what its notebook takes from them."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.vocabulary import IGNORE
    from mtlbook.experiments.ch03_hard_sharing.toy_hard import (
        ARMS,
        SETTINGS,
        SIZES,
        toy_data,
        toy_split,
    )
    from mtlbook.models.mlp import MLP
    from mtlbook.models.sharing import hard
    from mtlbook.models.tagger import Tagger

__all__ = [
    "ARMS",
    "IGNORE",
    "MLP",
    "SETTINGS",
    "SIZES",
    "Tagger",
    "hard",
    "toy_data",
    "toy_split",
]

__getattr__, __dir__ = lazily(__name__)
