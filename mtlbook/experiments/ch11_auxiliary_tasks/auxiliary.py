"""Chapter 11: one main task, one auxiliary task on further sentences, and the controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mtlbook.data.sentences import Sentence
from mtlbook.experiments.common.tagging import Source, Split, TaggingData, train
from mtlbook.models.sharing import hard
from mtlbook.models.tagger import Tagger
from mtlbook.training.loop import Fit
from mtlbook.training.mixing import Schedule, together

CONTROLS = ("single task", "all words", "twice the updates", "copied", "own labels")
"""Arms without an auxiliary task: the baseline, which knows the words of its own sentences; the
same with the words of the further sentences as well; the baseline trained twice as long, and with
two heads for one set of labels; and the main task's own labels on the further sentences, which is
as good as an auxiliary task can be."""
ALONE = ("single task", "all words", "twice the updates")


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


def fit_pair(
    main: str, arm: str, splits: Sequence[Split], seeds: Sequence[int], setup: Setup
) -> tuple[Fit, TaggingData]:
    """Train an arm on each seed, and keep each network where it is best at the main task."""
    data, schedule = pair_data(main, arm, splits, setup)
    routes = hard(tuple(data.numbers), setup.layers)
    found = train(
        data,
        lambda: Tagger(data.sizes, data.numbers, routes, hidden=setup.hidden),
        schedule,
        seeds,
        sizes=setup.sizes,
        lr=setup.lr,
        tasks=[main],
        every=setup.every,
    )
    return found, data
