"""Chapter 5: hard and learned sharing on the toy language, from related to unrelated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.vocabulary import Encoder
from mtlbook.experiments.ch03_hard_sharing.toy_hard import (
    HIDDEN,
    LAYERS,
    ROOM,
    SIZES,
    toy_deal,
    toy_lesson,
)
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
from mtlbook.experiments.common.base import Config, Experiment, grid
from mtlbook.experiments.common.tagging import Deal, Training, fit_lesson, span_scores
from mtlbook.models.many_sluices import many_sluices
from mtlbook.models.many_taggers import many_taggers
from mtlbook.models.sharing import Routes
from mtlbook.models.sluice import Mixing, Stitched, cross_stitch, private_trunks
from mtlbook.models.tagger import Routed
from mtlbook.training.taggers import FitTaggers

MAIN, AUX = "chunk", "aux"
SMALL = 0.1
"""Word vectors start this much smaller than PyTorch's, so that a word that a task never saw says
little. With its own start, knowing the words of the auxiliary sentences cost a single tagger six
points, and sharing would have been blamed for it."""
EVERY = 20


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


def network(arm: Arm) -> Callable[..., Routed]:
    """Return what makes an arm's networks, see :class:`Training`."""

    def build(
        seeds: Sequence[int],
        sizes: Sequence[int],
        labels: Mapping[str, int],
        routes: Routes,
        hidden: int,
    ) -> Routed:
        model: Routed = (
            many_taggers(seeds, sizes, labels, routes, hidden=hidden)
            if arm.mixing is None
            else many_sluices(seeds, sizes, labels, LAYERS, arm.mixing, hidden=hidden)
        )
        with torch.no_grad():
            for p in model.embeddings.parameters():
                p.mul_(SMALL)
        return model

    return build


def orthogonality(strength: float) -> Callable[[Routed], Tensor] | None:
    """Return the penalty of sluice networks; nothing if its strength is 0."""

    def penalty(model: Routed) -> Tensor:
        if not isinstance(model, Stitched):
            raise TypeError(f"no subspaces in {type(model).__name__}")
        return strength * model.penalty()

    return penalty if strength else None


@lru_cache(maxsize=200)
def _deal(seed: int, given: Given) -> Deal:
    return toy_deal(seed, given)


def toy_fit(
    arm: Arm,
    relatedness: float,
    seeds: Sequence[int],
    lr: float,
    watch: Callable[[Routed], Tensor] | None = None,
    noise: bool = False,
) -> tuple[FitTaggers, list[Encoder], np.ndarray]:
    """Train an arm's networks: 8 main sentences an update, and 16 auxiliary ones.

    Args:
        arm: how its tasks share.
        relatedness: of the auxiliary task with the parts of speech.
        seeds: of sentences and networks.
        lr: step size of Adam.
        watch: is shown the networks before each update, and gives a penalty.
        noise: whether unrelated labels cannot be learned.

    Returns:
        The networks, what encodes sentences for each, and F1 in per cent, inside and outside.
    """
    given = Given(
        AUX if arm.tasks > 1 else None,
        low=arm.low,
        relatedness=relatedness,
        noise=noise,
        own_words=arm.own_words,
    )
    deals = [_deal(seed, Given(given.aux, relatedness=relatedness, noise=noise)) for seed in seeds]
    lesson, texts = toy_lesson(MAIN, given, deals)
    training = Training(
        ROOM,
        SIZES,
        lr,
        round(HIDDEN * arm.width),
        EVERY,
        watch or orthogonality(arm.strength),
        network(arm),
    )
    fit, encoders = fit_lesson(lesson, MAIN, texts, deals, seeds, training)
    judged = [deal.test for deal in deals], [deal.outside for deal in deals]
    scores = [span_scores(fit, encoders, MAIN, texts) for texts in judged]
    return fit, encoders, np.stack(scores, axis=1)


def mixing_weights(fit: FitTaggers) -> np.ndarray:
    """Return what α and β the main task was stopped with, ``(S, 7)``, see :data:`WEIGHTS`.

    Of α the mean absolute weight: between two parts of different tasks, and of a part for itself.
    """
    if not isinstance(fit.model, Stitched):
        raise TypeError("these networks mix nothing")
    rate = fit.model.mixing.rate
    alpha = rate * fit.snapshots[MAIN]["alpha_steps"].abs()  # (S, L, TS, TS)
    beta = rate * fit.snapshots[MAIN]["beta_steps"]
    half = alpha.shape[-1] // 2
    found = [
        *(alpha[:, k, :half, half:].mean((1, 2)) for k in range(LAYERS)),
        *(alpha[:, k, half:, :half].mean((1, 2)) for k in range(LAYERS)),
        alpha[:, :, :half, :half].diagonal(dim1=-2, dim2=-1).mean((1, 2)),
        *(beta[:, 0, k] for k in range(LAYERS)),
    ]
    return torch.stack(found, dim=1).numpy()


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
    arm = ARMS[config["arm"]]
    return toy_fit(arm, config["relatedness"], seeds, config["lr"])[2]


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
