"""runs.verify: a sample of a recorded run is measured again by today's code, and compared."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.__main__ import main
from mtlbook.runs import Experiment, Tolerance, compare, grid
from mtlbook.runs.agreement import FIRST, sample
from mtlbook.runs.store import Block, Record, read, write

MODULE = "mtlbook.experiments.ch01_inductive_bias.boolean"  # whose code is hashed


class Measured:
    """A measurement that comes out higher by ``by`` today, and notes what it was asked for."""

    def __init__(self) -> None:
        self.by: dict[str, float] = {}
        self.calls: list[tuple[str, list[int]]] = []
        self.__module__ = MODULE

    def __call__(self, config: dict[str, Any], seeds: Sequence[int]) -> np.ndarray:
        self.calls.append((config["arm"], list(seeds)))
        score = 10 + config["lr"] + np.array(seeds) + self.by.get(config["arm"], 0)
        return np.stack([score, np.zeros(len(seeds))], axis=1)


CONFIGS = grid(arm=["alone", "shared", "wide"], lr=[0.1, 0.3])


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Measured:
    """The experiment ``tiny``, recorded in the folder of the test by other code than today's."""
    noted = Measured()
    tiny = Experiment("tiny", "Is it small?", "none", "points", CONFIGS, range(8), noted,
                      CONFIGS[1], columns=("points", "zeros"))  # fmt: skip
    monkeypatch.setitem(runs.experiments(), "tiny", tiny)
    for function in (runs.run, runs.load):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    monkeypatch.setattr(runs.verify, "__defaults__", (tmp_path, 10))
    monkeypatch.setattr(runs, "RESULTS", tmp_path)
    path = runs.run("tiny")
    record = read(path)
    blocks = [replace(block, origin={**block.origin, "code": "old"}) for block in record.blocks]
    write(path, replace(record, blocks=blocks))
    noted.calls.clear()
    return noted


def change(monkeypatch: pytest.MonkeyPatch, **what: Any) -> None:
    """Make ``tiny`` another experiment."""
    monkeypatch.setitem(runs.experiments(), "tiny", replace(runs.find("tiny"), **what))


# What agrees


def test_a_cell_of_each_family_is_measured_again_and_the_file_says_so(
    measured: Measured, tmp_path: Path
) -> None:
    before = read(tmp_path / "tiny.json")
    measured.by = {"shared": 0.1}
    entry = runs.verify("tiny")
    assert measured.calls == [(arm, list(range(FIRST))) for arm in ("alone", "shared", "wide")]
    after = read(tmp_path / "tiny.json")
    assert replace(after, verified=[]) == before
    assert after.verified == [entry]
    assert entry["code"] == runs.code_hash(MODULE)
    assert set(entry["machine"]) == {"system", "python", "torch", "cores"}
    assert entry["cells"] == 15
    assert (entry["column"], entry["difference"]) == ("points", 0.1)
    # The mean of the first five seeds is 12.1.
    assert entry["relative"] == pytest.approx(0.1 / 12.1, rel=0.01)
    assert entry["allowed"] == pytest.approx(0.1 / (0.01 * 12.1), rel=0.01)
    assert runs.load("tiny").attrs["verified"] == [entry]


def test_a_later_verification_by_the_same_code_takes_the_place_of_the_first(
    measured: Measured, tmp_path: Path
) -> None:
    runs.verify("tiny")
    path = tmp_path / "tiny.json"
    record = read(path)
    write(path, replace(record, verified=[{**record.verified[0], "code": "then"}]))
    measured.by = {"wide": 0.1}
    for _ in range(2):
        runs.verify("tiny")
    assert [entry["code"] for entry in read(path).verified] == ["then", runs.code_hash(MODULE)]
    assert read(path).verified[1]["difference"] == 0.1


