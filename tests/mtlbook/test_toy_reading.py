"""mtlbook.toy_reading: exact spans, dials that change one thing, names that are held out."""

import doctest
import re
from collections import Counter
from importlib import import_module
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from mtlbook.data.reading import Question
from mtlbook.evaluation.reading import exact_match, f1
from mtlbook.toy_reading import toy_reading, toy_search
from mtlbook.toy_reading.facts import DRESS, STYLES, Relation
from mtlbook.toy_reading.templates import ALMANAC, RELATIONS
from mtlbook.toy_reading.world import FIRST, NAMES, PARTS

N = 150
PLAIN = {style: toy_reading(N, style) for style in STYLES}
WIDE = toy_reading(N, "newspaper", conflict=1.0)
OFF = toy_reading(N, "newspaper", off_domain=1.0)
NEW = toy_reading(N, new_names=True, new_wording=True)
FOUND = toy_search(60, agree=2, contradict=1)
EVERYTHING = [*PLAIN["encyclopaedia"], *PLAIN["search"], *PLAIN["newspaper"], *WIDE, *OFF, *NEW]


def text(question: Question) -> str:
    return question.passages[0].text


# Every question


def test_a_span_is_its_answer_and_stands_once() -> None:
    for question in [*EVERYTHING, *FOUND]:
        assert {question.cut(span) for span in question.spans} == set(question.answers)
        for i, passage in enumerate(question.passages):
            stated = [span for span in question.spans if span.passage == i]
            assert len(re.findall(rf"\b{question.answers[0]}\b", passage.text)) == len(stated)


def test_texts_are_english_at_first_sight() -> None:
    for question in [*EVERYTHING, *FOUND]:
        for written in [question.text, *question.well_formed, *(p.text for p in question.passages)]:
            assert not re.search(r"[{}|*]|  | [.,:?]", written), written
            assert written[0].isupper()
            assert written[-1] in ".?"
        assert question.text.count("?") == 1
        for passage in question.passages:
            for first in passage.sentences:
                assert passage.words[first][0].isupper(), passage.text


def test_the_well_formed_answer_holds_subject_and_bare_answer() -> None:
    for question in [*PLAIN["encyclopaedia"], *FOUND]:
        (sentence,) = question.well_formed
        assert question.answers[0] in sentence
        names = re.findall(r"[A-Z]\w+", question.text)[1:]
        assert any(name in sentence for name in names)


def test_ids_and_documents_differ() -> None:
    every = [*EVERYTHING, *FOUND, *toy_reading(N, seed=1)]
    unlike = {(question.id, question.text, text(question)) for question in every}
    assert len({key for key, _, _ in unlike}) == 4 * N + 60  # the dials do not change an id
    assert all(question.document == question.id for question in every)


def test_a_passage_has_about_fifty_words_in_four_sentences_or_five() -> None:
    for questions in PLAIN.values():
        lengths = [len(question.passages[0]) for question in questions]
        assert 40 < sum(lengths) / N < 65
        assert {len(question.passages[0].sentences) for question in questions} <= {4, 5, 6, 7, 8}


def test_every_relation_is_asked_for_in_every_style() -> None:
    asked = {r.well_formed.replace("{s}", "").replace("{o}", "") for r in RELATIONS}
    assert len(RELATIONS) == 15
    assert len(asked) == 14  # somebody is born in a year, and in a town
    for style, questions in PLAIN.items():
        kinds = Counter(type_of(question, RELATIONS) for question in questions)
        assert set(kinds) == {"date", "person", "firm", "town", "workers"}, style


def type_of(question: Question, relations: tuple[Relation, ...]) -> str:
    """The type of a question's answer, from the template that asks."""
    for relation in relations:
        for template in [*relation.questions.known, *relation.questions.held_out]:
            if re.fullmatch(re.escape(template).replace(r"\{s\}", ".+"), question.text):
                return relation.answer
    raise AssertionError(question.text)


def test_a_passage_tells_the_same_of_another_subject() -> None:
    """So a date alone does not give the answer away."""
    for question in PLAIN["encyclopaedia"]:
        if type_of(question, RELATIONS) == "date":
            assert len(re.findall(r"\b1[789]\d\d\b", text(question))) >= 2


def test_no_ship_is_lost_before_it_is_built() -> None:
    seen = 0
    for question in toy_reading(400, facts=6):
        ships = re.findall(r"[Tt]he (\w+ \w+) was lost [a-z ]+(\d{4})", text(question))
        for ship, lost in ships:
            built = re.search(
                rf"[Tt]he {ship} was (?:built|launched) [a-z ]+(\d{{4}})", text(question)
            )
            if built:
                assert int(built[1]) < int(lost)
                seen += 1
    assert seen


# Determinism


def test_the_same_arguments_give_the_same_questions() -> None:
    toy_reading(3, "search", seed=5)
    assert toy_reading(N, "newspaper") == PLAIN["newspaper"]
    assert toy_search(60, agree=2, contradict=1) == FOUND


