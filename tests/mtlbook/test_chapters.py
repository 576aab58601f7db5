"""What a chapter shows is what the package runs, and each of its exercises answers back."""

import ast
import dis
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType
from typing import Any

import nbformat
import pytest
from notebook_rules import ROOT, Exercise, code_cells, exercises

from mtlbook.exercises import chapters, checks

CHECKS = [number for chapter in chapters() for number in checks(chapter)]
NOTEBOOKS = sorted(
    {ROOT / "notebooks" / "01_inductive_bias.ipynb", *ROOT.glob("notebooks/*.ipynb")}
)

# Shown from scratch in a chapter, and kept in the package for later ones.
TWINS = (
    "models/attention",
    "models/mlp",
    "models/tagger",
    "training/mt_san",
)
# Of these, chapters show some definitions, and have others of their own by the rest of the names.
PARTS = {
    "experiments/ch01_inductive_bias/boolean": {"boolean_losses", "accuracy_on_t1"},
    "models/sluice": {"stitch", "mix_layers"},
    "models/branches": {"two_branches", "BranchTagger", "correlation_overlap"},
    "experiments/ch12_shared_and_private/measures": {"lesion", "random_units", "probe"},
    "data/masking": {"mask_words"},
    "models/pretraining": {"TextReader", "text_losses"},
    "data/synthetic": {"teacher_weights", "teacher_data", "flip", "irrelevant_tasks"},
    "experiments/ch13_noise/noise_outputs": {
        "coins", "normals", "uniforms", "noisy_batches", "noisy_losses",
    },
    "models/sharing": {"l2_to_mean", "pairwise_l2", "trace_norm"},
    "models/reader": {"Window", "Encoder"},
    "evaluation/reading": {"ARTICLES", "NO_PUNCTUATION", "normalised"},
    "experiments/ch04_soft_sharing/soft_sharing": {
        "to_zero", "to_mean", "to_subspace", "to_start", "to_strangers",
    },
}  # fmt: skip
DATA = ("mtlbook.data.", "mtlbook.toy_language", "mtlbook.toy_reading")
CENTRAL = {
    "MLP",
    *("Embeddings", "turned", "BiLSTM"),
    *("l2_to_mean", "trace_norm", "Students"),
    *("stitch", "mix_layers"),
    *("Answer", "Attention", "Encoder", "normalised"),
    *("batches_of_an_epoch", "Bigrams", "cross_entropy_differences", "rescaled"),
    *("two_branches", "BranchTagger", "lesion"),
    *("TextReader", "text_losses"),
}


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def parse(source: str) -> ast.Module:
    """Parse a cell; the setup cell has a magic."""
    return ast.parse(re.sub(r"(?m)^(\s*)%.*", r"\1pass", source))


def chapter_of(*sources: str) -> Any:
    """A notebook of our own."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


# What a chapter imports

LOADED = """
import sys
from pathlib import Path

for imports in sys.stdin.read().split("\\0"):
    for name in [name for name in sys.modules if name.split(".")[0] == "mtlbook"]:
        del sys.modules[name]
    exec(imports)
    files = {m.__file__ for n, m in list(sys.modules.items()) if n.split(".")[0] == "mtlbook"}
    print(sum(len(Path(file).read_text("utf8").splitlines()) for file in files))