def test_a_run_carries_on_by_other_code_only_if_that_was_seen_to_agree(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, seeds=range(10))
    with pytest.raises(ValueError, match=r"other code: see whether .*mtlbook verify tiny, or move"):
        runs.run("tiny")
    assert measured.calls == []
    runs.verify("tiny")
    measured.calls.clear()
    with pytest.raises(ValueError, match="tiny: 12 of 60 cells are not measured"):
        runs.load("tiny")  # the file now says how many cells there are to be
    runs.run("tiny")
    assert measured.calls == [(config["arm"], [8, 9]) for config in CONFIGS]
    record = read(tmp_path / "tiny.json")
    assert len(record.verified) == 1
    assert {block.origin["code"] for block in record.blocks} == {"old", runs.code_hash(MODULE)}


def test_what_was_verified_is_sealed(measured: Measured, tmp_path: Path) -> None:
    runs.verify("tiny")
    path = tmp_path / "tiny.json"
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b'"cells": 15', b'"cells": 16'))
    with pytest.raises(ValueError, match="damaged"):
        read(path)
    path.write_bytes(sound[: sound.index(b'"verified"')])
    with pytest.raises(ValueError, match="damaged"):
        runs.verify("tiny")


# What does not agree


def test_a_disagreement_is_told_and_nothing_is_written(measured: Measured, tmp_path: Path) -> None:
    before = (tmp_path / "tiny.json").read_bytes()
    measured.by = {"shared": 0.5, "wide": -9.0}
    with pytest.raises(ValueError, match="tiny does not agree with today's code") as told:
        runs.verify("tiny")
    lines = str(told.value).splitlines()
    assert len(lines) == 3
    assert "'shared'" in lines[1]
    assert lines[1].endswith("seeds 0-4, points: +0.5, 4.1 times what is allowed")
    assert "'wide'" in lines[2]
    assert (tmp_path / "tiny.json").read_bytes() == before
    assert not (tmp_path / "tiny.lock").exists()


def test_another_experiment_is_not_verified(
    measured: Measured, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, data="more")
    with pytest.raises(ValueError, match="was measured with other data"):
        runs.verify("tiny")
    assert measured.calls == []


def differences(
    old: list[Any],
    new: list[Any],
    tolerance: Tolerance = Tolerance(),  # noqa: B008
) -> list[float]:
    return [entry["allowed"] for entry in compare(tolerance, {"x": old}, {"x": new})]


def test_means_are_compared_and_each_seed() -> None:
    assert differences([1.0, 3.0], [1.0, 3.0]) == [0]
    assert differences([1.0, 3.0], [1.02, 3.02]) == [1]  # of .02
    assert differences([1.0, 3.0], [1.2, 2.8]) == [2]  # a seed, though the mean stays
    assert differences([0.0, 0.0], [0.0, 1e-6]) == [0.5]  # the last of six places
    assert differences([0.0, 0.0], [0.0, 0.1]) == [50000]


def test_what_is_allowed_beside_is_added_by_column() -> None:
    tolerance = Tolerance(mean=0, each=0, least={"x": 0.5})
    assert differences([1.0, 3.0], [1.25, 3.0], tolerance) == [0.5]  # the mean: .125 of .354
    assert differences([1.0, 3.0], [2.0, 3.0], Tolerance(0, 0, 0.5)) == [2]
    found = compare(tolerance, {"x": [1.0], "y": [1.0]}, {"x": [1.25], "y": [1.25]})
    assert [entry["allowed"] for entry in found] == [0.5, 125000]


def test_a_score_that_is_missing_agrees_with_one_that_is_missing() -> None:
    assert differences([None, 1.0], [None, 1.0]) == [0]
    assert differences([None, 1.0], [1.0, 1.0]) == [np.inf]
    assert differences([1.0, 1.0], [None, 1.0]) == [np.inf]


# What is measured


def recorded(seconds: dict[str, float], seeds: int = 10) -> Record:
    blocks = [
        Block(config, range(seeds), {"x": [float(s) for s in range(seeds)]},
              seconds[config["arm"]] * (1 + config["lr"]), "", {})
        for config in CONFIGS
    ]  # fmt: skip
    return Record({}, blocks)


