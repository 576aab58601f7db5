"""Chapter 11: one joint run of a main task and all its auxiliary ones, with probes on the way."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import torch

from mtlbook.data.batches import Stream, join
from mtlbook.data.vocabulary import SHAPES, Encoder, tag_sets
from mtlbook.experiments.ch11_auxiliary_tasks.aux_toy import (
    MAINS,
    SETUP,
    auxiliaries,
    split_with_labels,
)
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import Setup, known_texts
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.tagging import Split
from mtlbook.models.many_taggers import many_taggers
from mtlbook.models.sharing import hard
from mtlbook.training.affinity import Probe, mean_probe, probe
from mtlbook.training.tag_losses import batch_losses

UPDATES, PROBES = 96, 8
"""Updates of the joint run; how often it is looked at, the first time before any update."""
COLUMNS = ("cosine at the start", "cosine, early", "cosine, late",
           "affinity, early", "affinity, late")  # fmt: skip


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
    first = [d.train[: setup.labelled] for d in splits]
    further = [d.train[setup.labelled : setup.labelled + setup.further] for d in splits]
    tasks = (main, *others)
    texts = known_texts("together", splits, setup)
    labels = tag_sets([s for text in texts for s in text], tasks)
    encoders = [Encoder(text, labels) for text in texts]
    numbers = {task: len(labels[task]) for task in tasks}
    tables = (*setup.vocabulary, len(SHAPES))
    routes = hard(tasks, setup.layers)
    # In double precision, so that late probes are the same on every processor.
    model = many_taggers(seeds, tables, numbers, routes, hidden=setup.hidden).double()
    parts = [[e.encode(p) for e, p in zip(encoders, of, strict=True)] for of in (first, further)]

    def stream(place: int, taught: Sequence[str], size: int, stage: int) -> Stream:
        return Stream(parts[place], taught, size, [4 * seed + stage for seed in seeds])

    sizes = setup.sizes
    learn = stream(0, (main,), sizes["main"], 0), stream(1, others, sizes["more"], 1)
    look = stream(0, (main,), 2 * sizes["main"], 2), stream(1, others, 2 * sizes["more"], 3)
    optimiser = torch.optim.Adam(model.parameters(), lr=setup.lr, fused=True)
    found = []
    for step in range(updates):
        if step % (updates // PROBES) == 0:
            found.append(probe(model, main, next(look[0]), next(look[1])))
        losses = batch_losses(model, join([next(learn[0]), next(learn[1])]))
        optimiser.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        optimiser.step()
    return found


def summary(probes: Sequence[dict[str, Probe]], task: str) -> np.ndarray:
    """Return the five numbers of :data:`COLUMNS` for an auxiliary task, ``(S, 5)``."""
    half = len(probes) // 2
    start, _ = mean_probe(probes, task, 0, 1)
    early = mean_probe(probes, task, 1, half)
    late = mean_probe(probes, task, half, len(probes))
    return torch.stack([start, early[0], late[0], early[1], late[1]], dim=1).numpy()


@cache
def toy_probes(main: str, seeds: tuple[int, ...]) -> list[dict[str, Probe]]:
    """Return the probes of the joint run of a main task on the toy language."""
    splits = [split_with_labels(seed) for seed in seeds]
    return joint_probes(main, auxiliaries(main), splits, seeds, SETUP)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return summary(toy_probes(config["main"], tuple(seeds)), config["aux"])


AUX_TOY_JOINT = Experiment(
    name="aux-toy-joint",
    question="How does each auxiliary task pull at the layers that it shares with the main task?",
    data="generated: mtlbook.toy_language, mtlbook.data.cheap_labels",
    score="cosine of the gradients; share of the main loss that a step for the other task takes",
    configs=[{"main": main, "aux": aux} for main in MAINS for aux in auxiliaries(main)],
    seeds=range(5),
    measure=_measure,
    cheap={"main": "chunk", "aux": "pos"},
    columns=COLUMNS,
)
