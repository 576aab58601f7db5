"""The schematic of a sluice network, and of the cross-stitch network that it grew from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch
from numpy.typing import ArrayLike

from mtlbook.figures.schematic import PRIVATE, SHARED, Point, arrow, layer
from mtlbook.figures.style import COLOURS, INK

TRUNK, GAP = 3.4, 1.7
"""Width of a trunk, and of the space between two of them."""
FIRST, STEP = 3.0, 3.75
"""Height of the middle of the first layer, and from there to the next one."""
FAN = 1.7
"""Height of the lines of α, between a layer and what is made of it."""
BAR = 0.4
"""Height of what is made."""
AROUND = 0.8
"""How far outside of its trunk the way of a lower layer to the head runs."""


def sluice(
    ax: Axes,
    inputs: str,
    tasks: Sequence[str],
    *,
    left: float = 0.0,
    layers: int = 2,
    subspaces: int = 2,
    alpha: ArrayLike | None = None,
    beta: ArrayLike | None = None,
    mix_layers: bool = True,
    colour: str = COLOURS["sluice"],
) -> None:
    """Draw trunks whose parts are mixed after every layer; the wider a line, the more it carries.

    With ``subspaces=1`` and ``mix_layers=False`` it is a cross-stitch network.

    Args:
        ax: where to draw; it is left with just enough room.
        inputs: label of the input.
        tasks: label of each output.
        left: where the first trunk begins, to draw a second network into the same axes.
        layers: of each trunk.
        subspaces: into how many parts each layer is cut.
        alpha: ``(layers, parts, parts)``, parts numbered task by task: row i says what the new
            part i is made of. By default .9 of itself, and .1 of all others together.
        beta: ``(tasks, layers)``: what each head gets of each layer. By default .9 of the last
            one, and .1 of all others together.
        mix_layers: whether β is there; else the heads are on the last layer.
        colour: of all that is mixed.

    Raises:
        ValueError: if the weights do not have these shapes.
    """
    parts = len(tasks) * subspaces
    alphas = _weights("alpha", alpha, (layers, parts, parts), np.eye(parts))
    betas = _weights("beta", beta, (len(tasks), layers), np.eye(layers)[-1:])
    trunks = [left + TRUNK / 2 + t * (TRUNK + GAP) for t in range(len(tasks))]
    width = _width(len(tasks))
    middle = left + width / 2
    ax.text(middle, 0, inputs, ha="center", va="center")
    arrow(ax, (middle, 0.3), (middle, 0.8))
    layer(ax, (middle, 1.3), width, "word vectors", shared=True)
    for k in range(layers):
        y = FIRST + k * STEP
        for x in trunks:
            arrow(ax, (x, _made(k - 1) + BAR / 2 if k else 1.8), (x, y - 0.5))
            _trunk_layer(ax, (x, y), k + 1, subspaces)
        for one, other in pairwise(trunks):
            if subspaces > 1:
                ax.text((one + other) / 2, y, f"layer\n{k + 1}", ha="center", va="center",
                        color=PRIVATE, fontsize=10)  # fmt: skip
        _fan(ax, trunks, k, alphas[k], colour)
    top = _made(layers - 1) + BAR / 2 + (1.6 if mix_layers else 0.7)
    for x, task, weights in zip(trunks, tasks, betas, strict=True):
        if mix_layers:
            _ways_to_head(ax, (x, top), -1 if x < middle else 1, weights, colour)
        else:
            arrow(ax, (x, top - 0.7), (x, top))
        layer(ax, (x, top + 0.5), 2.0, "head", shared=False)
        arrow(ax, (x, top + 1.0), (x, top + 1.6))
        ax.text(x, top + 1.9, task, ha="center", va="center")
    margin = AROUND + 0.3 if mix_layers and layers > 1 else 0.2
    ax.set_xlim((ax.get_xlim()[0] if left else -margin), left + width + margin)
    ax.set_ylim(-0.5, top + 2.4)
    ax.set_aspect("equal")
    ax.axis("off")


def miniature(
    ax: Axes, trunks: int, flow: float = 0.0, learned: bool = False, wide: bool = False
) -> None:
    """Draw what two tasks share in a network, small enough to stand beside a row of results.

    Args:
        ax: where to draw; it is left with just enough room.
        trunks: 2, one for each task; 1 for both, or 0 for a single task.
        flow: how much two trunks exchange at the start, from 0 to 1: the width of the line.
        learned: whether the exchange is learned, a broken line, or frozen, a whole one.
        wide: whether a trunk for both tasks is as wide as two.
    """
    for side in (-1, 1) if trunks == 2 else (0,):
        corner, width = (side - 0.45, 0.0), 0.9
        colour = SHARED if trunks == 1 else PRIVATE
        if trunks == 1:
            width = 2.9 if wide else 2.2
            corner = (-width / 2, 0.0)
        style = "round,pad=0,rounding_size=0.15"
        ax.add_patch(FancyBboxPatch(corner, width, 1, style, facecolor=colour, edgecolor="none"))
    for side in (-1, 1) if trunks else (0,):
        ax.plot([side, side], [1, 1.45], color=INK, lw=1)
    if flow:
        dashes = (0, (1.2, 0.8)) if learned else "-"
        (line,) = ax.plot([-0.55, 0.55], [0.5, 0.5], color=COLOURS["sluice"], linestyle=dashes)
        line.set(linewidth=0.8 + 5 * flow, solid_capstyle="butt", dash_capstyle="butt")
    ax.set(xlim=(-1.6, 1.6), ylim=(-0.1, 1.55))
    ax.axis("off")


def _width(tasks: int) -> float:
    return tasks * TRUNK + (tasks - 1) * GAP


def _weights(
    name: str, given: ArrayLike | None, shape: tuple[int, ...], mostly: np.ndarray
) -> np.ndarray:
    """Return the weights; by default .9 where ``mostly`` is 1, and equal shares of .1 elsewhere."""
    if given is None:
        others = max(shape[-1] - 1, 1)
        return np.broadcast_to(np.where(mostly == 1, 0.9, 0.1 / others), shape)
    weights = np.asarray(given, dtype=float)
    if weights.shape != shape:
        raise ValueError(f"{name}: expected the shape {shape}, got {weights.shape}")
    return weights


def _made(k: int) -> float:
    """Return the height of the middle of what is made of layer ``k``, counted from 0."""
    return FIRST + k * STEP + 0.5 + FAN + BAR / 2


def _line_width(weight: float) -> float:
    return float(0.8 + 4.2 * min(abs(weight), 1.5))


def _places(centre: float, parts: int) -> np.ndarray:
    """Return the middle of each part of a trunk."""
    return np.asarray(centre + TRUNK * ((np.arange(parts) + 0.5) / parts - 0.5))


def _cut(ax: Axes, centre: Point, height: float, parts: int) -> None:
    x, y = centre
    for place in x + TRUNK * (np.arange(1, parts) / parts - 0.5):
        ends = [y - height / 2, y + height / 2]
        ax.plot([place, place], ends, color="white", lw=2, solid_capstyle="butt")


def _trunk_layer(ax: Axes, centre: Point, k: int, parts: int) -> None:
    layer(ax, centre, TRUNK, f"layer {k}" if parts == 1 else "", shared=False)
    _cut(ax, centre, 1, parts)
    for s, place in enumerate(_places(centre[0], parts) if parts > 1 else ()):
        ax.text(place, centre[1], f"part {s + 1}", ha="center", va="center", color="white",
                fontsize=10)  # fmt: skip


def _fan(ax: Axes, trunks: Sequence[float], k: int, alpha: np.ndarray, colour: str) -> None:
    """Draw a line from each part to each new part, and the new parts, task by task."""
    parts = len(alpha) // len(trunks)
    places = np.concatenate([_places(x, parts) for x in trunks])
    bottom, made = FIRST + k * STEP + 0.5, _made(k)
    for new, row in zip(places, alpha, strict=True):
        for old, weight in zip(places, row, strict=True):
            ends = [bottom, made - BAR / 2]
            ax.plot([old, new], ends, color=colour, lw=_line_width(weight), zorder=0.5)
    for x in trunks:
        corner = (x - TRUNK / 2, made - BAR / 2)
        style = "round,pad=0,rounding_size=0.12"
        ax.add_patch(FancyBboxPatch(corner, TRUNK, BAR, style, facecolor=colour, edgecolor="none"))
        _cut(ax, (x, made), BAR, parts)
    ax.text(places[-1] + 0.3, made - BAR / 2 - FAN / 2, "α", ha="left", va="center",
            color=colour, fontsize=13)  # fmt: skip


def _ways_to_head(ax: Axes, head: Point, outwards: int, beta: np.ndarray, colour: str) -> None:
    """Draw what a head gets of each layer, and where it is added up."""
    x, y = head
    y -= 0.75
    edge = x + outwards * TRUNK / 2
    side = edge + outwards * AROUND
    for k, weight in enumerate(beta):
        start = _made(k)
        last = k == len(beta) - 1
        xs, ys = ([x, x], [start, y]) if last else ([edge, side, side, x], [start, start, y, y])
        ax.plot(xs, ys, color=colour, lw=_line_width(weight), zorder=0.5)
    ax.add_patch(Circle((x, y), 0.24, facecolor=colour, edgecolor="none"))
    arrow(ax, (x, y + 0.2), (x, y + 0.75))
    ax.text(x + outwards * 0.75 * TRUNK / 2, y + 0.15, "β", ha="center", va="bottom",
            color=colour, fontsize=13)  # fmt: skip
