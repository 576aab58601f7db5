"""mtlbook.figures.readers: what is drawn, read back from the axes."""

from collections.abc import Callable
from itertools import combinations

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color
from matplotlib.patches import FancyBboxPatch, Rectangle

from mtlbook import figures
from mtlbook.figures.readers import RATIO, WEIGHTS
from mtlbook.figures.schematic import PRIVATE, SHARED

DRAWINGS = {
    "reader": (figures.reader, 8, 0),
    "mt_san": (figures.mt_san, 0, 3),
    "s_net": (figures.s_net, 3, 1),
    "v_net": (figures.v_net, 3, 1),
}


@pytest.fixture
def ax() -> Axes:
    figures.use_style()
    return plt.subplots()[1]


def boxes(ax: Axes, colour: str) -> list[FancyBboxPatch]:
    return [
        p
        for p in ax.patches
        if isinstance(p, FancyBboxPatch) and same_color(p.get_facecolor(), colour)
    ]


@pytest.mark.parametrize("name", DRAWINGS)
def test_blue_is_shared_grey_is_not(ax: Axes, name: str) -> None:
    draw, own, shared = DRAWINGS[name]
    draw(ax)
    assert len(boxes(ax, PRIVATE)) == own
    assert len(boxes(ax, SHARED)) == shared


@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_lies_on_anything_else_or_outside(ax: Axes, name: str) -> None:
    DRAWINGS[name][0](ax)
    ax.figure.canvas.draw()
    drawn = [p.get_window_extent() for p in ax.patches if isinstance(p, FancyBboxPatch)]
    written = [t for t in ax.texts if t.get_text()]
    places = [t.get_window_extent() for t in written]
    for one, other in (*combinations(drawn, 2), *combinations(places, 2)):
        assert not one.overlaps(other)
    whole = ax.figure.bbox
    for text, place in zip(written, places, strict=True):
        assert whole.x0 <= place.x0 < place.x1 <= whole.x1, text
        assert whole.y0 <= place.y0 < place.y1 <= whole.y1, text
        around = [box for box in drawn if box.overlaps(place)]
        assert all(box.x0 < place.x0 and place.x1 < box.x1 for box in around), text


def test_the_algorithms_differ_in_the_auxiliary_batches_alone(ax: Axes) -> None:
    figures.mt_san(ax)
    filled = [
        p
        for p in ax.patches
        if isinstance(p, Rectangle) and same_color(p.get_facecolor()[:3], SHARED)
    ]
    per_panel = 3 + len(WEIGHTS)
    assert len(filled) == 3 * per_panel
    panels = [
        [p.get_alpha() for p in filled[i * per_panel : (i + 1) * per_panel]] for i in range(3)
    ]
    for panel in panels:
        assert panel[:3] == [1, 1, 1]
    assert set(panels[0][3:]) == {1}
    assert sum(panels[1][3:]) == round(RATIO * len(WEIGHTS))
    assert panels[2][3:] == list(WEIGHTS)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_reader_has_a_box_for_each_look(ax: Axes, steps: int) -> None:
    figures.reader(ax, steps)
    assert [t.get_text() for t in ax.texts if t.get_text().startswith("look ")] == [
        f"look {t + 1}" for t in range(steps)
    ]


@pytest.mark.parametrize("draw", [figures.s_net, figures.v_net])
def test_the_scores_are_multiplied(ax: Axes, draw: Callable[[Axes], None]) -> None:
    draw(ax)
    assert [t.get_text() for t in ax.texts].count("×") == 1
