"""The glossary's form: in order, and each entry says where its term comes from."""

import re
from pathlib import Path

import pytest

GLOSSARY = Path(__file__).parents[1] / "book" / "glossary.md"
SOURCE = re.compile(r"\*(?:\[?Chapters? [^*]+|\[After 2019\]\([^*]+)\.\*\Z")


def problems(page: str) -> list[str]:
    """Entries that are out of order, twice there, or without a chapter at their end."""
    entries = [part.partition("\n") for part in re.split(r"(?m)^## ", page)[1:]]
    found = [term for term, _, text in entries if not SOURCE.search(text.strip())]
    order = [re.sub(r"[^\w ]", "", re.sub("[-–]", " ", term)).lower() for term, _, _ in entries]
    later = zip(order, order[1:], entries[1:], strict=False)
    return found + [term for one, two, (term, _, _) in later if one >= two]


def test_the_glossary_keeps_its_form() -> None:
    assert problems(GLOSSARY.read_text("utf8")) == []


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("# G\n\n## B\n\nX. *Chapter 1.*\n\n## A\n\nX. *Chapter 1.*\n", ["A"]),
        ("# G\n\n## A\n\nX. *Chapter 1.*\n\n## A\n\nX. *Chapter 1.*\n", ["A"]),
        ("# G\n\n## A\n\nX.\n\n## B\n\nX. *[Chapter 2](x.ipynb#y).*\n", ["A"]),
        ("# G\n\n## A–B\n\nX. *[After 2019](x.md).*\n\n## A-C\n\nX. *Chapters 1 and 2.*\n", []),
    ],
)
def test_another_form_is_seen(page: str, wrong: list[str]) -> None:
    assert problems(page) == wrong
