"""Chapter 12: what a linear probe reads from each branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from mtlbook.data.relatedness import relate
from mtlbook.data.sentences import Sentence
from mtlbook.evaluation.branches import probe
from mtlbook.experiments.ch12_shared_and_private.branches import (
    DATA,
    ROOM,
    SETTINGS,
    SMALL,
    SPLITS,
    toy_branches,
)
from mtlbook.experiments.ch12_shared_and_private.branches_read import (
    AUX,
    MAIN,
    Branched,
    read_states,
)
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.models.branches import SHARED
from mtlbook.models.many_branches import many_branches

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
    texts = [[*d.validation, *d.test] for d in trained.splits]
    parts = trained.encode(texts)
    states = {name: read_states(model, parts, [branch]) for name, branch in branches.items()}
    numbers = {task: len(trained.encoders[0].labels[task]) for task in (MAIN, AUX)}
    untrained = many_branches(seeds, ROOM, numbers, model.units, model.routes)
    with torch.no_grad():
        for p in untrained.embeddings.parameters():
            p.mul_(SMALL)
    states[BRANCH_NAMES[-1]] = read_states(untrained, parts, [SHARED])
    rows = []
    for s, (seed, split) in enumerate(zip(seeds, trained.splits, strict=True)):
        drawn = relate(texts[s], "pos", 0.0, 1000 + seed, "word")
        other = [
            replace(old, tags={**old.tags, "by word": new.tags["aux"]})
            for old, new in zip(texts[s], drawn, strict=True)
        ]
        targets = probe_targets(other, seed)
        cut = sum(len(sentence) for sentence in split.validation)
        row = []
        for name in BRANCH_NAMES:
            h = states[name][s].numpy()
            for target in TARGETS:
                y = targets[target]
                row.append(100 * probe((h[:cut], y[:cut]), (h[cut:], y[cut:])))
        rows.append(row)
    return np.array(rows)


def _measure_probes(config: Config, seeds: Sequence[int]) -> np.ndarray:
    trained = toy_branches(SPLITS["50 %"], config["relatedness"], 60, seeds, SETTINGS["50 %"])
    return probe_scores(trained, seeds)


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
