"""Clauses and sentences: who does what to whom, and what may stand before and after.

    S      → [TIME | PLACE [*,*]] clause [sub] . | sub *,* clause . | clause *, and* clause .
           | order [sub] . | question ?
    sub    → *when* clause (TIME) | *because* clause (CAUSE) | *to* VP (PURPOSE)
    clause → AGENT move [PLACE] | AGENT act | PATIENT change | AGENT use PATIENT
           | AGENT meet PATIENT | AGENT treat PATIENT | AGENT give RECIPIENT PATIENT
           | AGENT give PATIENT *to* RECIPIENT | AGENT pick PATIENT *up*
           | AGENT say [*that*] PATIENT | PATIENT be ATTRIBUTE | *there* be PATIENT

Each may have MANNER, PLACE and TIME after it. The object may become the subject of a passive, with
or without *by* AGENT, and an active clause may go on with *and* and a second verb. A subordinate
clause is one span of a role: its own verb and nouns have none.
"""

from __future__ import annotations

from dataclasses import replace

from mtlbook.toy_language.adjuncts import (
    OBJECTS,
    Setting,
    adjuncts,
    agent,
    is_pronoun,
    particle,
    pp,
    reported,
    simple,
    when,
    where,
)
from mtlbook.toy_language.draw import Draw
from mtlbook.toy_language.nouns import NOBODY, common, noun_phrase
from mtlbook.toy_language.verbs import Noun, Verb, verb_group
from mtlbook.toy_language.words import Part, Phrase, Word, chunk, comparative, lemma, role

SECOND = {"use": 1.2, "meet": 0.6, "phrasal": 0.6, "give": 0.3, "move": 0.5}
SECOND_OF_RECIPE = {"use": 3.0, "phrasal": 0.7}
WITHOUT_THAT = ("say|said|said", "think|thought|thought", "know|knew|known", "hope", "believe")


def complement(draw: Draw, frame: str, entry: str, subject: Noun, plain: bool) -> list[Part]:
    """Write what an active verb asks for after it."""
    noun = noun_phrase(draw, draw.weighted(OBJECTS[frame]), subject, plain, form=1)
    patient = role("PATIENT", noun.parts)
    if frame == "phrasal":
        last = is_pronoun(noun) or (len(noun.parts) == 1 and draw.chance(0.4))
        return [patient, particle(entry)] if last else [particle(entry), patient]
    if frame == "give":
        receiver = noun_phrase(draw, "person", subject, plain=True, form=1)
        if not is_pronoun(noun) and draw.chance(0.5):
            return [role("RECIPIENT", receiver.parts), patient]
        return [patient, role("RECIPIENT", pp("to", receiver))]
    return [patient]


def passive(draw: Draw, frame: str, setting: Setting) -> list[Part]:
    """Write a clause in the passive."""
    entry = draw.word(frame)
    subject = noun_phrase(draw, draw.weighted(OBJECTS[frame]), plain=setting.plain)
    first = "PATIENT"
    after: list[Part] = [particle(entry)] if frame == "phrasal" else []
    if frame == "give" and draw.chance(0.4):
        first, after = "RECIPIENT", [role("PATIENT", subject.parts)]
        subject = noun_phrase(draw, "person", plain=setting.plain)
    elif frame == "give":
        person = noun_phrase(draw, "person", subject, plain=True, form=1)
        after = [role("RECIPIENT", pp("to", person))]
    _, group = verb_group(draw, Verb(entry, simple(setting.tense), passive=True), subject)
    if draw.happens("by"):
        kind = draw.weighted(dict(draw.style.agents) | {"pronoun": 0.0, "animal": 0.0})
        after.append(role("AGENT", pp("by", noun_phrase(draw, kind, subject, True, form=1))))
    return [role(first, subject.parts), group, *after, *adjuncts(draw, setting, "be")]