def test_more_questions_do_not_change_earlier_ones() -> None:
    assert toy_reading(20) == PLAIN["encyclopaedia"][:20]
    assert toy_search(7) == FOUND[:7]


def test_platforms_agree_on_the_first_question() -> None:
    """Stored, because it must not depend on Python or machine."""
    first = PLAIN["newspaper"][0]
    assert (first.text, first.answers) == (
        "Whose novel is The Hidden Letter?",
        ("Caspar Lorstead",),
    )


def test_seeds_and_styles_are_independent() -> None:
    sets = [*PLAIN.values(), toy_reading(N, seed=1), toy_reading(N, seed=10)]
    for one, other in combinations(sets, 2):
        assert not {text(q) for q in one} & {text(q) for q in other}
        same = sum(a.answers == b.answers for a, b in zip(one, other, strict=True))
        assert same < 5


# Dials


def test_the_conflict_dial_changes_spans_only() -> None:
    for plain, wide in zip(PLAIN["newspaper"], WIDE, strict=True):
        assert wide.passages == plain.passages
        assert (wide.text, wide.well_formed) == (plain.text, plain.well_formed)
        (a,), (b,) = plain.spans, wide.spans
        assert b.start <= a.start <= a.end <= b.end
        assert plain.answers[0] in wide.answers[0]


def test_who_follows_the_wide_convention_gets_no_exact_match() -> None:
    for plain, wide in zip(PLAIN["newspaper"], WIDE, strict=True):
        assert exact_match(wide.answers[0], plain.answers) == 0
        assert f1(wide.answers[0], plain.answers) >= 0.4  # in the spring of 1850: 2 / 5


def test_every_way_to_write_an_object_adds_a_word_that_counts() -> None:
    for options in DRESS.values():
        for dress in options:
            assert exact_match(dress.replace("|", "xyz"), ["xyz"]) == 0, dress


def test_a_dial_turned_up_only_adds() -> None:
    low = toy_reading(N, "newspaper", conflict=0.3, off_domain=0.2)
    high = toy_reading(N, "newspaper", conflict=0.6, off_domain=0.2)
    changed = 0
    for a, b in zip(low, high, strict=True):
        assert ("wide" in b.source) >= ("wide" in a.source)
        assert ("off-domain" in a.source) == ("off-domain" in b.source)
        assert a.passages == b.passages
        changed += a != b
    assert 0.2 * N < changed < 0.4 * N
    assert 0.2 * N < sum("wide" in question.source for question in low) < 0.4 * N
    assert 0.1 * N < sum("off-domain" in question.source for question in low) < 0.3 * N


def test_the_source_tells_the_dials() -> None:
    assert {question.source for question in PLAIN["search"]} == {"search"}
    assert {question.source for question in WIDE} == {"newspaper wide"}
    assert {question.source for question in OFF} == {"newspaper off-domain"}
    both = toy_reading(5, "newspaper", conflict=1.0, off_domain=1.0)
    assert {question.source for question in both} == {"newspaper off-domain wide"}


def test_questions_off_the_domain_ask_for_something_else() -> None:
    for question in OFF:
        assert type_of(question, ALMANAC)
        with pytest.raises(AssertionError):
            type_of(question, RELATIONS)


def told_by(question: Question, style: str) -> list[bool]:
    """For each sentence whether a template of the style fits it."""
    patterns = [
        re.escape(t).replace(r"\{s\}", ".+").replace(r"\{o\}", ".+")
        for relation in RELATIONS
        for t in relation.statements[style].known
    ]
    passage = question.passages[0]
    edges = [*passage.sentences, len(passage)]
    found = [passage.cut(a, b - 1) for a, b in pairwise(edges)]
    return [any(re.fullmatch(p, s, re.IGNORECASE) for p in patterns) for s in found]


def test_the_distance_dial_moves_sentences_to_the_style() -> None:
    shares = []
    for distance in (0.0, 0.5, 1.0):
        questions = toy_reading(60, "newspaper", distance=distance)
        told = [fits for question in questions for fits in told_by(question, "newspaper")]
        shares.append(sum(told) / len(told))
    assert shares[0] < 0.05
    assert 0.3 < shares[1] < 0.6
    assert shares[2] > 0.8  # the rest are remarks without a fact


def test_more_facts_make_longer_passages() -> None:
    lengths = [
        sum(len(question.passages[0]) for question in toy_reading(40, facts=facts)) / 40
        for facts in (2, 4, 6)
    ]
    assert lengths[0] * 1.6 < lengths[1] < lengths[2] * 0.75


# Held out


def words(questions: list[Question]) -> set[str]:
    return {word for question in questions for word in question.passages[0].words}


def test_held_out_names_do_not_occur_in_training() -> None:
    held = {*NAMES["surname"][1], *NAMES["town"][1], *FIRST[1].split()}
    for questions in (*PLAIN.values(), WIDE, OFF):
        assert not words(questions) & held
    assert len(words(NEW) & held) > 50
    assert not words(NEW) & {*NAMES["surname"][0], *NAMES["town"][0], *FIRST[0].split()}


