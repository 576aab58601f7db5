"""Schematics of networks, in one visual vocabulary, and a map of the methods.

A rounded box is a layer; blue is shared by all tasks, grey belongs to one of them; a plain label
is data. Signals run upwards.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from mtlbook.figures.style import COLOURS, INK, SOFT

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


STEP = 1.6
"""From the middle of a layer to the middle of the next."""


def stack(
    ax: Axes, left: float, main: str, aux: str, *, split: int, layers: int = 2, low: bool = False
) -> None:
    """Draw a tagger of two tasks that share the words' vectors and the lowest ``split`` layers.

    Args:
        ax: where to draw.
        left: left edge; the drawing is four units wide, with ``low`` five and a half.
        main: label of the main task's output.
        aux: label of the auxiliary task's output.
        split: how many layers are shared.
        layers: layers of each task.
        low: whether the auxiliary head sits on the first layer; those above are the main task's.
    """
    middle = left + 2
    columns = (middle, middle) if low else (left + 1, left + 3)
    ax.text(middle, 0, "words", ha="center", va="center")
    arrow(ax, (middle, 0.3), (middle, 1.0))
    for k in range(layers + 1):
        y, text = 1.5 + STEP * k, f"layer {k}" if k else "vectors"
        for x in {middle} if k <= split else set(columns):
            if k:
                arrow(ax, (x, y - STEP + 0.5), (x, y - 0.5))
            layer(ax, (x, y), 3.6 if x == middle else 1.7, text, shared=k <= split)
    top = 1.5 + STEP * layers
    _head(ax, (columns[0], top + 0.5), main)
    if low:
        side = left + 4.75
        ax.plot([left + 3.8, side], [1.5 + STEP] * 2, color=INK, lw=1.2)
        _head(ax, (side, 1.5 + STEP), aux)
    else:
        _head(ax, (columns[1], top + 0.5), aux)


def where_to_split(ax: Axes, main: str, aux: str) -> None:
    """Draw hard sharing, a split after the first layer, and low supervision side by side."""
    drawings = [
        ("all layers shared", 0.0, {"split": 2}),
        ("split after layer 1", 5.0, {"split": 1}),
        ("low supervision", 10.0, {"split": 1, "low": True}),
    ]
    for title, left, options in drawings:
        stack(ax, left, main, aux, **options)  # type: ignore[arg-type]
        ax.text(left + 2, 8.9, title, ha="center", va="center", color=SHARED)
    ax.text(15.6, 0, "shared", ha="right", va="center", color=SHARED, fontsize=10)
    ax.text(15.6, 0.7, "one task's own", ha="right", va="center", color=PRIVATE, fontsize=10)
    ax.set_xlim(-0.2, 15.8)
    ax.set_ylim(-0.5, 9.4)
    ax.set_aspect("equal")
    ax.axis("off")


def _head(ax: Axes, below: Point, task: str) -> None:
    x, y = below
    arrow(ax, (x, y), (x, y + 0.6))
    layer(ax, (x, y + 1.1), 1.5, "head", shared=False)
    arrow(ax, (x, y + 1.6), (x, y + 2.2))
    ax.text(x, y + 2.5, task, ha="center", va="center")


METHODS: dict[str, list[tuple[str, int]]] = {
    "the architecture": [
        ("deep relationship nets", 2015),
        ("cross-stitch units", 2016),
        ("low supervision", 2016),
        ("joint many-task", 2017),
        ("adaptive sharing", 2017),
        ("tensor factorisation", 2017),
        ("sluice networks", 2017),
        ("mixture of experts", 2018),
        ("adapters", 2019),
        ("AdaShare", 2020),
    ],
    "the weights of the losses": [
        ("uncertainty", 2018),
        ("GradNorm", 2018),
        ("DWA", 2019),
        ("sum of logs", 2019),
        ("random weights", 2022),
    ],
    "the gradients": [
        ("MGDA", 2018),
        ("PCGrad", 2020),
        ("CAGrad", 2021),
        ("Nash-MTL", 2022),
        ("UPGrad", 2024),
    ],
    "the data": [
        ("mixture ratios", 2019),
        ("temperature sampling", 2020),
        ("grouping of tasks", 2020),
        ("lookahead affinity", 2021),
    ],
}
"""What a method changes, and the methods with their years."""
IN_RUDER = {
    "deep relationship nets",
    "cross-stitch units",
    "low supervision",
    "joint many-task",
    "adaptive sharing",
    "tensor factorisation",
    "sluice networks",
    "uncertainty",
}
"""Those that the overview of 2017 has; uncertainty weighting was published as a preprint then."""
PLACES = [(0.0, 10.0), (5.2, 10.0), (5.2, 3.5), (0.0, -0.6)]


def balance_map(ax: Axes) -> None:
    """Draw the map: four lists, in grey what the overview of 2017 has, in blue what came since."""
    old, new = COLOURS["single task"], COLOURS["hard sharing"]
    for (place, methods), (left, top) in zip(METHODS.items(), PLACES, strict=True):
        ax.text(left, top, place, color=INK, fontsize=11.5, fontweight="bold", va="top")
        ax.plot([left, left + 4.4], [top - 0.85] * 2, color=SOFT, lw=1)
        for row, (name, year) in enumerate(methods):
            y, colour = top - 1.15 - 0.86 * row, old if name in IN_RUDER else new
            ax.text(left, y, name, color=colour, fontsize=10.5, va="top")
            ax.text(left + 4.4, y, str(year), color=colour, fontsize=10.5, va="top", ha="right")
    ax.text(0.0, -5.9, "grey: in Ruder’s overview of 2017", color=old, fontsize=10.5, va="top")
    ax.text(5.2, -5.9, "blue: since then", color=new, fontsize=10.5, va="top")
    ax.set_xlim(-0.1, 9.8)
    ax.set_ylim(-6.7, 10.3)
    ax.axis("off")
