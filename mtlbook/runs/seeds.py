"""Seeds in a few characters: ``0-9,12`` on the command line and in result files."""

from __future__ import annotations

from collections.abc import Iterable


def parse_seeds(text: str) -> list[int]:
    """Read seeds, ``"0-2,7"`` as 0, 1, 2 and 7.

    Raises:
        ValueError: if the text is something else, counts downwards, or names a seed
            twice.
    """
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or not (last if dash else first).isdecimal():
            raise ValueError(f"seeds are written as 0-9 or as 0-4,7, not as {text!r}")
        if int(first) > int(last or first):
            raise ValueError(f"seeds count upwards, {part.strip()!r} does not")
        seeds.extend(range(int(first), int(last or first) + 1))
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"{text!r} names a seed twice")
    return seeds


def write_seeds(seeds: Iterable[int]) -> str:
    """Write seeds so that `parse_seeds` reads them in the same order."""
    ranges: list[list[int]] = []
    for seed in seeds:
        if ranges and seed == ranges[-1][1] + 1:
            ranges[-1][1] = seed
        else:
            ranges.append([seed, seed])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
