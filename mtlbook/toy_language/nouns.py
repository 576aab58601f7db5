"""Noun phrases: pronouns, names, and common nouns with what stands before and after them.

    NP     → pronoun | NAME | [article | number | *my*] adjective* [noun] noun
           | NP *'s* adjective* noun | NP *of* NP | NP clause | NP *and* NP | measure *of* stuff
    clause → *who* VP [NP] | [*that*] NP VP | participle *by* NP
    NAME   → [title] first name | [title] surname | first name surname | town | word and *Bay*
           | *the* word and *Board* | surname *and Sons*

The verb of a relative clause has no role: roles belong to the main clause. A name is an entity
inside its noun phrase; *the* does not belong to it.
"""

from __future__ import annotations

from mtlbook.toy_language.draw import Draw
from mtlbook.toy_language.lexicon import MEASURES, NUMBERS, TITLES
from mtlbook.toy_language.verbs import Noun, Verb, verb_group
from mtlbook.toy_language.words import (
    Part,
    Phrase,
    Word,
    article,
    chunk,
    comparative,
    conjugate,
    leaves,
    lemma,
    plural,
    words,
)

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


ADJECTIVES = {"person": "trait", "animal": "trait", "place": "site", "idea": "quality"}
MODIFIERS = {"thing": ("stuff", "place"), "place": ("stuff",), "idea": ("stuff", "thing")}


def adjectives(draw: Draw, kind: str) -> list[Part]:
    """Draw the adjectives before a noun: none, one, two, or two with *and*."""
    if not draw.happens("adjective"):
        return []
    kind = ADJECTIVES.get(kind, "adjective")
    entry = draw.word(kind)
    shape = draw.weighted({"one": 0.72, "two": 0.1, "and": 0.06, "more": 0.08, "very": 0.1})
    if shape == "more" and (compared := comparative(entry)):
        return [Word(compared, "ADJ")]
    if shape == "very":
        return [Word(draw.one(("very", "rather")), "ADV"), Word(lemma(entry), "ADJ")]
    other = draw.word(kind)
    if shape in ("two", "and") and other != entry:
        joint: list[Part] = [Word("and", "CCONJ")] if shape == "and" else []
        return [Word(lemma(other), "ADJ"), *joint, Word(lemma(entry), "ADJ")]
    return [Word(lemma(entry), "ADJ")]


def determiner(
    draw: Draw, many: bool, mass: bool, following: str, owner: Noun, new: bool = False
) -> list[Part]:
    """Draw what a common noun phrase begins with; of something new, nothing definite."""
    if many and draw.happens("number"):
        return [Word(draw.one(NUMBERS), "NUM")]
    if not new and draw.happens("owner"):
        return [possessive(draw, owner)]
    if draw.happens("no article") or (many and draw.chance(0.35)) or (mass and draw.chance(0.4)):
        return []
    shape = (
        "a"
        if new
        else draw.weighted({"the": 0.6, "a": 0.28, "this": 0.06, "every": 0.04, "no": 0.02})
    )
    if shape == "a":
        return [Word("some" if many or mass else article(following), "DET")]
    if shape == "this":
        return [Word(draw.one(("these", "those") if many else ("this", "that")), "DET")]
    if shape == "every":
        singular, several = ("every", "each", "another"), ("all", "many", "few")
        return [Word(draw.one(several if many else singular) if not mass else "all", "DET")]
    return [Word(shape, "DET")]


def common(draw: Draw, kind: str, subject: Noun = NOBODY, new: bool = False) -> Noun:
    """Write a noun phrase around a common noun, without what may follow it."""
    entry = draw.word(kind)
    mass = kind == "stuff"
    many = not mass and draw.happens("plural")
    head = plural(entry) if many else lemma(entry)
    before = adjectives(draw, kind)
    if kind in MODIFIERS and draw.happens("compound"):
        first = lemma(draw.word(draw.one(MODIFIERS[kind])))
        before += [Word(first, "NOUN")] if first != lemma(entry) else []
    inner = (*before, Word(head, "NOUN"))
    if not new and draw.happens("owner") and draw.chance(0.5):
        own = chunk("NP", Word("'s", "PART"), *inner)
        if draw.chance(0.5):
            return Noun((chunk("NP", name(draw, "person")[1]), own), 3, many)
        person = Word(lemma(draw.word("person")), "NOUN")
        return Noun((chunk("NP", Word("the", "DET"), person), own), 3, many)
    first_word = inner[0]
    following = first_word.form if isinstance(first_word, Word) else ""
    start = determiner(draw, many, mass, following, subject, new)
    return Noun((chunk("NP", *start, *inner),), 3, many)


