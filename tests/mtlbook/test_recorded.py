"""The recorded runs: complete, sound, and repeated in one cheap cell by today's code."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.data.fetch import cache_folder
from mtlbook.runs.agreement import sample
from mtlbook.runs.spread import Unit, measure_unit

# The cells of a main task are read off one joint run, and the first of them takes all the time.
JOINT = {"aux-toy-joint", "aux-gum-joint"}


@pytest.mark.parametrize("name", runs.experiments())
def test_a_recorded_run_has_every_score(name: str) -> None:
    record = runs.read(runs.RESULTS / f"{name}.json")
    experiment = runs.grown(runs.find(name), record)
    assert record.cells == set(experiment.cells)  # and nothing else
    table = runs.load(name)
    names = list(experiment.configs[0])
    assert list(table.columns) == [*names, "seed", *experiment.columns]
    if experiment.columns == ("score",):  # an accuracy or an error
        assert table["score"].between(0, 1).all()
    assert np.isfinite(table[list(experiment.columns)]).all(axis=None)


@pytest.mark.parametrize("name", runs.experiments())
def test_a_recorded_run_says_where_it_comes_from(name: str) -> None:
    attrs = runs.load(name).attrs
    record = runs.read(runs.RESULTS / f"{name}.json")
    header = runs.grown(runs.find(name), record).header
    assert {"grid": header["grid"], **attrs} == {**attrs, **header}  # old files do not count cells
    for origin in attrs["origins"]:
        assert len(origin["code"]) == 16
        assert origin["mtlbook"]
        assert set(origin["machine"]) == {"system", "python", "torch", "cores"}


@pytest.mark.parametrize("name", runs.experiments())
def test_every_block_has_its_time(name: str) -> None:
    begun = set()
    for block in runs.read(runs.RESULTS / f"{name}.json").blocks:
        assert block.seconds > 0 or (name in JOINT and block.config["main"] in begun)
        begun.add(block.config.get("main"))
        assert datetime.fromisoformat(block.finished).tzinfo is not None


def has_corpus(folder: str) -> bool:
    return bool(os.environ.get("MTLBOOK_DATA")) and (cache_folder() / folder).is_dir()


def one_for_each_measure() -> list[str]:
    """One run for each function that measures: the others only lay out more cells of it."""
    return list({run.measure: name for name, run in reversed(runs.experiments().items())}.values())


@pytest.mark.parametrize("name", one_for_each_measure())
def test_a_cheap_cell_measured_again_agrees(name: str) -> None:
    experiment = runs.experiments()[name]
    if experiment.corpus and not has_corpus(experiment.corpus):
        pytest.skip(f"needs the corpus {experiment.corpus}: set MTLBOOK_DATA to where it lies")
    (block,) = sample(experiment, runs.read(runs.RESULTS / f"{name}.json"), seconds=0)
    again = measure_unit(experiment.measure, experiment.columns, Unit(block.config, block.seeds))
    found = runs.compare(experiment.tolerance, block.scores, again.scores)
    assert [entry for entry in found if entry["allowed"] > 1] == []
    if len(block.seeds) > 1:
        assert len(set(zip(*block.scores.values(), strict=True))) > 1  # the seeds do differ


WRONG: list[tuple[str, dict[str, float], dict[str, int]]] = [
    ("toy-hard-tuning", {}, {"LAYERS": 1}),
    ("toy-hard-tuning", {"lr": 0.03}, {}),  # not .01
    ("f1f2-tuning", {"lr": 0.15}, {}),  # not .1
    ("soft-tuning", {"pull": 0.15}, {}),  # not .1
]


@pytest.mark.parametrize(("name", "setting", "constants"), WRONG, ids=str)
def test_a_wrong_constant_does_not_agree(
    name: str,
    setting: dict[str, float],
    constants: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    experiment = runs.find(name)
    for constant, value in constants.items():
        monkeypatch.setattr(sys.modules[experiment.measure.__module__], constant, value)
    (block,) = sample(experiment, runs.read(runs.RESULTS / f"{name}.json"), seconds=0)
    wrong = Unit({**block.config, **setting}, block.seeds)
    again = measure_unit(experiment.measure, experiment.columns, wrong)
    found = runs.compare(experiment.tolerance, block.scores, again.scores)
    assert max(entry["allowed"] for entry in found) > 1


# A lock is there while something is being measured, and after a kill.
BESIDE = sorted(path for path in runs.RESULTS.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("path", BESIDE, ids=lambda path: path.name)
def test_nothing_lies_beside_the_recorded_runs(path: Path) -> None:
    assert path.suffix == ".json"
    assert path.stem in runs.experiments()
    assert json.loads(path.read_text("utf8"))["name"] == path.stem
