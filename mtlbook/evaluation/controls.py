"""What else could explain a gain? A multi-task problem, and the controls made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from mtlbook.task import Examples, Task

Score = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Problem:
    """A main task with further tasks, and their examples for ``S`` seeds.

    Attributes:
        tasks: the ``T`` tasks, one per output; those of the main task stand first.
        main: the number of outputs that make up the main task.
        seeds: the seed of each network.
        train: inputs ``(S, n, d)`` and targets ``(S, n, T)``.
        validation: examples that stop the training and choose the setting.
        test: examples that are scored.
        score: maps outputs and targets of the main task, ``(S, n, main)``, to scores ``(S,)``.
    """

    tasks: Sequence[Task]
    main: int
    seeds: Sequence[int]
    train: Examples
    validation: Examples
    test: Examples
    score: Score


def keep_outputs(problem: Problem, columns: Sequence[int]) -> Problem:
    """Return the problem with these outputs only, in this order; the main task's must be first."""

    def choose(examples: Examples) -> Examples:
        return examples[0], examples[1][..., list(columns)]

    return replace(
        problem,
        tasks=[problem.tasks[t] for t in columns],
        train=choose(problem.train),
        validation=choose(problem.validation),
        test=choose(problem.test),
    )


def single_task(problem: Problem) -> Problem:
    """The main task alone: the baseline."""
    return keep_outputs(problem, list(range(problem.main)))


def multi_task(problem: Problem) -> Problem:
    """The main task with the further tasks: what is to be explained."""
    return problem


def copied(problem: Problem) -> Problem:
    """The main task copied in place of the further tasks.

    Larger gradients for the trunk, more outputs, a weaker decay in proportion, but no new
    information. The copies fill as many outputs as the further tasks did.
    """
    extra = [t % problem.main for t in range(len(problem.tasks) - problem.main)]
    return keep_outputs(problem, [*range(problem.main), *extra])


def shuffled_jointly(problem: Problem) -> Problem:
    """The further tasks' targets moved to other examples, all with one permutation.

    What they say about each other is kept; what they say about the inputs is gone.
    """
    return _shuffle(problem, jointly=True)


def shuffled_per_task(problem: Problem) -> Problem:
    """The further tasks' targets moved to other examples, each with a permutation of its own."""
    return _shuffle(problem, jointly=False)


def unrelated(problem: Problem) -> Problem:
    """The further tasks replaced by functions of the inputs that have nothing to do with them.

    They can be learned, unlike shuffled targets: each is a random network of 16 tanh units, its
    values exchanged for those of the task it replaces, rank by rank, so that the distribution
    of the targets stays.
    """
    x, y = problem.train
    targets = y.clone()
    for s, seed in enumerate(problem.seeds):
        rng = np.random.default_rng([seed, 3])
        for t in range(problem.main, y.shape[-1]):
            values = _random_network(x[s].numpy(), rng)
            targets[s, values.argsort(), t] = y[s, :, t].sort().values
    return replace(problem, train=(x, targets))


def as_inputs(problem: Problem) -> Problem:
    """The further targets given as inputs instead, at test time as well."""
    m = problem.main

    def move(examples: Examples) -> Examples:
        x, y = examples
        return torch.cat([x, y[..., m:]], dim=-1), y[..., :m]

    return replace(
        problem,
        tasks=problem.tasks[:m],
        train=move(problem.train),
        validation=move(problem.validation),
        test=move(problem.test),
    )


ARMS: Mapping[str, Callable[[Problem], Problem]] = MappingProxyType(
    {
        "single task": single_task,
        "single task, twice the steps": single_task,
        "single task, as many parameters": single_task,
        "single task, a quarter of the units": single_task,
        "multi-task": multi_task,
        "multi-task, private units": multi_task,
        "main task copied": copied,
        "unrelated tasks": unrelated,
        "shuffled jointly": shuffled_jointly,
        "shuffled per task": shuffled_per_task,
        "targets as inputs": as_inputs,
    }
)
"""Every arm: what it makes of the problem. Steps and width are the business of the panel."""


def _shuffle(problem: Problem, jointly: bool) -> Problem:
    x, y = problem.train
    n, outputs = y.shape[1:]
    targets = y.clone()
    for s, seed in enumerate(problem.seeds):
        rng = np.random.default_rng([seed, 1 if jointly else 2])
        order = rng.permutation(n)
        for t in range(problem.main, outputs):
            targets[s, :, t] = y[s, order if jointly else rng.permutation(n), t]
    return replace(problem, train=(x, targets))


def _random_network(x: np.ndarray, rng: np.random.Generator, hidden: int = 16) -> np.ndarray:
    """Values ``(n,)`` of a random tanh network on standardised inputs ``(n, d)``."""
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    trunk = rng.normal(size=(x.shape[1], hidden)) / np.sqrt(x.shape[1])
    values: np.ndarray = np.tanh(2 * z @ trunk) @ rng.normal(size=hidden)
    return values
