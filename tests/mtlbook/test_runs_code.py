"""mtlbook.runs.code: the hash covers what measures, and nothing else."""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import mtlbook
from mtlbook.runs import code, experiments
from mtlbook.runs.store import Block, Record, write


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Write modules of ``mtlbook`` for the time of a test; return the hash of ``probe``."""
    monkeypatch.setattr(mtlbook, "__path__", [*mtlbook.__path__, str(tmp_path)])

    def write(**sources: str) -> str:
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source, "utf8")
        importlib.invalidate_caches()
        return code.code_hash("mtlbook.probe")

    write(probe=PROBE, helper=HELPER, bystander="THERE = True\n")
    yield write
    for name in ("probe", "helper", "bystander"):
        sys.modules.pop(f"mtlbook.{name}", None)
        vars(mtlbook).pop(name, None)
    importlib.invalidate_caches()


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
        PROBE + "\n\nfrom mtlbook.runs import Tolerance\n",
    ],
    ids=["module's text", "function's text", "no text", "comment", "layout", "grid", "import"],
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


@pytest.mark.parametrize("name", ["boolean-tuning", "squad-reader", "gum-noise"])
def test_the_description_of_an_experiment_does_not_count(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Otherwise a new attribute of Experiment would make every recorded run one of other code.
    module = experiments()[name].measure.__module__
    before = code.code_hash(module)
    monkeypatch.setattr(code, "LEFT_OUT", ())
    assert code.code_hash(module) != before  # it is imported


@pytest.mark.parametrize("call", ["settings", "runs.chosen"])
def test_what_a_tuning_scored_counts_where_its_settings_are_taken(
    call: str, module: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "RESULTS", tmp_path)
    probe = f'LR = {call}("tuning", "lr")\n'
    without = module(probe=probe)  # who has no such file is told so when it is called
    origin = {"code": "c", "machine": {}}
    block = Block({"lr": 0.1}, [0], {"score": [0.5]}, 1.0, "2026-01-01T00:00:00+00:00", origin)
    header = {"name": "tuning", "question": "?", "data": "none", "score": "a number"}
    hashes = [without]
    for value, seconds in ((0.5, 1.0), (0.6, 1.0), (0.6, 2.0)):
        changed = replace(block, scores={"score": [value]}, seconds=seconds)
        write(tmp_path / "tuning.json", Record(header, [changed]))
        hashes.append(module())
    assert len(set(hashes)) == 3
    assert hashes[-1] == hashes[-2]  # only what was scored


def test_a_module_that_is_not_there_has_no_hash() -> None:
    with pytest.raises(ValueError, match="no_such_module has no source to hash"):
        code.code_hash("no_such_module")


def test_a_module_of_others_is_hashed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "outside.py").write_text("STEP = 1\n", "utf8")
    before = code.code_hash("outside")
    (tmp_path / "outside.py").write_text("STEP = 2\n", "utf8")
    assert code.code_hash("outside") != before
