"""The order of the house: what may import what, what is written once, what is never done."""

import ast
import re
import shutil
import struct
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from notebook_rules import Address
from packaging.requirements import Requirement

import mtlbook

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
MODULES = sorted((ROOT / "mtlbook").rglob("*.py"))
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


def read(name: str) -> str:
    return (ROOT / name).read_text("utf8")


def own_files() -> list[Path]:
    """What git tracks, and what it would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout, so there is no list of the book's files")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def sources() -> Iterator[tuple[str, str]]:
    """Name and Python source of each module and each code cell."""
    for path in MODULES:
        yield path.name, path.read_text("utf8")
    for path in NOTEBOOKS:
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
            if cell.cell_type == "code":
                # Only the setup cell has a magic.
                yield (
                    f"{path.name}, cell {number}",
                    re.sub(r"(?m)^(\s*)%.*", r"\1pass", cell.source),
                )


# The floors of mtlbook: a module imports from floors below its own, or from its own folder.

GROUND = {"", "lazy", "seeding", "task"}  # "" is mtlbook/__init__.py; everybody may import these
FLOORS = {
    "data": 0,
    "runs": 1,  # finds experiments when it is asked to, by the names of their modules
    "models": 1,  # a reader takes a batch of questions
    "toy_language": 1,
    "toy_reading": 1,
    "training": 2,
    "evaluation": 3,
    "experiments": 4,
    "figures": 5,
    "exercises": 5,
    "__main__": 6,  # the command line of runs
}


def room(module: str) -> str:
    """The folder or module directly under mtlbook: `mtlbook.data.logic` is in `data`."""
    return [*module.split("."), ""][1]


def imports(tree: ast.AST, package: str) -> set[str]:
    """The rooms of mtlbook that a module imports; `package` resolves its relative imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -(node.level - 1) or None] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            rooms = {alias.name for alias in node.names if alias.name in GROUND | set(FLOORS)}
            # `from mtlbook import data` names a room; `from mtlbook import __version__` does not.
            named = {f"{base}.{name}" for name in rooms} if base == "mtlbook" else set()
            found |= named or {base}
    return {room(name) for name in found if name.split(".")[0] == "mtlbook"}


def floor_problems(module: str, tree: ast.AST, is_package: bool = False) -> list[str]:
    """What a module imports from its own floor's other rooms, or from above."""
    own = room(module)
    if not own:  # mtlbook/__init__.py shows what chapters import, and looks it up when asked
        return []
    if own not in GROUND | set(FLOORS):
        return [f"{module} is on no floor: give it one in tests/test_house.py"]
    package = module if is_package else module.rpartition(".")[0]
    allowed = GROUND | {own}
    if own in FLOORS:
        allowed |= {name for name, floor in FLOORS.items() if floor < FLOORS[own]}
    return [f"{module} may not import {name}" for name in sorted(imports(tree, package) - allowed)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    assert floor_problems(module, ast.parse(path.read_text("utf8")), path.stem == "__init__") == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("mtlbook.data.logic", "from mtlbook.models.mlp import MLP"),
        ("mtlbook.data.logic", "import mtlbook.models.mlp"),
        ("mtlbook.data.logic", "from mtlbook import models"),
        ("mtlbook.models.mlp", "from ..training.loop import fit"),
        ("mtlbook.models.mlp", "from .. import training"),
        ("mtlbook.models.mlp", "def f():\n    import mtlbook.runs"),
        ("mtlbook.runs", "from mtlbook.experiments import boolean"),
        ("mtlbook.training.loop", "from mtlbook.evaluation import claim"),
        ("mtlbook.figures.style", "from mtlbook.exercises import check"),
        ("mtlbook.task", "from mtlbook.data import logic"),
        ("mtlbook.cellar", "import math"),
    ],
)
def test_an_import_upwards_is_seen(module: str, line: str) -> None:
    assert floor_problems(module, ast.parse(line))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("mtlbook.models.mlp", "from mtlbook import __version__"),
        ("mtlbook.models.mlp", "from mtlbook.task import Task"),
        ("mtlbook.models.mlp", "from mtlbook.models.units import Unit"),
        ("mtlbook.models.mlp", "from .units import Unit"),
        ("mtlbook.models.reader", "from mtlbook.data.reading_batches import ReadingBatch"),
        ("mtlbook.training.loop", "from ..models import mlp"),
        ("mtlbook.training.loop", "from mtlbook import data, seeding"),
        ("mtlbook.experiments.ch01.boolean", "from mtlbook.runs import grid"),
    ],
)
def test_an_import_downwards_is_allowed(module: str, line: str) -> None:
    assert floor_problems(module, ast.parse(line)) == []


