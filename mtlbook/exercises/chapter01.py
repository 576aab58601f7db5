"""Checks for the exercises of chapter 1."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import torch

from mtlbook.data.logic import boolean_patterns, boolean_tasks
from mtlbook.data.panel import grunfeld_panel
from mtlbook.evaluation.compare import compare
from mtlbook.exercises.answers import array, drawn_at_random, entries, numbers
from mtlbook.exercises.base import HintError, attempt, attempt_with, require
from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_split, train_and_score
from mtlbook.models.mlp import mean_regularised
from mtlbook.task import Examples

SEEDS = range(200, 210)
LR, WEIGHT_DECAY, STEPS = 0.03, 0.3, 1200


def shares_of_parity(answer: dict[str, Any]) -> str:
    """Exercise 1.1: in what share of the patterns do the labels tell the parity?"""
    right = {
        "T1": (0.25, 0.5),
        "T1 and T2": (1.0, 1.0),
        "T1 and T3": (0.5, 1.0),
        "T1 and T4": (0.5, 0.5),
    }
    for labels, value in entries(answer, right).items():
        given = numbers(value, 2, "two shares, without B1 and with it", labels)
        for share, found, way in zip(given, right[labels], ("without B1", "with B1"), strict=True):
            require(0 <= share <= 1, f"{labels}: {share:g} is not a share between 0 and 1")
            if abs(share - found) < 1e-6:
                continue
            require(
                not (labels == "T1" and way == "without B1" and abs(share - 0.5) < 1e-6),
                "T1: in half of the patterns the label depends on P, but without B1 you cannot "
                "tell which half a pattern is in. Which label leaves no doubt?",
            )
            direction = "fewer" if share > found else "more"
            raise HintError(
                f"{labels}, {way}: the parity can be told in {direction} patterns than that. List "
                "the labels for the four combinations of B1 and P: which of them occur with both "
                "values of P?"
            )
    return "T4 tells something about P only to those who do not see B1, and the network sees it."


def strengths(answer: dict[str, Any]) -> str:
    """Exercise 1.2: three rivals as special cases of the mean-regularised regression."""
    panel = grunfeld_panel()
    x, y = panel.x[:, :8], panel.y[:, :8]
    free, tied = 0.0, 1e6
    right = {
        "one regression per firm": [free, free, free],
        "one regression for all": [tied, tied, tied],
        "one regression with a firm intercept": [free, tied, tied],
    }
    names = ("intercepts", "slopes for market value", "slopes for capital")
    for rival, value in entries(answer, right).items():
        target, given = right[rival], array(value, what=rival, finite=False).squeeze()
        require(given.shape in ((), (3,)), f"{rival}: give one number, or three in a list")
        require(bool((given >= 0).all()), f"{rival}: a strength cannot be negative")
        require(
            bool((given <= 1e9).all()),
            f"{rival}: so large a strength drowns the data in rounding; 1e6 ties firmly enough",
        )
        mine, theirs = mean_regularised(x, y, given), mean_regularised(x, y, target)
        for name, column, expected in zip(names, mine.T, theirs.T, strict=True):
            spread, wanted = column.std(), expected.std()
            if wanted < 1e-3:
                require(spread < 1e-3, f"{rival}: the {name} still differ between firms")
            else:
                require(spread > 1e-3, f"{rival}: the {name} are tied, and should be free")
        require(
            bool(np.allclose(mine, theirs, atol=2e-3)),
            f"{rival}: close, but a strength between free and tied is left over",
        )
    return "Which parameters to share, and how firmly, is a choice for each of them."


def shuffle_control(answer: Any) -> str:
    """Exercise 1.3: permute the extra targets jointly, and nothing else."""
    rng = np.random.default_rng(0)
    targets = np.column_stack([np.arange(60.0), rng.permutation(60) + 100.0, np.zeros(60)])
    targets[:, 2] = targets[:, 1] + 100
    result, (handed, _) = attempt_with(answer, targets, np.random.default_rng(1))
    require(bool((handed == targets).all()), "the array that was passed in has changed: copy it")
    result = array(result)
    require(
        result.shape == targets.shape, f"the shape changed: {targets.shape} became {result.shape}"
    )
    require(
        bool((result[:, 0] == targets[:, 0]).all()),
        "column 0 is the main task, and its targets have moved: it must keep its own labels",
    )
    for column in (1, 2):
        require(
            bool((np.sort(result[:, column]) == np.sort(targets[:, column])).all()),
            f"column {column} holds other values than before: each target must occur as often as "
            "it did, so permute, and do not draw with replacement",
        )
    require(
        bool((result[:, 1] != targets[:, 1]).any()),
        "the extra targets are where they were: nothing was shuffled",
    )
    require(
        bool((result[:, 2] == result[:, 1] + 100).all()),
        "the extra tasks were shuffled one by one, which also destroys how they hang together: "
        "use one permutation for all of them",
    )
    drawn_at_random(targets[:, 1].argsort()[(result[:, 1] - 100).astype(int)])
    again, other = (array(attempt(answer, targets, np.random.default_rng(s))) for s in (1, 2))
    require(
        bool((again == result).all()),
        "a generator with the same seed gives another order: draw the permutation from rng",
    )
    require(
        bool((other[:, 1] != result[:, 1]).any()),
        "another generator gives the same order: draw the permutation from rng",
    )
    return "The extra tasks keep their labels and their ties; only the link to the inputs is cut."


def helpful_task(answer: Any) -> str:
    """Exercise 1.4: a task that helps T1, measured on ten seeds."""
    patterns = boolean_patterns()
    labels = array(attempt(answer, patterns)).squeeze()
    require(
        labels.shape == (256,),
        f"expected 256 labels, one for each row of bits, got shape {labels.shape}",
    )
    require(bool(np.isin(labels, [0, 1]).all()), "labels must be 0 or 1")
    require(0 < labels.mean() < 1, "every pattern has the same label: there is nothing to learn")
    for task, known in enumerate(boolean_tasks(patterns).T, start=1):
        require(
            0 < (labels == known).mean() < 1,
            f"this is T{task}, or its negation: invent one of your own",
        )
    gain = compare(_with_task(tuple(labels)), _alone())
    require(
        gain.low > 0,
        f"the change in T1's accuracy is {gain:.3f}: the interval reaches down to zero or below. "
        "Which bits must the hidden layer combine for T1, and how could a label show them?",
    )
    return f"T1 gains {gain:.3f}."


@cache
def _alone() -> pd.Series:
    (x, y), test = boolean_split(SEEDS)
    return _accuracy((x, y[..., :1]), test)


@cache
def _with_task(labels: tuple[float, ...]) -> pd.Series:
    (x, y), test = boolean_split(SEEDS)
    return _accuracy((x, torch.stack([y[..., 0], _labels_of(x, labels)], dim=-1)), test)


def _accuracy(train: Examples, test: Examples) -> pd.Series:
    return pd.Series(train_and_score(train, test, SEEDS, LR, WEIGHT_DECAY, STEPS), index=SEEDS)


def _labels_of(x: torch.Tensor, labels: Sequence[float]) -> torch.Tensor:
    """Look up the label of each pattern; row ``i`` of the patterns spells ``i`` in binary."""
    place = 2 ** torch.arange(7, -1, -1)
    rows = ((x > 0) * place).sum(-1)
    return torch.tensor(labels, dtype=x.dtype)[rows]
