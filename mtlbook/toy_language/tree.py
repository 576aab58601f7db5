"""Derivations: trees of words, from which every layer of labels is read off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LAYERS = ("chunk", "entity", "role")


@dataclass(frozen=True)
class Word:
    """A leaf: one token and its part of speech."""

    form: str
    pos: str


@dataclass(frozen=True)
class Phrase:
    """A node over words and phrases, which may be a span of one layer or of several.

    Attributes:
        parts: what it is made of, from left to right.
        chunk: its chunk type, or "" if it is no chunk.
        entity: its entity type, or "".
        role: its semantic role, or "". Roles below a role belong to other verbs and are not read.
    """

    parts: tuple[Part, ...]
    chunk: str = ""
    entity: str = ""
    role: str = ""


Part = Word | Phrase


def leaves(part: Part) -> Iterator[Word]:
    """Yield the words from left to right."""
    if isinstance(part, Word):
        yield part
    else:
        for child in part.parts:
            yield from leaves(child)


def spans(part: Part, layer: str) -> Iterator[tuple[str, int]]:
    """Yield the outermost spans of a layer as (type, length); words outside are ``("", 1)``."""
    kind = "" if isinstance(part, Word) else getattr(part, layer)
    if kind or isinstance(part, Word):
        yield kind, sum(1 for _ in leaves(part))
    else:
        for child in part.parts:
            yield from spans(child, layer)


def bio(part: Part, layer: str) -> tuple[str, ...]:
    """Write the outermost spans of a layer in BIO: B-X begins a span, I-X goes on, O is outside."""
    tags: list[str] = []
    for kind, length in spans(part, layer):
        tags += [f"B-{kind}", *[f"I-{kind}"] * (length - 1)] if kind else ["O"]
    return tuple(tags)


def words(forms: str, pos: str) -> tuple[Part, ...]:
    """Make words of one part of speech from a text with spaces."""
    return tuple(Word(form, pos) for form in forms.split())


def chunk(kind: str, *parts: Part) -> Phrase:
    """Make a chunk."""
    return Phrase(parts, chunk=kind)


def role(kind: str, parts: Sequence[Part]) -> Phrase:
    """Make the span of a semantic role."""
    return Phrase(tuple(parts), role=kind)
