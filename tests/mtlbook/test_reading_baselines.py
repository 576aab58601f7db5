"""mtlbook.models.reading_baselines: rules worked through by hand, and how often they are right."""

import pytest

from mtlbook.data.reading import Question, Span, passage, words_of
from mtlbook.evaluation.reading import mean_scores
from mtlbook.models.reading_baselines import candidates, first_of_type, kind_asked, sliding_window
from mtlbook.toy_reading import toy_reading, toy_search

TEXT = (
    "Crowds cheered the Grey Petrel in 1850. Shares rose. Mara Venn of Holt and Sons had 1,250 "
    "hands and 90 horses in Lindow."
)
PASSAGE = passage(TEXT)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was it built?", "year"),
        ("In which year was it built?", "year"),
        ("How many people work there?", "number"),
        ("What is the number of workers?", "number"),
        ("Who runs it?", "name"),
        ("Which town is it?", "name"),
        ("", "name"),
    ],
)
def test_a_question_asks_for_a_kind(question: str, kind: str) -> None:
    assert kind_asked(words_of(question)) == kind


def test_candidates_are_names_years_and_numbers() -> None:
    assert [(PASSAGE.cut(a, b), kind) for a, b, kind in candidates(PASSAGE.words)] == [
        ("Grey Petrel", "name"),
        ("1850", "year"),
        ("Mara Venn of Holt and Sons", "name"),
        ("1,250", "number"),
        ("90", "number"),
        ("Lindow", "name"),
    ]
    assert list(candidates(["It", "rains", "."])) == []
    assert list(candidates(["in", "Lindow", "and"])) == [(1, 1, "name")]


@pytest.mark.parametrize(
    ("question", "first", "window", "both"),
    [
        ("When did the crowds cheer?", "1850", "Grey Petrel", "1850"),
        ("How many hands had Mara?", "1,250", "1,250", "1,250"),
        ("How many horses?", "1,250", "90", "90"),
        ("Who sailed on the Grey Petrel?", "Mara Venn of Holt and Sons", "1850", None),
        ("Where were horses?", "Grey Petrel", "90", "Lindow"),
    ],
)
def test_rules_worked_by_hand(question: str, first: str, window: str, both: str | None) -> None:
    asked, texts = words_of(question), [PASSAGE.words]
    assert PASSAGE.cut(*first_of_type(asked, texts)[1:]) == first
    assert PASSAGE.cut(*sliding_window(asked, texts)[1:]) == window
    assert PASSAGE.cut(*sliding_window(asked, texts, typed=True)[1:]) == (both or first)


def test_the_window_is_looked_for_in_all_passages() -> None:
    texts = [words_of("Nothing about 1700 here."), PASSAGE.words]
    assert first_of_type(words_of("When did they cheer?"), texts) == (0, 2, 2)
    assert sliding_window(words_of("When did crowds cheer the Petrel?"), texts, True)[0] == 1


def test_without_a_candidate_something_is_answered() -> None:
    words = words_of("it rains and it pours all day")
    assert first_of_type(words_of("Who?"), [words]) == (0, 0, 0)
    assert sliding_window(words_of("What pours all day?"), [words]) == (0, 2, 6)
    assert sliding_window(words_of("What pours down all day in a long, long rain?"), [words]) == (
        (0, 0, 6)
    )
    assert first_of_type(words_of("When?"), [words_of("ask Mara")]) == (0, 1, 1)


def exact(questions: list[Question], rule: object, **options: bool) -> float:
    found = []
    for question in questions:
        texts = [text.words for text in question.passages]
        found.append(question.cut(Span(*rule(question.words, texts, **options))))  # type: ignore[operator]
    return mean_scores(found, [question.answers for question in questions])[0]


@pytest.mark.parametrize("style", ["encyclopaedia", "newspaper", "search"])
def test_rules_fail_often_but_not_always(style: str) -> None:
    questions = toy_reading(100, style, seed=3)
    first, window = exact(questions, first_of_type), exact(questions, sliding_window)
    both = exact(questions, sliding_window, typed=True)
    assert 0.1 < min(first, window) <= max(first, window) < both < 0.65


def test_rules_fail_more_often_on_a_search() -> None:
    questions = toy_search(60, seed=3)
    assert 0.02 < exact(questions, first_of_type) < 0.3
    assert 0.02 < exact(questions, sliding_window) < 0.35
