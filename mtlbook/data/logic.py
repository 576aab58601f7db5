"""Functions to learn, each written out in full: Boolean tasks, and F1 and F2."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

PARITY_BITS = (4, 5, 6, 7, 8)


def boolean_patterns(bits: int = 8) -> np.ndarray:
    """Return all ``2**bits`` patterns of 0 and 1, shape ``(2**bits, bits)``; column 0 is B1."""
    codes = np.arange(2**bits)[:, None]
    return (codes >> np.arange(bits - 1, -1, -1)) & 1


def boolean_tasks(patterns: np.ndarray, parity_bits: Sequence[int] = PARITY_BITS) -> np.ndarray:
    """Return the four Boolean tasks of Caruana's thesis (CMU-CS-97-203, section 1.3).

    With B1 the first bit and P the parity of ``parity_bits`` (1 if an odd number of them is 1):
    T1 = B1 or P, T2 = not B1 or P, T3 = B1 and P, T4 = not B1 and P.

    Which bits enter P is not settled: public accounts of the thesis name bits 4 to 8 or bits
    2 to 8. Any five of bits 2 to 8 give the same problem with the inputs renamed.

    Args:
        patterns: 0 and 1, shape ``(n, bits)``.
        parity_bits: the bits in P, counted from 1.

    Returns:
        Labels 0 and 1, shape ``(n, 4)``.

    Raises:
        ValueError: if a bit does not exist, is named twice, or is B1.
    """
    allowed = range(2, patterns.shape[1] + 1)
    if len(set(parity_bits)) != len(parity_bits) or not set(parity_bits) <= set(allowed):
        raise ValueError(
            f"parity_bits must be distinct and in 2..{patterns.shape[1]}: {parity_bits}"
        )
    b1 = patterns[:, 0] == 1
    p = patterns[:, np.array(parity_bits) - 1].sum(axis=1) % 2 == 1
    return np.stack([b1 | p, ~b1 | p, b1 & p, ~b1 & p], axis=1).astype(int)


def binary_code(values: np.ndarray, bits: int = 10, low: float = -5, high: float = 5) -> np.ndarray:
    """Write each number in ``[low, high]`` as an unsigned binary code, most significant bit first.

    The interval is cut into ``2**bits`` equal cells; the code is the number of the cell.

    Returns:
        0 and 1, shape ``values.shape + (bits,)``.

    Raises:
        ValueError: if a value lies outside the interval.
    """
    if not np.all((low <= values) & (values <= high)):
        raise ValueError(f"values must lie in [{low}, {high}]")
    cells = np.floor((values - low) / (high - low) * 2**bits).astype(int)
    cells = np.minimum(cells, 2**bits - 1)
    code: np.ndarray = (cells[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return code


def f1_f2(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw examples of F1 and F2 (Caruana 1997, section 4.9).

    A and B are uniform on [-5, 5]; F1 = sigmoid(A + B) and F2 = sigmoid(A - B).

    Returns:
        Inputs ``(n, 20)``, the 10-bit codes of A and of B; targets ``(n, 2)``, F1 and F2.
    """
    a, b = rng.uniform(-5, 5, size=(2, n))
    inputs = np.concatenate([binary_code(a), binary_code(b)], axis=1)
    targets = 1 / (1 + np.exp(-np.stack([a + b, a - b], axis=1)))
    return inputs.astype(float), targets
