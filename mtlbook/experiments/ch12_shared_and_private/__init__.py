"""The experiments of chapter 12, and what the chapter takes for its own."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.vocabulary import IGNORE
    from mtlbook.experiments.ch12_shared_and_private.branches import SETTINGS, branch_split
    from mtlbook.experiments.ch12_shared_and_private.measures import state_scores, task_states
    from mtlbook.models.tagger import Tagger

__all__ = [
    "IGNORE",
    "SETTINGS",
    "Tagger",
    "branch_split",
    "state_scores",
    "task_states",
]

__getattr__, __dir__ = lazily(__name__)
