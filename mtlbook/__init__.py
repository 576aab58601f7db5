"""The helper package of the book *Thinking about Multi-Task Learning*.

What several chapters need is imported from here, by its name alone:
``from mtlbook import claim, compare, fit, from_seeds``. A name is looked up when it is asked for,
so that who loads a recorded run does not wait for what trains networks.
"""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.evaluation.claims import (
        at_least,
        at_most,
        better,
        claim,
        exactly,
        headlines,
        ordered,
        same,
        unclear,
        worse,
    )
    from mtlbook.evaluation.compare import brief, compare
    from mtlbook.evaluation.differences import differences
    from mtlbook.exercises import check
    from mtlbook.experiments.common.tagging import TaggingData
    from mtlbook.figures.results import curves, dial, dots
    from mtlbook.models.networks import Networks, from_seeds
    from mtlbook.models.tagger import BiLSTM, Embeddings
    from mtlbook.runs.store import load
    from mtlbook.seeding import one_thread
    from mtlbook.training.loop import adam, fit
    from mtlbook.training.tasks import task_losses, validation_losses

__version__ = "2.0.20261201"
__all__ = [
    "BiLSTM",
    "Embeddings",
    "Networks",
    "TaggingData",
    "__version__",
    "adam",
    "at_least",
    "at_most",
    "better",
    "brief",
    "check",
    "claim",
    "compare",
    "curves",
    "dial",
    "differences",
    "dots",
    "exactly",
    "fit",
    "from_seeds",
    "headlines",
    "load",
    "one_thread",
    "ordered",
    "same",
    "task_losses",
    "unclear",
    "validation_losses",
    "worse",
]

__getattr__, __dir__ = lazily(__name__)
