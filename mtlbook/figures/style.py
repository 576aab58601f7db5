"""One look for every figure, and one colour for every meaning, in the whole book."""

from __future__ import annotations

import seaborn as sns
from matplotlib.axes import Axes

WIDTH, HEIGHT = 5.8, 3.4
"""Size of a figure in inches; at this width labels of 10 points can be read on a phone."""

GREY, BLUE, NAVY, GREEN, MOSS, VIOLET, LILAC = (
    "#4d4d4d", "#0072b2", "#003d66", "#007f5c", "#5b7d1e", "#9000f0", "#c900db",
)  # fmt: skip
ROSE, PLUM, OCHRE, UMBER, BROWN, RED = (
    "#bf3f7f", "#6b1f55", "#966400", "#864703", "#5c3a00", "#c23b22",
)  # fmt: skip

MEANINGS: dict[str, dict[str, str]] = {
    "one task alone": {"single task": GREY},
    "hard sharing": {"hard sharing": BLUE, "pooled": NAVY, "low supervision": NAVY},
    "soft sharing": {"mean-regularised": GREEN, "firm intercept": MOSS, "trace norm": MOSS},
    "sluice networks": {"sluice": VIOLET, "cross-stitch": LILAC},
    "balanced tasks": {"weighted losses": ROSE, "weighted gradients": PLUM},
    "controls": {"copied": OCHRE, "redundant": UMBER, "as input": BROWN, "shuffled": BROWN},
    "harm": {"harm": RED},
}
"""What a colour means, the same in every chapter: kin have shades of one hue, red is harm alone."""

COLOURS = {name: shade for shades in MEANINGS.values() for name, shade in shades.items()}
"""Colour-blind safe, and 4.5 to 1 or better against white, so that labels may carry them.

The page gives each of them a lighter one in the dark: `book/_static/figures.css`.
"""

INK = "#262626"
SOFT = "#8a8a8a"
GROUND = "#ffffff"
"""Under the figure, around its markers, and of the words on its boxes; the page puts its own."""


def use_style() -> None:
    """Set the style for all figures that follow; a notebook stores them as SVG, at a fixed size.

    Words stay words, which a page sets in its own face; they are measured in the one that
    Matplotlib ships, so that a figure is the same wherever it is drawn.
    """
    sns.set_theme(
        style="ticks",
        rc={
            "figure.figsize": (WIDTH, HEIGHT),
            "figure.dpi": 150,
            "figure.facecolor": GROUND,
            "savefig.facecolor": GROUND,
            "axes.facecolor": "none",
            "figure.constrained_layout.use": True,
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
            "svg.fonttype": "none",
            "svg.hashsalt": "mtlbook",
            "font.size": 11,
            "axes.titlesize": 11,
            "axes.labelsize": 11,
            "axes.titlelocation": "left",
            "axes.unicode_minus": True,
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
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        set_matplotlib_formats("svg", bbox_inches=None, metadata=nothing)


def direct_label(ax: Axes, x: float, y: float, text: str, colour: str, **kwargs: object) -> None:
    """Write a label next to a line, in the line's colour, a few points to the right."""
    place = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", **kwargs}
    ax.annotate(text, (x, y), color=colour, annotation_clip=False, **place)  # type: ignore[arg-type]
