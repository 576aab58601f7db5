"""The checks of chapter 5's exercises: stubs, common slips, and right answers."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mtlbook.exercises import Status, chapter05, verdict
from mtlbook.models.sluice import Mixing, Sluice, stitch
from tests.hints import assert_hint

NETWORKS = {
    "a": "cross-stitch",
    "b": "shared and private",
    "c": "one way",
    "d": "single tasks",
    "e": "none of these",
}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("5.1", dict.fromkeys(NETWORKS, ...)),
        ("5.2", lambda _a, _subspaces: None),
        ("5.3", lambda _alpha, _states: None),
        ("5.4", lambda _network: None),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


@pytest.mark.parametrize("number", ["5.2", "5.3"])
def test_a_tensor_of_the_right_shape_is_expected(number: str) -> None:
    assert_hint(number, lambda *_: "α", "expected numbers")
    assert_hint(number, lambda *_: torch.zeros(7, 5), "expected the shape")


# 5.1


def test_the_networks_are_right() -> None:
    assert verdict("5.1", NETWORKS).status == Status.RIGHT


@pytest.mark.parametrize("key", NETWORKS)
def test_each_network_is_checked(key: str) -> None:
    wrong = "single tasks" if key != "d" else "none of these"
    assert_hint("5.1", {**NETWORKS, key: wrong}, f"{key}: ")


def test_networks_and_keys_are_those_of_the_list() -> None:
    assert_hint("5.1", {**NETWORKS, "e": "hard sharing"}, "no 'hard sharing'")
    assert_hint("5.1", {"a": "one way"}, "expected the keys")


# 5.2


def test_a_kronecker_product_with_the_identity_is_right() -> None:
    answer = verdict("5.2", lambda a, s: torch.kron(a, torch.eye(s).double()))
    assert answer.status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda a, s: torch.kron(torch.eye(s).double(), a), "subspace by subspace"),
        (lambda a, s: torch.kron(a, torch.ones(s, s).double()), "A1 take from B2"),
        (lambda a, s: torch.kron(a, torch.ones(s, s).double() / s), "A1 take from B2"),
        (lambda a, s: torch.kron(a.T.contiguous(), torch.eye(s).double()), "are exchanged"),
    ],
    ids=["order", "ones", "means", "transposed"],
)
def test_slips_of_cross_stitch(slip: Callable[..., Tensor], word: str) -> None:
    assert_hint("5.2", slip, word)


# 5.3


def lengths(alpha: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    tasks = len(states)
    parts = len(alpha) // tasks
    own = torch.kron(torch.eye(tasks), torch.ones(parts, parts)).double()
    first, second = (stitch(states, alpha * mask).flatten(1).norm(dim=1) for mask in (own, 1 - own))
    return first, second


def share(alpha: Tensor, states: Tensor) -> Tensor:
    own, others = lengths(alpha, states)
    return others / (own + others)


def squares(alpha: Tensor, states: Tensor) -> Tensor:
    own, others = lengths(alpha, states)
    return others**2 / (own**2 + others**2)


def of_weights(alpha: Tensor, states: Tensor) -> Tensor:
    ones = torch.ones_like(states)
    tasks = len(states)
    found = []
    parts = len(alpha) // tasks
    for t in range(tasks):
        rows = alpha[t * parts : (t + 1) * parts].unflatten(1, (tasks, parts))
        own = rows[:, t].norm()
        others = torch.cat([rows[:, u] for u in range(tasks) if u != t]).norm()
        found.append(others / (own + others))
    return torch.stack(found) * ones.mean()


def test_a_share_of_lengths_is_right() -> None:
    assert verdict("5.3", share).status == Status.RIGHT


def signed(alpha: Tensor, states: Tensor) -> Tensor:
    """A share whose sign follows that of the first column that a task takes from another."""
    parts = len(alpha) // len(states)
    return share(alpha, states) * alpha[0, parts].sign()


def test_the_check_turns_a_part_of_the_states_with_its_column() -> None:
    draw = torch.Generator().manual_seed(3)
    for tasks, subspaces in ((2, 2), (3, 1)):
        alpha = torch.randn(tasks * subspaces, tasks * subspaces, generator=draw).double()
        states = torch.randn(tasks, 2, 3, 4 * subspaces, generator=draw).double()
        new_alpha, new_states = chapter05._turned(alpha, states)
        assert torch.allclose(stitch(new_states, new_alpha), stitch(states, alpha))
        changed = (new_states != states).sum()
        assert changed == states[1].numel() // subspaces
        assert (new_alpha != alpha).sum() == len(alpha)


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (squares, "not their squares"),
        (of_weights, "a unit may be silent"),
        (lambda alpha, states: lengths(alpha, states)[1], "rows of a task are multiplied"),
        (lambda alpha, states: 1 - share(alpha, states), "nothing comes from others"),
        (lambda alpha, states: share(alpha, states) / 2, "0.5 times"),
        (signed, "turn their signs"),
    ],
    ids=["squares", "weights", "length", "own", "half", "signs"],
)
def test_slips_of_a_share(slip: Callable[..., Tensor], word: str) -> None:
    assert_hint("5.3", slip, word)


# 5.4


def rescaled(network: Sluice, c: float = 100.0, words: bool = True, beta: bool = True) -> Sluice:
    with torch.no_grad():
        for table in network.embeddings.parameters() if words else ():
            table *= c
        network.alpha_steps *= c
        if beta:
            network.beta_steps /= c
        for name, layer in network.layers.items():
            if words or not name.endswith(" 1"):
                for way in (layer.forwards, layer.backwards):
                    way.weight_ih_l0 /= c
    return network


def test_a_network_that_is_stretched_and_shrunk_is_right() -> None:
    answer = verdict("5.4", rescaled)
    assert answer.status == Status.RIGHT
    first, last = re.findall(r"0\.\d{3}", answer.message)
    assert first == last  # the units look at the same things as before


def fewer_subspaces(network: Sluice) -> Sluice:
    """The weights stay as they are, and the network no longer calls them two subspaces."""
    network.mixing = Mixing(1)
    return network


def test_one_subspace_has_no_penalty_of_its_own() -> None:
    network = Sluice((7, 5, 3), {"A": 3, "B": 2}, 2, Mixing(2), widths=(4, 3, 2), hidden=6)
    before = network.penalty().item()
    assert chapter05._penalty(network) == pytest.approx(before)
    assert fewer_subspaces(network).penalty().item() == 0
    assert chapter05._penalty(network) == pytest.approx(before)


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda network: rescaled(network, beta=False), "scores have changed"),
        (lambda network: rescaled(network, words=False), "the first one too"),
        (lambda network: rescaled(network, c=10.0), "still"),
        (lambda network: network, "still 1 of what it was"),
        (fewer_subspaces, "still 1 of what it was"),
        (lambda _network: 7, "a Sluice"),
    ],
    ids=["beta", "first layer", "too little", "nothing", "fewer subspaces", "no network"],
)
def test_slips_of_breaking_the_penalty(slip: Callable[..., Any], word: str) -> None:
    assert_hint("5.4", slip, word)
