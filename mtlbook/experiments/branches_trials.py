"""Chapter 12: branches on the toy language, with the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from mtlbook.data.relatedness import relate
from mtlbook.data.sentences import Sentence
from mtlbook.evaluation.branches import probe
from mtlbook.experiments.base import Config, Experiment
from mtlbook.experiments.branches import (
    AUX,
    LESIONS,
    MAIN,
    ROOM,
    SMALL,
    SPLITS,
    Arm,
    Branched,
    measure_branches,
    read_states,
    toy_branches,
)
from mtlbook.models.branches import SHARED, correlation_overlap, many_branches

SETTINGS = {"0 %": 0.006, "25 %": 0.04, "50 %": 0.04, "75 %": 0.006, "100 %": 0.006}
"""Step size of each division: the best of ``branches-tuning``, in the middle of the dial."""
STRENGTHS = (0.3, 3.0, 30.0)
CONTROLS = {
    "fragments": Arm(fragments=True),
    "0 %, longer": Arm(0, updates=2),
    "50 %, longer": Arm(50, updates=2),
    "100 %, longer": Arm(100, updates=2),
    **{f"50 %, penalty {strength:g}": Arm(50, strength=strength) for strength in STRENGTHS},
}
"""Arms that differ from a division in one thing, and learn with its step size."""


def step_size(arm: str) -> float:
    """Return the step size of an arm; fragments have that of the undivided private branch."""
    return SETTINGS.get(arm.split(",")[0], SETTINGS["0 %"])


def overlaps(trained: Branched) -> np.ndarray:
    """Return the overlap of the main task's two branches over all test words, ``(S,)``; else 0."""
    names = trained.model.routes[MAIN]
    if names != (SHARED, MAIN):
        return np.zeros(len(trained.deals))
    size = 2 * trained.model.units[SHARED]
    found = []
    for h in trained.states(MAIN, trained.test()):
        h = h[None, None]
        inside = torch.ones(h.shape[:-1], dtype=torch.bool)
        found.append(float(correlation_overlap(h[..., :size], h[..., size:], inside)))
    return np.array(found)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, labelled = config["arm"], config["labelled"]
    arm = (SPLITS | CONTROLS)[name]
    trained = toy_branches(arm, config["relatedness"], labelled, seeds, step_size(name))
    scores = measure_branches(trained, seeds)
    stopped = trained.fit.best_step
    others = [overlaps(trained), stopped[MAIN], stopped.get(AUX, np.zeros(len(seeds)))]
    return np.column_stack([scores, *others])


COLUMNS = (*LESIONS, "overlap", "main stopped at", "aux stopped at")
BRANCH_NAMES = ("shared", "main's private", "aux's private", "shared, untrained")
TARGETS = ("pos", "chunk", "by word", "shuffled")
"""What is read from the branches: tags; a random label for each word; tags in a random order."""


def probe_targets(sentences: Sequence[Sentence], seed: int) -> dict[str, np.ndarray]:
    """Return the labels of all words for each of :data:`TARGETS`.

    Labels by word are those of an unrelated task that nothing was trained on (Hewitt and Liang
    2019): a probe reads them only as far as the states still tell one word from another.
    """
    found = {
        name: np.array([tag for s in sentences for tag in s.tags[name]])
        for name in ("pos", "chunk", "by word")
    }
    found["shuffled"] = np.random.default_rng([12, 1, seed]).permutation(found["pos"])
    return found


