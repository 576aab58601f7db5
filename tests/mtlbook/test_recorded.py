"""The recorded runs: complete, sound, and repeated in one cheap cell by today's code."""

import json
import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.data.fetch import cache_folder

FIRST = 5  # seeds measured again
# The cells of a main task are read off one joint run, and the first of them takes all the time.
JOINT = {"aux-toy-joint", "aux-gum-joint"}
# Networks trained side by side in another number, or on another processor, end a little
# differently. One pattern of 160 may change its label; an error changes by less than 2 %.
ONE_PATTERN = 1 / 160


@pytest.mark.parametrize("name", runs.experiments())
def test_a_recorded_run_has_every_score(name: str) -> None:
    experiment = runs.experiments()[name]
    table = runs.load(name)
    names = list(experiment.configs[0])
    assert list(table.columns) == [*names, "seed", *experiment.columns]
    cells = {(tuple(config.values()), seed) for config in experiment.configs
             for seed in experiment.seeds}  # fmt: skip
    found = [(tuple(row[:-1]), row[-1]) for row in table[[*names, "seed"]].itertuples(index=False)]
    assert len(found) == len(cells)
    assert set(found) == cells
    if experiment.columns == ("score",):  # an accuracy or an error
        assert table["score"].between(0, 1).all()
    assert np.isfinite(table[list(experiment.columns)]).all(axis=None)


@pytest.mark.parametrize("name", runs.experiments())
def test_nothing_else_is_recorded(name: str) -> None:
    experiment = runs.experiments()[name]
    recorded = runs.read(runs.RESULTS / f"{name}.json").cells
    assert len(recorded) == experiment.header["grid"]


@pytest.mark.parametrize("name", runs.experiments())
def test_a_recorded_run_says_where_it_comes_from(name: str) -> None:
    attrs = runs.load(name).attrs
    header = runs.experiments()[name].header
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
    columns = list(experiment.columns)
    table = runs.load(name).set_index([*experiment.cheap, "seed"])[columns]
    seeds = list(experiment.seeds)[: 2 if experiment.block == 1 else FIRST]
    rows = [(*experiment.cheap.values(), seed) for seed in seeds]
    recorded = np.array([table.loc[row].to_numpy() for row in rows])
    # Seeds side by side as in the run: large taggers end differently beside other ones.
    size = experiment.block or len(seeds)
    blocks = [seeds[start : start + size] for start in range(0, len(seeds), size)]
    found = [experiment.measure(experiment.cheap, block) for block in blocks]
    again = np.reshape(np.concatenate(found), recorded.shape)
    if "accuracy" in experiment.score:
        np.testing.assert_allclose(again, recorded, atol=ONE_PATTERN + 1e-6)
    else:
        # On another processor one tagger ended five per cent away; the mean over seeds stays.
        drift = np.abs((again - recorded).mean(axis=0))
        assert (drift <= 0.02 * np.abs(recorded).mean(axis=0)).all(), drift
        np.testing.assert_allclose(again, recorded, rtol=0.1)
    assert len(np.unique(recorded, axis=0)) > 1  # the seeds do differ


# A lock is there while something is being measured, and after a kill.
BESIDE = sorted(path for path in runs.RESULTS.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("path", BESIDE, ids=lambda path: path.name)
def test_nothing_lies_beside_the_recorded_runs(path: Path) -> None:
    assert path.suffix == ".json"
    assert path.stem in runs.experiments()
    assert json.loads(path.read_text("utf8"))["name"] == path.stem
