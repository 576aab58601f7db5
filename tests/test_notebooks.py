"""The rules of a chapter: every chapter keeps them, and each is shown to fail on a bad one."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import notebook_rules as rules
import pytest

CHAPTERS = sorted(rules.ROOT.glob("notebooks/*.ipynb"))
Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def chapters() -> dict[str, Any]:
    return {path.name: nbformat.read(path, as_version=4) for path in CHAPTERS}


# The chapters


def test_there_are_chapters() -> None:
    assert CHAPTERS, "no notebook was found: the rules below would hold for nothing"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_a_chapter_keeps_the_rule(rule: rules.Rule, path: Path, chapters: dict[str, Any]) -> None:
    assert rule(chapters[path.name]) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_badge_opens_the_chapter(path: Path, chapters: dict[str, Any]) -> None:
    assert rules.links_to_its_own_badge(chapters[path.name], f"notebooks/{path.name}") == []


# The rules, on a chapter of our own

ALT = "Two curves against the number of tasks; both fall, the shared one faster"
CAPTION = "Shared networks need fewer examples. Means with intervals; lower is better."
SOLUTION = "<details>\n<summary>Solution</summary>\n\n```python\nx = 1\n```\n\n</details>"
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"


def good_chapter() -> Any:
    """A notebook that keeps every rule."""
    address = rules.Address.read()
    md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    png = nbformat.v4.new_output("display_data", {"image/png": "aGVsbG8="})
    text = nbformat.v4.new_output("stream", name="stdout", text="0.5\n")
    cells = [
        md(f"{BADGE}({address.colab('notebooks/good.ipynb')})", metadata={"tags": ["remove-cell"]}),
        md("# Title\n\n*Reading time 5 min · running time 1 min · builds on nothing.*"),
        code(rules.setup_cell(address.repository), metadata={"tags": ["remove-cell"]}),
        md(
            "## Idea\n\n$\\{x\\}$ and $$a (b)$$ `{note}` are fine (so is this).\n\n> **Note.** Yes."
        ),
        md("> **Before you run it.** Which is larger?"),
        code(
            "draw()",
            outputs=[png],
            metadata={"caption": CAPTION, "mystnb": {"image": {"alt": ALT}}},
        ),
        code("# NBVAL_IGNORE_OUTPUT\nprint(0.5)", outputs=[text]),
        md("## What we can claim"),
        md("## What the paper reported"),
        md("## Exercises"),
    ]
    for number in (1, 2, 3):
        cells += [
            md(f"### Exercise 4.{number} {'★' * number} Share more"),
            code("answer = None"),
            md(SOLUTION),
        ]
    cells.append(md("## What comes next"))
    notebook = nbformat.v4.new_notebook(cells=cells)
    for count, cell in enumerate(rules.code_cells(notebook), 1):
        cell.execution_count = count
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    notebook.metadata.language_info = {"name": "python"}
    nbformat.validate(notebook)
    return notebook


def put(position: int, source: str) -> Change:
    """A change that replaces the source of a cell."""
    return lambda notebook: notebook.cells[position].update(source=source)


def print_(text: str, position: int = 6) -> Change:
    """A change that replaces what a cell printed."""
    return lambda notebook: notebook.cells[position].outputs[0].update(text=text)


def cells(first: str, second: str) -> Change:
    """A change that replaces the sources of the two cells behind the setup cell."""

    def change(notebook: Any) -> None:
        for cell, source in zip(notebook.cells[5:7], (first, second), strict=True):
            cell.source = source

    return change


BAD: list[tuple[rules.Rule, str, Change]] = [
    (rules.is_executed, "counts are [None", lambda n: n.cells[2].update(execution_count=None)),
    (rules.is_executed, "not 1 to 6", lambda n: n.cells[5].update(execution_count=7)),
    (
        rules.is_executed,
        "no output is stored",
        lambda n: [c.update(outputs=[]) for c in n.cells[5:7]],
    ),
    (rules.is_executed, "no code cell", lambda n: n.update(cells=n.cells[:2])),
    (
        rules.has_clean_outputs,
        "a traceback",
        lambda n: n.cells[6].outputs.append(nbformat.v4.new_output("error", ename="E")),
    ),
    (rules.has_clean_outputs, "stderr", lambda n: n.cells[6].outputs[0].update(name="stderr")),
    (
        rules.has_clean_outputs,
        "image/gif",
        lambda n: n.cells[5].outputs[0].data.update({"image/gif": "R0lG"}),
    ),
    (
        rules.has_clean_outputs,
        "200,001 characters",
        lambda n: n.cells[5].outputs[0].data.update({"image/svg+xml": "x" * 200_001}),
    ),
    (rules.has_clean_outputs, "a progress bar", print_(" 40%|####      | 4/10")),
    (rules.has_clean_outputs, "a progress bar", print_("10 [00:01, 9.1it/s")),
    (rules.has_clean_outputs, "a path of one machine", print_("/home/ann/book/x.py")),
    (rules.has_clean_outputs, "a path of one machine", print_("C:\\Users")),
    (rules.has_clean_outputs, "a memory address", print_("<object at 0x7fd001843920>")),
    (
        rules.has_clean_outputs,
        "a memory address",
        lambda n: n.cells[5].outputs[0].data.update({"text/plain": "<Axes at 0x7fd001843920>"}),
    ),
    (rules.has_short_cells, "41 lines", put(6, "x = 1\n" * 41)),
    (rules.has_plain_code, "%matplotlib", put(6, "%matplotlib inline")),
    (rules.has_plain_code, "!ls", put(6, "x = 1\n!ls")),
    (rules.has_plain_code, "get_ipython", put(6, "get_ipython().run_line_magic('time', '')")),
    (rules.has_sound_headings, "one `# Title`", put(7, "# Second title")),
    (rules.has_sound_headings, "one `# Title`", put(1, "No title")),
    (rules.has_sound_headings, "'Deep' skips a level", put(7, "#### Deep")),
    (rules.has_sound_headings, "'Idea' is a heading twice", put(7, "## Idea")),
    (rules.describes_figures, "too short", lambda n: n.cells[5].metadata.pop("mystnb")),
    (
        rules.describes_figures,
        "too short",
        lambda n: n.cells[5].metadata.mystnb.image.update(alt="A plot"),
    ),
    (
        rules.describes_figures,
        "caption of code cell 2 is missing",
        lambda n: n.cells[5].metadata.pop("caption"),
    ),
    (
        rules.describes_figures,
        "opens with what is drawn",
        lambda n: n.cells[5].metadata.update(caption=f"This shows two curves. {CAPTION}"),
    ),
    (
        rules.describes_figures,
        "shows 2 figures",
        lambda n: n.cells[5].update(outputs=n.cells[5].outputs * 2),
    ),
    (
        rules.describes_figures,
        "another figure",
        lambda n: n.cells.insert(6, copy.deepcopy(n.cells[5])),
    ),
    (rules.describes_figures, "without alt text: x.png", put(7, "![ ](x.png)")),
    (rules.is_plain_markdown, "raw cell", lambda n: n.cells.append(nbformat.v4.new_raw_cell("x"))),
    (rules.is_plain_markdown, "a MyST role", put(7, "See {cite}`caruana`.")),
    (rules.is_plain_markdown, "a MyST role", put(7, "See {cite:t}`caruana`.")),
    (rules.is_plain_markdown, "a MyST directive", put(7, "```{note}\nText\n```")),
    (rules.is_plain_markdown, "a colon fence", put(7, ":::{note}\nText\n:::")),
    (rules.is_plain_markdown, "a GitHub alert", put(7, "> [!NOTE]\n> Text")),
    (rules.is_plain_markdown, "a MyST comment", put(7, "% hidden")),
    (rules.is_plain_markdown, "a MyST target", put(7, "(my-label)=\n## Title")),
    (rules.is_plain_markdown, "a MyST block break", put(7, "Text\n\n+++\n\nText")),
    (rules.is_plain_markdown, "a label after a formula", put(7, "$$\nx\n$$ (eq:one)")),
    (rules.is_plain_markdown, "a substitution", put(7, "Version {{ version }}")),
    (rules.is_plain_markdown, "a footnote", put(7, "Text[^1]\n\n[^1]: note")),
    (rules.is_plain_markdown, "a link without text", put(7, "[](book/glossary.md)")),
    (rules.is_plain_markdown, "an attachment", put(7, "![x](attachment:x.png)")),
    (rules.is_plain_markdown, "a formula outside dollars", put(7, "\\begin{align}x\\end{align}")),
    (rules.is_plain_markdown, "a formula outside dollars", put(7, "The loss \\(x\\).")),
    (
        rules.is_plain_markdown,
        "a link to a built page",
        put(7, "[see](../book/glossary.html#trunk)"),
    ),
    (rules.is_plain_markdown, "a picture from another site", put(7, "![a](https://x.org/y.png)")),
    (rules.is_plain_markdown, "front matter", put(7, "---\ntitle: x\n---")),
    (rules.is_plain_markdown, "HTML <div>", put(7, '<div class="x">Text</div>')),
    (rules.is_plain_markdown, "unequally often", put(12, SOLUTION.replace("</details>", ""))),
    (rules.is_plain_markdown, "blank line", put(12, SOLUTION.replace("\n\n", "\n"))),
    (rules.marks_nbval_rightly, "does not see", put(6, "# NBVAL_IGNORE_OUTPUT because random\nx")),
    (rules.marks_nbval_rightly, "does not see", put(6, "x  # NBVAL_IGNORE_OUTPUT")),
    (rules.marks_nbval_rightly, "does not see", put(6, "# nbval_ignore_output\nx")),
    (rules.marks_nbval_rightly, "does not see", put(6, "# NBVAL_IGNORE_OUTPUTS\nx")),
    (
        rules.marks_nbval_rightly,
        "'remove_cell'",
        lambda n: n.cells[2].metadata.update(tags=["remove_cell"]),
    ),
    (rules.opens_like_the_others, "fewer than three", lambda n: n.update(cells=n.cells[:2])),
    (rules.opens_like_the_others, "tagged remove-cell", lambda n: n.cells[0].metadata.pop("tags")),
    (rules.opens_like_the_others, "start with the title", put(1, "\n# Title")),
    (
        rules.opens_like_the_others,
        "does not say: running time",
        put(1, "# T\n\nReading time, builds on"),
    ),
    (rules.opens_like_the_others, "is not the setup cell", put(2, "import mtlbook")),
    (
        rules.opens_like_the_others,
        "setup cell must be tagged",
        lambda n: n.cells[2].metadata.pop("tags"),
    ),
    (
        rules.opens_like_the_others,
        "must be silent",
        lambda n: n.cells[2].update(outputs=n.cells[6].outputs),
    ),
    (rules.has_the_parts, "not ['What we can claim'", lambda n: n.cells.pop(7)),
    (rules.has_the_parts, "not ['What we can claim'", lambda n: n.cells.append(n.cells.pop(7))),
    (rules.has_the_parts, "to predict", lambda n: n.cells.pop(4)),
    (rules.has_exercises, "2 exercises", lambda n: n.update(cells=n.cells[:-4])),
    (rules.has_exercises, "is not like", put(10, "### Exercise 4.1 Share more")),
    (rules.has_exercises, "is not like", put(10, "### Exercise 4.2 ★ Share more")),
    (rules.has_exercises, "no code cell", lambda n: n.cells.pop(11)),
    (rules.has_exercises, "solution", put(12, "Too easy.")),
    (rules.has_exercises, "solution", put(12, SOLUTION.replace("```python", "```"))),
    (rules.keeps_its_names, "'Exercise 4.1 ★ Share more' binds `x`", put(5, "draw(x)")),
    (rules.keeps_its_names, "binds `answer`, which code cells [2]", put(5, "draw(answer)")),
    *(
        (rules.one_meaning, problem, cells(first, second))
        for first, second, problem in (
            ("a = 1\nb = a", "a = 2\nb = a", ""),
            ("a = range(3)", "a, b = range(3), 1\nprint(a)", ""),
            ("a = 1\ndef f(): return a", "b = f()", ""),
            ("a = 1", "print(a); a = 2", "[2, 3] bind `a`, which [3] take"),
            ("a = 1\nb = 2", "a = 2\nc = [a + b for b in range(a)]", ""),
            ("for a in 'xy': print(a)", "def a(): ...", "two meanings: ['function', 'value']"),
            ("import a", "from b import c as a\na = 1", "two meanings: ['import', 'value']"),
            ("def a(): ...", "def a(): ...", "two meanings: ['function']"),
            (
                "a = b = 1\ndef f(): return g()\ndef g(): return a",
                "a = 2\nf()",
                "[2, 3] bind `a`, which [2] take",
            ),
        )
    ),
    *(
        (rules.changes_its_own, problem, cells(f"import m\na = {made}", second))
        for made, second, problem in (
            ("[]", "a = []\na.append(1)\na[0] = 2", ""),
            ("[]", "m.show()\nm.clear()\na.index(1)", ""),
            ("[]", "def f(): a.append(1)", ""),
            ("[]", "a.append(1)", "code cell 3 changes `a` of code cell [2]"),
            ("{}", "a['b'], c = 1, 2", "changes `a`"),
            ("{}", "del a['b']", "changes `a`"),
            ("frame()", "a.index.names = ['b']", "changes `a`"),
            ("1", "a += 1", "changes `a`"),
            ("ones(3)", "[a.add_(1) for _ in 'xy']", "changes `a`"),
            ("networks()", "found = fit(a, batches)", "changes `a`"),
            ("np.random.default_rng(0)", "print(a)", "code cell 2 leaves `a`, used up"),
            ("(b for b in 'xy')", "print(a)", "code cell 2 leaves `a`, used up"),
        )
    ),
    (
        rules.is_written_by_live,
        "must be python3",
        lambda n: n.metadata.kernelspec.update(name="mtl"),
    ),
    (rules.is_written_by_live, "beyond", lambda n: n.metadata.update(widgets={})),
    (rules.is_written_by_live, "times", lambda n: n.cells[5].metadata.update(execution={})),
    (rules.is_small, "more than 600", print_("x" * 620_000)),
]


def test_a_good_chapter_has_no_problem() -> None:
    notebook = good_chapter()
    assert {rule.__name__: rule(notebook) for rule in rules.RULES if rule(notebook)} == {}
    assert rules.links_to_its_own_badge(notebook, "notebooks/good.ipynb") == []


@pytest.mark.parametrize(
    ("rule", "problem", "change"), BAD, ids=[f"{rule.__name__}-{text}" for rule, text, _ in BAD]
)
def test_a_broken_rule_is_seen(rule: rules.Rule, problem: str, change: Change) -> None:
    notebook = good_chapter()
    change(notebook)
    found = "; ".join(rule(notebook))
    assert problem in found
    assert bool(problem) is bool(found)


def test_every_rule_is_shown_to_fail() -> None:
    assert {rule for rule, _, _ in BAD} == set(rules.RULES)


def test_every_forbidden_construct_is_shown_to_be_seen() -> None:
    assert set(rules.FORBIDDEN) <= {text for _, text, _ in BAD}


def test_a_badge_of_another_chapter_is_seen() -> None:
    assert rules.links_to_its_own_badge(good_chapter(), "notebooks/other.ipynb")


def test_exercises_are_read_from_the_page() -> None:
    first, *_ = found = rules.exercises(good_chapter())
    assert len(found) == 3
    assert first == rules.Exercise("Exercise 4.1 ★ Share more", "answer = None\n", "x = 1\n")
