"""Checks for the exercises of chapter 8."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.reading import Question
from mtlbook.exercises.answers import (
    array,
    choose,
    entries,
    match,
    match_loss,
    number,
    numbers,
    whole,
)
from mtlbook.exercises.base import attempt, require
from mtlbook.toy_reading import toy_reading
from mtlbook.training.mt_san import (
    Bigrams,
    Rule,
    area_under_curve,
    batches_of_an_epoch,
    cross_entropy_differences,
)

TARGET, AUXILIARY = 60, 100
"""How many batches there are in exercise 8.1."""
WANTED = 0.85
"""The area under the curve that exercise 8.5 asks for."""
FRESH = range(50, 53)
"""Seeds of the pools that it is judged on."""


def mixtures(answer: dict[str, Any]) -> str:
    """Exercise 8.1: how many target and auxiliary batches an epoch has, by both rules."""
    rules: dict[str, tuple[float, Rule]] = {
        "MT-SAN, 0.5": (0.5, "of the auxiliary"),
        "MT-DNN, 0.5": (0.5, "of the target"),
        "MT-SAN, 3": (3.0, "of the auxiliary"),
        "MT-DNN, 3": (3.0, "of the target"),
    }
    for name, given in entries(answer, rules).items():
        alpha, rule = rules[name]
        right = batches_of_an_epoch(TARGET, AUXILIARY, alpha, rule)
        other = batches_of_an_epoch(
            TARGET, AUXILIARY, alpha, "of the target" if "SAN" in name else "of the auxiliary"
        )
        wanted = "two numbers, target and auxiliary batches"
        pair = tuple(whole(n, name) for n in numbers(given, 2, wanted, name))
        require(pair != right[::-1], f"{name}: the target comes first")
        require(
            pair != (TARGET, 3 * TARGET),
            f"{name}: there are {AUXILIARY} auxiliary batches; what of the rest of 3 × {TARGET}?",
        )
        require(pair != other, f"{name}: this is what the other rule gives")
        require(pair == right, f"{name}: not {pair}; go through `batches_of_an_epoch` by hand")
    return "With the same ratio, one rule cuts the target where the other has no more to add."


def what_is_seen(answer: dict[str, Any]) -> str:
    """Exercise 8.2: which term of the difference sees which kind of distance."""
    right = {"topic": "words", "convention": "length", "style of the passage": "neither"}
    hint = (
        "the words are those of the question, the length that of the answer: which of them does "
        "this dial change? Ask the table, or `toy_reading`"
    )
    choose(answer, {k: (v, hint) for k, v in right.items()}, ("words", "length", "neither"))
    return "A score sees only what it looks at, and this one never looks at a passage."


def scale_free_loss(answer: Any) -> str:
    """Exercise 8.3: a weighted mean of losses that does not depend on the weights' scale."""
    generator = torch.Generator().manual_seed(0)
    losses = torch.rand(8, generator=generator, dtype=torch.float64)
    weights = torch.rand(8, generator=generator, dtype=torch.float64)
    slips: dict[str, Callable[..., Tensor]] = {
        "this is MT-SAN's: halve all weights, and the loss is halved": lambda losses, w: (
            losses * w
        ).mean(),
        "a sum grows with the number of questions: divide by what the weights add up to": (
            lambda losses, w: (losses * w).sum()
        ),
        "the weights are not used": lambda losses, _w: losses.mean(),
    }
    losses.requires_grad_()
    for scale in (1.0, 0.1, 5.0):
        match_loss(answer, [losses, scale * weights], _weighted, f"weights x {scale:g}", slips)
    number(attempt(answer, losses, torch.zeros(8).double()), "a batch of which every weight is 0")
    return "Only the proportions count, within a batch. Between batches there is more to say."


def _weighted(losses: Tensor, weights: Tensor) -> Tensor:
    return (losses * weights).sum() / weights.sum()


def held_out_words(answer: Any) -> str:
    """Exercise 8.4: differences of the words from models that have not seen the question."""
    target = toy_reading(60, seed=9)
    auxiliary = toy_reading(60, "newspaper", 9, off_domain=0.5)
    seen, _ = cross_entropy_differences(target, auxiliary)
    right, itself = np.empty(60), np.empty(60)
    for half in (0, 1):
        parts = auxiliary[1 - half :: 2], auxiliary[half::2]
        right[half::2] = _differences(target, *parts, learned=0)
        itself[half::2] = _differences(target, *parts, learned=1)
    slips = {
        "these are the differences of the text: the model of the auxiliary dataset has counted "
        "the very question that it judges": seen,
        "each half is judged by a model of itself; it is to be one of the other half": itself,
    }
    given = array(attempt(answer, target, auxiliary)).squeeze()
    require(given.shape == (60,), f"expected 60 differences, got the shape {given.shape}")
    match(given, right, "60 questions", slips)
    return (
        f"Mean difference {right.mean():+.2f} held out, {seen.mean():+.2f} seen; AUC for the "
        f"topic {_topic(right, auxiliary):.2f} and {_topic(seen, auxiliary):.2f}."
    )


def _differences(
    target: list[Question], rest: list[Question], judged: list[Question], learned: int
) -> np.ndarray:
    """Return the differences of the words of some questions, by a model of others, or of them."""
    texts = [[[w.lower() for w in q.words] for q in part] for part in (target, rest, judged)]
    size = len({word for part in texts for words in part for word in words}) + 2
    near, far = Bigrams(texts[0], size), Bigrams(texts[1 + learned], size)
    return np.array([near.cross_entropy(t) - far.cross_entropy(t) for t in texts[2]])


def _topic(scores: np.ndarray, questions: list[Question]) -> float:
    return area_under_curve(scores, np.array(["off-domain" in q.source for q in questions]))


def other_convention(answer: Any) -> str:
    """Exercise 8.5: a score that finds wide answers where half of the topics are strange."""
    areas = []
    for seed in FRESH:
        target = toy_reading(200, seed=3 * seed)
        found = toy_reading(200, "search", 2 * seed, off_domain=0.5, conflict=0.5)
        wide = np.array(["wide" in q.source for q in found])
        blind = [replace(q, source="") for q in found]
        given = array(attempt(answer, target, blind), finite=False).squeeze()
        require(given.shape == (200,), f"expected a score for each of 200 questions: {given.shape}")
        require(bool(np.isfinite(given).all()), "a score is infinite")
        require(len(np.unique(given)) > 1, "all scores are equal; `source` is blank here")
        areas.append(area_under_curve(given, wide))
    low = min(areas)
    require(
        low > 1 - WANTED,
        f"an area of {low:.2f}: the wrong way round? Wide answers are to have the higher scores",
    )
    require(
        low >= WANTED,
        f"the lowest area is {low:.2f}, and {WANTED} is asked for. Which term is blind to the "
        "convention, and adds noise only?",
    )
    return f"Areas of {', '.join(f'{a:.2f}' for a in areas)} on fresh pools."
