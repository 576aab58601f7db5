"""The page of recorded runs: what is recorded, what it took, and by which code it was verified.

The table is made from the result files alone, because pages are rendered without `mtlbook`.
"""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

RESULTS = "mtlbook/results"
HEAD = ["| Run | Cells | Core time | Recorded | Verified |", "|---|---:|---:|---|---|"]


class RecordedRuns(SphinxDirective):
    """A row for each result file, and the total; without arguments and content."""

    def run(self) -> list[nodes.Node]:
        """Read the files, and read this page again when one changes."""
        found = []
        for path in sorted(Path(self.env.srcdir, RESULTS).glob("*.json")):
            self.env.note_dependency(str(path))
            found.append(json.loads(path.read_text("utf8")))
        if not found:
            raise self.error(f"{RESULTS} has no result files")
        holder = nodes.Element()
        self.state.nested_parse(lines(found), self.lineno, holder)
        return list(holder.children)


def lines(runs: list[dict[str, Any]]) -> list[str]:
    """The table and the sentence on the total, as Markdown."""
    rows, total = [], 0.0
    for run in runs:
        seconds = sum(block["seconds"] for block in run["blocks"])
        count = sum(len(next(iter(block["scores"].values()))) for block in run["blocks"])
        last = max(block["finished"] for block in run["blocks"])[:10]
        cells = [f"`{run['name']}`", f"{count:,}", duration(seconds), last, verified(run)]
        rows.append(f"| {' | '.join(cells)} |")
        total += seconds
    many = f"{len(runs)} runs: to measure all of them again takes a core {duration(total)}"
    return [*HEAD, *rows, "", f"{many}, by the times that were recorded."]


def verified(run: dict[str, Any]) -> str:
    """What the last verification found, in a few words."""
    if not run.get("verified"):
        return "–"
    entry = max(run["verified"], key=lambda entry: str(entry["finished"]))
    share = f"{100 * entry['allowed']:.0f} %"
    return f"{entry['finished'][:10]}, {entry['cells']} cells, {share} of the tolerance"


def duration(seconds: float) -> str:
    """A time in seconds, minutes or hours, whichever reads best."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
