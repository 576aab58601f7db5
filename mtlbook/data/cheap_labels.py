"""Labels that cost nothing: each follows from the words alone, or from chance.

Nobody has to annotate them, so they are the first auxiliary tasks that come to mind. Two of them
are made to be useless: a label for each word type that chance has dealt out can be learned and
means nothing, and a label that chance deals out word by word cannot even be learned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import SHAPES, shape
from mtlbook.seeding import stream

CHEAP = ("length", "capitals", "random", "noise", "frequency", "next")
"""The tasks that :func:`with_cheap_labels` adds."""
LABELS = 14
"""How many labels chance deals out: as many as the toy language has parts of speech."""
LONGEST, BUCKETS, FOLLOWERS = 10, 8, 44


def word_lengths(words: Sequence[str]) -> tuple[str, ...]:
    """Label each word with its number of letters, up to ``LONGEST``."""
    return tuple(str(min(len(word), LONGEST)) for word in words)


def word_shapes(words: Sequence[str]) -> tuple[str, ...]:
    """Label each word with how it is written: small, with a capital, digits, no letter."""
    return tuple(SHAPES[shape(word)] for word in words)


def random_by_type(words: Sequence[str], seed: int = 0, labels: int = LABELS) -> tuple[str, ...]:
    """Give each word type one of some labels by chance; the same word always has the same."""
    draws = (stream("random label", seed, word.lower()).random() for word in words)
    return tuple(str(int(draw * labels)) for draw in draws)


def frequency_buckets(words: Sequence[str], counts: Counter[str]) -> tuple[str, ...]:
    """Label each word with the logarithm to base 2 of its count, rounded down.

    Args:
        words: what is labelled.
        counts: how often each word in lower case occurs in the text; a word without count is
            taken to occur once.
    """
    powers = (max(counts[word.lower()], 1).bit_length() - 1 for word in words)
    return tuple(str(min(power, BUCKETS - 1)) for power in powers)


def next_words(words: Sequence[str], known: frozenset[str]) -> tuple[str, ...]:
    """Label each word with the word that follows it, if that is known; else with ``other``.

    The last word of a sentence has the label ``end``.
    """
    following = (word.lower() for word in words[1:])
    return (*(word if word in known else "other" for word in following), "end")


def with_cheap_labels(sentences: Sequence[Sentence], seed: int = 0) -> list[Sentence]:
    """Add the six tasks of :data:`CHEAP` to sentences, beside those that they have.

    Counts, and the words that are common enough to be predicted, are taken from the sentences
    given: label a whole text, then split it.

    Args:
        sentences: the text.
        seed: of the labels that chance deals out.

    Raises:
        ValueError: if there is no sentence.
    """
    if not sentences:
        raise ValueError("no sentences to label")
    counts = Counter(word.lower() for sentence in sentences for word in sentence.words)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    known = frozenset(ranked[:FOLLOWERS])
    chance = stream("noise labels", seed)
    found = []
    for sentence in sentences:
        words = sentence.words
        cheap = {
            "length": word_lengths(words),
            "capitals": word_shapes(words),
            "random": random_by_type(words, seed),
            "noise": tuple(str(int(chance.random() * LABELS)) for _ in words),
            "frequency": frequency_buckets(words, counts),
            "next": next_words(words, known),
        }
        found.append(replace(sentence, tags={**sentence.tags, **cheap}))
    return found
