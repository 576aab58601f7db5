"""One look for every figure, and one colour for every method, in the whole book."""

from __future__ import annotations

import seaborn as sns
from matplotlib.axes import Axes

WIDTH, HEIGHT = 5.8, 3.4
"""Size of a figure in inches; at this width labels of 10 points can be read on a phone."""

COLOURS = {
    "single task": "#4d4d4d",
    "hard sharing": "#0072b2",
    "mean-regularised": "#007f5c",
    "pooled": "#b35900",
    "firm intercept": "#a8568c",
    "as input": "#b35900",
    "copied": "#a8568c",
    "shuffled": "#c23b22",
    "redundant": "#8a3ffc",
    "low supervision": "#b35900",
    "trace norm": "#8a3ffc",
    "cross-stitch": "#a8568c",
    "sluice": "#9000f0",
    "weighted losses": "#b35900",
    "weighted gradients": "#a8568c",
}
"""Colour-blind safe, and 4.5 to 1 or better against white, so that labels may carry them."""

INK = "#262626"
SOFT = "#8a8a8a"


def use_style() -> None:
    """Set the style for all figures that follow, and keep their size fixed in notebooks."""
    sns.set_theme(
        style="ticks",
        rc={
            "figure.figsize": (WIDTH, HEIGHT),
            "figure.dpi": 150,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.labelsize": 11,
            "axes.titlelocation": "left",
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": SOFT,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
        },
    )
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:  # a notebook would crop each figure to its own size
        set_matplotlib_formats("png", bbox_inches=None)


def direct_label(ax: Axes, x: float, y: float, text: str, colour: str, **kwargs: object) -> None:
    """Write a label next to a line, in the line's colour, a few points to the right."""
    place = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", **kwargs}
    ax.annotate(text, (x, y), color=colour, annotation_clip=False, **place)  # type: ignore[arg-type]
