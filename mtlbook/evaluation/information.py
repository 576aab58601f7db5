"""What can be said of two labellings before anything is trained: information measures, in bits."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np

Labels = Sequence[Hashable] | np.ndarray


def codes(labels: Labels) -> np.ndarray:
    """Return labels as numbers from 0 up, the same number for the same label."""
    if isinstance(labels, np.ndarray) and labels.dtype.kind in "iu":
        return np.unique(labels, return_inverse=True)[1]
    seen: dict[Hashable, int] = {}
    return np.array([seen.setdefault(label, len(seen)) for label in labels], dtype=np.int64)


def entropy(*labellings: Labels) -> float:
    """Return the entropy of the labels, in bits; of several labellings, that of their tuples.

    It is the plug-in estimate: shares are taken for probabilities.

    Args:
        labellings: one or more labellings of the same words.

    Raises:
        ValueError: if there is no label, or the numbers of words disagree.
    """
    joint = np.zeros(len(labellings[0]), dtype=np.int64)
    for labels in labellings:
        one = codes(labels)
        if len(one) != len(joint) or not len(one):
            raise ValueError(f"labels of {len(one)} words beside labels of {len(joint)}")
        joint = np.unique(joint * (one.max() + 1) + one, return_inverse=True)[1]
    shares = np.bincount(joint) / len(joint)
    return float(-(shares * np.log2(shares)).sum())


def conditional_entropy(labels: Labels, *given: Labels) -> float:
    """Return how uncertain a label is once the given ones are known, ``H(labels | given)``."""
    return entropy(labels, *given) - entropy(*given)


def mutual_information(first: Labels, second: Labels, *given: Labels) -> float:
    """Return what one labelling says of the other, beyond what the given ones say of it.

    ``I(first; second | given)``. With few words and many labels it is too large, since chance
    alone makes some pairs more frequent than others; see :func:`beyond_chance`.
    """
    if not given:
        return entropy(first) + entropy(second) - entropy(first, second)
    return conditional_entropy(first, *given) - conditional_entropy(first, second, *given)


def uniformity(labels: Labels) -> float:
    """Return the entropy as a share of its largest value: 1 if all labels are equally frequent.

    Raises:
        ValueError: if there are fewer than two labels.
    """
    kinds = len(np.unique(codes(labels)))
    if kinds < 2:
        raise ValueError("a single label has no distribution to speak of")
    return entropy(labels) / float(np.log2(kinds))


def shuffled_within(labels: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Let labels change places at random within each group, which have the numbers 0 and up."""
    order = np.argsort(groups, kind="stable")
    found = np.empty_like(labels)
    found[order] = labels[np.lexsort((rng.random(len(labels)), groups))]
    return found


def beyond_chance(
    first: Labels, second: Labels, *given: Labels, draws: int = 20, seed: int = 0
) -> float:
    """Return the mutual information minus what it is, on average, when labels change places.

    They change places among all words, or among those that agree in the given labels, so that
    whatever is left between the labellings is chance. The difference has a mean of about 0 for
    labellings that have nothing to do with each other, and may be negative.

    Args:
        first: labels of the words.
        second: other labels of the same words; these change places.
        given: what is known already, such as the word itself.
        draws: how often they change places.
        seed: of the draws.
    """
    one, other = codes(first), codes(second)
    groups = np.zeros(len(one), dtype=np.int64)
    for labels in given:
        known = codes(labels)
        groups = np.unique(groups * (known.max() + 1) + known, return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    chance = [
        mutual_information(one, shuffled_within(other, groups, rng), groups) for _ in range(draws)
    ]
    return mutual_information(one, other, groups) - float(np.mean(chance))


ALONE: dict[str, Callable[[Labels, Labels], float]] = {
    "H(aux)": lambda aux, _word: entropy(aux),
    "number of labels": lambda aux, _word: float(len(set(aux))),
    "uniformity": lambda aux, _word: uniformity(aux),
    "H(aux | word)": lambda aux, word: conditional_entropy(aux, word),
}
"""Predictors of the gain that look at the auxiliary labels, and at the words under them."""
TOGETHER: dict[str, Callable[[Labels, Labels, Labels], float]] = {
    "I(main; aux)": lambda main, aux, _word: mutual_information(main, aux),
    "I, corrected": lambda main, aux, _word: beyond_chance(main, aux),
    "share of H(main)": lambda main, aux, _word: beyond_chance(main, aux) / entropy(main),
    "share of H(aux)": lambda main, aux, _word: beyond_chance(main, aux) / entropy(aux),
    "-H(aux | main)": lambda main, aux, _word: -conditional_entropy(aux, main),
    "I given word, corrected": lambda main, aux, word: beyond_chance(main, aux, word),
    "-H(main | aux, word)": lambda main, aux, word: -conditional_entropy(main, aux, word),
}
"""Predictors that need words with both labels. Larger values are expected to go with a larger
gain, so that uncertainties that should be small are negative."""
MEASURES = (*ALONE, *TOGETHER)
"""The names of all predictors."""


def measures(
    main: Labels, aux: Labels, words: Labels, further: Labels, further_words: Labels
) -> dict[str, float]:
    """Return every predictor of :data:`MEASURES` for a main and an auxiliary task.

    Args:
        main: main labels of some words.
        aux: auxiliary labels of the same words.
        words: these words.
        further: auxiliary labels of other words, as a rule of more of them.
        further_words: those words.
    """
    alone = {name: measure(further, further_words) for name, measure in ALONE.items()}
    return alone | {name: measure(main, aux, words) for name, measure in TOGETHER.items()}
