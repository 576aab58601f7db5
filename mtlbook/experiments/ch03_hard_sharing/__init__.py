"""The experiments of chapter 3, and what its notebook takes from them."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.vocabulary import IGNORE as IGNORE
    from mtlbook.experiments.ch03_hard_sharing.hard_sharing import ARMS as ARMS
    from mtlbook.experiments.ch03_hard_sharing.hard_sharing import VOCABULARY as VOCABULARY
    from mtlbook.experiments.ch03_hard_sharing.hard_sharing import labelled_split as labelled_split
    from mtlbook.experiments.ch03_hard_sharing.hard_sharing import tagger_of as tagger_of
    from mtlbook.runs.tuning import chosen as chosen
    from mtlbook.toy_language import readable as readable
    from mtlbook.toy_language import toy_sentences as toy_sentences

__all__ = [
    "ARMS",
    "IGNORE",
    "VOCABULARY",
    "chosen",
    "labelled_split",
    "readable",
    "tagger_of",
    "toy_sentences",
]

__getattr__, __dir__ = lazily(__name__)
