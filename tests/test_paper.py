"""The book on paper and in e-readers: its pieces on tiny books, and the real EPUB."""

import dataclasses
import datetime
import os
import re
import shutil
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import epub
import nbformat
import pdf
import pypdfium2 as pdfium
import pytest
from bs4 import BeautifulSoup, Tag
from plainbook.ebook import finish_pages, in_parts, move_solutions
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace

ROOT = Path(__file__).parents[1]

# One document out of many pages

LANDING = (
    '<h1>Tiny<a class="headerlink" href="#tiny">#</a></h1><p>Opening.</p><h2 id="x">Doors</h2>'
)
FIRST = """
<section id="same"><h1>First: "a" &amp; b<a class="headerlink" href="#same">#</a></h1>
<p><a href="second.html#same">there</a> <a href="#part">here</a> <a href="../index.html#x">home</a>
<a href="https://example.org/">out</a> <img alt="A" src="../_images/a.png"/></p>
<div class="cell"><details class="admonition hide above-input"><summary>Show</summary>
<pre>import secret</pre></details></div>
<div class="cell"><details class="admonition hide above-input"><summary>Show</summary>
<pre>draw()</pre></details><div class="cell_output">drawn</div></div>
<section id="part"><h2>Part <em>one</em><a class="headerlink" href="#part">#</a></h2>
<details><summary>A proof</summary><p>By thought.</p></details>
<section id="exercise"><h3>Exercise 1.1 ★</h3>
<details><summary>Solution</summary><p>It is 42.</p></details></section></section></section>
<figure hidden><input type="range"/><script>move()</script></figure>
<script>run()</script>
"""
SECOND = '<section id="same"><h1>Second</h1><section id="s"><h2>Entry</h2></section></section>'
BOOK = pdf.Book(
    title="Tiny",
    author="Ann",
    repository="https://example.org/tiny",
    root="index",
    parts=(pdf.Part("Chapters", ("notebooks/first",)), pdf.Part("Back", ("notebooks/second",))),
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    pages = {"index": LANDING, "notebooks/first": FIRST, "notebooks/second": SECOND}
    for name, text in pages.items():
        path = tmp_path / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"<html><body><nav>menu</nav><article>{text}</article></body></html>")
    return tmp_path


def links(document: Tag) -> dict[str, str]:
    return {link.get_text(): str(link["href"]) for link in document.select("article a")}


