"""Change one constant or operator of the package at a time: do the tests notice?

    python book/_tools/mutate.py --seed 0 --number 100 mutants.jsonl

works on a copy of the checkout in a temporary folder. The first run notes which lines each test of
`tests/mtlbook` runs, in a file beside the record (`mutants.map.json`; remove it when tests have
changed). A mutant stands on a line that tests run, and those tests alone are run on it, quick ones
first, until one fails; a constant outside of functions counts as run by every test that runs its
file. Lines are drawn by seed. What stands in the record is not tried again unless its file has
changed, so a run that was stopped goes on. Figures are left out: what they look like is looked at.
Needs an operating system that forks.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import importlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = ("mtlbook/figures/",)
LIBRARIES = ["torch", "torchjd", "pandas", "scipy.stats", "matplotlib.pyplot", "sklearn"]
"""Imported once, before forking; the package itself is imported by each child."""
SWAPS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"), ast.Mod: ("%", "*"), ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="),
    ast.And: ("and", "or"), ast.Or: ("or", "and"),
}  # fmt: skip
Lines = dict[str, dict[int, list[str]]]
"""Of each file, by line: the tests that run it. Line 0 is of all tests that run any line."""


@dataclass(frozen=True)
class Mutant:
    """A change of one place.

    Attributes:
        file: path within the checkout.
        line: counted from 1; ``column`` counts bytes from 0.
        column: where the old text begins.
        old: what stands there.
        new: what comes in its place.
        inside: whether it stands in the body of a function.
    """

    file: str
    line: int
    column: int
    old: str
    new: str
    inside: bool

    def applied(self, source: str) -> str:
        """Return the source with the change."""
        lines = source.split("\n")
        text = lines[self.line - 1].encode()
        start, end = text[: self.column], text[self.column + len(self.old.encode()) :]
        lines[self.line - 1] = (start + self.new.encode() + end).decode()
        return "\n".join(lines)


def changed(value: object) -> str | None:
    """What takes the place of a constant: one more, twice as much, the other truth value."""
    if isinstance(value, bool):
        return str(not value)
    if isinstance(value, int):
        return str(value + 1)
    if isinstance(value, float):
        return repr(2 * value if value else 1.0)
    return None


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Yield every change that can be made in a file, in the order of its syntax tree."""
    texts = source.split("\n")

    def between(left: ast.expr, right: ast.expr, op: ast.AST, inside: bool) -> Iterator[Mutant]:
        if type(op) not in SWAPS or left.end_lineno != right.lineno:
            return
        old, new = SWAPS[type(op)]
        start = left.end_col_offset or 0
        gap = texts[right.lineno - 1].encode()[start : right.col_offset].decode()
        if found := re.search(rf"(?<=[\s)]){re.escape(old)}(?=[\s(])", gap):
            yield Mutant(file, right.lineno, start + found.start(), old, new, inside)

    def walk(node: ast.AST, inside: bool) -> Iterator[Mutant]:
        if isinstance(node, ast.Constant):
            new, old = changed(node.value), ast.get_source_segment(source, node)
            if new is not None and old is not None:
                yield Mutant(file, node.lineno, node.col_offset, old, new, inside)
        elif isinstance(node, ast.BinOp):
            yield from between(node.left, node.right, node.op, inside)
        elif isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            for left, op, right in zip(operands, node.ops, operands[1:], strict=False):
                yield from between(left, right, op, inside)
        elif isinstance(node, ast.BoolOp):
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from between(left, right, node.op, inside)
        for name, part in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            body = name == "body" and isinstance(node, ast.FunctionDef | ast.Lambda)
            for child in part if isinstance(part, list) else [part]:
                if isinstance(child, ast.AST):
                    yield from walk(child, inside or body)

    yield from walk(ast.parse(source), False)


class LineRecorder:
    """A plugin of pytest that notes which lines of the package each test runs, and its seconds."""

    def __init__(self, root: Path) -> None:
        self.prefix = f"{root}{os.sep}"
        self.now: set[tuple[str, int]] = set()
        self.tests: dict[str, dict[str, Any]] = {}

    def _trace(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any] | None:
        name = frame.f_code.co_filename
        if not name.startswith(f"{self.prefix}mtlbook{os.sep}"):
            return None
        if event == "line":
            self.now.add((name, frame.f_lineno))
        return self._trace

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Trace a test with its fixtures."""
        self.now, start = set(), time.monotonic()
        sys.settrace(self._trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            ran: dict[str, list[int]] = {}
            for name, line in sorted(self.now):
                ran.setdefault(name.removeprefix(self.prefix), []).append(line)
            self.tests[item.nodeid] = {"seconds": time.monotonic() - start, "lines": ran}


def in_child(work: Callable[[], int], seconds: float) -> int | None:
    """Run in a forked process, silently; return its exit code, or None when time ran out."""
    if (pid := os.fork()) == 0:
        code = 70
        try:
            os.setsid()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            code = work()
        finally:
            os._exit(code)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return None


def run_tests(root: Path, tests: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Run tests of the copy, until one fails, in this process."""
    os.chdir(root)
    sys.path.insert(0, str(root))
    os.environ["PYTHONPATH"] = str(root)
    options = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:nbval"]
    return int(pytest.main([*options, *tests], plugins=list(plugins)))


