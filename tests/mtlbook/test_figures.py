"""mtlbook.figures: what is drawn, read back from the axes."""

import io
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import same_color, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch

from mtlbook.evaluation.compare import compare
from mtlbook.evaluation.differences import differences
from mtlbook.figures import (
    COLOURS,
    curves,
    dial,
    direct_label,
    dots,
    hard_sharing,
    miniature,
    sluice,
    use_style,
    where_to_split,
)
from mtlbook.figures.results import apart
from mtlbook.figures.schematic import stack
from mtlbook.figures.sluice_network import BAR, FAN
from mtlbook.figures.style import HEIGHT, INK, WIDTH
from mtlbook.models.sluice import weights_at_start

ARMS = {name: COLOURS[name] for name in ("hard sharing", "copied", "shuffled")}
# Methods that stand in one figure.
TOGETHER = [
    ("single task", "hard sharing", "copied", "shuffled", "redundant"),
    ("single task", "mean-regularised", "pooled", "firm intercept"),
    ("single task", "hard sharing", "as input", "copied", "redundant"),
    ("single task", "hard sharing", "pooled", "copied"),
    ("single task", "hard sharing", "low supervision", "copied"),
    ("single task", "hard sharing", "mean-regularised", "pooled", "trace norm"),
    ("single task", "hard sharing", "low supervision", "cross-stitch", "sluice"),
    ("single task", "mean-regularised", "copied", "shuffled"),
    ("single task", "hard sharing", "mean-regularised", "copied"),
    ("single task", "hard sharing", "weighted losses", "weighted gradients"),
    ("single task", "hard sharing", "harm"),
]


@pytest.fixture
def ax() -> Axes:
    use_style()
    return plt.subplots()[1]


def draw(ax: Axes) -> None:
    """Draw the whole figure; a warning is an error here."""
    ax.figure.canvas.draw()


def scores(n: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    names = ["single task", *ARMS]
    means = [0.0, 1.0, 0.5, -0.5]
    return pd.DataFrame(rng.normal(means, 0.3, size=(n, 4)), columns=names, index=range(50, 50 + n))


# Style


def linear(colour: str) -> np.ndarray:
    """Linear RGB."""
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    return float(np.dot([0.2126, 0.7152, 0.0722], linear(colour)))


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast("white", "black") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)
    assert contrast("white", "#ff0000") == pytest.approx(4.0, abs=0.005)


@pytest.mark.parametrize("method", [*COLOURS, "ink"])
def test_every_colour_can_be_read_on_white(method: str) -> None:
    assert contrast({**COLOURS, "ink": INK}[method], "white") >= 4.5


@pytest.mark.parametrize("methods", TOGETHER, ids=lambda methods: methods[-1])
def test_methods_in_one_figure_have_colours_of_their_own(methods: tuple[str, ...]) -> None:
    for one, other in combinations(methods, 2):
        assert not same_color(COLOURS[one], COLOURS[other]), (one, other)


