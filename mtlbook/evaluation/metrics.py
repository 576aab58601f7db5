"""Errors of linear predictions, and how well sentences are tagged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2


def mean_squared_error(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return the mean squared error of linear predictions, one per task.

    Args:
        x: inputs ``(T, n, d)``.
        y: targets ``(T, n)``.
        w: coefficients ``(T, d)``.

    Returns:
        Errors ``(T,)``.
    """
    errors: np.ndarray = np.einsum("tnd,td->tn", x, w) - y
    mean: np.ndarray = np.square(errors).mean(axis=1)
    return mean


Tags = Sequence[Sequence[str]]


def span_f1(gold: Tags, found: Tags) -> float:
    """Return the F1 of the spans in all sentences together, as ``seqeval`` counts it.

    A span counts as found only with its first word, its last word and its label. ``I-`` without
    a ``B-`` of the same label before it is no span. Without any span in gold and found, F1 is 0.

    Args:
        gold: for each sentence its BIO labels.
        found: the labels that a tagger gave.

    Raises:
        ValueError: if there is no word, or numbers of sentences or words disagree.
    """
    _check(gold, found)
    options: dict[str, Any] = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    return float(f1_score([list(tags) for tags in gold], [list(tags) for tags in found], **options))


def token_accuracy(gold: Tags, found: Tags) -> float:
    """Return the share of words, of all sentences together, that have the right label.

    Raises:
        ValueError: if there is no word, or numbers of sentences or words disagree.
    """
    _check(gold, found)
    right = [a == b for g, f in zip(gold, found, strict=True) for a, b in zip(g, f, strict=True)]
    return sum(right) / len(right)


def _check(gold: Tags, found: Tags) -> None:
    lengths = [[len(tags) for tags in sentences] for sentences in (gold, found)]
    if lengths[0] != lengths[1]:
        raise ValueError("gold and found labels are not of the same words")
    if not sum(lengths[0]):
        raise ValueError("there is no word to judge")
