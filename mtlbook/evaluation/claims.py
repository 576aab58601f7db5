"""A sentence that reports a result, and the check that stands behind it."""

from __future__ import annotations

import numpy as np


class ClaimError(AssertionError):
    """A sentence of the book is no longer true."""


def claim(sentence: str, condition: bool | np.bool_, evidence: object) -> None:
    """Print the sentence with its evidence if it holds, and stop the notebook if it does not.

    Args:
        sentence: what is claimed, as the reader will read it.
        condition: whether the measurement supports it, with a margin.
        evidence: what was measured: a figure and its interval.

    Raises:
        ClaimError: if the condition is false.
        TypeError: if the condition is not a truth value; an array or a function is always a slip.
    """
    if not isinstance(condition, bool | np.bool_):
        raise TypeError(f"condition must be True or False, not {type(condition).__name__}")
    if not condition:
        raise ClaimError(f"no longer true: {sentence} Measured: {evidence}")
    print(f"Holds: {sentence} ({evidence})")
