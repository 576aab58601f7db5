"""Chapter 5: hard and learned sharing on the toy language, from related to unrelated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import Batch
from mtlbook.experiments.ch03_hard_sharing.toy_hard import (
    EVERY,
    HIDDEN,
    LAYERS,
    SIZES,
    toy_data,
    toy_split,
)
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
from mtlbook.experiments.common.tagging import Plan, Split, TaggingData, train
from mtlbook.models.networks import Networks
from mtlbook.models.sharing import hard, low_supervision
from mtlbook.models.sluice import Mixing, Sluice, cross_stitch, private_trunks
from mtlbook.models.tagger import Tagger
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.runs.tuning import settings
from mtlbook.training.loop import Fit
from mtlbook.training.tagging import tag_losses

MAIN, AUX = "chunk", "aux"
SMALL = 0.1
"""Word vectors start this much smaller than PyTorch's, so that a word that a task never saw says
little. With its own start, knowing the words of the auxiliary sentences cost a single tagger six
points, and sharing would have been blamed for it."""


@dataclass(frozen=True)
class Arm:
    """How an arm's tasks share, and what its networks look like.

    Attributes:
        tasks: 1 for a single task, 2 with the auxiliary one.
        low: whether the auxiliary head sits on the first layer.
        width: width of a layer, for each unit of a sluice network's trunk.
        mixing: how trunks are mixed; None for hard sharing.
        strength: of the penalty on overlapping subspaces.
        own_words: whether a single task knows the words of its own sentences only.
    """

    tasks: int = 2
    low: bool = False
    width: float = 1.0
    mixing: Mixing | None = None
    strength: float = 0.0
    own_words: bool = False


ARMS = {
    "single task": Arm(1, own_words=True),
    "all words": Arm(1),
    "wider": Arm(1, width=1.5, own_words=True),  # as many weights as two trunks have, and 1 % more
    "hard sharing": Arm(),
    "low supervision": Arm(low=True),
    "private trunks": Arm(mixing=private_trunks()),
    "sluice, α frozen": Arm(mixing=Mixing(learn_alpha=False)),
    "cross-stitch": Arm(mixing=cross_stitch()),
    "sluice": Arm(mixing=Mixing()),
}
"""The arms of the comparison. The frozen α stays where that of the sluice network starts."""


def network_of(arm: Arm, data: TaggingData, hidden: int = HIDDEN) -> Tagger:
    """Make one of an arm's networks.

    Args:
        arm: how its tasks share.
        data: what it learns from; the main task is the first.
        hidden: width of each direction of a sluice network's layers.
    """
    main, *others = data.numbers
    low = low_supervision({main: LAYERS, **dict.fromkeys(others, 1)})
    routes = low if arm.low else hard([main, *others], LAYERS)
    width = round(hidden * arm.width)
    made = (
        Tagger(data.sizes, data.numbers, routes, hidden=width)
        if arm.mixing is None
        else Sluice(data.sizes, data.numbers, LAYERS, arm.mixing, hidden=width)
    )
    with torch.no_grad():
        for p in made.embeddings.parameters():
            p.mul_(SMALL)
    return made


def penalised(strength: float) -> Callable[[Any, Batch], dict[str, Tensor]]:
    """Return what a network loses on a batch, the overlap of its subspaces as one more loss."""

    def losses(network: Any, batch: Batch) -> dict[str, Tensor]:
        overlap = {"overlap": strength * network.penalty()} if strength else {}
        return tag_losses(network, batch) | overlap

    return losses


@lru_cache(maxsize=200)
def _split(seed: int, given: Given) -> Split:
    return toy_split(seed, given)


def toy_fit(
    arm: Arm,
    relatedness: float,
    seeds: Sequence[int],
    lr: float,
    watch: Callable[[Networks], None] | None = None,
    noise: bool = False,
) -> tuple[Networks, TaggingData, Fit]:
    """Train an arm's networks: 8 main sentences an update, and 16 auxiliary ones.

    Args:
        arm: how its tasks share.
        relatedness: of the auxiliary task with the parts of speech.
        seeds: of sentences and networks.
        lr: learning rate of Adam.
        watch: is shown the networks at each look.
        noise: whether unrelated labels cannot be learned.

    Returns:
        The networks where the main task was best, what they were given, and how they got there.
    """
    aux = AUX if arm.tasks > 1 else None
    given = Given(aux, low=arm.low, relatedness=relatedness, noise=noise, own_words=arm.own_words)
    splits = [_split(seed, Given(aux, relatedness=relatedness, noise=noise)) for seed in seeds]
    data, schedule = toy_data(MAIN, given, splits)
    plan = Plan([MAIN], SIZES, lr, EVERY, penalised(arm.strength))
    found = train(data, lambda: network_of(arm, data), schedule, seeds, plan, watch)
    return found.best(MAIN), data, found


def toy_scores(
    arm: Arm, relatedness: float, seeds: Sequence[int], lr: float, noise: bool = False
) -> np.ndarray:
    """Train as :func:`toy_fit` does; return F1 in per cent, in tales and elsewhere, ``(S, 2)``."""
    networks, data, _ = toy_fit(arm, relatedness, seeds, lr, noise=noise)
    return data.scores(networks, MAIN)


def mixing_weights(networks: Networks) -> np.ndarray:
    """Return the sluice networks' α and β, ``(S, 7)``, see :data:`WEIGHTS`.

    Of α the mean absolute weight: between two parts of different tasks, and of a part for itself.
    """
    alpha, beta = networks.each(lambda one: (one.alpha.abs(), one.beta))  # (S, L, TS, TS)
    half = alpha.shape[-1] // 2
    found = [
        *(alpha[:, k, :half, half:].mean((1, 2)) for k in range(LAYERS)),
        *(alpha[:, k, half:, :half].mean((1, 2)) for k in range(LAYERS)),
        alpha[:, :, :half, :half].diagonal(dim1=-2, dim2=-1).mean((1, 2)),
        *(beta[:, 0, k] for k in range(LAYERS)),
    ]
    weights: np.ndarray = torch.stack(found, dim=1).numpy()
    return weights


WEIGHTS = (
    "main from aux, layer 1",
    "main from aux, layer 2",
    "aux from main, layer 1",
    "aux from main, layer 2",
    "main from itself",
    "β of layer 1",
    "β of layer 2",
)


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return toy_scores(ARMS[config["arm"]], config["relatedness"], seeds, config["lr"])


SLUICE_TOY_TUNING = Experiment(
    name="sluice-toy-tuning",
    question="Which step size suits each way of sharing on the toy language?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in per cent, in tales and in reports and letters",
    configs=grid(arm=list(ARMS), relatedness=[0.5], lr=[0.003, 0.01, 0.03, 0.06]),
    seeds=range(100, 105),
    measure=_measure_tuning,
    cheap={"arm": "single task", "relatedness": 0.5, "lr": 0.01},
    columns=("inside", "outside"),
)

SETTINGS = settings("sluice-toy-tuning", "lr", "inside", arms="arm")
"""Step size of each arm, in the middle of the dial."""
DIAL = (1.0, 0.0, 0.5, 0.75, 0.25)
VARIANTS = {
    "balanced": Arm(mixing=Mixing(alpha="balanced", beta="balanced")),
    "balanced, α frozen": Arm(mixing=Mixing(alpha="balanced", learn_alpha=False)),
    "one subspace": Arm(mixing=Mixing(subspaces=1)),
    "penalty": Arm(mixing=Mixing(), strength=0.1),
    "three times the rate": Arm(mixing=Mixing(rate=3)),
    "words apart": Arm(mixing=Mixing(share_words=False)),
}
"""Sluice networks that differ from the arm ``sluice`` in one thing, and learn with its step."""
LEARNED = ("cross-stitch", "sluice")
LOOKS = range(20, 201, 20)
QUANTITIES = (
    *(f"α{k} {i}{j}" for k in (1, 2) for i in range(1, 5) for j in range(1, 5)),
    *(f"β {task} {k}" for task in ("main", "aux") for k in (1, 2)),
    "error",
)
"""α at each layer, row by row (main 1, main 2, aux 1, aux 2); β; the validation error."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["arm"]
    return toy_scores(ARMS[name], config["relatedness"], seeds, SETTINGS[name])


