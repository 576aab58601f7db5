"""MS MARCO: questions asked of a search engine, the passages it found, and written answers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mtlbook.data.faults import Faults
from mtlbook.data.fetch import Place, read_object
from mtlbook.data.reading import Passage, Question, Span, words_of

COLUMNS = ("query", "query_id", "query_type", "passages", "answers")
WRITTEN = "wellFormedAnswers"
"""A column that older files do not have."""
TYPES = ("LOCATION", "NUMERIC", "PERSON", "DESCRIPTION", "ENTITY")
NO_ANSWER = "No Answer Present."
NONE_WRITTEN = "[]"  # so a question without well-formed answers is marked: a text, not a list


def read_msmarco(
    path: str | os.PathLike[str], *, non_commercial: bool = False, strict: bool = True
) -> list[Question]:
    """Read a file of MS MARCO Q&A in the format of version 2.1.

    Its terms allow non-commercial research only and must be agreed to on its site, so nothing is
    downloaded here: fetch ``train_v2.1.json`` or ``dev_v2.1.json`` yourself, and unpack it.

    The file is one object of columns; a column is an object from row to value. Annotators wrote
    the answers in their own words. A question has a span wherever one of its answers stands word
    by word in a passage, but for upper and lower case; spans in passages that the annotator used
    come first. Many questions have none: pick those that do before you train.

    Args:
        path: the file.
        non_commercial: confirm that the use is non-commercial research.
        strict: whether a malformed query refuses the file; else such queries are left out, and a
            warning says so.

    Returns:
        The questions that have an answer, in the order of the file; ``source`` is ``msmarco`` and
        the type of the query, ``well_formed`` holds its well-formed answers.

    Raises:
        ValueError: if the use is not confirmed; with file, query and field, if the file is
            malformed or two queries have one id.

    Source: Bajaj et al. (2016), https://arxiv.org/abs/1611.09268
    """
    if not non_commercial:
        raise ValueError(
            "MS MARCO is for non-commercial research only; if yours is, say non_commercial=True"
        )
    place = Place(Path(path))
    table = read_object(path, '{"query": {row: text, …}, …}, a column for each field')
    if "answers" not in table and {"query", "passages"} <= set(table):
        raise place.refuse(
            "expected a column 'answers', found none; the evaluation set was published without "
            "answers, so read train or dev"
        )
    names = [*COLUMNS, WRITTEN] if WRITTEN in table else COLUMNS
    columns = {name: place.field(table, name, dict) for name in names}
    rows = list(columns["query"])
    if not rows:
        raise place.refuse("expected queries, found none")
    for name, column in columns.items():
        if odd := sorted(set(column) ^ set(rows)):
            raise place.at(f"column {name}").refuse(
                f"expected the rows of column query, found that row {odd[0]} is in one only"
            )
    faults = Faults(place.path, "queries", strict)
    found: list[Question] = []
    ids: set[int] = set()
    for row in rows:
        with faults.part():
            record = {name: column[row] for name, column in columns.items()}
            here = place.at(f"row {row}")
            number = here.field(record, "query_id", int)
            here = place.at(f"query {number}")
            if number in ids:
                raise here.refuse("expected another id for each query; a query has this one")
            ids.add(number)
            found.append(_question(here, record, str(number)))
    faults.report(len(found))
    return [question for question in found if NO_ANSWER not in question.answers]


def _question(place: Place, record: dict[str, Any], name: str) -> Question:
    kind = place.field(record, "query_type", str)
    if kind not in TYPES:
        raise place.at("query_type").refuse(f"expected one of {', '.join(TYPES)}, found {kind!r}")
    passages, selected = [], []
    for number, entry in enumerate(place.field(record, "passages", list), 1):
        here = place.at(f"passage {number}")
        text = here.expect(entry, dict)
        passages.append(here.passage(text, "passage_text"))
        chosen = here.field(text, "is_selected", int)
        if chosen not in (0, 1):
            raise here.at("is_selected").refuse(f"expected 0 or 1, found {chosen}")
        selected.append(chosen)
    if not passages:
        raise place.refuse("expected passages, found none")
    answers = place.texts(record, "answers")
    if not answers:
        raise place.refuse(f"expected an answer, or {NO_ANSWER!r}, found none")
    written = record.get(WRITTEN, NONE_WRITTEN) != NONE_WRITTEN
    asked = place.field(record, "query", str).strip()
    return Question(
        id=name,
        words=words_of(asked),
        passages=tuple(passages),
        spans=_spans(passages, selected, [words_of(answer) for answer in answers]),
        answers=answers,
        source=f"msmarco {kind}",
        text=asked,
        document=name,
        well_formed=place.texts(record, WRITTEN) if written else (),
    )


def _spans(
    passages: Sequence[Passage], selected: Sequence[int], answers: Sequence[Sequence[str]]
) -> tuple[Span, ...]:
    wanted = [[word.lower() for word in answer] for answer in answers]
    found = []
    for i in sorted(range(len(passages)), key=lambda i: -selected[i]):
        words = [word.lower() for word in passages[i].words]
        for answer in wanted:
            length = len(answer)
            found += [
                Span(i, start, start + length - 1)
                for start in range(len(words) - length + 1)
                if words[start : start + length] == answer
            ]
    return tuple(dict.fromkeys(found))
