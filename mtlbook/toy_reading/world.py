"""What is true for one question: its subject, two others of the kind, and facts about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from mtlbook.toy_reading.facts import Relation
from mtlbook.toy_reading.names import name


@dataclass
class World:
    """A subject, which is asked about, two others of its kind, and the facts about all three.

    Attributes:
        relation: the relation that is asked for.
        relations: all relations that may be told of.
        draw: where random numbers come from.
        new_names: whether only held-out names are used.
        used: the telling words of all names, none of which comes again.
        known: the object of each fact, by subject and relation.
    """

    relation: Relation
    relations: Sequence[Relation]
    draw: Random
    new_names: bool
    used: set[str] = field(default_factory=set)
    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.subjects = [self._name(self.relation.kind) for _ in range(3)]
        kin = [r for r in self.relations if r.kind == self.relation.kind and r != self.relation]
        keys = {r.name: (r.answer != self.relation.answer, self.draw.random()) for r in kin}
        self.others = sorted(kin, key=lambda r: keys[r.name])
        for subject, relation in [(self.subjects[0], self.relation), *self.plan()]:
            self.fact(subject, relation)
        for subject in self.subjects:  # no ship is lost before it is built
            built, lost = (subject, "built"), (subject, "lost")
            if {built, lost} <= set(self.known) and self.known[built] > self.known[lost]:
                self.known[built], self.known[lost] = self.known[lost], self.known[built]

    def _name(self, kind: str) -> str:
        return name(self.draw, kind, self.new_names, self.used)

    def fact(self, subject: str, relation: Relation) -> str:
        """Return the object of a fact, which stays the same once it is known."""
        key = (subject, relation.name)
        if key not in self.known:
            self.known[key] = self._name(relation.answer)
        return self.known[key]

    def lie(self) -> str:
        """Return an answer that is wrong."""
        return self._name(self.relation.answer)

    def plan(self) -> list[tuple[str, Relation]]:
        """Return what else to tell, what distracts most first."""
        subject, rival, third = self.subjects
        first, second = self.others[0], self.others[1 % len(self.others)]
        return [
            (subject, first),
            (rival, self.relation),
            (rival, second),
            (third, self.relation),
            (third, first),
        ]
