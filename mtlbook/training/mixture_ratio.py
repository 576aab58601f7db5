"""The mixture ratio of MT-SAN (Xu et al. 2019), in the two versions that public code has.

Both take a random subset of the auxiliary batches, anew in each epoch. They count it differently:
MT-SAN's own code (``train.py``) in shares of all auxiliary batches, MT-DNN's (``batcher.py``) in
multiples of the number of target batches. So the same ratio means different mixtures in the two
whenever there are more, or fewer, auxiliary batches than target ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from mtlbook.training.mixing import Schedule

Rule = Literal["of the auxiliary", "of the target"]


def batches_of_an_epoch(target: int, auxiliary: int, alpha: float, rule: Rule) -> tuple[int, int]:
    """Return how many target and how many auxiliary batches an epoch takes.

    Args:
        target: batches that the target has.
        auxiliary: batches that the auxiliary sources have, all together.
        alpha: the mixture ratio.
        rule: ``of the auxiliary``, MT-SAN's code: ``alpha`` of the auxiliary batches, and beyond
            1 all of them with fewer target batches; ``of the target``, MT-DNN's code: ``alpha``
            auxiliary batches for each target one, as far as there are so many.

    Raises:
        ValueError: if the ratio is negative, or the rule is unknown.
    """
    if alpha < 0 or rule not in ("of the auxiliary", "of the target"):
        raise ValueError(f"no mixture ratio: {alpha} {rule}")
    if rule == "of the target":
        return target, int(min(alpha * target, auxiliary))
    if alpha > 1:
        return int(auxiliary / alpha), auxiliary
    return target, int(alpha * auxiliary)


def mixture(
    batches: Mapping[str, int], main: str, alpha: float, rule: Rule, updates: int, seed: int
) -> Schedule:
    """Draw epochs of target and auxiliary batches until the target has had its updates.

    ``alpha = 1`` of the auxiliary is MT-SAN's first algorithm: all batches, one source in each.

    Args:
        batches: how many batches each source has.
        main: the target among them.
        alpha: the mixture ratio.
        rule: how the ratio is counted, see :func:`batches_of_an_epoch`.
        updates: of the target; the last epoch is cut behind the last of them.
        seed: of the draws.

    Raises:
        ValueError: if the target is not there, or an epoch takes none of its batches.
    """
    pool = [name for name, size in batches.items() if name != main for _ in range(size)]
    own, extra = batches_of_an_epoch(batches.get(main, 0), len(pool), alpha, rule)
    if own < 1:
        raise ValueError(f"an epoch has no batch of {main!r}: {dict(batches)}, {alpha=}")
    draw = np.random.default_rng([8, seed])
    schedule: Schedule = []
    while updates > 0:
        picked = [pool[i] for i in draw.choice(len(pool), extra, replace=False)] if extra else []
        epoch = [main] * own + picked
        for i in draw.permutation(len(epoch)):
            if updates > 0:
                schedule.append((epoch[i],))
                updates -= epoch[i] == main
    return schedule