def test_the_package_asks_for_docstrings() -> None:
    """Ruff holds them; here it is shown that our settings make it do so."""
    command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", "mtlbook/new.py", "-"]
    source = "class A:\n    def f(self) -> None: ...\n\n\ndef g() -> None: ...\n"
    result = subprocess.run(
        command, cwd=ROOT, input=source, capture_output=True, text=True, check=False
    )
    for rule in ("D100", "D101", "D102", "D103"):
        assert rule in result.stdout


# The facade: what chapters import by its name alone

# For the chapters that are rewritten next; `Networks` is what `from_seeds` returns.
WAITING = {"Networks", "curves", "dial", "dots", "headlines"}


def from_the_facade(tree: ast.AST) -> set[str]:
    """The names that a source takes from `mtlbook` itself."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "mtlbook" and not node.level:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "mtlbook":
            found.add(node.attr)
    return found


def flat_names() -> set[str]:
    return set(mtlbook.__all__) - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_imports_through_the_facade(path: Path) -> None:
    taken = from_the_facade(ast.parse(path.read_text("utf8"))) & flat_names()
    assert path == ROOT / "mtlbook/__init__.py" or not taken


def test_an_import_through_the_facade_is_seen() -> None:
    source = "from mtlbook import claim, runs\nmtlbook.fit\nfrom mtlbook.evaluation import compare"
    assert from_the_facade(ast.parse(source)) == {"claim", "runs", "fit"}


@pytest.mark.parametrize("name", sorted(flat_names()))
def test_a_flat_name_exists_and_is_documented(name: str) -> None:
    found = getattr(mtlbook, name)
    assert found.__name__ == name
    assert found.__doc__


def test_every_flat_name_is_used_by_a_chapter() -> None:
    used = {
        name
        for where, source in sources()
        if ".ipynb" in where
        for name in from_the_facade(ast.parse(source))
    }
    assert flat_names() - used <= WAITING


# What code never does

UNSAFE_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "joblib.load", "os.system"}


def unsafe(source: str) -> list[str]:
    """Code that runs or unpickles what it reads."""
    problems = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").split(".")[0]}
        else:
            names = set()
        problems += sorted(names & UNSAFE_MODULES)
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            options = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if (
                call in UNSAFE_CALLS
                or call.endswith("read_pickle")
                or options.get("allow_pickle") == "True"
                or (call == "torch.load" and options.get("weights_only") != "True")
            ):
                problems.append(ast.unparse(node))
    return problems


def test_nothing_runs_or_unpickles_what_it_reads() -> None:
    found = {name: unsafe(source) for name, source in sources()}
    assert {name: problems for name, problems in found.items() if problems} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import cloudpickle as c",
        "x = eval('1')",
        "exec(code)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "pd.read_pickle(path)",
        "joblib.load(path)",
    ],
)
def test_unsafe_code_is_seen(source: str) -> None:
    assert unsafe(source)


def test_safe_code_is_not_reported() -> None:
    assert unsafe("model.eval()\ntorch.load(path, weights_only=True)\nnp.load(path)") == []


# Dependencies


def requirements(extra: str | None = None) -> list[Requirement]:
    entries = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return [Requirement(entry) for entry in entries]


def pins() -> dict[str, Requirement]:
    lines = [line.split("#")[0].strip() for line in read("requirements.txt").splitlines()]
    return {req.name.lower(): req for req in map(Requirement, filter(None, lines))}


def not_a_floor(requirement: Requirement) -> bool:
    return [spec.operator for spec in requirement.specifier] != [">="]


def test_runtime_dependencies_have_a_floor_and_nothing_else() -> None:
    assert [str(req) for req in requirements() if not_a_floor(req)] == []


@pytest.mark.parametrize("bad", ["torch", "torch==2.6", "torch>=2.6,<3", "torch~=2.6", "torch<3"])
def test_what_is_no_floor_is_seen(bad: str) -> None:
    assert not_a_floor(Requirement(bad))


def test_every_dependency_of_the_book_is_pinned_within_its_bounds() -> None:
    pinned = pins()
    for extra in (None, "book", "cluster", "marco", "test"):
        for requirement in requirements(extra):
            (pin,) = pinned[requirement.name.lower()].specifier
            assert pin.operator == "=="
            assert requirement.specifier.contains(pin.version, prereleases=True), requirement


def test_jupyter_book_stays_on_the_line_with_the_colab_button() -> None:
    (book,) = (r for r in requirements("book") if r.name == "jupyter-book")
    assert not book.specifier.contains("2.0")


def test_every_dependency_is_explained() -> None:
    text = read("CONTRIBUTING.md")
    for requirement in [
        *requirements(),
        *(r for x in ("book", "test", "cluster", "marco") for r in requirements(x)),
    ]:
        assert f"`{requirement.name}`" in text, (
            f"CONTRIBUTING.md does not say why {requirement.name}"
        )


# Written once

ADDRESS_FILES = re.compile(
    r"_config\.yml|README\.md|CITATION\.cff|pyproject\.toml|index\.md|CONTRIBUTING\.md"
    r"|book/\w+\.md|notebooks/\w+\.ipynb"
)


def foreign_addresses(text: str, address: Address) -> list[str]:
    """Mentions of the repository (on GitHub, in Colab, as pages) that differ from the address."""
    owner, name = address.repository.removeprefix("https://github.com/").split("/")
    found = re.findall(
        rf"([\w.-]+)/{re.escape(name)}(?![\w-])(/(?:blob|tree)/[\w.-]+)?", text, re.I
    )
    allowed = {owner, f"{owner.lower()}.github.io"}
    return [
        f"{who}/{name}{where}"
        for who, where in found
        if who not in allowed or (where and where.split("/")[2] != address.branch)
    ]


def test_the_public_address_is_the_same_everywhere() -> None:
    address = Address.read()
    name = address.repository.rpartition("/")[2]
    for path in own_files():
        relative = path.relative_to(ROOT).as_posix()
        text = path.read_bytes().decode("utf8", "replace")
        assert foreign_addresses(text, address) == [], relative
        if f"/{name}" in text:
            assert ADDRESS_FILES.fullmatch(relative), f"{relative} should not name the address"


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/someone/Book",
        "https://someone.github.io/Book",
        "git+https://github.com/someone/Book@main",
        "https://github.com/owner/Book/blob/master/x.md",
        "https://colab.research.google.com/github/someone/Book/blob/main/x.ipynb",
    ],
)
def test_another_address_is_seen(text: str) -> None:
    address = Address("https://github.com/owner/Book", "main")
    assert foreign_addresses(text, address)


def test_the_address_itself_is_not_reported() -> None:
    address = Address("https://github.com/owner/Book", "main")
    text = f"{address.repository}/blob/main/x {address.colab('x')} https://owner.github.io/Book/"
    assert foreign_addresses(text, address) == []


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    assert str(citation["version"]) == mtlbook.__version__
    assert PROJECT["dynamic"] == ["version"]  # setuptools takes the package's


def test_the_version_has_moved_with_the_package() -> None:
    """Otherwise `pip install --upgrade` keeps a reader's old code."""

    def git(*command: str) -> str:
        done = subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    if git("rev-parse", "--is-shallow-repository") != "false":
        pytest.skip("no history here")
    changed = git("log", "-1", "--format=%as", "--", "mtlbook/*.py").replace("-", "")
    assert mtlbook.__version__.split(".")[2] >= changed, "run: python book/_tools/version.py"