def lines_by_test(root: Path, files: Sequence[str], store: Path) -> dict[str, dict[str, Any]]:
    """The lines that each test runs, from the store as far as it goes."""
    known: dict[str, Any] = json.loads(store.read_text()) if store.exists() else {}
    for file in files:
        if file in known:
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = Path(folder, "found.json")

            def work(file: str = file, found: Path = found) -> int:
                recorder = LineRecorder(root)
                code = run_tests(root, [file], [recorder])
                found.write_text(json.dumps(recorder.tests))
                return code

            code = in_child(work, 1800)
            print(f"{file}: {'passes' if code == 0 else 'is left out, as it does not pass'}")
            if code == 0:
                known[file] = json.loads(found.read_text())
                store.write_text(json.dumps(known))
    return {test: found for file in files for test, found in known.get(file, {}).items()}


def by_line(tests: dict[str, dict[str, Any]]) -> Lines:
    """Turn the lines of tests into the tests of lines, quick ones first."""
    lines: Lines = {}
    for test in sorted(tests, key=lambda name: tests[name]["seconds"]):
        for file, ran in tests[test]["lines"].items():
            for line in [0, *ran]:
                lines.setdefault(file, {}).setdefault(line, []).append(test)
    return lines


def drawn(every: Iterable[Mutant], lines: Lines, seed: int, number: int) -> list[Mutant]:
    """Draw mutants on lines that tests run."""
    ran = [m for m in every if (m.line if m.inside else 0) in lines.get(m.file, {})]
    return random.Random(seed).sample(ran, min(number, len(ran)))


def tried(root: Path, mutant: Mutant, tests: Sequence[str], seconds: float) -> bool:
    """Whether a test notices the change; one that does not come to an end is noticed."""
    path = root / mutant.file
    source = path.read_text()
    try:
        path.write_text(mutant.applied(source))
        return in_child(lambda: run_tests(root, tests), seconds) != 0
    finally:
        path.write_text(source)


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Try the mutants, print what was missed, and return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("record", type=Path, help="file of JSON lines, one for each mutant")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--tests", default="tests/mtlbook/test_*.py", help="which files of tests")
    options = parser.parse_args(arguments)
    for library in LIBRARIES:
        importlib.import_module(library)
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    files = sorted(str(p.relative_to(root)) for p in root.glob(options.tests))
    old = options.record.read_text().splitlines() if options.record.exists() else []
    known = {entry["key"]: entry for entry in map(json.loads, old)}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve() / "checkout"
        unneeded = shutil.ignore_patterns(".*", "__pycache__", "_build", "node_modules")
        shutil.copytree(root, copy, ignore=unneeded)
        tests = lines_by_test(copy, files, options.record.with_suffix(".map.json"))
        lines = by_line(tests)
        sources = {file: (copy / file).read_text() for file in sorted(lines)}
        every = [
            mutant
            for file, source in sources.items()
            if not file.startswith(LEFT_OUT)
            for mutant in mutants(file, source)
        ]
        for mutant in drawn(every, lines, options.seed, options.number):
            state = hashlib.sha256(sources[mutant.file].encode()).hexdigest()[:12]
            key = f"{mutant.file}:{mutant.line}:{mutant.column} {state}"
            if key not in known:
                own = lines[mutant.file][mutant.line if mutant.inside else 0]
                limit = 60 + 5 * sum(tests[test]["seconds"] for test in own)
                start = time.monotonic()
                caught = tried(copy, mutant, own, limit)
                known[key] = {"key": key, "caught": caught, "tests": len(own), **asdict(mutant)}
                known[key]["seconds"] = round(time.monotonic() - start, 1)
                with options.record.open("a") as record:
                    record.write(json.dumps(known[key]) + "\n")
            results.append(known[key])
            if not known[key]["caught"]:
                print(f"missed {mutant.file}:{mutant.line}: {mutant.old} -> {mutant.new}")
    print(f"seed {options.seed}: {sum(r['caught'] for r in results)} of {len(results)} caught")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main())