def test_names_are_held_out_or_not() -> None:
    for kind, (known, held_out) in NAMES.items():
        first, second = (part.split() for part in PARTS[kind])
        assert len({*known, *held_out}) == len(first) * len(second) == 4 * len(held_out)
    for one, other in combinations(("surname", "town"), 2):
        assert not {*NAMES[one][0], *NAMES[one][1]} & {*NAMES[other][0], *NAMES[other][1]}


def test_held_out_templates_are_new() -> None:
    for relation in (*RELATIONS, *ALMANAC):
        for wording in (relation.questions, *relation.statements.values()):
            assert not {*wording.known} & {*wording.held_out}
            assert len({*wording.known}) == len(wording.known) >= 2
            assert wording.held_out
            assert all(template.count("{s}") == 1 for template in wording.known + wording.held_out)
        for told in relation.statements.values():
            assert all(t.count("{o}") == 1 for t in told.known + told.held_out)
        if relation in RELATIONS:
            assert (len(relation.questions.known), len(relation.questions.held_out)) == (4, 2)
    for question in PLAIN["encyclopaedia"]:
        assert any(fits(question, t) for r in RELATIONS for t in r.questions.known)
    for question in NEW:
        assert any(fits(question, t) for r in RELATIONS for t in r.questions.held_out)


def fits(question: Question, template: str) -> bool:
    return re.fullmatch(re.escape(template).replace(r"\{s\}", ".+"), question.text) is not None


# Search


@pytest.mark.parametrize(
    ("passages", "agree", "contradict"), [(4, 2, 1), (4, 1, 0), (3, 1, 2), (6, 6, 0), (8, 1, 7)]
)
def test_passages_agree_contradict_and_distract(passages: int, agree: int, contradict: int) -> None:
    kind = re.compile("date|person|firm|town|workers")
    for question in toy_search(12, passages=passages, agree=agree, contradict=contradict):
        assert len(question.passages) == passages
        assert len(question.spans) == agree
        assert [s.passage for s in question.spans] == sorted({s.passage for s in question.spans})
        assert kind.fullmatch(type_of(question, RELATIONS))
        silent = set(range(passages)) - {span.passage for span in question.spans}
        for i in silent:
            assert question.answers[0] not in question.passages[i].text


def test_contradictions_state_other_answers_of_the_same_subject() -> None:
    """With all passages stating something, each has the subject with another year."""
    seen = 0
    for question in toy_search(80, passages=3, agree=1, contradict=2, facts=2):
        if fits(question, "When was {s} lost?") or fits(question, "When was {s} wrecked?"):
            ship = " ".join(question.text.split(" the ")[1].split(" ")[:2])
            years = set()
            for passage in question.passages:
                years |= {*re.findall(rf"{ship}.*?(\d{{4}})", passage.text)}
            assert len(years) >= 3
            assert question.answers[0] in years
            seen += 1
    assert seen


def test_the_order_of_passages_is_random() -> None:
    first = Counter(question.spans[0].passage for question in toy_search(100, agree=1))
    assert set(first) == {0, 1, 2, 3}
    assert max(first.values()) < 45


# What is refused


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"n": 0}, "n must be positive"),
        ({"style": "poem"}, "one of encyclopaedia, newspaper, search: 'poem'"),
        ({"facts": 1}, "facts must be 2 to 6"),
        ({"facts": 7}, "facts must be 2 to 6"),
        ({"conflict": 1.1}, "conflict must lie between 0 and 1"),
        ({"off_domain": -0.1}, "off_domain must lie between"),
        ({"distance": float("nan")}, "distance must lie between"),
    ],
)
def test_dials_out_of_range_are_refused(arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        toy_reading(**({"n": 5} | arguments))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"agree": 0}, "one passage at least must agree"),
        ({"contradict": -1}, "one passage at least"),
        ({"agree": 3, "contradict": 2}, "3 and 2 of 4"),
        ({"facts": 6}, "facts must be 2 to 5"),
        ({"style": "poem"}, "style must be"),
    ],
)
def test_passages_that_cannot_be_are_refused(arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        toy_search(**({"n": 5} | arguments))  # type: ignore[arg-type]


def test_the_data_page_shows_what_the_templates_write() -> None:
    page = (Path(__file__).parents[2] / "book" / "data.md").read_text("utf8")
    for style in STYLES:
        (question,) = toy_reading(1, style, seed=8)
        (wide,) = toy_reading(1, style, seed=8, conflict=1.0)
        shown = f"- *{style}*: {text(question)} **{question.text}** Narrow: {question.answers[0]}"
        assert f"{shown}; wide: {wide.answers[0]}.\n" in page


def test_the_examples_are_what_comes_out() -> None:
    failed, tried = doctest.testmod(import_module("mtlbook.toy_reading"))
    assert tried
    assert not failed
