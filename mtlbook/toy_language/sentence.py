"""Whole sentences: statements, questions, orders, and what may stand before and after them.

    S    → [TIME | PLACE [*,*]] clause [sub] . | sub *,* clause . | clause *, and* clause .
         | order [sub] . | question ?
    sub  → *when* clause (TIME) | *because* clause (CAUSE) | *to* VP (PURPOSE)

A subordinate clause is one span of a role: its own verb and nouns have none.
"""

from __future__ import annotations

from dataclasses import replace

from mtlbook.toy_language.adjuncts import when, where
from mtlbook.toy_language.clauses import SECOND, SECOND_OF_RECIPE, active, clause, complement, state
from mtlbook.toy_language.draw import Draw
from mtlbook.toy_language.names import NOBODY
from mtlbook.toy_language.setting import Setting, agent, simple
from mtlbook.toy_language.tree import Part, Phrase, Word, chunk, role
from mtlbook.toy_language.verbs import Noun, Verb, verb_group

ASKED = {"yes": 1.0, "state": 0.5, "who": 0.3, "PATIENT": 0.4, "CAUSE": 0.4, "TIME": 0.3,
         "PLACE": 0.3, "MANNER": 0.2}  # fmt: skip
ASKING = {"CAUSE": "why", "TIME": "when", "PLACE": "where", "MANNER": "how"}
JOINS = {"TIME": ("when", "before", "after", "while", "until"), "CAUSE": ("because", "since")}
COMMA = Word(",", "PUNCT")
YOU = Noun((), 2, True)


def question(draw: Draw) -> list[Part]:
    """Write a question: yes or no, or one that asks for a role."""
    asked = draw.weighted(ASKED)
    setting = Setting(draw.weighted(draw.style.tenses), plain=True, asked="yes")
    if asked == "state":
        return state(draw, setting)
    frame = draw.weighted({"use": 1.0, "meet": 1.0, "treat": 0.5, "give": 0.4})
    if asked == "who":
        who = Noun((chunk("NP", Word("who", "PRON")),))
        return active(draw, frame, replace(setting, asked=asked), who)
    if asked == "PATIENT":
        frame = draw.weighted({"use": 1.0, "treat": 0.6})
        what = role(asked, (chunk("NP", Word("what", "PRON")),))
        setting = replace(setting, asked=asked)
        return [what, *active(draw, frame, setting, agent(draw, frame, True))]
    body = active(draw, frame, setting, agent(draw, frame, True))
    if asked == "yes":
        return body
    return [role(asked, (chunk("ADVP", Word(ASKING[asked], "ADV")),)), *body]


def subordinate(draw: Draw, tense: str) -> Phrase:
    """Write a clause that says when, why or what for, in a tense that fits the main clause."""
    kind = draw.weighted({"TIME": 0.5, "CAUSE": 0.3, "PURPOSE": 0.2})
    if kind == "PURPOSE":
        recipe = draw.style.domain == "recipe"
        frame = draw.weighted({"use": 1.0, "meet": 0.0 if recipe else 0.6})
        entry = draw.word(frame)
        _, group = verb_group(draw, Verb(entry, "to"), YOU)
        return role(kind, (group, *complement(draw, frame, entry, NOBODY, plain=True)))
    now = tense in ("present", "future", "order", "progressive")
    said = ("TIME",) if kind == "TIME" else ()
    setting = Setting("present" if now else "past", plain=True, inner=True, said=said)
    joins = ("since",) if tense == "perfect" else JOINS[kind]
    opening = chunk("SBAR", Word(draw.one(joins), "SCONJ"))
    return role(kind, (opening, *clause(draw, setting)))


def order(draw: Draw) -> list[Part]:
    """Write an order: Chop the onions."""
    frames = SECOND_OF_RECIPE if draw.style.domain == "recipe" else SECOND
    later = draw.happens("subordinate")
    setting = Setting("order", said=("TIME",) if later else ())
    body = active(draw, draw.weighted(frames), setting, YOU)
    return [*body, subordinate(draw, "order")] if later else body


def statement(draw: Draw) -> list[Part]:
    """Write a statement, with what may stand before or after it."""
    setting = Setting(draw.weighted(draw.style.tenses))
    if draw.happens("fronted"):
        timed = draw.chance(0.6)
        first = when(draw, setting.tense, front=True) if timed else where(draw)
        comma = [COMMA] if draw.chance(0.7) else []
        said = ("TIME",) if timed else ("PLACE",)
        return [first, *comma, *clause(draw, replace(setting, said=said))]
    if draw.happens("subordinate"):
        other = subordinate(draw, setting.tense)
        body = clause(draw, replace(setting, plain=True, said=("TIME",)))
        return [other, COMMA, *body] if draw.chance(0.3) else [*body, other]
    body = clause(draw, setting)
    if draw.happens("two clauses"):
        joint = Word(draw.one(("and", "but", "and")), "CCONJ")
        more = Setting(simple(setting.tense), plain=True, said=("TIME",))
        return [*body, COMMA, joint, *clause(draw, more)]
    return body


def sentence(draw: Draw) -> Phrase:
    """Write a sentence."""
    if draw.happens("question"):
        return Phrase((*question(draw), Word("?", "PUNCT")))
    parts = order(draw) if draw.happens("order") else statement(draw)
    return Phrase((*parts, Word(".", "PUNCT")))
