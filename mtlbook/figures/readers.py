"""Schematics of readers: their parts, and what else they learn beside the answer's place.

Blue is shared by several tasks or corpora, grey belongs to one of them. Signals run upwards.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle

from mtlbook.figures.schematic import PRIVATE, SHARED, Point, arrow, layer
from mtlbook.figures.style import INK

STEP = 1.7
"""From the middle of a layer to the middle of the next."""
RATIO = 0.5
"""The share of auxiliary batches that MT-SAN's second algorithm is drawn with."""
WEIGHTS = (0.85, 0.15, 0.6, 0.3, 0.7, 0.15)
"""The weights of auxiliary questions that its third one is drawn with."""


def reader(ax: Axes, steps: int = 3) -> None:
    """Draw a reader in the manner of SAN: from the texts to the mean of several looks."""
    left, right = 1.9, 6.6
    for x, text in ((left, "question"), (right, "passage")):
        ax.text(x, 0, text, ha="center", va="center")
        arrow(ax, (x, 0.35), (x, 1.0))
    layer(ax, (4.25, 1.5), 8.3, "encoder", shared=False)
    layer(ax, (left, 1.5 + STEP), 3.4, "one vector", shared=False)
    layer(ax, (right, 1.5 + STEP), 3.6, "attention", shared=False)
    layer(ax, (right, 1.5 + 2 * STEP), 3.6, "memory", shared=False)
    for x in (left, right):
        arrow(ax, (x, 2.0), (x, 1.0 + STEP))
    arrow(ax, (3.9, 2.0), (5.1, 1.0 + STEP))  # the words of the question
    arrow(ax, (right, 2.0 + STEP), (right, 1.0 + 2 * STEP))
    looks, top = 1.5 + 3.6 * STEP, 1.5 + 4.7 * STEP
    places = [left + (right - left) * t / max(steps - 1, 1) for t in range(steps)]
    rail = 2.3 + 2 * STEP
    ax.plot([right, right], [2.0 + 2 * STEP, rail], color=INK, lw=1.2)
    ax.plot([places[0] + 0.5, places[-1]], [rail, rail], color=INK, lw=1.2)
    for t, x in enumerate(places):
        arrow(ax, (x + 0.5 * (t == 0), rail), (x + 0.5 * (t == 0), looks - 0.5))
        layer(ax, (x, looks), 1.7, f"look {t + 1}", shared=False)
        arrow(ax, (x, looks + 0.5), (x, top - 0.5))
        if t:
            arrow(ax, (places[t - 1] + 0.85, looks), (x - 0.85, looks))
    arrow(ax, (left - 0.3, 2.0 + STEP), (left - 0.3, looks - 0.5))
    layer(ax, (4.25, top), 8.3, "mean of the looks", shared=False)
    for x, text in ((left, "start"), (right, "end")):
        arrow(ax, (x, top + 0.5), (x, top + 1.1))
        ax.text(x, top + 1.45, text, ha="center", va="center")
    _frame(ax, 8.6, top + 1.9)


