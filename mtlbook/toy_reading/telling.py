"""How facts become a passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mtlbook.data.reading import Passage, passage
from mtlbook.toy_reading.facts import Relation, Told, pick, tell

TARGET = "encyclopaedia"
REMARKS = {
    "encyclopaedia": ("Sources differ on the details.", "Little else is known.",
                      "The records are kept in a museum.", "A fuller account is in preparation."),
    "newspaper": ("Neither side would say more.", "A hearing is set for next week.",
                  "Photographs were not allowed.", "Experts are divided."),
    "search": ("Read more.", "Last changed two years ago.", "Sign in to comment.",
               "Found a mistake? Tell us."),
}  # fmt: skip


@dataclass(frozen=True)
class Telling:
    """A way of writing passages.

    Attributes:
        style: the style.
        distance: how likely a sentence is in that style; the others are in that of the target.
        new_wording: whether all templates are held-out ones.
    """

    style: str
    distance: float
    new_wording: bool

    def write(
        self, draw: Random, facts: Sequence[tuple[str, Relation, str]]
    ) -> tuple[Passage, list[Told]]:
        """Tell facts in some order, each subject's together; return where their objects stand."""
        subjects = dict.fromkeys(subject for subject, _, _ in facts)
        turn = {subject: draw.random() for subject in subjects}
        keys = [(turn[subject], draw.random()) for subject, _, _ in facts]
        text, told = "", [Told("", (0, 0), (0, 0))] * len(facts)
        filler = int(draw.random() * 2 * len(facts))  # behind which fact; half of the texts: none
        for place, i in enumerate(sorted(range(len(facts)), key=lambda i: keys[i])):
            subject, relation, bare = facts[i]
            style = self.style if draw.random() < self.distance else TARGET
            template = relation.statements[style].draw(draw, self.new_wording)
            sentence = tell(template, relation, subject, bare)
            text += " " if text else ""
            told[i] = sentence.moved(len(text))
            text += sentence.text
            remark = pick(draw, REMARKS[style])
            text += f" {remark}" if place == filler else ""
        return passage(text), told
