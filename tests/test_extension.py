"""The Sphinx extension, on tiny projects built in a temporary folder."""

import base64
import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from plainbook import course, tables
from plainbook import figures as drawings
from plainbook import recorded as recorded_runs
from plainbook.callouts import FOLDED, KINDS
from plainbook.chapters import number, reading_minutes
from plainbook.claims import parts
from plainbook.links import normalise
from plainbook.maths import THIN, mathml
from plainbook.tidy import characters, light, sized, tidy, used_rules
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace

from mtlbook.experiments.ch05_sluice_networks.sluice_toy import QUANTITIES
from mtlbook.figures import COLOURS
from mtlbook.figures.style import GROUND, INK, SOFT
from mtlbook.models.sluice import weights_at_start

ROOT = Path(__file__).parents[1]
REPOSITORY = "https://github.com/owner/repo"
BIB = """
@article{doi_paper, author={Ann Author}, title={By DOI}, journal={J}, year={1997},
  doi={10.1000/ABC.1}}
@article{arxiv_paper, author={Bob Author}, title={By arXiv}, journal={J}, year={2020},
  eprint={2001.06782}}
@article{url_paper, author={Cy Author}, title={By address}, journal={J}, year={2021},
  url={https://proceedings.example.org/paper.html}}
"""
LISTS_ALL = "# References\n\n```{bibliography}\n:all:\n```\n"


class Book(NamedTuple):
    """What a build gave."""

    pages: Path
    warnings: str

    def page(self, name: str = "index") -> str:
        return (self.pages / f"{name}.html").read_text("utf8")

    def article(self) -> str:
        """The text of the page, without the frame of the theme."""
        return re.search(
            r'<div class="body" role="main">(.*)<div class="sphinxsidebar', self.page(), re.S
        )[1]


Build = Callable[..., Book]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Build `index` (Markdown, or a notebook) and other pages; warnings are returned."""

    def run(
        index: str | nbformat.NotebookNode,
        chapter: nbformat.NotebookNode | None = None,
        record: str = "",
        builder: str = "html",
        **pages: str,
    ) -> Book:
        source = tmp_path / "source"
        source.mkdir()
        if record:
            path = source / course.RECORD
            path.parent.mkdir(parents=True)
            path.write_text(record, "utf8")
        if isinstance(index, str):
            (source / "index.md").write_text(index, "utf8")
        else:
            nbformat.write(index, source / "index.ipynb")
        if chapter is not None:
            chapter.metadata["orphan"] = True
            nbformat.write(chapter, source / "chapter.ipynb")
        for name, text in {"references": LISTS_ALL, **pages}.items():
            (source / f"{name}.md").write_text(f"---\norphan: true\n---\n{text}", "utf8")
        (source / "references.bib").write_text(BIB, "utf8")
        (source / "LICENSE").write_text("free", "utf8")
        warnings = io.StringIO()
        with docutils_namespace():
            app = Sphinx(
                source,
                confdir=None,
                outdir=tmp_path / "html",
                doctreedir=tmp_path / "doctrees",
                buildername=builder,
                status=None,
                warning=warnings,
                freshenv=True,
                confoverrides={
                    "extensions": ["myst_nb", "sphinxcontrib.bibtex", "sphinx_thebe", "plainbook"],
                    "html_theme": "basic",
                    "html_math_renderer": "mathml",
                    "nb_execution_mode": "off",
                    "nitpicky": True,
                    "bibtex_bibfiles": ["references.bib"],
                    "bibtex_cite_id": "{key}",
                    "myst_enable_extensions": ["dollarmath", "linkify"],
                    "myst_heading_anchors": 4,
                    "plainbook_repository": REPOSITORY,
                    "plainbook_branch": "main",
                },
            )
            app.build()
        return Book(tmp_path / "html", warnings.getvalue())

    return run


def clean(book: Book) -> Book:
    """Assert that the build gave no warning: `make book` would fail."""
    assert book.warnings == ""
    return book


# Callouts


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != FOLDED])
def test_a_bold_label_makes_an_admonition(build: Build, kind: str) -> None:
    page = clean(
        build(f"# T\n\n> **{kind}.** Text with *stress* and $x^2$.\n>\n> More.\n")
    ).article()
    css_class = kind.lower().replace(" ", "-")
    assert f'<div class="{css_class} admonition">' in page
    assert f'<p class="admonition-title">{kind}</p>' in page
    assert "<p>Text with <em>stress</em> and " in page
    assert "<p>More.</p>" in page
    assert "<blockquote" not in page


def test_a_label_may_carry_a_title(build: Build) -> None:
    page = clean(
        build("# T\n\n> **Definition: *inductive* bias.** What a learner prefers.\n")
    ).article()
    assert '<p class="admonition-title">Definition: <em>inductive</em> bias</p>' in page
    assert "<p>What a learner prefers.</p>" in page


def test_a_title_may_be_a_question(build: Build) -> None:
    page = clean(build("# T\n\n> **Before you run it: which wins?**\n>\n> Guess.\n")).article()
    assert '<p class="admonition-title">Before you run it: which wins?</p>' in page
    assert "<p>Guess.</p>" in page


def test_an_admonition_may_hold_a_list_and_code(build: Build) -> None:
    page = clean(
        build("# T\n\n> **Tip.** Try:\n>\n> - one\n>\n> ```python\n> x = 1\n> ```\n")
    ).article()
    inside = page[page.index("tip admonition") :]
    assert "<li>" in inside
    assert "highlight-python" in inside


@pytest.mark.parametrize(
    "quote", ["> An ordinary quote.", "> **Bold** words open it.", "> - a list"]
)
def test_an_ordinary_quote_stays_a_quote(build: Build, quote: str) -> None:
    page = clean(build(f"# T\n\n{quote}\n")).article()
    assert "<blockquote" in page
    assert "admonition" not in page


@pytest.mark.parametrize("label", ["Remark", "note", "Key Idea", "Warnung: Titel"])
def test_an_unknown_label_is_a_warning(build: Build, label: str) -> None:
    book = build(f"# T\n\n> **{label}.** Text.\n")
    assert f"{label.split(':')[0]!r} is not one of: Note, Tip" in book.warnings
    assert "index.md:3" in book.warnings


# Parts of a chapter: a page, and the same on paper

BOXES = """# T

