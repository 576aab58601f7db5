"""MT-SAN (Xu et al. 2019): which auxiliary questions come, and what each of them counts.

**The mixture ratio**, in the two versions that public code has. Both take a random subset of the
auxiliary batches, anew in each epoch. They count it differently: MT-SAN's own code (``train.py``)
in shares of all auxiliary batches, MT-DNN's (``batcher.py``) in multiples of the number of target
batches. So the same ratio means different mixtures in the two whenever there are more, or fewer,
auxiliary batches than target ones.

**Re-weighting by the difference of cross-entropies**, after Moore and Lewis (2010), who chose
sentences for a language model so, van der Wees et al. (2017), who did it for translation, and
MT-SAN, which weighs questions. MT-SAN's code takes the scores from a file; how they are made is
written here as we understand it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from mtlbook.data.reading import Question
from mtlbook.training.mixing import Schedule

Rule = Literal["of the auxiliary", "of the target"]


def batches_of_an_epoch(target: int, auxiliary: int, alpha: float, rule: Rule) -> tuple[int, int]:
    """Return how many target and how many auxiliary batches an epoch takes.

    Args:
        target: batches that the target has.
        auxiliary: batches that the auxiliary sources have, all together.
        alpha: the mixture ratio.
        rule: ``of the auxiliary``, MT-SAN's code: ``alpha`` of the auxiliary batches, and beyond
            1 all of them with fewer target batches; ``of the target``, MT-DNN's code: ``alpha``
            auxiliary batches for each target one, as far as there are so many.

    Raises:
        ValueError: if the ratio is negative, or the rule is unknown.
    """
    if alpha < 0 or rule not in ("of the auxiliary", "of the target"):
        raise ValueError(f"no mixture ratio: {alpha} {rule}")
    if rule == "of the target":
        return target, int(min(alpha * target, auxiliary))
    if alpha > 1:
        return int(auxiliary / alpha), auxiliary
    return target, int(alpha * auxiliary)


def mixture(
    batches: Mapping[str, int], main: str, alpha: float, rule: Rule, updates: int, seed: int
) -> Schedule:
    """Draw epochs of target and auxiliary batches until the target has had its updates.

    ``alpha = 1`` of the auxiliary is MT-SAN's first algorithm: all batches, one source in each.

    Args:
        batches: how many batches each source has.
        main: the target among them.
        alpha: the mixture ratio.
        rule: how the ratio is counted, see :func:`batches_of_an_epoch`.
        updates: of the target; the last epoch is cut behind the last of them.
        seed: of the draws.

    Raises:
        ValueError: if the target is not there, or an epoch takes none of its batches.
    """
    pool = [name for name, size in batches.items() if name != main for _ in range(size)]
    own, extra = batches_of_an_epoch(batches.get(main, 0), len(pool), alpha, rule)
    if own < 1:
        raise ValueError(f"an epoch has no batch of {main!r}: {dict(batches)}, {alpha=}")
    draw = np.random.default_rng([8, seed])
    schedule: Schedule = []
    while updates > 0:
        picked = [pool[i] for i in draw.choice(len(pool), extra, replace=False)] if extra else []
        epoch = [main] * own + picked
        for i in draw.permutation(len(epoch)):
            if updates > 0:
                schedule.append((epoch[i],))
                updates -= epoch[i] == main
    return schedule


class Bigrams:
    """A bigram model, drawn towards the single words, and these towards equal chances.

    A word ``w`` behind ``v`` has the chance
    ``share * n(v, w) / n(v) + (1 - share) * (n(w) + k) / (n + k * size)``, with ``n`` the counts
    in the sentences; where ``v`` never occurred, the second part stands alone. A sentence ends
    with a word of its own.

    Args:
        sentences: the words of each; what the counts are taken from.
        size: how many different words there may be, the end and an unknown one among them.
            Models that are to be compared need the same number.
        k: what is added to the count of each word.
        share: weight of the pairs, below 1.
    """

    def __init__(
        self, sentences: Iterable[Sequence[str]], size: int, k: float = 0.1, share: float = 0.7
    ) -> None:
        self.size, self.k, self.share = size, k, share
        self.words: Counter[str] = Counter()
        self.firsts: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()
        for sentence in sentences:
            padded = ["<s>", *sentence, "</s>"]
            self.words.update(padded[1:])
            self.firsts.update(padded[:-1])
            self.pairs.update(pairwise(padded))
        self.total = self.words.total()

    def chance(self, first: str, word: str) -> float:
        """Return the chance of a word behind another; ``<s>`` begins, ``</s>`` ends."""
        single = (self.words[word] + self.k) / (self.total + self.k * self.size)
        if not self.firsts[first]:
            return single
        pair = self.pairs[first, word] / self.firsts[first]
        return self.share * pair + (1 - self.share) * single

    def cross_entropy(self, sentence: Sequence[str]) -> float:
        """Return the mean surprise of a sentence, in nats per word, its end included."""
        padded = ["<s>", *sentence, "</s>"]
        chances = [self.chance(v, w) for v, w in pairwise(padded)]
        return -float(np.log(chances).mean())


class Lengths:
    """How often answers have how many words.

    Args:
        lengths: of the answers.
        longest: longer ones count as this long.
        k: what is added to the count of each length.
    """

    def __init__(self, lengths: Iterable[int], longest: int = 10, k: float = 0.5) -> None:
        self.longest, self.k = longest, k
        self.counts = Counter(min(length, longest) for length in lengths)

    def cross_entropy(self, length: int) -> float:
        """Return the surprise of a length, in nats."""
        count = self.counts[min(length, self.longest)] + self.k
        return -float(np.log(count / (self.counts.total() + self.k * self.longest)))


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
