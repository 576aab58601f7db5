"""Chapter 12: what trained branches hold, what is lost without them, and what can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from mtlbook.data.batches import in_order
from mtlbook.data.relatedness import relate
from mtlbook.data.sentences import Sentence
from mtlbook.evaluation.metrics import span_f1, token_accuracy
from mtlbook.experiments.ch12_shared_and_private.branches import AUX, MAIN, build
from mtlbook.experiments.common.tagging import TaggingData
from mtlbook.models.branches import SHARED, correlation_overlap
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.training.loop import Fit

By = Literal["zero", "mean"]


def lesion(states: Tensor, gone: Tensor, by: By) -> Tensor:
    """Return the states without some units: put to zero, or to their mean over all words.

    With the mean a head loses what a unit says about a word and keeps what it says about all
    words alike; with zero it loses both.

    Args:
        states: ``(words, units)``.
        gone: which units, ``(units,)``.
        by: ``zero`` or ``mean``.
    """
    stand_in = states.mean(0) if by == "mean" else torch.zeros_like(states[0])
    return torch.where(gone, stand_in, states)


def random_units(gone: Tensor, seed: int) -> Tensor:
    """Return as many units as are gone, drawn from all of them at random: the width's control."""
    order = np.random.default_rng([12, seed]).permutation(len(gone))
    return gone[torch.from_numpy(order)]


def probe(
    known: tuple[np.ndarray, np.ndarray], asked: tuple[np.ndarray, np.ndarray], steps: int = 200
) -> float:
    """Return how well a linear classifier reads labels from frozen states: its accuracy.

    Args:
        known: states ``(words, units)`` and labels ``(words,)`` that it learns from. Each unit is
            brought to mean 0 and deviation 1 first, so that small states count as large ones do.
        asked: those that it is asked for.
        steps: of the optimiser at most.
    """
    scaler = StandardScaler().fit(known[0])
    reader = LogisticRegression(max_iter=steps, tol=1e-3)
    reader.fit(scaler.transform(known[0]), known[1])
    return float(reader.score(scaler.transform(asked[0]), asked[1]))


GONE = ("shared", "private", "as many as shared")
BRANCH_NAMES = ("shared", "main's private", "aux's private", "shared, untrained")
TARGETS = ("pos", "chunk", "by word", "shuffled")
"""What is read from the branches: tags; a random label for each word; tags in a random order."""

Texts = Sequence[Sequence[Sentence]]
"""For each network its sentences."""


def to_test(data: TaggingData) -> list[list[Sentence]]:
    """Return each network's sentences to be tested on."""
    return [split.test for split in data.splits]


# What a trained network says


def branch_states(
    networks: Networks, data: TaggingData, texts: Texts, names: Sequence[str]
) -> list[Tensor]:
    """Return the states of branches side by side, for all words of each network's sentences.

    Args:
        networks: branch taggers.
        data: what turns their sentences into numbers.
        texts: for each network, its sentences.
        names: the branches, in the order wanted.

    Returns:
        ``(words, units)`` for each network, sentence by sentence.
    """
    found: list[list[Tensor]] = [[torch.empty(0)] * len(text) for text in texts]
    for rows, batch in in_order(data.encode(texts), []):
        with torch.no_grad():
            states = networks.each(lambda n, *x: n.states(*x, n.reads), batch.x, batch.lengths)
        h = torch.cat([states[name] for name in names], dim=-1)
        for s, places in enumerate(rows):
            for b, place in enumerate(places):
                found[s][place] = h[s, b, : batch.lengths[s, b]]
    return [torch.cat(sentences) for sentences in found]


def task_states(networks: Networks, data: TaggingData, texts: Texts, task: str) -> list[Tensor]:
    """Return what a task's head reads of all words, ``(words, units)`` for each network."""
    one: Any = networks.one
    return branch_states(networks, data, texts, one.reads[task])


def state_tags(
    networks: Networks, data: TaggingData, texts: Texts, task: str, states: Sequence[Tensor]
) -> list[list[list[str]]]:
    """Return the labels that a task's head gives to states: for each sentence, one for each word.

    The states may be what :func:`task_states` returns, or what a lesion has left of them.
    """
    found = []
    for s, (text, h) in enumerate(zip(texts, states, strict=True)):
        one: Any = networks[s]
        with torch.no_grad():
            numbers = one.heads[task](h).argmax(-1).tolist()
        labels = iter([data.labels[task][number] for number in numbers])
        found.append([[next(labels) for _ in sentence.words] for sentence in text])
    return found


