"""Checks for the exercises of chapter 11."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mtlbook.evaluation.information import entropy, mutual_information
from mtlbook.evaluation.ranks import rank_correlation
from mtlbook.exercises.answers import array, choose, match, number
from mtlbook.exercises.base import attempt, require
from mtlbook.experiments.ch11_auxiliary_tasks.aux_toy import (
    AUX_TOY,
    MAINS,
    SETUP,
    auxiliaries,
    split_with_labels,
)

SYMMETRIC = {
    "mutual information": True,
    "H(main | aux)": False,
    "H(aux)": False,
    "gradient cosine": True,
    "lookahead affinity": False,
}
WANTED = 0.7
SEEDS = (0, 1)


def symmetric(answer: dict[str, Any]) -> str:
    """Exercise 11.1: which measures are the same when main and auxiliary task change places."""
    hint = "write its formula down, exchange main and aux, and compare."
    choose(answer, {k: (v, hint) for k, v in SYMMETRIC.items()}, (True, False))
    return "What is the same both ways cannot foretell two gains that differ."


def uncertainty_coefficient(answer: Any) -> str:
    """Exercise 11.2: the share of the main label's entropy that the auxiliary label explains."""
    rng = np.random.default_rng(0)
    for kinds in ((3, 5), (5, 3), (2, 7)):
        main = rng.integers(kinds[0], size=200)
        aux = (main + rng.integers(2, size=200)) % kinds[1]
        information = mutual_information(main, aux)
        right, turned = information / entropy(main), information / entropy(aux)
        slips = {
            "this is the share of the auxiliary label's bits; whose uncertainty should fall?": (
                turned
            ),
            "these are bits, not a share: a main task with many labels would look the better": (
                information
            ),
        }
        given = attempt(answer, main.tolist(), aux.tolist())
        match(given, right, f"{kinds[0]} main labels, {kinds[1]} auxiliary ones", slips)
    return (
        "It is 1 where the auxiliary label determines the main one, and not the same turned round."
    )


def expected_affinity(answer: Any) -> str:
    """Exercise 11.3: the affinity of a short step, from gradients alone."""
    generator = torch.Generator().manual_seed(0)
    for length in (0.01, 0.1):
        own, other = torch.randn(2, 12, generator=generator, dtype=torch.float64)
        other = 3 * other
        loss = torch.tensor(1.7, dtype=torch.float64)
        right = first_order(own, other, loss, length)
        slips = {
            "did you divide by the length of the other gradient? The step has the length given": (
                length * (own @ other) / loss
            ),
            "this is the angle alone; a steep main loss falls by more": (
                length * (own @ other) / (own.norm() * other.norm()) / loss
            ),
            "the step goes against the gradient, and a loss that falls is a gain": -right,
            "the affinity is a share of the main loss": right * loss,
        }
        match(attempt(answer, own, other, loss, length), right, f"a step of {length:g}", slips)
    return "The cosine times the steepness of the main loss: for short steps that is all there is."


def first_order(own: Tensor, other: Tensor, loss: Tensor, length: float) -> Tensor:
    """Return by which share a loss falls, to first order, for a step against another's gradient.

    Args:
        own: gradient of the loss, ``(d,)``.
        other: gradient of the other loss, ``(d,)``.
        loss: before the step.
        length: of the step.
    """
    found: Tensor = length * (own @ other) / other.norm() / loss
    return found


def own_predictor(answer: Any) -> str:
    """Exercise 11.4: a predictor that ranks auxiliary tasks as their gains on the toy language."""
    gain, tasks = gains(), list(gains().index)
    values: dict[str, dict[str, float]] = {main: {} for main in MAINS}
    for main in MAINS:
        for aux in auxiliaries(main):
            case = f"{aux} for {main}"
            found = [number(attempt(answer, *labels(main, aux, seed)), case) for seed in SEEDS]
            values[main][aux] = float(np.mean(found))
    table = pd.DataFrame(values).loc[tasks]
    found_correlation = rank_correlation(table, gain, draws=200)
    require(
        found_correlation.value > WANTED,
        f"rank correlation {found_correlation:.2f}; more than {WANTED:g} is possible. Does it "
        "count what chance does, and what the word says already?",
    )
    return f"Rank correlation {found_correlation:.2f}. How many did you try before this one?"


@cache
def gains() -> pd.DataFrame:
    """Return the recorded gains: auxiliary tasks in rows, main tasks in columns."""
    recorded = json.loads((files("mtlbook") / f"results/{AUX_TOY.name}.json").read_text("utf8"))
    means = pd.DataFrame(
        [(*b["config"].values(), np.mean(b["scores"]["inside"])) for b in recorded["blocks"]],
        columns=["main", "arm", "inside"],
    ).pivot_table(index="arm", columns="main", values="inside")
    minus = means.sub(means.loc["single task"])
    tasks = list(dict.fromkeys(aux for main in MAINS for aux in auxiliaries(main)))
    found = pd.DataFrame(minus.loc[tasks, list(MAINS)])
    for main in MAINS:
        found.loc[main, main] = np.nan
    return found


@cache
def labels(main: str, aux: str, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Return main labels, auxiliary labels and words of the labelled sentences of a seed."""
    first = split_with_labels(seed).train[: SETUP.labelled]
    return (
        [tag for s in first for tag in s.tags[main]],
        [tag for s in first for tag in s.tags[aux]],
        [word.lower() for s in first for word in s.words],
    )
