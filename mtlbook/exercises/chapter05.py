"""Checks for the exercises of chapter 5."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mtlbook.exercises.answers import choose, difference, match, tensor
from mtlbook.exercises.base import attempt, require
from mtlbook.models.sluice import Mixing, Sluice, overlap, stitch

CLOSE = 1e-4
MILLIONTH = 1e-6


def read_an_alpha(answer: dict[str, Any]) -> str:
    """Exercise 5.1: for each α, the network that it makes."""
    right = {
        "a": ("cross-stitch", "does anything lead from one subspace into the other?"),
        "b": ("shared and private", "which parts are the same for both tasks, and which not?"),
        "c": ("one way", "what does B take from A, and A from B?"),
        "d": ("single tasks", "what is exchanged? Sizes and signs the next layer can undo."),
        "e": ("none of these", "the trunks below still differ, and A1 is averaged with A2."),
    }
    choose(answer, right, sorted({name for name, _ in right.values()}))
    return "Zeros say more than sizes."


def as_sluice(answer: Any) -> str:
    """Exercise 5.2: the α of a sluice network that does what a cross-stitch unit does."""
    draw = torch.Generator().manual_seed(0)
    for tasks, subspaces in ((2, 2), (2, 1), (3, 2), (2, 3)):
        a = torch.randn(tasks, tasks, generator=draw, dtype=torch.float64)
        eye, ones = (f(subspaces, subspaces).double() for f in (torch.eye, torch.ones))
        order = "your parts are numbered subspace by subspace; they go task by task: A1 A2 B1 B2."
        other = "you let A1 take from B2. A cross-stitch unit mixes unit 1 of A with unit 1 of B."
        both = torch.kron(a, ones)
        slips = {order: torch.kron(eye, a), other: both, f"{other} ": both / subspaces}
        given = attempt(answer, a, subspaces)
        match(given, torch.kron(a, eye), f"{tasks} tasks, {subspaces} subspaces", slips)
    return "It is a Kronecker product with the identity."


def share_of_others(answer: Any) -> str:
    """Exercise 5.3: how much of a task's new states comes from the others."""
    draw = torch.Generator().manual_seed(0)
    for tasks, subspaces in ((2, 2), (3, 1), (2, 1)):
        parts = tasks * subspaces
        alpha = torch.randn(parts, parts, generator=draw, dtype=torch.float64)
        states = torch.randn(tasks, 2, 3, 4 * subspaces, generator=draw, dtype=torch.float64)
        states[1:] *= 0.1
        given = tensor(attempt(answer, alpha, states), (tasks,))
        eye = torch.eye(parts, dtype=torch.float64)
        alone = tensor(attempt(answer, eye, states), (tasks,))
        require(_close(alone, torch.zeros(tasks)), "with α = I nothing comes from others.")
        own, others = _lengths(alpha, states)
        squared = others.square() / (own.square() + others.square())
        require(not _close(given, squared), "lengths, not their squares.")
        weights = _of_weights(alpha, tasks)
        require(not _close(given, weights), "look at the states, too: a unit may be silent.")
        rows = torch.linspace(0.5, 4, tasks, dtype=torch.float64).repeat_interleave(subspaces)
        scaled = tensor(attempt(answer, rows[:, None] * alpha, states), (tasks,))
        require(_close(scaled, given), "it changes when all rows of a task are multiplied.")
        turned = tensor(attempt(answer, *_turned(alpha, states)), (tasks,))
        require(
            _close(turned, given),
            "it changes when a part of the states and its column of α turn their signs.",
        )
        match(given, others / (own + others), f"{tasks} tasks, {subspaces} subspaces")
    return "Neither the length of rows nor the sign of a part can change it."


