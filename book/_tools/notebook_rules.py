"""The rules that every chapter keeps, each a function from a notebook to a list of problems.

`tests/test_notebooks.py` runs them on the chapters, and each of them on a notebook that breaks it.
While writing, `python book/_tools/notebook_rules.py` lists the problems of all chapters.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import yaml
from cell_names import Cell, Page, changes_its_own, one_meaning

ROOT = Path(__file__).resolve().parents[2]
Notebook = Any
Rule = Callable[[Notebook], list[str]]

# The first code cell of each chapter. It is the only cell that may hold a magic. A version ends in
# a day, so that versions are in the order of their text.
SETUP_CELL = """\
try:
    import mtlbook
except ImportError:
    %pip install -q "mtlbook @ git+{address}"
    import mtlbook
if mtlbook.__version__ < "{version}":
    raise ImportError(
        f"This chapter needs mtlbook {version}, and found "
        f"{{mtlbook.__version__}}. Run\\n"
        '%pip install --upgrade "mtlbook @ git+{address}"'
        "\\nand restart the kernel."
    )"""

MAX_LINES = 40
MAX_KILOBYTES = 600
MIN_ALT = 40  # characters; shorter ones name a figure, they do not describe it
MAX_FINDING = 150  # characters; a finding is read at one glance
PICTURES = ("image/svg+xml", "image/png")
MAX_PICTURE = 200_000  # characters, of which a PNG needs four for three bytes
PARTS = ("What we can claim", "What the paper reported", "Exercises", "What comes next")
REWRITTEN = ("What the paper reported", "Keep this", "Exercises", "What comes next", "Evidence")
"""The parts of a chapter that has been rewritten: it says what to keep."""
FACTS = ("reading time", "running time", "builds on")
EXERCISE = re.compile(r"Exercise (\d+)\.(\d+) (★{1,3}) \S.*")
NBVAL_MARKERS = {
    "NBVAL_IGNORE_OUTPUT",
    "NBVAL_CHECK_OUTPUT",
    "NBVAL_RAISES_EXCEPTION",
    "NBVAL_SKIP",
}
TAGS = {"remove-cell", "remove-input", "hide-input", "hide-output", "hide-cell"} | {
    marker.lower().replace("_", "-") for marker in NBVAL_MARKERS
}

# What some reader's program shows as raw text, or loses. Looked for outside code and formulas.
FORBIDDEN = {
    "a MyST role": r"\{[\w:+-]+\}(?=CODE)",
    "a MyST directive": r"^(?:`{3,}|~{3,})\s*\{",
    "a colon fence": r"^\s*:{3,}",
    "a GitHub alert": r"^\s*>\s*\[!\w+\]",
    "a MyST comment": r"^\s*%",
    "a MyST target": r"^\s*\([\w:.-]+\)=\s*$",
    "a MyST block break": r"^\+\+\+",
    "a label after a formula": r"(?<=DISPLAY)[ ]*\([\w:.-]+\)",
    "a substitution": r"\{\{",
    "a footnote": r"\[\^[^\]]+\]",
    "a link without text": r"(?<!!)\[\s*\]\(",
    "an attachment": r"\(attachment:",
    "a formula outside dollars": r"\\begin\{|\\[\[(]",
    "a link to a built page": r"\]\((?!https?://)[^)#]*\.html",
    "a picture from another site": r"!\[[^\]]*\]\(https?://",
    "front matter": r"\A---\s*$",
}
# What an output must not hold: it is noise, or differs from machine to machine.
NOT_PRINTED = {
    "a progress bar": r"\d+%\||\d(?:it/s|s/it)\b",
    "a path of one machine": r"/(?:home|root|Users|tmp|work|content)/|[A-Z]:\\\w|site-packages",
    "a memory address": r"\b0x[0-9a-f]{6,}",
}
HTML_TAGS = {"details", "summary", "br", "sub", "sup", "kbd"}


@dataclass(frozen=True)
class Address:
    """Where the book lives in public, read from `_config.yml`."""

    repository: str
    branch: str

    @classmethod
    def read(cls, config: Path = ROOT / "_config.yml") -> "Address":
        """Read the address from the book's configuration."""
        entry = yaml.safe_load(config.read_text("utf8"))["repository"]
        return cls(entry["url"], entry["branch"])

    def colab(self, path: str) -> str:
        """The address that opens a notebook in Colab."""
        name = self.repository.removeprefix("https://github.com/")
        return f"https://colab.research.google.com/github/{name}/blob/{self.branch}/{path}"


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter: its heading, the cells to fill in, and the printed solution."""

    heading: str
    stub: str
    solution: str


# Reading a notebook


def setup_cell(address: str, version: str | None = None) -> str:
    """The setup cell, which asks for a version of the package; this checkout's by default."""
    if version is None:
        package = (ROOT / "mtlbook/__init__.py").read_text("utf8")
        (version,) = re.findall(r'^__version__ = "([\d.]+)"$', package, re.MULTILINE)
    return SETUP_CELL.format(address=address, version=version)


