"""Paired differences against a baseline: every seed, the mean, and its interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mtlbook.evaluation import compare


def paired_differences(
    ax: Axes,
    scores: pd.DataFrame,
    baseline: str,
    colours: Mapping[str, str],
    *,
    lower_is_better: bool = False,
    spec: str = ".3f",
) -> None:
    """Draw each arm's difference to the baseline: a dot per seed, the mean and its 95 % interval.

    Args:
        ax: where to draw.
        scores: one row per seed, one column per arm.
        baseline: the column all others are compared with.
        colours: a colour for each arm; arms are drawn in this order, from the top.
        lower_is_better: turns the axis round, so that better is always to the right.
        spec: format of the mean written beside each interval.
    """
    ax.axvline(0, color="#8a8a8a", lw=1)
    for row, (arm, colour) in enumerate(colours.items()):
        difference = np.sort((scores[arm] - scores[baseline]).to_numpy())
        ax.plot(difference, row - 0.28 + 0.12 * _spread(len(difference)), "o", color=colour,
                ms=3, alpha=0.35, mew=0)  # fmt: skip
        result = compare(scores[arm], scores[baseline])
        ax.plot([result.low, result.high], [row, row], color=colour, lw=4, solid_capstyle="butt")
        ax.plot(result.difference, row, "o", color=colour, ms=8, mec="white")
        ax.annotate(format(result.difference, f"+{spec}"), (result.difference, row), (0, -15),
                    textcoords="offset points", ha="center", color=colour, fontsize=10)  # fmt: skip
    ax.set_yticks(range(len(colours)), list(colours))
    for tick, colour in zip(ax.get_yticklabels(), colours.values(), strict=True):
        tick.set_color(colour)
    ax.set_ylim(len(colours) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    if lower_is_better:
        ax.invert_xaxis()


def _spread(n: int) -> np.ndarray:
    """Vertical offsets that keep neighbours in a sorted list apart, always the same ones."""
    offsets: np.ndarray = np.arange(n) * 0.618 % 1 - 0.5
    return offsets
