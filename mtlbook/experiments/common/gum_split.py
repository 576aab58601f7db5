"""How the documents of GUM are split."""

from __future__ import annotations

from functools import cache

import numpy as np

from mtlbook.data.sentences import Sentence
from mtlbook.experiments.common.tagging import Split

TEST, VALIDATION = 150, 60
"""Sentences to test on and to stop on; those of further documents are to train on."""
OTHERS = ("academic", "bio", "court", "speech", "voyage")
"""Genres that nothing is trained or tuned on, 40 sentences each."""


@cache
def _genre(name: str) -> tuple[Sentence, ...]:
    from mtlbook.data.gum import load_gum  # here: most who import this read no treebank

    return tuple(load_gum([name]))


def gum_split(genre: str, seed: int) -> Split:
    """Split the documents of a genre at random into test, validation and training.

    Documents go to the test until they have ``TEST`` sentences, which are drawn from them; then
    to validation likewise; all others to training.
    """
    draw = np.random.default_rng([5, seed])
    sentences = _genre(genre)
    documents = sorted({sentence.document for sentence in sentences})
    waiting = [documents[i] for i in draw.permutation(len(documents))]

    def take(number: int) -> list[Sentence]:
        found: list[Sentence] = []
        while len(found) < number:
            document = waiting.pop()
            found += [s for s in sentences if s.document == document]
        return [found[i] for i in draw.permutation(len(found))[:number]]

    test, validation = take(TEST), take(VALIDATION)
    rest = [sentence for sentence in sentences if sentence.document in waiting]
    others = []
    for other in OTHERS:
        there = _genre(other)
        others += [there[i] for i in draw.permutation(len(there))[:40]]
    return Split([rest[i] for i in draw.permutation(len(rest))], validation, test, others)
