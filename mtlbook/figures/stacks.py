"""Schematics of taggers: which layers two tasks share, and where their heads sit."""

from __future__ import annotations

from matplotlib.axes import Axes

from mtlbook.figures.schematic import PRIVATE, SHARED, Point, arrow, layer
from mtlbook.figures.style import INK

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
