"""The course of training as a figure to move through: a slider, the weights, the error.

A chapter shows it as a picture, which is all that Colab, paper and e-readers can have. Behind the
picture whose alt text begins with `ALT` the page gets the same recorded run once more, with
controls of the browser's own. Without a script there is the picture alone.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)

ALT = "Three rows over training: the weights"
RECORD = "mtlbook/results/sluice-course.json"
SCRIPT = Path(__file__).with_suffix(".js")
TASKS = {1.0: "related", 0.0: "unrelated"}
"""What the auxiliary task is called at the two ends of the dial."""
PARTS = ("main 1", "main 2", "aux 1", "aux 2")
NAMES = (
    *(f"α{k} {i}{j}" for k in (1, 2) for i in range(1, 5) for j in range(1, 5)),
    *(f"β {task} {k}" for task in ("main", "aux") for k in (1, 2)),
)
"""The weights as the run calls them: α of each layer row by row, then β."""
START = [90, 3, 3, 3, 3, 90, 3, 3, 3, 3, 90, 3, 3, 3, 3, 90] * 2 + [10, 90] * 2
"""The weights before training, in hundredths."""


class recorded_course(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801 - as docutils' own
    """A figure to move through; `html` is what is written."""


class Courses(SphinxTransform):
    """Put the figure behind the picture of the same run."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Look for the picture."""
        found = [i for i in self.document.findall(nodes.image) if i.get("alt", "").startswith(ALT)]
        if not found:
            return
        if len(found) > 1:
            log.warning("%d figures begin with %r, not one", len(found), ALT, type="plainbook")
        self.env.note_dependency(RECORD)
        self.env.note_dependency(str(SCRIPT))
        cell = found[0]
        while not isinstance(cell.parent, (nodes.section, nodes.document)):
            cell = cell.parent
        figure = recorded_course(html=write(read(Path(self.env.srcdir, RECORD))))
        cell.parent.insert(cell.parent.index(cell) + 1, figure)


def visit_course(translator: HTML5Translator, node: recorded_course) -> None:
    """Write the figure where a script can run."""
    if translator.builder.name in ("html", "dirhtml"):
        translator.body.append(node["html"])
    raise nodes.SkipNode


def skip_course(translator: Any, node: recorded_course) -> None:
    """Write nothing: the picture stands before it."""
    raise nodes.SkipNode


def read(path: Path) -> dict[str, Any]:
    """Return the looks, and at each of them every network, for both ends of the dial.

    Weights are hundredths in the order of `NAMES`, errors are tenths of a per cent. The error of
    the start was not measured.

    Raises:
        ExtensionError: if the file is not the recorded run.
    """
    try:
        blocks = json.loads(path.read_text("utf8"))["blocks"]
        steps = sorted({int(name.split(" @ ")[1]) for b in blocks for name in b["scores"]})
        runs = []
        for relatedness, label in TASKS.items():
            own = [b["scores"] for b in blocks if b["config"]["relatedness"] == relatedness]
            networks = [(b, n) for b in own for n in range(len(b[f"error @ {steps[0]}"]))]
            if not networks:
                raise ValueError(f"no network at relatedness {relatedness}")
            weights = [
                [
                    START,
                    *([round(100 * b[f"{name} @ {step}"][n]) for name in NAMES] for step in steps),
                ]
                for b, n in networks
            ]
            error = [
                [None, *(round(1000 * b[f"error @ {step}"][n]) for step in steps)]
                for b, n in networks
            ]
            runs.append({"weights": weights, "error": error, "label": label})
    except (OSError, ValueError, KeyError, IndexError, TypeError) as problem:
        raise ExtensionError(
            f"{path} cannot be shown ({type(problem).__name__}: {problem}): it is written by "
            "`python -m mtlbook run sluice-course`"
        ) from problem
    return {"looks": [0, *steps], "runs": runs}


def write(run: dict[str, Any]) -> str:
    """Return the figure: controls, tables that the script fills, and the numbers."""
    count, last = len(run["runs"][0]["weights"]), len(run["looks"]) - 1
    tasks = "".join(
        f'<label><input type="radio" name="course-task" value="{i}"{" checked" * (i == 0)}> '
        f"{one['label']}</label>"
        for i, one in enumerate(run["runs"])
    )
    networks = "".join(f'<option value="{n}">number {n + 1}</option>' for n in range(count))
    alphas = "".join(table(f"α, layer {k}", PARTS, PARTS) for k in (1, 2))
    betas = table("β", ("layer 1", "layer 2"), ("main", "aux"))
    data = json.dumps(run, separators=(",", ":"))
    return f"""
<figure class="course" aria-label="Training, to move through" hidden>
<p class="course-title">Move through the training of {count} sluice networks</p>
<div class="course-controls">
<button type="button" class="course-play">Play</button>
<fieldset><legend>auxiliary task</legend>{tasks}</fieldset>
<label>network <select><option value="">mean of all {count}</option>{networks}</select></label>
<label class="course-slider"><span>updates: <b>{run["looks"][-1]}</b></span>
<input type="range" min="0" max="{last}" step="1" value="{last}"></label>
</div>
<div class="course-panels">
{alphas}
{betas}
<div class="course-error"><p>wrong labels, main task</p><svg role="img"></svg></div>
</div>
<p class="course-state" role="status"></p>
<figcaption><p>Each row of α is a new part, each column an old part that it takes from: the upper
right is what the main task takes from the auxiliary one. Blue weights are positive, orange ones
negative. A mean hides how far single networks differ: choose one. The error, on a logarithmic
scale, was first measured after {run["looks"][1]} updates; thin lines are the single networks.</p>
</figcaption>
<script type="application/json">{data}</script>
<script>
{SCRIPT.read_text("utf8")}</script>
</figure>
"""


def table(caption: str, columns: Sequence[str], rows: Sequence[str]) -> str:
    """Return a table of weights, empty; the name of a column may break."""
    head = "".join(
        f'<th scope="col"><span>{word} </span>{number}</th>'
        for word, number in map(str.split, columns)
    )
    cells = "<td></td>" * len(columns)
    body = "".join(f'<tr><th scope="row">{row}</th>{cells}</tr>' for row in rows)
    return (
        f'<table class="columns-{len(columns)}"><caption>{caption}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
