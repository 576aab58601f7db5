"""Chapter 3: what hard sharing brings on the toy language, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtlbook.data.relatedness import Kind, relate
from mtlbook.experiments.common.tagging import Plan, Source, Split, TaggingData, train
from mtlbook.experiments.common.tolerances import TOY
from mtlbook.models.sharing import Routes, hard, low_supervision
from mtlbook.models.tagger import Tagger
from mtlbook.runs.base import Config, Experiment
from mtlbook.runs.tuning import settings
from mtlbook.toy_language import toy_sentences
from mtlbook.training.mixing import Schedule, equal_total_work, together

LABELLED, FURTHER, VALIDATION, TEST = 60, 400, 100, 300
UPDATES, LAYERS, HIDDEN = 200, 2, 32
SIZES = {"main": 8, "more": 16}
VOCABULARY = (1000, 600)
EVERY = 20


@dataclass(frozen=True)
class Arm:
    """What an arm learns besides its main task.

    Attributes:
        aux: ``pos``, ``copy`` or ``aux``, the dial's labelling; None for a single task.
        split: layers that the tasks share; all by default.
        low: whether the auxiliary head sits on the first layer.
        relatedness: how much of the parts of speech the dial keeps.
        noise: whether the rest cannot be learned.
        updates: how many there are, for each of the single task's.
        width: width of a layer, for each unit of the single task's.
        equal_work: whether further sentences take the place of main ones.
        own_words: whether it knows the words of the labelled sentences only.
    """

    aux: str | None = None
    split: int = LAYERS
    low: bool = False
    relatedness: float = 1.0
    noise: bool = False
    updates: int = 1
    width: float = 1.0
    equal_work: bool = False
    own_words: bool = False

    def routes(self, main: str) -> Routes:
        """Return the layers that each task goes through."""
        if self.aux is None:
            return hard((main,), LAYERS)
        if self.low:
            return low_supervision({main: LAYERS, self.aux: 1})
        return hard((main, self.aux), LAYERS, self.split)


ARMS = {
    "single task": Arm(),
    "own words only": Arm(own_words=True),
    "twice the updates": Arm(updates=2),
    "wider": Arm(width=1.25),
    "copied": Arm("copy"),
    "hard sharing": Arm("pos"),
    "hard sharing, equal work": Arm("pos", equal_work=True),
    "split after layer 1": Arm("pos", split=1),
    "split after the embedding": Arm("pos", split=0),
    "low supervision": Arm("pos", low=True),
    "low supervision, unrelated": Arm("aux", low=True, relatedness=0.0),
    "three quarters related": Arm("aux", relatedness=0.75),
    "half related": Arm("aux", relatedness=0.5),
    "a quarter related": Arm("aux", relatedness=0.25),
    "unrelated": Arm("aux", relatedness=0.0),
    "noise": Arm("aux", relatedness=0.0, noise=True),
}
ROLE_ARMS = ("single task", "copied", "hard sharing", "split after layer 1", "low supervision")


def toy_split(seed: int, arm: Arm) -> Split:
    """Write tales to learn from, to stop on and to be tested on; reports and letters beside.

    Labels of the dial are drawn for all tales before they are split, and no document is in two
    parts.
    """
    tales = toy_sentences(LABELLED + FURTHER + VALIDATION + TEST, "tale", seed)
    kind: Kind = "noise" if arm.noise else "word"
    tales = relate(tales, "pos", arm.relatedness, seed, kind) if arm.aux == "aux" else tales
    first, last = LABELLED + FURTHER, LABELLED + FURTHER + VALIDATION
    others = [s for domain in ("report", "letter") for s in toy_sentences(100, domain, seed)]
    return Split(tales[:first], tales[first:last], tales[last:], others)


def toy_data(
    main: str,
    arm: Arm,
    splits: Sequence[Split],
    labelled: int = LABELLED,
    updates: int = UPDATES,
    vocabulary: tuple[int, int] = VOCABULARY,
) -> tuple[TaggingData, Schedule]:
    """Return what an arm learns from, and the sources of each update.

    By default it knows the words of all sentences, also of those that carry no label that it
    learns from.

    Args:
        main: the main task.
        arm: what it learns besides.
        splits: for each network, its sentences.
        labelled: how many of the first sentences are the main task's.
        updates: of an arm that does not train longer.
        vocabulary: rows of the tables of words and of suffixes.
    """
    known = [d.train[:labelled] for d in splits] if arm.own_words else None
    updates *= arm.updates
    schedule = together("main", ["more"], updates)
    if arm.aux in (None, "copy"):
        twice = [
            [replace(s, tags={**s.tags, "copy": s.tags[main]}) for s in d.train[:labelled]]
            for d in splits
        ]
        sources = {"main": Source(twice, tuple(arm.routes(main)))}
        schedule = together("main", [], updates)
    else:
        sources = {
            "main": Source([d.train[:labelled] for d in splits], (main,)),
            "more": Source([d.train[labelled:] for d in splits], (str(arm.aux),)),
        }
    if arm.equal_work:
        schedule = equal_total_work(schedule, SIZES, updates * SIZES["main"])
    return TaggingData(splits, sources, vocabulary, known), schedule


def toy_scores(main: str, arm: Arm, seeds: Sequence[int], lr: float) -> np.ndarray:
    """Train an arm on each seed; return F1 in per cent, in tales and elsewhere, ``(S, 2)``.

    Args:
        main: ``chunk`` or ``role``.
        arm: what it learns besides.
        seeds: of sentences and networks.
        lr: learning rate of Adam.
    """
    data, schedule = toy_data(main, arm, [toy_split(seed, arm) for seed in seeds])
    routes, hidden = arm.routes(main), round(HIDDEN * arm.width)
    found = train(
        data,
        lambda: Tagger(data.sizes, data.numbers, routes, hidden=hidden),
        schedule,
        seeds,
        Plan([main], SIZES, lr, EVERY),
    )
    return data.scores(found.best(main), main)


CELLS: list[Config] = [
    *({"main": "chunk", "arm": arm} for arm in ARMS),
    *({"main": "role", "arm": arm} for arm in ROLE_ARMS),
]


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return toy_scores(config["main"], ARMS[config["arm"]], seeds, config["lr"])


TOY_HARD_TUNING = Experiment(
    name="toy-hard-tuning",
    question="Which step size suits each arm on the toy language?",
    data="generated: mtlbook.toy_language",
    score="F1 of spans in per cent, in tales and in reports and letters",
    configs=[{**cell, "lr": lr} for cell in CELLS for lr in (0.003, 0.01, 0.03)],
    seeds=range(100, 105),
    measure=_measure_tuning,
    cheap={"main": "chunk", "arm": "single task", "lr": 0.01},
    columns=("inside", "outside"),
)

SETTINGS = settings("toy-hard-tuning", "lr", "inside")
"""Step size of each main task and arm."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    main, arm = config["main"], config["arm"]
    return toy_scores(main, ARMS[arm], seeds, SETTINGS[main, arm])


TOY_HARD = Experiment(
    name="toy-hard",
    question="What does hard sharing bring on the toy language, and what does it cost?",
    data="generated: mtlbook.toy_language",
    score="F1 of spans in per cent, in tales and in reports and letters",
    configs=CELLS,
    seeds=range(20),
    measure=_measure,
    cheap={"main": "chunk", "arm": "single task"},
    columns=("inside", "outside"),
    tolerance=TOY,
    block=10,
)