def code_cells(notebook: Notebook) -> list[Any]:
    """The code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown_cells(notebook: Notebook) -> list[Any]:
    """The Markdown cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def prose(source: str) -> str:
    """Markdown without fenced code; CODE, FORMULA and DISPLAY stand for code and formulas."""
    # A fence with a directive stays: it is no code, and one of the rules looks for it.
    source = re.sub(
        r"^(`{3,}|~{3,})(?!\s*\{).*?^\1[ ]*$", "", source, flags=re.DOTALL | re.MULTILINE
    )
    source = re.sub(r"(?<!`)(`{1,2})(?!`)[^`]+\1(?!`)", "CODE", source)
    source = re.sub(r"\$\$.+?\$\$", "DISPLAY", source, flags=re.DOTALL)
    return re.sub(r"\$[^$\n]+\$", "FORMULA", source)


def headings(notebook: Notebook) -> list[tuple[int, str]]:
    """Level and text of each heading, in order."""
    return [
        (len(match[1]), match[2].strip())
        for cell in markdown_cells(notebook)
        for match in re.finditer(r"^(#{1,6}) (.*)$", prose(cell.source), re.MULTILINE)
    ]


def texts(cell: Any) -> Iterator[str]:
    """Every text among the outputs of a code cell."""
    for output in cell.get("outputs", []):
        yield str(output.get("text", ""))
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield str(data)


def exercises(notebook: Notebook) -> list[Exercise]:
    """The exercises; stub or solution is empty where the chapter has none."""
    found = []
    heading, stub, solution = "", "", ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            stub += f"{cell.source}\n"
            continue
        titles = re.findall(r"^#{1,6} (.*)$", prose(cell.source), re.MULTILINE)
        if titles:
            if heading:
                found.append(Exercise(heading, stub, solution))
            last = titles[-1].strip()
            heading, stub, solution = (last if last.startswith("Exercise ") else ""), "", ""
        folded = re.search(
            r"<details>\s*<summary>Solution</summary>(.*?)</details>", cell.source, re.DOTALL
        )
        if folded:
            solution += "\n".join(
                re.findall(r"^```python\n(.*?)^```", folded[1], re.DOTALL | re.MULTILINE)
            )
    if heading:
        found.append(Exercise(heading, stub, solution))
    return found


# Rules


def is_executed(notebook: Notebook) -> list[str]:
    """Every code cell ran, in order, from a fresh kernel. Otherwise nbval compares nothing."""
    cells = code_cells(notebook)
    counts = [cell.get("execution_count") for cell in cells]
    problems = [] if cells else ["there is no code cell"]
    if counts != list(range(1, len(cells) + 1)):
        problems.append(f"execution counts are {counts}, not 1 to {len(cells)}: run `make live`")
    if not any(cell.get("outputs") for cell in cells):
        problems.append("no output is stored: run `make live`")
    return problems


