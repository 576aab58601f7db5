"""The control panel: every control on one problem, each tuned alike, in one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from types import MappingProxyType

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mtlbook.models.mlp import MLP, PrivateMLP
from mtlbook.models.networks import from_seeds
from mtlbook.task import Examples, Task
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses, validation_losses

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


@dataclass(frozen=True)
class Setting:
    """How a network learns.

    Attributes:
        lr: step size of Adam.
        weight_decay: L2 penalty on all parameters.
        extra_weight: weight of the loss of every output beyond the main task.
    """

    lr: float
    weight_decay: float
    extra_weight: float = 1.0


def control_panel(
    problem: Problem,
    *,
    hidden: int,
    settings: Sequence[Setting],
    steps: int,
    arms: Sequence[str] = tuple(ARMS),
    every: int = 50,
) -> pd.DataFrame:
    """Run the whole panel on a problem.

    Every arm gets the same settings to choose from; see :func:`score_arm`.

    Returns:
        One row per arm and seed, with columns ``arm``, ``parameters`` (of one network), ``seed``
        and ``score``.

    Raises:
        ValueError: if an arm is unknown, or if there is no setting.
    """
    frames = []
    for arm in arms:
        scores, parameters = score_arm(
            arm, problem, hidden=hidden, settings=settings, steps=steps, every=every
        )
        row = {"arm": arm, "parameters": parameters, "seed": list(problem.seeds), "score": scores}
        frames.append(pd.DataFrame(row))
    return pd.concat(frames, ignore_index=True)


def score_arm(
    arm: str,
    problem: Problem,
    *,
    hidden: int,
    settings: Sequence[Setting],
    steps: int,
    every: int = 50,
) -> tuple[np.ndarray, int]:
    """Train one arm's networks, one per seed; return their test scores and parameter count.

    An output is stopped where its validation loss is lowest. Of the settings, each seed takes the
    one whose validation loss on the main task is lowest, so every arm is tuned with equal effort
    and without sight of the test examples. A setting with which a network diverges is left out.

    Args:
        arm: a name in ``ARMS``.
        problem: the multi-task problem.
        hidden: hidden units of the multi-task network.
        settings: what to choose from.
        steps: full-batch updates, twice as many for the arm that says so.
        every: steps between two looks at the validation loss.

    Returns:
        Test scores on the main task ``(S,)``, and the parameters of one network.

    Raises:
        ValueError: if the arm is unknown, or if there is no setting.
        FloatingPointError: if networks diverge with every setting.
    """
    if arm not in ARMS:
        raise ValueError(f"no arm {arm!r}; there are: {', '.join(ARMS)}")
    if not settings:
        raise ValueError("a panel needs at least one setting")
    changed = ARMS[arm](problem)
    inputs, outputs = changed.train[0].shape[-1], len(changed.tasks)
    width, private = hidden, 0
    if arm == "single task, as many parameters":
        aim = count_parameters(inputs, hidden, len(problem.tasks))
        width = round((aim - outputs) / (inputs + 1 + outputs))
    elif arm == "single task, a quarter of the units":
        width = max(1, hidden // 4)
    elif arm == "multi-task, private units":
        private = max(1, hidden // 4)
        width = hidden + private
    updates = 2 * steps if arm == "single task, twice the steps" else steps
    # A copied task has the name of the one that it copies.
    tasks = [replace(task, name=f"output {t}") for t, task in enumerate(changed.tasks)]
    main = tasks[: changed.main]
    x_test, y_test = changed.test

    def build() -> MLP:
        if private:
            network: MLP = PrivateMLP(inputs, width, outputs, private, range(changed.main))
        else:
            network = MLP(inputs, width, outputs)
        return network.to(x_test.dtype)

    validation, test = [], []
    for setting in settings:
        networks = from_seeds(build, changed.seeds)
        extra = [setting.extra_weight] * (outputs - changed.main)
        try:
            found = fit(
                networks,
                repeat(changed.train, updates),
                task_losses(tasks, [1.0] * changed.main + extra),
                adam(networks, setting.lr, setting.weight_decay),
                validate=validation_losses(main, changed.validation),
                every=every,
            )
        except FloatingPointError:  # it diverges, and is no choice
            continue
        validation.append(sum(found.validation[task.name].min(axis=0) for task in main))
        at_best = [found.best(task.name)(x_test)[..., t] for t, task in enumerate(main)]
        score = changed.score(torch.stack(at_best, dim=-1), y_test[..., : changed.main])
        test.append(score.numpy())
    if not test:
        raise FloatingPointError(f"{arm}: no setting without a loss that is not a number")
    chosen = np.argmin(np.nan_to_num(validation, nan=np.inf), axis=0)
    scores: np.ndarray = np.take_along_axis(np.array(test), chosen[None], axis=0)[0]
    others = private * (outputs - changed.main)  # weights of private units that nobody may use
    return scores, count_parameters(inputs, width, outputs) - others


def count_parameters(inputs: int, hidden: int, outputs: int) -> int:
    """Return the number of weights and biases of one :class:`~mtlbook.models.mlp.MLP`."""
    return (inputs + 1) * hidden + (hidden + 1) * outputs
