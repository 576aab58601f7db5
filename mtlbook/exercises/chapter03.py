"""Checks for the exercises of chapter 3."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mtlbook.data.sentences import Sentence
from mtlbook.evaluation.compare import Comparison, compare
from mtlbook.exercises.base import Check, HintError, NotAttemptedError, attempt, require
from mtlbook.experiments.tagging import Lesson, Training, score_lesson
from mtlbook.experiments.toy_hard import ARMS, LABELLED, ROOM, SIZES, toy_deal, toy_lesson
from mtlbook.models.sharing import check_routes, hard
from mtlbook.training.mixing import beside

TRIED, FRESH = range(300, 306), range(400, 406)
UPDATES = 100


def count_numbers(answer: dict[str, Any]) -> str:
    """Exercise 3.1: how many numbers tasks have apart and together, and when sharing saves any."""
    right = {
        "apart": (640, "each of 32 tasks has a coefficient for each of 20 inputs"),
        "together": (100, "two numbers a head, and k(d - k) for the subspace"),
        "fewest": (3, "compare Tk + k(d - k) with Td, for T = 1, 2, 3, …"),
    }
    if any(value is ... for value in answer.values()):
        raise NotAttemptedError
    require(set(answer) == set(right), f"expected the keys {list(right)}, got {list(answer)}")
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


def invented_task(answer: Any) -> str:
    """Exercise 3.4: an auxiliary task that is made from the words alone."""
    labels = attempt(answer, ("The", "silent", "baker", "blew", "out", "the", "locks", "."))
    require(
        len(list(labels)) == 8 and all(isinstance(label, str) for label in labels),
        "the function takes the words of a sentence and returns one string for each of them",
    )
    tried = _gain(answer, TRIED)
    require(
        tried.low > 0,
        f"chunk F1 against the single task: {tried:.1f}. The interval must lie above zero. What "
        "of a word's neighbours tells where a phrase begins and ends?",
    )
    fresh = _gain(answer, FRESH)
    verdict = "It holds" if fresh.low > 0 else "It is not established"
    return f"On the seeds you tried it on: {tried:.1f}. {verdict} on fresh ones: {fresh:.1f}."


def _gain(label: Any, seeds: Sequence[int]) -> Comparison:
    """Gain in chunk F1, 60 sentences and one layer, over a single task with its own words."""
    deals = [toy_deal(seed, ARMS["single task"]) for seed in seeds]
    alone, own_words = toy_lesson("chunk", ARMS["own words only"], deals)
    texts = [deal.train for deal in deals]
    sources = {
        "main": ([text[:LABELLED] for text in texts], ("chunk",)),
        "more": ([[_labelled(s, label) for s in text] for text in texts], ("own",)),
    }
    scores = []
    for lesson, known in (
        (Lesson(sources, hard(("chunk", "own"), 1), beside("main", ["more"], UPDATES)), texts),
        (Lesson(alone.sources, hard(("chunk",), 1), beside("main", [], UPDATES)), own_words),
    ):
        training = Training(ROOM, SIZES, lr=0.02, hidden=32, every=20)
        table = score_lesson(lesson, "chunk", known, deals, seeds, training)
        scores.append(pd.Series(table[:, 0], index=seeds))
    return compare(*scores)


def _labelled(sentence: Sentence, label: Any) -> Sentence:
    labels = tuple(label(sentence.words))
    return Sentence(sentence.words, {"own": labels}, sentence.domain, sentence.document)


CHECKS: dict[str, Check] = {
    "3.1": count_numbers,
    "3.2": draw_routes,
    "3.3": towards_subspace,
    "3.4": invented_task,
}