def has_clean_outputs(notebook: Notebook) -> list[str]:
    """No traceback, no stderr, no progress bar, nothing of one machine, no heavy picture."""
    problems = []
    for number, cell in enumerate(code_cells(notebook), 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                problems.append(f"code cell {number} stores a traceback")
            if output.get("name") == "stderr":
                problems.append(f"code cell {number} stores stderr")
            problems += [
                f"code cell {number} stores {kind}; pictures are SVG or PNG"
                for kind in output.get("data", {})
                if kind.startswith("image/") and kind not in PICTURES
            ]
            problems += [
                f"the figure of code cell {number} has {len(picture):,} characters, more than "
                f"{MAX_PICTURE:,}: draw less, or many points as pixels (`rasterized=True`)"
                for kind in PICTURES
                if len(picture := output.get("data", {}).get(kind, "")) > MAX_PICTURE
            ]
        for text in texts(cell):
            problems += [
                f"code cell {number} prints {what}"
                for what, pattern in NOT_PRINTED.items()
                if re.search(pattern, text)
            ]
    return problems


def has_short_cells(notebook: Notebook) -> list[str]:
    """A code cell fits on a screen; an import counts as one line, whatever names it takes."""
    sources = [
        re.sub(r"(?m)^from \S+ import \([^)]*\)", "", c.source) for c in code_cells(notebook)
    ]
    return [
        f"code cell {number} has {length} lines, more than {MAX_LINES}"
        for number, source in enumerate(sources, 1)
        if (length := len(source.splitlines())) > MAX_LINES
    ]


def has_plain_code(notebook: Notebook) -> list[str]:
    """No magic and no shell command: they differ between IPython 7 (Colab) and later ones."""
    # The setup cell is compared as a whole by `opens_like_the_others`.
    return [
        f"code cell {number} has {line.strip()!r}; write plain Python"
        for number, cell in enumerate(code_cells(notebook)[1:], 2)
        for line in cell.source.splitlines()
        if re.match(r"\s*[%!?]|.*(?:set_matplotlib_formats|get_ipython\()", line)
    ]


def has_sound_headings(notebook: Notebook) -> list[str]:
    """One title, which comes first; no level is skipped; no heading stands twice."""
    found = headings(notebook)
    levels = [level for level, _ in found]
    problems = []
    if levels.count(1) != 1 or levels[0] != 1:
        problems.append(f"there must be one `# Title`, before any other heading; levels: {levels}")
    problems += [
        f"{text!r} skips a level"
        for (before, _), (level, text) in pairwise(found)
        if level > before + 1
    ]
    names = [text for _, text in found]
    return problems + [
        f"{name!r} is a heading twice" for name in sorted(set(names)) if names.count(name) > 1
    ]


def describes_figures(notebook: Notebook) -> list[str]:
    """One figure a cell, with alt text in the metadata `mystnb.image.alt`, and a `caption`."""
    problems, seen = [], set()
    for number, cell in enumerate(code_cells(notebook), 1):
        figures = sum(
            any(kind in output.get("data", {}) for kind in PICTURES)
            for output in cell.get("outputs", [])
        )
        if not figures:
            continue
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "").strip()
        if figures > 1:
            problems.append(
                f"code cell {number} shows {figures} figures, which would share one alt text"
            )
        if len(alt) < MIN_ALT:
            problems.append(f"the figure of code cell {number} has too short an alt text: {alt!r}")
        for text in (alt, cell.metadata.get("caption", "")):
            if text and text in seen:
                problems.append(f"a text of code cell {number} stands on another figure: {text!r}")
            seen.add(text)
        if wrong := wrong_in_caption(cell.metadata.get("caption", "")):
            problems.append(f"the caption of code cell {number} {wrong}")
    for cell in markdown_cells(notebook):
        problems += [
            f"a picture without alt text: {target}"
            for alt, target in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", cell.source)
            if not alt.strip()
        ]
    return problems


