"""mtlbook.runs: a grid is measured once, stopped and resumed, written whole, and read with care."""

import ast
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mtlbook
from mtlbook import runs
from mtlbook.experiments.base import Experiment, grid

CONFIGS = grid(arm=["alone", "shared"], lr=[0.1, 0.01])


class Measured:
    """A measurement that notes what it was asked for, and stops when told."""

    def __init__(self) -> None:
        self.cells: list[dict[str, Any]] = []
        self.stop_at: int | None = None
        self.error: type[BaseException] = RuntimeError

    def __call__(self, config: dict[str, Any], seeds: Any) -> np.ndarray:
        if len(self.cells) == self.stop_at:
            raise self.error("stopped")
        self.cells.append(config)
        return np.array([score(config, seed) for seed in seeds])


def score(config: dict[str, Any], seed: int) -> float:
    return seed + config["lr"] + (100 if config["arm"] == "shared" else 0)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    """What the experiment ``tiny`` has measured."""
    noted = Measured()
    noted.__module__ = "mtlbook.experiments.base"  # whose code is hashed
    tiny = Experiment("tiny", "Is it small?", "none", "a number", CONFIGS, range(7, 10), noted,
                      CONFIGS[0])  # fmt: skip
    monkeypatch.setitem(runs.EXPERIMENTS, "tiny", tiny)
    return noted


def change(monkeypatch: pytest.MonkeyPatch, **what: Any) -> None:
    """Make ``tiny`` another experiment."""
    monkeypatch.setitem(runs.EXPERIMENTS, "tiny", replace(runs.EXPERIMENTS["tiny"], **what))


def stored(path: Path) -> Any:
    return json.loads(path.read_text("utf8"))


# Measuring


def test_every_cell_is_measured_and_written(measured: Measured, tmp_path: Path) -> None:
    path = runs.run("tiny", tmp_path)
    assert path == tmp_path / "tiny.json"
    assert measured.cells == CONFIGS
    record = stored(path)
    assert [cell["config"] for cell in record["cells"]] == CONFIGS
    for cell in record["cells"]:
        assert cell["scores"] == [score(cell["config"], seed) for seed in (7, 8, 9)]
        assert cell["seconds"] >= 0
        assert cell["finished"].startswith("20")


def test_the_file_says_where_its_figures_come_from(measured: Measured, tmp_path: Path) -> None:
    record = stored(runs.run("tiny", tmp_path))
    assert record["name"] == "tiny"
    assert record["question"] == "Is it small?"
    assert record["data"] == "none"
    assert record["score"] == "a number"
    assert record["seeds"] == [7, 8, 9]
    assert record["mtlbook"] == mtlbook.__version__
    assert record["code"] == runs.code_hash("mtlbook.experiments.base")
    assert set(record["machine"]) == {"system", "python", "torch", "cores"}


def test_a_finished_run_is_not_measured_again(measured: Measured, tmp_path: Path) -> None:
    path = runs.run("tiny", tmp_path)
    before = path.read_bytes()
    runs.run("tiny", tmp_path)
    assert len(measured.cells) == len(CONFIGS)
    assert path.read_bytes() == before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_stopped_run_carries_on_where_it_was(
    measured: Measured, tmp_path: Path, error: type[BaseException]
) -> None:
    measured.stop_at, measured.error = 2, error
    with pytest.raises(error):
        runs.run("tiny", tmp_path)
    half = stored(tmp_path / "tiny.json")["cells"]
    assert [cell["config"] for cell in half] == CONFIGS[:2]
    measured.stop_at = None
    runs.run("tiny", tmp_path)
    assert measured.cells == CONFIGS  # each once
    whole = stored(tmp_path / "tiny.json")["cells"]
    assert whole[:2] == half
    assert [cell["config"] for cell in whole] == CONFIGS


