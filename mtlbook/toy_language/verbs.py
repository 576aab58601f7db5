"""Verb groups: auxiliaries, negation, adverbs and the verb, in one chunk.

    VP  → tense-and-mood [not] [adverb] [verb *to*] [*be*] verb

In a question the first auxiliary stands before the subject, outside the chunk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mtlbook.toy_language.draw import Draw
from mtlbook.toy_language.words import Part, Phrase, Word, chunk, conjugate, role, words

OFTEN = ("never", "often", "always", "rarely", "still")
MODALS = {"future": ("will", "will", "may", "must", "can", "might"), "would": ("would", "could")}
FINITE = {"past": "past", "pluperfect": "past", "past progressive": "past"}  # others: present


@dataclass(frozen=True)
class Noun:
    """A noun phrase, with what a verb must know to agree with it."""

    parts: tuple[Part, ...]
    person: int = 3
    many: bool = False


@dataclass(frozen=True)
class Verb:
    """A verb group before it is written: which verb, and how it is to be used.

    Attributes:
        entry: the verb as the lexicon writes it.
        tense: a tense of the domain, ``order`` for an imperative, or ``to`` for an infinitive.
        passive: whether the verb is a passive.
        inverted: whether the first auxiliary goes before the subject.
        free: whether negation and adverbs may be added.
        willed: whether somebody does it, so that he can try to.
    """

    entry: str
    tense: str
    passive: bool = False
    inverted: bool = False
    free: bool = True
    willed: bool = False


def auxiliaries(draw: Draw, verb: Verb, begin: str) -> list[tuple[str, str]]:
    """Return the verbs of the group in order, each with the form that it asks of the next."""
    chain: list[tuple[str, str]] = []
    if verb.tense in MODALS:
        chain.append((draw.one(MODALS[verb.tense]), "base"))
    elif verb.tense in ("perfect", "pluperfect"):
        chain.append(("have", "participle"))
    elif verb.tense.endswith("progressive"):
        chain.append(("be", "ing"))
    if begin:
        chain.append((begin, "to"))
    if verb.passive:
        chain.append(("be", "participle"))
    return [*chain, (verb.entry, "")]


def verb_group(draw: Draw, verb: Verb, subject: Noun) -> tuple[tuple[Part, ...], Phrase]:
    """Write a verb group.

    Returns:
        What goes before the subject, and the chunk, with the verb itself in the role V.
    """
    if verb.entry == "be" and "progressive" in verb.tense:
        verb = replace(verb, tense="past")
    plain = verb.free and verb.tense not in ("to", "order")
    may_begin = plain and verb.willed and "progressive" not in verb.tense
    begin = draw.word("begin") if may_begin and draw.happens("try to") else ""
    negated = verb.free and verb.tense != "to" and draw.happens("negated")
    extra = ""
    if plain and not negated and draw.happens("adverb"):
        perfect = "perfect" in verb.tense
        extra = (
            "already" if perfect and draw.chance(0.3) else draw.one(OFTEN[: 4 if perfect else 5])
        )
    chain = auxiliaries(draw, verb, begin)
    helped = len(chain) > 1 and chain[0][0] != begin
    if (negated or verb.inverted) and not helped and (verb.entry != "be" or verb.tense == "order"):
        chain.insert(0, ("do", "base"))
        helped = True

    finite = "base" if verb.tense in ("order", "to") else FINITE.get(verb.tense, "present")
    written: list[Part] = [Word("to", "PART")] if verb.tense == "to" else []
    form = finite
    for place, (entry, asks) in enumerate(chain):
        main = place == len(chain) - 1
        if form == "to":
            written.append(Word("to", "PART"))
            form = "base"
        modal = verb.tense in MODALS and place == 0 and entry != "do"
        text = entry if modal else conjugate(entry, form, subject.person, subject.many)
        if extra and not helped and place == 0 and entry != "be":
            written.append(Word(extra, "ADV"))
        pos = "AUX" if modal or entry in ("be", "have", "do") else "VERB"
        written.append(role("V", words(text, pos)) if main else Word(text, pos))
        if place == 0 and negated:
            written.append(Word("not", "PART"))
        if place == 0 and extra and (helped or entry == "be"):
            written.append(Word(extra, "ADV"))
        form = asks
    if not verb.inverted:
        return (), chunk("VP", *written)
    if len(chain) == 1:  # Was she happy? The verb itself goes to the front.
        return (chunk("VP", written[0]),), Phrase(tuple(written[1:]))
    return (written[0],), chunk("VP", *written[1:])
