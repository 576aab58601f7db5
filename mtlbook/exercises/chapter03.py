"""Checks for the exercises of chapter 3."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mtlbook.evaluation.compare import compare
from mtlbook.exercises.base import Check, HintError, NotAttemptedError, attempt, filled, require
from mtlbook.experiments.ch03_hard_sharing.toy_hard import (
    ARMS,
    EVERY,
    FURTHER,
    LABELLED,
    LAYERS,
    SIZES,
    VOCABULARY,
    toy_data,
    toy_split,
)
from mtlbook.experiments.common.tagging import Plan, Source, TaggingData, train
from mtlbook.models.sharing import check_routes, hard
from mtlbook.models.tagger import Tagger

TRIED = range(300, 306)


def count_numbers(answer: dict[str, Any]) -> str:
    """Exercise 3.1: how many numbers tasks have apart and together, and when sharing saves any."""
    right = {
        "apart": (640, "each of 32 tasks has a coefficient for each of 20 inputs"),
        "together": (100, "two numbers a head, and k(d - k) for the subspace"),
        "fewest": (3, "compare Tk + k(d - k) with Td, for T = 1, 2, 3, …"),
    }
    filled(answer, right)
    require(
        answer["together"] != 104,
        "together: kd counts the trunk's weights, but a change of basis in the trunk can be "
        "undone in the heads: k² of them say nothing",
    )
    for name, (number, hint) in right.items():
        require(answer[name] == number, f"{name}: {hint}")
    return "A trunk of two units saves numbers from the third task on."


ENDS = {"pos": 1, "chunk": 2, "role": 2, "entity": 2}
COMMON = {("chunk", "role"): 3}
"""Layers that two tasks have in common, counting the words' vectors; for all other pairs 2."""


def draw_routes(answer: Any) -> str:
    """Exercise 3.2: the routes of four tasks, by any names."""
    if answer is ... or any(route is ... for route in dict(answer).values()):
        raise NotAttemptedError
    require(set(answer) == set(ENDS), f"expected routes for {', '.join(ENDS)}")
    routes = {task: tuple(answer[task]) for task in ENDS}
    check_routes(routes)
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
    for strength in (0.0, 1e9, 3.0):
        given = np.asarray(attempt(answer, x, y, trunk, strength), dtype=float)
        require(given.shape == (3, 6), f"expected coefficients (3, 6), got {given.shape}")
        # Rows of the penalty below the data: the same minimum, by plain least squares.
        rows = [np.vstack([a, np.sqrt(strength) * outside]) for a in x]
        ends = [np.concatenate([b, np.zeros(6)]) for b in y]
        pairs = zip(rows, ends, strict=True)
        right = np.stack([np.linalg.lstsq(a, b, rcond=None)[0] for a, b in pairs])
        if np.allclose(given, right, atol=1e-4):
            continue
        zero = [np.linalg.solve(a.T @ a + strength * np.eye(6), a.T @ b)
                for a, b in zip(x, y, strict=True)]  # fmt: skip
        require(
            not np.allclose(given, zero, atol=1e-4),
            f"strength {strength:g}: this draws to zero. Only the part of w outside the subspace "
            "is to be small: w less its projection on the rows of the trunk.",
        )
        raise HintError(
            f"strength {strength:g}: the error is in the coefficients; with 0 it is least squares "
            "for each task, with a very large one the heads on the trunk, solve_heads(x, y, trunk)"
        )
    return "At 0 it is each task alone, at infinity the trunk; the best is seldom at either end."


def exchange_rate(answer: Any) -> str:
    """Exercise 3.4: so many labelled sentences are worth 400 with parts of speech."""
    if answer is ...:
        raise NotAttemptedError
    require(
        isinstance(answer, int) and LABELLED <= answer <= LABELLED + FURTHER,
        f"expected a whole number of sentences, {LABELLED} to {LABELLED + FURTHER}",
    )
    splits = [toy_split(seed, ARMS["hard sharing"]) for seed in TRIED]
    both, schedule = toy_data("chunk", ARMS["hard sharing"], splits)
    known = [split.train[:answer] for split in splits]
    alone = TaggingData(splits, {"main": Source(known, ("chunk",))}, VOCABULARY, known)
    scores = []
    for data, updates in ((alone, len(schedule)), (both, schedule)):
        build = partial(Tagger, data.sizes, data.numbers, hard(tuple(data.numbers), LAYERS))
        found = train(data, build, updates, TRIED, Plan(["chunk"], SIZES, 0.02, EVERY))
        scores.append(pd.Series(data.f1(found.best("chunk"), "chunk"), index=TRIED))
    apart = compare(*scores)
    text = f"{answer} labelled sentences alone, less 60 with parts of speech of 400: {apart:.1f}"
    require(apart.high > 0, f"{text}. Alone it is still behind.")
    require(apart.low < 0, f"{text}. Fewer would have done.")
    return text


CHECKS: dict[str, Check] = {
    "3.1": count_numbers,
    "3.2": draw_routes,
    "3.3": towards_subspace,
    "3.4": exchange_rate,
}
