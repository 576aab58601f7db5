"""Chapter 12: the runs, on the toy language and on GUM."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch12_shared_and_private.branches import (
    AUX,
    MAIN,
    SETTINGS,
    SPLITS,
    Arm,
    gum_branches,
    toy_branches,
)
from mtlbook.experiments.ch12_shared_and_private.measures import (
    BRANCH_NAMES,
    LESIONS,
    TARGETS,
    measure_branches,
    overlaps,
    probe_scores,
    state_scores,
    task_states,
    to_test,
)
from mtlbook.experiments.common.tagging import TaggingData
from mtlbook.experiments.common.tolerances import GUM
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.training.loop import Fit

DATA = "generated: mtlbook.toy_language"
ALONE = {f"alone, {percent} %": Arm(alone=percent) for percent in (25, 50, 75, 100)}
LONGER = {f"{percent} %, longer": Arm(percent, updates=2) for percent in (0, 50, 100)}
OWN = {f"50 %, own words, {s:g}": Arm(50, strength=s, own=True) for s in (0.03, 0.3, 3.0, 30.0)}
WEAK = {f"50 %, all words, {s:g}": Arm(50, strength=s) for s in (0.003, 0.03)}
STRONG = {f"50 %, all words, {s:g}": Arm(50, strength=s) for s in (0.3, 3.0, 30.0)}
CONTROLS = {"fragments": Arm(fragments=True), **ALONE, **LONGER, **OWN, **WEAK, **STRONG}
"""Arms that differ from a division in one thing, and learn with its learning rate."""
COLUMNS = ("main", "overlap")
SCORE = "F1 of chunks in per cent; overlap of the main task's branches"


def learning_rate(arm: str) -> float:
    """Return an arm's; fragments and branches alone have that of separate tasks."""
    return float(SETTINGS.get(arm.split(",")[0], SETTINGS["0 %"]))


def _trained(config: Config, seeds: Sequence[int]) -> tuple[Fit, TaggingData]:
    name, r = config["arm"], config["relatedness"]
    arm, lr = (SPLITS | CONTROLS)[name], learning_rate(name)
    return toy_branches(arm, r, config["labelled"], seeds, lr)


def scores_of(found: Fit, data: TaggingData, task: str) -> np.ndarray:
    """Return a task's scores in per cent, ``(S,)``, see :func:`state_scores`."""
    networks, texts = found.best(task), to_test(data)
    return state_scores(networks, data, texts, task, task_states(networks, data, texts, task))


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm = SPLITS[config["arm"]]
    found, data = toy_branches(arm, config["relatedness"], 60, seeds, config["lr"])
    return np.stack([scores_of(found, data, task) for task in (MAIN, AUX)], axis=1)


BRANCHES_TUNING = Experiment(
    name="branches-tuning",
    question="Which step size suits each division of the width?",
    data=DATA,
    score="F1 of chunks, and right labels of the auxiliary task, in per cent",
    configs=grid(arm=list(SPLITS), relatedness=[0.5], lr=[0.006, 0.015, 0.04]),
    seeds=range(100, 105),
    measure=_measure_tuning,
    cheap={"arm": "100 %", "relatedness": 0.5, "lr": 0.015},
    columns=("main", "aux"),
)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    found, data = _trained(config, seeds)
    return np.column_stack([measure_branches(found, data, seeds), overlaps(found, data)])


BRANCHES = Experiment(
    name="branches",
    question="How much of a fixed width should related and unrelated tasks share?",
    data=DATA,
    score="F1 of chunks, right labels of the auxiliary task, in per cent, also after lesions; "
    "overlap of states",
    configs=[
        {"arm": name, "relatedness": r, "labelled": 60}
        for r in (1.0, 0.0, 0.5)
        for name in SPLITS
        if name != "0 %" or r == 1.0  # separate tasks: the main one does not notice the other
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "100 %", "relatedness": 1.0, "labelled": 60},
    columns=(*LESIONS, "overlap"),
)


def _measure_main(config: Config, seeds: Sequence[int]) -> np.ndarray:
    found, data = _trained(config, seeds)
    return np.column_stack([scores_of(found, data, MAIN), overlaps(found, data)])


def _cells(names: Sequence[str], r: float, labelled: int) -> list[Config]:
    return [{"arm": name, "relatedness": r, "labelled": labelled} for name in names]


BRANCHES_CONTROLS = Experiment(
    name="branches-controls",
    question="What do fragments, branches alone and longer training do?",
    data=DATA,
    score=SCORE,
    configs=_cells(["fragments", *ALONE, *LONGER], 1.0, 60),
    seeds=range(10),
    measure=_measure_main,
    cheap={"arm": "alone, 25 %", "relatedness": 1.0, "labelled": 60},
    columns=COLUMNS,
)

BRANCHES_LARGER = Experiment(
    name="branches-larger",
    question="Does the best division change with four times the labelled sentences?",
    data=DATA,
    score=SCORE,
    configs=[
        *_cells(["fragments", *SPLITS], 1.0, 240),
        *(cell for r in (0.0, 0.5) for cell in _cells(list(SPLITS)[1:], r, 240)),
    ],
    seeds=range(10),
    measure=_measure_main,
    cheap={"arm": "fragments", "relatedness": 1.0, "labelled": 240},
    columns=COLUMNS,
)

BRANCHES_PENALTY = Experiment(
    name="branches-penalty",
    question="Does a penalty on the overlap of shared and private states help?",
    data=DATA,
    score=SCORE,
    configs=[
        *_cells([*OWN, *WEAK, *STRONG], 1.0, 60),
        *_cells(list(WEAK), 0.0, 60),
    ],
    seeds=range(10),
    measure=_measure_main,
    cheap={"arm": "50 %, own words, 0.3", "relatedness": 1.0, "labelled": 60},
    columns=COLUMNS,
)


def _measure_probes(config: Config, seeds: Sequence[int]) -> np.ndarray:
    found, data = _trained({"arm": "50 %", "labelled": 60, **config}, seeds)
    return probe_scores(found, data, seeds)


BRANCHES_PROBES = Experiment(
    name="branches-probes",
    question="What can be read from each branch?",
    data=DATA,
    score="right labels that a linear probe reads, in per cent",
    configs=[{"relatedness": r} for r in (1.0, 0.0)],
    seeds=range(10),
    measure=_measure_probes,
    cheap={"relatedness": 1.0},
    columns=tuple(f"{target} from {name}" for name in BRANCH_NAMES for target in TARGETS),
)


def _measure_gum(config: Config, seeds: Sequence[int]) -> np.ndarray:
    found, data = gum_branches(SPLITS[config["arm"]], config["task"], config["genre"], seeds)
    outside = data.f1(found.best(MAIN), MAIN, "other_domains")
    return np.column_stack([outside, measure_branches(found, data, seeds)])


GUM_BRANCHES = Experiment(
    name="gum-branches",
    question="How much of a fixed width should chunking on GUM share, and with which task?",
    data="UD English-GUM, commit afb41ee: conversation, interview",
    score="F1 of chunks, right labels of the auxiliary task, in per cent, also after lesions",
    configs=[
        {"arm": name, "task": aux, "genre": genre}
        for genre in ("conversation", "interview")
        for aux in ("xpos", "named")
        for name in ("100 %", "50 %", "0 %")
        if (name, aux) != ("0 %", "named")
    ],
    seeds=range(5),
    measure=_measure_gum,
    cheap={"arm": "100 %", "task": "named", "genre": "conversation"},
    columns=("outside", *LESIONS),
    corpus="gum",
    tolerance=GUM,
)
