"""Chapter 11: a main task with one auxiliary task on further sentences, or with all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch
from torch import nn

from mtlbook.data.batches import Stream, join
from mtlbook.data.sentences import Sentence
from mtlbook.experiments.common.tagging import Plan, Source, Split, TaggingData, train
from mtlbook.models.networks import from_seeds
from mtlbook.models.sharing import hard
from mtlbook.models.tagger import Tagger
from mtlbook.training.affinity import Probe, mean_probe, probe
from mtlbook.training.loop import Fit, adam, fit
from mtlbook.training.mixing import Schedule, together
from mtlbook.training.tagging import tag_losses

CONTROLS = ("single task", "all words", "twice the updates", "copied", "own labels")
"""Arms without an auxiliary task: the baseline, which knows the words of its own sentences; the
same with the words of the further sentences as well; the baseline trained twice as long, and with
two heads for one set of labels; and the main task's own labels on the further sentences, which is
as good as an auxiliary task can be."""
ALONE = ("single task", "all words", "twice the updates")
UPDATES, PROBES = 96, 8
"""Updates of a joint run; how often it is looked at, the first time before any update."""
COLUMNS = ("cosine at the start", "cosine, early", "cosine, late",
           "affinity, early", "affinity, late")  # fmt: skip


@dataclass(frozen=True)
class Setup:
    """What all arms of a problem have in common.

    Attributes:
        labelled: sentences that carry the main task; they are the first of each split.
        further: sentences behind these, which carry the auxiliary task alone.
        updates: of the single task; every arm has as many main batches, but the one that is
            trained twice as long.
        layers: of the network, all of them shared.
        vocabulary: rows of the tables of words and of suffixes.
        sizes: sentences in a batch of each source.
        lr: learning rate of Adam.
        hidden: width of each direction of a layer.
        every: updates between two looks at the validation sentences.
    """

    labelled: int
    further: int
    updates: int
    layers: int
    vocabulary: tuple[int, int]
    sizes: Mapping[str, int]
    lr: float
    hidden: int
    every: int


def pair_data(
    main: str, arm: str, splits: Sequence[Split], setup: Setup
) -> tuple[TaggingData, Schedule]:
    """Return what an arm learns from: equal main updates, auxiliary batches on top.

    Args:
        main: the main task.
        arm: one of :data:`CONTROLS`, or the auxiliary task.
        splits: for each network, its sentences.
        setup: how many of them carry which task.

    Returns:
        The sentences, and the sources of each update.

    Raises:
        ValueError: if the auxiliary task is the main task; its labels on the further sentences
            are the arm ``own labels``.
    """
    if arm == main:
        raise ValueError(f"{main!r} beside itself: that is the arm 'own labels'")
    first = [d.train[: setup.labelled] for d in splits]
    schedule = together("main", [], setup.updates * (2 if arm == "twice the updates" else 1))
    if arm == "copied":
        first = [
            [replace(s, tags={**s.tags, "copy": s.tags[main]}) for s in part] for part in first
        ]
    sources = {"main": Source(first, (main, "copy") if arm == "copied" else (main,))}
    if arm not in (*ALONE, "copied"):
        further = [d.train[setup.labelled : setup.labelled + setup.further] for d in splits]
        sources["more"] = Source(further, (main if arm == "own labels" else arm,))
        schedule = together("main", ["more"], setup.updates)
    return TaggingData(splits, sources, setup.vocabulary, known_texts(arm, splits, setup)), schedule


def known_texts(arm: str, splits: Sequence[Split], setup: Setup) -> list[list[Sentence]]:
    """Return the sentences whose words an arm knows.

    These are the labelled ones, and the further ones too where something is learned from them.
    A word that is known but never seen with a label keeps the vector that it was drawn with, and
    the single task is worse for it; the arm ``all words`` says by how much.
    """
    own = arm in ("single task", "twice the updates", "copied")
    return [d.train[: setup.labelled + (0 if own else setup.further)] for d in splits]


def shared_tagger(data: TaggingData, setup: Setup) -> Tagger:
    """Make one network: its tasks share all layers, and each has a head."""
    routes = hard(tuple(data.numbers), setup.layers)
    return Tagger(data.sizes, data.numbers, routes, hidden=setup.hidden)


def fit_pair(
    main: str,
    arm: str,
    splits: Sequence[Split],
    seeds: Sequence[int],
    setup: Setup,
    build: Callable[[TaggingData, Setup], nn.Module] = shared_tagger,
) -> tuple[Fit, TaggingData]:
    """Train an arm on each seed, and keep each network where it is best at the main task.

    Args:
        main: the main task.
        arm: one of :data:`CONTROLS`, or the auxiliary task.
        splits: for each network, its sentences.
        seeds: of the networks and batches.
        setup: what all arms have in common.
        build: makes one network.
    """
    data, schedule = pair_data(main, arm, splits, setup)
    plan = Plan([main], setup.sizes, setup.lr, setup.every)
    return train(data, lambda: build(data, setup), schedule, seeds, plan), data


def joint_probes(
    main: str,
    others: Sequence[str],
    splits: Sequence[Split],
    seeds: Sequence[int],
    setup: Setup,
    updates: int = UPDATES,
) -> list[dict[str, Probe]]:
    """Learn a main task and all auxiliary ones together, and look at how they pull.

    Main labels are on the labelled sentences, auxiliary labels on the further ones, as in the
    pairs that the predictions are for. All losses count alike.

    Args:
        main: the main task.
        others: the auxiliary tasks.
        splits: for each network, its sentences.
        seeds: of the networks and batches.
        setup: what the pairs have; of it the number of updates is not used.
        updates: of the joint run.

    Returns:
        What was seen at ``PROBES`` moments, evenly spaced.
    """
    texts = known_texts("together", splits, setup)
    sources = {
        "main": Source([text[: setup.labelled] for text in texts], (main,)),
        "more": Source([text[setup.labelled :] for text in texts], tuple(others)),
    }
    data = TaggingData([Split(text, [], [], []) for text in texts], sources, setup.vocabulary)
    parts = {name: data.encode(source.parts) for name, source in sources.items()}

    def stream(name: str, often: int, stage: int) -> Stream:
        order = [4 * seed + stage for seed in seeds]
        return Stream(parts[name], sources[name].tasks, often * setup.sizes[name], order)

    learn = (join(pair) for pair in zip(stream("main", 1, 0), stream("more", 1, 1), strict=True))
    look = zip(stream("main", 2, 2), stream("more", 2, 3), strict=True)
    # In double precision, so that late probes are the same on every processor.
    networks = from_seeds(lambda: shared_tagger(data, setup).double(), seeds)
    optimiser, found = adam(networks, setup.lr), []
    for pair in islice(look, PROBES):
        found.append(probe(networks, main, *pair))
        fit(networks, islice(learn, updates // PROBES), tag_losses, optimiser)
    return found


def summary(probes: Sequence[dict[str, Probe]], task: str) -> np.ndarray:
    """Return the five numbers of :data:`COLUMNS` for an auxiliary task, ``(S, 5)``."""
    half = len(probes) // 2
    start, _ = mean_probe(probes, task, 0, 1)
    early = mean_probe(probes, task, 1, half)
    late = mean_probe(probes, task, half, len(probes))
    return torch.stack([start, early[0], late[0], early[1], late[1]], dim=1).numpy()
