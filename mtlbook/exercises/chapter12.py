"""Checks for the exercises of chapter 12."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from mtlbook.exercises.answers import choose, difference, drawn_at_random, match, numbers, tensor
from mtlbook.exercises.base import attempt, attempt_with, require

CLOSE, HEADS, HALF = 1e-3, 2, 0.5


def name_the_question(answer: dict[str, Any]) -> str:
    """Exercise 12.1: which of three questions a measurement answers."""
    right = {
        "a": ("importance", "nothing is trained again; what does the network miss?"),
        "b": ("benefit", "two networks are trained, each as well as it can be."),
        "c": ("content", "the head is not asked; a new reader is."),
        "d": ("importance", "nothing is trained again; a part is cut out."),
        "e": ("benefit", "the network without the branch has learned without it."),
    }
    choose(answer, right, ("benefit", "importance", "content"))
    return "Only what is trained again says what is good to have."


def shuffle_a_branch(answer: Any) -> str:
    """Exercise 12.2: a lesion that leaves a branch's states what they are, for other words."""
    draw = torch.Generator().manual_seed(0)
    for words, units in ((40, 6), (30, 5)):
        states = torch.randn(words, units, generator=draw, dtype=torch.float64)
        gone = torch.arange(units) % 2 == 0
        result, (handed, *_) = attempt_with(answer, states, gone, 3)
        require(torch.equal(handed, states.to(handed)), "the states you were given have changed.")
        given = tensor(result, (words, units))
        require(
            _close(given[:, ~gone], states[:, ~gone]),
            "the units that stay must keep their states, word by word.",
        )
        require(not _close(given[:, gone], states[:, gone]), "nothing has moved.")
        require(
            _close(given[:, gone].sort(0).values, states[:, gone].sort(0).values),
            "each unit should have the values that it had, for other words.",
        )
        order = torch.cdist(given[:, gone], states[:, gone]).argmin(1)
        require(
            _close(given[:, gone], states[order][:, gone]),
            "the units of the branch should move together: a word gets all of one word's.",
        )
        again, other = (tensor(attempt(answer, states, gone, s), (words, units)) for s in (3, 4))
        require(torch.equal(given, again), "the same seed should give the same order.")
        require(not torch.equal(given, other), "another seed should give another order.")
        drawn_at_random(order.numpy())
    return "Neither the mean of a unit nor what units have in common is lost, only the word."


def fair_shares(answer: Any) -> str:
    """Exercise 12.3: importances of two branches that add up (Shapley values)."""
    for both, shared, private, neither in (
        (80.0, 76.0, 52.0, 10.0),
        (70.0, 70.0, 70.0, 0.0),
        (60.0, 5.0, 5.0, 5.0),
    ):
        wanted = "two numbers, that of the shared branch first"
        one, other = numbers(attempt(answer, both, shared, private, neither), 2, wanted)
        alone = abs(one - (both - private)) < CLOSE
        require(
            not (alone and abs(other - (both - shared)) < CLOSE),
            "these are the two lesions. Average each with what the branch brings by itself.",
        )
        require(
            abs(one + other - (both - neither)) < CLOSE,
            f"together they should make {both - neither:g}, what both branches bring.",
        )
        right = HALF * ((both - private) + (shared - neither))
        swapped = abs(other - right) < CLOSE
        require(not swapped or abs(one - other) < CLOSE, "the shared branch comes first.")
        match(one, right, "the shared branch")
    return "Two branches that can stand in for each other share what a lesion gives to neither."


def two_heads(answer: Any) -> str:
    """Exercise 12.4: one function, two importances."""
    draw = torch.Generator().manual_seed(0)
    for words, units, labels in ((50, 6, 4), (80, 9, 3)):
        shared = torch.randn(words, units, generator=draw, dtype=torch.float64)
        turn = (torch.randn(units, units, generator=draw) + 3 * torch.eye(units)).double()
        private = shared @ turn
        weight = torch.randn(units, labels, generator=draw, dtype=torch.float64)
        heads = attempt(answer, shared, private, weight)
        require(isinstance(heads, Iterable) and len(list(heads)) == HEADS, "return two heads.")
        first, second = (tensor(head, (2 * units, labels)) for head in heads)
        both = torch.cat([shared, private], dim=1)
        wanted = shared @ weight
        for name, head in (("first", first), ("second", second)):
            require(
                _close(both @ head, wanted),
                f"the scores of the {name} head are not those of the given one.",
            )
        no_private = torch.cat([shared, torch.zeros_like(private)], dim=1)
        no_shared = torch.cat([torch.zeros_like(shared), private], dim=1)
        require(
            _close(no_private @ first, wanted),
            "with the first head the private branch should not be missed.",
        )
        require(
            _close(no_shared @ second, wanted),
            "with the second head the shared branch should not be missed. What turns private "
            "states back into shared ones?",
        )
    return "The same scores for every word, and each branch is all or nothing, as you like."


def _close(one: Tensor, other: Tensor) -> bool:
    return not difference(one, other, close=1e-3)
