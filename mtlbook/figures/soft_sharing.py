"""Hard sharing next to soft sharing: one trunk for two tasks, or two trunks and a spring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from mtlbook.figures.schematic import SHARED, Point, network
from mtlbook.figures.style import COLOURS

PULL = COLOURS["mean-regularised"]


def spring(ax: Axes, start: Point, end: Point, coils: int = 5) -> None:
    """Draw a pull between two layers as a spring; it is horizontal."""
    (left, y), (right, _) = start, end
    inner = np.linspace(left + 0.15 * (right - left), right - 0.15 * (right - left), 2 * coils + 1)
    zigzag = 0.22 * np.array([0, *[1, -1] * coils])
    zigzag[-1] = 0
    ax.plot(
        [left, *inner, right], [y, *(y + zigzag), y], color=PULL, lw=1.6, solid_joinstyle="round"
    )


def soft_sharing(ax: Axes, inputs: str, trunk: str, tasks: Sequence[str]) -> None:
    """Draw hard sharing on the left; on the right a network per task, drawn together.

    Args:
        ax: where to draw.
        inputs: label of the input.
        trunk: label of the hidden layers.
        tasks: label of each output.
    """
    network(ax, 0, inputs, trunk, tasks)
    start, step = 2.0 * len(tasks) + 1.6, 3.0
    for t, task in enumerate(tasks):
        network(ax, start + step * t, inputs, trunk, [task])
        if t:
            right = start + step * t
            for height, half in ((1.55, 0.8), (3.35, 0.65)):
                spring(ax, (right - step + 1 + half, height), (right + 1 - half, height))
    width = step * (len(tasks) - 1) + 2
    ax.text(len(tasks), 5.6, "hard sharing", ha="center", color=SHARED)
    ax.text(start + width / 2, 5.6, "soft sharing", ha="center", color=PULL)
    ax.text(start + width / 2, -0.9, "own layers, drawn together", ha="center", color=PULL)
    ax.text(len(tasks), -0.9, "one trunk for both", ha="center", color=SHARED)
    ax.set_xlim(-0.4, start + width + 0.2)
    ax.set_ylim(-1.4, 6.1)
    ax.set_aspect("equal")
    ax.axis("off")
