"""What clauses have in common: what they must fit into, who acts, and what is added."""

from __future__ import annotations

from dataclasses import dataclass

from mtlbook.toy_language.adjuncts import how, when, where
from mtlbook.toy_language.draw import Draw
from mtlbook.toy_language.names import pronoun
from mtlbook.toy_language.nouns import noun_phrase
from mtlbook.toy_language.tree import Part, Word, chunk, leaves
from mtlbook.toy_language.verbs import Noun

OBJECTS = {
    "use": {"thing": 0.7, "stuff": 0.3},
    "meet": {"person": 0.85, "animal": 0.15},
    "treat": {"idea": 1.0},
    "phrasal": {"thing": 0.8, "stuff": 0.2},
    "give": {"thing": 0.8, "stuff": 0.2},
}
ANIMALS_TOO = ("move", "act", "meet")


@dataclass(frozen=True)
class Setting:
    """What a clause must fit into.

    Attributes:
        tense: the tense of its verb.
        plain: whether its noun phrases are kept short.
        inner: whether it lies inside another clause; it then has a subject.
        said: the roles that the sentence has already, which the clause does not repeat.
        asked: of a question, what it asks for: ``yes`` for yes or no, ``who``, or a role.
    """

    tense: str
    plain: bool = False
    inner: bool = False
    said: tuple[str, ...] = ()
    asked: str = ""


def simple(tense: str) -> str:
    """Return the tense for verbs that are not used in progressive tenses."""
    return {"past progressive": "past", "progressive": "present"}.get(tense, tense)


def agent(draw: Draw, frame: str, plain: bool) -> Noun:
    """Write somebody who acts."""
    weights = dict(draw.style.agents)
    if frame not in ANIMALS_TOO:
        weights["animal"] = 0.0
    kind = draw.weighted(weights)
    return pronoun(draw, 0) if kind == "pronoun" else noun_phrase(draw, kind, plain=plain)


def pp(preposition: str, noun: Noun) -> tuple[Part, ...]:
    """Put a preposition before a noun phrase."""
    return chunk("PP", Word(preposition, "ADP")), *noun.parts


def is_pronoun(noun: Noun) -> bool:
    """Whether a noun phrase is a pronoun."""
    return [word.pos for part in noun.parts for word in leaves(part)] == ["PRON"]


def particle(entry: str) -> Part:
    """Write the particle of a phrasal verb."""
    return chunk("PRT", Word(entry.split("_")[1], "ADP"))


def adjuncts(draw: Draw, setting: Setting, frame: str) -> list[Part]:
    """Draw how, where and when."""
    found: list[Part] = []
    if draw.happens("manner"):
        found.append(how(draw, willed=frame in ("move", "act", *OBJECTS)))
    if "PLACE" not in setting.said and (
        draw.chance(0.75) if frame == "move" else draw.happens("place")
    ):
        found.append(where(draw, frame == "move"))
    if "TIME" not in setting.said and draw.happens("time"):
        found.append(when(draw, setting.tense))
    return found


def reported(draw: Draw, tense: str) -> str:
    """Draw the tense of what somebody says, thinks or hopes."""
    if tense in ("past", "pluperfect", "past progressive"):
        return draw.weighted({"past": 0.5, "pluperfect": 0.2, "would": 0.3})
    return draw.weighted({"present": 0.4, "perfect": 0.25, "future": 0.35})
