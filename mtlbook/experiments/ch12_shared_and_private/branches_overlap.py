"""Chapter 12: what shared and private states have in common, measured and penalised."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mtlbook.experiments.ch12_shared_and_private.branches_read import AUX, MAIN, Branched
from mtlbook.models.branches import SHARED, correlation_overlap
from mtlbook.models.many_branches import ManyBranches
from mtlbook.models.tagger import Routed

SIZES = {"main": 8, "more": 16}
"""Sentences in a batch of each task."""


def overlaps(trained: Branched) -> np.ndarray:
    """Return the overlap of the main task's two branches over all test words, ``(S,)``; else 0."""
    names = trained.model.routes[MAIN]
    if names != (SHARED, MAIN):
        return np.zeros(len(trained.splits))
    size = 2 * trained.model.units[SHARED]
    found = []
    for h in trained.states(MAIN, trained.test()):
        h = h[None, None]
        inside = torch.ones(h.shape[:-1], dtype=torch.bool)
        found.append(float(correlation_overlap(h[..., :size], h[..., size:], inside)))
    return np.array(found)


def state_penalty(strength: float, own: bool = False) -> Callable[[Routed], Tensor] | None:
    """Return the penalty on what shared and private states have in common; None without one.

    Args:
        strength: of the penalty.
        own: whether it counts, for each task, its own sentences of a batch only, as Bousmalis et
            al. (2016) do with their domains. The main ones come first.
    """
    rows = {MAIN: slice(SIZES["main"]), AUX: slice(SIZES["main"], None)} if own else {}

    def penalty(model: Routed) -> Tensor:
        if not isinstance(model, ManyBranches) or model.seen is None:
            raise TypeError(f"no branches in {type(model).__name__}")
        found, lengths = model.seen
        inside = torch.arange(found[SHARED].shape[2]) < lengths[..., None]
        pairs = []
        for name, h in found.items():
            part = rows.get(name, slice(None))
            if name != SHARED:
                pair = found[SHARED][:, part], h[:, part], inside[:, part]
                pairs.append(correlation_overlap(*pair))
        return strength * torch.stack(pairs).sum()

    return penalty if strength else None
