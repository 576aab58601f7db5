"""One place for what must be set before anything random or parallel happens."""

from __future__ import annotations

import hashlib
import random

import torch


def one_thread() -> None:
    """Use a single thread: sums then have one order, and results repeat to the last bit.

    On small networks a second thread costs more than it brings.
    """
    torch.set_num_threads(1)


def stream(*key: object) -> random.Random:
    """Return a source of random numbers that belongs to a key, the same on every platform.

    The key is hashed with SHA-256 and seeds a ``random.Random`` with an integer. Only its method
    ``random()`` may be used: Python promises that its numbers stay the same, and promises this
    of no other method.
    """
    digest = hashlib.sha256("/".join(map(str, key)).encode()).digest()
    return random.Random(int.from_bytes(digest[:16], "big"))
