"""Noun phrases without a common noun: pronouns and names.

    NAME → [title] first name | [title] surname | first name surname | town | word and *Bay*
           | *the* word and *Board* | surname *and Sons*

A name is an entity inside its noun phrase; *the* does not belong to it.
"""

from __future__ import annotations

from mtlbook.toy_language.draw import Draw
from mtlbook.toy_language.lexicon import TITLES
from mtlbook.toy_language.tree import Part, Phrase, Word, chunk, words
from mtlbook.toy_language.verbs import Noun

# subject, object, possessive
PRONOUNS = {
    "I": ("I", "me", "my"),
    "you": ("you", "you", "your"),
    "he": ("he", "him", "his"),
    "she": ("she", "her", "her"),
    "it": ("it", "it", "its"),
    "we": ("we", "us", "our"),
    "they": ("they", "them", "their"),
}
PERSONS = {"I": (1, False), "we": (1, True), "you": (2, True), "they": (3, True)}  # others: 3
NOBODY = Noun(())


def person(name: str) -> tuple[int, bool]:
    """Return the person of a pronoun, and whether it is plural."""
    return PERSONS.get(name, (3, False))


def pronoun(draw: Draw, form: int, avoid: Noun = NOBODY) -> Noun:
    """Draw a personal pronoun as subject (0) or object (1), but not I and me in one clause."""
    weights = {
        name: weight
        for name, weight in draw.style.pronouns.items()
        if form == 0 or person(name)[0] != avoid.person or person(name)[0] == 3
    }
    name = draw.weighted(weights or {"it": 1.0})
    return Noun((chunk("NP", Word(PRONOUNS[name][form], "PRON")),), *person(name))


def possessive(draw: Draw, owner: Noun) -> Word:
    """Write *my* or *your* after I or you, otherwise any."""
    name = draw.weighted(draw.style.pronouns)
    if owner.parts and owner.person < 3:
        name = next(n for n in PERSONS if person(n) == (owner.person, owner.many))
    return Word(PRONOUNS[name][2], "PRON")


def name(draw: Draw, kind: str) -> tuple[tuple[Part, ...], Phrase]:
    """Write the name of a person, a place or a body.

    Returns:
        What belongs to the noun phrase but not to the name (*the*), and the entity.
    """
    if kind == "person":
        shape = draw.weighted({"first": 0.5, "both": 0.3, "title": 0.2})
        forms = draw.one(TITLES) if shape == "title" else draw.word("first")
        forms += f" {draw.word('surname')}" if shape != "first" else ""
        return (), Phrase(words(forms, "PROPN"), entity="PERSON")
    if kind == "place":
        if draw.chance(0.5):
            before = draw.one(("North", "South", "Old", "New")) + " " if draw.chance(0.2) else ""
            return (), Phrase(words(before + draw.word("town"), "PROPN"), entity="PLACE")
        word = draw.word(draw.one(("town", "surname", "branch")))
        return (), Phrase(words(f"{word} {draw.word('terrain')}", "PROPN"), entity="PLACE")
    if draw.chance(0.25):
        word = draw.word("surname")
        parts = *words(word, "PROPN"), Word("and", "CCONJ"), *words("Sons", "PROPN")
        return (), Phrase(parts, entity="ORG")
    word = draw.word(draw.one(("town", "branch", "branch")))
    return words("the", "DET"), Phrase(words(f"{word} {draw.word('body')}", "PROPN"), entity="ORG")


def named(draw: Draw, kind: str) -> Noun:
    """Write a noun phrase that is a name."""
    before, entity = name(draw, kind)
    several = [word.form for word in entity.parts if isinstance(word, Word)]
    return Noun((chunk("NP", *before, entity),), 3, "and" in several)
