"""The recorded runs: complete, sound, and repeated in one cheap cell by today's code."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from mtlbook import runs

FIRST = 5  # seeds measured again
# Networks trained side by side in another number, or on another processor, end a little
# differently. One pattern of 160 may change its label; an error changes by less than 2 %.
ONE_PATTERN = 1 / 160


@pytest.mark.parametrize("name", runs.EXPERIMENTS)
def test_a_recorded_run_has_every_score(name: str) -> None:
    experiment = runs.EXPERIMENTS[name]
    table = runs.load(name)
    names = list(experiment.configs[0])
    assert list(table.columns) == [*names, "seed", "score"]
    cells = {(tuple(config.values()), seed) for config in experiment.configs
             for seed in experiment.seeds}  # fmt: skip
    found = [(tuple(row[:-1]), row[-1]) for row in table[[*names, "seed"]].itertuples(index=False)]
    assert len(found) == len(cells)
    assert set(found) == cells
    assert table["score"].between(0, 1).all()


@pytest.mark.parametrize("name", runs.EXPERIMENTS)
def test_a_recorded_run_says_where_it_comes_from(name: str) -> None:
    experiment, origin = runs.EXPERIMENTS[name], runs.load(name).attrs
    for key in ("name", "question", "data", "score"):
        assert origin[key] == getattr(experiment, key)
    assert origin["seeds"] == list(experiment.seeds)
    assert len(origin["code"]) == 16
    assert origin["mtlbook"]
    assert set(origin["machine"]) == {"system", "python", "torch", "cores"}


@pytest.mark.parametrize("name", runs.EXPERIMENTS)
def test_every_cell_has_its_time(name: str) -> None:
    for cell in runs.read(runs.RESULTS / f"{name}.json")["cells"]:
        assert cell["seconds"] > 0
        assert datetime.fromisoformat(cell["finished"]).tzinfo is not None


@pytest.mark.parametrize("name", runs.EXPERIMENTS)
def test_a_cheap_cell_measured_again_agrees(name: str) -> None:
    experiment = runs.EXPERIMENTS[name]
    table = runs.load(name).set_index([*experiment.cheap, "seed"])["score"]
    cell = tuple(experiment.cheap.values())
    seeds = list(experiment.seeds)[:FIRST]
    recorded = [table.loc[(*cell, seed)] for seed in seeds]
    again = experiment.measure(experiment.cheap, seeds)
    if "accuracy" in experiment.score:
        np.testing.assert_allclose(again, recorded, atol=ONE_PATTERN + 1e-6)
    else:
        np.testing.assert_allclose(again, recorded, rtol=0.02)
    assert len(set(recorded)) > 1  # the seeds do differ


@pytest.mark.parametrize("path", sorted(runs.RESULTS.iterdir()), ids=lambda path: path.name)
def test_nothing_lies_beside_the_recorded_runs(path: Path) -> None:
    assert path.suffix == ".json"
    assert path.stem in runs.EXPERIMENTS
    assert json.loads(path.read_text("utf8"))["name"] == path.stem