def test_pages_with_the_same_headings_keep_their_own_addresses(site: Path) -> None:
    document = pdf.assemble(BOOK, site)
    ids = [tag["id"] for tag in document.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {"notebooks-first--same", "notebooks-second--same"} < set(ids)
    found = links(document)
    assert found["there"] == "#notebooks-second--same"
    assert found["here"] == "#notebooks-first--part"
    assert found["home"] == "#index"
    assert found["out"] == "https://example.org/"


def test_a_picture_is_found_from_anywhere(site: Path) -> None:
    picture = pdf.assemble(BOOK, site).find("img")
    assert isinstance(picture, Tag)
    assert picture["src"] == (site / "_images" / "a.png").as_uri()


def test_what_only_a_screen_needs_is_left_out(site: Path) -> None:
    text = str(pdf.assemble(BOOK, site))
    for useless in ("menu", "<script", "<input", "headerlink", "import secret", "draw()", "Doors"):
        assert useless not in text
    assert "drawn" in text
    assert '<div class="cell"></div>' not in text


def test_solutions_stand_at_the_end_behind_a_reference(site: Path) -> None:
    document = pdf.assemble(BOOK, site)
    chapter, _, solutions = document.select("body > article")
    assert "42" not in chapter.get_text()
    (reference,) = chapter.select(".see-solution a")
    (heading,) = solutions.select(str(reference["href"]))
    assert heading.get_text() == "Exercise 1.1 ★"
    assert solutions.select_one("h2").get_text() == 'First: "a" & b'  # type: ignore[union-attr]
    assert "It is 42." in solutions.get_text()
    assert reference.select("[data-page-of]")


def test_what_every_chapter_has_is_not_in_the_contents(site: Path) -> None:
    pages = [f"notebooks/{name}" for name in "abc"]
    for page in pages:
        section = f"<section id='x'><h2>Exercises</h2></section><section id='y'><h2>{page}</h2>"
        (site / f"{page}.html").write_text(
            f"<article><section id='t'><h1>T</h1>{section}</section></section></article>"
        )
    book = pdf.Book("Tiny", "Ann", "", "index", (pdf.Part("", tuple(pages)),))
    (contents,) = pdf.assemble(book, site).select("nav.contents")
    assert [line.get_text() for line in contents.select(".section")] == pages


def test_what_is_long_may_be_cut(site: Path) -> None:
    code = "<div class='highlight'><pre>{}</pre></div>"
    (site / "notebooks" / "second.html").write_text(
        f"<article>{SECOND}{code.format('a')}{code.format('a<br/>' + 9 * chr(10) + 'b')}</article>"
    )
    (article,) = pdf.assemble(BOOK, site).select("#notebooks-second")
    assert [block["class"] for block in article.select("div")] == [["highlight"], "highlight long"]


def test_the_title_page_says_which_edition_it_is(site: Path) -> None:
    book = dataclasses.replace(BOOK, version="2.0", day="1 December 2026")
    (title,) = pdf.assemble(book, site).select(".title-page")
    assert "Version 2.0, 1 December 2026" in title.get_text()
    assert [str(child) for child in title.h1.children] == ["Tiny"]  # type: ignore[union-attr]


def test_the_day_is_that_of_the_last_commit(tmp_path: Path) -> None:
    today = datetime.date.today()
    assert pdf.last_change(tmp_path) == f"{today.day} {today:%B %Y}", "no history"
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        when = {"GIT_COMMITTER_DATE": "2026-03-04T05:06:07"}
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(
            ["git", *who, *command], cwd=tmp_path, check=True, env=dict(os.environ) | when
        )
    assert pdf.last_change(tmp_path) == "4 March 2026"


def test_what_else_is_folded_is_open(site: Path) -> None:
    (details,) = pdf.assemble(BOOK, site).select("details")
    assert details.has_attr("open")
    assert "By thought." in details.get_text()


def test_short_paragraphs_are_not_torn(site: Path) -> None:
    long = "word " * 100
    (site / "notebooks" / "second.html").write_text(
        f"<article>{SECOND}<p class='a'>brief</p><p>{long}</p></article>"
    )
    (article,) = pdf.assemble(BOOK, site).select("#notebooks-second")
    assert [p.get("class") for p in article.find_all("p")] == ["a short", None]


def test_the_contents_list_parts_pages_and_sections(site: Path) -> None:
    (contents,) = pdf.assemble(BOOK, site).select("nav.contents")
    assert [line.get_text() for line in contents.find_all("p")] == [
        "Chapters",
        'First: "a" & b',
        "Part one",
        "Back",
        "Second",
        "Entry",
        "Solutions",
    ]


def test_a_book_without_solutions_has_no_such_chapter(site: Path) -> None:
    only_second = BOOK.__class__("Tiny", "Ann", "", "index", (pdf.Part("", ("notebooks/second",)),))
    assert "Solutions" not in pdf.assemble(only_second, site).get_text()


def test_running_heads_cannot_break_the_style(site: Path) -> None:
    style = pdf.assemble(BOOK, site).find("style")
    assert isinstance(style, Tag)
    assert r'content: "First\00003a  \000022 a\000022  \000026  b"' in style.get_text()


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="third.html">x</a>', "no page third.html"),
        ('<a href="second.html#no">x</a>', "lead nowhere: #notebooks-second--no"),
        ('<img src="https://example.org/a.png">', "is not in the book"),
    ],
)
def test_what_paper_cannot_show_is_an_error(site: Path, html: str, problem: str) -> None:
    (site / "notebooks" / "first.html").write_text(f"<article><h1>T</h1>{html}</article>")
    with pytest.raises(pdf.PaperError, match=problem):
        pdf.assemble(BOOK, site)


