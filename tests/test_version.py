"""A version that moves, and chapters that ask for it."""

import re
import shutil
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import version
from notebook_rules import ROOT, Address, setup_cell

ADDRESS = Address.read().repository


def run_setup(found: str, needed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a setup cell where a version of the package is installed."""
    monkeypatch.setitem(sys.modules, "mtlbook", SimpleNamespace(__version__=found))
    exec(setup_cell(ADDRESS, needed).replace("    %pip", "    # %pip"), {})


@pytest.mark.parametrize("found", ["2.0.20270105", "2.0.20270106", "2.1.20260101", "3.0.20280101"])
def test_a_package_as_new_as_the_chapter_will_do(
    found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_setup(found, "2.0.20270105", monkeypatch)


@pytest.mark.parametrize("found", ["0.1.0", "1.3.20290101", "2.0.20261231"])
def test_an_older_package_is_told_with_the_command_to_run(
    found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImportError) as error:
        run_setup(found, "2.0.20270105", monkeypatch)
    needs, command, then = str(error.value).splitlines()
    assert needs == f"This chapter needs mtlbook 2.0.20270105, and found {found}. Run"
    assert command == f'%pip install --upgrade "mtlbook @ git+{ADDRESS}"'
    assert then == "and restart the kernel."


def test_moving_the_version_changes_the_version_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["mtlbook/__init__.py", "CITATION.cff", "notebooks/01_inductive_bias.ipynb"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (old,) = re.findall(r"^version: (.*)$", (ROOT / names[1]).read_text("utf8"), re.M)
    monkeypatch.setattr(version, "ROOT", tmp_path)
    version.move(date(2031, 2, 3))
    for name in names:
        before = (ROOT / name).read_text("utf8")
        expected = before.replace(old, "2.0.20310203")
        assert (tmp_path / name).read_text("utf8") == expected != before
