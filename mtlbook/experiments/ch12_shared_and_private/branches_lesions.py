"""Chapter 12: what trained branches score without a part of their units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from mtlbook.evaluation.branches import lesion, random_units
from mtlbook.experiments.ch12_shared_and_private.branches_read import Branched
from mtlbook.models.branches import SHARED

GONE = ("shared", "private", "as many as shared")


def lesion_scores(trained: Branched, task: str, seeds: Sequence[int]) -> np.ndarray:
    """Return a task's scores as trained and after each lesion, ``(S, 7)``, see :data:`LESIONS`.

    Units that are not there cannot be missed: without a shared branch its lesion changes nothing.
    """
    texts = trained.test()
    states = trained.states(task, texts)
    first, units = trained.model.routes[task][0], states[0].shape[1]
    shared = torch.arange(units) < 2 * trained.model.units[first] * (first == SHARED)
    found = [trained.scores(task, states, texts)]
    for what in GONE:
        branch = shared if what.endswith("shared") else ~shared
        gone = [random_units(branch, seed) if "many" in what else branch for seed in seeds]
        for by in ("zero", "mean"):
            cut = [lesion(h, g, by) for h, g in zip(states, gone, strict=True)]
            found.append(trained.scores(task, cut, texts))
    return np.stack(found, axis=1)


def lesion_names(task: str) -> tuple[str, ...]:
    """Return the names of a task's scores, as :func:`lesion_scores` orders them."""
    return (task, *(f"{task} without {what}, {by}" for what in GONE for by in ("zero", "mean")))


LESIONS = (*lesion_names("main"), *lesion_names("aux"))


def measure_branches(trained: Branched, seeds: Sequence[int]) -> np.ndarray:
    """Return all scores of trained networks, ``(S, 14)``, in the order of :data:`LESIONS`."""
    found = [lesion_scores(trained, task, seeds) for task in trained.model.routes]
    return np.concatenate(found, axis=1)
