"""The page "Paper against ours": what it quotes stands in the chapters, letter for letter.

The convention: a section is named after a chapter and links to its notebook. In its tables, each
figure under "Published" and "Ours" is a quotation: `code`, "words" or $formula$. What is `code`
under "Ours", or in the columns behind it, is an output of the notebook; a published quotation
stands in its text, code or outputs. A figure outside of a quotation is refused, since nobody
would check it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "book" / "paper_against_ours.md"

QUOTATION = re.compile(r'`([^`]+)`|"([^"]+)"|(\$[^$]+\$)')
FIGURE = re.compile(r"(?<!\w)\.?\d")
Outputs = dict[str, tuple[str, str]]  # for each notebook: all that it says, and what it printed


def lines(text: str) -> str:
    """The same text with one space for each gap inside of a line."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def printed(notebook: nbformat.NotebookNode) -> str:
    """What the cells printed, a line of text or a row of a table in a line."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            found.append(output.get("text", ""))
            data = output.get("data", {})
            for row in BeautifulSoup(data.get("text/html", ""), "html.parser").find_all("tr"):
                found.append(" ".join(c.get_text().strip() for c in row.find_all(["th", "td"])))
            if "text/html" not in data:
                found.append(data.get("text/plain", ""))
    return lines("\n".join(found))


def said(notebook: nbformat.NotebookNode) -> str:
    """What the cells say and what they printed."""
    return "\n".join([*(lines(cell.source) for cell in notebook.cells), printed(notebook)])


def stands_in(quotation: str, text: str) -> bool:
    """Whether the quotation is there, and no part of a longer figure or word."""
    return bool(re.search(rf"(?<![\w.+-]){re.escape(quotation)}(?!\w|\.\d)", text))


def sections(page: str) -> Iterator[tuple[str, str, str]]:
    """Chapter number, notebook and text of each section."""
    for part in re.split(r"(?m)^## ", page)[1:]:
        number = re.match(r"Chapter (\d+): ", part)
        linked = re.search(r"\(\.\./notebooks/([\w.]+\.ipynb)", part)
        assert number, f"a section is named 'Chapter N: …', not {part.splitlines()[0]!r}"
        assert linked, f"the section on chapter {number[1]} links to no notebook"
        yield number[1].zfill(2), linked[1], part


def rows(section: str) -> Iterator[tuple[str, str, str, str]]:
    """What each row of each table is about, and its other three columns."""
    head: list[str] = []
    for line in section.splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert len(cells) == 4, f"four columns, not {len(cells)}: {line}"
        if not head:
            head = cells
            assert head[1:3] == ["Published", "Ours"], f"not the columns of this page: {line}"
        elif set(line) - set("|-"):
            yield cells[0], cells[1], cells[2], cells[3]


def problems(page: str, said_and_printed: Outputs) -> list[str]:
    """What the page quotes and its chapters do not have, and figures that are no quotation."""
    found = []
    for number, notebook, section in sections(page):
        text, outputs = said_and_printed[notebook]
        for what, published, ours, why in rows(section):
            place = f"chapter {int(number)}, {what}"
            for name, column, source in (
                ("published", published, text),
                ("ours", f"{ours} {why}", outputs),
            ):
                quotations = ["".join(parts) for parts in QUOTATION.findall(column)]
                if name == "ours":
                    quotations = re.findall(r"`([^`]+)`", column)
                    lone = [q for q in quotations if " " not in q]
                    found += [f"{place}: {q!r} alone would be found by chance" for q in lone]
                missing = [q for q in quotations if not stands_in(q, source)]
                found += [f"{place}: {name} {q!r} is not in {notebook}" for q in missing]
            for column in (published, ours, why):
                rest = re.sub(r"(?i)(?:chapters?|sections?|notes?) [\d.]*\d", "", column)
                rest = re.sub(r"\[[^\]]*\]\([^)]*\)", "", QUOTATION.sub("", rest))
                if FIGURE.search(rest):
                    found.append(f"{place}: a figure outside of a quotation: {rest.strip()}")
    return found


@pytest.fixture(scope="module")
def chapters() -> Outputs:
    read = {p.name: nbformat.read(p, as_version=4) for p in ROOT.glob("notebooks/*.ipynb")}
    return {name: (said(notebook), printed(notebook)) for name, notebook in read.items()}


def test_what_the_page_quotes_stands_in_the_chapters(chapters: Outputs) -> None:
    assert problems(PAGE.read_text("utf8"), chapters) == []


def test_each_chapter_has_its_section() -> None:
    parts = yaml.safe_load((ROOT / "_toc.yml").read_text("utf8"))["parts"]
    files = [Path(entry["file"]).name for part in parts for entry in part["chapters"]]
    wanted = {name[:2] for name in files if re.match(r"\d\d_", name)}
    found = [number for number, _, _ in sections(PAGE.read_text("utf8"))]
    assert found == sorted(found)
    assert wanted <= set(found), "see CONTRIBUTING.md, 'Paper against ours'"


def test_each_section_has_rows(chapters: Outputs) -> None:
    for number, _, section in sections(PAGE.read_text("utf8")):
        assert any("`" in ours for _, _, ours, _ in rows(section)), f"chapter {number}"


# The test itself, on a page and a notebook of our own

GOOD = """# T

