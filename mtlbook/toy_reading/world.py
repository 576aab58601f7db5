"""What is true for one question: its subject, two others of the kind, and facts about them.

No name is meant to exist; a quarter are held out for testing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from mtlbook.toy_reading.facts import Relation, pick

FIRST = (
    "Mara Ivo Tessa Orrin Lena Caspar Edda Joss Nella Rufus Anselm Brida Corin Delia Ewan Fenna "
    "Gideon Hester Idris Jonna Kester Liv Magnus Nessa Osric Petra Quill Runa Silas Thea",
    "Ulric Vera Wilf Xenia Yoric Zelda Alaric Bettina Conrad Dorrit",
)
TAILS = ("and Sons", "Brothers", "and Company", "Sisters", "and Partners", "and Daughters")
# Each first part goes with each second part; a quarter of the pairs is held out.
PARTS = {
    "surname": (
        "Ven Hal Bor Tarn Lor Mer Sked Quar Wyn Dray Fal Hark Rusk Pel Oster Ing",
        "nor den wick low mond stead by lock gate ley thorpe man",
    ),
    "town": (
        "Lin Ash Cor Mel Stan Wester Black Ems Hol Kirk Rown Sand Thorn Wick Eld Bram",
        "dow haven ford mouth bury combe ness ham pool holt minster stow",
    ),
    "ship": (
        "Grey Bold Silver Northern Patient Merry Golden Silent Red Proud Swift Lonely",
        "Petrel Gannet Heron Otter Curlew Dolphin Plover Tern Osprey Seal Falcon Swan",
    ),
    "book": (
        "Amber Broken Winter Hidden Crooked Paper Salt Second Hollow Burning Narrow Velvet",
        "Ladder Lantern Orchard Staircase Harbour Mirror Garden Kettle Window Bridge Letter Clock",
    ),
    "plant": (
        "marsh cliff wood river dune field moor chalk",
        "sorrel bellwort vetch campion mallow thrift burnet saxifrage",
    ),
    "dish": (
        "harvest shepherd's summer widow's pedlar's sailor's Sunday midnight",
        "pie stew pudding soup loaf pasty flan bake",
    ),
    "game": (
        "spring county valley winter island students' village northern",
        "final derby cup shield race match trophy contest",
    ),
}
WORDS = {
    "colour": "yellow violet orange crimson white blue pink green",
    "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "stuff": "walnuts barley raisins fennel mustard honey lentils parsley pepper oats",
}
# The first number, the step, and how many there are.
NUMBERS = {
    "date": (1702, 1, 280),
    "workers": (40, 20, 190),
    "height": (12, 3, 60),
    "minutes": (10, 5, 24),
}
BEFORE = {"ship": "the ", "book": "The ", "plant": "the ", "dish": "the ", "game": "the "}


def _half(kind: str, held_out: bool) -> list[str]:
    firsts, seconds = (part.split() for part in PARTS[kind])
    glue = "" if kind in ("surname", "town") else " "
    return [
        first + glue + second
        for i, first in enumerate(firsts)
        for j, second in enumerate(seconds)
        if ((i + j) % 4 == 3) == held_out
    ]


NAMES = {kind: (_half(kind, False), _half(kind, True)) for kind in PARTS}
"""For each kind of name those of training, and those held out."""


def name(draw: Random, kind: str, new: bool, used: set[str]) -> str:
    """Draw the name of a thing, or a value of a type of answer.

    Args:
        draw: where random numbers come from.
        kind: a kind of subject or a type of answer.
        new: whether only held-out names are used.
        used: the telling words of the names that a text has; the new name has none of them, and
            its own are added. First names may come again.

    Raises:
        ValueError: if no such name was found in a thousand trials.
    """
    for _ in range(1000):
        found, words = _draw(draw, kind, int(new))
        if not words & used:
            used |= words
            return found
    raise ValueError(f"a text with more names of the kind {kind} than there are")


def _draw(draw: Random, kind: str, half: int) -> tuple[str, set[str]]:
    if kind in NUMBERS:
        first, step, count = NUMBERS[kind]
        value = str(first + step * int(draw.random() * count))
        return value if len(value) < 4 or kind == "date" else f"{int(value):,}", {value}
    if kind in WORDS:
        word = pick(draw, WORDS[kind].split())
        return word, {word}
    if kind in ("person", "firm"):
        surname = pick(draw, NAMES["surname"][half])
        if kind == "firm":
            return f"{surname} {pick(draw, TAILS)}", {surname}
        return f"{pick(draw, FIRST[half].split())} {surname}", {surname}
    plain = pick(draw, NAMES["town" if kind == "team" else kind][half])
    return BEFORE.get(kind, "") + plain, set(plain.split())


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
