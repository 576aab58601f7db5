"""Learning curves: what early stopping sees."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mtlbook.figures.style import direct_label


def learning_curve(
    ax: Axes, steps: np.ndarray, losses: np.ndarray, label: str, colour: str, dashed: bool = False
) -> None:
    """Draw one network's loss against the step and mark the lowest point, where it is stopped.

    Args:
        ax: where to draw.
        steps: the step of each look, ``(C,)``.
        losses: the loss at each look, ``(C,)``.
        label: written at the end of the line.
        colour: of line and label.
        dashed: whether to dash the line, as for a training loss, and to mark no lowest point.
    """
    ax.plot(steps, losses, color=colour, lw=1.4 if dashed else 2, ls="--" if dashed else "-")
    if not dashed:
        best = int(np.argmin(losses))
        ax.plot(steps[best], losses[best], "o", color=colour, ms=7)
    direct_label(ax, steps[-1], losses[-1], label, colour)
