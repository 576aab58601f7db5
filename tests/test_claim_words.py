"""The words of the chapters' claims: what they promise, their kinds test."""

import json

import claim_words as words
import nbformat
import pytest

# Sentences that said more than their kinds test when the chapters' claims moved to kinds. They are
# reworded, or tested as they stand, when their chapters are rewritten; none may be added.
TO_REWORD = json.loads(words.TO_REWORD.read_text("utf8"))["chapters"]
NOW = words.found_in_chapters()


@pytest.mark.parametrize("chapter", sorted(NOW))
def test_a_sentence_says_no_more_than_its_kind_tests(chapter: str) -> None:
    listed = TO_REWORD.get(chapter, {})
    new = {s: said for s, said in NOW[chapter].items() if said != listed.get(s)}
    assert not new, "reword these, or give them the kind that they want"


@pytest.mark.parametrize("chapter", sorted(TO_REWORD))
def test_what_was_reworded_is_off_the_list(chapter: str) -> None:
    assert set(TO_REWORD[chapter]) <= set(NOW[chapter])


def read(*cells: str) -> list[words.Claim]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    return list(words.claims(notebook))


def test_claims_are_read_with_their_kinds_and_margins() -> None:
    found = read(
        'claim("Up.", better(a) & same(b, within=0.5))\nclaim(f"At {x}.", kind, "seen")',
        'kind = at_least(a.difference, 1)\nclaim("Old.", a.low > 0, a)\nclaim("By name.", kind)',
    )
    assert [(c.sentence, set(c.kinds), c.margins) for c in found] == [
        ("Up.", {"better", "same"}, [0.5]),
        ("By name.", {"at_least"}, []),
    ]
    assert [c.rests_on_means for c in found] == [False, True]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ('"They end level.", better(a)', "says 'level': wants same or exactly"),
        ('"It gives nothing.", at_most(a, 1)', "says 'nothing': wants"),
        ('"It is the same as before.", better(a)', "says 'same': wants"),
        ('"It cannot be told.", at_most(a, 1)', "wants unclear"),
        ('"It does not help.", unclear(a)', "wants to say that it cannot be told"),
        ('"They are level.", same(a, within=2)', "wants to name it"),
        ('"They are within 12 points.", same(a, within=2)', "wants to name it"),
        ('"Every task gains.", better(a)', "says 'Every': wants the number"),
        ('"It is far better.", better(a)', "says 'far': wants the number"),
        ('"It gains two points.", at_least(a.difference, 2)', "rests on a mean"),
    ],
)
def test_a_sentence_that_says_more_is_seen(call: str, problem: str) -> None:
    [claim] = read(f"claim({call})")
    [found] = words.problems(claim)
    assert problem in found


@pytest.mark.parametrize(
    "call",
    [
        '"They are within two points.", same(a, within=2)',
        '"They are level to .02.", same(a, within=0.02)',
        '"Less than a point apart.", same(a, within=1)',
        '"They differ by at most 2 %.", same(a, within=0.02)',
        'f"Within {m} points.", same(a, within=m)',
        '"The outputs are the same.", exactly(a, b)',
        '"Tasks on the same inputs help at equal work.", better(a)',
        '"A trunk beats nothing shared.", better(a)',
        '"Whether it helps cannot be told.", unclear(a)',
        '"It costs nothing that can be seen.", unclear(a)',
        '"Five are not better than one, as far as ten seeds can tell.", unclear(a)',
        '"Neither is clearly ahead.", unclear(a)',
        '"It does no clear harm.", unclear(a)',
        '"The oracle is not seen to gain.", unclear(a)',
        '"All three tasks gain.", better(a, b, c)',
        '"All but the last layer is shared.", better(a)',
    ],
)
def test_a_sentence_that_says_what_is_tested_passes(call: str) -> None:
    [claim] = read(f"claim({call})")
    assert words.problems(claim) == []
