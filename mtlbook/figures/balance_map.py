"""A map of multi-task methods by what they change: network, weights, gradients or data."""

from __future__ import annotations

from matplotlib.axes import Axes

from mtlbook.figures.style import COLOURS, INK

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
        ax.plot([left, left + 4.4], [top - 0.85] * 2, color="#8a8a8a", lw=1)
        for row, (name, year) in enumerate(methods):
            y, colour = top - 1.15 - 0.86 * row, old if name in IN_RUDER else new
            ax.text(left, y, name, color=colour, fontsize=10.5, va="top")
            ax.text(left + 4.4, y, str(year), color=colour, fontsize=10.5, va="top", ha="right")
    ax.text(0.0, -5.9, "grey: in Ruder’s overview of 2017", color=old, fontsize=10.5, va="top")
    ax.text(5.2, -5.9, "blue: since then", color=new, fontsize=10.5, va="top")
    ax.set_xlim(-0.1, 9.8)
    ax.set_ylim(-6.7, 10.3)
    ax.axis("off")