def _measure_learned(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["arm"]
    arm, lr = (ARMS | VARIANTS)[name], SETTINGS.get(name, SETTINGS["sluice"])
    networks, data, _ = toy_fit(arm, config["relatedness"], seeds, lr, noise=config["noise"])
    return np.concatenate([data.scores(networks, MAIN), mixing_weights(networks)], axis=1)


def course(relatedness: float, seeds: Sequence[int]) -> np.ndarray:
    """Return α, β and the validation error of sluice networks at each look, ``(S, looks, ...)``."""
    seen: list[Tensor] = []

    def watch(networks: Networks) -> None:
        now = networks.each(lambda one: torch.cat([one.alpha.flatten(), one.beta.flatten()]))
        seen.append(now.detach())

    _, _, found = toy_fit(ARMS["sluice"], relatedness, seeds, SETTINGS["sluice"], watch)
    weights = torch.stack(seen, dim=1).numpy()
    return np.concatenate([weights, found.validation[MAIN].T[..., None]], axis=2)


def _measure_course(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return course(config["relatedness"], seeds).reshape(len(seeds), -1)


SLUICE_TOY = Experiment(
    name="sluice-toy",
    question="What do ways of sharing gain and lose, from a related task to an unrelated one?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in per cent, in tales and in reports and letters",
    configs=[
        {"arm": name, "relatedness": relatedness}
        for relatedness in DIAL
        for name, arm in ARMS.items()
        if name not in LEARNED and (arm.tasks > 1 or relatedness == 1)
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "single task", "relatedness": 1.0},
    columns=("inside", "outside"),
)

SLUICE_TOY_LEARNED = Experiment(
    name="sluice-toy-learned",
    question="What do cross-stitch and sluice networks gain and lose, and what are their weights?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in per cent, in tales and in reports and letters; weights of α and β",
    configs=[
        *({"arm": name, "relatedness": r, "noise": False} for r in DIAL for name in LEARNED),
        *({"arm": name, "relatedness": r, "noise": False} for name in VARIANTS for r in (1.0, 0.0)),
        {"arm": "sluice", "relatedness": 0.0, "noise": True},
    ],
    seeds=range(10),
    measure=_measure_learned,
    cheap={"arm": "cross-stitch", "relatedness": 1.0, "noise": False},
    columns=("inside", "outside", *WEIGHTS),
)

SLUICE_COURSE = Experiment(
    name="sluice-course",
    question="How do the weights of a sluice network change while it learns?",
    data="generated: mtlbook.toy_language",
    score="α, β and the share of wrong labels on the validation set, after each 20 updates",
    configs=[{"relatedness": relatedness} for relatedness in (1.0, 0.0)],
    seeds=range(10),
    measure=_measure_course,
    cheap={"relatedness": 1.0},
    columns=[f"{name} @ {step}" for step in LOOKS for name in QUANTITIES],
)
