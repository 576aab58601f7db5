"""What is added to a verb (where, when and how), and what a clause must fit into.

    PLACE  → *in* NP | *along* NP      TIME → *on* Monday | last winter | *for* two hours | often
    MANNER → slowly | *with* NP | *without* NP

Which times are possible depends on the tense: *last winter* goes with a past tense only.
"""

from __future__ import annotations

from dataclasses import dataclass

from mtlbook.toy_language.draw import Draw
from mtlbook.toy_language.lexicon import HOURS, MEALS, MONTHS, NUMBERS, SEASONS, WEEKDAYS
from mtlbook.toy_language.nouns import noun_phrase, pronoun
from mtlbook.toy_language.verbs import Noun
from mtlbook.toy_language.words import Part, Phrase, Word, adverb, chunk, leaves, role, words

INTO = ("to", "into", "along", "through", "towards", "past", "round", "up", "down", "across")
WITHIN = ("in", "at", "near", "behind", "beside", "outside", "by", "in", "at")
WEIGHTS = {"day": 1.0, "season": 0.8, "month": 0.7, "hour": 0.8, "meal": 0.7, "part": 0.8,
           "lasting": 0.5, "clock": 0.5, "word": 0.9}  # fmt: skip
# What goes with which tense; tenses that are not named take what the past takes.
SEASON = {"future": ("next", "this"), "present": ("this", "every"), "perfect": ("this",)}
KIND_OF = {"last": "ADJ", "next": "ADJ", "one": "NUM"}
SINCE = {"perfect": ("since",), "pluperfect": ("since", "before")}
ADVERBS = {
    "future": ("tomorrow", "soon", "later", "again", "early"),
    "present": ("today", "again", "late", "now"),
    "perfect": ("twice", "lately", "again", "today", "before"),
}
LENGTHS = {"recipe": ("minutes", "hours"), "log": ("hours", "days")}
PAST = ("yesterday", "again", "once", "later", "then", "early", "late", "twice")


def where(draw: Draw, moving: bool = False) -> Phrase:
    """Write a place; of something that moves, a way."""
    preposition = "in" if draw.style.domain == "recipe" else draw.one(INTO if moving else WITHIN)
    noun = noun_phrase(draw, "place", plain=True)
    return role("PLACE", (chunk("PP", Word(preposition, "ADP")), *noun.parts))


def dated(draw: Draw, kind: str, tense: str) -> tuple[Part, ...]:
    """Write a time that is an entity."""
    if kind == "season":
        first = draw.one(SEASON.get(tense, ("last", "last", "that", "one")))
        parts: tuple[Part, ...] = (
            Word(first, KIND_OF.get(first, "DET")),
            Word(draw.one(SEASONS), "NOUN"),
        )
        return (chunk("NP", Phrase(parts, entity="TIME")),)
    if kind == "clock":
        parts = Word(draw.one(NUMBERS), "NUM"), Word("o'clock", "ADV")
        return chunk("PP", Word("at", "ADP")), chunk("NP", Phrase(parts, entity="TIME"))
    if kind == "month":
        entity = Phrase(words(draw.one(MONTHS), "PROPN"), entity="TIME")
        return chunk(
            "PP",
            Word(
                draw.one(
                    ("in",) if tense == "present" else SINCE.get(tense, ("in", "in", "before"))
                ),
                "ADP",
            ),
        ), chunk("NP", entity)
    if kind == "hour":
        entity = Phrase(words(draw.one(HOURS), "NOUN"), entity="TIME")
        return chunk("PP", Word(draw.one(("at", "before", "after")), "ADP")), chunk("NP", entity)
    parts = words(draw.one(WEEKDAYS), "PROPN")
    if draw.chance(0.3):
        parts += words(draw.one(("morning", "evening", "night")), "NOUN")
    entity = Phrase(parts, entity="TIME")
    return chunk("PP", Word(draw.one(SINCE.get(tense, ("on",))), "ADP")), chunk("NP", entity)


def when(draw: Draw, tense: str, front: bool = False) -> Phrase:
    """Write a time that goes with a tense; at the front of a sentence it is not a single word."""
    weights = {kind: weight for kind, weight in WEIGHTS.items() if not front or kind != "word"}
    if draw.style.domain == "recipe":
        weights = {"lasting": 1.0}
    kind = draw.weighted(weights)
    if kind == "word":
        return role("TIME", (chunk("ADVP", Word(draw.one(ADVERBS.get(tense, PAST)), "ADV")),))
    if kind == "meal":
        noun = chunk("NP", Word(draw.one(MEALS), "NOUN"))
        preposition = draw.one(("after", "before", "during"))
        return role("TIME", (chunk("PP", Word(preposition, "ADP")), noun))
    if kind == "part":
        part = Word(draw.one(("morning", "evening", "afternoon")), "NOUN")
        noun = chunk("NP", Word("the", "DET"), part)
        return role("TIME", (chunk("PP", Word("in", "ADP")), noun))
    if kind == "lasting":
        lengths = LENGTHS.get(draw.style.domain, ("days", "hours", "weeks", "years"))
        noun = chunk("NP", Word(draw.one(NUMBERS), "NUM"), Word(draw.one(lengths), "NOUN"))
        return role("TIME", (chunk("PP", Word("for", "ADP")), noun))
    return role("TIME", dated(draw, kind, tense))


def how(draw: Draw, willed: bool = True) -> Phrase:
    """Write a manner; what nobody does is done with nothing."""
    if not willed or draw.chance(0.72):
        very = [Word(draw.one(("very", "rather")), "ADV")] if draw.chance(0.12) else []
        return role("MANNER", (chunk("ADVP", *very, Word(adverb(draw.word("manner")), "ADV")),))
    preposition = draw.one(("with", "with", "without", "like"))
    kind = "person" if preposition == "like" else "thing"
    noun = noun_phrase(draw, kind, plain=True, form=1)
    return role("MANNER", (chunk("PP", Word(preposition, "ADP")), *noun.parts))


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