def state(draw: Draw, setting: Setting) -> list[Part]:
    """Write a clause with *be* or a verb like it."""
    kinds = {"person": 1.0, "thing": 0.4, "stuff": 0.25, "place": 0.25, "idea": 0.25}
    if draw.style.domain == "recipe":
        kinds = {"thing": 0.6, "stuff": 0.4}
    kind = draw.weighted(kinds)
    human = kind == "person"
    quality = {"person": "feeling", "place": "site", "idea": "quality"}.get(kind, "adjective")
    subject = agent(draw, "be", setting.plain) if human else noun_phrase(draw, kind,
                                                                plain=setting.plain)  # fmt: skip
    verb = draw.weighted({"be": 0.72, "seem": 0.12, "become|became|become": 0.08, "look": 0.08})
    entry = draw.word(quality)
    shape = draw.weighted({"plain": 0.62, "very": 0.2, "than": 0.12, "place": 0.16})
    compared = comparative(entry)
    found: list[Part] = [chunk("ADJP", Word(lemma(entry), "ADJ"))]
    end = role("ATTRIBUTE", found)
    if shape == "very":
        degree = Word(draw.one(("very", "too", "so", "quite")), "ADV")
        end = role("ATTRIBUTE", (chunk("ADJP", degree, Word(lemma(entry), "ADJ")),))
    elif shape == "than" and compared:
        other = noun_phrase(draw, kind, subject, plain=True, form=1)
        end = role("ATTRIBUTE", (chunk("ADJP", Word(compared, "ADJ")), *pp("than", other)))
    elif shape == "place" and "PLACE" not in setting.said and kind in ("person", "thing", "stuff"):
        verb, end = "be", where(draw)
    group = Verb(verb, simple(setting.tense), inverted=setting.asked == "yes")
    before, after = verb_group(draw, group, subject)
    late = "TIME" not in setting.said and draw.happens("time")
    time = [when(draw, setting.tense)] if late else []
    return [*before, role("PATIENT", subject.parts), after, end, *time]


def there(draw: Draw, setting: Setting) -> list[Part]:
    """Write that something exists: there was a fox in the garden."""
    kind = draw.weighted({"person": 1, "animal": 1, "thing": 1})
    noun = common(draw, kind, new=True)
    _, group = verb_group(draw, Verb("be", simple(setting.tense), free=False), noun)
    place = [] if "PLACE" in setting.said else [where(draw)]
    return [chunk("NP", Word("there", "PRON")), group, role("PATIENT", noun.parts), *place]


def active(draw: Draw, frame: str, setting: Setting, subject: Noun | None = None) -> list[Part]:
    """Write a clause in the active; without a subject if that has no words."""
    changes = frame == "change"
    if subject is None:
        kind = draw.weighted({"thing": 0.7, "stuff": 0.3})
        subject = (
            noun_phrase(draw, kind, plain=setting.plain)
            if changes
            else agent(draw, frame, setting.plain)
        )
    entry = draw.word(frame)
    verb = Verb(entry, setting.tense, inverted=setting.asked not in ("", "who"), willed=not changes)
    before, group = verb_group(draw, verb, subject)
    body: list[Part] = [*before]
    if subject.parts:
        body.append(role("PATIENT" if changes else "AGENT", subject.parts))
    body.append(group)
    if frame == "say":
        drop = entry in WITHOUT_THAT and draw.chance(0.5)
        bridge = [] if drop else [chunk("SBAR", Word("that", "SCONJ"))]
        tense = reported(draw, setting.tense)
        said = clause(draw, Setting(tense, plain=True, inner=True))
        return [*body, role("PATIENT", [*bridge, *said])]
    if frame in OBJECTS and setting.asked != "PATIENT":
        body += complement(draw, frame, entry, subject, setting.plain)
    if setting.asked:
        return body
    body += adjuncts(draw, setting, frame)
    if frame in SECOND and not setting.plain and draw.happens("two predicates"):
        frames = SECOND_OF_RECIPE if draw.style.domain == "recipe" else SECOND
        more = replace(setting, plain=True, said=("PLACE", "TIME"))
        second = active(draw, draw.weighted(frames), more, replace(subject, parts=()))
        body += [Word("and", "CCONJ"), *second]
    return body


def clause(draw: Draw, setting: Setting) -> list[Part]:
    """Write a statement, without its full stop."""
    frames = dict(draw.style.frames)
    if setting.inner:
        frames |= {"say": 0.0, "there": 0.0}
    if draw.style.domain == "recipe" and setting.inner:
        frames |= {"use": 0.0, "phrasal": 0.0}
    frame = draw.weighted(frames)
    if frame == "be":
        return state(draw, setting)
    if frame == "there":
        return there(draw, setting)
    if frame in OBJECTS and draw.happens("passive"):
        return passive(draw, frame, setting)
    if not setting.inner and frame != "change" and draw.happens("no subject"):
        return active(draw, frame, replace(setting, tense="past"), Noun((), 1, True))
    return active(draw, frame, setting)


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