def test_the_citation_names_the_address() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["repository-code"] == Address.read().repository
    assert PROJECT["urls"]["Repository"] == Address.read().repository


# The README and the contents


def toc_files() -> list[str]:
    toc = yaml.safe_load(read("_toc.yml"))
    chapters = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return [toc["root"], *chapters]


def test_the_contents_list_what_exists() -> None:
    missing = [name for name in toc_files() if not list(ROOT.glob(f"{name}.[mi]*"))]
    assert missing == []


def test_every_chapter_and_page_is_in_the_contents() -> None:
    pages = [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("book/*.md")]
    written = {path.relative_to(ROOT).with_suffix("").as_posix() for path in pages}
    assert written <= set(toc_files())


def test_the_readme_shows_a_page_and_says_where_to_read() -> None:
    owner, name = Address.read().repository.removeprefix("https://github.com/").split("/")
    book = f"https://{owner.lower()}.github.io/{name}/"
    file = re.search(r"^BOOK := (\S+)$", read("Makefile"), re.MULTILINE)
    assert file
    assert "](book/_static/page.png)" in read("README.md")
    for page in ("README.md", "index.md"):
        for kind in ("pdf", "epub"):
            assert f"({book}{file[1]}.{kind})" in read(page)
    size = struct.unpack(">II", (ROOT / "book/_static/page.png").read_bytes()[16:24])
    assert size == (1200, 630), "as those ask who show a picture beside a link"