> **After this chapter you can:**
>
> - say what is shared.

> **What happened.** The *second*, by far.

## Keep this

- **When it pays.** Beside related tasks.

## Evidence

### Settings

A table.
"""


def test_parts_of_a_chapter_become_boxes_and_folds(build: Build) -> None:
    page = clean(build(BOXES)).article()
    objectives = page[page.index("after-this-chapter-you-can admonition") :]
    assert '<p class="admonition-title">After this chapter you can</p>' in objectives
    assert "<li>" in objectives
    happened = re.search(r'<details class="fold what-happened">(.*?)</details>', page, re.S)[1]
    assert "<summary>What happened</summary>" in happened
    assert "<p>The <em>second</em>, by far.</p>" in happened
    assert 'id="keep-this"' in page
    evidence = page[page.index('id="evidence"') :]
    assert evidence.index("<h2>") < evidence.index("<details ") < evidence.index("Settings<")


def test_only_the_imports_of_the_opening_are_called_so(build: Build) -> None:
    folded = {"tags": ["hide-input"]}
    cells = [nbformat.v4.new_code_cell("import os", metadata=folded) for _ in range(2)]
    heads = [nbformat.v4.new_markdown_cell(text) for text in ("# T", "## Later")]
    page = build(
        "# T\n\n[c](chapter.ipynb)", chapter=notebook(heads[0], cells[0], heads[1], cells[1])
    )
    html = (page.pages / "chapter.html").read_text()
    assert html.count("Show the imports") == 1
    assert html.index("Show the imports") < html.index("Later</")


def test_nothing_is_folded_on_paper(build: Build) -> None:
    page = build(BOXES, builder="singlehtml").page()
    assert "<details" not in page
    assert '<p class="admonition-title">What happened</p>' in page
    assert "A table." in page


# Chapters have numbers

SECOND = "# Second\n\nText.\n"


def named(sentence: str) -> dict[str, str]:
    """Pages of two chapters, the first of which says something."""
    first = f"# First\n\nWhy?\n\n{sentence}\n\n{OPENING.splitlines()[-1]}\n"
    return {"01_first": first, "02_second": SECOND, "13_third": SECOND}


def test_a_chapter_has_its_number_and_an_opening_line(build: Build) -> None:
    toc = "# T\n\n```{toctree}\n01_first\n02_second\n```\n"
    book = clean(build(toc, **named("Text.")))
    page = book.page("01_first")
    opening = re.search(r'<p class="opening">(.*?)</p>\s*<h1>', page, re.S)[1]
    text = re.sub("<[^>]+>", "", opening)
    assert text == (
        "Chapter\u00a01 · 45 minutes to read · 75 seconds to run · Builds on nothing · Run in Colab"
    )
    assert "https://colab.research.google.com/github/owner/repo/blob/main/01_first.ipynb" in opening
    assert '<p class="standfirst">Why?</p>' in page
    assert 'content="Why?"' in page
    assert "<title>2. Second" in book.page("02_second")
    assert re.search(r'href="02_second.html">.*2\. .*Second', book.page())


@pytest.mark.parametrize(
    ("sentence", "links"),
    [
        ("As chapter 2's tuning and Chapter 13 say.", ["chapter 2", "Chapter 13"]),
        ("Chapters 2 and 13 do; chapters 2, 13.", ["2", "13", "2", "13"]),
        ("In chapter\n2.", ["chapter\n2"]),
        ("This is chapter 1, chapter 14 is not there.", []),
        ("`chapter 2`, [chapter 2](https://x.org), $chapter 2$", []),
        ("## After chapter 2\n\n```python\nchapter 2\n```", []),
    ],
)
def test_chapters_named_in_prose_are_links(build: Build, sentence: str, links: list[str]) -> None:
    page = clean(build("# T\n", **named(sentence))).page("01_first")
    body = page[page.index("<h1>") : page.index("sphinxsidebar")]
    found = re.findall(
        r'<a class="reference internal" href="\d\d_\w+\.html"><span class="doc">(.*?)</span>',
        body,
        re.S,
    )
    assert found == links


@pytest.mark.parametrize(
    ("page", "expected"), [("notebooks/05_x", 5), ("13_x", 13), ("book/after_2019", 0), ("5_x", 0)]
)
def test_the_number_is_the_one_of_the_file(page: str, expected: int) -> None:
    assert number(page) == expected


def test_minutes_count_prose_and_the_code_in_sight() -> None:
    md, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    seen = [md("word " * 1999 + "$a b c$"), code("x = 1\n\n" * 60)]
    unseen = [
        md(f"<details>{'word ' * 4000}</details>[](https://x.org)"),
        code("x = 1\n" * 600, metadata={"tags": ["hide-input"]}),
        md("## Evidence\n\n" + "word " * 4000),
        md("word " * 4000),
    ]
    assert reading_minutes(notebook(*seen)) == 15
    assert reading_minutes(notebook(*seen, *unseen)) == 15


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_the_minutes_that_a_chapter_names_are_counted(path: Path) -> None:
    chapter = json.loads(path.read_text("utf8"))
    said = re.search(r"Reading time (\d+) minutes", "".join(chapter["cells"][1]["source"]))[1]
    assert abs(reading_minutes(chapter) - int(said)) <= 5


# Claims

LINES = (
    "Holds: Sharing (of all) helps. (chunk -4.1 [-6.0, -2.2], n = 10; f(x) +1.0 [0.5, 1.5])\n"
    "Holds: It is exact. (to 1e-8)\nelse\nHolds: Alone.\n"
)


def test_a_claim_has_a_sentence_and_pieces_of_evidence() -> None:
    first, second, _, last = LINES.splitlines()
    interval = "chunk \u22124.1 [\u22126.0,\u00a0\u22122.2], n\u00a0=\u00a010"
    assert parts(first) == ("Sharing (of all) helps.", [interval, "f(x) +1.0 [0.5,\u00a01.5]"])
    assert parts(second) == ("It is exact.", ["to 1e-8"])
    assert parts(last) == ("Alone.", [])


def test_claims_become_a_list_above_their_checks(build: Build) -> None:
    printed = nbformat.v4.new_output("stream", name="stdout", text=LINES)
    cell = nbformat.v4.new_code_cell(
        "claim()", outputs=[printed], execution_count=1, metadata={"tags": ["hide-input"]}
    )
    page = clean(build(notebook(nbformat.v4.new_markdown_cell("# T"), cell))).article()
    one, other = re.findall(r'<ul class="claims[^"]*">(.*?)</ul>', page, re.S)
    assert (one.count("<li>"), other.count("<li>")) == (2, 1)
    assert '<span class="tick">✓ </span>It is exact.' in one
    assert one.count('class="piece"') == 3
    assert page.index("Show the checks") > page.index("Alone.")
    assert "Holds:" not in page
    assert re.search(r"<pre>.*else.*</pre>", page, re.S)


# Links to papers


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://doi.org/10.1000/abc.1", "doi-paper"),
        ("https://dx.doi.org/10.1000/ABC.1", "doi-paper"),
        ("https://arxiv.org/abs/2001.06782", "arxiv-paper"),
        ("https://arxiv.org/pdf/2001.06782v2.pdf", "arxiv-paper"),
        ("https://proceedings.example.org/paper.html", "url-paper"),
    ],
)
def test_a_link_to_a_paper_leads_to_its_entry(build: Build, address: str, key: str) -> None:
    book = clean(build(f"# T\n\nSee [Author, *1997*]({address}).\n"))
    assert f'href="references.html#{key}"' in book.article()
    assert "Author, <em>1997</em>" in book.article()
    assert f'id="{key}"' in book.page("references")


def test_the_bibliography_keeps_its_links_to_the_publisher(build: Build) -> None:
    page = clean(build("# T\n")).page("references")
    assert 'href="https://doi.org/10.1000/ABC.1"' in page


def test_a_cited_paper_that_no_page_lists_is_a_warning(build: Build) -> None:
    only_one = "# R\n\n```{bibliography}\n:filter: key == 'doi_paper'\n```\n"
    book = build("# T\n\n[A](https://arxiv.org/abs/2001.06782)\n", references=only_one)
    assert "'arxiv_paper' is cited, but no page lists it" in book.warnings


@pytest.mark.parametrize(
    "address", ["https://doi.org/10.1000/none", "https://arxiv.org/abs/9999.99999"]
)
def test_a_paper_outside_the_bibliography_is_a_warning(build: Build, address: str) -> None:
    book = build(f"# T\n\n[A]({address})\n")
    assert f"{address} is in no entry of the bibliography" in book.warnings


def test_other_links_are_left_alone(build: Build) -> None:
    assert (
        'href="https://example.org/x"'
        in clean(build("# T\n\n[A](https://example.org/x)\n")).article()
    )


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://www.example.org/A/", "example.org/a"),
        ("https://arxiv.org/pdf/2001.06782", "arxiv.org/abs/2001.06782"),
        ("https://arxiv.org/abs/cs/0001001v3", "arxiv.org/abs/cs/0001001"),
        ("https://doi.org/10.1023/A%3A1007379606734", "doi.org/10.1023/a:1007379606734"),
    ],
)
def test_addresses_are_normalised(url: str, same: str) -> None:
    assert normalise(url) == same


# Links to the book's own files

GLOSSARY = "# Glossary\n\n## Shared trunk\n\nText.\n"


@pytest.mark.parametrize("target", ["glossary.md", f"{REPOSITORY}/blob/main/glossary.md"])
@pytest.mark.parametrize("anchor", ["", "#shared-trunk"])
def test_a_link_to_a_page_becomes_internal(build: Build, target: str, anchor: str) -> None:
    page = clean(build(f"# T\n\n[see *it*]({target}{anchor})\n", glossary=GLOSSARY)).article()
    assert re.search(
        rf'<a class="reference internal" href="glossary.html{anchor}">.*see <em>it</em>', page
    )


@pytest.mark.parametrize(
    ("target", "warning"),
    [
        (f"{REPOSITORY}/blob/main/glosary.md", "the repository has no such file"),
        (f"{REPOSITORY}/blob/main/glossary.md#no-such", "local id not found"),
        ("glossary.md#no-such", "local id not found"),
        ("glosary.md", "cross-reference target not found"),
    ],
)
def test_a_wrong_link_is_a_warning(build: Build, target: str, warning: str) -> None:
    assert warning in build(f"# T\n\n[see]({target})\n", glossary=GLOSSARY).warnings


def test_a_link_to_a_file_that_is_no_page_stays_external(build: Build) -> None:
    target = f"{REPOSITORY}/blob/main/LICENSE"
    assert f'href="{target}"' in clean(build(f"# T\n\n[see]({target})\n")).article()


# Notebooks and pages


def notebook(*cells: nbformat.NotebookNode) -> nbformat.NotebookNode:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def test_cells_of_a_notebook_are_pages_too(build: Build) -> None:
    md = nbformat.v4.new_markdown_cell
    book = clean(
        build(
            notebook(
                md(
                    "[![Badge](https://x.org/b.svg)](https://x.org)",
                    metadata={"tags": ["remove-cell"]},
                ),
                md("# Title\n\nOne sentence with $x$ in it."),
                md("> **Note.** From a cell."),
                md(f"[terms]({REPOSITORY}/blob/main/glossary.md)"),
            ),
            glossary=GLOSSARY,
        )
    )
    assert "x.org" not in book.page()
    assert 'class="note admonition"' in book.article()
    assert 'href="glossary.html"' in book.article()


def test_a_folded_solution_holds_markdown(build: Build) -> None:
    solution = (
        "<details>\n<summary>Solution</summary>\n\n"
        "Take $x^2$.\n\n```python\nx = 1\n```\n\n</details>\n\nAfter."
    )
    page = clean(build(notebook(nbformat.v4.new_markdown_cell(f"# T\n\n{solution}")))).article()
    inside = page[page.index("<details>") : page.index("</details>")]
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in inside
    assert "highlight-python" in inside
    assert "After." not in inside


def test_a_figure_takes_its_alt_text_from_the_metadata(build: Build) -> None:
    pixel = base64.b64encode(b"any bytes: nobody looks at the picture").decode()
    figure = nbformat.v4.new_code_cell(
        "draw()",
        execution_count=1,
        outputs=[nbformat.v4.new_output("display_data", {"image/png": pixel})],
        metadata={"mystnb": {"image": {"alt": "Error falls with more tasks"}}},
    )
    page = clean(build(notebook(nbformat.v4.new_markdown_cell("# T"), figure))).article()
    assert 'alt="Error falls with more tasks"' in page


# Formulas


def test_formulas_are_mathml_and_need_no_script(build: Build) -> None:
    book = clean(build("# T\n\nA line with $x_1$.\n\n$$\n\\sum_{t=1}^T \\mathbf{w}_t\n$$\n"))
    inline, block = re.findall(r"<math .*?</math>", book.article(), re.S)
    assert 'display="inline"' in inline
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in inline
    assert 'display="block"' in block
    assert "<munderover>" in block
    assert not re.search(r"<script[^>]*mathjax", book.page(), re.I)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\mathbf{1}", "<mn>𝟏</mn>"),
        (r"\mathrm{err}_1", "<mi>err</mi>"),
        (r"\mathrm{d}x", '<mi mathvariant="normal">&#x00064;</mi><mi>x</mi>'),
        (r"a \pm b", "<mo>&#x000B1;</mo>"),
        (r"1, \dots, T", "<mi>&#x02026;</mi>"),
        (r"a = b .", "<mtext>.</mtext>"),
        (r"1/T", '<mo lspace="0" rspace="0">/</mo>'),
        (r"a \sim b", "<mo>&#x0223C;</mo>"),
        (r"p \log p", f"<mi>p</mi>{THIN}<mi>log</mi><mo>&#x2061;</mo>{THIN}<mi>p</mi>"),
        (r"\log_2 p", f"<msub><mi>log</mi><mn>2</mn></msub><mo>&#x2061;</mo>{THIN}<mi>p</mi>"),
        (r"\log(p)", '<mi>log</mi><mo stretchy="false">&#x00028;'),
        (r"a = \sum_i b", '<msub><mo lspace="0">&#x02211;</mo>'),
        (r"[-5, 5]", '<mo form="prefix">&#x02212;</mo>'),
        (r"a - b", "<mo>&#x02212;</mo>"),
        (r"\bar{w}_j", '<mover accent="true"><mrow><mi>w</mi></mrow><mo stretchy="false">'),
        (r"\lVert x \rVert", '<mo stretchy="false" form="prefix">&#x02016;</mo><mi>x</mi>'),
        (r"\lVert x \rVert", '<mi>x</mi><mo stretchy="false" form="postfix">&#x02016;</mo>'),
    ],
)
def test_formulas_are_spaced_as_in_print(formula: str, expected: str) -> None:
    assert expected in mathml(formula, "inline")


@pytest.mark.parametrize("formula", ["x_{", r"\nosuchcommand{x}", r"\left( x"])
def test_a_formula_that_cannot_be_shown_is_a_warning(build: Build, formula: str) -> None:
    assert "cannot be shown" in build(f"# T\n\nSee ${formula}$.\n").warnings


def test_the_first_paragraph_describes_the_page(build: Build) -> None:
    page = clean(build(f"# T\n\nTasks & heads < of size $n$ {'word ' * 60}\n\nNot this.\n")).page()
    text = re.search(r'<meta name="description" content="([^"]*)"', page)[1]
    assert text.startswith("Tasks &amp; heads &lt; of size word")
    assert text.endswith("word…")
    assert len(text) < 180
    assert page.count('name="description"') == 1


def test_a_description_of_the_author_is_kept(build: Build) -> None:
    front = "---\nmyst:\n  html_meta:\n    description: Mine\n---\n"
    page = clean(build(f"{front}# T\n\nFirst.\n")).page()
    assert re.findall(r'<meta [^>]*"description"[^>]*>', page) == [
        '<meta content="Mine" name="description" />'
    ]


def test_nothing_of_thebe_is_loaded(build: Build) -> None:
    page = clean(build("# T\n")).page()
    assert "unpkg.com" not in page
    assert "sphinx-thebe" not in page
    assert "doctools.js" in page  # only thebe went


# The landing page

PNG = b"the bytes of a picture"
OPENING = "# A title\n\n*Reading time 45 minutes · running time 75 seconds · builds on nothing.*"
# Figures of chapters


DRAWING = """<?xml version="1.0"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="313.2pt" height="90pt"
 viewBox="0 0 313.2 90" xmlns="http://www.w3.org/2000/svg" version="1.1">
<defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
<g id="figure_1"><g id="patch_1"><path d="M 0 9 L 9 9" style="fill: #ffffff"/></g>
<g id="axes_1"><g id="patch_2">
<path d="M 0 0 L 9 9" clip-path="url(#p0)" style="fill: #0072b2"/></g>
<g id="line2d_1"><defs><path id="m0" d="M 0 0"/></defs>
<use xlink:href="#m0" style="fill: #0072b2; stroke: #ffffff"/>
<path d="M 0 0" style="fill: none; stroke: #b0b0b0"/></g>
<g id="text_1"><text style="font-size: 10px; font-family: 'DejaVu Sans', sans-serif; fill: #262626"
 x="1" y="1">-0.5</text></g></g>
<g id="axes_2"><g id="patch_3"><path d="M 20 20 L 29 29" style="fill: #262626"/></g>
<image xlink:href="data:," x="20" y="-29" width="9" height="9"
 transform="scale(1 -1) translate(0 -49)"/>
<g id="text_2"><text style="fill: #262626" transform="translate(22 22)">on it</text></g>
<g id="text_3"><text style="fill: #262626" x="22" y="40">beside it</text></g></g></g></svg>"""


def captioned(chapter_output: dict[str, str], *captions: str) -> nbformat.NotebookNode:
    """A chapter with a figure for each caption."""
    cells = [nbformat.v4.new_markdown_cell("# T")]
    for caption in captions:
        metadata = {"caption": caption, "mystnb": {"image": {"alt": f"Alt: {caption}"}}}
        output = nbformat.v4.new_output(
            "display_data", {**chapter_output, "text/plain": "<Figure>"}
        )
        cells.append(nbformat.v4.new_code_cell("draw()", outputs=[output], metadata=metadata))
    return notebook(*cells)


@pytest.mark.parametrize("builder", ["html", "epub"])
def test_figures_are_numbered_and_their_finding_comes_first(build: Build, builder: str) -> None:
    figures = captioned(
        {"image/svg+xml": DRAWING}, "It falls. Lower is better.", "It rises by 5 %."
    )
    book = build("# T\n\n[c](chapter.ipynb)", chapter=figures, builder=builder)
    page = (book.pages / ("chapter.html" if builder == "html" else "chapter.xhtml")).read_text()
    assert re.findall(r'<figure class="numbered" id="([^"]+)"', page) == ["figure-1", "figure-2"]
    assert '<span class="number">Figure 1.</span> <span class="finding">It falls.</span>' in page
    assert "Lower is better.</p></figcaption>" in page
    assert page.count("<svg") == (2 if builder == "html" else 0)
    assert page.count("<img") == (0 if builder == "html" else 2)


def test_a_drawing_takes_the_colours_of_the_page() -> None:
    colours = {"#0072b2": "--blue", "#262626": "--ink", "#ffffff": "--ground"}
    svg = drawings.inline(DRAWING, 'what "is" seen', "f1", colours)
    assert 'aria-label="what &quot;is&quot; seen"' in svg
    assert "max-width: calc(0.75 *" in svg
    assert "fill: var(--blue, #0072b2); stroke: var(--ground, #ffffff)" in svg
    assert "stroke: color-mix(in srgb, var(--ink, #262626) 36%, var(--ground, #ffffff))" in svg
    assert ">−0.5<" in svg
    assert "font-size: calc(10px * var(--figure-type, 1))" in svg
    for gone in ("font-family", "<style", 'id="axes_1"', "M 0 9", "xlink", "xmlns"):
        assert gone not in svg
    assert re.findall(r'id="([^"]+)"', svg) == ["f1-0"]
    assert 'href="#f1-0"' in svg


def test_a_picture_and_words_on_it_keep_their_colours() -> None:
    svg = drawings.inline(DRAWING, "", "f1", {"#262626": "--ink", "#ffffff": "--ground"})
    style = dict(re.findall(r'<text[^>]*style="fill: ([^"]+)"[^>]*>([^<]+)<', svg))
    assert style == {"#262626": "on it", "var(--ink, #262626)": "beside it"}
    assert '<path d="M 20 20 L 29 29" style="fill: #262626" />' in svg


def test_the_page_has_a_colour_for_each_of_the_palette_in_both_themes() -> None:
    css = drawings.STYLE.read_text("utf8")
    colours = drawings.palette(css)
    assert set(colours) == {*COLOURS.values(), INK, SOFT, GROUND}
    light, dark = re.findall(r'\[data-theme="(?:light|dark)"\] \{(.*?)\}', css, re.DOTALL)[:2]
    swatches = (ROOT / "book" / "how_to_read.md").read_text("utf8")
    for shade in COLOURS.values():  # the page says what each of them means
        assert f"var({colours[shade]}, {shade})" in swatches
    names = re.compile(r"(--figure-[\w-]+):")
    assert names.findall(light) == names.findall(dark)


# Tables


FRAME = """<div><style scoped>th {top: 0}</style>
<table border="1" class="dataframe"><thead>
<tr style="text-align: right;"><th>arm</th><th>own words</th><th>said</th></tr>
<tr><th>relatedness</th><th></th><th></th></tr></thead><tbody>
<tr><th>-0.5</th><td>+1.5 [+0.7, +2.4], n = 8</td><td>twice-told</td></tr>
<tr><th>1</th><td>-0.2 [-1.3, +0.9], n = 8</td><td>NaN</td></tr>
</tbody></table></div>"""


def test_a_frame_has_one_row_of_heads_and_intervals_in_two_tiers() -> None:
    html = tables.set_frames(FRAME)
    assert html.count("<tr>") == 3
    assert "<th>relatedness <small>arm →</small> <small>n = 8</small></th>" in html
    assert '<td class="interval number"><b>+1.5</b><br/><small>+0.7 to +2.4</small></td>' in html
    assert '<td class="interval number">−0.2<br/><small>−1.3 to +0.9</small></td>' in html
    for there in ("<th>−0.5</th>", "<td>twice-told</td>", "<td>–</td>"):
        assert there in html
    assert "<style" not in html


@pytest.mark.parametrize(
    ("cell", "tiers"),
    [
        ("+.5 [+.1, +.9]", "<b>+.5</b><br/><small>+.1 to +.9</small>"),
        ("0.7 [0.6, 0.8]", "0.7<br/><small>0.6 to 0.8</small>"),  # a level: zero is no question
        ("+0.0 [-0.0, +0.1], 9 tasks", "+0.0<br/><small>−0.0 to +0.1, 9 tasks</small>"),
        ("0.15 -0.2 [-0.3, -0.1]", "<b>0.15 −0.2</b><br/><small>−0.3 to −0.1</small>"),
        ("[1, 2]", None),
        ("words", None),
    ],
)
def test_an_interval_is_bold_where_it_excludes_zero(cell: str, tiers: str | None) -> None:
    assert tables.two_tiers(cell) == tiers


def test_tables_of_markdown_look_like_frames(build: Build) -> None:
    rows = "| x | -1.5 | +1 [+0.5, +1.5] |\n| y-1 | 2 | – |"
    page = clean(build(f"# T\n\n| a | b | c |\n|---|---|---|\n{rows}")).article()
    assert '<td class="number"><p>−1.5</p></td>' in page
    assert "<p><b>+1</b><br/><small>+0.5 to +1.5</small></p>" in page
    assert "<p>y-1</p>" in page


def test_names_of_rows_under_no_heading_are_headings(build: Build) -> None:
    page = clean(build("# T\n\n| | b |\n|---|---|\n| x | 1 |\n")).article()
    assert '<th class="stub"><p>x</p></th>' in page
    assert '<td class="number"><p>1</p></td>' in page


SHOW = "# T\n\n```{chapter-figure} chapter.ipynb\n:alt: Paired differences\nIn *short*.\n```\n"
LIST = "# T\n\n```{chapters}\nchapter.ipynb: What is $x$?\n```\n"


def chapter(*alts: str, opening: str = OPENING) -> nbformat.NotebookNode:
    """A chapter with one figure for each alt text."""
    png = nbformat.v4.new_output("display_data", {"image/png": base64.b64encode(PNG).decode()})
    figures = [
        nbformat.v4.new_code_cell(
            "draw()", outputs=[png], metadata={"mystnb": {"image": {"alt": alt}}}
        )
        for alt in alts
    ]
    return notebook(nbformat.v4.new_markdown_cell(opening), *figures)


def test_a_figure_of_a_chapter_is_copied(build: Build) -> None:
    alt = "Paired differences of seven arms"
    book = clean(build(SHOW, chapter=chapter("Another figure", alt)))
    source = re.search(rf'<img alt="{alt}" src="([^"]+)"', book.article())[1]
    assert (book.pages / source).read_bytes() == PNG
    assert "In <em>short</em>." in book.article()


@pytest.mark.parametrize(
    "alts", [(), ("Another",), ("Paired differences 1", "Paired differences 2")]
)
def test_a_figure_that_is_gone_or_not_the_only_one_fails_the_build(
    build: Build, alts: tuple[str, ...]
) -> None:
    number = sum(alt.startswith("Paired") for alt in alts)
    warnings = build(SHOW, chapter=chapter(*alts)).warnings
    assert f"chapter.ipynb stores {number} figures whose alt text begins with" in warnings


def test_chapters_are_listed_with_their_own_times(build: Build) -> None:
    page = clean(build(LIST, chapter=chapter())).article()
    assert re.search(r'href="chapter.html">.*A title', page)
    assert "What is <math" in page
    assert "45 minutes to read · 75 seconds to run" in page
    assert "https://colab.research.google.com/github/owner/repo/blob/main/chapter.ipynb" in page


def test_a_chapter_without_its_times_fails_the_build(build: Build) -> None:
    warnings = build(LIST, chapter=chapter(opening="# A title\n\nText.")).warnings
    assert "chapter.ipynb: no cell opens with" in warnings


# The page of recorded runs

RUNS = "# T\n\n```{recorded-runs}\n```\n"


def result(seconds: Sequence[float], *verified: dict[str, Any]) -> str:
    blocks = [
        {"scores": {"a": [1, 2], "b": [1, 2]}, "seconds": s, "finished": f"2026-0{n}-01T00:00:00"}
        for n, s in enumerate(seconds, 1)
    ]
    return json.dumps({"name": "tiny", "blocks": blocks, "verified": verified})


@pytest.mark.parametrize(
    ("seconds", "time"),
    [((20, 30.4), "50 s"), ((500, 700), "20 min"), ((5000, 4000), "2.5 h")],
)
def test_a_recorded_run_has_its_cells_and_its_time(
    seconds: Sequence[float], time: str, build: Build
) -> None:
    text = re.sub("<[^>]+>", " ", clean(build(RUNS, record=result(seconds))).article())
    assert re.search(rf"tiny\s+4\s+{time}\s+2026-02-01\s+–", text)
    assert f"1 runs: to measure all of them again takes a core {time}, by the times" in text


def test_the_last_verification_of_a_run_is_told(build: Build) -> None:
    old, new = (
        {"finished": f"2026-{month}-02T00:00:00", "cells": 10 + month, "allowed": 0.125}
        for month in (10, 11)
    )
    text = clean(build(RUNS, record=result([1], new, old))).article()
    assert "2026-11-02, 21 cells, 12 % of the tolerance" in text


def test_a_page_of_no_recorded_runs_fails_the_build(build: Build) -> None:
    assert "mtlbook/results has no result files" in build(RUNS).warnings


def test_each_recorded_run_is_in_the_table() -> None:
    paths = sorted((ROOT / recorded_runs.RESULTS).glob("*.json"))
    found = recorded_runs.lines([json.loads(path.read_text("utf8")) for path in paths])
    names = [line.split("`")[1] for line in found if "`" in line]
    assert names == [path.stem for path in paths]


# A recorded run to move through

STEPS = (20, 40)


def recorded(**changes: Any) -> str:
    """A run of two networks in blocks of one; what is at 40 updates is twice what is at 20."""

    def scores(seed: int, low: float) -> dict[str, list[float]]:
        weights = {name: (place + seed) / 100 for place, name in enumerate(course.NAMES)}
        return {
            f"{name} @ {step}": [round(value * step / 20, 4)]
            for step in STEPS
            for name, value in {**weights, "error": low + seed / 100}.items()
        }

    blocks = [
        {"config": {"relatedness": relatedness}, "seeds": str(seed), "scores": scores(seed, low)}
        for seed in (0, 1)
        for relatedness, low in ((1.0, 0.1), (0.0, 0.2))
    ]
    run = {"name": "sluice-course", "blocks": blocks, **changes}
    return json.dumps(run, ensure_ascii=False)


def test_the_record_is_read_by_network_and_look(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(recorded(), "utf8")
    run = course.read(path)
    assert run["looks"] == [0, 20, 40]
    related, unrelated = run["runs"]
    assert (related["label"], unrelated["label"]) == ("related", "unrelated")
    assert related["weights"][0] == [course.START, [*range(36)], [2 * w for w in range(36)]]
    assert related["weights"][1][1] == [*range(1, 37)]
    assert related["error"] == [[None, 100, 200], [None, 110, 220]]
    assert unrelated["error"] == [[None, 200, 400], [None, 210, 420]]


def test_the_course_begins_where_a_sluice_network_begins() -> None:
    alpha, beta = (weights_at_start(n, "imbalanced") for n in (4, 2))
    start = [*alpha.flatten(), *alpha.flatten(), *beta[-1], *beta[-1]]
    assert [round(100 * float(w)) for w in start] == course.START


def test_the_names_are_those_of_the_experiment() -> None:
    assert (*course.NAMES, "error") == QUANTITIES


def test_the_run_of_the_book_can_be_shown() -> None:
    run = course.read(Path(__file__).parents[1] / course.RECORD)
    assert run["looks"] == [0, *range(20, 201, 20)]
    for one in run["runs"]:
        assert len(one["weights"]) == len(one["error"]) == 10
        assert all(-300 < w < 300 for network in one["weights"] for look in network for w in look)
        assert all(0 < e < 1000 for network in one["error"] for e in network[1:])
    assert len(course.write(run)) < 60_000


@pytest.mark.parametrize(
    "record",
    [
        "no JSON",
        "{}",
        recorded(blocks=[]),
        recorded(blocks=json.loads(recorded())["blocks"][::2]),  # related only
        recorded().replace("α2 33 @ 40", "α3 33 @ 40"),
    ],
)
def test_another_file_is_refused_with_the_remedy(tmp_path: Path, record: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(record, "utf8")
    with pytest.raises(ExtensionError, match=r"run\.json cannot be shown .*mtlbook run sluice-c"):
        course.read(path)


def test_the_course_stands_behind_its_picture(build: Build) -> None:
    alt = f"{course.ALT} of alpha"
    parts = chapter("Another figure", alt)
    parts.cells.append(nbformat.v4.new_markdown_cell("After it."))
    page = clean(build(parts, record=recorded())).article()
    assert page.count('<figure class="course"') == 1
    assert page.index(f'alt="{alt}"') < page.index('<figure class="course"')
    assert page.index("</figure>") < page.index("After it.")
    figure = page[page.index('<figure class="course"') : page.index("</figure>")]
    assert re.search(r"<figure[^>]* hidden>", figure)  # without a script there is the picture
    assert (figure.count("<td></td>"), figure.count('type="radio"')) == (2 * 17 + 5, 2)
    assert not re.search(r"https?:|src=|\bid=", figure)
    data = json.loads(re.search(r'type="application/json">(.*?)</script>', figure)[1])
    assert data["runs"][1]["error"] == [[None, 200, 400], [None, 210, 420]]


def test_no_other_page_has_a_course(build: Build) -> None:
    assert "course" not in clean(build(chapter("Two rows over training"))).article()


@pytest.mark.parametrize("builder", ["singlehtml", "epub", "latex"])
def test_paper_has_the_picture_alone(build: Build, builder: str) -> None:
    book = build(chapter(course.ALT), record=recorded(), builder=builder)
    files = [p for p in book.pages.rglob("*") if p.suffix in (".html", ".xhtml", ".tex")]
    written = "".join(path.read_text("utf8") for path in files)
    assert re.search(r"<img |includegraphics", written)
    assert "wrong labels" not in written
    assert "unknown node" not in book.warnings


def test_a_run_that_is_missing_fails_the_build(build: Build) -> None:
    with pytest.raises(ExtensionError, match="cannot be shown"):
        build(chapter(course.ALT))


def test_two_such_pictures_are_a_warning(build: Build) -> None:
    book = build(chapter(course.ALT, f"{course.ALT} again"), record=recorded())
    assert "2 figures begin with" in book.warnings


# The theme's own pages


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<script defer src="_static/scripts/fontawesome.js?digest=1"></script>', ""),
        ('localStorage.getItem("mode") || "";', 'localStorage.getItem("mode") || "auto";'),
        (
            '<html lang="en" data-content_root="../" >',
            '<html lang="en" data-content_root="../" data-theme="light">',
        ),
        (
            '<button class="btn search-button-field x" title="S" aria-label="Search" y>',
            '<button class="btn search-button-field x" title="S" y>',
        ),
        ("<title>Book &#8212; Book</title>", "<title>Book</title>"),
        ("<title>Page &#8212; Book</title>", "<title>Page &#8212; Book</title>"),
        (
            "<h1>On task-specific Multi-Task Learning</h1>",
            '<h1>On task-specific <span class="unbroken">Multi-Task</span> Learning</h1>',
        ),
        ('<script src="x.js"></script>', '<script defer src="x.js"></script>'),
    ],
)
def test_what_the_theme_writes_is_tidied(html: str, expected: str) -> None:
    tidied, _ = tidy(html)
    assert tidied == expected
    assert tidy(tidied)[0] == tidied


def test_entities_become_characters_but_for_those_of_xml() -> None:
    assert characters("&nbsp;&eacute; &amp;lt; &lt;&nosuch;") == "\u00a0é &amp;lt; &lt;&nosuch;"


def test_images_have_a_size_and_all_but_the_first_wait(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\3\x66\0\0\1\0")
    image, own = '<img alt="x" src="a.png" />', '<img src="a.png" width="5">'
    size = 'width="870" height="256"'
    assert sized(image + own + image, tmp_path) == (
        f'<img alt="x" src="a.png"  {size}/>{own}<img alt="x" src="a.png"  {size} loading="lazy"/>'
    )
    lost = '<img src="lost.png">'
    assert sized(lost, tmp_path) == lost


def test_only_the_search_page_loads_what_searches() -> None:
    files = ("documentation_options", "searchtools", "language_data")
    scripts = "".join(f'<script defer src="../_static/{x}.js?v=1"></script>' for x in files)
    page = f"<title>T</title>{scripts}"
    assert light(page, "../", "const x = 1;", searches=True).count("<script") == 3
    without = light(page, "../", "const x = 1;", searches=False)
    assert re.findall("<script.*?</script>", without) == ["<script>const x = 1;</script>"]
    assert 'href="../_static/serif-normal.woff2"' in without


def test_rules_that_no_page_uses_are_left_out() -> None:
    css = (
        '/*! Licence */@charset "UTF-8";/* a */p,.on>b,.off{color:red}.off:hover{x:y}'
        "@media print{.off{x:y}.on{x:y}}@media all{.off{x:y}}@font-face{x:y}"
        ".on:not(.off),#here:is(.off,.on){x:y}#gone{x:y}"
    )
    assert used_rules(css, {"on", "here"}) == (
        '/*! Licence */@charset "UTF-8";p,.on>b{color:red}@media print{.on{x:y}}@font-face{x:y}'
        ".on:not(.off),#here:is(.off,.on){x:y}"
    )
