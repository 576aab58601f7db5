"""python -m mtlbook."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.__main__ import main
from mtlbook.experiments.base import Experiment, grid


def measure(config: dict[str, float], seeds: range) -> np.ndarray:
    return np.array([config["lr"] + 0.001 * seed for seed in seeds])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment ``tiny`` whose results, like all others, go to a folder of the test."""
    configs = grid(lr=[0.25, 0.5])
    monkeypatch.setitem(
        runs.EXPERIMENTS,
        "tiny",
        Experiment(
            "tiny", "Is it small?", "none", "points", configs, range(5), measure, configs[0]
        ),
    )
    for function in (runs.run, runs.load):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    monkeypatch.setattr(runs.summary, "__defaults__", (runs.EXPERIMENTS, tmp_path))
    return tmp_path


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was written to stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("mtlbook: ")
    assert err.count("\n") == 1
    return err


def test_run_measures_and_says_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "tiny"]) == 0
    assert capsys.readouterr().out == f"written: {folder / 'tiny.json'}\n"
    assert len(runs.load("tiny")) == 10


def test_list_has_a_line_for_each_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "tiny"])
    capsys.readouterr()
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(runs.EXPERIMENTS)
    assert "2/2 cells" in lines[-1]
    assert "0/" in lines[0]


def test_show_prints_the_origin_and_the_mean_of_each_cell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["run", "tiny"])
    capsys.readouterr()
    assert main(["show", "tiny"]) == 0
    out = capsys.readouterr().out
    assert "tiny: Is it small?" in out
    assert "score: points; 5 seeds from 0" in out
    assert "data: none" in out
    assert "as today" in out
    # The scores are lr + 0, .001, .002, .003 and .004.
    rows = [line.split() for line in out.splitlines()[-2:]]
    assert rows == [["0.25", "0.252", "0.0016"], ["0.50", "0.502", "0.0016"]]


def test_show_says_when_the_code_has_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["run", "tiny"])
    monkeypatch.setattr(runs, "code_hash", lambda module: "changed")
    assert main(["show", "tiny"]) == 0
    assert "changed since" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "show"])
def test_an_unknown_name_is_told_in_one_line(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "tyni"]) == 1
    text = complaint(capsys)
    assert "no experiment 'tyni'; there are: " in text
    assert "boolean-tuning" in text
    assert "tiny" in text


def test_a_run_that_is_not_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "tiny"]) == 1
    assert "make it: python -m mtlbook run tiny" in complaint(capsys)


@pytest.mark.parametrize("command", [["show", "tiny"], ["run", "tiny"], ["list"]], ids=" ".join)
def test_a_damaged_file_is_told_in_one_line(
    command: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tiny.json").write_text("{", "utf8")
    assert main(command) == 1
    assert "tiny.json is damaged" in complaint(capsys)


def test_an_error_of_the_system_is_told_in_words(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tiny.json").mkdir()
    assert main(["show", "tiny"]) == 1
    assert "tiny.json" in complaint(capsys)


@pytest.mark.parametrize("arguments", [[], ["measure", "tiny"], ["run"]], ids=str)
def test_a_command_that_is_none_is_refused_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: python -m mtlbook" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "status"), [("tiny", 0), ("tyni", 1)])
def test_python_m_mtlbook_ends_with_the_status(
    name: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mtlbook", "run", name])
    monkeypatch.delitem(sys.modules, "mtlbook.__main__")
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("mtlbook", run_name="__main__")
    assert stop.value.code == status
    assert ("written" in capsys.readouterr().out) is (status == 0)
