"""Chapter 11: which auxiliary task helps which main task, on the toy language.

Chunks, roles and entities are also taken apart into their types. Finding noun phrases alone is
one main task, finding agents alone another; some are learned within a few updates, others hardly
at all, and all have parts of speech as their auxiliary task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from mtlbook.data.cheap_labels import CHEAP, with_cheap_labels
from mtlbook.data.sentences import Sentence
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm, toy_split
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import (
    COLUMNS,
    CONTROLS,
    Setup,
    fit_pair,
    joint_probes,
    summary,
)
from mtlbook.experiments.common.tagging import Split
from mtlbook.runs.base import Config, Experiment
from mtlbook.training.affinity import Probe

MAINS = ("chunk", "role", "entity", "pos")
"""All tasks that the grammar labels."""
SIZES = {"main": 8, "more": 16}
LR = 0.03
"""One step size for all arms. On chapter 3's tuning seeds (``toy-hard-tuning``) no arm loses more
than two points by it, against the best of three."""
SETUP = Setup(60, 400, 200, 1, (1000, 600), SIZES, LR, hidden=32, every=20)

TYPES = {
    "chunk": ("NP", "VP", "PP", "ADVP", "SBAR"),
    "role": ("V", "AGENT", "PATIENT", "PLACE", "TIME", "MANNER"),
    "entity": ("PERSON", "PLACE", "ORG", "TIME"),
}
SINGLE_TYPES = tuple(f"{layer} {kind}" for layer, kinds in TYPES.items() for kind in kinds)
LOOKS = tuple(range(20, 201, 20))
"""The updates after which the validation set is looked at."""


def auxiliaries(main: str) -> tuple[str, ...]:
    """Return the auxiliary tasks of a main one: the other annotated ones and the cheap labels."""
    return tuple(task for task in (*MAINS, *CHEAP) if task != main)


@cache
def split_with_labels(seed: int) -> Split:
    """Return chapter 3's split, with cheap labels on the sentences that are learned from."""
    found = toy_split(seed, Arm())
    return replace(found, train=with_cheap_labels(found.train, seed))


def toy_pair_scores(main: str, arm: str, seeds: Sequence[int]) -> np.ndarray:
    """Train an arm on each seed; return its scores on tales in per cent, ``(S,)``.

    Args:
        main: one of :data:`MAINS`.
        arm: a control or an auxiliary task.
        seeds: of sentences, labels and networks.
    """
    splits = [split_with_labels(seed) for seed in seeds]
    found, data = fit_pair(main, arm, splits, seeds, SETUP)
    return data.f1(found.best(main), main)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return toy_pair_scores(config["main"], config["arm"], seeds)


AUX_TOY = Experiment(
    name="aux-toy",
    question="Which auxiliary task helps which main task on the toy language?",
    data="generated: mtlbook.toy_language, mtlbook.data.cheap_labels",
    score="F1 of spans (for parts of speech: words with the right label) in per cent, in tales",
    configs=[
        {"main": main, "arm": arm} for main in MAINS for arm in (*CONTROLS, *auxiliaries(main))
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"main": "chunk", "arm": "single task"},
    columns=("inside",),
)


@cache
def toy_probes(main: str, seeds: tuple[int, ...]) -> list[dict[str, Probe]]:
    """Return the probes of the joint run of a main task on the toy language."""
    splits = [split_with_labels(seed) for seed in seeds]
    return joint_probes(main, auxiliaries(main), splits, seeds, SETUP)


def _measure_joint(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return summary(toy_probes(config["main"], tuple(seeds)), config["aux"])


AUX_TOY_JOINT = Experiment(
    name="aux-toy-joint",
    question="How does each auxiliary task pull at the layers that it shares with the main task?",
    data="generated: mtlbook.toy_language, mtlbook.data.cheap_labels",
    score="cosine of the gradients; share of the main loss that a step for the other task takes",
    configs=[{"main": main, "aux": aux} for main in MAINS for aux in auxiliaries(main)],
    seeds=range(5),
    measure=_measure_joint,
    cheap={"main": "chunk", "aux": "pos"},
    columns=COLUMNS,
)


def only(sentences: Sequence[Sentence], main: str) -> list[Sentence]:
    """Add a task that marks the spans of one type alone, under the name of type and layer.

    Raises:
        ValueError: if there is no such main task.
    """
    if main not in SINGLE_TYPES:
        raise ValueError(f"no main task {main!r}; there are: {', '.join(SINGLE_TYPES)}")
    layer, kind = main.split()
    return [
        replace(s, tags={**s.tags, main: tuple(tag if tag[2:] == kind else "O"
                                               for tag in s.tags[layer])})
        for s in sentences
    ]  # fmt: skip


def _of_type(main: str, seed: int) -> Split:
    d = split_with_labels(seed)
    return Split(only(d.train, main), only(d.validation, main), only(d.test, main), [])


def _measure_types(config: Config, seeds: Sequence[int]) -> np.ndarray:
    main = config["main"]
    splits = [_of_type(main, seed) for seed in seeds]
    found, data = fit_pair(main, config["arm"], splits, seeds, SETUP)
    return np.column_stack([data.f1(found.best(main), main), 100 * found.validation[main].T])


AUX_MAINS = Experiment(
    name="aux-mains",
    question="Which of fifteen main tasks gain from parts of speech, and how are they learned?",
    data="generated: mtlbook.toy_language",
    score="F1 of spans in per cent, in tales; wrong words on the validation set, in per cent",
    configs=[{"main": main, "arm": arm} for main in SINGLE_TYPES for arm in ("single task", "pos")],
    seeds=range(10),
    measure=_measure_types,
    cheap={"main": "chunk VP", "arm": "single task"},
    columns=("inside", *(f"wrong after {look}" for look in LOOKS)),
)
