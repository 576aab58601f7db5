"""Chapter 5: what trained networks lose when their exchange is cut, beside the size of α."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import in_order
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import Encoder
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
from mtlbook.experiments.ch03_hard_sharing.toy_hard import toy_deal
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import ARMS, AUX, MAIN, toy_fit
from mtlbook.experiments.ch05_sluice_networks.sluice_toy_trials import DIAL, SETTINGS
from mtlbook.experiments.common.base import Config, Experiment, grid
from mtlbook.experiments.common.tagging import span_scores
from mtlbook.models.sluice import Stitched, stitch
from mtlbook.training.taggers import FitTaggers


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
        alpha: at one layer, ``(..., TS, TS)``.
        states: before α, ``(..., T, B, N, 2h)``.
        inside: which places hold a word, ``(..., B, N)``.

    Returns:
        One share for each task, ``(..., T)``.
    """
    tasks = states.shape[-4]
    apart = torch.eye(tasks, dtype=torch.bool)
    parts = alpha.shape[-1] // tasks
    own = apart.repeat_interleave(parts, 0).repeat_interleave(parts, 1)
    words = inside[..., None, :, :, None]
    lengths = [
        (stitch(states, alpha * which) * words).square().sum((-3, -2, -1)).sqrt()
        for which in (own, ~own)
    ]
    return lengths[1] / (lengths[0] + lengths[1])


def cut_scores(
    fit: FitTaggers, encoders: Sequence[Encoder], texts: Sequence[Sequence[Sentence]]
) -> np.ndarray:
    """Return F1 in per cent as trained, without exchange, and cut at each layer, ``(S, 2 + L)``."""
    kept = fit.snapshots[MAIN]
    steps = kept["alpha_steps"]
    layers = range(steps.shape[-3])
    found = []
    for where in ((), tuple(layers), *((k,) for k in layers)):
        changed = {MAIN: {**kept, "alpha_steps": cut(steps, where)}}
        found.append(span_scores(replace(fit, snapshots=changed), encoders, MAIN, texts))
    return np.stack(found, axis=1)


def main_shares(
    fit: FitTaggers, encoders: Sequence[Encoder], texts: Sequence[Sequence[Sentence]]
) -> np.ndarray:
    """Return the share of others in the main task's states at each layer, ``(S, L)``.

    The networks are put back to where the main task was stopped.
    """
    model = fit.model
    if not isinstance(model, Stitched):
        raise TypeError("these networks mix nothing")
    model.load_state_dict(fit.snapshots[MAIN], strict=False)
    parts = [encoder.encode(text) for encoder, text in zip(encoders, texts, strict=True)]
    squares, sizes = [], []
    with torch.no_grad():
        for _, batch in in_order(parts, []):
            inside = torch.arange(batch.x.shape[2]) < batch.lengths[..., None]
            now = torch.stack([e(batch.x) for e in model.embeddings.values()], dim=-4)
            shares = []
            for k, alpha in enumerate(model.alpha.unbind(-3), 1):
                before = model.layer(k, now, batch.lengths)
                shares.append(share_of_others(alpha, before, inside)[..., 0])
                now = stitch(before, alpha)
            squares.append(torch.stack(shares, dim=-1))
            sizes.append(inside.sum((-2, -1)))
    weight = torch.stack(sizes)[..., None].double()
    mean: Tensor = (torch.stack(squares) * weight).sum(0) / weight.sum(0)
    return mean.numpy()


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, related = config["arm"], config["relatedness"]
    fit, encoders, _ = toy_fit(ARMS[name], related, seeds, SETTINGS[name])
    texts = [toy_deal(seed, Given(AUX, relatedness=related)).test for seed in seeds]
    scores = cut_scores(fit, encoders, texts)
    return np.concatenate([scores, main_shares(fit, encoders, texts)], axis=1)


SLUICE_CUTS = Experiment(
    name="sluice-cuts",
    question="What does a trained network lose when the main task takes nothing from the other?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in tales in per cent; share of the other task in the main task's states",
    configs=grid(arm=["sluice"], relatedness=DIAL[:3]),
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
