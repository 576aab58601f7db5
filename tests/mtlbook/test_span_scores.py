"""mtlbook.evaluation.metrics: seqeval against sets of spans counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.data.sentences import Span, bio_tags
from mtlbook.evaluation.metrics import span_f1, token_accuracy

TAGS = ["O", "B-NP", "I-NP", "B-VP", "I-VP"]
Sentences = list[list[str]]


def spans(tags: list[str]) -> set[tuple[int, int, str]]:
    """The spans of a sentence: a ``B-`` and the ``I-`` of the same label that follow it."""
    found = set()
    for start, tag in enumerate(tags):
        if tag.startswith("B-"):
            end = start + 1
            while end < len(tags) and tags[end] == f"I-{tag[2:]}":
                end += 1
            found.add((start, end, tag[2:]))
    return found


def by_hand(gold: Sentences, found: Sentences) -> float:
    pairs = [(spans(g), spans(f)) for g, f in zip(gold, found, strict=True)]
    both = sum(len(g & f) for g, f in pairs)
    total = sum(len(g) + len(f) for g, f in pairs)
    return 2 * both / total if total else 0.0


@st.composite
def taggings(draw: st.DrawFn) -> tuple[Sentences, Sentences]:
    """Two taggings of the same sentences, well-formed or not, that agree in part."""
    gold = draw(
        st.lists(st.lists(st.sampled_from(TAGS), min_size=1, max_size=6), min_size=1, max_size=4)
    )
    found = [[draw(st.sampled_from([tag, *TAGS])) for tag in tags] for tags in gold]
    return gold, found


@given(taggings())
def test_f1_is_that_of_sets_of_spans(case: tuple[Sentences, Sentences]) -> None:
    gold, found = case
    assert span_f1(gold, found) == pytest.approx(by_hand(gold, found))
    assert span_f1(found, gold) == pytest.approx(span_f1(gold, found))


@given(taggings())
def test_accuracy_is_the_share_of_equal_labels(case: tuple[Sentences, Sentences]) -> None:
    gold, found = case
    pairs = [pair for g, f in zip(gold, found, strict=True) for pair in zip(g, f, strict=True)]
    assert token_accuracy(gold, found) == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))


def test_a_span_counts_whole_or_not_at_all() -> None:
    gold = [list(bio_tags(6, [Span(0, 2, "NP"), Span(2, 3, "VP"), Span(3, 6, "NP")]))]
    assert span_f1(gold, gold) == 1
    short = [["B-NP", "I-NP", "B-VP", "B-NP", "I-NP", "O"]]  # 2 of 3 and 3 spans
    assert span_f1(gold, short) == pytest.approx(2 / 3)
    assert token_accuracy(gold, short) == pytest.approx(5 / 6)
    mixed = [["B-NP", "I-VP", "B-VP", "B-NP", "I-NP", "I-NP"]]  # I-VP follows no B-VP
    assert span_f1(gold, mixed) == pytest.approx(2 / 3)
    assert span_f1([["O", "O"]], [["O", "O"]]) == 0


def test_labels_of_other_words_are_refused() -> None:
    for score in (span_f1, token_accuracy):
        with pytest.raises(ValueError, match="not of the same words"):
            score([["O", "O"]], [["O"]])
        with pytest.raises(ValueError, match="not of the same words"):
            score([["O"], ["O"]], [["O"]])
        for nothing in ([], [[]]):
            with pytest.raises(ValueError, match="no word"):
                score(nothing, nothing)
