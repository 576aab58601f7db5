"""How often each domain uses which construction, and how words and constructions are drawn.

Every random decision of the grammar is made here.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from mtlbook.seeding import stream
from mtlbook.toy_language.lexicon import NAMES, OPEN


@dataclass(frozen=True)
class Style:
    """How a domain writes.

    Attributes:
        domain: its name.
        core_first: how soon the shared words come among the domain's own (1: as soon as those,
            0: never).
        rates: the probability of each construction, where the grammar allows it.
        frames: weights of the kinds of verb, see :mod:`mtlbook.toy_language.clauses`.
        tenses: weights of the tenses.
        agents: weights of who acts: a person, an animal, an organisation, or a pronoun.
        pronouns: weights of the pronouns.
    """

    domain: str
    core_first: float
    rates: Mapping[str, float]
    frames: Mapping[str, float]
    tenses: Mapping[str, float]
    agents: Mapping[str, float]
    pronouns: Mapping[str, float]


# fmt: off
RATES = {
    # sentences
    "question": 0.04, "order": 0.02, "two clauses": 0.10, "two predicates": 0.10,
    "fronted": 0.15, "subordinate": 0.14, "no subject": 0.0,
    # verbs
    "passive": 0.10, "by": 0.4, "negated": 0.08, "try to": 0.10, "adverb": 0.12,
    # what is added to a verb
    "place": 0.35, "time": 0.25, "manner": 0.18,
    # noun phrases
    "name": 0.25, "adjective": 0.30, "compound": 0.06, "plural": 0.28, "number": 0.06,
    "owner": 0.10, "relative": 0.08, "reduced": 0.04, "of": 0.06, "two nouns": 0.06,
    "measure": 0.30, "no article": 0.0, "it": 0.08,
}

FRAMES = {
    "move": 1.0, "act": 0.7, "change": 0.7, "use": 2.0, "meet": 1.0, "treat": 0.8, "give": 0.8,
    "say": 0.8, "phrasal": 0.7, "be": 1.3, "there": 0.3,
}

STYLES = {
    "tale": Style(
        "tale",
        0.7,
        RATES
        | {
            "relative": 0.14,
            "adjective": 0.38,
            "two predicates": 0.16,
            "two nouns": 0.09,
            "fronted": 0.20,
        },
        FRAMES | {"move": 1.4, "there": 0.5},
        {"past": 0.78, "pluperfect": 0.10, "past progressive": 0.12},
        {"person": 0.58, "animal": 0.18, "pronoun": 0.22, "body": 0.02},
        {"he": 3, "she": 3, "they": 2},
    ),
    "report": Style(
        "report",
        0.5,
        RATES
        | {
            "passive": 0.45,
            "compound": 0.28,
            "of": 0.14,
            "number": 0.12,
            "place": 0.40,
            "time": 0.40,
            "name": 0.30,
            "question": 0.0,
            "order": 0.0,
            "two predicates": 0.05,
            "reduced": 0.10,
            "manner": 0.08,
        },
        FRAMES | {"treat": 2.0, "say": 1.6, "act": 0.4, "move": 0.5, "meet": 0.8},
        {"past": 0.42, "perfect": 0.24, "present": 0.14, "future": 0.20},
        {"person": 0.44, "animal": 0.01, "pronoun": 0.07, "body": 0.48},
        {"it": 1, "they": 3, "he": 1, "she": 1},
    ),
    "letter": Style(
        "letter",
        0.7,
        RATES
        | {
            "question": 0.20,
            "order": 0.10,
            "negated": 0.14,
            "owner": 0.24,
            "passive": 0.04,
            "adverb": 0.22,
            "try to": 0.16,
            "subordinate": 0.22,
            "name": 0.35,
        },
        FRAMES | {"say": 1.3, "be": 1.8, "give": 1.2, "meet": 1.4},
        {"past": 0.32, "present": 0.20, "perfect": 0.16, "future": 0.20, "progressive": 0.12},
        {"person": 0.34, "animal": 0.05, "pronoun": 0.59, "body": 0.02},
        {"I": 5, "you": 3, "we": 3, "he": 1, "she": 2, "they": 1},
    ),
    "recipe": Style(
        "recipe",
        0.0,
        RATES
        | {
            "question": 0.0,
            "order": 0.84,
            "two predicates": 0.32,
            "subordinate": 0.26,
            "place": 0.34,
            "time": 0.24,
            "manner": 0.22,
            "owner": 0.01,
            "name": 0.01,
            "relative": 0.02,
            "adjective": 0.42,
            "number": 0.20,
            "measure": 0.60,
            "try to": 0.0,
            "two nouns": 0.18,
            "passive": 0.5,
            "by": 0.0,
            "of": 0.02,
            "plural": 0.42,
            "it": 0.10,
        },
        {"use": 0.6, "phrasal": 0.1, "change": 1.0, "be": 1.0},
        {"present": 0.55, "future": 0.45},
        {"person": 0.1, "pronoun": 0.9},
        {"you": 1},
    ),
    "log": Style(
        "log",
        0.3,
        RATES
        | {
            "no subject": 0.42,
            "no article": 0.60,
            "question": 0.0,
            "order": 0.0,
            "place": 0.48,
            "time": 0.48,
            "number": 0.16,
            "fronted": 0.28,
            "relative": 0.02,
            "owner": 0.02,
            "name": 0.30,
            "adverb": 0.05,
            "passive": 0.16,
            "two clauses": 0.14,
        },
        FRAMES | {"move": 2.2, "change": 1.2, "say": 0.4, "meet": 0.6, "there": 0.1},
        {"past": 0.92, "pluperfect": 0.08},
        {"person": 0.78, "animal": 0.12, "pronoun": 0.10, "body": 0.0},
        {"we": 3, "they": 1},
    ),
}
# fmt: on
"""The five domains. Numbers that a domain does not name are the common ones."""


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
