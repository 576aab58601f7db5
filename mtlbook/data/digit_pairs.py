"""Two handwritten digits in one picture: which is on the left, and which on the right?"""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits

SIDE = 11
"""Height and width of a picture, in pixels. The two digits, 8 by 8 each, overlap by 5 by 5."""


def digit_pairs(
    sizes: tuple[int, ...], rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw sets of digit pairs that share no handwritten digit.

    The 1,797 digits that ship with scikit-learn (from the UCI repository, CC BY 4.0) are dealt out
    at random to the sets, in proportion to their sizes, before any pair is made. One digit lies in
    the upper left corner, the other in the lower right; where they overlap the brighter pixel is
    seen.

    Args:
        sizes: the number of pairs in each set.
        rng: draws the split and the pairs.

    Returns:
        For each set the pictures ``(n, 121)`` between 0 and 1, and the digits ``(n, 2)``, left
        and right.

    Raises:
        ValueError: if there is no set, or one would get no pair or no digit.
    """
    digits, labels = load_digits(return_X_y=True)
    images = digits.reshape(-1, 8, 8) / 16
    if not sizes or min(sizes) < 1:
        raise ValueError(f"each set needs a pair: {sizes}")
    ends = np.cumsum(sizes) * len(images) // sum(sizes)
    pools = np.split(rng.permutation(len(images)), ends[:-1])
    if min(len(pool) for pool in pools) == 0:
        raise ValueError(f"{len(images)} digits are too few for sets of {sizes} pairs")
    sets = []
    for n, pool in zip(sizes, pools, strict=True):
        left, right = rng.choice(pool, size=(2, n))
        pictures = np.zeros((n, SIDE, SIDE))
        pictures[:, :8, :8] = images[left]
        pictures[:, -8:, -8:] = np.maximum(pictures[:, -8:, -8:], images[right])
        sets.append((pictures.reshape(n, -1), np.stack([labels[left], labels[right]], axis=1)))
    return sets
