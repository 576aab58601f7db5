"""Mentions of entities in GUM's bracket notation, the attribute ``Entity`` of column ten."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from mtlbook.data.spans import Span
from mtlbook.data.treebank import Word, malformed

ENTITY_TYPES = re.compile(
    "abstract|animal|event|object|organization|person|place|plant|substance|time"
)
BRACKET = re.compile(r"\((?P<opened>[^()]+)(?P<single>\))?|(?P<closed>[^()-]+)\)")
LONGEST_NAME = 6


def mention_spans(path: Path, words: Sequence[Word], attributes: int) -> list[Span]:
    """Read the mentions of a sentence, nested ones included.

    ``(7-person-…`` opens a mention of entity 7, ``7)`` closes the one opened last, and
    ``(7-person-…)`` is a mention of one word. Behind number and type stand further attributes,
    which are not used; the last may be absent, and may hold hyphens.

    Args:
        path: the file, for errors.
        words: the words of a sentence.
        attributes: how many attributes the document declares (``global.Entity``).

    Returns:
        Spans labelled with the type of the entity, in the order in which they open.

    Raises:
        ValueError: with file and line, if brackets are broken, do not match within the sentence,
            or name an unknown type.
    """
    spans: list[Span | None] = []
    opened: list[tuple[str, int, int, str]] = []
    for i, word in enumerate(words):
        for match in _brackets(path, word):
            if match["closed"]:
                places = [k for k, (group, *_) in enumerate(opened) if group == match["closed"]]
                if not places:
                    raise malformed(path, word.line, f"expected a mention to close: {match[0]!r}")
                _, place, start, label = opened.pop(places[-1])
                spans[place] = Span(start, i + 1, label)
                continue
            group, _, rest = match["opened"].partition("-")
            label = rest.split("-")[0]
            if not ENTITY_TYPES.fullmatch(label) or rest.count("-") < attributes - 3:
                raise malformed(
                    path, word.line, f"expected an entity with type and attributes: {match[0]!r}"
                )
            spans.append(Span(i, i + 1, label) if match["single"] else None)
            if not match["single"]:
                opened.append((group, len(spans) - 1, i, label))
    if opened:
        line = words[opened[-1][2]].line
        raise malformed(path, line, f"expected the mention of entity {opened[-1][0]} to be closed")
    return [span for span in spans if span is not None]


def _brackets(path: Path, word: Word) -> list[re.Match[str]]:
    value = word.misc.get("Entity", "")
    found = list(BRACKET.finditer(value))
    if "".join(match[0] for match in found) != value or ("Entity" in word.misc and not value):
        raise malformed(path, word.line, f"expected brackets of entities, found {value!r}")
    return found


def named(words: Sequence[Word], span: Span) -> bool:
    """Whether a mention is a name: at most six words, with a proper noun as its head.

    The head is the first word of the mention, punctuation aside, whose own head is outside.
    Longer mentions are left out: most of them hold a relative clause or an apposition.
    """
    inside = range(span.start, span.end)
    heads = [i for i in inside if words[i].head not in inside and words[i].upos != "PUNCT"]
    proper = bool(heads) and words[heads[0]].xpos in {"NNP", "NNPS"}
    return proper and len(inside) <= LONGEST_NAME
