"""Checks for the exercises of chapter 12."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mtlbook.exercises.base import Check, attempt, choose_names, filled, require, tensor_of

CLOSE = 1e-6
HALF = 0.5


def name_the_question(answer: dict[str, Any]) -> str:
    """Exercise 12.1: which of three questions a measurement answers."""
    right = {
        "a": ("importance", "nothing is trained again; what does the network miss?"),
        "b": ("benefit", "two networks are trained, each as well as it can be."),
        "c": ("content", "the head is not asked; a new reader is."),
        "d": ("importance", "nothing is trained again; a part is cut out."),
        "e": ("benefit", "the network without the branch has learned without it."),
    }
    choose_names(answer, right, ("benefit", "importance", "content"))
    return "Only what is trained again says what is good to have."


def shuffle_a_branch(answer: Any) -> str:
    """Exercise 12.2: a lesion that leaves a branch's states what they are, for other words."""
    draw = torch.Generator().manual_seed(0)
    for words, units in ((40, 6), (30, 5)):
        states = torch.randn(words, units, generator=draw, dtype=torch.float64)
        gone = torch.arange(units) % 2 == 0
        before = states.clone()
        given = tensor_of(attempt(answer, states, gone, 3), (words, units))
        require(torch.equal(states, before), "the states you were given have changed.")
        require(
            torch.equal(given[:, ~gone], states[:, ~gone]),
            "the units that stay must keep their states, word by word.",
        )
        require(not torch.equal(given[:, gone], states[:, gone]), "nothing has moved.")
        require(
            _close(given[:, gone].sort(0).values, states[:, gone].sort(0).values),
            "each unit should have the values that it had, for other words.",
        )
        rows = {tuple(row) for row in states[:, gone].tolist()}
        require(
            {tuple(row) for row in given[:, gone].tolist()} == rows,
            "the units of the branch should move together: a word gets all of one word's.",
        )
        require(
            torch.equal(given, tensor_of(attempt(answer, states, gone, 3), (words, units))),
            "the same seed should give the same order.",
        )
        other = tensor_of(attempt(answer, states, gone, 4), (words, units))
        require(not torch.equal(given, other), "another seed should give another order.")
    return "Neither the mean of a unit nor what units have in common is lost, only the word."


def fair_shares(answer: Any) -> str:
    """Exercise 12.3: importances of two branches that add up (Shapley values)."""
    for both, shared, private, neither in (
        (80.0, 76.0, 52.0, 10.0),
        (70.0, 70.0, 70.0, 0.0),
        (60.0, 5.0, 5.0, 5.0),
    ):
        given = attempt(answer, both, shared, private, neither)
        require(
            isinstance(given, tuple | list) and len(given) == len(("shared", "private")),
            "return two numbers, that of the shared branch first.",
        )
        one, other = float(given[0]), float(given[1])
        alone = abs(one - (both - private)) < CLOSE
        require(
            not (alone and abs(other - (both - shared)) < CLOSE),
            "these are the two lesions. Average each with what the branch brings by itself.",
        )
        require(
            abs(one + other - (both - neither)) < CLOSE,
            f"together they should make {both - neither:g}, what both branches bring.",
        )
        wanted = HALF * ((both - private) + (shared - neither))
        require(
            not abs(other - wanted) < CLOSE or abs(one - other) < CLOSE,
            "the shared branch comes first.",
        )
        require(abs(one - wanted) < CLOSE, f"expected {wanted:g} for the shared one, got {one:g}.")
    return "Two branches that can stand in for each other share what a lesion gives to neither."


def two_heads(answer: Any) -> str:
    """Exercise 12.4: one function, two importances."""
    draw = torch.Generator().manual_seed(0)
    for words, units, labels in ((50, 6, 4), (80, 9, 3)):
        shared = torch.randn(words, units, generator=draw, dtype=torch.float64)
        turn = (torch.randn(units, units, generator=draw) + 3 * torch.eye(units)).double()
        private = shared @ turn
        weight = torch.randn(units, labels, generator=draw, dtype=torch.float64)
        given = attempt(answer, shared.clone(), private.clone(), weight.clone())
        require(
            isinstance(given, tuple | list) and len(given) == len(("one", "two")),
            "return two heads.",
        )
        first, second = (tensor_of(head, (2 * units, labels)) for head in given)
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
    return bool((one - other).abs().max() < CLOSE)


CHECKS: dict[str, Check] = {
    "12.1": name_the_question,
    "12.2": shuffle_a_branch,
    "12.3": fair_shares,
    "12.4": two_heads,
}
