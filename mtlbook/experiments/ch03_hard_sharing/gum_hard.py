"""Chapter 3: what hard sharing brings on GUM, with the same sentences and with more text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtlbook.data.sentences import Sentence
from mtlbook.experiments.common.gum_split import gum_split
from mtlbook.experiments.common.tagging import Plan, Source, Split, TaggingData, train
from mtlbook.experiments.common.tolerances import GUM
from mtlbook.models.sharing import Routes, hard, low_supervision
from mtlbook.models.tagger import Tagger
from mtlbook.runs.base import Config, Experiment
from mtlbook.runs.tuning import settings
from mtlbook.training.mixing import Schedule, equal_total_work, together

Part = list[Sentence]

MAIN = "chunk"
GENRES = ("news", "interview", "conversation", "vlog")
TUNING_GENRE = "textbook"
LABELLED = {"100": 100, "300": 300}
MOST = {"news": 450, "interview": 760, "conversation": 1000, "vlog": 740, "textbook": 450}
"""Labelled sentences: up to a thousand, and never more than every seed has."""
FURTHER = {"news": 350, "interview": 600, "conversation": 600, "vlog": 600, "textbook": 350}
"""Sentences that carry the auxiliary task alone, beside 100 labelled ones."""
UPDATES = {"100": 300, "300": 450, "most": 900}
SIZES = {"main": 8, "more": 16}
HIDDEN, LAYERS, EVERY = 64, 2, 25
VOCABULARY = (3000, 1200)


def copied(sentences: Sequence[Sentence]) -> Part:
    """Add a task ``copy`` with the labels of the main one."""
    return [replace(s, tags={**s.tags, "copy": s.tags[MAIN]}) for s in sentences]


def shuffled(sentences: Sequence[Sentence], seed: int, task: str = "xpos") -> Part:
    """Let the labels of a task change places at random among all the words."""
    labels = [label for s in sentences for label in s.tags[task]]
    order = iter(np.random.default_rng([6, seed]).permutation(len(labels)))
    return [replace(s, tags={**s.tags, task: tuple(labels[next(order)] for _ in s.words)})
            for s in sentences]  # fmt: skip


@dataclass(frozen=True)
class Arm:
    """What an arm learns besides the main task, and where from.

    Attributes:
        tasks: the auxiliary tasks.
        low: whether their heads sit on the first layer.
        more: whether they are learned from further sentences, rather than from the same ones.
        updates: how many updates there are, for each of the single task's.
        equal_work: whether further sentences take the place of main ones.
        change: what is done to the further sentences first.
    """

    tasks: tuple[str, ...] = ()
    low: bool = False
    more: bool = False
    updates: int = 1
    equal_work: bool = False
    change: Callable[[Sequence[Sentence], int], Part] | None = None

    def routes(self) -> Routes:
        """Return the layers that each task goes through."""
        if self.low:
            return low_supervision({MAIN: LAYERS, **dict.fromkeys(self.tasks, 1)})
        return hard((MAIN, *self.tasks), LAYERS)


SAME = {
    "single task": Arm(),
    "chunks copied": Arm(("copy",)),
    "hard sharing": Arm(("xpos",)),
    "low supervision": Arm(("xpos",), low=True),
}
MORE = {
    "single task": Arm(more=True),
    "single task, twice the updates": Arm(more=True, updates=2),
    "part of speech": Arm(("xpos",), more=True),
    "part of speech, low": Arm(("xpos",), low=True, more=True),
    "part of speech, equal work": Arm(("xpos",), more=True, equal_work=True),
    "part of speech, shuffled": Arm(("xpos",), more=True, change=shuffled),
    "dependency relation": Arm(("deprel",), more=True),
    "entity": Arm(("entity",), more=True),
    "named entity": Arm(("named",), more=True),
    "chunk": Arm((MAIN,), more=True),
}
"""The arms. In the second table 100 sentences are labelled with chunks and further ones with the
auxiliary task alone; every arm knows the words of both. In its last row the further ones have
their chunks, which is as good as an auxiliary task can be."""


def gum_data(
    arm: Arm, config: Config, splits: Sequence[Split], seeds: Sequence[int]
) -> tuple[TaggingData, Schedule]:
    """Return what an arm learns from, and the sources of each update.

    Args:
        arm: what it learns.
        config: ``labelled`` (100, 300 or most) and ``genre``.
        splits: for each network, its sentences.
        seeds: of what is done to the further sentences.
    """
    n, genre = LABELLED.get(config["labelled"], MOST[config["genre"]]), config["genre"]
    main, updates = [copied(d.train[:n]) for d in splits], UPDATES[config["labelled"]] * arm.updates
    known = [d.train[: n + FURTHER[genre] * arm.more] for d in splits]
    if not arm.more or not arm.tasks:
        sources = {"main": Source(main, (MAIN, *arm.tasks))}
        schedule = together("main", [], updates)
    else:
        more = [d.train[n : n + FURTHER[genre]] for d in splits]
        if arm.change:
            more = [arm.change(part, seed) for part, seed in zip(more, seeds, strict=True)]
        sources = {"main": Source(main, (MAIN,)), "more": Source(more, arm.tasks)}
        schedule = together("main", ["more"], updates)
    if arm.equal_work:
        schedule = equal_total_work(schedule, SIZES, updates * SIZES["main"])
    return TaggingData(splits, sources, VOCABULARY, known), schedule


def arm_scores(
    arm: Arm, config: Config, splits: Sequence[Split], seeds: Sequence[int], lr: float
) -> np.ndarray:
    """Train an arm on each seed's sentences; return F1 of chunks, inside and outside, ``(S, 2)``.

    Args:
        arm: what it learns.
        config: as for :func:`gum_data`.
        splits: for each network, its sentences.
        seeds: of the networks.
        lr: learning rate of Adam.
    """
    data, schedule = gum_data(arm, config, splits, seeds)
    routes = hard((MAIN,), LAYERS) if arm.tasks == (MAIN,) else arm.routes()
    found = train(
        data,
        lambda: Tagger(data.sizes, data.numbers, routes, hidden=HIDDEN),
        schedule,
        seeds,
        Plan([MAIN], SIZES, lr, EVERY),
    )
    return data.scores(found.best(MAIN), MAIN)


def chunk_scores(config: Config, seeds: Sequence[int], lr: float) -> np.ndarray:
    """Train an arm on each seed; return F1 of chunks in per cent, inside and outside, ``(S, 2)``.

    Args:
        config: ``text`` (same or more), ``labelled`` (100, 300 or most), ``arm`` and ``genre``.
        seeds: of the splits and of the networks.
        lr: learning rate of Adam.
    """
    arm = (MORE if config["text"] == "more" else SAME)[config["arm"]]
    splits = [gum_split(config["genre"], seed) for seed in seeds]
    return arm_scores(arm, config, splits, seeds, lr)


def cells(genres: Sequence[str]) -> list[Config]:
    """Return the configurations of both tables on some genres."""
    same = [
        {"text": "same", "labelled": labelled, "arm": arm, "genre": genre}
        for labelled in UPDATES
        for arm in SAME
        for genre in genres
    ]
    more = [
        {"text": "more", "labelled": "100", "arm": arm, "genre": genre}
        for arm in MORE
        for genre in genres
    ]
    return same + more


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return chunk_scores(config, seeds, config["lr"])


GUM_HARD_TUNING = Experiment(
    name="gum-hard-tuning",
    question="Which step size suits each arm on a genre that is not reported?",
    data="UD English-GUM, commit afb41ee: textbook",
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=[{**cell, "lr": lr} for cell in cells([TUNING_GENRE]) for lr in (0.003, 0.01, 0.03)],
    seeds=range(100, 103),
    measure=_measure_tuning,
    cheap={"text": "same", "labelled": "100", "arm": "single task", "genre": TUNING_GENRE,
           "lr": 0.01},
    columns=("inside", "outside"),
    corpus="gum",
    tolerance=GUM,
)  # fmt: skip

SETTINGS = settings("gum-hard-tuning", "lr", "inside")
"""Step size of each text, number of labelled sentences and arm."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    lr = SETTINGS[config["text"], config["labelled"], config["arm"]]
    return chunk_scores(config, seeds, lr)


GUM_HARD = Experiment(
    name="gum-hard",
    question="What does hard sharing bring to chunking on GUM?",
    data="UD English-GUM, commit afb41ee: news, interview, conversation",
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=cells(GENRES[:3]),  # vlog would take another third of the time
    seeds=range(5),
    measure=_measure,
    cheap={"text": "same", "labelled": "100", "arm": "single task", "genre": "conversation"},
    columns=("inside", "outside"),
    corpus="gum",
    tolerance=GUM,
)
