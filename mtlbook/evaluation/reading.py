"""How well questions are answered: exact match and F1, as SQuAD's official scorer counts them.

And votes among the answers that several passages give to one question; nothing is learned.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

ARTICLES = re.compile(r"\b(a|an|the)\b")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(answer: str) -> str:
    """Return what of an answer is compared.

    In this order: small letters; without the 32 ASCII marks of punctuation, which may join words
    (*well-known* becomes *wellknown*); without *a*, *an*, *the*; single blanks between words.
    """
    text = answer.lower().translate(NO_PUNCTUATION)
    return " ".join(ARTICLES.sub(" ", text).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1 if the prediction is one of the answers once both are normalised, else 0.

    Raises:
        ValueError: if there is no answer.
    """
    _check(answers)
    found = normalised(prediction)
    return float(any(found == normalised(answer) for answer in answers))


def f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the F1 of the prediction's words against the answer that is closest to it.

    Words are those of the normalised texts; a word counts as often as it stands in both. Without
    a common word F1 is 0, even if both texts have no words left.

    Raises:
        ValueError: if there is no answer.

    Source: Rajpurkar et al. (2016), section 6.1, and the scorer of SQuAD 1.1
    """
    _check(answers)
    return max(_f1(normalised(prediction).split(), normalised(a).split()) for a in answers)


def _f1(found: list[str], wanted: list[str]) -> float:
    common = sum((Counter(found) & Counter(wanted)).values())
    if not common:
        return 0.0
    precision, recall = common / len(found), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def mean_scores(
    predictions: Sequence[str], answers: Sequence[Sequence[str]]
) -> tuple[float, float]:
    """Return the mean exact match and the mean F1 of a corpus, each between 0 and 1.

    Args:
        predictions: for each question what was answered; ``""`` for a question left out.
        answers: for each question its acceptable answers.

    Raises:
        ValueError: if there is no question, or numbers disagree.
    """
    if not predictions or len(predictions) != len(answers):
        raise ValueError(f"{len(predictions)} predictions for {len(answers)} questions")
    pairs = list(zip(predictions, answers, strict=True))
    return fmean(exact_match(*pair) for pair in pairs), fmean(f1(*pair) for pair in pairs)


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
    _check_votes(answers, scores)
    same = [normalised(answer) for answer in answers]
    return max(range(len(same)), key=lambda k: (same.count(same[k]), scores[k]))


def weighted_vote(answers: Sequence[str], scores: Sequence[float]) -> int:
    """Return the place of the answer with the highest sum of scores, each ``exp`` of its logarithm.

    Arguments, errors and the choice among places are those of :func:`count_vote`.
    """
    _check_votes(answers, scores)
    same, top = [normalised(answer) for answer in answers], max(scores)
    weights = [math.exp(score - top) for score in scores]  # relative to the best: no underflow

    def total(k: int) -> float:
        return sum(w for w, other in zip(weights, same, strict=True) if other == same[k])

    return max(range(len(same)), key=lambda k: (total(k), scores[k]))


def _check_votes(answers: Sequence[str], scores: Sequence[float]) -> None:
    if not answers or len(answers) != len(scores):
        raise ValueError(f"{len(answers)} answers with {len(scores)} scores")


def _check(answers: Sequence[str]) -> None:
    if isinstance(answers, str) or not answers:
        raise ValueError(f"answers must be a list of one text at least: {answers!r}")