EXPERIMENT = Experiment("e", "", "", "", CONFIGS, range(10), Measured(), CONFIGS[3])


def test_the_cheap_cell_is_first_and_others_are_added_while_there_is_time() -> None:
    record = recorded({"alone": 20.0, "shared": 100.0, "wide": 40.0})
    for seconds, arms in ((0, ["shared"]), (77, ["shared", "alone"]), (1e9, None)):
        found = sample(EXPERIMENT, record, seconds)
        assert [block.config["arm"] for block in found] == (arms or ["shared", "alone", "wide"])
        # The cheapest of its family, but for the first.
        assert [block.config["lr"] for block in found] == [0.3, 0.1, 0.1][: len(found)]
    assert found[0].seconds == pytest.approx(65)  # half of its seeds
    assert list(found[0].seeds) == list(range(5))
    assert found[0].scores == {"x": [0.0, 1.0, 2.0, 3.0, 4.0]}


def test_of_seeds_measured_one_by_one_a_single_one_is_repeated() -> None:
    record = recorded({"alone": 1.0, "shared": 1.0, "wide": 1.0}, seeds=1)
    found = sample(replace(EXPERIMENT, block=1), record, 60)
    assert [list(block.seeds) for block in found] == [[0]] * 3


def test_no_cell_is_begun_when_the_time_is_up(measured: Measured) -> None:
    runs.verify("tiny", minutes=-1)
    assert measured.calls == [("alone", list(range(FIRST)))]


# The command line


def test_verify_says_what_it_found(measured: Measured, capsys: pytest.CaptureFixture[str]) -> None:
    measured.by = {"shared": 0.1}
    assert main(["verify", "tiny", "--minutes", "5"]) == 0
    out = capsys.readouterr().out
    line = (
        r"verified 2\d{3}-\d\d-\d\d by code \w{16}: 15 cells; largest difference 0.1, 0.83 % "
        r"in points, 83 % of what is allowed\n"
    )
    assert re.fullmatch(line, out)
    main(["show", "tiny"])
    shown = capsys.readouterr().out
    assert out in shown
    assert "48 cells by code old" in shown
    assert "code: 48 cells by other code than today" in shown
    measured.by = {"shared": 3}
    assert main(["verify", "tiny"]) == 1
    assert capsys.readouterr().err.splitlines()[-2:][0].endswith("agree with today's code:")


def test_verify_without_a_name_takes_what_today_has_not_verified(
    measured: Measured, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiments = {name: replace(runs.find("tiny"), name=name) for name in ("tiny", "corpus", "b")}
    experiments["corpus"] = replace(experiments["corpus"], corpus="no such corpus")
    experiments["new"] = replace(experiments["b"], name="new")  # not run yet
    for name in ("tiny", "corpus", "b"):
        (runs.RESULTS / f"{name}.json").write_bytes((runs.RESULTS / "tiny.json").read_bytes())
        record = read(runs.RESULTS / f"{name}.json")
        write(
            runs.RESULTS / f"{name}.json", replace(record, header={**record.header, "name": name})
        )
    monkeypatch.setattr(runs, "experiments", lambda: experiments)
    monkeypatch.setattr("mtlbook.runs.base.experiments", lambda: experiments)
    assert main(["verify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["tiny", "corpus", "b"]
    assert lines[1] == "corpus: left out, for it needs the corpus no such corpus"
    assert main(["verify"]) == 0
    assert capsys.readouterr().out.splitlines() == lines[1:2]
    for name in ("tiny", "b"):
        record = read(runs.RESULTS / f"{name}.json")
        write(runs.RESULTS / f"{name}.json", replace(record, verified=()))
    measured.by = {"alone": 5}
    assert main(["verify"]) == 1
    assert capsys.readouterr().err.count("does not agree with today's code") == 2