def probe_scores(trained: Branched, seeds: Sequence[int]) -> np.ndarray:
    """Return how well each target is read from each branch, in per cent, ``(S, 16)``.

    A probe learns from the sentences to stop on, and is asked for those to be tested on.
    """
    model = trained.model
    branches = dict(zip(BRANCH_NAMES, (SHARED, MAIN, AUX), strict=False))
    model.load_state_dict(trained.fit.snapshots[MAIN])
    texts = [[*d.halt, *d.test] for d in trained.deals]
    parts = trained.encode(texts)
    states = {name: read_states(model, parts, [branch]) for name, branch in branches.items()}
    numbers = {task: len(trained.encoders[0].labels[task]) for task in (MAIN, AUX)}
    untrained = many_branches(seeds, ROOM, numbers, model.units, model.routes)
    with torch.no_grad():
        for p in untrained.embeddings.parameters():
            p.mul_(SMALL)
    states[BRANCH_NAMES[-1]] = read_states(untrained, parts, [SHARED])
    rows = []
    for s, (seed, deal) in enumerate(zip(seeds, trained.deals, strict=True)):
        drawn = relate(texts[s], "pos", 0.0, 1000 + seed, "word")
        other = [
            replace(old, tags={**old.tags, "by word": new.tags["aux"]})
            for old, new in zip(texts[s], drawn, strict=True)
        ]
        targets = probe_targets(other, seed)
        cut = sum(len(sentence) for sentence in deal.halt)
        row = []
        for name in BRANCH_NAMES:
            h = states[name][s].numpy()
            for target in TARGETS:
                y = targets[target]
                row.append(100 * probe((h[:cut], y[:cut]), (h[cut:], y[cut:])))
        rows.append(row)
    return np.array(rows)


def _measure_probes(config: Config, seeds: Sequence[int]) -> np.ndarray:
    trained = toy_branches(SPLITS["50 %"], config["relatedness"], 60, seeds, step_size("50 %"))
    return probe_scores(trained, seeds)


def _cells(names: Sequence[str], dial: Sequence[float], labelled: int) -> list[Config]:
    """Return every arm at every point of the dial; without a shared branch at its ends only."""
    return [
        {"arm": name, "relatedness": r, "labelled": labelled}
        for r in dial
        for name in names
        if not (name == "0 %" and r == 0.5)
    ]


SCORE = "F1 of chunks, right labels of the auxiliary task, in per cent, also after lesions; others"

BRANCHES = Experiment(
    name="branches",
    question="How much of a fixed width should related and unrelated tasks share?",
    data="generated: mtlbook.data.toy_language",
    score=SCORE,
    configs=_cells(list(SPLITS), (1.0, 0.0, 0.5), 60),
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "100 %", "relatedness": 1.0, "labelled": 60},
    columns=COLUMNS,
)

BRANCHES_CONTROLS = Experiment(
    name="branches-controls",
    question="What do fragments, longer training and a penalty on overlap do to the divisions?",
    data="generated: mtlbook.data.toy_language",
    score=SCORE,
    configs=[
        *_cells(["fragments"], [1.0], 60),
        *_cells([name for name in CONTROLS if "penalty" in name], [1.0], 60),
        *_cells([name for name in CONTROLS if "longer" in name], [1.0], 60),
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "fragments", "relatedness": 1.0, "labelled": 60},
    columns=COLUMNS,
)

BRANCHES_LARGER = Experiment(
    name="branches-larger",
    question="Does the best division change with four times the labelled sentences?",
    data="generated: mtlbook.data.toy_language",
    score=SCORE,
    configs=[
        *_cells(["fragments", "0 %", "50 %", "100 %"], [1.0], 240),
        *_cells(["50 %", "100 %"], [0.0], 240),
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "fragments", "relatedness": 1.0, "labelled": 240},
    columns=COLUMNS,
)

BRANCHES_PROBES = Experiment(
    name="branches-probes",
    question="What can be read from each branch?",
    data="generated: mtlbook.data.toy_language",
    score="right labels that a linear probe reads, in per cent",
    configs=[{"relatedness": r} for r in (1.0, 0.0)],
    seeds=range(10),
    measure=_measure_probes,
    cheap={"relatedness": 1.0},
    columns=tuple(f"{target} from {name}" for name in BRANCH_NAMES for target in TARGETS),
)