def state_scores(
    networks: Networks, data: TaggingData, texts: Texts, task: str, states: Sequence[Tensor]
) -> np.ndarray:
    """Score a task's answers to states in per cent, ``(S,)``: F1 of chunks, else right words."""
    score = span_f1 if task == MAIN else token_accuracy
    pairs = zip(texts, state_tags(networks, data, texts, task, states), strict=True)
    return np.array([100 * score([s.tags[task] for s in text], tags) for text, tags in pairs])


# Lesions


def lesion_scores(found: Fit, data: TaggingData, task: str, seeds: Sequence[int]) -> np.ndarray:
    """Return a task's scores as trained and after each lesion, ``(S, 7)``, see :data:`LESIONS`.

    Units that are not there cannot be missed: without a shared branch its lesion changes nothing.
    """
    networks, texts = found.best(task), to_test(data)
    states = task_states(networks, data, texts, task)
    one: Any = networks.one
    width = 2 * one.units[SHARED] if SHARED in one.reads[task] else 0
    shared = torch.arange(states[0].shape[1]) < width
    scores = [state_scores(networks, data, texts, task, states)]
    for what in GONE:
        branch = shared if what.endswith("shared") else ~shared
        gone = [random_units(branch, seed) if "many" in what else branch for seed in seeds]
        for by in ("zero", "mean"):
            cut = [lesion(h, g, by) for h, g in zip(states, gone, strict=True)]
            scores.append(state_scores(networks, data, texts, task, cut))
    return np.stack(scores, axis=1)


def lesion_names(task: str) -> tuple[str, ...]:
    """Return the names of a task's scores, as :func:`lesion_scores` orders them."""
    return (task, *(f"{task} without {what}, {by}" for what in GONE for by in ("zero", "mean")))


LESIONS = (*lesion_names("main"), *lesion_names("aux"))


def measure_branches(found: Fit, data: TaggingData, seeds: Sequence[int]) -> np.ndarray:
    """Return all scores of trained networks, ``(S, 14)``, in the order of :data:`LESIONS`."""
    return np.concatenate([lesion_scores(found, data, task, seeds) for task in data.labels], axis=1)


def overlaps(found: Fit, data: TaggingData) -> np.ndarray:
    """Return the overlap of the main task's two branches over all test words, ``(S,)``; else 0."""
    networks = found.best(MAIN)
    one: Any = networks.one
    if one.reads[MAIN] != (SHARED, MAIN):
        return np.zeros(len(networks))
    pairs = []
    for h in task_states(networks, data, to_test(data), MAIN):
        shared, private = h[None].split([2 * one.units[name] for name in (SHARED, MAIN)], dim=-1)
        inside = torch.ones(1, len(h), dtype=torch.bool)
        pairs.append(correlation_overlap(shared, private, inside))
    return torch.stack(pairs).numpy()


# Probes


def probe_targets(text: Sequence[Sentence], seed: int) -> dict[str, np.ndarray]:
    """Return the labels of all words for each of :data:`TARGETS`.

    Labels by word are those of an unrelated task that nothing was trained on (Hewitt and Liang
    2019): a probe reads them only as far as the states still tell one word from another.
    """
    drawn = relate(text, "pos", 0.0, 1000 + seed, "word")
    found = {name: np.array([t for s in text for t in s.tags[name]]) for name in ("pos", "chunk")}
    found["by word"] = np.array([tag for sentence in drawn for tag in sentence.tags["aux"]])
    found["shuffled"] = np.random.default_rng([12, 1, seed]).permutation(found["pos"])
    return found


def probe_scores(found: Fit, data: TaggingData, seeds: Sequence[int]) -> np.ndarray:
    """Return how well each target is read from each branch, in per cent, ``(S, 16)``.

    A probe learns from the sentences to stop on, and is asked for those to be tested on.
    """
    networks = found.best(MAIN)
    texts = [[*split.validation, *split.test] for split in data.splits]
    one: Any = networks.one
    branches = one.units, one.reads
    untrained = from_seeds(lambda: build(data, branches), seeds)
    states = [branch_states(networks, data, texts, [name]) for name in (SHARED, MAIN, AUX)]
    states.append(branch_states(untrained, data, texts, [SHARED]))
    rows = []
    for s, (seed, split) in enumerate(zip(seeds, data.splits, strict=True)):
        targets = probe_targets(texts[s], seed)
        cut = sum(len(sentence) for sentence in split.validation)
        pairs = [(branch[s].numpy(), targets[name]) for branch in states for name in TARGETS]
        rows.append([100 * probe((h[:cut], y[:cut]), (h[cut:], y[cut:])) for h, y in pairs])
    return np.array(rows)
