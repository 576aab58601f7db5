"""The script that changes the package to see whether tests notice: on a package of six lines."""

import json
import os
from pathlib import Path

import mutate
import pytest

SOURCE = """LIMIT = 3
def f(a: int = 4, b=2.5):
    if a < LIMIT and not b:
        return a + b
    return {"one": True, 5: a  // (1 - b)}
"""


def test_every_constant_and_operator_is_a_place() -> None:
    found = list(mutate.mutants("f.py", SOURCE))
    assert [(m.line, m.old, m.new) for m in sorted(found, key=lambda m: (m.line, m.column))] == [
        (1, "3", "4"), (2, "4", "5"), (2, "2.5", "5.0"), (3, "<", "<="), (3, "and", "or"),
        (4, "+", "-"), (5, "True", "False"), (5, "5", "6"), (5, "//", "*"), (5, "1", "2"),
        (5, "-", "+"),
    ]  # fmt: skip
    assert [m.inside for m in found if m.line < 3] == [False] * 3
    assert all(m.inside for m in found if m.line >= 3)


def test_a_change_is_of_one_place() -> None:
    source = "é = 'é' * 2\nb = 2 * 2\n"
    found = {(m.line, m.column): m.applied(source) for m in mutate.mutants("f.py", source)}
    assert list(found.values()) == [
        "é = 'é' / 2\nb = 2 * 2\n", "é = 'é' * 3\nb = 2 * 2\n",
        "é = 'é' * 2\nb = 2 / 2\n", "é = 'é' * 2\nb = 3 * 2\n", "é = 'é' * 2\nb = 2 * 3\n",
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the script forks")
def test_what_no_test_sees_is_named_and_what_was_tried_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, record = tmp_path / "checkout", tmp_path / "mutants.jsonl"
    (root / "mtlbook").mkdir(parents=True)
    (root / "tests").mkdir()
    source = root / "mtlbook" / "six.py"
    source.write_text(
        "def six(a):\n    seen = a > 0\n    return 2 * a\n\ndef never():\n    return 7\n"
    )
    (root / "tests" / "test_six.py").write_text(
        "import importlib.util, pathlib\n"
        "path = pathlib.Path(__file__).parents[1] / 'mtlbook' / 'six.py'\n"
        "spec = importlib.util.spec_from_file_location('six_', path)\n"
        "six = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(six)\n"
        "def test_six():\n    assert six.six(3) == 6\n"
    )
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # which the script sets, for its children
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    text, options = source.read_text(), ["--tests", "tests/test_*.py", str(record)]
    assert mutate.main(options, root) == 0
    said = capsys.readouterr().out
    assert "missed mtlbook/six.py:2: > -> >=" in said
    assert "missed mtlbook/six.py:2: 0 -> 1" in said
    assert "seed 0: 2 of 4 caught" in said
    assert source.read_text() == text
    lines = record.read_text()
    assert (
        sorted(json.loads(line)["caught"] for line in lines.splitlines())
        == [False] * 2 + [True] * 2
    )
    assert mutate.main(options, root) == 0
    assert record.read_text() == lines