def wrong_in_caption(caption: str) -> str:
    """What a caption lacks: one line; the finding first, not what is drawn; how to read it."""
    finding = re.split(r"(?<=[.?!]) (?=[^a-z])", caption)[0]
    if len(caption) < MIN_ALT:
        return f"is missing or too short: {caption!r}"
    if "\n" in caption or not caption.endswith("."):
        return "is one line of sentences"
    if re.search(r"\b(shows?|shown|figure|plotted|plot)\b", finding, re.IGNORECASE):
        return f"opens with what is drawn, not with what is found: {finding!r}"
    if len(finding) > MAX_FINDING:
        return f"has a finding of {len(finding)} characters, more than {MAX_FINDING}: {finding!r}"
    return ""


def is_plain_markdown(notebook: Notebook) -> list[str]:
    """Nothing that Jupyter, Colab or GitHub would show as raw markup."""
    problems = []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "raw":
            problems.append(f"cell {number} is a raw cell")
        if cell.cell_type != "markdown" or number == 0:  # the first holds the badge
            continue
        text = prose(cell.source)
        problems += [
            f"cell {number} has {what}"
            for what, pattern in FORBIDDEN.items()
            if re.search(pattern, text, re.MULTILINE)
        ]
        tags = {tag.lower() for tag in re.findall(r"</?([A-Za-z][\w-]*)(?=[\s/>])[^>]*>", text)}
        problems += [f"cell {number} has HTML <{tag}>" for tag in sorted(tags - HTML_TAGS)]
        if len(re.findall(r"<details>", text)) != len(re.findall(r"</details>", text)):
            problems.append(f"cell {number} opens and closes <details> unequally often")
        if re.search(r"<summary>.*</summary>[ ]*\n(?!\s*\n)|\S[ ]*\n</details>", cell.source):
            problems.append(
                f"cell {number}: Markdown in <details> needs a blank line before and after"
            )
    return problems


def marks_nbval_rightly(notebook: Notebook) -> list[str]:
    """Markers are whole-line comments and tags are spelled right; nbval ignores all others."""
    problems = []
    for number, cell in enumerate(notebook.cells):
        problems += [
            f"cell {number} has an unknown tag {tag!r}"
            for tag in cell.metadata.get("tags", [])
            if tag not in TAGS
        ]
        if cell.cell_type == "code":
            problems += [
                f"cell {number}: nbval does not see the marker in {line.strip()!r}"
                for line in cell.source.splitlines()
                if re.search("nbval_", line, re.IGNORECASE)
                and not re.fullmatch(rf"#\s*(?:{'|'.join(NBVAL_MARKERS)})\s*", line)
            ]
    return problems


def opens_like_the_others(notebook: Notebook) -> list[str]:
    """Badge, title with the facts a reader plans by, setup cell: the same in every chapter."""
    address = Address.read()
    if len(notebook.cells) < 3:
        return ["there are fewer than three cells"]
    badge, title, *_ = notebook.cells
    problems = []
    if badge.cell_type != "markdown" or badge.metadata.get("tags") != ["remove-cell"]:
        problems.append("cell 0 must be the Colab badge, Markdown tagged remove-cell")
    if not re.match("# ", title.source):
        problems.append("cell 1 must start with the title")
    problems += [
        f"cell 1 does not say: {fact}" for fact in FACTS if fact not in title.source.lower()
    ]
    setup = code_cells(notebook)[:1]
    if not setup or setup[0].source != setup_cell(address.repository):
        problems.append("the first code cell is not the setup cell of notebook_rules.py")
    elif setup[0].metadata.get("tags") != ["remove-cell"]:
        problems.append("the setup cell must be tagged remove-cell")
    elif setup[0].get("outputs"):
        problems.append("the setup cell must be silent where mtlbook is installed")
    return problems


def links_to_its_own_badge(notebook: Notebook, path: str) -> list[str]:
    """The Colab badge opens this very notebook."""
    expected = (
        "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        f"({Address.read().colab(path)})"
    )
    return [] if notebook.cells[0].source.strip() == expected else [f"cell 0 must be: {expected}"]


