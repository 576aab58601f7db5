"""How words and constructions are drawn: every random decision of the grammar is made here."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from mtlbook.seeding import stream
from mtlbook.toy_language.lexicon import NAMES, OPEN
from mtlbook.toy_language.styles import Style

AGAIN = 0.15  # how likely a document is to take up one of its own words again


@cache
def ranking(kind: str, domain: str, core_first: float) -> tuple[str, ...]:
    """Order the words of a kind by how frequent they are in a domain.

    Each word draws a key and the smallest key comes first. The keys of the core are divided by
    ``core_first``, so that a small value makes a domain prefer its own words; with 0 a domain
    that has five words or more of its own uses no others.
    """
    lists = (OPEN | NAMES)[kind]
    draw = stream("ranking", kind, domain)
    own, core = lists[domain].split(), lists["core"].split()
    keyed = {entry: draw.random() for entry in own}
    for entry in core:
        key = draw.random()
        if core_first:
            keyed.setdefault(entry, key / core_first)
        elif len(own) < 5:
            keyed.setdefault(entry, 1 + key)
    return tuple(sorted(keyed, key=lambda entry: (keyed[entry], entry)))


@dataclass
class Draw:
    """The choices of one document.

    Attributes:
        style: the domain, which decides how frequent each word and each construction is.
        source: the document's own stream of random numbers.
        used: the words of each kind that the document has; it takes them up again.
    """

    style: Style
    source: random.Random
    used: dict[str, list[str]] = field(default_factory=dict)

    def chance(self, probability: float) -> bool:
        """Say yes with the given probability."""
        return self.source.random() < probability

    def happens(self, construction: str) -> bool:
        """Say yes as often as the domain uses a construction."""
        return self.chance(self.style.rates[construction])

    def one(self, items: Sequence[str]) -> str:
        """Draw one item, all being equally likely."""
        return items[int(self.source.random() * len(items))]

    def weighted(self, weights: Mapping[str, float]) -> str:
        """Draw a key in proportion to its weight."""
        # fsum rounds once; what sum gives in the last bit depends on the version of Python.
        left = self.source.random() * math.fsum(weights.values())
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return key

    def word(self, kind: str) -> str:
        """Draw a word of a kind: weight 1 / (rank + 2), or one that the document has already."""
        used = self.used.setdefault(kind, [])
        if used and self.chance(AGAIN):
            return self.one(used)
        words = ranking(kind, self.style.domain, self.style.core_first)
        found = self.weighted({word: 1 / (rank + 2) for rank, word in enumerate(words, 1)})
        used.append(found)
        return found
