"""Chapter 12: shared and private branches on the toy language, at a fixed total width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mtlbook.data.batches import Stream
from mtlbook.data.relatedness import relate
from mtlbook.data.vocabulary import SHAPES, Encoder, tag_sets
from mtlbook.experiments.ch12_shared_and_private.branches_overlap import SIZES, state_penalty
from mtlbook.experiments.ch12_shared_and_private.branches_read import AUX, MAIN, Branched
from mtlbook.experiments.common.tagging import Split
from mtlbook.models.branches import two_branches
from mtlbook.models.many_branches import many_branches
from mtlbook.toy_language import toy_sentences
from mtlbook.training.mixing import together
from mtlbook.training.taggers import fit_taggers

DATA = "generated: mtlbook.toy_language"
WIDTH, UPDATES, EVERY = 32, 200, 20
FURTHER, VALIDATION, TEST = 400, 100, 300
ROOM = (1200, 600, len(SHAPES))
SMALL = 0.1
"""Word vectors start this much smaller than PyTorch's, as in chapter 5."""


@dataclass(frozen=True)
class Arm:
    """How the width of a task is divided, and how long and under what penalty it learns.

    Attributes:
        shared: per cent of the units that the tasks share; the rest are private.
        fragments: the main task alone, on two private branches of half the width.
        alone: the main task alone, on one branch of so many per cent of the width; 0 for none.
        updates: how many there are, for each of the others'.
        strength: of the penalty on correlations between shared and private states.
        own: whether it counts, for each task, the task's own sentences only.
    """

    shared: int = 0
    fragments: bool = False
    alone: int = 0
    updates: int = 1
    strength: float = 0.0
    own: bool = False

    def branches(
        self, main: str, aux: str, width: int
    ) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
        """Return the units of each branch, and the branches that each task reads."""
        if self.fragments:
            return {"one": width // 2, "two": width - width // 2}, {main: ("one", "two")}
        if self.alone:
            return {"one": round(width * self.alone / 100)}, {main: ("one",)}
        return two_branches((main, aux), width, round(width * self.shared / 100))


SPLITS = {f"{percent} %": Arm(percent) for percent in (0, 25, 50, 75, 100)}
SETTINGS = {"0 %": 0.006, "25 %": 0.04, "50 %": 0.04, "75 %": 0.006, "100 %": 0.006}
"""Step size of each division: the best of ``branches-tuning``, in the middle of the dial."""


def branch_split(seed: int, relatedness: float, labelled: int) -> Split:
    """Write tales to learn from, to stop on and to be tested on, with the dial's labels."""
    tales = toy_sentences(labelled + FURTHER + VALIDATION + TEST, "tale", seed)
    tales = relate(tales, "pos", relatedness, seed, "word")
    ends = np.cumsum([labelled + FURTHER, VALIDATION, TEST])
    return Split(tales[: ends[0]], tales[ends[0] : ends[1]], tales[ends[1] :], [])


def branch_fit(
    arm: Arm,
    tasks: tuple[str, str],
    splits: Sequence[Split],
    labelled: int,
    seeds: Sequence[int],
    lr: float,
    room: Sequence[int] = ROOM,
    width: int = WIDTH,
    updates: int = UPDATES,
    every: int = EVERY,
) -> Branched:
    """Train an arm: 8 main sentences an update, and 16 auxiliary ones; each task stops by itself.

    Args:
        arm: how the width is divided.
        tasks: the main and the auxiliary task.
        splits: for each network, its sentences; the first ones are the main task's.
        labelled: how many those are.
        seeds: of the networks.
        lr: step size of Adam.
        room: rows of the tables of words, suffixes and shapes.
        width: units that each task sees, in each direction.
        updates: of an arm that learns no longer than others.
        every: updates between two looks at the sentences to stop on.
    """
    units, reads = arm.branches(*tasks, width)
    judged = [s for d in splits for s in (*d.train, *d.validation, *d.test, *d.other_domains)]
    labels = tag_sets(judged, list(reads))
    encoders = [Encoder(d.train, labels) for d in splits]
    numbers = {task: len(labels[task]) for task in reads}
    model = many_branches(seeds, room, numbers, units, reads)
    with torch.no_grad():
        for p in model.embeddings.parameters():
            p.mul_(SMALL)
    streams = {}
    for number, (name, task) in enumerate(zip(SIZES, reads, strict=False)):
        parts = [d.train[:labelled] if name == "main" else d.train[labelled:] for d in splits]
        encoded = [e.encode(part) for e, part in zip(encoders, parts, strict=True)]
        order = [2 * seed + number for seed in seeds]
        streams[name] = Stream(encoded, (task,), SIZES[name], order)
    fit = fit_taggers(
        model,
        streams,
        together("main", list(streams)[1:], updates * arm.updates),
        [e.encode(d.validation) for e, d in zip(encoders, splits, strict=True)],
        lr=lr,
        keep=list(reads),
        every=every,
        penalty=state_penalty(arm.strength, arm.own),
    )
    return Branched(fit, encoders, splits)


def toy_branches(
    arm: Arm, relatedness: float, labelled: int, seeds: Sequence[int], lr: float
) -> Branched:
    """Train an arm on the toy language, beside labels of that relatedness."""
    splits = [branch_split(seed, relatedness, labelled) for seed in seeds]
    return branch_fit(arm, (MAIN, AUX), splits, labelled, seeds, lr)