## Chapter 3: X

From [chapter 3](../notebooks/03_x.ipynb).

| What | Published | Ours | Why |
|---|---|---|---|
| a (section 2) | `.0648`, "up to 15% less", $5^{19}$ | `+0.5 [+0.2, +0.8], n = 30` | As in \
chapter 2, `b 0.1 0.2`. |
"""


@pytest.fixture
def own() -> Outputs:
    note = nbformat.v4.new_markdown_cell("It was .0648 and up to 15% less; $5^{19}$ in all.")
    row = "<tr><th>b</th><td>0.1</td><td>0.2</td></tr>"
    table = f"<table>{row}<tr><th>c</th><td>3</td></tr></table>"
    code = nbformat.v4.new_code_cell(
        "x = 'only +9.9 [+9.0, +9.9], n = 9'",
        outputs=[
            nbformat.v4.new_output(
                "stream", text="Holds: It helps. (+0.5 [+0.2, +0.8], n = 30)\n1 2\n"
            ),
            nbformat.v4.new_output("display_data", {"text/html": table, "text/plain": "b 7 8"}),
        ],
    )
    notebook = nbformat.v4.new_notebook(cells=[note, code])
    return {"03_x.ipynb": (said(notebook), printed(notebook))}


def test_a_good_page_has_no_problem(own: Outputs) -> None:
    assert problems(GOOD, own) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("+0.5 [+0.2", "+0.6 [+0.2", "ours '+0.6 [+0.2, +0.8], n = 30' is not in"),
        ("n = 30`", "n = 3`", "is not in"),  # the beginning of a longer figure
        ("`+0.5 [", "`0.5 [", "is not in"),  # the end of one
        ("+0.5 [+0.2, +0.8], n = 30", "+9.9 [+9.0, +9.9], n = 9", "is not in"),  # code, not output
        ("b 0.1 0.2", "b 0.1 0.3", "is not in"),
        ("b 0.1 0.2", "b 7 8", "is not in"),  # the plain text behind a table is not shown
        ("b 0.1 0.2", "0.2 c 3", "is not in"),  # two rows
        ("`+0.5 [+0.2, +0.8], n = 30`", "`+0.5`", "by chance"),
        (".0648", ".0649", "published '.0649' is not in"),
        (".0648", "0648", "is not in"),
        ("15% less", "16% less", "is not in"),
        ("5^{19}", "5^{18}", "is not in"),
        ("| `+0.5", "| 0.5 `+0.5", "outside of a quotation"),
        ("As in", "By .5, as in", "outside of a quotation"),
        ('"up to 15% less"', "up to 15% less", "outside of a quotation"),
    ],
)
def test_a_figure_that_no_chapter_has_is_found(
    own: Outputs, old: str, new: str, problem: str
) -> None:
    assert old in GOOD
    assert problem in "\n".join(problems(GOOD.replace(old, new), own))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("| Published |", "| Paper |", "not the columns"),
        (" | As in", " | more | As in", "four columns"),
        ("## Chapter 3: X", "## Hard sharing", "is named"),
        ("../notebooks/03_x.ipynb", "glossary.md", "links to no notebook"),
    ],
)
def test_another_form_is_refused(own: Outputs, old: str, new: str, problem: str) -> None:
    with pytest.raises(AssertionError, match=problem):
        problems(GOOD.replace(old, new), own)
