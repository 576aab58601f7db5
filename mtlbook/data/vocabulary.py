"""Words and labels as numbers: what a tagger sees of a sentence, and what it is to answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mtlbook.data.sentences import Sentence

UNKNOWN = 0
"""What stands for a word or suffix outside the vocabulary; also what fills up a short sentence."""
IGNORE = -100
"""The target of a token without a label; PyTorch's losses leave it out."""
SHAPES = ("small", "Capital", "ALL CAPITALS", "digits", "no letter")


class Vocabulary:
    """Numbers for the words of a text: 1, 2, … from the most frequent one down; 0 is unknown.

    Args:
        symbols: the text; how often each symbol occurs in it is kept in ``counts``.
        after: a vocabulary that it goes on: what that one knows keeps its number, and its counts
            are added.
    """

    ids: dict[str, int]
    counts: np.ndarray

    def __init__(self, symbols: Iterable[str], after: Vocabulary | None = None) -> None:
        found = Counter(symbols)
        ranked = sorted(found, key=lambda symbol: (-found[symbol], symbol))
        known = {} if after is None else dict(zip(after.ids, after.counts[1:], strict=True))
        self.ids = {symbol: rank for rank, symbol in enumerate(known | dict.fromkeys(ranked), 1)}
        self.counts = np.array([0, *(known.get(symbol, 0) + found[symbol] for symbol in self.ids)])

    def __len__(self) -> int:
        """Return how many numbers there are, with that of the unknown."""
        return len(self.counts)

    def __getitem__(self, symbol: str) -> int:
        """Return the number of a symbol, or ``UNKNOWN``."""
        return self.ids.get(symbol, UNKNOWN)


def suffix(word: str) -> str:
    """Return the last three letters in lower case: *-ing*, *-ely*, *the*."""
    return word[-3:].lower()


def shape(word: str) -> int:
    """Return how a word is written, as its place in :data:`SHAPES`."""
    if any(letter.isdigit() for letter in word):
        return 3
    if not any(letter.isalpha() for letter in word):
        return 4
    if word.isupper() and len(word) > 1:
        return 2
    return int(word[0].isupper())


def tag_sets(sentences: Iterable[Sentence], tasks: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the labels that each task uses, sorted. Collect them from all sentences, once.

    Raises:
        ValueError: if no sentence has a task.
    """
    found: dict[str, set[str]] = {task: set() for task in tasks}
    for sentence in sentences:
        for task in tasks:
            found[task].update(sentence.tags.get(task, ()))
    for task, tags in found.items():
        if not tags:
            raise ValueError(f"no sentence has the task {task!r}")
    return {task: tuple(sorted(tags)) for task, tags in found.items()}


@dataclass(frozen=True)
class Encoded:
    """``n`` sentences as numbers, filled up to the length ``N`` of the longest.

    Attributes:
        x: number of the word, of its suffix and of its shape, ``(n, N, 3)``.
        counts: how often word and suffix occur in the text of the vocabulary, ``(n, N, 2)``.
        lengths: ``(n,)``.
        targets: for each task the numbers of the labels, ``(n, N)``; else ``IGNORE``.
    """

    x: np.ndarray
    counts: np.ndarray
    lengths: np.ndarray
    targets: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.lengths)


class Encoder:
    """Turns sentences into numbers, with the vocabulary of the text it was made from.

    Args:
        text: the sentences one trains on; their words and suffixes are known.
        labels: the labels of each task, see :func:`tag_sets`.
        after: an encoder of another text, whose words and suffixes are known as well.
    """

    words: Vocabulary
    suffixes: Vocabulary

    def __init__(
        self,
        text: Sequence[Sentence],
        labels: Mapping[str, tuple[str, ...]],
        after: Encoder | None = None,
    ) -> None:
        tokens = [word for sentence in text for word in sentence.words]
        words = None if after is None else after.words
        suffixes = None if after is None else after.suffixes
        self.words = Vocabulary((word.lower() for word in tokens), words)
        self.suffixes = Vocabulary((suffix(word) for word in tokens), suffixes)
        self.labels = dict(labels)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many numbers the words, the suffixes and the shapes take."""
        return len(self.words), len(self.suffixes), len(SHAPES)

    def encode(self, sentences: Sequence[Sentence]) -> Encoded:
        """Turn sentences, and their labels in every task, into numbers.

        Raises:
            ValueError: if there is no sentence, or a label is not in the task's set.
        """
        if not sentences:
            raise ValueError("no sentences to encode")
        lengths = np.array([len(sentence) for sentence in sentences])
        size = (len(sentences), int(lengths.max()))
        x = np.full((*size, 3), UNKNOWN)
        targets = {task: np.full(size, IGNORE) for task in self.labels}
        ids = {
            task: {label: i for i, label in enumerate(labels)}
            for task, labels in self.labels.items()
        }
        for row, sentence in enumerate(sentences):
            x[row, : len(sentence)] = [
                (self.words[word.lower()], self.suffixes[suffix(word)], shape(word))
                for word in sentence.words
            ]
            for task in self.labels.keys() & sentence.tags.keys():
                for column, label in enumerate(sentence.tags[task]):
                    if label not in ids[task]:
                        raise ValueError(f"{sentence.document}: no {task} label {label!r}")
                    targets[task][row, column] = ids[task][label]
        counts = np.stack([self.words.counts[x[..., 0]], self.suffixes.counts[x[..., 1]]], axis=-1)
        return Encoded(x, counts, lengths, targets)
