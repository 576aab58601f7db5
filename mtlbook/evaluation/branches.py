"""What a branch of a trained network is good for: lesions, and what can be read from it."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

By = Literal["zero", "mean"]


def lesion(states: Tensor, gone: Tensor, by: By) -> Tensor:
    """Return the states without some units: put to zero, or to their mean over all words.

    With the mean a head loses what a unit says about a word and keeps what it says about all
    words alike; with zero it loses both.

    Args:
        states: ``(words, units)``.
        gone: which units, ``(units,)``.
        by: ``zero`` or ``mean``.
    """
    stand_in = states.mean(0) if by == "mean" else torch.zeros_like(states[0])
    return torch.where(gone, stand_in, states)


def random_units(gone: Tensor, seed: int) -> Tensor:
    """Return as many units as are gone, drawn from all of them at random: the width's control."""
    order = np.random.default_rng([12, seed]).permutation(len(gone))
    return gone[torch.from_numpy(order)]


def probe(
    known: tuple[np.ndarray, np.ndarray], asked: tuple[np.ndarray, np.ndarray], steps: int = 200
) -> float:
    """Return how well a linear classifier reads labels from frozen states: its accuracy.

    Args:
        known: states ``(words, units)`` and labels ``(words,)`` that it learns from. Each unit is
            brought to mean 0 and deviation 1 first, so that small states count as large ones do.
        asked: those that it is asked for.
        steps: of the optimiser at most.
    """
    scaler = StandardScaler().fit(known[0])
    reader = LogisticRegression(max_iter=steps, tol=1e-3)
    reader.fit(scaler.transform(known[0]), known[1])
    return float(reader.score(scaler.transform(asked[0]), asked[1]))
