"""Chapter 12: shared and private branches at a fixed total width: the arms, and their training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import Batch
from mtlbook.data.relatedness import relate
from mtlbook.experiments.common.gum_split import gum_split
from mtlbook.experiments.common.tagging import Plan, Split, TaggingData, train
from mtlbook.models.branches import SHARED, BranchTagger, correlation_overlap, two_branches
from mtlbook.runs.tuning import settings
from mtlbook.toy_language import toy_sentences
from mtlbook.training.loop import Fit
from mtlbook.training.tagging import label_losses, tag_losses

MAIN, AUX = "chunk", "aux"
WIDTH, UPDATES, EVERY = 32, 200, 20
FURTHER, VALIDATION, TEST = 400, 100, 300
VOCABULARY = (1200, 600)
SIZES = 8, 16
"""Sentences in a batch of the main task, and of the auxiliary one."""
SMALL = 0.1
"""Word vectors start this much smaller than PyTorch's, as in chapter 5."""
GUM_LR = 0.015
"""What ``gum-sluice-tuning`` chose for a single task and for hard sharing; not tuned again."""

Branches = tuple[dict[str, int], dict[str, tuple[str, ...]]]
"""The units of each branch, and the branches that each task reads."""


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

    def branches(self, main: str, aux: str, width: int) -> Branches:
        """Return the units of each branch, and the branches that each task reads."""
        if self.fragments:
            return {"one": width // 2, "two": width - width // 2}, {main: ("one", "two")}
        if self.alone:
            return {"one": round(width * self.alone / 100)}, {main: ("one",)}
        return two_branches((main, aux), width, round(width * self.shared / 100))


SPLITS = {f"{percent} %": Arm(percent) for percent in (0, 25, 50, 75, 100)}
SETTINGS = settings("branches-tuning", "lr", "main")
"""Learning rate of each division: the best of the tuning, in the middle of the dial."""


def branch_split(seed: int, relatedness: float, labelled: int) -> Split:
    """Write tales to learn from, to stop on and to be tested on, with the dial's labels."""
    tales = toy_sentences(labelled + FURTHER + VALIDATION + TEST, "tale", seed)
    tales = relate(tales, "pos", relatedness, seed, "word")
    ends = np.cumsum([labelled + FURTHER, VALIDATION, TEST])
    return Split(tales[: ends[0]], tales[ends[0] : ends[1]], tales[ends[1] :], [])


def build(data: TaggingData, branches: Branches) -> BranchTagger:
    """Make one network."""
    network = BranchTagger(data.sizes, data.numbers, *branches)
    with torch.no_grad():
        for table in network.embeddings.parameters():
            table.mul_(SMALL)
    return network


def penalised(
    strength: float, own: dict[str, slice] | None = None
) -> Callable[[Any, Batch], dict[str, Tensor]]:
    """Return what a network loses on a batch, the overlap of its branches as one more loss.

    Args:
        strength: of the penalty on what shared and private states have in common.
        own: for each task the rows of a batch that hold its own sentences, if the penalty counts
            these only, as Bousmalis et al. (2016) do with their domains.
    """

    def losses(network: Any, batch: Batch) -> dict[str, Tensor]:
        states = network.states(batch.x, batch.lengths, batch.targets)
        inside = torch.arange(batch.x.shape[1]) < batch.lengths[:, None]
        overlap = []
        for name in [name for name in states if name != SHARED]:
            rows = slice(None) if own is None else own[name]
            pair = states[SHARED][rows], states[name][rows]
            overlap.append(correlation_overlap(*pair, inside[rows]))
        found = label_losses(network.answers(states, batch.targets), batch.targets)
        return found | {"overlap": strength * torch.stack(overlap).sum()}

    return losses


def branch_fit(
    arm: Arm,
    tasks: tuple[str, str],
    splits: Sequence[Split],
    labelled: int,
    seeds: Sequence[int],
    lr: float,
    vocabulary: tuple[int, int] = VOCABULARY,
    width: int = WIDTH,
    updates: int = UPDATES,
    every: int = EVERY,
) -> tuple[Fit, TaggingData]:
    """Train an arm: 8 main sentences an update, and 16 auxiliary ones; each task stops by itself.

    Args:
        arm: how the width is divided.
        tasks: the main and the auxiliary task.
        splits: for each network, its sentences; the first ones are the main task's.
        labelled: how many those are.
        seeds: of the networks.
        lr: learning rate of Adam.
        vocabulary: rows of the tables of words and of suffixes.
        width: units that each task sees, in each direction.
        updates: of an arm that learns no longer than others.
        every: updates between two looks at the sentences to stop on.
    """
    branches = arm.branches(*tasks, width)
    parts = dict(zip(tasks, (slice(labelled), slice(labelled, None)), strict=True))
    data = TaggingData(splits, {task: parts[task] for task in branches[1]}, vocabulary)
    own = dict(zip(tasks, (slice(SIZES[0]), slice(SIZES[0], None)), strict=True))
    losses = penalised(arm.strength, own if arm.own else None) if arm.strength else tag_losses
    plan = Plan(list(branches[1]), dict(zip(tasks, SIZES, strict=True)), lr, every, losses)
    found = train(data, lambda: build(data, branches), updates * arm.updates, seeds, plan)
    return found, data


def toy_branches(
    arm: Arm, relatedness: float, labelled: int, seeds: Sequence[int], lr: float
) -> tuple[Fit, TaggingData]:
    """Train an arm on the toy language, beside labels of that relatedness."""
    splits = [branch_split(seed, relatedness, labelled) for seed in seeds]
    return branch_fit(arm, (MAIN, AUX), splits, labelled, seeds, lr)


def gum_branches(arm: Arm, aux: str, genre: str, seeds: Sequence[int]) -> tuple[Fit, TaggingData]:
    """Train an arm on 100 sentences of GUM with chunks, and further ones with ``aux`` alone.

    Args:
        arm: how the width is divided.
        aux: the auxiliary task.
        genre: of the sentences.
        seeds: of the splits and of the networks.
    """
    from mtlbook.experiments.ch03_hard_sharing import gum_hard  # here: the chapter trains none

    labelled = gum_hard.LABELLED["100"]
    cut = slice(labelled + gum_hard.FURTHER[genre])
    splits = [replace(d, train=d.train[cut]) for d in (gum_split(genre, s) for s in seeds)]
    return branch_fit(
        arm,
        (MAIN, aux),
        splits,
        labelled,
        seeds,
        GUM_LR,
        gum_hard.VOCABULARY,
        gum_hard.HIDDEN,
        gum_hard.UPDATES["100"],
        gum_hard.EVERY,
    )
