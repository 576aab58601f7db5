"""Checks for the exercises of chapter 3."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mtlbook.evaluation.compare import Comparison, compare
from mtlbook.exercises.answers import array, entries, kind, match, number, whole
from mtlbook.exercises.base import HintError, attempt, require
from mtlbook.experiments.ch03_hard_sharing.hard_sharing import ALONE, ARMS, CURVE, TOGETHER, tagged
from mtlbook.experiments.ch03_hard_sharing.toy_hard import LABELLED
from mtlbook.models.sharing import check_routes

TRIED, FURTHER = range(300, 306), 100


def count_numbers(answer: dict[str, Any]) -> str:
    """Exercise 3.1: how many numbers tasks have apart and together, and when sharing saves any."""
    right = {
        "apart": (640, "each of 32 tasks has a coefficient for each of 20 inputs"),
        "together": (100, "two numbers a head, and k(d - k) for the subspace"),
        "fewest": (3, "compare Tk + k(d - k) with Td, for T = 1, 2, 3, …"),
    }
    given = {name: number(value, name) for name, value in entries(answer, right).items()}
    require(
        given["together"] != 104,
        "together: kd counts the trunk's weights, but a change of basis in the trunk can be "
        "undone in the heads: k² of them say nothing",
    )
    for name, (wanted, hint) in right.items():
        require(given[name] == wanted, f"{name}: {hint}")
    return "A trunk of two units saves numbers from the third task on."


ENDS = {"pos": 1, "chunk": 2, "role": 2, "entity": 2}
COMMON = {("chunk", "role"): 3}
"""Layers that two tasks have in common, counting the words' vectors; for all other pairs 2."""


def draw_routes(answer: Any) -> str:
    """Exercise 3.2: the routes of four tasks, by any names."""
    routes = {}
    for task, route in entries(answer, ENDS).items():
        listed = isinstance(route, Iterable) and not isinstance(route, str)
        require(listed, f"{task}: expected a list of names, got {kind(route)}")
        routes[task] = tuple(map(str, route))
    try:
        check_routes(routes)
    except ValueError as error:
        raise HintError(str(error)) from None
    for task, end in ENDS.items():
        require(
            len(routes[task]) == end + 1,
            f"{task}: expected the words' vectors and {end} layer(s), got {routes[task]}",
        )
    for one, other in combinations(ENDS, 2):
        shared = sum(a == b for a, b in zip(routes[one], routes[other], strict=False))
        wanted = COMMON.get((one, other), 2)
        require(
            shared == wanted,
            f"{one} and {other} should have {wanted} of these in common, and have {shared}",
        )
    return "A route is all there is to a split; the layers come from their names."


def towards_subspace(answer: Any) -> str:
    """Exercise 3.3: least squares drawn to a subspace, checked at both ends and in between."""
    rng = np.random.default_rng(33)
    x, y = rng.standard_normal((3, 25, 6)), rng.standard_normal((3, 25))
    trunk = np.linalg.qr(rng.standard_normal((6, 2)))[0].T
    outside = np.eye(6) - trunk.T @ trunk
    for strength in (0.0, 1e4, 3.0):
        # Rows of the penalty below the data: the same minimum, by plain least squares.
        rows = [np.vstack([a, np.sqrt(strength) * outside]) for a in x]
        ends = [np.concatenate([b, np.zeros(6)]) for b in y]
        pairs = zip(rows, ends, strict=True)
        right = np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in pairs])
        zero, inside, root = (
            np.linalg.solve(x.mT @ x + penalty, x.mT @ y[..., None])[..., 0]
            for penalty in (
                strength * np.eye(6),
                strength * trunk.T @ trunk,
                np.sqrt(strength) * outside,
            )
        )
        slips = {
            "this draws to zero. Only the part of w outside the subspace is to be small: w less "
            "its projection on the rows of the trunk": zero,
            "this makes the part inside the subspace small; it is to be the part outside": inside,
            "the strength itself stands before the square": root,
        }
        given = array(attempt(answer, x, y, trunk, strength))
        match(given, right, f"strength {strength:g}", slips, close=1e-3)
    return "At 0 it is each task alone, at infinity the trunk; the best is seldom at either end."


def exchange_rate(answer: Any) -> str:
    """Exercise 3.4: so many labelled sentences are worth a hundred with parts of speech."""
    answer = whole(answer)
    require(
        LABELLED <= answer <= CURVE[-1],
        f"expected a whole number of sentences, {LABELLED} to {CURVE[-1]}",
    )
    apart = _compared(answer)
    text = (
        f"{answer} labelled sentences alone, less {LABELLED} with parts of speech of {FURTHER}: "
        f"{apart:.1f}"
    )
    require(apart.high > 0, f"{text}. Alone it is still behind.")
    require(apart.low < 0, f"{text}. Fewer would have done.")
    return text


@cache
def _compared(sentences: int) -> Comparison:
    """F1 of chunks with so many labelled sentences alone, less that of 60 with the further ones."""
    scores = []
    for arm, labelled in ((ALONE, sentences), (TOGETHER, LABELLED)):
        networks, data = tagged("chunk", ARMS[arm], labelled, TRIED, 0.03, 1e-4, FURTHER)
        scores.append(pd.Series(data.f1(networks, "chunk"), index=TRIED))
    return compare(*scores)
