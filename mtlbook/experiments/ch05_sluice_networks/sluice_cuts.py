"""Chapter 5: what trained networks lose when their exchange is cut, beside the size of α."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import in_order
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import (
    ARMS,
    DIAL,
    MAIN,
    PLAIN,
    toy_fit,
)
from mtlbook.experiments.common.tagging import TaggingData
from mtlbook.models.networks import Networks
from mtlbook.models.sluice import Sluice, stitch
from mtlbook.runs.base import Config, Experiment, grid


def cut(alpha: Tensor, layers: Sequence[int]) -> Tensor:
    """Return α with nothing for the first task from others, at these layers counted from 0.

    Args:
        alpha: of two tasks, ``(..., L, 2S, 2S)``.
        layers: where the exchange is cut.
    """
    found, half = alpha.clone(), alpha.shape[-1] // 2
    for k in layers:
        found[..., k, :half, half:] = 0
    return found


def share_of_others(alpha: Tensor, states: Tensor, inside: Tensor) -> Tensor:
    """Return how much of each task's new states comes from other tasks, between 0 and 1.

    The new states are the sum of what a task takes from its own parts and of what it takes from
    the others'; the share is the length of the second over the sum of both lengths. Multiplying
    a task's rows of α, or turning the sign of a part of the states and of its column, leaves it
    as it is.

    Args:
        alpha: at one layer, ``(TS, TS)``.
        states: before α, ``(T, B, N, 2h)``.
        inside: which places hold a word, ``(B, N)``.

    Returns:
        One share for each task, ``(T,)``.
    """
    tasks = len(states)
    apart = torch.eye(tasks, dtype=torch.bool)
    parts = len(alpha) // tasks
    own = apart.repeat_interleave(parts, 0).repeat_interleave(parts, 1)
    words = inside[..., None]
    lengths = [
        (stitch(states, alpha * which) * words).square().sum((-3, -2, -1)).sqrt()
        for which in (own, ~own)
    ]
    return lengths[1] / (lengths[0] + lengths[1])


def cut_scores(networks: Networks, data: TaggingData) -> np.ndarray:
    """Return F1 in per cent as trained, without exchange, and cut at each layer, ``(S, 2 + L)``."""
    alpha: Tensor = networks.get_parameter("one.alpha_steps").data
    layers, found = range(alpha.shape[-3]), []
    for where in ((), tuple(layers), *((k,) for k in layers)):
        changed = copy.deepcopy(networks)
        changed.get_parameter("one.alpha_steps").data = cut(alpha, where)
        found.append(data.f1(changed, MAIN))
    return np.stack(found, axis=1)


def main_shares(networks: Networks, data: TaggingData) -> np.ndarray:
    """Return the share of others in the main task's states at each layer, ``(S, L)``.

    It is the mean over the words of the test.
    """

    def shares(one: Sluice, x: Tensor, lengths: Tensor) -> Tensor:
        inside, found = torch.arange(x.shape[1]) < lengths[:, None], []
        now = torch.stack([embed(x) for embed in one.embeddings.values()])
        for k, alpha in enumerate(one.alpha, 1):
            before = one.layer(k, now, lengths)
            found.append(share_of_others(alpha, before, inside)[0])
            now = stitch(before, alpha)
        return torch.stack(found)

    weighted, words = [], []
    for _, batch in in_order(data.encode([split.test for split in data.splits]), []):
        with torch.no_grad():
            found = networks.each(shares, batch.x, batch.lengths)
        words.append(batch.lengths.sum(1, keepdim=True).double())
        weighted.append(found * words[-1])
    mean: np.ndarray = (torch.stack(weighted).sum(0) / torch.stack(words).sum(0)).numpy()
    return mean


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    networks, data, _ = toy_fit(ARMS[config["arm"]], config["relatedness"], seeds, PLAIN)
    return np.concatenate([cut_scores(networks, data), main_shares(networks, data)], axis=1)


SLUICE_CUTS = Experiment(
    name="sluice-cuts",
    question="What does a trained network lose when the main task takes nothing from the other?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in tales in per cent; share of the other task in the main task's states",
    configs=grid(arm=["sluice"], relatedness=DIAL),
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "sluice", "relatedness": 1.0},
    columns=(
        "as trained",
        "without exchange",
        "cut at layer 1",
        "cut at layer 2",
        "share, layer 1",
        "share, layer 2",
    ),
)
