"""mtlbook.data.relatedness: does the dial do what it says?"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbook.data.relatedness import Kind, mutual_information, relate
from mtlbook.data.sentences import Sentence
from mtlbook.toy_language import toy_sentences

CORPUS = toy_sentences(700, "tale", seed=5)
STEPS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
TASKS = ("pos", "chunk", "role", "entity")


def labels(sentences: Sequence[Sentence], task: str) -> list[str]:
    return [label for sentence in sentences for label in sentence.tags[task]]


def entropy(found: Sequence[str]) -> float:
    return -sum(c / len(found) * math.log2(c / len(found)) for c in Counter(found).values())


@pytest.mark.parametrize("kind", ["word", "noise"])
@pytest.mark.parametrize("task", TASKS)
def test_the_mutual_information_rises_with_the_dial(task: str, kind: Kind) -> None:
    gold = labels(CORPUS, task)
    for seed in (0, 1):
        bits = [
            mutual_information(gold, labels(relate(CORPUS, task, step, seed, kind), "aux"))
            for step in STEPS
        ]
        assert all(low < high for low, high in pairwise(bits)), bits
        assert bits[0] < 0.03 * entropy(gold)
        assert bits[-1] == pytest.approx(entropy(gold))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("task", TASKS)
def test_each_label_is_used_as_often_as_in_the_task(task: str, step: float) -> None:
    gold = Counter(labels(CORPUS, task))
    n = gold.total()
    for kind, tolerance in (("word", 0.015), ("noise", 0.0)):
        found = Counter(labels(relate(CORPUS, task, step, 3, kind), "aux"))
        assert set(found) <= set(gold)
        assert sum(abs(found[label] - gold[label]) for label in gold) / 2 / n <= tolerance


@pytest.mark.parametrize("kind", ["word", "noise"])
def test_the_share_of_tokens_that_keep_their_label_is_the_dial(kind: Kind) -> None:
    gold = labels(CORPUS, "pos")
    chance = sum((count / len(gold)) ** 2 for count in Counter(gold).values())
    for step in STEPS:
        found = labels(relate(CORPUS, "pos", step, 4, kind), "aux")
        same = sum(a == b for a, b in zip(gold, found, strict=True)) / len(gold)
        assert same == pytest.approx(step + (1 - step) * chance, abs=0.02)


def test_a_rare_word_has_one_unrelated_label_whatever_it_does() -> None:
    seen = defaultdict(set)
    counts = Counter(word.lower() for sentence in CORPUS for word in sentence.words)
    total = counts.total()
    for sentence in relate(CORPUS, "pos", 0.0, 6):
        for word, label in zip(sentence.words, sentence.tags["aux"], strict=True):
            seen[word.lower()].add(label)
    rare = [word for word in counts if counts[word] <= 0.005 * total]
    assert len(rare) > 500
    assert {len(seen[word]) for word in rare} == {1}
    assert len(seen["the"]) > 5


def test_a_frequent_word_is_told_by_its_neighbours() -> None:
    """The word with both neighbours always tells the label, so that it can be learned."""
    seen = defaultdict(set)
    for sentence in relate(CORPUS, "chunk", 0.0, 6):
        words = ["", *(word.lower() for word in sentence.words), ""]
        for place, label in enumerate(sentence.tags["aux"], 1):
            seen[tuple(words[place - 1 : place + 2])].add(label)
    assert {len(found) for found in seen.values()} == {1}


def test_noise_can_not_be_told_from_the_words() -> None:
    seen = defaultdict(list)
    for sentence in relate(CORPUS, "pos", 0.0, 6, "noise"):
        for word, label in zip(sentence.words, sentence.tags["aux"], strict=True):
            seen[word.lower()].append(label)
    assert mutual_information(seen["the"], seen["the"]) > 3
    words = [word.lower() for sentence in CORPUS for word in sentence.words]
    often = {word for word, found in seen.items() if len(found) > 100}
    told = [(w, t) for w, t in zip(words, labels(relate(CORPUS, "pos", 0.0, 6, "noise"), "aux"),
                                   strict=True) if w in often]  # fmt: skip
    assert mutual_information([w for w, _ in told], [t for _, t in told]) < 0.1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0, 1), st.sampled_from(["word", "noise"]))
def test_a_larger_share_contains_a_smaller_one(
    seed: int, one: float, other: float, kind: Kind
) -> None:
    """With a label for each word, hardly a token keeps its label by chance."""
    some = [
        replace(sentence, tags={"word": tuple(word.lower() for word in sentence.words)})
        for sentence in CORPUS[:60]
    ]
    gold = labels(some, "word")
    kept = []
    for step in sorted((one, other)):
        found = labels(relate(some, "word", step, seed, kind), "aux")
        kept.append({n for n, (a, b) in enumerate(zip(gold, found, strict=True)) if a == b})
    assert len(kept[0] - kept[1]) <= 0.03 * len(gold)


@pytest.mark.parametrize("kind", ["word", "noise"])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_dial_at_one_is_the_task_itself(n: int, kind: Kind) -> None:
    for seed in range(5):
        found = relate(CORPUS[:n], "role", 1.0, seed, kind)
        assert labels(found, "aux") == labels(found, "role")


def test_nothing_else_changes() -> None:
    before = [dict(sentence.tags) for sentence in CORPUS]
    for old, new in zip(CORPUS, relate(CORPUS, "chunk", 0.5), strict=True):
        assert (new.words, new.domain, new.document) == (old.words, old.domain, old.document)
        assert {task: tags for task, tags in new.tags.items() if task != "aux"} == old.tags
    assert [dict(sentence.tags) for sentence in CORPUS] == before


def test_the_seed_decides() -> None:
    for kind in ("word", "noise"):
        one, same, other = (relate(CORPUS[:50], "pos", 0.5, seed, kind) for seed in (1, 1, 2))
        assert one == same
        assert one != other


def test_mutual_information_by_hand() -> None:
    assert mutual_information("aabb", "xxyy") == pytest.approx(1)
    assert mutual_information("aabb", "xyxy") == pytest.approx(0)
    expected = 0.75 * math.log2(0.75 / (0.75 * 0.75)) + 0.25 * math.log2(0.25 / (0.25 * 0.25))
    assert mutual_information("aaab", "xxxy") == pytest.approx(expected)


@pytest.mark.parametrize("dial", [-0.1, 1.1, math.nan])
def test_a_dial_outside_its_range_is_refused(dial: float) -> None:
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        relate(CORPUS, "pos", dial)


def test_what_can_not_be_related_is_refused() -> None:
    with pytest.raises(ValueError, match="no task 'rhyme' in"):
        relate(CORPUS, "rhyme", 0.5)
    with pytest.raises(ValueError, match="no sentences"):
        relate([], "pos", 0.5)
    with pytest.raises(ValueError, match="'word' or 'noise': 'type'"):
        relate(CORPUS, "pos", 0.5, kind="type")  # type: ignore[arg-type]
