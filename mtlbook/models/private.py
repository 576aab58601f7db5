"""Hidden units that only some of the tasks may use."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mtlbook.models.mlp import ManyMLPs


def keep_private(networks: ManyMLPs, units: int, owners: Sequence[int]) -> None:
    """Cut the other tasks off from the last ``units`` hidden units, now and during training.

    This is the small private hidden layer of Caruana (1997, section 7): the owners see all
    hidden units, the other tasks only the shared ones.

    Args:
        networks: changed in place.
        units: how many hidden units are private.
        owners: the outputs that may use them.

    Raises:
        ValueError: if there are not that many hidden units, or an owner does not exist.
    """
    _, hidden, outputs = networks.head_weight.shape
    if not 0 < units < hidden or not set(owners) <= set(range(outputs)):
        raise ValueError(
            f"{units} private units for outputs {list(owners)} do not fit a network "
            f"with {hidden} hidden units and {outputs} outputs"
        )
    may_use = torch.ones(hidden, outputs, dtype=networks.head_weight.dtype)
    may_use[-units:] = 0
    may_use[-units:, list(owners)] = 1
    # A weight of zero with a gradient of zero stays zero, under Adam and under weight decay.
    networks.head_weight.data *= may_use
    networks.head_weight.register_hook(lambda gradient: gradient * may_use)
