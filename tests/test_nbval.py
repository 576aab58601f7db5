"""Strict nbval compares outputs.

`make test` runs the chapters under nbval; here a second pytest shows that it can fail.
"""

import subprocess
import sys
from pathlib import Path

import live
import nbformat
import notebook_rules
import pytest


def nbval(path: Path) -> subprocess.CompletedProcess[str]:
    """Run one notebook as `make test` does."""
    options = [
        "--nbval",
        "--nbval-current-env",
        "--nbval-sanitize-with",
        "tests/nbval_sanitize.cfg",
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(path)],
        cwd=notebook_rules.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def executed(tmp_path: Path) -> Path:
    """A small notebook, executed as `make live` does it."""
    sources = [
        "loss = 0.25\nprint(f'loss {loss:.3f}')",
        "{'tasks': 4}",
        "# NBVAL_IGNORE_OUTPUT\nprint('anything')",
        "import matplotlib.pyplot as plt\nfrom mtlbook import figures\nfigures.use_style()\n"
        "figure, ax = plt.subplots(figsize=(1, 1))\nplt.show()",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    path = tmp_path / "small.ipynb"
    nbformat.write(notebook, path)
    live.run_chapter(path)
    return path


def change_output(path: Path, cell: int, old: str, new: str) -> None:
    """Change a stored output, as a changed result would."""
    notebook = nbformat.read(path, as_version=4)
    output = notebook.cells[cell].outputs[0]
    holder, key = (output, "text") if "text" in output else (output.data, "text/plain")
    assert old in holder[key]
    holder[key] = holder[key].replace(old, new)
    nbformat.write(notebook, path)


def test_an_unchanged_notebook_passes(executed: Path) -> None:
    result = nbval(executed)
    assert result.returncode == 0, result.stdout
    assert "4 passed" in result.stdout


@pytest.mark.parametrize(
    ("cell", "old", "new"),
    [(0, "0.250", "0.251"), (1, "4", "5")],
    ids=["a printed figure", "a value"],
)
def test_a_changed_output_fails(executed: Path, cell: int, old: str, new: str) -> None:
    change_output(executed, cell, old, new)
    result = nbval(executed)
    assert result.returncode == 1
    assert "1 failed, 3 passed" in result.stdout


def test_a_cell_that_stores_no_output_but_prints_fails(executed: Path) -> None:
    notebook = nbformat.read(executed, as_version=4)
    notebook.cells[0].outputs = []
    nbformat.write(notebook, executed)
    assert "1 failed, 3 passed" in nbval(executed).stdout


def test_only_marked_outputs_and_figures_are_ignored(executed: Path) -> None:
    change_output(executed, 2, "anything", "else")
    change_output(executed, 3, "150x150", "99x99")
    notebook = nbformat.read(executed, as_version=4)
    notebook.cells[3].outputs[0].data["image/svg+xml"] = "<svg>\nanother\n</svg>\n"
    nbformat.write(notebook, executed)
    assert "4 passed" in nbval(executed).stdout
