"""The dial: an auxiliary labelling that is as related to a task as one asks for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from mtlbook.data.sentences import Sentence
from mtlbook.seeding import stream

RARE = 0.005
"""A word with more than this share of all tokens is told apart by the word that follows it."""
Kind = Literal["word", "noise"]
Cell = tuple[str, ...]


def cells(sentences: Sequence[Sentence]) -> list[Cell]:
    """Return what decides each token's unrelated label: its word, if need be with neighbours.

    Words are compared in lower case. A rare word stands alone. A frequent one is told apart by
    the word that follows it (at the end of a sentence, that goes before it), and if such a pair
    is frequent too, by the words on both sides.
    """
    alone: list[Cell] = []
    paired: list[Cell] = []
    between: list[Cell] = []
    for sentence in sentences:
        words = ["", *(word.lower() for word in sentence.words), ""]
        for before, word, after in zip(words, words[1:], words[2:], strict=False):
            alone.append((word,))
            paired.append((word, after) if after else (before, word, after))
            between.append((before, word, after))
    limit = RARE * len(alone)
    for coarse, fine in ((paired, between), (alone, paired)):
        counts = Counter(coarse)
        fine[:] = [c if counts[c] <= limit else f for c, f in zip(coarse, fine, strict=True)]
    return paired


def by_word(gold: Sequence[str], of: Sequence[Cell], relatedness: float, seed: int) -> list[str]:
    """Relabel cell by cell, with the rules that :func:`relate` states."""
    sizes, inside = Counter(of), defaultdict[Cell, Counter[str]](Counter)
    for cell, label in zip(of, gold, strict=True):
        inside[cell][label] += 1
    marginals = Counter(gold)
    labels = sorted(marginals)
    strata = defaultdict[str, list[Cell]](list)
    for cell in sorted(sizes):
        main = max(sorted(inside[cell]), key=lambda label: inside[cell][label])
        strata[main].append(cell)

    draw = stream("relate", seed)
    fixed: dict[Cell, str] = {}
    owed = dict.fromkeys(labels, 0.0)  # what each label is short of, over all strata
    for main in sorted(strata):
        members = sorted(strata[main], key=lambda cell: (draw.random(), cell))
        total = sum(sizes[cell] for cell in members)
        passed = 0
        for cell in members:
            middle = passed + sizes[cell] / 2
            passed += sizes[cell]
            if middle <= relatedness * total:
                continue
            for label in labels:
                owed[label] += sizes[cell] * marginals[label] / len(gold)
            best = max(labels, key=lambda label: (owed[label], label))
            owed[best] -= sizes[cell]
            fixed[cell] = best
    return [fixed.get(cell, label) for cell, label in zip(of, gold, strict=True)]


def by_token(gold: Sequence[str], relatedness: float, seed: int) -> list[str]:
    """Let the labels of some tokens change places: labels that nothing predicts."""
    draw = stream("relate by token", seed)
    order = sorted(range(len(gold)), key=lambda _: draw.random())
    moved = order[round(relatedness * len(gold)) :]
    goal = sorted(moved, key=lambda _: draw.random())
    found = list(gold)
    for source, target in zip(moved, goal, strict=True):
        found[target] = gold[source]
    return found


def relate(
    sentences: Sequence[Sentence],
    task: str,
    relatedness: float,
    seed: int = 0,
    kind: Kind = "word",
) -> list[Sentence]:
    """Add an auxiliary task ``aux`` to each sentence, as related to a task as one asks for.

    With 1, ``aux`` has the labels of the task. With 0 it has unrelated labels, which are used as
    often as those of the task. In between, that share of the tokens keeps its label and the rest
    gets the unrelated one. The tokens that keep their label are drawn once for a seed, and a
    larger share contains a smaller one.

    *Unrelated* means, for ``kind="word"``, that the label can be learned and is of no use: it
    belongs to the word, whatever that does in its sentence. Were this so of every word, frequent
    ones would give the task away: *the* alone is half of all determiners, and would carry its
    label into them. A word that is more than half a per cent of all tokens therefore has a label
    for each of its neighbours, see :func:`cells`. These units are dealt out so that each label has
    the same share among the nouns as among the verbs, and so on, and the mutual information with
    the task comes close to zero. With ``kind="noise"`` single tokens exchange their labels, and
    nothing predicts them.

    The labels depend on the sentences that are given. Relate a whole corpus, then split it: in a
    part that is related by itself, the same word would have another label. Labels of a task that
    marks spans are taken token by token, so that ``aux`` need not be well-formed BIO.

    Args:
        sentences: the whole corpus.
        task: the task of the sentences that the labels are taken from.
        relatedness: from 0, unrelated, to 1, the same.
        seed: which words keep their label, and which labels the others get.
        kind: ``word`` or ``noise``.

    Raises:
        ValueError: if there are no sentences, a sentence lacks the task, the relatedness is
            outside [0, 1], or the kind is unknown.
    """
    if not 0 <= relatedness <= 1:
        raise ValueError(f"relatedness must lie in [0, 1]: {relatedness}")
    if kind not in ("word", "noise"):
        raise ValueError(f"kind must be 'word' or 'noise': {kind!r}")
    if not sentences:
        raise ValueError("no sentences to relate")
    for sentence in sentences:
        if task not in sentence.tags:
            raise ValueError(f"{sentence.document}: no task {task!r} in {sorted(sentence.tags)}")
    gold = [label for sentence in sentences for label in sentence.tags[task]]
    if kind == "word":
        found = by_word(gold, cells(sentences), relatedness, seed)
    else:
        found = by_token(gold, relatedness, seed)
    result, start = [], 0
    for sentence in sentences:
        end = start + len(sentence)
        result.append(replace(sentence, tags={**sentence.tags, "aux": tuple(found[start:end])}))
        start = end
    return result


def mutual_information(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the mutual information of two labellings of the same tokens, in bits.

    It is the plug-in estimate: labellings that are independent get a little more than zero.
    """
    n = len(first)
    one, other = Counter(first), Counter(second)
    pairs = Counter(zip(first, second, strict=True))
    return math.fsum(
        count / n * math.log2(count * n / (one[a] * other[b])) for (a, b), count in pairs.items()
    )
