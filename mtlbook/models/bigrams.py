"""Two small language models: of the words of a question, and of the length of an answer.

Chapter 8 shows them, and weighs auxiliary questions by them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np


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
