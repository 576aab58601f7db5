"""SQuAD: questions on paragraphs of Wikipedia, each answered by a span of its paragraph."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from mtlbook.data.faults import Faults
from mtlbook.data.fetch import Place, Source, cache_folder, fetch, read_object
from mtlbook.data.reading import Passage, Question, Span, words_of

SOURCE = Source(
    folder="squad",
    base_url="https://rajpurkar.github.io/SQuAD-explorer/dataset",
    sha256={
        "train-v1.1.json": "3527663986b8295af4f7fcdff1ba1ff3f72d07d61a20f487cb238a6ef92fd955",
        "dev-v1.1.json": "95aa6a52d5d6a735563366753ca50492a658031da74f301ac5238b03966972c9",
    },
)
SHAPE = '{"data": [{"title": …, "paragraphs": [{"context": …, "qas": […]}, …]}, …]}'
CEILING = 0.95
REBUILT = "dev-v1.1-rebuilt.json"
REBUILT_SHA256 = "d52bbc380dbbd21bd20bb6b4353add19b75d6e95df5060ac84c1495b74158b1b"


def load_squad(part: str) -> list[Question]:
    """Load a part of SQuAD 1.1, from the cache or else from its site (30 MB and 5 MB).

    The licence that the site states is CC BY-SA 4.0.

    Args:
        part: ``train`` or ``dev``. The test set was never published.

    Returns:
        The questions, as `read_squad` gives them.

    Raises:
        ValueError: if there is no such part.
        OSError: if the file is missing and cannot be downloaded.

    Source: Rajpurkar et al. (2016), https://arxiv.org/abs/1606.05250
    """
    name = f"{part}-v1.1.json"
    if name not in SOURCE.sha256:
        raise ValueError(f"part must be train or dev: {part!r}")
    return read_squad(*fetch(SOURCE, [name]))


def load_rebuilt() -> list[Question]:
    """Load the development set as it was rebuilt from the public explorer pages.

    It has 9,404 of the 10,570 questions: those whose first answer stands exactly once in its
    paragraph, because the pages show no offsets. Further answers have the offset of the first
    place where they stand. `certain` picks by the same rule out of the official file.

    Raises:
        OSError: if the file is not in the cache, or is another one. It is not published.
    """
    path = cache_folder() / SOURCE.folder / REBUILT
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    if found != REBUILT_SHA256:
        problem = "is another file" if found else "is not there"
        raise OSError(
            f"{path} {problem}. It is no public file; certain(load_squad('dev')) picks the same "
            f"questions out of the official one. Its SHA-256 is {REBUILT_SHA256}."
        )
    return read_squad(path)


def certain(questions: Iterable[Question]) -> list[Question]:
    """Return the questions whose first answer stands exactly once in their passage."""
    return [
        question
        for question in questions
        if question.passages[0].text.count(question.answers[0]) == 1
    ]


def read_squad(path: str | os.PathLike[str], *, strict: bool = True) -> list[Question]:
    """Read any file in the format of SQuAD 1.1.

    A span has all words that touch the answer, so it may be longer than the answer where that
    ends inside a word. A warning says so if that keeps more than 5 % of the questions from an
    exact match (`exact_ceiling`). Answers that are given twice count once.

    Args:
        path: the file.
        strict: whether a malformed entry (an article, a paragraph or a question) refuses the
            file; else such entries are left out, and a warning says so.

    Returns:
        The questions in the order of the file. ``document`` is the title of the article, or its
        number in a file without titles: no article may be split between training and test.
        Questions on a paragraph share it.

    Raises:
        ValueError: with file, article, paragraph and question, if the file is malformed, if an
            answer does not stand at its offset, or if two questions have one id.
    """
    place = Place(Path(path))
    faults = Faults(place.path, "entries", strict)
    found: list[Question] = []
    data = place.field(read_object(path, SHAPE), "data", list)
    ids: set[str] = set()
    for number, entry in enumerate(data, 1):
        here = place.at(f"article {number}")
        with faults.part():
            article = here.expect(entry, dict)
            title = here.field({"title": here.where, **article}, "title", str)
            if "paragraphs" not in article and "context" in article:
                raise here.refuse(f"expected {SHAPE}, found a question without an article")
            for i, paragraph in enumerate(here.field(article, "paragraphs", list), 1):
                with faults.part():
                    there = here.at(f"paragraph {i}")
                    found += _paragraph(there, there.expect(paragraph, dict), title, ids, faults)
    faults.report(len(found))
    if not found:
        raise place.refuse("expected questions, found none")
    if (ceiling := exact_ceiling(found)) < CEILING:
        warnings.warn(
            f"{path}: exact match can reach {100 * ceiling:.1f} % at most, since answers begin or "
            "end inside of words",
            stacklevel=2,
        )
    return found


def exact_ceiling(questions: Sequence[Question]) -> float:
    """Return the share of questions with a span that is one of the answers, letter by letter.

    Raises:
        ValueError: if there is no question.
    """
    return fmean(
        any(question.cut(span) in map(str.strip, question.answers) for span in question.spans)
        for question in questions
    )


def _paragraph(
    place: Place, paragraph: dict[str, Any], title: str, ids: set[str], faults: Faults
) -> list[Question]:
    found = []
    text = place.passage(paragraph, "context")
    for number, entry in enumerate(place.field(paragraph, "qas", list), 1):
        here = place.at(f"question {number}")
        with faults.part():
            question = here.expect(entry, dict)
            identity = question.get("id")
            name = str(identity) if type(identity) is int else here.field(question, "id", str)
            here = place.at(f"question {name}")
            if name in ids:
                raise here.refuse("expected another id for each question; a question has this one")
            ids.add(name)
            found.append(_question(here, question, name, text, title))
    return found


def _question(
    place: Place, question: dict[str, Any], name: str, text: Passage, title: str
) -> Question:
    asked = place.field(question, "question", str).strip()
    answers = place.field(question, "answers", list)
    if not answers:
        raise place.refuse(
            "expected an answer, found none; questions without answers (SQuAD 2.0) are not read, "
            "so remove them first"
        )
    spans, texts = [], []
    for number, entry in enumerate(answers, 1):
        here = place.at(f"answer {number}")
        answer = here.expect(entry, dict)
        wanted = here.field(answer, "text", str)
        start = here.field(answer, "answer_start", int)
        there = text.text[start : start + len(wanted)] if start >= 0 else ""
        if there != wanted:
            raise here.refuse(
                f"expected {wanted!r} at character {start} of the paragraph, found {there!r}; "
                "offsets count characters from 0"
            )
        spans.append(Span(0, *text.find(start, start + len(wanted))))
        texts.append(wanted)
    return Question(
        id=name,
        words=words_of(asked),
        passages=(text,),
        spans=tuple(dict.fromkeys(spans)),
        answers=tuple(dict.fromkeys(texts)),
        source="squad",
        text=asked,
        document=title,
    )
