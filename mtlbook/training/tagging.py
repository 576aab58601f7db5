"""What a tagger loses on a batch, and what taggers get wrong and answer on whole texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.data.batches import Batch, in_order
from mtlbook.data.vocabulary import IGNORE, Encoded
from mtlbook.models.networks import Networks


def tag_losses(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Return each task's mean cross-entropy over the words that are labelled with it.

    Args:
        network: one tagger, which maps features, lengths and the tasks that are wanted to scores
            ``(B, N, labels)`` for each task.
        batch: its sentences. A task of which no word has a label loses nothing.
    """
    return label_losses(network(batch.x, batch.lengths, list(batch.targets)), batch.targets)


def label_losses(scores: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the same of scores ``(B, N, labels)`` and labels ``(B, N)`` of each task."""
    return {
        task: functional.cross_entropy(
            scores[task].mT, labels, ignore_index=IGNORE, reduction="sum"
        )
        / (labels != IGNORE).sum().clamp(min=1)
        for task, labels in targets.items()
    }


def tag_errors(
    networks: Networks, parts: Sequence[Encoded], tasks: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return, for each task, the share of words that each network labels wrongly, ``(S,)``.

    A tagger is stopped by it rather than by its loss, which rises again, from too much
    confidence, long before the labels get worse; stopping by the loss favours whichever arm that
    happens to last.

    Args:
        networks: S taggers.
        parts: for each of them, its sentences.
        tasks: the tasks; words without a label are left out.
    """
    wrong, count = (dict.fromkeys(tasks, torch.zeros(len(parts))) for _ in range(2))
    for _, batch in in_order(parts, tasks):
        for task, answer in _answers(networks, batch, tasks).items():
            labels = batch.targets[task]
            wrong[task] = wrong[task] + ((answer != labels) & (labels != IGNORE)).sum((1, 2))
            count[task] = count[task] + (labels != IGNORE).sum((1, 2))
    return {task: (wrong[task] / count[task].clamp(min=1)).numpy() for task in tasks}


def tags(
    networks: Networks, parts: Sequence[Encoded], task: str, labels: Sequence[str]
) -> list[list[list[str]]]:
    """Tag sentences: for each network and sentence, a label for each word.

    Args:
        networks: S taggers.
        parts: for each of them, its sentences.
        task: the task.
        labels: its labels, in the order of their numbers.
    """
    found: list[list[list[str]]] = [[[] for _ in range(len(part))] for part in parts]
    for rows, batch in in_order(parts, []):
        best = _answers(networks, batch, [task])[task].numpy()
        for s, places in enumerate(rows):
            for b, place in enumerate(places):
                found[s][place] = [labels[i] for i in best[s, b, : batch.lengths[s, b]]]
    return found


def _answers(networks: Networks, batch: Batch, tasks: Sequence[str]) -> dict[str, Tensor]:
    """Return the label with the highest score, ``(S, B, N)`` for each task."""

    def answer(network: nn.Module, x: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        scores = network(x, lengths, list(tasks))
        return {task: scores[task].argmax(-1) for task in tasks}

    with torch.no_grad():
        found: dict[str, Tensor] = networks.each(answer, batch.x, batch.lengths)
    return found