def test_a_page_that_is_not_built_is_an_error(site: Path) -> None:
    (site / "notebooks" / "second.html").unlink()
    with pytest.raises(pdf.PaperError, match="run `make book`"):
        pdf.assemble(BOOK, site)


def test_the_order_is_that_of_the_contents(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("{title: T, author: A, repository: {url: u}}")
    (tmp_path / "CITATION.cff").write_text("{abstract: About., version: 0.1.0}")
    (tmp_path / "_toc.yml").write_text(
        "root: index\nparts:\n- caption: One\n  chapters:\n  - file: b.md\n    sections:\n"
        "    - file: c\n  - url: https://example.org\n- chapters: [{file: a}]\n"
    )
    book = pdf.Book.read(tmp_path)
    assert book.parts == (pdf.Part("One", ("b", "c")), pdf.Part("", ("a",)))
    assert (book.version, book.subject) == ("0.1.0", "About.")
    (tmp_path / "_toc.yml").write_text("root: index\nchapters: [{file: a}]\n")
    assert pdf.Book.read(tmp_path).pages == ["a"]


def test_the_real_book_has_its_chapters() -> None:
    assert "notebooks/01_inductive_bias" in pdf.Book.read().pages


# Page numbers

# As Chromium writes them: pages in a tree, names escaped twice.
PRINTED = b"""%PDF-1.4
2 0 obj
<</Type /Page
/Parent 5 0 R>>
endobj
3 0 obj
<</Type /Page
/Parent 6 0 R>>
endobj
4 0 obj
<</Type /Page
/Parent 5 0 R>>
endobj
5 0 obj
<</Type /Pages
/Kids [4 0 R 2 0 R]
/Parent 7 0 R>>
endobj
6 0 obj
<</Type /Pages
/Kids [3 0 R]
/Parent 7 0 R>>
endobj
7 0 obj
<</Type /Pages
/Kids [5 0 R 6 0 R]>>
endobj
8 0 obj
<</a--b [2 0 R /XYZ 6 776.25 0]
/#25C3#25A9 [3 0 R /XYZ 6 7 0]>>
endobj
9 0 obj
<</Type /Catalog
/Dests 8 0 R>>
endobj
"""


def test_page_numbers_follow_the_tree_of_pages() -> None:
    assert pdf.page_numbers(PRINTED) == (3, {"a--b": 2, "é": 3})


@pytest.mark.parametrize("other", [b"", b"%PDF-1.7 squeezed", PRINTED.replace(b"8 0 obj", b"")])
def test_another_kind_of_pdf_is_an_error(other: bytes) -> None:
    with pytest.raises(pdf.PaperError, match="cannot be read"):
        pdf.page_numbers(other)


def test_the_book_is_printed_until_its_numbers_are_true(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def print_page(html: Path, out: Path) -> None:
        seen.append(BeautifulSoup(html.read_text("utf8"), "html.parser"))
        out.write_bytes(b"printed")

    def page_numbers(_: bytes) -> tuple[int, dict[str, int]]:
        wanted = {str(tag["data-page-of"]) for tag in seen[-1].select("[data-page-of]")}
        return 9, dict.fromkeys(wanted, 3 if len(seen) == 1 else 4)

    monkeypatch.setattr(pdf, "print_page", print_page)
    monkeypatch.setattr(pdf, "page_numbers", page_numbers)
    monkeypatch.setattr(pdf, "finish", lambda draft, out, book: shutil.copy(draft, out))
    out = tmp_path / "new" / "tiny.pdf"
    assert pdf.make(BOOK, site, out) == 9
    assert [page.select_one(".page-number").get_text() for page in seen] == ["", "3", "4"]
    assert out.read_bytes() == b"printed"


def test_numbers_that_never_settle_are_an_error(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count: Iterator[int] = iter(range(99))

    class Moving(dict[str, int]):
        def __missing__(self, key: str) -> int:
            return next(count)

    monkeypatch.setattr(pdf, "print_page", lambda html, out: out.write_bytes(b""))
    monkeypatch.setattr(pdf, "page_numbers", lambda raw: (1, Moving()))
    with pytest.raises(pdf.PaperError, match="do not settle"):
        pdf.make(BOOK, site, tmp_path / "tiny.pdf")
    assert not (tmp_path / "tiny.pdf").exists()


# Chromium


def test_a_missing_chromium_is_named_with_a_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pdf.main(tmp_path / "book.pdf") == 1
    assert "apt-get install chromium" in capsys.readouterr().err
    monkeypatch.setenv("CHROMIUM", "/no/such/program")
    with pytest.raises(pdf.PaperError, match="CHROMIUM=/no/such/program is no program"):
        pdf.browser()


def test_a_chromium_that_prints_nothing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho no display >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    (tmp_path / "old.pdf").write_text("of yesterday")
    with pytest.raises(pdf.PaperError, match="printed nothing:\nno display"):
        pdf.print_page(tmp_path / "x.html", tmp_path / "old.pdf")


def test_chromium_prints_what_we_read(site: Path, tmp_path: Path) -> None:
    try:
        pdf.browser()
    except pdf.PaperError as error:
        pytest.skip(str(error))
    out = tmp_path / "tiny.pdf"
    # Title, contents, two chapters, solutions.
    assert pdf.make(BOOK, site, out) == 5
    document = BeautifulSoup(out.with_suffix(".html").read_text("utf8"), "html.parser")
    numbers = {tag["data-page-of"]: tag.get_text() for tag in document.select("[data-page-of]")}
    assert numbers["notebooks-first"] == numbers["notebooks-first--part"] == "3"
    assert numbers["notebooks-second"] == "4"
    assert numbers["solutions"] == numbers["solution-1"] == "5"
    assert len(pdfium.PdfDocument(out)) == 5
    assert pdfium.PdfDocument(out).get_metadata_dict()["Author"] == "Ann"


# The real book on paper

EMPTY = 0.25  # of the height of a page's text
FEW = 40  # pages that may be so empty at their foot
LINE = (65, 80)  # characters


@dataclasses.dataclass(frozen=True)
class Printed:
    """What is measured on the real PDF."""

    size: int
    author: str
    bookmark: str
    heads: frozenset[str]
    text: str
    empty: list[int]
    line: float


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """Print the built pages, and look at each page of the PDF."""
    try:
        pdf.browser()
    except pdf.PaperError as error:
        pytest.skip(str(error))
    if not (pdf.SITE / "index.html").is_file():
        pytest.skip("the pages are not built: make book")
    out = tmp_path_factory.mktemp("paper") / "book.pdf"
    pdf.make(pdf.Book.read(), pdf.SITE, out)
    document = pdfium.PdfDocument(out)
    texts, empty = [], []
    scale, millimetre = 1 / 3, 72 / 25.4
    for number, page in enumerate(document, start=1):
        texts.append(page.get_textpage().get_text_range())
        shades = page.render(scale=scale, grayscale=True).to_numpy().squeeze()
        # Between the head and the number at the foot: the margins of print.css.
        text = shades[round(24 * millimetre * scale) : round(-26 * millimetre * scale)]
        inked = (text < 200).any(axis=1).nonzero()[0]
        if not len(inked) or 1 - (inked[-1] + 1) / len(text) > EMPTY:
            empty.append(number)
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return Printed(
        size=out.stat().st_size,
        author=document.get_metadata_dict()["Author"],
        bookmark=next(iter(document.get_toc())).get_title(),
        heads=frozenset(lines),
        text=" ".join(lines),
        empty=empty,
        line=statistics.median(len(line) for line in lines if len(line) > 50),
    )


def test_the_pdf_is_light(printed: Printed) -> None:
    assert printed.size <= 8 * pdf.MEGABYTE


def test_few_pages_are_empty_at_the_foot(printed: Printed) -> None:
    assert len(printed.empty) <= FEW, printed.empty


def test_lines_have_a_length_that_can_be_read(printed: Printed) -> None:
    assert LINE[0] <= printed.line <= LINE[1]


def test_the_pdf_says_whose_and_what_it_is(printed: Printed) -> None:
    assert printed.author == pdf.Book.read().author
    assert printed.bookmark == pdf.Book.read().title
    assert any(head.endswith("MS MARCO: a leaderboard as a lesson") for head in printed.heads)


def test_paper_does_not_speak_of_what_it_leaves_out(printed: Printed) -> None:
    assert not re.search(r"(code|cells?) folded", printed.text)


# EPUB


@pytest.fixture(scope="module")
def ebook(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text files of the EPUB of a tiny book."""
    folder = tmp_path_factory.mktemp("ebook")
    table = "<style scoped>td { margin: 0 }</style><table><td valign='top'>&nbsp;</td></table>"
    frame = table.replace("'", '"')
    cells = [
        nbformat.v4.new_markdown_cell(
            "# T\n\n$x$\n\n<details>\n<summary>Solution</summary>\n\nIt is 42.\n\n</details>"
        ),
        nbformat.v4.new_code_cell("import secret", metadata={"tags": ["hide-input"]}),
        nbformat.v4.new_code_cell(
            "draw()",
            execution_count=1,
            outputs=[nbformat.v4.new_output("display_data", {"text/html": frame})],
            metadata={"tags": ["hide-input"]},
        ),
        nbformat.v4.new_code_cell("shown()"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "index.ipynb")
    (folder / "other.md").write_text("---\norphan: true\n---\n# Other\n\nNo formula.\n")
    with docutils_namespace():
        app = Sphinx(
            folder,
            confdir=None,
            outdir=folder / "out",
            doctreedir=folder / "doctrees",
            buildername="epub",
            status=None,
            freshenv=True,
            warningiserror=True,
            confoverrides={
                "extensions": ["myst_nb", "sphinxcontrib.bibtex", "plainbook"],
                "html_math_renderer": "mathml",
                "myst_enable_extensions": ["dollarmath"],
                "nb_execution_mode": "off",
                "bibtex_bibfiles": [],
                "project": "Tiny",
                "version": "1",
                "epub_copyright": "2026",
                "epub_identifier": "https://example.org/tiny",
            },
        )
        app.build()
    with zipfile.ZipFile(folder / "out" / "Tiny.epub") as packed:
        names = [name for name in packed.namelist() if not name.endswith(".png")]
        return {name: packed.read(name).decode() for name in names}


def test_pages_with_formulas_are_declared(ebook: dict[str, str]) -> None:
    items = re.findall(r'href="(\w+)\.xhtml"[^>]*properties="mathml"', ebook["content.opf"])
    assert items == ["index"]
    assert "<math" in ebook["index.xhtml"]


def test_nothing_is_folded_in_an_e_reader(ebook: dict[str, str]) -> None:
    page = ebook["index.xhtml"]
    assert re.findall(r"<details.*?>", page) == ['<details open="open">']
    assert "It is 42." in page
    assert "secret" not in page
    assert "draw" not in page
    assert "shown" in page
    assert "<table>" in page


def test_the_e_book_holds_what_xhtml_allows(ebook: dict[str, str]) -> None:
    assert "<style" not in ebook["index.xhtml"]
    assert "valign" not in ebook["index.xhtml"]
    assert 'lang="en"' in ebook["index.xhtml"]


def test_named_signs_become_signs(ebook: dict[str, str]) -> None:
    assert "<td>\u00a0</td>" in ebook["index.xhtml"]
    for name, page in ebook.items():
        if name.endswith((".xhtml", ".opf", ".ncx")):
            ElementTree.fromstring(page)


def test_a_page_that_is_no_xml_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.xhtml").write_text("<html><body><br></body></html>")
    with pytest.raises(ExtensionError, match=r"page\.xhtml is no XML"):
        finish_pages(tmp_path)


def test_parts_stand_above_numbered_chapters() -> None:
    entries = [
        {"level": 1, "refuri": "index.xhtml", "text": "Tiny"},
        {"level": 1, "refuri": "notebooks/01_a.xhtml", "text": "First"},
        {"level": 2, "refuri": "notebooks/01_a.xhtml#s", "text": "Section"},
        {"level": 1, "refuri": "notebooks/02_b.xhtml", "text": "2. Second"},
    ]
    listed = in_parts(entries, {"notebooks/01_a.xhtml": "Part one"})
    assert [(entry["level"], entry["text"]) for entry in listed] == [
        (1, "Tiny"),
        (1, "Part one"),
        (2, "1. First"),
        (3, "Section"),
        (2, "2. Second"),
    ]
    addresses = [entry["refuri"] for entry in listed]
    assert len(addresses) == len(set(addresses))


def test_solutions_of_the_e_book_stand_at_the_end() -> None:
    chapter = (
        "<html><head><title>A</title></head><body><h1>A</h1><details><summary>Proof</summary>"
        '</details><h3>Exercise 1.1</h3><details open="open"><summary>Solution</summary>'
        '<p id="cited"><a href="#top">It is 42.</a><details>x</details></p></details>end'
        "</body></html>"
    )
    pages, count = move_solutions(
        {
            "notebooks/01_a.xhtml": chapter,
            "refs.xhtml": '<a href="notebooks/01_a.xhtml#cited">a</a>',
        }
    )
    assert count == 1
    left, solutions = pages["notebooks/01_a.xhtml"], pages["notebooks/solutions.xhtml"]
    assert "42" not in left
    assert left.endswith("end</body></html>")
    assert "Proof" in left
    assert 'href="solutions.xhtml#solution-1"' in left
    assert '<h3 id="solution-1">Exercise 1.1</h3>' in solutions
    assert "<h2>1. A</h2>" in solutions
    assert 'href="01_a.xhtml#top"' in solutions
    assert 'id="01_a--cited"' in solutions
    assert pages["refs.xhtml"] == '<a href="notebooks/solutions.xhtml#01_a--cited">a</a>'


def test_the_e_book_has_one_identifier_and_its_style_sheets(ebook: dict[str, str]) -> None:
    assert '<meta name="dtb:uid" content="https://example.org/tiny"/>' in ebook["toc.ncx"]
    wanted = set(re.findall(r'href="(_static/[^"]+\.css)"', ebook["index.xhtml"]))
    assert wanted
    assert wanted <= set(ebook)


def test_a_missing_epubcheck_is_named_with_a_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert epub.main(tmp_path / "book.epub") == 1
    assert "apt-get install epubcheck" in capsys.readouterr().err


@pytest.mark.parametrize("status", [0, 1])
def test_epubcheck_decides(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    status: int,
) -> None:
    program = tmp_path / "epubcheck"
    program.write_text(f"#!/bin/sh\necho checked $2\nexit {status}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert epub.check(Path("b.epub")) == (status == 0)
    assert ("checked b.epub" in capsys.readouterr().err) == (status == 1)


def test_the_e_book_is_valid(tmp_path: Path) -> None:
    # Without epubcheck it is built all the same, and each page goes through an XML parser.
    program = (
        "import shutil, sys, epub; from pathlib import Path\n"
        "sys.exit(epub.main(Path(sys.argv[1]), validate=bool(shutil.which('epubcheck'))))"
    )
    out = tmp_path / "book.epub"
    result = subprocess.run(
        [sys.executable, "-c", program, str(out)],
        cwd=ROOT / "book" / "_tools",
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    with zipfile.ZipFile(out) as packed:
        contents = packed.read("nav.xhtml").decode()
        assert "notebooks/01_inductive_bias.xhtml" in contents
        assert "part-1.xhtml" in contents
        assert "notebooks/solutions.xhtml" in contents
        assert "_static/book.css" not in packed.namelist(), "it serves the web pages only"
        chapter = packed.read("notebooks/01_inductive_bias.xhtml").decode()
        assert "<summary>Solution" not in chapter
