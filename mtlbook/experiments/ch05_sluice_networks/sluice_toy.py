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
    LABELLED,
    LAYERS,
    SIZES,
    UPDATES,
    VOCABULARY,
    toy_data,
    toy_split,
)
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
from mtlbook.experiments.common.tagging import Plan, Split, TaggingData, train
from mtlbook.models.networks import Networks
from mtlbook.models.sharing import hard, low_supervision
from mtlbook.models.sluice import Mixing, Sluice, cross_stitch, private_trunks
from mtlbook.models.tagger import Tagger
from mtlbook.runs.base import Config, Experiment, Tuning
from mtlbook.runs.tuning import settings
from mtlbook.training.loop import Fit
from mtlbook.training.tagging import tag_losses

MAIN, AUX = "chunk", "aux"
PLAIN = 0.01
"""Learning rate of the runs that look into sluice networks; they have no weight decay."""
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
        own_words: whether it knows the words of the main task's sentences only.
        updates: how many there are, for each of the others'.
        aux: ``copy`` gives the second task the main labels once more, on the same sentences.
        noise: whether unrelated labels cannot be learned.
    """

    tasks: int = 2
    low: bool = False
    width: float = 1.0
    mixing: Mixing | None = None
    strength: float = 0.0
    own_words: bool = False
    updates: int = 1
    aux: str = AUX
    noise: bool = False


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
"""The arms on GUM and on random labels. The frozen α stays where the sluice network's starts."""
DIAL_ARMS = {
    "single task": ARMS["single task"],
    "longer": Arm(1, own_words=True, updates=2),
    "wider": ARMS["wider"],
    "private trunks": ARMS["private trunks"],
    "sluice, α frozen": ARMS["sluice, α frozen"],
    "sluice": ARMS["sluice"],
    "balanced, α frozen": Arm(mixing=Mixing(alpha="balanced", learn_alpha=False)),
    "balanced": Arm(mixing=Mixing(alpha="balanced")),
    "hard sharing": ARMS["hard sharing"],
    "wide hard sharing": Arm(width=1.5),  # as many weights as two trunks have, and 1 % more
}
"""The arms on the dial, each tuned. With the balanced α that is frozen everything is exchanged:
both tasks go on with the mean of all parts. β starts alike in all arms that learn it."""
CONTROLS = {
    "copied": (Arm(mixing=Mixing(), aux="copy", own_words=True), ("sluice", 1.0)),
    "sluice, shuffled": (Arm(mixing=Mixing(), noise=True), ("sluice", 0.0)),
    "hard sharing, shuffled": (Arm(noise=True), ("hard sharing", 0.0)),
    "twice as wide": (Arm(width=2.0), ("wide hard sharing", 0.0)),
}
"""Rivals that are not tuned by themselves: each with the tuned arm whose settings it takes, and
whose place on the dial. The second task is the main one once more, or has labels that changed
places at random; or hard sharing has states as wide as those of two trunks together."""


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
    weight_decay: float = 0.0,
    watch: Callable[[Networks], None] | None = None,
) -> tuple[Networks, TaggingData, Fit]:
    """Train an arm's networks: 8 main sentences an update, and 16 auxiliary ones.

    Args:
        arm: how its tasks share.
        relatedness: of the auxiliary task with the parts of speech.
        seeds: of sentences and networks.
        lr: learning rate of Adam.
        weight_decay: L2 penalty on all parameters.
        watch: is shown the networks at each look.

    Returns:
        The networks where the main task was best, what they were given, and how they got there.
    """
    aux = arm.aux if arm.tasks > 1 else None
    given = Given(
        aux,
        low=arm.low,
        relatedness=relatedness,
        noise=arm.noise,
        own_words=arm.own_words,
        updates=arm.updates,
    )
    splits = [_split(seed, Given(aux, relatedness=relatedness, noise=arm.noise)) for seed in seeds]
    data, schedule = toy_data(MAIN, given, splits)
    plan = Plan([MAIN], SIZES, lr, EVERY, penalised(arm.strength), weight_decay)
    found = train(data, lambda: network_of(arm, data), schedule, seeds, plan, watch)
    return found.best(MAIN), data, found


def toy_scores(
    arm: Arm, relatedness: float, seeds: Sequence[int], lr: float, weight_decay: float = 0.0
) -> np.ndarray:
    """Train as :func:`toy_fit` does; return F1 in per cent, in tales and elsewhere, ``(S, 2)``."""
    networks, data, _ = toy_fit(arm, relatedness, seeds, lr, weight_decay)
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
    arm, of = DIAL_ARMS[config["arm"]], config["relatedness"]
    return toy_scores(arm, of, seeds, config["lr"], config["weight_decay"])


TRIED = [(0.01, 1e-4), (0.03, 1e-4), (0.01, 1e-3)]
"""Learning rate and weight decay; where the best lies at an end, values beyond are tried."""
ENDS = (1.0, 0.0)
DIAL = (1.0, 0.5, 0.0)

SLUICE_TOY_TUNING = Experiment(
    name="sluice-toy-tuning",
    question="Which learning rate and weight decay suit each way of sharing, at each end?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in per cent, in tales and in reports and letters",
    configs=[
        {"arm": name, "relatedness": relatedness, "lr": lr, "weight_decay": weight_decay}
        for name, arm in DIAL_ARMS.items()
        for relatedness in (ENDS if arm.tasks > 1 else ENDS[:1])
        for lr, weight_decay in TRIED
    ],
    seeds=range(100, 103),
    measure=_measure_tuning,
    cheap={"arm": "single task", "relatedness": 1.0, "lr": 0.01, "weight_decay": 1e-4},
    columns=("inside", "outside"),
    tuning=Tuning(
        settings=("lr", "weight_decay"),
        score="inside",
        reach={"lr": (3.0, 0.001, 0.3), "weight_decay": (3.0, 1e-4, 1e-2)},
    ),
)

