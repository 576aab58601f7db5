"""Relations between things, what can be said of one fact, and how facts become a passage.

A template has ``{s}`` for the subject and ``{o}`` for the object. A line that begins with ``*`` is
held out: only texts in new wording use it, and they use no other. An object never stands bare in
a text: a date has its preposition, a person a title, a firm, a town or a number a noun. What is
bare is the answer by the narrow convention; with what belongs to it, by the wide one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from mtlbook.data.reading import Passage, passage
from mtlbook.seeding import stream

T = TypeVar("T")

STYLES = ("encyclopaedia", "newspaper", "search")

# For each type of answer: what may stand before and after it.
DRESS = {
    "date": ("in |", "in the spring of |", "late in |", "early in |", "in the autumn of |"),
    "person": ("Captain |", "Doctor |", "Professor |", "Judge |", "Colonel |", "Inspector |"),
    "firm": ("the firm of |", "the house of |", "the family firm of |", "the workshop of |"),
    "town": ("the town of |", "the port of |", "the old town of |", "the village of |"),
    "workers": ("some | workers", "about | workers", "nearly | people", "more than | people"),
    "colour": ("a pale |", "a deep |", "a dull |", "a bright |"),
    "height": ("about | centimetres", "up to | centimetres", "nearly | centimetres"),
    "team": ("the team of |", "the women of |", "the club of |"),
    "weekday": ("on |", "last |", "late on |"),
    "stuff": ("a handful of |", "a spoonful of |", "plenty of |"),
    "minutes": ("for | minutes", "for about | minutes", "for at least | minutes"),
}


@dataclass(frozen=True)
class Wording:
    """Templates to choose from: those of training, and those held out."""

    known: tuple[str, ...]
    held_out: tuple[str, ...]

    def draw(self, draw: Random, new: bool) -> str:
        """Draw a template, a held-out one if ``new``."""
        return pick(draw, self.held_out if new else self.known)


@dataclass(frozen=True)
class Relation:
    """What a fact of one sort says, and how it is said.

    Attributes:
        kind: what its subjects are: ship, book, ….
        name: its name, different from that of every other relation of the kind.
        answer: the type of its objects, one of `DRESS`.
        questions: how it is asked for.
        statements: for each style how it is told.
        well_formed: an answer that can stand alone; its object is bare.
    """

    kind: str
    name: str
    answer: str
    questions: Wording
    statements: dict[str, Wording]
    well_formed: str


@dataclass(frozen=True)
class Told:
    """A sentence with a fact: where its object stands, bare and with what belongs to it."""

    text: str
    narrow: tuple[int, int]
    wide: tuple[int, int]

    def moved(self, by: int) -> Told:
        """Say the same of the sentence at a later place in a text."""
        (a, b), (c, d) = self.narrow, self.wide
        return Told(self.text, (a + by, b + by), (c + by, d + by))


def pick(draw: Random, options: Sequence[T]) -> T:
    """Draw one of several options. Only ``random()`` gives the same with every Python."""
    return options[int(draw.random() * len(options))]


def wording(lines: str) -> Wording:
    """Read templates, one a line."""
    each = [line.strip() for line in lines.strip().splitlines()]
    known = tuple(line for line in each if not line.startswith("*"))
    return Wording(known, tuple(line[1:].strip() for line in each if line.startswith("*")))


def relation(
    kind: str, name: str, answer: str, well_formed: str, questions: str, *statements: str
) -> Relation:
    """Define a relation; ``statements`` are in the order of `STYLES`, or one for all of them."""
    told = statements if len(statements) > 1 else statements * len(STYLES)
    styles = {style: wording(lines) for style, lines in zip(STYLES, told, strict=True)}
    return Relation(kind, name, answer, wording(questions), styles, well_formed)


def tell(template: str, relation: Relation, subject: str, bare: str) -> Told:
    """Write a fact, and say where its object stands in the sentence.

    What belongs to the object is part of the fact: it is the same wherever the fact is told.
    """
    dress = pick(stream("dress", relation.name, subject, bare), DRESS[relation.answer])
    before, after = dress.split("|")
    left, right = template.replace("{s}", subject).split("{o}")
    text = left + before + bare + after + right
    begin = len(left) + len(before)
    wide = (len(left), begin + len(bare) + len(after))
    return Told(capital(text), (begin, begin + len(bare)), wide)


def capital(text: str) -> str:
    """Begin a sentence with a capital letter."""
    return text[0].upper() + text[1:]


TARGET = "encyclopaedia"
REMARKS = {
    "encyclopaedia": ("Sources differ on the details.", "Little else is known.",
                      "The records are kept in a museum.", "A fuller account is in preparation."),
    "newspaper": ("Neither side would say more.", "A hearing is set for next week.",
                  "Photographs were not allowed.", "Experts are divided."),
    "search": ("Read more.", "Last changed two years ago.", "Sign in to comment.",
               "Found a mistake? Tell us."),
}  # fmt: skip


@dataclass(frozen=True)
class Telling:
    """A way of writing passages.

    Attributes:
        style: the style.
        distance: how likely a sentence is in that style; the others are in that of the target.
        new_wording: whether all templates are held-out ones.
    """

    style: str
    distance: float
    new_wording: bool

    def write(
        self, draw: Random, facts: Sequence[tuple[str, Relation, str]]
    ) -> tuple[Passage, list[Told]]:
        """Tell facts in some order, each subject's together; return where their objects stand."""
        subjects = dict.fromkeys(subject for subject, _, _ in facts)
        turn = {subject: draw.random() for subject in subjects}
        keys = [(turn[subject], draw.random()) for subject, _, _ in facts]
        text, told = "", [Told("", (0, 0), (0, 0))] * len(facts)
        filler = int(draw.random() * 2 * len(facts))  # behind which fact; half of the texts: none
        for place, i in enumerate(sorted(range(len(facts)), key=lambda i: keys[i])):
            subject, relation, bare = facts[i]
            style = self.style if draw.random() < self.distance else TARGET
            template = relation.statements[style].draw(draw, self.new_wording)
            sentence = tell(template, relation, subject, bare)
            text += " " if text else ""
            told[i] = sentence.moved(len(text))
            text += sentence.text
            remark = pick(draw, REMARKS[style])
            text += f" {remark}" if place == filler else ""
        return passage(text), told
