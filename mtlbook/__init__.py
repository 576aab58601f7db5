"""The helper package of the book *Thinking about Multi-Task Learning*.

What several chapters need is imported from here, by its name alone:
``from mtlbook import claim, compare, fit, from_seeds``. A name is looked up when it is asked for,
so that who loads a recorded run does not wait for what trains networks.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mtlbook.evaluation import at_least as at_least
    from mtlbook.evaluation import at_most as at_most
    from mtlbook.evaluation import better as better
    from mtlbook.evaluation import brief as brief
    from mtlbook.evaluation import claim as claim
    from mtlbook.evaluation import compare as compare
    from mtlbook.evaluation import differences as differences
    from mtlbook.evaluation import exactly as exactly
    from mtlbook.evaluation import headlines as headlines
    from mtlbook.evaluation import ordered as ordered
    from mtlbook.evaluation import same as same
    from mtlbook.evaluation import unclear as unclear
    from mtlbook.evaluation import worse as worse
    from mtlbook.exercises import check as check
    from mtlbook.experiments.common.tagging import TaggingData as TaggingData
    from mtlbook.figures import curves as curves
    from mtlbook.figures import dial as dial
    from mtlbook.figures import dots as dots
    from mtlbook.models.networks import Networks as Networks
    from mtlbook.models.networks import from_seeds as from_seeds
    from mtlbook.models.tagger import BiLSTM as BiLSTM
    from mtlbook.models.tagger import Embeddings as Embeddings
    from mtlbook.runs import load as load
    from mtlbook.seeding import one_thread as one_thread
    from mtlbook.training.loop import adam as adam
    from mtlbook.training.loop import fit as fit
    from mtlbook.training.tasks import task_losses as task_losses
    from mtlbook.training.tasks import validation_losses as validation_losses

__version__ = "2.0.20261201"

_PLACES = {
    "evaluation": (
        *("better", "worse", "same", "unclear", "at_least", "at_most", "ordered", "exactly"),
        *("brief", "claim", "compare", "differences", "headlines"),
    ),
    "exercises": ("check",),
    "figures": ("curves", "dial", "dots"),
    "experiments.common.tagging": ("TaggingData",),
    "models.networks": ("Networks", "from_seeds"),
    "models.tagger": ("BiLSTM", "Embeddings"),
    "runs": ("load",),
    "seeding": ("one_thread",),
    "training.loop": ("adam", "fit"),
    "training.tasks": ("task_losses", "validation_losses"),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}
__all__ = ["__version__", *sorted(_PLACE_OF)]


def __getattr__(name: str) -> Any:
    """Import a name from the module that has it, once."""
    if name not in _PLACE_OF:
        raise AttributeError(f"mtlbook has no {name!r}; it has {', '.join(_PLACE_OF)}")
    globals()[name] = found = getattr(import_module(f"mtlbook.{_PLACE_OF[name]}"), name)
    return found


def __dir__() -> list[str]:
    return __all__
