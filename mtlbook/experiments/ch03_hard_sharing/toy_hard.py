"""Chapter 3: what hard sharing brings on the toy language, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mtlbook.data.relatedness import Kind, relate
from mtlbook.data.sentences import Sentence
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.tagging import Deal, Lesson, Training, score_lesson
from mtlbook.models.sharing import Routes, hard, low_supervision
from mtlbook.toy_language import toy_sentences
from mtlbook.training.mixing import beside, equal_total_work

LABELLED, FURTHER, HALT, TEST = 60, 400, 100, 300
UPDATES, LAYERS, HIDDEN = 200, 2, 32
SIZES = {"main": 8, "more": 16}
ROOM = (1000, 600)


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


def toy_deal(seed: int, arm: Arm) -> Deal:
    """Write tales to learn from, to stop on and to be tested on; reports and letters beside.

    Labels of the dial are dealt out over all tales before they are split, and no document is in
    two parts.
    """
    tales = toy_sentences(LABELLED + FURTHER + HALT + TEST, "tale", seed)
    kind: Kind = "noise" if arm.noise else "word"
    tales = relate(tales, "pos", arm.relatedness, seed, kind) if arm.aux == "aux" else tales
    ends = np.cumsum([LABELLED + FURTHER, HALT, TEST])
    train, halt, test = tales[: ends[0]], tales[ends[0] : ends[1]], tales[ends[1] :]
    outside = [s for domain in ("report", "letter") for s in toy_sentences(100, domain, seed)]
    return Deal(train, halt, test, outside)


def toy_lesson(main: str, arm: Arm, deals: Sequence[Deal]) -> tuple[Lesson, list[list[Sentence]]]:
    """Return what an arm learns from, and the sentences whose words it may know.

    By default that is all of them, also those that carry no label the arm learns from.
    """
    labelled = [d.train[:LABELLED] for d in deals]
    further = [d.train[LABELLED:] for d in deals]
    texts = labelled if arm.own_words else [d.train for d in deals]
    updates = UPDATES * arm.updates
    routes = arm.routes(main)
    if arm.aux in (None, "copy"):
        labelled = [[replace(s, tags={**s.tags, "copy": s.tags[main]}) for s in part]
                    for part in labelled]  # fmt: skip
        source = {"main": (labelled, tuple(routes))}
        return Lesson(source, routes, beside("main", [], updates)), texts
    schedule = beside("main", ["more"], updates)
    if arm.equal_work:
        schedule = equal_total_work(schedule, SIZES, updates * SIZES["main"])
    sources = {"main": (labelled, (main,)), "more": (further, (str(arm.aux),))}
    return Lesson(sources, routes, schedule), texts


def toy_scores(main: str, arm: Arm, seeds: Sequence[int], lr: float) -> np.ndarray:
    """Train an arm on each seed; return F1 in per cent, inside and outside, ``(S, 2)``.

    Args:
        main: ``chunk`` or ``role``.
        arm: what it learns besides.
        seeds: of sentences and networks.
        lr: step size of Adam.
    """
    deals = [toy_deal(seed, arm) for seed in seeds]
    lesson, texts = toy_lesson(main, arm, deals)
    training = Training(ROOM, SIZES, lr, round(HIDDEN * arm.width), every=20)
    return score_lesson(lesson, main, texts, deals, seeds, training)


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
