"""One place for what must be set before anything random or parallel happens."""

from __future__ import annotations

import torch


def one_thread() -> None:
    """Use a single thread: sums then have one order, and results repeat to the last bit.

    On small networks a second thread costs more than it brings.
    """
    torch.set_num_threads(1)
