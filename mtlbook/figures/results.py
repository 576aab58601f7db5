"""Figures of results: paired differences, learning curves, and a dial over recorded cells."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from mtlbook.evaluation.differences import Differences, signed
from mtlbook.figures.style import COLOURS, INK, SOFT, direct_label


def dots(
    found: Differences, colours: Mapping[str, str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw each arm's difference to the baseline: a dot per pair, the mean and its interval.

    Better is to the right; the means stand in numbers at the right margin.

    Args:
        found: of :func:`~mtlbook.evaluation.differences`, with one column.
        colours: a colour for each arm to be drawn, in this order from the top; all arms in the
            colours of the book, if not given.
        ax: where to draw; a new figure, if not given.

    Raises:
        ValueError: if there are several columns: these want one figure each, or a dial.
    """
    if not found.single:
        raise ValueError(f"several columns, {found.columns}: draw one of them, or use dial")
    colours = colours or _colours(found.arms)
    ax = ax or plt.subplots(figsize=(5.8, 1.0 + 0.42 * len(colours)))[1]
    ax.axvline(0, color=SOFT, lw=1)
    for row, (arm, colour) in enumerate(colours.items()):
        pairs, mean = np.sort(found.each[arm].to_numpy()), found[arm]
        heights = row - 0.28 + 0.12 * _spread(len(pairs))
        ax.plot(pairs, heights, "o", color=colour, ms=3, alpha=0.35, mew=0)
        ax.plot([mean.low, mean.high], [row, row], color=colour, lw=4, solid_capstyle="butt")
        ax.plot(mean.difference, row, "o", color=colour, ms=8, mec="white")
        ax.annotate(
            signed(mean.difference, found.digits),
            (1, row),
            (4, 0),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=10,
        )
    ax.set_yticks(range(len(colours)), list(colours))
    for tick, colour in zip(ax.get_yticklabels(), colours.values(), strict=True):
        tick.set_color(colour)
    ax.set_ylim(len(colours) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(f"difference to {found.baseline} (better →)")
    wide = ax.get_window_extent().width / ax.figure.dpi
    ax.locator_params(axis="x", nbins=max(2, round(wide / 0.8)))  # figures keep off each other
    if found.lower:
        ax.invert_xaxis()
    return ax


def curves(
    steps: Sequence[float] | np.ndarray,
    values: Mapping[str, np.ndarray],
    colours: Mapping[str, str] | None = None,
    *,
    ax: Axes | None = None,
    dashed: Collection[str] = (),
    lowest: bool = False,
) -> Axes:
    """Draw learning curves: the mean over seeds, with its 95 % interval as a band.

    Args:
        steps: the update of each look, ``(C,)``.
        values: for each label a value at each look, of one network ``(C,)`` or of S ``(C, S)``.
        colours: a colour for each label; those of the book, if not given.
        ax: where to draw; a new figure, if not given.
        dashed: the labels of dashed lines, as for training losses.
        lowest: whether to mark the lowest point of each line that is not dashed, where early
            stopping on the mean would stop.
    """
    colours = colours or _colours(values)
    ax = ax or plt.subplots()[1]
    ends = {}
    for label, value in values.items():
        mean = value if value.ndim == 1 else value.mean(axis=1)
        thin = label in dashed
        ax.plot(steps, mean, color=colours[label], lw=1.4 if thin else 2, ls="--" if thin else "-")
        if value.ndim == 2 and value.shape[1] > 1:
            half = stats.t.ppf(0.975, value.shape[1] - 1) * stats.sem(value, axis=1)
            ax.fill_between(steps, mean - half, mean + half, color=colours[label], alpha=0.2, lw=0)
        if lowest and not thin:
            best = int(np.argmin(mean))
            ax.plot(steps[best], mean[best], "o", color=colours[label], ms=7)
        ends[label] = float(mean[-1])
    _label_ends(ax, float(steps[-1]), ends, colours)
    ax.set_xlabel("updates")
    return ax


def dial(
    found: Differences, colours: Mapping[str, str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw how the differences to the baseline change along a dial, with their intervals.

    Args:
        found: of :func:`~mtlbook.evaluation.differences`, ``across`` the numbers of the dial.
        colours: a colour for each arm to be drawn; all arms in those of the book, if not given.
        ax: where to draw; a new figure, if not given.

    Raises:
        ValueError: if the columns are no numbers.
    """
    try:
        places = {float(column): column for column in found.columns}
    except ValueError as problem:
        raise ValueError(f"a dial has numbers, not {found.columns}") from problem
    colours = colours or _colours(found.arms)
    ax = ax or plt.subplots()[1]
    ax.axhline(0, color=SOFT, lw=1)
    ends = {}
    for arm, colour in colours.items():
        cells = {x: c for x, name in sorted(places.items()) if (c := found.at(arm, name))}
        ax.plot(list(cells), [c.difference for c in cells.values()], "o-", color=colour, lw=2)
        low, high = [c.low for c in cells.values()], [c.high for c in cells.values()]
        ax.fill_between(list(cells), low, high, color=colour, alpha=0.15, lw=0)
        ends[arm] = list(cells.values())[-1].difference
    _label_ends(ax, max(places), ends, colours)
    ax.set_xticks(sorted(places))
    ax.set_ylabel(f"difference to {found.baseline}")
    if found.lower:
        ax.invert_yaxis()
    return ax


def _colours(labels: Collection[str]) -> dict[str, str]:
    """The colours of the book for the arms that have one, ink for the others."""
    return {label: COLOURS.get(label, INK) for label in labels}


def _label_ends(ax: Axes, x: float, ends: Mapping[str, float], colours: Mapping[str, str]) -> None:
    """Write each label beside the end of its line, moved up or down until none hides another."""
    order = sorted(ends, key=lambda label: ends[label])
    heights = [float(ax.transData.transform((x, ends[label]))[1]) for label in order]
    free = apart(heights, 13 * ax.figure.dpi / 72)
    for label, height, new in zip(order, heights, free, strict=True):
        shift = (new - height) * 72 / ax.figure.dpi
        direct_label(ax, x, ends[label], label, colours[label], xytext=(5, shift))


def apart(places: Sequence[float], gap: float) -> np.ndarray:
    """Return ascending places, moved as little as need be until each is a gap above the last.

    Args:
        places: in ascending order.
        gap: the least distance.
    """
    # Without the gaps it is the nearest ascending sequence: pools of neighbours take their mean.
    pools: list[list[float]] = []
    for place in np.asarray(places) - gap * np.arange(len(places)):
        pools.append([place])
        while len(pools) > 1 and np.mean(pools[-2]) >= np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    nearest: np.ndarray = np.concatenate([np.full(len(pool), np.mean(pool)) for pool in pools])
    nearest += gap * np.arange(len(places))
    return nearest


def _spread(n: int) -> np.ndarray:
    """Vertical offsets that keep neighbours in a sorted list apart, always the same ones."""
    offsets: np.ndarray = np.arange(n) * 0.618 % 1 - 0.5
    return offsets
