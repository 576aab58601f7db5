"""Votes among the answers that several passages give to one question; nothing is learned."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mtlbook.evaluation.reading import normalised


def count_vote(answers: Sequence[str], scores: Sequence[float]) -> int:
    """Return the place of the answer that most passages give; of a tie, the best score decides.

    Answers count as the same once they are normalised. Of the places where the answer stands,
    the one with the best score is returned.

    Args:
        answers: each passage's answer.
        scores: the logarithm of its score.

    Raises:
        ValueError: if there is no answer, or numbers disagree.
    """
    _check(answers, scores)
    same = [normalised(answer) for answer in answers]
    return max(range(len(same)), key=lambda k: (same.count(same[k]), scores[k]))


def weighted_vote(answers: Sequence[str], scores: Sequence[float]) -> int:
    """Return the place of the answer with the highest sum of scores, each ``exp`` of its logarithm.

    Arguments, errors and the choice among places are those of :func:`count_vote`.
    """
    _check(answers, scores)
    same, top = [normalised(answer) for answer in answers], max(scores)
    weights = [math.exp(score - top) for score in scores]  # relative to the best: no underflow

    def total(k: int) -> float:
        return sum(w for w, other in zip(weights, same, strict=True) if other == same[k])

    return max(range(len(same)), key=lambda k: (total(k), scores[k]))


def _check(answers: Sequence[str], scores: Sequence[float]) -> None:
    if not answers or len(answers) != len(scores):
        raise ValueError(f"{len(answers)} answers with {len(scores)} scores")