def has_the_parts(notebook: Notebook) -> list[str]:
    """The parts of a chapter, in order, and a prediction before the experiment."""
    sections = [text for level, text in headings(notebook) if level == 2]
    wanted = REWRITTEN if "Keep this" in sections else PARTS
    found = [text for text in sections if text in wanted]
    problems = [] if found == list(wanted) else [f"`## ` headings are {found}, not {list(wanted)}"]
    if not any(
        re.search(r"^> \*\*Before you run it[:.]", c.source, re.MULTILINE)
        for c in markdown_cells(notebook)
    ):
        problems.append("no `> **Before you run it.** …` asks the reader to predict")
    return problems


def has_exercises(notebook: Notebook) -> list[str]:
    """Three to five, graded and numbered, each with a stub to fill in and a folded solution."""
    found = exercises(notebook)
    problems = [] if 3 <= len(found) <= 5 else [f"{len(found)} exercises, not three to five"]
    for number, exercise in enumerate(found, 1):
        match = EXERCISE.fullmatch(exercise.heading)
        if not match or int(match[2]) != number:
            problems.append(f"{exercise.heading!r} is not like `### Exercise 1.{number} ★ Title`")
        if not exercise.stub:
            problems.append(f"{exercise.heading!r} has no code cell to fill in")
        if not exercise.solution:
            problems.append(
                f"{exercise.heading!r} has no <details> solution with a ```python fence"
            )
    return problems


def keeps_its_names(notebook: Notebook) -> list[str]:
    """No exercise, as a stub or with its solution, binds a name that a cell outside of it takes."""
    page = Page.read(notebook)
    sources = [cell.source for cell in code_cells(notebook)]
    problems = []
    for exercise in exercises(notebook):
        own = [n for n, source in enumerate(sources, 1) if source in exercise.stub]
        taken = page.taken(apart=own)
        for text in (exercise.stub, exercise.solution):
            problems += [
                f"{exercise.heading!r} binds `{name}`, which code cells {taken[name]} take"
                for name, kinds in Cell.read(text).bound.items()
                if name in taken and set(kinds) != {"import"}
            ]
    return problems


def is_written_by_live(notebook: Notebook) -> list[str]:
    """The metadata are those that `make live` leaves, the same on every machine."""
    problems = []
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append("the kernel must be python3")
    if set(notebook.metadata) - {"kernelspec", "language_info"}:
        problems.append(f"metadata beyond those of `make live`: {sorted(notebook.metadata)}")
    if any("execution" in cell.metadata for cell in notebook.cells):
        problems.append("cells store their execution times")
    return problems


def is_small(notebook: Notebook) -> list[str]:
    """A chapter opens quickly on GitHub and on a phone."""
    size = len(json.dumps(notebook, ensure_ascii=False).encode()) // 1024
    return [f"{size} KB, more than {MAX_KILOBYTES}"] if size > MAX_KILOBYTES else []


RULES: tuple[Rule, ...] = (
    is_executed,
    has_clean_outputs,
    has_short_cells,
    has_plain_code,
    has_sound_headings,
    describes_figures,
    is_plain_markdown,
    marks_nbval_rightly,
    opens_like_the_others,
    has_the_parts,
    has_exercises,
    keeps_its_names,
    one_meaning,
    changes_its_own,
    is_written_by_live,
    is_small,
)


def problems(path: Path) -> list[str]:
    """All problems of a chapter."""
    notebook = nbformat.read(path, as_version=4)
    found = [problem for rule in RULES for problem in rule(notebook)]
    return found + links_to_its_own_badge(notebook, f"notebooks/{path.name}")


if __name__ == "__main__":
    lines = [f"{p.name}: {x}" for p in sorted(ROOT.glob("notebooks/*.ipynb")) for x in problems(p)]
    print("\n".join(lines) or "no problems")
    sys.exit(bool(lines))
