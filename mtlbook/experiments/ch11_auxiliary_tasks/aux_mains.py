"""Chapter 11: many main tasks beside one auxiliary one, to see which of them gain.

Chunks, roles and entities are taken apart into their types. Finding noun phrases alone is one
main task, finding agents alone another; some are learned within a few updates, others hardly at
all, and all have parts of speech as their auxiliary task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mtlbook.data.sentences import Sentence
from mtlbook.experiments.ch11_auxiliary_tasks.aux_toy import SETUP, split_with_labels
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import fit_pair
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.tagging import Split

TYPES = {
    "chunk": ("NP", "VP", "PP", "ADVP", "SBAR"),
    "role": ("V", "AGENT", "PATIENT", "PLACE", "TIME", "MANNER"),
    "entity": ("PERSON", "PLACE", "ORG", "TIME"),
}
MAINS = tuple(f"{layer} {kind}" for layer, kinds in TYPES.items() for kind in kinds)
LOOKS = tuple(range(20, 201, 20))
"""The updates after which the validation set is looked at."""


def only(sentences: Sequence[Sentence], main: str) -> list[Sentence]:
    """Add a task that marks the spans of one type alone, under the name of type and layer.

    Raises:
        ValueError: if there is no such main task.
    """
    if main not in MAINS:
        raise ValueError(f"no main task {main!r}; there are: {', '.join(MAINS)}")
    layer, kind = main.split()
    return [
        replace(s, tags={**s.tags, main: tuple(tag if tag[2:] == kind else "O"
                                               for tag in s.tags[layer])})
        for s in sentences
    ]  # fmt: skip


def _split(main: str, seed: int) -> Split:
    d = split_with_labels(seed)
    return Split(only(d.train, main), only(d.validation, main), only(d.test, main), [])


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    main = config["main"]
    splits = [_split(main, seed) for seed in seeds]
    found, data = fit_pair(main, config["arm"], splits, seeds, SETUP)
    return np.column_stack([data.f1(found.best(main), main), 100 * found.validation[main].T])


AUX_MAINS = Experiment(
    name="aux-mains",
    question="Which of fifteen main tasks gain from parts of speech, and how are they learned?",
    data="generated: mtlbook.toy_language",
    score="F1 of spans in per cent, in tales; wrong words on the validation set, in per cent",
    configs=[{"main": main, "arm": arm} for main in MAINS for arm in ("single task", "pos")],
    seeds=range(10),
    measure=_measure,
    cheap={"main": "chunk VP", "arm": "single task"},
    columns=("inside", *(f"wrong after {look}" for look in LOOKS)),
)
