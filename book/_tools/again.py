"""Run each cell of a chapter twice, then all in a mixed order: `make again CHAPTER=01`.

A reader runs a cell once more, or goes back to one after "Run all". Each cell must then print and
draw what it did the first time, in whatever order. `notebook_rules.py` looks for the causes in
the text of the cells; this looks for the effect, at three times the chapter's running time.
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from notebook_rules import ROOT

CELL_TIMEOUT = 600  # seconds
STORED = "a picture that is stored, slimmer than a new one"


def shown(cell: Any) -> list[tuple[str, str]]:
    """What a cell prints, and the pictures that it draws: kind and content, in order."""
    found = []
    for output in cell.outputs:
        if "text" in output:
            found.append((output.name, output.text))
        data = output.get("data", {})
        found += [(kind, data[kind]) for kind in data if kind == "text/plain"]
        found += [("picture", data[kind]) for kind in data if kind.startswith("image/")]
    return found


def differences(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> list[str]:
    """The first line that two runs of a cell print differently, or that a picture differs."""
    kinds = [kind for kind, _ in before], [kind for kind, _ in after]
    if kinds[0] != kinds[1]:
        return [f"shows {kinds[1]}, not {kinds[0]}"]
    for (kind, old), (_, new) in zip(before, after, strict=True):
        if old == new or STORED in (old, new):
            continue
        if kind == "picture":
            return ["draws another picture"]
        lines = zip([*old.splitlines(), ""], [*new.splitlines(), ""], strict=False)
        first, then = next(((a, b) for a, b in lines if a != b), (old, new))
        return [f"prints {then!r}, not {first!r}"]
    return []


@dataclass
class Rehearsal:
    """One kernel, in which the cells of a notebook run again and again.

    Attributes:
        client: drives the kernel.
        before: what each cell showed last; to begin with, what is stored.
    """

    client: NotebookClient
    before: dict[int, list[tuple[str, str]]]

    def run(self, index: int, when: str) -> list[str]:
        """Run a cell; return how it differs from its last run."""
        cell = self.client.nb.cells[index]
        start = cell.source.strip().splitlines()[0]
        try:
            self.client.execute_cell(cell, index)
        except CellExecutionError as error:
            return [f"cell {index} ({start}) {when}: {error.ename}: {error.evalue}"]
        before, self.before[index] = self.before[index], shown(cell)
        what = differences(before, self.before[index])
        return [f"cell {index} ({start}) {when} {difference}" for difference in what]


def rehearse(notebook: Any, folder: Path, seed: int) -> list[str]:
    """Run each cell twice in a row, then all in an order drawn from the seed; return the faults."""
    cells = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    stored = {
        index: [(k, STORED if k == "picture" else v) for k, v in shown(notebook.cells[index])]
        for index in cells
    }
    mixed = random.Random(seed).sample(cells, len(cells))
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        play, faults = Rehearsal(client, stored), []
        for index in cells:
            faults += play.run(index, "run for the first time")
            faults += play.run(index, "run twice")
        for before, index in zip([None, *mixed], mixed, strict=False):
            after = "the whole chapter" if before is None else f"cell {before}"
            faults += play.run(index, f"run again, after {after},")
    return faults


def main() -> int:
    """Rehearse the chapters that are named, or all; return 1 if a cell differs."""
    parser = argparse.ArgumentParser(description="Run each cell twice, then in a mixed order.")
    parser.add_argument("chapters", nargs="*", help="how file names start, such as 01; or all")
    parser.add_argument("--seed", type=int, default=0, help="of the order (default: 0)")
    options = parser.parse_args()
    status = 0
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        if options.chapters and not path.name.startswith(tuple(options.chapters)):
            continue
        print(f"{path.name} ... ", end="", flush=True)
        start = time.perf_counter()
        faults = rehearse(nbformat.read(path, as_version=4), path.parent, options.seed)
        print(f"{time.perf_counter() - start:.0f} s")
        print("".join(f"  {fault}\n" for fault in faults), end="", flush=True)
        status |= bool(faults)
    return status


if __name__ == "__main__":
    sys.exit(main())
