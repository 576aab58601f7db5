"""The control panel: every control on one problem, each tuned alike, in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from mtlbook.evaluation.controls import ARMS, Problem
from mtlbook.models.mlp import many_mlps
from mtlbook.models.private import keep_private
from mtlbook.training import fit_many


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

    An output is stopped where its halting loss is lowest. Of the settings, each seed takes the
    one whose halting loss on the main task is lowest, so every arm is tuned with equal effort and
    without sight of the test examples.

    Args:
        arm: a name in ``ARMS``.
        problem: the multi-task problem.
        hidden: hidden units of the multi-task network.
        settings: what to choose from.
        steps: full-batch updates, twice as many for the arm that says so.
        every: steps between two looks at the halting loss.

    Returns:
        Test scores on the main task ``(S,)``, and the parameters of one network.

    Raises:
        ValueError: if the arm is unknown, or if there is no setting.
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
    main = range(changed.main)
    x_test, y_test = changed.test
    halting, test = [], []
    for setting in settings:
        networks = many_mlps(changed.seeds, inputs, width, outputs).to(x_test.dtype)
        if private:
            keep_private(networks, private, owners=main)
        result = fit_many(
            networks,
            changed.tasks,
            changed.train,
            changed.halt,
            steps=2 * steps if arm == "single task, twice the steps" else steps,
            lr=setting.lr,
            weight_decay=setting.weight_decay,
            weights=[1.0] * changed.main + [setting.extra_weight] * (outputs - changed.main),
            every=every,
            keep=main,
        )
        outputs_at_best = torch.stack([result.predict(x_test, t) for t in main], dim=-1)
        halting.append(result.halt_loss.min(axis=0)[:, : changed.main].sum(axis=1))
        test.append(changed.score(outputs_at_best, y_test[..., : changed.main]).numpy())
    # A setting that diverges has no halting loss; it must not pass for the lowest.
    chosen = np.argmin(np.nan_to_num(halting, nan=np.inf), axis=0)
    scores: np.ndarray = np.take_along_axis(np.array(test), chosen[None], axis=0)[0]
    others = private * (outputs - changed.main)  # weights that keep_private cuts
    return scores, count_parameters(inputs, width, outputs) - others


def count_parameters(inputs: int, hidden: int, outputs: int) -> int:
    """Return the number of weights and biases of one :class:`~mtlbook.models.mlp.MLP`."""
    return (inputs + 1) * hidden + (hidden + 1) * outputs