def break_penalty(answer: Any) -> str:
    """Exercise 5.4: the same scores at a millionth of the penalty."""
    for seed, layers in ((0, 2), (1, 3)):
        network, x, lengths = _network(seed, layers)
        scores, before = network(x, lengths), _penalty(network)
        cosines = _directions(network)
        given = attempt(answer, network)
        require(isinstance(given, Sluice), "return the network, a Sluice")
        after = _penalty(given)
        now_cosines = _directions(given)
        with torch.no_grad():
            now = given.double()(x, lengths)
        gap = max(float((now[t] - scores[t]).detach().abs().max()) for t in scores)
        require(
            gap < CLOSE,
            f"{layers} layers: the scores have changed, by up to {gap:.2g}. What reads the states "
            "you have rescaled: the next layer, and what else?",
        )
        require(
            after < MILLIONTH * before,
            f"{layers} layers: the penalty is still {after / before:.2g} of what it was. Do all "
            "layers take part, the first one too?",
        )
    return (
        "The same scores for every sentence. The mean squared cosine between units of the two "
        f"subspaces is {now_cosines:.3f}; it was {cosines:.3f}."
    )


def _network(seed: int, layers: int) -> tuple[Sluice, Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        labels = {"A": 3, "B": 2}
        network = Sluice((7, 5, 3), labels, layers, Mixing(2), widths=(4, 3, 2), hidden=6).double()
        torch.nn.init.normal_(network.alpha_steps)
        torch.nn.init.normal_(network.beta_steps)
    x = torch.stack([torch.randint(n, (3, 6), generator=draw) for n in (7, 5, 3)], dim=-1)
    return network, x, torch.full((3,), 6)


def _gates(network: Sluice) -> list[Tensor]:
    """The input weights of every layer and direction, ``(4, units, inputs)`` each."""
    return [
        p.detach().unflatten(0, (4, -1))
        for name, p in network.layers.named_parameters()
        if name.endswith("weight_ih_l0")
    ]


def _penalty(network: Sluice) -> float:
    """Equation 4 with two subspaces, whatever the network itself takes for its subspaces."""
    return float(torch.stack([overlap(gates, 2).sum() for gates in _gates(network)]).sum())


def _directions(network: Sluice) -> float:
    """Mean squared cosine between units of different subspaces."""
    found = []
    for gates in _gates(network):
        units = gates / gates.norm(dim=-1, keepdim=True)
        found.append(overlap(units, 2) / (units.shape[-2] / 2) ** 2)
    return float(torch.stack(found).mean())


def _turned(alpha: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    """The same new states: the second task's first part and its column of α change signs."""
    subspaces = len(alpha) // len(states)
    alpha, states = alpha.clone(), states.clone()
    alpha[:, subspaces] *= -1
    states[1].unflatten(-1, (2, subspaces, -1))[..., 0, :].mul_(-1)
    return alpha, states


def _lengths(alpha: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    """What each task makes of its own parts, and of the others': lengths, ``(T,)`` each."""
    tasks = len(states)
    parts = len(alpha) // tasks
    own, others = torch.zeros(tasks).double(), torch.zeros(tasks).double()
    for t in range(tasks):
        rows = slice(t * parts, (t + 1) * parts)
        for found, inside in ((own, True), (others, False)):
            masked = alpha.clone()
            for other in range(tasks):
                if (other == t) != inside:
                    masked[rows, other * parts : (other + 1) * parts] = 0
            found[t] = stitch(states, masked)[t].norm()
    return own, others


def _of_weights(alpha: Tensor, tasks: int) -> Tensor:
    """The share that looks at α alone."""
    blocks = alpha.unflatten(-1, (tasks, -1)).unflatten(0, (tasks, -1)).movedim(1, 2)
    size = blocks.square().sum((-2, -1)).sqrt()  # (T, T)
    others = (blocks.square().sum((-2, -1)) * (1 - torch.eye(tasks))).sum(1).sqrt()
    share: Tensor = others / (size.diagonal() + others)
    return share


def _close(one: Tensor, other: Tensor) -> bool:
    return not difference(one, other)