SETTING = ("lr", "weight_decay")
SETTINGS = settings("sluice-toy-tuning", SETTING, "inside", arms=("arm", "relatedness"))
"""Learning rate and weight decay of each arm, at each end of the dial."""


def setting_of(name: str, relatedness: float) -> tuple[float, float]:
    """Return the learning rate and the weight decay of an arm, or of a control."""
    if name in CONTROLS:
        name, relatedness = CONTROLS[name][1]
    if DIAL_ARMS[name].tasks == 1:
        relatedness = ENDS[0]
    found: tuple[float, float] = SETTINGS[name, relatedness]
    return found


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, relatedness = config["arm"], config["relatedness"]
    arm = CONTROLS[name][0] if name in CONTROLS else DIAL_ARMS[name]
    return toy_scores(arm, relatedness, seeds, *setting_of(name, relatedness))


SLUICE_TOY = Experiment(
    name="sluice-toy",
    question="What do ways of sharing gain and lose, from a related task to an unrelated one?",
    data="generated: mtlbook.toy_language",
    score="F1 of chunks in per cent, in tales and in reports and letters",
    configs=[
        *({"arm": name, "relatedness": 1.0} for name, arm in DIAL_ARMS.items() if arm.tasks == 1),
        *({"arm": name, "relatedness": 0.0} for name, arm in DIAL_ARMS.items() if arm.tasks > 1),
        *({"arm": name, "relatedness": 1.0} for name, arm in DIAL_ARMS.items() if arm.tasks > 1),
        *({"arm": name, "relatedness": of} for name, (_, (_, of)) in CONTROLS.items()),
    ],
    seeds=range(10, 20),
    measure=_measure,
    cheap={"arm": "single task", "relatedness": 1.0},
    columns=("inside", "outside"),
)
"""What is to be claimed was written before it was measured, on seeds that chose nothing: about
F1 inside the genre, over ten pairs; *frozen* and *learned* differ in whether α is trained.

1. Beside unrelated labels private trunks are better than hard sharing (better).
2. Private trunks are better there than wide hard sharing, which has as many weights (better).
3. Frozen, the imbalanced start is better there than the balanced one (better).
4. From the balanced start learning α protects: better there than frozen (better).
5. From the balanced start learning α changes F1 by less than a point and a half beside related
   labels (same, within 1.5).
6. From the imbalanced start learning α gains beside related labels (better).
7. From the imbalanced start learning α changes F1 by less than a point and a half beside
   unrelated labels (same, within 1.5).
8. Beside unrelated labels each way of sharing is worse than the single task (worse, all of them).
"""


def label_accuracy(relatedness: float, noise: bool, seeds: Sequence[int]) -> np.ndarray:
    """Train taggers on the auxiliary labels alone; return their accuracy in tales in per cent."""
    splits = [_split(seed, Given(AUX, relatedness=relatedness, noise=noise)) for seed in seeds]
    data = TaggingData(splits, {AUX: slice(LABELLED, None)}, VOCABULARY)
    plan = Plan([AUX], {AUX: SIZES["more"]}, 0.01, EVERY)
    found = train(data, lambda: network_of(Arm(1), data), UPDATES, seeds, plan)
    return data.f1(found.best(AUX), AUX)


def _measure_labels(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return label_accuracy(config["relatedness"], config["noise"], seeds)


SLUICE_LABELS = Experiment(
    name="sluice-labels",
    question="How well can the auxiliary labels themselves be learned, along the dial?",
    data="generated: mtlbook.toy_language",
    score="share of right auxiliary labels in tales in per cent, of a tagger for them alone",
    configs=[
        *({"relatedness": relatedness, "noise": False} for relatedness in DIAL),
        {"relatedness": 0.0, "noise": True},
    ],
    seeds=range(10),
    measure=_measure_labels,
    cheap={"relatedness": 1.0, "noise": False},
    columns=("accuracy",),
)

LOOKS = range(20, 201, 20)
QUANTITIES = (
    *(f"α{k} {i}{j}" for k in (1, 2) for i in range(1, 5) for j in range(1, 5)),
    *(f"β {task} {k}" for task in ("main", "aux") for k in (1, 2)),
    "error",
)
"""α at each layer, row by row (main 1, main 2, aux 1, aux 2); β; the validation error."""


def course(relatedness: float, seeds: Sequence[int]) -> np.ndarray:
    """Return α, β and the validation error of sluice networks at each look, ``(S, looks, ...)``."""
    seen: list[Tensor] = []

    def watch(networks: Networks) -> None:
        now = networks.each(lambda one: torch.cat([one.alpha.flatten(), one.beta.flatten()]))
        seen.append(now.detach())

    _, _, found = toy_fit(ARMS["sluice"], relatedness, seeds, PLAIN, watch=watch)
    weights = torch.stack(seen, dim=1).numpy()
    return np.concatenate([weights, found.validation[MAIN].T[..., None]], axis=2)


def _measure_course(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return course(config["relatedness"], seeds).reshape(len(seeds), -1)


SLUICE_COURSE = Experiment(
    name="sluice-course",
    question="How do the weights of a sluice network change while it learns?",
    data="generated: mtlbook.toy_language",
    score="α, β and the share of wrong labels on the validation set, after each 20 updates",
    configs=[{"relatedness": relatedness} for relatedness in ENDS],
    seeds=range(10),
    measure=_measure_course,
    cheap={"relatedness": 1.0},
    columns=[f"{name} @ {step}" for step in LOOKS for name in QUANTITIES],
)
