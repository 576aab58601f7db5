"""Whose batch comes next: the schedules of multi-task training.

A schedule is a list of updates; each names the sources whose batches make it. How arms are to be
compared has to be said, since it can change the sign of an effect:

- **Equal main-task updates.** The main source is in as many updates as in single-task training,
  and the auxiliary batches come on top. All schedules here are of this kind.
- **Equal total work.** As many sentences in all as single-task training sees, so that auxiliary
  sentences take the place of main ones: :func:`equal_total_work` cuts a schedule to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

Schedule = list[tuple[str, ...]]


def temperature(sizes: Mapping[str, int], t: float) -> dict[str, float]:
    """Return how often each source is drawn, in proportion to its size to the power ``1 / t``.

    With ``t = 1`` every sentence is as likely as any other; the larger ``t``, the more equal the
    sources (Arivazhagan et al. 2019 for languages, Raffel et al. 2020 for tasks).

    Raises:
        ValueError: if there is no source, or a size or ``t`` is not positive.
    """
    if not sizes or min(sizes.values()) <= 0 or not t > 0:
        raise ValueError(f"sizes and the temperature must be positive: {dict(sizes)}, {t}")
    powers = {name: (size / max(sizes.values())) ** (1 / t) for name, size in sizes.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}


def proportional(sizes: Mapping[str, int]) -> dict[str, float]:
    """Draw each source in proportion to its size."""
    return temperature(sizes, 1)


def uniform(sizes: Mapping[str, int]) -> dict[str, float]:
    """Draw each source equally often."""
    return temperature(sizes, float("inf"))


def together(main: str, others: Sequence[str], updates: int) -> Schedule:
    """Put a batch of every other source beside each main one; with none, a single task."""
    return [(main, *others)] * updates


def sampled(main: str, rates: Mapping[str, float], updates: int, seed: int) -> Schedule:
    """Draw one source for each update, until the main source has had its updates.

    Args:
        main: the main source.
        rates: how often each source is drawn, the main one too; they add up to 1.
        updates: of the main source.
        seed: of the draws.

    Raises:
        ValueError: if the rates do not add up to 1, or the main source is never drawn.
    """
    _check(rates)
    if not rates.get(main, 0) > 0:
        raise ValueError(f"the main source {main!r} is never drawn: {dict(rates)}")
    draw, names, shares = np.random.default_rng([3, seed]), list(rates), list(rates.values())
    schedule: Schedule = []
    left = updates
    while left:
        name = names[draw.choice(len(names), p=shares)]
        schedule.append((name,))
        left -= name == main
    return schedule


def sentences(schedule: Schedule, sizes: Mapping[str, int]) -> int:
    """Return how many sentences a schedule takes, for batches of the given sizes."""
    return sum(sizes[name] for update in schedule for name in update)


def equal_total_work(schedule: Schedule, sizes: Mapping[str, int], total: int) -> Schedule:
    """Cut a schedule after the last update with which it stays within ``total`` sentences.

    Args:
        schedule: the updates.
        sizes: sentences in a batch of each source.
        total: sentences that single-task training takes, see :func:`sentences`.

    Raises:
        ValueError: if not even one update is left, or the schedule is too short to be cut.
    """
    if sentences(schedule, sizes) < total:
        raise ValueError(f"the schedule has fewer than {total} sentences: nothing to cut")
    work = np.cumsum([sentences([update], sizes) for update in schedule])
    kept = int(np.searchsorted(work, total, side="right"))
    if not kept:
        raise ValueError(f"no update has at most {total} sentences")
    return schedule[:kept]


def _check(rates: Mapping[str, float]) -> None:
    if min(rates.values(), default=-1) < 0 or abs(sum(rates.values()) - 1) > 1e-9:
        raise ValueError(f"rates must add up to 1: {dict(rates)}")
