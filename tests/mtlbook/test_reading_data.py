"""mtlbook.data.reading: words, sentences and spans, against the text itself."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbook.data.reading import Passage, Question, Span, passage, words_of

TEXT = 'The Petrel ("a ship.") sank in 1,850.5! Why? Nobody knows. It\'s x'
WRITTEN = st.text(st.sampled_from("a\u0301\u093fB é1,.!?\"'()-_ \n²½”ü٣"), min_size=1, max_size=40)
WITH_WORDS = WRITTEN.filter(lambda text: text.strip())


def test_a_text_is_taken_apart() -> None:
    found = passage(TEXT)
    assert found.words == (
        "The", "Petrel", "(", '"', "a", "ship", ".", '"', ")", "sank", "in", "1,850.5", "!",
        "Why", "?", "Nobody", "knows", ".", "It", "'", "s", "x",
    )  # fmt: skip
    assert [found.words[i] for i in found.sentences] == ["The", "sank", "Why", "Nobody", "It"]
    assert found.cut(0, 1) == "The Petrel"
    assert found.cut(9, 11) == "sank in 1,850.5"
    assert len(found) == 22


@settings(max_examples=40)
@given(WITH_WORDS)
def test_every_mark_is_in_one_word_and_stands_at_its_place(text: str) -> None:
    found = passage(text)
    assert "".join(found.words) == re.sub(r"\s", "", text)
    assert found.words == words_of(text)
    for word, (begin, end) in zip(found.words, found.places, strict=True):
        assert text[begin:end] == word
        assert found.cut(found.words.index(word), found.words.index(word)) == word
    assert list(found.places) == sorted(found.places)


@settings(max_examples=40)
@given(WITH_WORDS)
def test_sentences_begin_behind_their_ends(text: str) -> None:
    found = passage(text)
    assert found.sentences[0] == 0
    assert list(found.sentences) == sorted(set(found.sentences))
    assert found.sentences[-1] < len(found)
    for first in found.sentences[1:]:
        before = text[: found.places[first][0]]
        assert before != before.rstrip()
        assert before.rstrip().rstrip("\"'”’)]")[-1] in ".!?"


@settings(max_examples=40)
@given(WITH_WORDS, st.data())
def test_the_words_of_a_stretch_are_those_that_touch_it(text: str, data: st.DataObject) -> None:
    found = passage(text)
    begin = data.draw(st.integers(0, len(text) - 1))
    behind = data.draw(st.integers(begin + 1, len(text)))
    touching = [i for i, (a, b) in enumerate(found.places) if a < behind and b > begin]
    if touching:
        assert found.find(begin, behind) == (touching[0], touching[-1])
    else:
        with pytest.raises(ValueError, match="no word between the characters"):
            found.find(begin, behind)


@settings(max_examples=40)
@given(WITH_WORDS, st.data())
def test_a_span_is_found_where_it_was_cut(text: str, data: st.DataObject) -> None:
    found = passage(text)
    start = data.draw(st.integers(0, len(found) - 1))
    end = data.draw(st.integers(start, len(found) - 1))
    assert found.cut(start, end) == text[found.places[start][0] : found.places[end][1]]
    assert found.find(found.places[start][0], found.places[end][1]) == (start, end)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी में 3 किताबें।", ["हिन्दी", "में", "3", "किताबें", "।"]),
        ("cafe\u0301-bar", ["cafe\u0301", "-", "bar"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("(中国) ☎\ufe0f", ["(", "中国", ")", "☎\ufe0f"]),
        ("한국은", ["한국은"]),
        ("ภาษา ไทย", ["ภาษา", "ไทย"]),
    ],
)
def test_marks_belong_to_the_word_that_they_are_written_on(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == list(passage(text).words) == words


@pytest.mark.parametrize("text", ["知" * 20 + "。", "ภาษาไทย" * 9, "In short: " + "かな" * 30])
def test_a_text_without_blanks_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ValueError, match="cut the text into words first, with a library for its"):
        passage(text)


def test_a_text_that_quotes_one_without_blanks_is_read() -> None:
    assert (
        passage("A long quotation, not the text, is without blanks: " + "知" * 30).words[0] == "A"
    )
    assert len(passage("知识 " * 30)) == 30


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="without words"):
        passage(text)


@pytest.mark.parametrize("words", [(-1, 0), (1, 0), (0, 22)])
def test_words_that_do_not_exist_are_not_cut(words: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="the passage has 22"):
        passage(TEXT).cut(*words)


def question(spans: tuple[Span, ...] = (), **fields: tuple[str, ...]) -> Question:
    given = {"words": ("Why", "?"), "answers": ("knows",)} | fields
    texts: tuple[Passage, ...] = (passage("One two."), passage(TEXT))
    return Question("q7", given["words"], texts, spans, given["answers"], "test")


def test_a_question_cuts_its_spans() -> None:
    asked = question((Span(1, 15, 16), Span(0, 0, 0)))
    assert [asked.cut(span) for span in asked.spans] == ["Nobody knows", "One"]


@pytest.mark.parametrize(
    ("spans", "problem"),
    [
        ((Span(0, 0, 3),), "question q7: a span from 0 to 3 in a passage of 3 words"),
        ((Span(1, 0, 0), Span(0, 2, 1)), "a span from 2 to 1"),
        ((Span(0, -1, 1),), "a span from -1"),
        ((Span(2, 0, 0),), "no passage 2"),
        ((Span(-1, 0, 0),), "no passage -1"),
    ],
)
def test_spans_outside_the_passages_are_refused(spans: tuple[Span, ...], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        question(spans)


@pytest.mark.parametrize("name", ["words", "answers"])
def test_a_question_needs_words_and_answers(name: str) -> None:
    with pytest.raises(ValueError, match=f"question q7: it has no {name}"):
        question(**{name: ()})
