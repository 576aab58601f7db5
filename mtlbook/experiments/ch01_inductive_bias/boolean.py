"""Chapter 1: how much the further Boolean tasks help with the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from mtlbook.data.logic import boolean_patterns, boolean_tasks
from mtlbook.experiments.common.tolerances import ONE_PATTERN
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment, Later, Tuning, grid
from mtlbook.runs.store import load
from mtlbook.runs.tuning import settings
from mtlbook.task import Examples
from mtlbook.training.loop import fit

STEPS = 4800
NAMES = ("arm", "steps", "lr", "weight_decay")
ARMS: dict[str, list[int]] = {
    "single task": [0],
    "wider": [0],
    "T1 copied": [0, 0, 0, 0],
    "shuffled": [0, 1, 2, 3],
    "T1 + T4": [0, 3],
    "T1 + T3": [0, 2],
    "T1 + T2": [0, 1],
    "four tasks": [0, 1, 2, 3],
}
"""The columns of the labels that each arm learns; the main task T1 stands first."""


def boolean_split(seeds: Sequence[int], train: int = 96) -> tuple[Examples, Examples]:
    """Split the 256 patterns at random, once per seed, into training and test patterns.

    Returns:
        Training and test examples: inputs -1 and 1, ``(S, n, 8)``, and labels ``(S, n, 4)``.
    """
    patterns = boolean_patterns()
    x = torch.tensor(2.0 * patterns - 1, dtype=torch.float64)
    y = torch.tensor(boolean_tasks(patterns), dtype=torch.float64)
    order = np.stack([np.random.default_rng(seed).permutation(len(x)) for seed in seeds])
    first, rest = order[:, :train], order[:, train:]
    return (x[first], y[first]), (x[rest], y[rest])


def arm_targets(arm: str, labels: Tensor, seeds: Sequence[int]) -> Tensor:
    """Choose the training targets of an arm; the main task T1 always stands first.

    Args:
        arm: a name in ``ARMS``.
        labels: training labels of the four tasks, ``(S, n, 4)``.
        seeds: the seed of each network, for the shuffled arm.
    """
    targets = labels[..., ARMS[arm]]
    if arm == "shuffled":
        for s, seed in enumerate(seeds):
            order = np.random.default_rng([seed, 1]).permutation(labels.shape[1])
            targets[s, :, 1:] = targets[s, order, 1:]
    return targets


def boolean_losses(network: nn.Module, examples: Examples) -> Mapping[str, Tensor]:
    """What one network loses on each of its outputs."""
    x, y = examples
    each = binary_cross_entropy_with_logits(network(x), y, reduction="none")
    return {f"output {t}": loss for t, loss in enumerate(each.mean(dim=0))}


def accuracy_on_t1(network: nn.Module, examples: Examples) -> Tensor:
    """The share of examples whose label of T1 one network gets right, ``()``."""
    x, y = examples
    right: Tensor = (network(x)[:, 0] > 0) == (y[:, 0] > 0.5)
    return right.double().mean()


def train_and_score(
    train: Examples,
    test: Examples,
    seeds: Sequence[int],
    lr: float,
    weight_decay: float,
    steps: int = STEPS,
    hidden: int = 64,
) -> np.ndarray:
    """Train a network per seed, with an output per column; return its accuracy on T1, ``(S,)``."""
    networks = from_seeds(lambda: MLP(8, hidden, train[1].shape[-1]).double(), seeds)
    optimiser = torch.optim.AdamW(networks.parameters(), lr=lr, weight_decay=weight_decay)
    fit(networks, repeat(train, steps), boolean_losses, optimiser)
    found: np.ndarray = networks.each(accuracy_on_t1, test).detach().numpy()
    return found


def boolean_accuracy(
    arm: str, seeds: Sequence[int], lr: float, weight_decay: float, steps: int = STEPS
) -> np.ndarray:
    """Split, train and score an arm, ``(S,)``; the rest as in :func:`train_and_score`."""
    train, test = boolean_split(seeds)
    train = train[0], arm_targets(arm, train[1], seeds)
    hidden = 128 if arm == "wider" else 64
    return train_and_score(train, test, seeds, lr, weight_decay, steps, hidden)


def table_accuracy(seeds: Sequence[int], everywhere: bool) -> np.ndarray:
    """The expected test accuracy on T1 of a table that looks up bits 4 to 8.

    It knows the parity of a combination of these bits if a training pattern has given it away,
    and guesses the others where B1 leaves T1 open.

    Args:
        seeds: of the splits.
        everywhere: whether each training pattern gives the parity away, as with the labels of T2
            or T3 beside those of T1; else those with B1 = 0 do.

    Returns:
        ``(S,)``.
    """
    (x, _), (x_test, _) = boolean_split(seeds)
    place = 2.0 ** torch.arange(5, dtype=x.dtype)
    code, wanted = ((part[..., 3:] > 0).to(x.dtype) @ place for part in (x, x_test))
    tells = (x[..., 0] < 0) | everywhere
    known = (wanted[:, :, None] == code[:, None]) & tells[:, None]  # test and training patterns
    in_doubt = ~known.any(dim=-1) & (x_test[..., 0] < 0)
    accuracy: np.ndarray = (1 - in_doubt.double().mean(dim=1) / 2).numpy()
    return accuracy


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return boolean_accuracy(**config, seeds=seeds)


BOOLEAN_TUNING = Experiment(
    name="boolean-tuning",
    question="Which learning rate and weight decay suit each arm of the Boolean problem?",
    data="generated: the 256 patterns of 8 bits, parity of bits 4 to 8",
    score="test accuracy on T1",
    configs=grid(arm=list(ARMS), lr=[0.01, 0.03, 0.09], weight_decay=[0.1, 0.3, 0.9]),
    seeds=range(100, 110),
    measure=_measure,
    cheap={"arm": "T1 + T2", "lr": 0.03, "weight_decay": 0.3},
    tolerance=ONE_PATTERN,
    tuning=Tuning(
        ("lr", "weight_decay"), reach={"lr": (3, 0.001, 1), "weight_decay": (3, 0.01, 3)}
    ),
)
CHOSEN = settings("boolean-tuning", ("lr", "weight_decay"))
"""Learning rate and weight decay of each arm."""


def boolean_setting(arm: str) -> tuple[float, float]:
    """Return the learning rate and weight decay that were chosen for an arm on other seeds."""
    lr, weight_decay = CHOSEN[arm]
    return lr, weight_decay


def _trials() -> list[Config]:
    plans = [(arm, STEPS) for arm in ARMS]
    plans += [(arm, 2 * STEPS) for arm in ("single task", "T1 copied", "four tasks")]
    # What somebody takes who tunes the new method alone.
    borrowed = [("single task", "four tasks"), ("T1 copied", "four tasks")]
    own = [(arm, steps, *CHOSEN[arm]) for arm, steps in plans]
    lent = [(arm, STEPS, *CHOSEN[lender]) for arm, lender in borrowed]
    return [dict(zip(NAMES, values, strict=True)) for values in dict.fromkeys(own + lent)]


BOOLEAN = Experiment(
    name="boolean",
    question="How much do further Boolean tasks, copies and shuffled labels help with the first?",
    data="generated: the 256 patterns of 8 bits, parity of bits 4 to 8",
    score="test accuracy on T1",
    configs=Later(_trials),
    seeds=range(1000, 1030),
    measure=_measure,
    cheap={"arm": "T1 + T4", "steps": STEPS, "lr": 0.03, "weight_decay": 0.1},
    tolerance=ONE_PATTERN,
)


def boolean_scores() -> pd.DataFrame:
    """Return the recorded accuracies on T1: a row for each seed and a column for each arm.

    Beside the arms of ``ARMS`` there are those trained for twice as long, those with the setting
    of the four tasks in place of their own, and the two tables of :func:`table_accuracy`.
    """
    run = load("boolean")

    def word(arm: str, steps: int, lr: float, decay: float) -> str:
        borrowed = "" if (lr, decay) == CHOSEN[arm] else ", setting of the four"
        return arm + borrowed + (", twice as long" if steps > STEPS else "")

    run["word"] = [word(*row) for row in zip(*(run[name] for name in NAMES), strict=True)]
    scores = run.pivot(index="seed", columns="word", values="score")
    for table, everywhere in {"table, labels of T1": False, "table, all labels": True}.items():
        scores[table] = table_accuracy(list(scores.index), everywhere)
    return scores