def measure(draw: Draw) -> Noun:
    """Write an amount of some stuff: two cups of cold milk."""
    many = draw.chance(0.5)
    entry = draw.one(MEASURES[draw.style.domain].split())
    start = Word(draw.one(NUMBERS[:5]), "NUM") if many else Word(article(entry), "DET")
    head = Word(plural(entry) if many else entry, "NOUN")
    stuff = chunk("NP", *adjectives(draw, "stuff"), Word(lemma(draw.word("stuff")), "NOUN"))
    return Noun((chunk("NP", start, head), chunk("PP", Word("of", "ADP")), stuff), 3, many)


def told(draw: Draw) -> str:
    """Draw a tense for a clause inside a noun phrase."""
    simple = {tense: weight for tense, weight in draw.style.tenses.items() if "prog" not in tense}
    return draw.weighted(simple)


def relative(draw: Draw, noun: Noun, kind: str) -> tuple[Part, ...]:
    """Write a relative clause: who met him, that the cook sold, painted by the cook."""
    human = kind == "person"
    if not human and draw.happens("reduced"):
        done = Word(conjugate(draw.word("use"), "participle"), "VERB")
        doer = noun_phrase(draw, "person", plain=True)
        return chunk("VP", done), chunk("PP", Word("by", "ADP")), *doer.parts
    if draw.chance(0.5):
        which = draw.one(("who", "that") if human else ("which", "that"))
        frame = draw.one(("use", "meet", "act")) if human else "change"
        _, group = verb_group(draw, Verb(draw.word(frame), told(draw)), noun)
        third = Noun((), 3, noun.many)
        wanted = {"use": "thing", "meet": "person"}.get(frame)
        rest = noun_phrase(draw, wanted, third, plain=True, form=1).parts if wanted else ()
        return chunk("NP", Word(which, "PRON")), group, *rest
    doer = noun_phrase(draw, "person", plain=True)
    verb = draw.word({"person": "meet", "animal": "meet", "idea": "treat"}.get(kind, "use"))
    _, group = verb_group(draw, Verb(verb, told(draw)), doer)
    bridge: tuple[Part, ...] = (chunk("NP", Word("that", "PRON")),) if draw.chance(0.7) else ()
    return *bridge, *doer.parts, group


def noun_phrase(
    draw: Draw, kind: str, subject: Noun = NOBODY, plain: bool = False, form: int = 0
) -> Noun:
    """Write a noun phrase.

    Args:
        draw: the choices.
        kind: a kind of noun of the lexicon, or ``body`` for an organisation.
        subject: the subject of the clause, if this is not it.
        plain: leave out clauses, *of* and *and*.
        form: the form of a pronoun: 0 subject, 1 object.
    """
    if kind == "body" or (kind in ("person", "place") and draw.happens("name")):
        return named(draw, kind)
    if kind == "person" and draw.chance(draw.style.agents["pronoun"] * 0.6):
        return pronoun(draw, form, subject)
    if kind in ("thing", "idea", "stuff") and subject is not NOBODY and draw.happens("it"):
        return Noun((chunk("NP", Word("it", "PRON")),))
    if kind == "stuff" and draw.happens("measure"):
        return measure(draw)
    noun = common(draw, kind, subject)
    if plain:
        return noun
    if kind != "stuff" and draw.happens("relative"):
        return Noun((*noun.parts, *relative(draw, noun, kind)), 3, noun.many)
    if draw.happens("of"):
        whole = noun_phrase(draw, "place" if kind != "idea" else "thing", plain=True)
        return Noun((*noun.parts, chunk("PP", Word("of", "ADP")), *whole.parts), 3, noun.many)
    if draw.happens("two nouns"):
        other = noun_phrase(draw, kind, noun, plain=True, form=form)
        apart = {w.form for w in leaves(noun.parts[-1])}.isdisjoint(
            w.form for w in leaves(other.parts[-1]) if w.pos not in ("DET", "ADJ")
        )
        if apart and next(leaves(other.parts[0])).pos != "PRON":
            return Noun((*noun.parts, Word("and", "CCONJ"), *other.parts), 3, True)
    return noun
