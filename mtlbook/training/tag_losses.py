"""What a tagger gets wrong, on a batch or on many sentences, for many networks at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.batches import Batch, in_order
from mtlbook.data.vocabulary import IGNORE, Encoded
from mtlbook.models.tagger import Routed

Measure = Literal["error", "loss"]


def token_loss(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return the summed cross-entropy of each network ``(S,)``, and how many words it counts.

    Args:
        logits: ``(S, B, N, labels)``.
        targets: ``(S, B, N)``; words with ``IGNORE`` are left out.
    """
    loss = functional.cross_entropy(
        logits.flatten(0, 2), targets.flatten(), ignore_index=IGNORE, reduction="none"
    )
    return loss.view(len(logits), -1).sum(-1), (targets != IGNORE).flatten(1).sum(-1)


def batch_losses(model: Routed, batch: Batch) -> dict[str, Tensor]:
    """Return each task's mean loss over its labelled words, ``(S,)``; 0 where there is none."""
    logits = model(batch.x, batch.lengths, list(batch.targets))
    losses = {}
    for task, targets in batch.targets.items():
        loss, count = token_loss(logits[task], targets)
        losses[task] = loss / count.clamp(min=1)
    return losses


def measure(
    model: Routed, parts: Sequence[Encoded], tasks: Sequence[str], by: Measure
) -> dict[str, np.ndarray]:
    """Return each task's error, or mean loss, over all labelled words, ``(S,)``.

    Args:
        model: ``S`` networks.
        parts: for each network, its sentences.
        tasks: the tasks that are wanted.
        by: ``error``, the share of words with a wrong label, or ``loss``.
    """
    sums, counts = (dict.fromkeys(tasks, torch.zeros(len(parts))) for _ in range(2))
    with torch.no_grad():
        for _, batch in in_order(parts, tasks):
            logits = model(batch.x, batch.lengths, tasks)
            for task, targets in batch.targets.items():
                worse, count = token_loss(logits[task], targets)
                if by == "error":
                    wrong = (logits[task].argmax(-1) != targets) & (targets != IGNORE)
                    worse = wrong.flatten(1).sum(-1)
                sums[task], counts[task] = sums[task] + worse, counts[task] + count
    return {task: (sums[task] / counts[task].clamp(min=1)).numpy() for task in tasks}
