"""The Sphinx extension, on tiny projects built in a temporary folder."""

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from plainbook.callouts import KINDS
from plainbook.links import normalise
from plainbook.maths import mathml
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

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

    def run(index: str | nbformat.NotebookNode, **pages: str) -> Book:
        source = tmp_path / "source"
        source.mkdir()
        if isinstance(index, str):
            (source / "index.md").write_text(index, "utf8")
        else:
            nbformat.write(index, source / "index.ipynb")
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
                buildername="html",
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


@pytest.mark.parametrize("kind", KINDS)
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
    ("formula", "element"),
    [
        (r"a \pm b", "<mo>±</mo>"),
        (r"\lVert x \rVert^2", '<mo stretchy="false">‖</mo>'),
        (r"\lvert x \rvert", '<mo stretchy="false">|</mo>'),
        (r"\left\| x \right\|", '<mo stretchy="true" fence="true" form="prefix">‖</mo>'),
        (r"a < b", "<mo>&lt;</mo>"),
    ],
)
def test_operators_have_their_room_and_height(formula: str, element: str) -> None:
    assert element in mathml(formula, "inline")


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


def test_no_script_of_thebe_is_loaded(build: Build) -> None:
    page = clean(build("# T\n")).page()
    assert "unpkg.com" not in page
    assert "sphinx-thebe.js" not in page
    assert "doctools.js" in page  # only thebe went