"""


def imported(notebook: Any) -> list[ast.Import | ast.ImportFrom]:
    """The imports of a chapter, but that of the setup cell."""
    return [
        node
        for cell in code_cells(notebook)
        for node in parse(cell.source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def places(nodes: Sequence[ast.Import | ast.ImportFrom]) -> set[str]:
    """The parts of mtlbook that a chapter takes names from; its own experiments are one."""
    found = set()
    for node in nodes:
        module = getattr(node, "module", None) or node.names[0].name
        if module == "mtlbook.experiments":
            module += f".{node.names[0].name}"
        if module.split(".")[0] == "mtlbook":
            found.add(module)
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_imports_little_from_few_places(path: Path) -> None:
    nodes = imported(read(path))
    assert sum((node.end_lineno or 0) - node.lineno + 1 for node in nodes) <= 14
    assert all((node.end_col_offset or 0) <= 84 for node in nodes)
    assert len(places(nodes)) <= 3
    assert all(
        place == "mtlbook" or place.startswith((f"mtlbook.experiments.ch{path.stem[:2]}_", *DATA))
        for place in places(nodes)
    )


def test_what_an_import_cell_pulls_in_is_small() -> None:
    """Lines of mtlbook; most of it is looked up when it is asked for."""
    cells = ["\n".join(map(ast.unparse, imported(read(path)))) for path in NOTEBOOKS]
    found = subprocess.run(
        [sys.executable, "-c", LOADED],
        input="\0".join(cells),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = sorted(map(int, found.stdout.split()))
    assert len(lines) == len(NOTEBOOKS)
    assert lines[len(lines) // 2] <= 4000
    assert lines[-1] <= 5000


# The same code


def origins(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: ``F`` for ``torch.nn.functional``.

    What comes from the package goes by its own name: a chapter may define it instead.
    """
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                found[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                own = str(node.module).split(".")[0] == "mtlbook"
                full = alias.name if own else f"{node.module}.{alias.name}"
                found[alias.asname or alias.name] = full
    return found


class Plain(ast.NodeTransformer):
    """Code without docstrings and annotations, and with imported names written in full."""

    def __init__(self, imported: dict[str, str]) -> None:
        self.imported = imported

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        plain = ast.Assign([node.target], node.value) if node.value else ast.Expr(node.target)
        return self.generic_visit(ast.copy_location(plain, node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        of = self.imported.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
        own = re.match(r"ch\d\d_", of)  # `ch01.binary_code` is what the package calls `binary_code`
        return ast.Name(node.attr, node.ctx) if own else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.imported.get(node.id, node.id)
        return node


def definitions(source: str) -> dict[str, list[str]]:
    """Each function, class and constant of the top level, as plain code, in every version."""
    tree = parse(source)
    imported = origins(tree)
    found: dict[str, list[str]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            name = target.id if isinstance(target, ast.Name) else ""
            if not name.isupper():
                continue
        else:
            continue
        found.setdefault(name, []).append(ast.unparse(Plain(imported).visit(node)))
    return found


def shown(notebook: Any) -> dict[str, list[str]]:
    """What a chapter defines; a name that it defines twice has two versions."""
    return definitions("\n\n".join(cell.source for cell in code_cells(notebook)))


def kept() -> dict[str, str]:
    """What the package defines in the modules that chapters show."""
    found: dict[str, str] = {}
    for module in (*TWINS, *PARTS):
        for name, versions in definitions(
            (ROOT / f"mtlbook/{module}.py").read_text("utf8")
        ).items():
            assert len(versions) == 1
            if not name.startswith("_") and name in PARTS.get(module, {name}):
                assert name not in found, f"{name} is in two modules"
                found[name] = versions[0]
    return found


def differences(notebook: Any, package: dict[str, str]) -> list[str]:
    """The names for which the chapter shows other code than the package has."""
    return [
        name
        for name, versions in shown(notebook).items()
        for version in versions
        if package.get(name, version) != version
    ]


def test_what_is_loaded_is_recorded() -> None:
    sources = {
        p.name: "\n".join(c.source for c in code_cells(nbformat.read(p, 4))) for p in NOTEBOOKS
    }
    sources |= {str(p): p.read_text("utf8") for p in ROOT.glob("mtlbook/**/*.py")}
    loaded = [
        (name, run)
        for name, source in sources.items()
        for run in re.findall(r"""\bload\(\s*"([\w-]+)\"\s*\)""", source)
    ]
    assert len(loaded) > 50
    recorded = {p.stem for p in ROOT.glob("mtlbook/results/*.json")}
    assert [(name, run) for name, run in loaded if run not in recorded] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_shows_the_code_that_the_package_runs(path: Path) -> None:
    package, chapter = kept(), shown(read(path))
    assert differences(read(path), package) == []
    for name in package.keys() & chapter.keys():  # so that a failure shows both
        assert chapter[name] == [package[name]] * len(chapter[name])


def test_the_central_definitions_are_shown() -> None:
    names = {name for path in NOTEBOOKS for name in shown(read(path))}
    assert names & kept().keys() >= CENTRAL


PACKAGE = '''
from __future__ import annotations
import numpy as np
from torch import Tensor, nn
from torch.nn import functional
from mtlbook.data.logic import binary_code

SIZES: dict[str, int] = {"small": 4}


class Net(nn.Module):
    """A net."""

    def forward(self, x: Tensor, scale: float = 2.0) -> Tensor:
        """Apply it."""
        bound: Tensor = functional.relu(x)
        return scale * np.abs(bound) + len(binary_code(4))
'''
CHAPTER = """
import numpy
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def forward(self, x, scale=2.0):
        bound = F.relu(x)  # as in the text
        return scale * numpy.abs(bound) + len(binary_code(4))
"""


def package_of_one() -> dict[str, str]:
    return {name: version for name, (version,) in definitions(PACKAGE).items()}


@pytest.mark.parametrize(
    "sources",
    [
        (PACKAGE,),
        (CHAPTER,),
        ("def binary_code(n):\n    return range(n)", CHAPTER, "class Other:\n    pass"),
        (PACKAGE.replace("A net", "The net").replace(": Tensor", "").replace(" -> Tensor", ""),),
    ],
    ids=["the module", "plain", "with others", "other text"],
)
def test_the_same_code_in_other_words_is_the_same(sources: tuple[str, ...]) -> None:
    assert "Net" in shown(chapter_of(*sources))
    assert differences(chapter_of(*sources), package_of_one()) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("scale * ", "scale + "),
        ("return ", "x = 1\n        return "),
        ("scale=2.0", "scale=3.0"),
        ("scale=2.0", "factor=2.0"),
        ("nn.Module", "nn.Linear"),
        ("class Net", "@final\nclass Net"),
        ("functional as F", "modules as F"),
        ("import numpy", "import cupy as numpy"),
        ("\nclass", '\nSIZES = {"small": 5}\n\nclass'),
        ("\nclass", "\nclass Net:\n    pass\n\nclass"),
    ],
    ids=["operator", "statement", "default", "argument", "base", "decorator", "import", "module",
         "constant", "another version"],
)  # fmt: skip
def test_other_code_is_seen(before: str, after: str) -> None:
    changed = CHAPTER.replace(before, after, 1)
    assert changed != CHAPTER
    assert differences(chapter_of(changed), package_of_one()) in (["Net"], ["SIZES"])


# Exercises


def instructions(statements: Sequence[ast.stmt]) -> Iterator[tuple[bool, dis.Instruction]]:
    """The instructions of some statements, each with whether it is of the top level."""
    module = ast.Module(list(statements), type_ignores=[])
    waiting = [(True, compile(module, "chapter", "exec"))]
    while waiting:
        top, code = waiting.pop()
        yield from ((top, instruction) for instruction in dis.get_instructions(code))
        waiting += [(False, part) for part in code.co_consts if isinstance(part, CodeType)]


def bound(*statements: ast.stmt) -> set[str]:
    """The global names that statements bind."""
    return {i.argval for top, i in instructions(statements) if top and i.opname == "STORE_NAME"}


def used(*statements: ast.stmt) -> set[str]:
    """The global names that statements read, now or in a function they define."""
    reads = {"LOAD_NAME", "LOAD_GLOBAL"}
    return {i.argval for _, i in instructions(statements) if i.opname in reads}


def needed(source: str, notebook: Any) -> ast.Module:
    """The statements of the chapter that some code builds on, and no others, in their order."""
    stubs = [exercise.stub for exercise in exercises(notebook)]
    statements = [
        statement
        for cell in code_cells(notebook)
        if not any(cell.source in stub for stub in stubs)
        for statement in parse(cell.source).body
    ]
    code = parse(source).body
    wanted, chosen, size = used(*code) - bound(*code), set[int](), -1
    while len(chosen) > size:
        size = len(chosen)
        for number, statement in enumerate(statements):
            if number not in chosen and bound(statement) & wanted:
                chosen.add(number)
                wanted |= used(statement)
    return ast.Module([statements[number] for number in sorted(chosen)], type_ignores=[])


def say(source: str, notebook: Any, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run some code with what it needs of the chapter; return the lines that it prints."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(needed(source, notebook), "chapter", "exec"), space)
    capsys.readouterr()
    exec(compile(source, "exercise", "exec"), space)
    return capsys.readouterr().out.splitlines()


def exercise(number: str) -> tuple[Exercise, Any]:
    """The exercise of that number, and the chapter that it is in."""
    (path,) = [p for p in NOTEBOOKS if int(p.name[:2]) == int(number.split(".")[0])]
    notebook = read(path)
    found = [e for e in exercises(notebook) if e.heading.startswith(f"Exercise {number} ")]
    assert len(found) == 1, f"{path.name} has {len(found)} exercises {number}"
    return found[0], notebook


@pytest.mark.parametrize("number", CHECKS)
def test_the_solution_is_right(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, notebook = exercise(number)
    lines = say(found.solution, notebook, capsys)
    assert lines
    assert lines[-1].startswith(f"Exercise {number}: right")
    assert not [line for line in lines if re.search(r": not (yet|attempted)", line)]


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_attempted_yet(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    found, notebook = exercise(number)
    assert say(found.stub, notebook, capsys) == [f"Exercise {number}: not attempted yet."]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_has_a_check(path: Path) -> None:
    headings = [e.heading.split()[1] for e in exercises(read(path))]
    assert headings == [n for n in CHECKS if int(n.split(".")[0]) == int(path.name[:2])]


EXERCISE = """### Exercise 1.1 ★ Shares

Which?"""
SHARES = (
    '{"T1": %s, "T1 and T2": (1, 1), "T1 and T3": (HALF, 1), "T1 and T4": (HALF, HALF)}\n'
    'check("1.1", shares)'
)


def small_chapter(answer: str) -> Any:
    """A chapter with an exercise, of which some statements are not needed and would stop."""
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    solution = f"```python\nshares = {SHARES % answer}\n```"
    return nbformat.v4.new_notebook(
        cells=[
            code("try:\n    import mtlbook\nexcept ImportError:\n    %pip install mtlbook"),
            code("from mtlbook.exercises import check\nraise_now = 1 / 0"),
            code("def double(x):\n    return 2 * QUARTER\n\n\nQUARTER = 0.25"),
            code("HALF = double(0)\nshares = 1 / 0"),
            text(EXERCISE),
            code(f"shares = {SHARES % '...'}"),
            text(f"<details>\n<summary>Solution</summary>\n\n{solution}\n\n</details>"),
        ]
    )


def test_only_what_an_exercise_needs_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    notebook = small_chapter("(0.25, 0.5)")
    (found,) = exercises(notebook)
    (line,) = say(found.solution, notebook, capsys)
    assert line.startswith("Exercise 1.1: right")
    (line,) = say(found.stub, notebook, capsys)
    assert line == "Exercise 1.1: not attempted yet. Still open: T1"


def test_a_wrong_solution_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    notebook = small_chapter("(0.75, 0.5)")
    (found,) = exercises(notebook)
    (line,) = say(found.solution, notebook, capsys)
    assert line.startswith("Exercise 1.1: not yet")


def test_names_inside_a_function_are_not_taken_for_those_of_the_chapter() -> None:
    source = (
        "def answer(shares):\n    QUARTER = [shares for shares in range(3)]\n    return QUARTER"
    )
    assert needed(source, small_chapter("(0.25, 0.5)")).body == []


def test_what_is_needed_is_found_through_functions() -> None:
    notebook = small_chapter("(0.25, 0.5)")
    (found,) = exercises(notebook)
    names = sorted(bound(*needed(found.solution, notebook).body))
    assert names == ["HALF", "QUARTER", "check", "double"]
