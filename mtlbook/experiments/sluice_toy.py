"""Chapter 5: hard and learned sharing on the toy language, from related to unrelated."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtlbook.experiments.toy_tagging import AUX, MAIN, NUMBERS, ROOM
from mtlbook.models.many_sluices import many_sluices
from mtlbook.models.many_taggers import many_taggers
from mtlbook.models.sharing import hard, low_supervision
from mtlbook.models.sluice import Mixing, Stitched, cross_stitch, private_trunks
from mtlbook.models.tagger import Routed

LAYERS, HIDDEN = 2, 32
WIDE = 49
"""The hidden width with which a single tagger has about as many parameters as a sluice network."""
MIXINGS = {
    "cross-stitch": cross_stitch(),
    "sluice": Mixing(),
    "sluice, α frozen": Mixing(learn_alpha=False),
    "private trunks": private_trunks(),
}
ROUTES = {
    "single": hard([MAIN], LAYERS),
    "single, wide": hard([MAIN], LAYERS),
    "hard": hard([MAIN, AUX], LAYERS),
    "low supervision": low_supervision({MAIN: LAYERS, AUX: 1}),
}
ARMS = [*ROUTES, *MIXINGS]


def toy_network(arm: str, seeds: Sequence[int], mixing: Mixing | None = None) -> Routed:
    """Return the networks of an arm, one for each seed.

    Args:
        arm: a name in ``ARMS``.
        seeds: of the initialisation.
        mixing: how trunks are mixed, instead of the arm's own way.
    """
    if arm in ROUTES:
        numbers = {task: NUMBERS[task] for task in ROUTES[arm]}
        hidden = WIDE if arm == "single, wide" else HIDDEN
        return many_taggers(seeds, ROOM, numbers, ROUTES[arm], hidden=hidden)
    return many_sluices(seeds, ROOM, NUMBERS, LAYERS, mixing or MIXINGS[arm], hidden=HIDDEN)


def orthogonality(strength: float) -> Callable[[Routed], Tensor] | None:
    """Return the penalty of sluice networks, or nothing if its strength is 0."""

    def penalty(model: Routed) -> Tensor:
        assert isinstance(model, Stitched)
        return strength * model.penalty()

    return penalty if strength else None
