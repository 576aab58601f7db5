"""What each auxiliary question counts: re-weighting by the difference of cross-entropies.

After Moore and Lewis (2010), who chose sentences for a language model so, van der Wees et al.
(2017), who did it for translation, and MT-SAN (Xu et al. 2019), which weighs questions. MT-SAN's
code takes the scores from a file; how they are made is written here as we understand it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.data.reading import Question
from mtlbook.models.bigrams import Bigrams, Lengths


def answer_length(question: Question) -> int:
    """Return the number of words of the answer that is learned from."""
    span = question.spans[0]
    return span.end - span.start + 1


def cross_entropy_differences(
    target: Sequence[Question], auxiliary: Sequence[Question]
) -> tuple[np.ndarray, np.ndarray]:
    """Return how much more the target is surprised by each auxiliary question than its own.

    Args:
        target: questions of the target.
        auxiliary: questions of one auxiliary source; its models are made from these.

    Returns:
        For the question's words, in nats per word, and for the answer's length, in nats: the
        cross-entropy under the target's model minus that under the source's own, ``(n,)`` each.
        Low is near to the target.

    Raises:
        ValueError: if one of the two has no question.
    """
    if not target or not auxiliary:
        raise ValueError(f"no model of {len(target)} and {len(auxiliary)} questions")
    asked = [[[w.lower() for w in q.words] for q in part] for part in (target, auxiliary)]
    size = len({word for part in asked for words in part for word in words}) + 2
    ours, theirs = (Bigrams(part, size) for part in asked)
    words = [ours.cross_entropy(w) - theirs.cross_entropy(w) for w in asked[1]]
    long = [[answer_length(q) for q in part] for part in (target, auxiliary)]
    near, far = (Lengths(part) for part in long)
    lengths = [near.cross_entropy(n) - far.cross_entropy(n) for n in long[1]]
    return np.array(words), np.array(lengths)


def rescaled(differences: np.ndarray) -> np.ndarray:
    """Turn differences into weights: 1 for the lowest, 0 for the highest, straight between.

    Raises:
        ValueError: if they are all the same.
    """
    low, high = differences.min(), differences.max()
    if not low < high:
        raise ValueError(f"all {len(differences)} differences are {low:.3f}: nothing to rescale")
    weights: np.ndarray = (high - differences) / (high - low)
    return weights


def area_under_curve(scores: np.ndarray, marked: np.ndarray) -> float:
    """Return how often a marked one has a higher score than another; a tie counts half.

    Args:
        scores: one for each.
        marked: whether it is marked.

    Raises:
        ValueError: unless some are marked and some are not.
    """
    marked = np.asarray(marked, dtype=bool)
    if marked.all() or not marked.any():
        raise ValueError(f"{marked.sum()} of {len(marked)} are marked: nothing to tell apart")
    high, low = scores[marked][:, None], scores[~marked]
    return float(((high > low) + 0.5 * (high == low)).mean())
