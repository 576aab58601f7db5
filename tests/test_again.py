"""The rehearsal of cells that run again."""

from pathlib import Path

import again
from nbformat.v4 import new_code_cell, new_notebook, new_output


def test_a_cell_that_differs_when_it_runs_again_is_named(tmp_path: Path) -> None:
    printed = [new_output("stream", name="stdout", text="1\n")]
    sources = {
        "a = [1]": [],
        "a.append(1)\nprint(len(a) - 1)": printed,  # two, run twice
        "print(b := 1)": printed,
        "print(len(a) * 0 + 2)": printed,  # not what is stored
        "print(a)": printed[:0],
        "del b": [],  # an error, run twice
    }
    cells = [new_code_cell(source, outputs=outputs) for source, outputs in sources.items()]
    faults = again.rehearse(new_notebook(cells=cells), tmp_path, seed=0)
    assert faults[:4] == [
        "cell 1 (a.append(1)) run twice prints '2', not '1'",
        "cell 3 (print(len(a) * 0 + 2)) run for the first time prints '2', not '1'",
        "cell 4 (print(a)) run for the first time shows ['stdout'], not []",
        "cell 5 (del b) run twice: NameError: name 'b' is not defined",
    ]
    assert all(" run again, after " in fault for fault in faults[4:])


def test_pictures_are_compared_and_stored_ones_are_not() -> None:
    first, second = [("picture", "a")], [("picture", "b")]
    assert again.differences(first, first) == []
    assert again.differences(first, second) == ["draws another picture"]
    assert again.differences([("picture", again.STORED)], second) == []