def test_a_grid_that_has_grown_is_measured_where_it_is_new(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.run("tiny", tmp_path)
    change(monkeypatch, configs=[*CONFIGS, {"arm": "shared", "lr": 1.0}])
    runs.run("tiny", tmp_path)
    assert measured.cells == [*CONFIGS, {"arm": "shared", "lr": 1.0}]


def test_the_folder_is_made(measured: Measured, tmp_path: Path) -> None:
    assert runs.run("tiny", tmp_path / "not" / "yet").exists()


def test_an_unknown_experiment_is_refused_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no experiment 'nothing'; there are: boolean-tuning"):
        runs.run("nothing")


@pytest.mark.parametrize(
    ("what", "named"), [({"seeds": range(3)}, "seeds"), ({"name": "other"}, "name")], ids=str
)
def test_results_of_another_experiment_are_not_mixed_in(
    what: dict[str, Any], named: str,
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = runs.run("tiny", tmp_path)
    before = path.read_bytes()
    change(monkeypatch, **what)
    with pytest.raises(ValueError, match=rf"tiny\.json was measured with other {named}: move it"):
        runs.run("tiny", tmp_path)
    assert path.read_bytes() == before
    assert len(measured.cells) == len(CONFIGS)


def test_results_of_other_code_are_not_mixed_in(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = runs.run("tiny", tmp_path)
    monkeypatch.setattr(runs, "code_hash", lambda module: "changed")
    with pytest.raises(ValueError, match=r"tiny\.json was measured with other code: move it away"):
        runs.run("tiny", tmp_path)
    assert stored(path)["code"] != "changed"


def test_a_wrong_number_of_scores_loses_no_finished_cell(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.stop_at = 3
    with pytest.raises(RuntimeError):
        runs.run("tiny", tmp_path)

    def too_few(config: dict[str, Any], seeds: Any) -> np.ndarray:
        return measured(config, seeds)[1:]

    too_few.__module__ = "mtlbook.experiments.base"
    measured.stop_at = None
    change(monkeypatch, measure=too_few)
    with pytest.raises(ValueError, match="scores"):
        runs.run("tiny", tmp_path)
    assert len(runs.read(tmp_path / "tiny.json")["cells"]) == 3


# Writing


def test_only_the_result_is_left_in_the_folder(measured: Measured, tmp_path: Path) -> None:
    runs.run("tiny", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.json"]


def test_the_file_is_whole_whenever_a_cell_is_being_measured(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def look(config: dict[str, Any], seeds: Any) -> np.ndarray:
        path = tmp_path / "tiny.json"
        found.append(len(runs.read(path)["cells"]) if path.exists() else 0)
        return measured(config, seeds)

    look.__module__ = "mtlbook.experiments.base"
    change(monkeypatch, measure=look)
    runs.run("tiny", tmp_path)
    assert found == [0, 1, 2, 3]


@pytest.mark.parametrize("breaks", ["replace", "write"])
def test_an_interrupted_write_leaves_the_old_file(
    breaks: str, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.stop_at = 2
    with pytest.raises(RuntimeError):
        runs.run("tiny", tmp_path)
    before = (tmp_path / "tiny.json").read_bytes()
    measured.stop_at = None

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        if breaks == "replace":
            broken.setattr(Path, "replace", fail)
        else:
            broken.setattr(Path, "write_text", fail)
        with pytest.raises(OSError, match="disk full"):
            runs.run("tiny", tmp_path)
    assert (tmp_path / "tiny.json").read_bytes() == before
    runs.run("tiny", tmp_path)
    assert len(runs.load("tiny", tmp_path)) == 3 * len(CONFIGS)


def test_the_file_can_be_read_by_others(measured: Measured, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        path = runs.run("tiny", tmp_path)
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o644


# Reading


def test_a_run_is_loaded_as_one_row_a_score(measured: Measured, tmp_path: Path) -> None:
    runs.run("tiny", tmp_path)
    table = runs.load("tiny", tmp_path)
    assert list(table.columns) == ["arm", "lr", "seed", "score"]
    expected = [(c["arm"], c["lr"], seed, score(c, seed)) for c in CONFIGS for seed in (7, 8, 9)]
    assert list(table.itertuples(index=False, name=None)) == expected
    assert table.attrs["question"] == "Is it small?"
    assert table.attrs["seeds"] == [7, 8, 9]
    assert "cells" not in table.attrs


def test_scores_keep_six_places(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, configs=[{"arm": "alone", "lr": 1 / 3}])
    runs.run("tiny", tmp_path)
    np.testing.assert_allclose(
        runs.load("tiny", tmp_path)["score"], np.arange(7, 10) + 1 / 3, atol=5.1e-7
    )


def test_a_run_that_is_not_there_says_how_to_make_it(measured: Measured, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tiny\.json.*python -m mtlbook run tiny"):
        runs.load("tiny", tmp_path)


def test_loading_an_unknown_experiment_is_refused() -> None:
    with pytest.raises(KeyError, match="no experiment 'nothing'"):
        runs.load("nothing")


def test_an_unfinished_run_says_how_to_finish_it(measured: Measured, tmp_path: Path) -> None:
    measured.stop_at = 3
    with pytest.raises(RuntimeError):
        runs.run("tiny", tmp_path)
    with pytest.raises(ValueError, match=r"tiny: 1 of 4 cells .*python -m mtlbook run tiny"):
        runs.load("tiny", tmp_path)


def without(key: str) -> Callable[[Any], Any]:
    def drop(record: Any) -> Any:
        return {k: v for k, v in record.items() if k != key}

    return drop


def first_cell(**changes: Any) -> Callable[[Any], Any]:
    def edit(record: Any) -> Any:
        cell, *rest = record["cells"]
        return {**record, "cells": [{**cell, **changes}, *rest]}

    return edit


DAMAGE: dict[str, Callable[[Any], Any]] = {
    "a list": lambda record: [record],
    "a number": lambda record: 7,
    "no cells": without("cells"),
    "no seeds": without("seeds"),
    "a score too few": first_cell(scores=[1.0, 2.0]),
    "a score too many": first_cell(scores=[1.0, 2.0, 3.0, 4.0]),
    "no scores": first_cell(scores=None),
    "no configuration": first_cell(config={}),
    "a seed too many": lambda record: {**record, "seeds": [7, 8, 9, 10]},
    "a cell that is none": lambda record: {**record, "cells": [None]},
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_record_is_refused(
    damage: Callable[[Any], Any], measured: Measured, tmp_path: Path
) -> None:
    path = runs.run("tiny", tmp_path)
    path.write_text(json.dumps(damage(stored(path))), "utf8")
    for use in (runs.load, runs.run):
        with pytest.raises(ValueError, match=r"tiny\.json is damaged.*delete it and run it again"):
            use("tiny", tmp_path)
    assert len(measured.cells) == len(CONFIGS)


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_a_file_cut_short_is_refused(keep: float, measured: Measured, tmp_path: Path) -> None:
    path = runs.run("tiny", tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(ValueError, match=r"tiny\.json is damaged.*delete it and run it again"):
        runs.load("tiny", tmp_path)


def test_a_file_that_is_no_text_is_refused(measured: Measured, tmp_path: Path) -> None:
    (tmp_path / "tiny.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"tiny\.json is damaged"):
        runs.load("tiny", tmp_path)


# The hash of the code


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Write modules of ``mtlbook`` for the time of a test; return the hash of ``probe``."""
    monkeypatch.setattr(mtlbook, "__path__", [*mtlbook.__path__, str(tmp_path)])

    def write(**sources: str) -> str:
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source, "utf8")
        runs.importlib.invalidate_caches()
        return runs.code_hash("mtlbook.probe")

    write(probe=PROBE, helper=HELPER, bystander="THERE = True\n")
    yield write
    for name in ("probe", "helper", "bystander"):
        sys.modules.pop(f"mtlbook.{name}", None)
        vars(mtlbook).pop(name, None)
    runs.importlib.invalidate_caches()


PROBE = '''"""What is measured."""

from mtlbook.helper import STEP


def measure(x):
    """Measure it."""
    return x + STEP
'''
HELPER = '"""Helps."""\n\nSTEP = 2\n'


def test_the_hash_is_the_same_each_time(module: Callable[..., str]) -> None:
    assert module() == module()


@pytest.mark.parametrize(
    "source",
    [
        PROBE.replace("What is measured.", "What we measure."),
        PROBE.replace("Measure it.", "Measure it well."),
        PROBE.replace('    """Measure it."""\n', ""),
        PROBE.replace("return x", "# Add a step.\n    return x"),
        PROBE.replace("x + STEP", "(x\n        + STEP)"),
        PROBE + "\n\nGRID = Experiment(name='probe', configs=[1, 2])\n",
    ],
    ids=["module's text", "function's text", "no text", "comment", "layout", "grid"],
)
def test_what_does_not_count_leaves_the_hash(source: str, module: Callable[..., str]) -> None:
    before = module()
    assert source != PROBE
    assert module(probe=source) == before


def test_the_hash_is_the_same_in_every_python(
    module: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Later versions give every function an empty list of type parameters.
    before = module()
    fields = (*ast.FunctionDef._fields, "later")
    monkeypatch.setattr(ast.FunctionDef, "_fields", fields)
    monkeypatch.setattr(ast.FunctionDef, "later", [], raising=False)
    assert module() == before


@pytest.mark.parametrize(
    "source",
    [
        PROBE.replace("x + STEP", "x - STEP"),
        PROBE.replace("measure(x)", "measure(x=0)"),
        PROBE.replace("def measure", "def measured"),
        PROBE + "\n\nSEED = 1\n",
    ],
    ids=["body", "default", "name", "constant"],
)
def test_a_statement_changes_the_hash(source: str, module: Callable[..., str]) -> None:
    before = module()
    assert module(probe=source) != before


@pytest.mark.parametrize(
    "line",
    [
        "from mtlbook.helper import STEP",
        "import mtlbook.helper",
        "import mtlbook.helper as h",
        "from mtlbook import helper",
    ],
)
def test_the_hash_covers_what_is_imported(line: str, module: Callable[..., str]) -> None:
    before = module(probe=f"{line}\n")
    assert module(helper="STEP = 3\n") != before


def test_the_hash_covers_what_is_imported_from_afar(module: Callable[..., str]) -> None:
    before = module(helper="from mtlbook.bystander import THERE\n")
    assert module(bystander="THERE = False\n") != before


def test_the_hash_covers_imports_inside_functions(module: Callable[..., str]) -> None:
    before = module(probe="def measure():\n    from mtlbook.helper import STEP\n    return STEP\n")
    assert module(helper="STEP = 3\n") != before


def test_a_module_that_is_not_imported_does_not_count(module: Callable[..., str]) -> None:
    before = module()
    assert module(bystander="THERE = False\n") == before


def test_two_modules_may_import_each_other(module: Callable[..., str]) -> None:
    before = module(helper="from mtlbook import probe\n\nSTEP = 2\n")
    assert module(helper="from mtlbook import probe\n\nSTEP = 3\n") != before


# The summary


def test_the_summary_counts_cells(measured: Measured, tmp_path: Path) -> None:
    assert runs.summary(["tiny"], tmp_path).split() == ["tiny", "0/4", "cells", *QUESTION]
    measured.stop_at = 3
    with pytest.raises(RuntimeError):
        runs.run("tiny", tmp_path)
    assert runs.summary(["tiny"], tmp_path).split() == ["tiny", "3/4", "cells", *QUESTION]


QUESTION = ["Is", "it", "small?"]
