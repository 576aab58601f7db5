"""python -m mtlbook."""

import contextlib
import functools
import io
import os
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.__main__ import main
from mtlbook.runs import Experiment, grid


def measure(config: dict[str, float], seeds: range) -> np.ndarray:
    return np.array([config["lr"] + 0.001 * seed for seed in seeds])


measure.__module__ = "mtlbook.experiments.ch01_inductive_bias.boolean"  # whose code is hashed


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment ``tiny`` whose results, like all others, go to a folder of the test."""
    configs = grid(lr=[0.25, 0.5])
    monkeypatch.setitem(
        runs.experiments(),
        "tiny",
        Experiment(
            "tiny", "Is it small?", "none", "points", configs, range(5), measure, configs[0]
        ),
    )
    for function in (runs.run, runs.load):
        monkeypatch.setattr(function, "__defaults__", (tmp_path,))
    defaults = ("score", "highest", None, None, tmp_path)
    monkeypatch.setattr(runs.chosen, "__defaults__", defaults)
    monkeypatch.setattr(runs.summary, "__defaults__", (None, tmp_path))
    return tmp_path


def replaced(monkeypatch: pytest.MonkeyPatch, **what: Any) -> None:
    """Make ``tiny`` another experiment."""
    monkeypatch.setitem(runs.experiments(), "tiny", replace(runs.experiments()["tiny"], **what))


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
    assert [line.split()[0] for line in lines] == list(runs.experiments())
    assert "10/10 cells" in lines[-1]
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
    assert re.search(r"^time: 0 s for 10 cells$", out, re.M)
    assert re.search(r"^10 cells by code \w{16}, mtlbook [\d.]+; system .*, cores \d+$", out, re.M)
    assert "code: as today" in out
    assert "not in the means" not in out
    # The scores are lr + 0, .001, .002, .003 and .004.
    rows = [line.split() for line in out.splitlines()[-2:]]
    assert rows == [["0.25", "0.252", "0.0016"], ["0.50", "0.502", "0.0016"]]


def test_show_says_when_the_code_has_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["run", "tiny"])
    monkeypatch.setattr(runs, "code_hash", lambda module: "changed")
    assert main(["show", "tiny"]) == 0
    assert "code: 10 cells by other code than today" in capsys.readouterr().out


def test_show_names_every_column_and_the_scores_that_are_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(config: dict[str, float], seeds: range) -> np.ndarray:
        return np.array([[config["lr"], np.nan if seed == 0 else 2.0] for seed in seeds])

    two.__module__ = measure.__module__
    replaced(monkeypatch, measure=two, columns=["error", "steps"])
    main(["run", "tiny"])
    main(["show", "tiny"])
    out = capsys.readouterr().out
    assert "not in the means: 2 scores" in out
    assert out.splitlines()[-1].split() == ["0.50", "0.50", "0.0", "2.0", "0.0"]
    assert out.splitlines()[-5].split() == ["error", "steps"]


def test_show_says_what_a_tuning_chose(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, tuning=runs.Tuning("lr", best="lowest", reach={"lr": (2, 0.1, 1)}))
    main(["run", "tiny"])
    main(["show", "tiny"])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "best of score:",
        "(): 0.125, 0.127; lr is the lowest tried",  # .0625 would be out of bounds
    ]


def test_run_hands_its_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []
    monkeypatch.setattr(runs, "run", lambda *a, **k: given.append((a, k)))
    main(["run", "tiny"])
    main(["run", "tiny", "--seeds", "0-2", "--jobs", "3", "--backend", "dask", "--scheduler", "a"])
    plain = {"seeds": None, "jobs": 1, "backend": "local", "scheduler": None}
    other = {"seeds": "0-2", "jobs": 3, "backend": "dask", "scheduler": "a"}
    assert given == [(("tiny",), plain), (("tiny",), other)]


def test_run_measures_the_seeds_that_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "tiny", "--seeds", "1,3-4"]) == 0
    assert main(["show", "tiny"]) == 1
    assert "tiny: 4 of 10 cells are not measured" in capsys.readouterr().err
    assert main(["run", "tiny", "--seeds", "0-9"]) == 1
    assert "the seeds of tiny are 0-4" in capsys.readouterr().err


def test_a_missing_extra_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["run", "tiny", "--backend", "dask"]) == 1
    assert "pip install 'mtlbook[cluster]'" in capsys.readouterr().err.splitlines()[-1]


def test_a_run_that_is_interrupted_says_how_to_carry_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(config: dict[str, float], seeds: range) -> np.ndarray:
        raise KeyboardInterrupt

    interrupted.__module__ = "mtlbook.experiments.ch01_inductive_bias.boolean"
    replaced(monkeypatch, measure=interrupted)
    assert main(["run", "tiny"]) == 130
    assert capsys.readouterr().err.endswith("mtlbook: stopped; the same command carries on\n")


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


COMMANDS = (["show", "tiny"], ["list"], ["run", "tiny"], ["verify", "--help"])


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "utf-16", "utf-8"])
def test_output_can_be_redirected_in_any_encoding(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, question="Is α small – or “not”?")
    main(["run", "tiny"])
    for command in COMMANDS:
        written = {}
        for name in (encoding, "utf-8"):
            stream = io.TextIOWrapper(io.BytesIO(), encoding=name)
            monkeypatch.setattr(sys, "stdout", stream)
            with contextlib.suppress(SystemExit):  # by --help
                assert main(command) == 0
            stream.flush()
            written[name] = stream.buffer.getvalue()  # type: ignore[attr-defined]
        whole = written["utf-8"].decode()
        assert ("α" in whole) is (command[0] in ("show", "list"))
        assert written[encoding] == whole.encode(encoding, "backslashreplace")


def test_output_can_be_redirected_without_a_locale_and_into_a_pipe_that_closes() -> None:
    command = [sys.executable, "-m", "mtlbook", "show", "sluice-toy"]
    no_locale = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "",
    }
    start = functools.partial(
        subprocess.Popen, command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with start(env={**os.environ, **no_locale, "PYTHONIOENCODING": ""}) as whole, start() as closed:
        closed.stdout.close()
        out, err = whole.communicate()
        assert (err, closed.stderr.read()) == (b"", b"")
    assert b"sluice, \\u03b1 frozen" in out
    assert (whole.returncode, closed.returncode) == (0, 1)