# How a colour looks to a reader without one kind of cone (Machado et al. 2009, severity 1).
SIGHT = {
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
TO_XYZ = np.array(
    [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
) / np.array([[0.9505], [1.0], [1.0888]])


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB."""
    t = TO_XYZ @ rgb
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def seen(colour: str, sight: str) -> np.ndarray:
    return lab(np.clip(np.array(SIGHT[sight]) @ linear(colour), 0, 1))


def test_red_and_green_look_alike_without_their_cones() -> None:
    reds_and_greens = np.array([seen(colour, "deuteranopia") for colour in ("#c04000", "#808000")])
    assert np.linalg.norm(np.diff(reds_and_greens, axis=0)) < 10
    assert np.linalg.norm(lab(linear("#c04000")) - lab(linear("#808000"))) > 50


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("methods", TOGETHER, ids=lambda methods: methods[-1])
def test_colours_in_one_figure_differ_to_the_colour_blind(
    methods: tuple[str, ...], sight: str
) -> None:
    for one, other in combinations(methods, 2):
        distance = np.linalg.norm(seen(COLOURS[one], sight) - seen(COLOURS[other], sight))
        assert distance > 10, (one, other)  # about four just noticeable steps


def test_every_colour_stands_in_some_figure() -> None:
    assert {method for methods in TOGETHER for method in methods} == set(COLOURS)


def test_the_background_is_white() -> None:
    mpl.rcParams.update({"figure.facecolor": "grey", "axes.facecolor": "grey"})
    use_style()
    for name in ("figure.facecolor", "savefig.facecolor"):
        assert same_color(mpl.rcParams[name], "white")
    assert mpl.rcParams["axes.facecolor"] == "none"  # one ground, which the page takes away


def test_the_drawn_background_is_white(ax: Axes) -> None:
    ax.axis("off")
    draw(ax)
    assert (np.asarray(ax.figure.canvas.buffer_rgba()) == 255).all()


def test_a_notebook_does_not_crop_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr("IPython.get_ipython", object)
    monkeypatch.setattr(
        "matplotlib_inline.backend_inline.set_matplotlib_formats",
        lambda *formats, **options: calls.append((formats, options)),
    )
    use_style()
    ((formats, options),) = calls
    assert (formats, options["bbox_inches"]) == (("svg",), None)


def svg() -> str:
    """A figure as a notebook stores it."""
    use_style()
    ax = plt.subplots()[1]
    ax.plot([-1, 1], [-1, 1])
    ax.set_title("words stay words")
    file = io.BytesIO()
    ax.figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue().decode()


def test_a_stored_figure_is_reproducible_with_words_and_true_minuses() -> None:
    picture = svg()
    assert picture == svg()
    assert ">words stay words<" in picture
    assert ">−1" in picture


def test_figures_have_one_size() -> None:
    use_style()
    assert plt.figure().get_size_inches().tolist() == [WIDTH, HEIGHT]


def test_a_label_stands_right_of_its_point_in_its_colour(ax: Axes) -> None:
    ax.plot([0, 1], [0, 1])
    direct_label(ax, 1, 1, "pooled", COLOURS["pooled"])
    draw(ax)
    (label,) = ax.texts
    assert label.get_text() == "pooled"
    assert same_color(label.get_color(), COLOURS["pooled"])
    point = ax.transData.transform((1, 1))
    box = label.get_window_extent()
    assert point[0] < box.x0 < point[0] + 20
    assert (box.y0 + box.y1) / 2 == pytest.approx(point[1], abs=2)


# Learning curves


def markers(ax: Axes) -> list[tuple[float, float]]:
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]))
        for line in ax.lines
        if line.get_marker() == "o"
    ]


def lines(ax: Axes) -> list[Line2D]:
    return [line for line in ax.lines if len(line.get_xdata()) > 1]


def test_a_learning_curve_marks_its_lowest_point(ax: Axes) -> None:
    steps, losses = np.array([0, 10, 20, 30, 40]), np.array([3.0, 2.0, 1.5, 1.8, 2.5])
    curves(steps, {"T1": losses}, ax=ax, lowest=True)
    draw(ax)
    (curve,) = lines(ax)
    assert curve.get_xdata().tolist() == steps.tolist()
    assert curve.get_ydata().tolist() == losses.tolist()
    assert markers(ax) == [(20, 1.5)]
    assert [(t.get_text(), t.xy) for t in ax.texts] == [("T1", (40, 2.5))]


def test_a_dashed_curve_has_no_mark(ax: Axes) -> None:
    curves([0, 1], {"train": np.array([2.0, 1.0])}, ax=ax, dashed=["train"], lowest=True)
    draw(ax)
    assert [line.get_linestyle() for line in ax.lines] == ["--"]
    assert markers(ax) == []


def test_curves_of_many_networks_have_the_interval_of_compare() -> None:
    values = np.random.default_rng(0).normal(size=(3, 8))
    ax = curves([0, 5, 10], {"hard sharing": values})
    (band,) = ax.collections
    (line,) = lines(ax)
    assert line.get_ydata() == pytest.approx(values.mean(axis=1))
    assert same_color(line.get_color(), COLOURS["hard sharing"])
    scores = pd.Series(values[1])
    expected = compare(scores, 0 * scores)
    edges = [y for x, y in band.get_paths()[0].vertices if x == 5]
    assert [min(edges), max(edges)] == pytest.approx([expected.low, expected.high])


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=8).map(sorted), st.floats(0.5, 20))
def test_labels_are_moved_apart_and_no_further(places: list[float], gap: float) -> None:
    moved = apart(places, gap)
    assert (np.diff(moved) >= gap - 1e-9).all()
    assert moved.mean() == pytest.approx(np.mean(places), abs=1e-9)
    if (np.diff(places) >= gap).all():
        assert moved == pytest.approx(places)


# Paired differences


def interval(ax: Axes, colour: str) -> Line2D:
    (line,) = [
        line
        for line in ax.lines
        if line.get_linewidth() == 4 and same_color(line.get_color(), colour)
    ]
    return line


@pytest.mark.parametrize("lower", [False, True])
def test_the_interval_that_is_drawn_is_the_one_of_compare(ax: Axes, lower: bool) -> None:
    table = scores()
    dots(differences(table, "single task", lower=lower), ARMS, ax=ax)
    draw(ax)
    for row, (arm, colour) in enumerate(ARMS.items()):
        expected = compare(table[arm], table["single task"])
        line = interval(ax, colour)
        assert line.get_xdata() == pytest.approx([expected.low, expected.high])
        assert line.get_ydata() == pytest.approx([row, row])
        assert (pytest.approx(expected.difference), row) in markers(ax)
    assert bool(ax.xaxis_inverted()) is lower


def test_every_seed_has_its_dot(ax: Axes) -> None:
    table = scores()
    dots(differences(table, "single task"), ARMS, ax=ax)
    clouds = [line for line in ax.lines if len(line.get_xdata()) == len(table)]
    for line, arm in zip(clouds, ARMS, strict=True):
        expected = sorted(table[arm] - table["single task"])
        assert sorted(line.get_xdata()) == pytest.approx(expected)
        assert len(set(line.get_ydata())) == len(table)  # none hides another


def test_the_arms_stand_in_order_from_the_top_in_their_colours(ax: Axes) -> None:
    dots(differences(scores(), "single task"), ARMS, ax=ax)
    draw(ax)
    labels = ax.get_yticklabels()
    assert [label.get_text() for label in labels] == list(ARMS)
    heights = [label.get_window_extent().y0 for label in labels]
    assert heights == sorted(heights, reverse=True)
    for label, colour in zip(labels, ARMS.values(), strict=True):
        assert same_color(label.get_color(), colour)


def test_the_mean_is_written_in_the_margin_with_a_true_minus() -> None:
    table = scores()
    ax = dots(differences(table, "single task", digits=2))
    draw(ax)
    means = [(table[arm] - table["single task"]).mean() for arm in table.columns[1:]]
    assert [text.get_text() for text in ax.texts] == [
        f"{mean:+.2f}".replace("-", "−") for mean in means
    ]
    right = ax.get_window_extent().x1
    assert all(text.get_window_extent().x0 >= right for text in ax.texts)


def test_dots_are_of_one_column_and_a_dial_of_numbers() -> None:
    both = differences({"inside": scores(), "outside": scores()}, "single task")
    with pytest.raises(ValueError, match="use dial"):
        dots(both)
    with pytest.raises(ValueError, match="a dial has numbers"):
        dial(both)


def test_a_dial_has_a_line_for_each_arm_and_a_band_for_its_intervals() -> None:
    tables = {0.5: scores(), 0.0: scores()[["single task", "copied"]] + 1, 1.0: scores()}
    found = differences(tables, "single task", lower=True)
    ax = dial(found, ARMS)
    draw(ax)
    drawn = {text.get_text(): line for text, line in zip(ax.texts, lines(ax)[1:], strict=False)}
    assert {text.get_text() for text in ax.texts} == set(ARMS)
    assert len(drawn) == len(ax.collections) == len(ARMS)
    by_colour = {line.get_color(): line for line in lines(ax)[1:]}
    assert by_colour[ARMS["copied"]].get_xdata() == pytest.approx([0, 0.5, 1])
    assert by_colour[ARMS["hard sharing"]].get_xdata() == pytest.approx([0.5, 1])
    middle = found["copied", 0.5]
    assert by_colour[ARMS["copied"]].get_ydata()[1] == pytest.approx(middle.difference)
    assert ax.yaxis_inverted()


# The schematic


@pytest.mark.parametrize("tasks", [("T1", "T2"), ("T1", "T2", "T3")], ids=len)
def test_hard_sharing_has_a_trunk_for_all_and_a_head_for_each(
    ax: Axes, tasks: tuple[str, ...]
) -> None:
    hard_sharing(ax, "x", "trunk", tasks)
    draw(ax)
    words = [text.get_text() for text in ax.texts]
    # Each task has a network of its own on the left, and all share the one on the right.
    assert words.count("head") == 2 * len(tasks)
    assert words.count("trunk") == words.count("x") == len(tasks) + 1
    for task in tasks:
        assert words.count(task) == 2
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    shared = [box for box in boxes if same_color(box.get_facecolor(), COLOURS["hard sharing"])]
    private = [box for box in boxes if same_color(box.get_facecolor(), COLOURS["single task"])]
    assert len(shared) == 1
    assert len(private) == len(boxes) - 1 == 3 * len(tasks)
    left, right = shared[0].get_x(), shared[0].get_x() + shared[0].get_width()
    above = [box for box in private if left <= box.get_x() and box.get_x() + 1 <= right]
    assert len(above) == len(tasks)


def test_nothing_of_the_schematic_is_cut_off_or_overlaps(ax: Axes) -> None:
    hard_sharing(ax, "x", "trunk", ["T1", "T2", "T3"])
    draw(ax)
    frame = ax.get_window_extent()
    boxes = [p.get_window_extent() for p in ax.patches if isinstance(p, FancyBboxPatch)]
    texts = [text.get_window_extent() for text in ax.texts if text.get_text()]
    for extent in (*boxes, *texts):
        assert frame.x0 <= extent.x0
        assert extent.x1 <= frame.x1
        assert frame.y0 <= extent.y0
        assert extent.y1 <= frame.y1
    for group in (boxes, texts):
        for one, other in combinations(group, 2):
            assert not one.overlaps(other)


# Where taggers split


def boxes(ax: Axes) -> list[tuple[bool, float]]:
    """Whether each layer is shared, and its height."""
    return [(same_color(p.get_facecolor(), COLOURS["hard sharing"]), p.get_y())
            for p in ax.patches if isinstance(p, FancyBboxPatch)]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "shared", "own"),
    [
        ({"split": 2}, 3, 2),
        ({"split": 1}, 2, 4),
        ({"split": 0}, 1, 6),
        ({"split": 1, "low": True}, 2, 3),
        ({"split": 3, "layers": 3}, 4, 2),
    ],
)
def test_a_stack_has_a_box_for_each_layer_and_head(
    ax: Axes, options: dict[str, int], shared: int, own: int
) -> None:
    stack(ax, 0, "chunk", "POS", **options)
    found = [is_shared for is_shared, _ in boxes(ax)]
    assert (sum(found), len(found) - sum(found)) == (shared, own)


def test_a_low_head_sits_beside_the_first_layer(ax: Axes) -> None:
    stack(ax, 0, "chunk", "POS", split=1, low=True)
    heights = {t.get_text(): t.get_position()[1] for t in ax.texts}
    assert heights["layer 1"] < heights["POS"] < heights["chunk"]


def test_the_three_splits_stand_side_by_side(ax: Axes) -> None:
    where_to_split(ax, "chunk", "POS")
    texts = [t.get_text() for t in ax.texts]
    assert texts.count("chunk") == texts.count("POS") == 3
    assert {"all layers shared", "split after layer 1", "low supervision"} <= set(texts)
    draw(ax)


# Sluice networks


def fans(ax: Axes, colour: str = COLOURS["sluice"]) -> dict[tuple[float, float, float], float]:
    """The width of each line of α, by its height, where it begins and where it ends."""
    lines = [line for line in ax.lines if same_color(line.get_color(), colour)]
    rising = [line for line in lines if np.ptp(line.get_ydata()) == pytest.approx(FAN)]
    return {
        tuple(float(round(v, 3)) for v in (line.get_ydata()[0], *line.get_xdata())): (
            line.get_linewidth()
        )
        for line in rising
    }


def filled(ax: Axes, colour: str, height: float) -> list[FancyBboxPatch]:
    return [
        p
        for p in ax.patches
        if isinstance(p, FancyBboxPatch)
        and same_color(p.get_facecolor(), colour)
        and p.get_height() == pytest.approx(height)
    ]


@pytest.mark.parametrize("tasks", [("A", "B"), ("A", "B", "C")], ids=len)
@pytest.mark.parametrize("subspaces", [1, 2, 3])
@pytest.mark.parametrize("layers", [1, 2])
def test_every_part_of_a_layer_is_mixed_into_every_new_one(
    ax: Axes, tasks: tuple[str, ...], subspaces: int, layers: int
) -> None:
    sluice(ax, "words", tasks, layers=layers, subspaces=subspaces)
    parts = len(tasks) * subspaces
    found = fans(ax)
    assert len(found) == layers * parts**2  # each pair once
    assert {len({key[i] for key in found}) for i in (1, 2)} == {parts}
    # A trunk for each task, its layers and its head; what is made of each; the words are shared.
    assert len(filled(ax, COLOURS["single task"], 1)) == len(tasks) * (layers + 1)
    assert len(filled(ax, COLOURS["sluice"], BAR)) == len(tasks) * layers
    assert len(filled(ax, COLOURS["hard sharing"], 1)) == 1
    assert [t.get_text() for t in ax.texts].count("α") == layers


def test_a_line_is_as_wide_as_row_and_column_of_alpha_say(ax: Axes) -> None:
    alpha = np.arange(32).reshape(2, 4, 4) / 32
    alpha[1] = -alpha[1]
    sluice(ax, "words", ("A", "B"), alpha=alpha)
    found = fans(ax)
    heights, places = (sorted({key[i] for key in found}) for i in (0, 1))
    for k, new, old in np.ndindex(alpha.shape):
        width = found[heights[k], places[old], places[new]]
        assert width == pytest.approx(0.8 + 4.2 * abs(alpha[k, new, old])), (k, new, old)


def test_without_weights_the_start_is_drawn(ax: Axes) -> None:
    sluice(ax, "words", ("A", "B"))
    start = weights_at_start(4, "imbalanced").repeat(2, 1, 1).numpy()
    other = plt.figure().add_subplot()
    sluice(other, "words", ("A", "B"), alpha=start, beta=[[0.1, 0.9]] * 2)
    assert [line.get_linewidth() for line in ax.lines] == pytest.approx(
        [line.get_linewidth() for line in other.lines], abs=1e-6
    )


def test_beta_leads_from_every_layer_to_every_head(ax: Axes) -> None:
    beta = np.array([[0.2, 0.4], [0.6, 0.8]])
    sluice(ax, "words", ("A", "B"), beta=beta)
    draw(ax)
    nodes = [p.center for p in ax.patches if isinstance(p, Circle)]
    assert len(nodes) == 2
    for (x, y), weights in zip(nodes, beta, strict=True):
        ways = [line for line in ax.lines if (line.get_xdata()[-1], line.get_ydata()[-1]) == (x, y)]
        ways.sort(key=lambda line: line.get_ydata()[0])
        assert [way.get_linewidth() for way in ways] == pytest.approx(0.8 + 4.2 * weights)
        # Each begins at what was made of its layer, not at the layer itself: β is after α.
        bars = [b for b in filled(ax, COLOURS["sluice"], BAR)
                if b.get_x() <= x <= b.get_x() + b.get_width()]  # fmt: skip
        heights = sorted(b.get_y() + BAR / 2 for b in bars)
        assert [way.get_ydata()[0] for way in ways] == pytest.approx(heights)


def test_cross_stitch_is_a_sluice_network_with_one_part_and_no_beta(ax: Axes) -> None:
    colour = COLOURS["cross-stitch"]
    sluice(ax, "words", ("A", "B"), subspaces=1, mix_layers=False, colour=colour)
    draw(ax)
    assert len(fans(ax, colour)) == 2 * 2**2
    words = [t.get_text() for t in ax.texts]
    assert "β" not in words
    assert "part 1" not in words
    assert not [p for p in ax.patches if isinstance(p, Circle)]


@pytest.mark.parametrize(
    "wrong", [{"alpha": np.eye(4)}, {"alpha": np.zeros((1, 4, 4))}, {"beta": [0.1, 0.9]}]
)
def test_weights_of_another_shape_are_refused(ax: Axes, wrong: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="expected the shape"):
        sluice(ax, "words", ("A", "B"), **wrong)


def inside_and_apart(ax: Axes) -> None:
    """Assert that nothing is cut off, and that no two texts and no two boxes overlap."""
    draw(ax)
    frame = ax.get_window_extent()
    drawn = [p.get_window_extent() for p in ax.patches if isinstance(p, FancyBboxPatch)]
    texts = [text.get_window_extent() for text in ax.texts if text.get_text()]
    lines = [line.get_window_extent() for line in ax.lines]
    for extent in (*drawn, *texts, *lines):
        assert frame.x0 <= extent.x0
        assert extent.x1 <= frame.x1
        assert frame.y0 <= extent.y0
        assert extent.y1 <= frame.y1
    for group in (drawn, texts):
        for one, other in combinations(group, 2):
            assert not one.overlaps(other)


def test_a_miniature_has_its_trunks_and_its_flow(ax: Axes) -> None:
    for trunks, colour in ((2, "single task"), (1, "hard sharing"), (0, "single task")):
        ax.clear()
        miniature(ax, trunks)
        boxes = [p for p in ax.patches if same_color(p.get_facecolor(), COLOURS[colour])]
        assert (len(boxes), len(ax.patches)) == (max(1, trunks),) * 2
        assert not [line for line in ax.lines if same_color(line.get_color(), COLOURS["sluice"])]
    miniature(ax, 2, 0.2)
    miniature(ax, 2, 1.0, learned=True)
    thin, thick = (li for li in ax.lines if same_color(li.get_color(), COLOURS["sluice"]))
    assert thin.get_linewidth() < thick.get_linewidth()
    assert thin.get_linestyle() == "-" != thick.get_linestyle()


def test_nothing_of_a_sluice_network_is_cut_off_or_overlaps() -> None:
    use_style()
    ax = plt.subplots(figsize=(WIDTH, 6.2))[1]
    sluice(ax, "words", ("chunks", "parts of speech"))
    inside_and_apart(ax)