def mt_san(ax: Axes) -> None:
    """Draw the three algorithms of MT-SAN: all batches, a share of them, and weighted questions."""
    titles = ("1: all batches", "2: a share", "3: weights")
    kept = round(RATIO * len(WEIGHTS))
    shares = ([1.0] * len(WEIGHTS), [1.0] * kept + [0.0] * (len(WEIGHTS) - kept), WEIGHTS)
    for number, (title, weights) in enumerate(zip(titles, shares, strict=True)):
        x = 5.4 * number
        ax.text(x + 0.85, 0, "target", ha="center", va="center")
        ax.text(x + 3.35, 0, "auxiliary", ha="center", va="center")
        for row in range(3):
            _batch(ax, (x + 0.85, 0.95 + 0.95 * row), 1.0)
        for i, weight in enumerate(weights):
            _batch(ax, (x + 2.85 + 1.0 * (i % 2), 0.95 + 0.95 * (i // 2)), weight)
        for place in (x + 0.85, x + 3.35):
            arrow(ax, (place, 3.4), (place, 4.1))
        layer(ax, (x + 2.4, 4.6), 4.8, "one reader", shared=True)
        arrow(ax, (x + 2.4, 5.1), (x + 2.4, 5.8))
        ax.text(x + 2.4, 6.15, "start, end", ha="center", va="center")
        ax.text(x + 2.4, 7.3, title, ha="center", va="center", color=SHARED)
    _frame(ax, 15.7, 7.8)


def s_net(ax: Axes) -> None:
    """Draw S-Net: a reader that also ranks passages, and a writer of answers behind it."""
    heads = _shared_reader(ax, ("passage?", "start, end"))
    product = 1.5 + 2.7 * STEP
    for x in heads:
        arrow(ax, (x, 2.0 + STEP), (5.0 + 0.35 * (-1 if x < 5 else 1), product - 0.25))
    _times(ax, (5.0, product))
    arrow(ax, (5.0, product + 0.4), (5.0, product + 1.0))
    ax.text(5.0, product + 1.35, "evidence: a span", ha="center", va="center")
    arrow(ax, (5.0, product + 1.7), (5.0, product + 2.3))
    layer(ax, (5.0, product + 2.8), 4.2, "synthesis", shared=False)
    arrow(ax, (5.0, product + 3.3), (5.0, product + 3.9))
    ax.text(5.0, product + 4.25, "the answer, as a sentence", ha="center", va="center")
    _frame(ax, 10.0, product + 4.7)


def v_net(ax: Axes) -> None:
    """Draw V-Net: boundaries, content and verification, whose product decides."""
    heads = _shared_reader(ax, ("start, end", "in answer?"))
    verify, product = 1.5 + 2 * STEP, 1.5 + 3.3 * STEP
    layer(ax, (heads[1], verify), 4.4, "verification", shared=False)
    arrow(ax, (heads[1], 2.0 + STEP), (heads[1], verify - 0.5))
    arrow(ax, (heads[0], 2.0 + STEP), (4.65, product - 0.25))
    arrow(ax, (heads[1], verify + 0.5), (5.35, product - 0.25))
    # What is in the answer counts in itself as well, past the verification.
    side = heads[1] - 2.2
    ax.plot([side, 5.0], [1.5 + STEP, 1.5 + STEP], color=INK, lw=1.2)
    arrow(ax, (5.0, 1.5 + STEP), (5.0, product - 0.4))
    _times(ax, (5.0, product))
    arrow(ax, (5.0, product + 0.4), (5.0, product + 1.0))
    ax.text(5.0, product + 1.35, "the answer: a span", ha="center", va="center")
    _frame(ax, 10.0, product + 1.8)


def _shared_reader(ax: Axes, heads: Sequence[str]) -> tuple[float, float]:
    """Draw a question and passages, the reader they share, and two heads; return their places."""
    texts = ((1.1, "question"), (4.0, "passage 1"), (7.1, "passage 2"), (9.3, "…"))
    for x, text in texts:
        ax.text(x, 0, text, ha="center", va="center")
        arrow(ax, (x, 0.35), (x, 1.0))
    layer(ax, (5.0, 1.5), 9.8, "reader", shared=True)
    places = 2.3, 7.7
    for x, text in zip(places, heads, strict=True):
        arrow(ax, (x, 2.0), (x, 1.0 + STEP))
        layer(ax, (x, 1.5 + STEP), 4.4, text, shared=False)
    return places


def _batch(ax: Axes, centre: Point, weight: float) -> None:
    """Draw a batch as a square, the darker the more it counts."""
    corner = (centre[0] - 0.35, centre[1] - 0.35)
    ax.add_patch(Rectangle(corner, 0.7, 0.7, facecolor=SHARED, alpha=weight, edgecolor="none"))
    ax.add_patch(Rectangle(corner, 0.7, 0.7, facecolor="none", edgecolor=PRIVATE, lw=1))


def _times(ax: Axes, centre: Point) -> None:
    ax.add_patch(Circle(centre, 0.4, facecolor="none", edgecolor=INK, lw=1.2))
    ax.text(*centre, "×", ha="center", va="center")


def _frame(ax: Axes, width: float, height: float) -> None:
    ax.set_xlim(-0.2, width + 0.2)
    ax.set_ylim(-0.5, height)
    ax.set_aspect("equal")
    ax.axis("off")
