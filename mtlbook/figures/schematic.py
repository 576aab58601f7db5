"""Schematics of networks, in one visual vocabulary.

A rounded box is a layer; blue is shared by all tasks, grey belongs to one of them; a plain label
is data. Signals run upwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from mtlbook.figures.style import COLOURS, INK

SHARED = COLOURS["hard sharing"]
PRIVATE = COLOURS["single task"]

Point = tuple[float, float]


def layer(ax: Axes, centre: Point, width: float, text: str, shared: bool) -> None:
    """Draw a layer as a box of height 1 around ``centre``."""
    x, y = centre
    colour = SHARED if shared else PRIVATE
    corner = (x - width / 2, y - 0.5)
    style = "round,pad=0,rounding_size=0.2"
    ax.add_patch(FancyBboxPatch(corner, width, 1, style, facecolor=colour, edgecolor="none"))
    ax.text(x, y, text, ha="center", va="center", color="white", fontsize=10)


def arrow(ax: Axes, start: Point, end: Point) -> None:
    """Draw the way of a signal."""
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.2})


def network(ax: Axes, left: float, inputs: str, trunk: str, tasks: Sequence[str]) -> None:
    """Draw a trunk with a head per task; the trunk is shared if there are several tasks.

    Args:
        ax: where to draw.
        left: left edge of the drawing; it is two units wide for each task.
        inputs: label of the input.
        trunk: label of the hidden layer.
        tasks: label of each output.
    """
    width = 2.0 * len(tasks)
    middle = left + width / 2
    ax.text(middle, 0, inputs, ha="center", va="center")
    arrow(ax, (middle, 0.3), (middle, 1.0))
    layer(ax, (middle, 1.55), width - 0.4, trunk, shared=len(tasks) > 1)
    for t, task in enumerate(tasks):
        x = left + 1 + 2 * t
        arrow(ax, (x, 2.1), (x, 2.8))
        layer(ax, (x, 3.35), 1.3, "head", shared=False)
        arrow(ax, (x, 3.9), (x, 4.5))
        ax.text(x, 4.8, task, ha="center", va="center")


def hard_sharing(ax: Axes, inputs: str, trunk: str, tasks: Sequence[str]) -> None:
    """Draw one network per task on the left and one shared by all tasks on the right."""
    for t, task in enumerate(tasks):
        network(ax, 2.2 * t, inputs, trunk, [task])
    start = 2.2 * len(tasks) + 1.5
    network(ax, start, inputs, trunk, tasks)
    ax.text(1.1 * len(tasks), 5.6, "one network per task", ha="center", color=PRIVATE)
    ax.text(start + len(tasks), 5.6, "hard sharing", ha="center", color=SHARED)
    ax.set_xlim(-0.2, start + 2 * len(tasks) + 0.2)
    ax.set_ylim(-0.5, 6.1)
    ax.set_aspect("equal")
    ax.axis("off")
