"""Toy reading: questions on a made-up world, told in three styles, with exact answers.

Ships, books, firms and people stand in fifteen relations to dates, people, firms, towns and
numbers (:mod:`mtlbook.toy_reading`). A passage tells a few facts: the one asked for, another one of
the same subject, of the same type where there is one, and the same of other subjects. So the
first date is often the wrong date, and the sentence that names the subject often the wrong one.

An object never stands bare: it is *in the spring of 1850*, *Captain Mara Vennor*, *the firm of
Halden and Sons*, *about 1,250 workers*. Which part is the answer is a convention. The target's is
narrow: *1850*, *Mara Vennor*. The other one is wide and takes all. Who follows the wide one in a
test of the narrow one gets no exact match, because the scorer forgives articles only.

A passage with its question, one of wide convention, and one with several passages:

>>> question = toy_reading(1)[0]
>>> print(question.text, question.answers[0])
Who was the captain of the Northern Plover? Silas Halman
>>> print(question.passages[0].text.partition("details. ")[2])
For many years Judge Silas Halman led the Northern Plover.
>>> print(toy_reading(1, "search", conflict=1.0)[0].answers[0])
the house of Harkby Sisters
>>> found = toy_search(1)[0]
>>> print(len(found.passages), [span.passage for span in found.spans])
4 [1, 3]

No name is meant to exist. The same arguments give the same questions on every platform, more
questions never change earlier ones, and a dial changes only what it is about.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from mtlbook.data.reading import Passage, Question, Span, words_of
from mtlbook.seeding import stream
from mtlbook.toy_reading.facts import STYLES, TARGET, Relation, Telling, capital, pick

if TYPE_CHECKING:
    from mtlbook.toy_reading.world import World


def toy_reading(
    n: int,
    style: str = TARGET,
    seed: int = 0,
    *,
    distance: float = 1.0,
    off_domain: float = 0.0,
    conflict: float = 0.0,
    facts: int = 4,
    new_names: bool = False,
    new_wording: bool = False,
) -> list[Question]:
    """Write the first ``n`` questions that a seed has in a style, each with one passage.

    Args:
        n: how many questions.
        style: ``encyclopaedia``, the target; ``newspaper`` or ``search``.
        seed: another seed gives other facts and passages about the same world.
        distance: how likely a sentence is in the style; the others are in that of the target.
        off_domain: how likely a question is about plants, games or dishes.
        conflict: how likely an answer is annotated by the wide convention.
        facts: how many facts a passage tells, 2 to 6.
        new_names: whether all names are held-out ones, or none is.
        new_wording: whether all statements and questions use held-out templates, or none does.

    Returns:
        The questions. ``source`` is the style, followed by ``off-domain`` and ``wide`` where
        these hold, so that an oracle can tell. ``document`` is the question's own.

    Raises:
        ValueError: if the style is unknown, or a number is out of its range.
    """
    _check(n, style, facts, distance=distance, off_domain=off_domain, conflict=conflict)
    telling = Telling(style, distance, new_wording)
    found = []
    for i in range(n):
        key = f"{style}-{seed}-{i}"
        dial = stream("dials", key)
        off, wide = dial.random() < off_domain, dial.random() < conflict
        world = _world(stream("world", key, "off" if off else "on"), new_names, off)
        subject, relation = world.subjects[0], world.relation
        plan = [(subject, relation), *world.plan()][:facts]
        text, told = telling.write(
            stream("words", key), [(s, r, world.fact(s, r)) for s, r in plan]
        )
        begin, behind = told[0].wide if wide else told[0].narrow
        start, end = text.find(begin, behind)
        source = " ".join([style, *["off-domain"] * off, *["wide"] * wide])
        answer = text.cut(start, end)
        found.append(
            _question(key, world, [text], [Span(0, start, end)], answer, source, new_wording)
        )
    return found


def toy_search(
    n: int,
    style: str = "search",
    seed: int = 0,
    *,
    passages: int = 4,
    agree: int = 2,
    contradict: int = 1,
    distance: float = 1.0,
    facts: int = 3,
    new_names: bool = False,
    new_wording: bool = False,
) -> list[Question]:
    """Write questions with several passages each, in random order, as a search engine finds them.

    Some passages state the answer. Some contradict it: they state another answer, each one of its
    own. The others tell of the same subject, and the fact asked for of other subjects. All else
    that is told of a subject is the same in all passages.

    Args:
        n: how many questions.
        style: as for `toy_reading`.
        seed: another seed gives other facts and passages about the same world.
        passages: how many passages a question has.
        agree: how many of them state the answer, at least one.
        contradict: how many of them state another one.
        distance: as for `toy_reading`.
        facts: how many facts a passage tells, 2 to 5.
        new_names: as for `toy_reading`.
        new_wording: as for `toy_reading`.

    Returns:
        The questions. They have a span in each passage that agrees, in the order of the passages.

    Raises:
        ValueError: if the style is unknown, or a number is out of its range.
    """
    _check(n, style, facts, most=5, distance=distance)
    if agree < 1 or contradict < 0 or passages < agree + contradict:
        raise ValueError(
            "one passage at least must agree, and those that agree and contradict must not be "
            f"more than there are: {agree} and {contradict} of {passages}"
        )
    telling = Telling(style, distance, new_wording)
    found = []
    for i in range(n):
        key = f"found-{style}-{seed}-{i}"
        world = _world(stream("world", key), new_names)
        subject, relation = world.subjects[0], world.relation
        truth = world.fact(subject, relation)
        stated = [truth] * agree + [world.lie() for _ in range(contradict)]
        shuffled = stream("order", key)
        order = sorted((shuffled.random(), j) for j in range(passages))
        texts, spans = [], []
        for place, (_, j) in enumerate(order):
            words = stream("words", key, j)
            rest = _some(words, world, facts)
            if j < len(stated):
                rest = [(subject, relation, stated[j]), *rest[: facts - 1]]
            text, told = telling.write(words, rest)
            texts.append(text)
            if j < agree:
                spans.append(Span(place, *text.find(*told[0].narrow)))
        found.append(_question(key, world, texts, spans, truth, style, new_wording))
    return found


def _world(draw: Random, new_names: bool, off_domain: bool = False) -> World:
    # Here, because what can be told is long, and most who import this write no question.
    from mtlbook.toy_reading.templates import ALMANAC, RELATIONS
    from mtlbook.toy_reading.world import World

    relations = ALMANAC if off_domain else RELATIONS
    return World(pick(draw, relations), relations, draw, new_names)


def _some(draw: Random, world: World, facts: int) -> list[tuple[str, Relation, str]]:
    """Choose what a passage tells besides the answer: always of the subject, and of a rival."""
    first, *rest = world.plan()
    turn = [draw.random() for _ in rest]
    rest = [rest[i] for i in sorted(range(len(rest)), key=lambda i: turn[i])]
    rest.sort(key=lambda fact: fact[1] != world.relation)
    return [(s, r, world.fact(s, r)) for s, r in [rest[0], first, *rest[1:]][:facts]]


def _question(
    key: str,
    world: World,
    texts: Sequence[Passage],
    spans: Sequence[Span],
    answer: str,
    source: str,
    new_wording: bool,
) -> Question:
    subject, relation = world.subjects[0], world.relation
    asked = relation.questions.draw(stream("question", key), new_wording).replace("{s}", subject)
    bare = world.fact(subject, relation)
    sentence = relation.well_formed.replace("{s}", subject).replace("{o}", bare)
    return Question(
        id=key,
        words=words_of(asked),
        passages=tuple(texts),
        spans=tuple(spans),
        answers=(answer,),
        source=source,
        text=asked,
        document=key,
        well_formed=(capital(sentence),),
    )


def _check(n: int, style: str, facts: int, most: int = 6, **shares: float) -> None:
    if style not in STYLES:
        raise ValueError(f"style must be one of {', '.join(STYLES)}: {style!r}")
    if n < 1:
        raise ValueError(f"n must be positive: {n}")
    if not 2 <= facts <= most:
        raise ValueError(f"facts must be 2 to {most}: {facts}")
    for dial, share in shares.items():
        if not 0 <= share <= 1:
            raise ValueError(f"{dial} must lie between 0 and 1: {share}")