def test_the_readme_lists_the_chapters_of_the_contents() -> None:
    rows = re.findall(
        r"^\| *(\d+) *\| *\[([^\]]+)\]\((\S+?)\.ipynb\) *\|.*\]\((\S+)\)", read("README.md"), re.M
    )
    chapters = [name for name in toc_files() if name.startswith("notebooks/")]
    assert [name for _, _, name, _ in rows] == chapters
    for number, title, name, badge in rows:
        assert badge == Address.read().colab(f"{name}.ipynb")
        assert int(number) == int(Path(name).name[:2])
        cells = nbformat.read(ROOT / f"{name}.ipynb", as_version=4).cells
        assert re.search(rf"^# .*{re.escape(title)}", cells[1].source), (
            f"{title!r} is not the title"
        )


def commands(text: str) -> set[str]:
    """The make commands of the fenced blocks of a page."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return {
        line.split("#")[0].strip()
        for block in blocks
        for line in block.splitlines()
        if line.startswith("make ")
    }


def test_ci_runs_the_commands_of_the_readme() -> None:
    promised = commands(read("README.md"))
    assert promised == {"make book", "make test"}
    assert set(re.findall(r"^timed (make .*)$", read(".ci/run"), re.MULTILINE)) == promised


def test_make_knows_every_command_that_the_pages_name() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "index.md",
        *(f"{n}.md" for n in toc_files() if "book/" in n),
    ]:
        assert set(re.findall(r"`make ([a-z]+)", read(page))) <= targets, page


# What is never committed


def test_no_file_is_large() -> None:
    assert [path.name for path in own_files() if path.stat().st_size > 1_000_000] == []


def machine_paths(text: str) -> list[str]:
    """Paths of the machine that the book was written on."""
    return re.findall(r"(?<![\w.])/(?:work|root|home)/[\w.]+", text)


def test_no_file_names_a_path_of_this_machine() -> None:
    for path in own_files():
        if path != Path(__file__) and path.name != "test_notebooks.py":
            assert machine_paths(path.read_bytes().decode("utf8", "replace")) == [], path.name


def test_a_path_of_this_machine_is_seen() -> None:
    assert machine_paths('open("/work/shared/data.csv")') == ["/work/shared"]
    assert machine_paths("https://example.org/work/shared and framework/root") == []


# What a reader installs


def test_the_wheel_holds_the_package_its_results_and_nothing_else(tmp_path: Path) -> None:
    # In a copy: building leaves its files behind.
    source = tmp_path / "source"
    for path in [ROOT / "README.md", ROOT / "pyproject.toml", *ROOT.glob("LICENSE*")]:
        source.mkdir(exist_ok=True)
        shutil.copy(path, source)
    shutil.copytree(
        ROOT / "mtlbook", source / "mtlbook", ignore=shutil.ignore_patterns("__pycache__")
    )
    (source / "tests").mkdir()
    (source / "tests" / "__init__.py").touch()
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "-w", tmp_path, source], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kept = {".py", ".json", ".txt", ".typed"}
    wanted = [path for path in (ROOT / "mtlbook").rglob("*") if path.suffix in kept]
    assert held == {path.relative_to(ROOT).as_posix() for path in wanted}
    assert "mtlbook/py.typed" in held
