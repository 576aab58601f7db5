"""The experiments of chapter 10, and what else it takes from the package."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.masking import TextBatch, TextStream
    from mtlbook.data.vocabulary import IGNORE, SHAPES, UNKNOWN, Encoder
    from mtlbook.evaluation.information import conditional_entropy, entropy
    from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm, toy_split
    from mtlbook.experiments.common.tagging import TaggingData
    from mtlbook.models.sharing import hard
    from mtlbook.models.tagger import Tagger
    from mtlbook.toy_language import readable, toy_sentences
    from mtlbook.training.mixing import proportional, sampled, uniform
    from mtlbook.training.tagging import tag_losses

__all__ = [
    "IGNORE",
    "SHAPES",
    "UNKNOWN",
    "Arm",
    "Encoder",
    "Tagger",
    "TaggingData",
    "TextBatch",
    "TextStream",
    "conditional_entropy",
    "entropy",
    "hard",
    "proportional",
    "readable",
    "sampled",
    "tag_losses",
    "toy_sentences",
    "toy_split",
    "uniform",
]

__getattr__, __dir__ = lazily(__name__)
