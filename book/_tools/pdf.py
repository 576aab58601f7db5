"""Print the built pages as one PDF: `make pdf`, or `python book/_tools/pdf.py FILE`.

The pages of `_build/html` are put together in the order of `_toc.yml`, and Chromium prints them.
Sphinx's own single page is not used: there, two chapters with a heading of the same name share one
address, and links lead to the wrong one.

What paper cannot do is done otherwise: code that the pages fold (set-up, drawing) is left out,
solutions stand at the end behind a reference to their page, and the contents have page numbers.
Chromium cannot number the contents, so the book is printed, its numbers are read, and it is
printed again.
"""

import copy
import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pikepdf
import yaml
from bs4 import BeautifulSoup, Tag
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "html"
STYLE = ROOT / "book" / "_static" / "print.css"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 300  # seconds for one printing
SHORT = 360  # characters, between three lines and four
RECURRING = 3  # chapters that have a section of the same name
MEGABYTE = 1_000_000
# What may be cut at the foot of a page: which element, what is counted in it (lines, if nothing is
# named), and how many of these are kept together.
LONG = (("div.highlight", "", 8), ("table", "tr", 5), ("div.admonition, blockquote", "p, li", 3))
FOLDED = "details.hide.above-input"  # how MyST-NB marks code that the page folds


class PaperError(Exception):
    """The book cannot be printed; the message says what to do."""


@dataclass(frozen=True)
class Part:
    """A part of the book: its caption and its pages, without suffix."""

    caption: str
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """What the title page says, and what is printed behind it."""

    title: str
    author: str
    repository: str
    root: str
    parts: tuple[Part, ...]
    version: str = ""
    day: str = ""
    subject: str = ""

    @classmethod
    def read(cls, folder: Path = ROOT) -> "Book":
        """Read `_config.yml`, `_toc.yml` and `CITATION.cff`; the date is the last commit's."""
        config = yaml.safe_load((folder / "_config.yml").read_text("utf8"))
        toc = yaml.safe_load((folder / "_toc.yml").read_text("utf8"))
        parts = tuple(
            Part(part.get("caption", ""), tuple(_files(part.get("chapters", []))))
            for part in toc.get("parts", [toc])
        )
        repository = config["repository"]["url"]
        about = yaml.safe_load((folder / "CITATION.cff").read_text("utf8"))
        subject = " ".join(about["abstract"].split())
        version = str(about["version"])
        return cls(
            config["title"],
            config["author"],
            repository,
            toc["root"],
            parts,
            version,
            last_change(folder),
            subject,
        )

    @property
    def pages(self) -> list[str]:
        """All pages behind the landing page, in order."""
        return [page for part in self.parts for page in part.pages]


def last_change(folder: Path) -> str:
    """The day of the last commit, as "1 December 2026"; today's where there is no history."""
    command = ["git", "-C", str(folder), "log", "-1", "--format=%cs"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:  # no git
        told = ""
    day = date.fromisoformat(told) if told else date.today()
    return f"{day.day} {day:%B %Y}"


def _files(entries: list[dict[str, Any]]) -> Iterator[str]:
    for entry in entries:
        if "file" in entry:  # the other kind is the address of another site
            yield posixpath.splitext(entry["file"])[0]
        yield from _files(entry.get("sections", []))


# One document out of many pages


def assemble(book: Book, site: Path, style: Path = STYLE) -> BeautifulSoup:
    """Return the whole book as one HTML document, with empty page numbers.

    Raises:
        PaperError: if a page is missing, or a link leads nowhere.
    """
    document = BeautifulSoup(
        "<!DOCTYPE html><html><head></head><body></body></html>", "html.parser"
    )
    # The style of highlighted code asks for the theme's attribute.
    _the(document, "html").attrs |= {"lang": "en", "data-theme": "light"}
    head, body = _the(document, "head"), _the(document, "body")
    chapters = {page: _article(page, book, site) for page in book.pages}
    solutions = _take_solutions(chapters)
    body.append(_title_page(book, _article(book.root, book, site)))
    body.append(_contents(book, chapters, solutions))
    for chapter in chapters.values():
        body.append(chapter)
    if solutions:
        body.append(solutions)

    for paragraph in body.find_all("p"):
        # Of three lines Chromium would leave one behind, whatever `widows` says.
        if len(_text(paragraph)) < SHORT:
            paragraph["class"] = " ".join([*paragraph.get_attribute_list("class"), "short"])

    for block, parts, most in LONG:
        for element in body.select(block):
            text = element.get_text().strip()
            size = len(element.select(parts)) if parts else text.count("\n") + 1
            if size > most:
                element["class"] = " ".join([*element.get_attribute_list("class"), "long"])

    head.append(_new("meta", charset="utf-8"))
    head.append(_new("title", book.title))
    highlighting = _uri(site / "_static" / "pygments.css")
    head.append(_new("link", rel="stylesheet", href=highlighting))
    for sheet in (style.with_name("figures.css"), style):
        if sheet.is_file():
            head.append(_new("link", rel="stylesheet", href=_uri(sheet)))
    head.append(_new("style", _running_heads(body)))
    _check_links(body)
    return document


def _article(page: str, book: Book, site: Path) -> Tag:
    """The content of a page, its addresses made fit for the one document."""
    path = site / f"{page}.html"
    if not path.is_file():
        raise PaperError(f"{path} is missing: run `make book`")
    article = BeautifulSoup(path.read_text("utf8"), "html.parser").select_one("article")
    if article is None:
        raise PaperError(f"{path} has no <article>")
    for useless in article.select(f"[hidden], script, a.headerlink, {FOLDED}"):
        useless.decompose()
    for cell in article.select("div.cell"):
        if not cell.find(True):
            cell.decompose()  # nothing but folded code
    for details in article.select("details"):
        details["open"] = ""
    for tag in article.find_all(id=True):
        if not tag.find_parent("svg"):  # a drawing's own are unique in the whole book
            tag["id"] = _anchor(page, str(tag["id"]))
    for tag in article.find_all(["a", "img"]):
        _move_address(tag, page, book, site)
    # Not a section of the web page any more: its role and its landmarks are gone.
    return _new("article", *list(article.children), id=_anchor(page))


def _anchor(page: str, fragment: str = "") -> str:
    """An id that is unique in the whole book."""
    return re.sub(r"[^\w.-]", "-", page) + (f"--{fragment}" if fragment else "")


def _move_address(tag: Tag, page: str, book: Book, site: Path) -> None:
    """Make a link or a picture of a page work in the one document."""
    name = "src" if tag.name == "img" else "href"
    address = urlsplit(str(tag.get(name, "")))
    if name == "src" and (address.netloc or address.scheme not in {"", "data"}):
        raise PaperError(f"{page}: {tag[name]} is not in the book, so it cannot be printed")
    if address.scheme or address.netloc or name not in tag.attrs:
        return
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(address.path)))
    if name == "src":
        tag["src"] = _uri(site / target)
        return
    goal = posixpath.splitext(target)[0] if address.path else page
    if goal == book.root:
        tag["href"] = "#" + _anchor(book.root)  # of the landing page, only its opening is printed
    elif goal in book.pages:
        tag["href"] = "#" + _anchor(goal, unquote(address.fragment))
    else:
        raise PaperError(f"{page}: the book has no page {tag['href']}")


def _take_solutions(chapters: dict[str, Tag]) -> Tag | None:
    """Move folded solutions to a chapter of their own, and leave references to their pages."""
    article = _new("article", _new("h1", "Solutions"), id="solutions")
    number = 0
    for chapter in chapters.values():
        folded = [
            details
            for details in chapter.select("details")
            if _text(details.find("summary")).startswith("Solution")
        ]
        if folded:
            article.append(_new("h2", _text(chapter.find("h1"))))
        for details in folded:
            number += 1
            anchor = f"solution-{number}"
            heading = details.find_previous(["h2", "h3", "h4"])
            title = copy.copy(heading).contents if isinstance(heading, Tag) else ["Solution"]
            reference = _new("a", "Solution: page ", _page_number(anchor), href=f"#{anchor}")
            details.replace_with(_new("p", reference, class_="see-solution"))
            _the(details, "summary").decompose()
            article.append(_new("h3", *list(title), id=anchor))
            article.extend(list(details.children))
    return article if number else None


def _title_page(book: Book, landing: Tag) -> Tag:
    """The title, and the paragraphs that open the landing page."""
    opening = []
    heading = landing.find("h1")
    for child in heading.find_next_siblings() if heading else []:
        if child.name != "p":
            break
        opening.append(child.extract())
    return _new(
        "section",
        _new("h1", book.title),  # in one piece: it is the first bookmark, too
        _new("p", book.author, class_="author"),
        _new("p", f"Version {book.version}, {book.day}", class_="author"),
        _new("div", *opening, class_="opening"),
        _new(
            "p",
            "Text and figures: CC BY 4.0. Code: MIT licence. Every chapter is a notebook that runs:"
            " it stands, with the code that this edition leaves out (set-up and drawing), at ",
            _new("a", book.repository, href=book.repository),
            ".",
            class_="imprint",
        ),
        id=_anchor(book.root),
        class_="title-page",
    )


def _contents(book: Book, chapters: dict[str, Tag], solutions: Tag | None) -> Tag:
    """Parts, pages and the sections of the chapters, each with a place for its page number.

    What every chapter has (exercises, claims, ...) would only fill the contents.
    """
    headings = Counter(
        title
        for chapter in chapters.values()
        for title in {_text(heading) for heading in chapter.select("h2")}
    )
    contents = _new("nav", _new("h1", "Contents"), class_="contents")
    for part in book.parts:
        if part.caption:
            contents.append(_new("p", part.caption, class_="part"))
        for page in part.pages:
            chapter = chapters[page]
            contents.append(_entry(_text(chapter.find("h1")), str(chapter["id"]), "chapter"))
            # Of a page such as the glossary, the sections would only fill the contents.
            for section in (
                chapter.select("section section") if page.startswith("notebooks/") else []
            ):
                heading = section.find(["h2", "h3"], recursive=False)
                if not isinstance(heading, Tag) or heading.name != "h2":
                    continue
                if headings[_text(heading)] < RECURRING:
                    contents.append(_entry(heading, str(section["id"]), "section"))
    if solutions:
        contents.append(_entry("Solutions", "solutions", "chapter"))
    return contents


def _entry(title: Tag | str, anchor: str, kind: str) -> Tag:
    words = [title] if isinstance(title, str) else list(copy.copy(title).contents)
    link = _new("a", _new("span", *words), _new("span", class_="dots"), href=f"#{anchor}")
    link.append(_page_number(anchor))
    return _new("p", link, class_=f"entry {kind}")


def _page_number(anchor: str) -> Tag:
    return _new("span", class_="page-number", data_page_of=anchor)


def _running_heads(body: Tag) -> str:
    """Style rules that print the title of the chapter at the head of its pages."""
    rules = []
    for number, article in enumerate(body.find_all("article", recursive=False)):
        # JSON's and CSS's escapes differ, so all but the plainest signs become code points. The
        # blank behind one belongs to it.
        title = re.sub(r"[^\w ]", lambda sign: f"\\{ord(sign[0]):06x} ", _text(article.find("h1")))
        article["style"] = f"page: chapter{number}"
        rules.append(f'@page chapter{number} {{ @top-right {{ content: "{title}" }} }}')
    return "\n".join(rules)


def _check_links(body: Tag) -> None:
    known = {str(tag["id"]) for tag in body.find_all(id=True)}
    links = {str(tag["href"]) for tag in body.find_all("a", href=True)}
    dead = sorted(link for link in links if link.startswith("#") and link[1:] not in known)
    if dead:
        raise PaperError(f"links lead nowhere: {', '.join(dead)}")


def _new(tag: str, /, *children: Any, **attributes: str) -> Tag:
    """A new element; `class_` and `data_page_of` are spelt as Python can."""
    names = {name: name.rstrip("_").replace("_", "-") for name in attributes}
    element = Tag(name=tag, attrs={names[name]: value for name, value in attributes.items()})
    element.can_be_empty_element = tag in {"meta", "link"}
    element.extend(children)
    return element


def _the(parent: Tag, name: str) -> Tag:
    element = parent.find(name)
    assert isinstance(element, Tag)
    return element


def _text(tag: Any) -> str:
    return " ".join(tag.get_text().split()) if tag else ""


def _uri(path: Path) -> str:
    return path.resolve().as_uri()


# Printing


def browser() -> str:
    """Return the Chromium to print with: the one named in CHROMIUM, or the first that is installed.

    Raises:
        PaperError: if there is none.
    """
    named = os.environ.get("CHROMIUM")
    for name in [named] if named else BROWSERS:
        if found := shutil.which(name):
            return found
    missing = f"CHROMIUM={named} is no program" if named else "no Chromium or Chrome is installed"
    raise PaperError(
        f"{missing}, and it is what prints the PDF. On Debian or Ubuntu: apt-get install chromium. "
        "One in an unusual place: make pdf CHROMIUM=/path/to/it"
    )


def print_page(html: Path, pdf: Path) -> None:
    """Let Chromium print a file.

    Raises:
        PaperError: if it printed nothing.
    """
    pdf.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as profile:  # a Chromium that is open is left alone
        command = [
            browser(),
            "--headless",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            f"--print-to-pdf={pdf}",
            _uri(html),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # which Chromium demands of root, as in a container
        try:
            result = subprocess.run(
                command, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise PaperError(f"{command[0]} took more than {PATIENCE} s") from error
    if not pdf.is_file():
        raise PaperError(f"{command[0]} printed nothing:\n{result.stderr}")


def page_numbers(pdf: bytes) -> tuple[int, dict[str, int]]:
    """Return the number of pages, and for each id that a link leads to, the page it is on.

    Reads PDFs as Chromium writes them, with plain objects.

    Raises:
        PaperError: if this is none of them.
    """
    objects = dict(re.findall(rb"^(\d+) 0 obj\n<<(.*?)>>\nendobj", pdf, re.DOTALL | re.MULTILINE))
    trees = {key: text for key, text in objects.items() if text.startswith(b"/Type /Pages")}
    roots = [key for key, text in trees.items() if b"/Parent" not in text]
    places = re.search(rb"/Dests (\d+) 0 R", pdf)
    if len(roots) != 1 or (places and places[1] not in objects):
        raise PaperError("the PDF is not as Chromium writes it: its page numbers cannot be read")

    def leaves(key: bytes) -> Iterator[bytes]:
        if key not in trees:
            yield key
            return
        kids = re.search(rb"/Kids \[(.*?)\]", trees[key])
        for kid in re.findall(rb"(\d+) 0 R", kids[1]) if kids else []:
            yield from leaves(kid)

    number = {key: place for place, key in enumerate(leaves(roots[0]), start=1)}
    found = re.findall(rb"/(\S+) \[(\d+) 0 R /XYZ", objects[places[1]]) if places else []
    return len(number), {_name(name): number[key] for name, key in found}


def _name(raw: bytes) -> str:
    """The id behind a PDF name: Chromium escapes as in an address, PDF escapes that again."""
    return unquote(unquote(re.sub(r"#([0-9A-Fa-f]{2})", r"%\1", raw.decode("ascii"))))


def _with_palette(picture: pikepdf.Stream) -> None:
    """Store a picture of colours with a palette, a third of what Chromium makes of it."""
    pixels = int(picture.Width) * int(picture.Height)
    if len(data := picture.read_bytes()) != 3 * pixels:
        return  # it has one already, or no colours
    size = int(picture.Width), int(picture.Height)
    colours = Image.frombytes("RGB", size, data)
    small = colours.quantize(256, dither=Image.Dither.NONE)
    palette = bytes(small.getpalette() or ())
    picture.ColorSpace = pikepdf.Array(
        [
            pikepdf.Name.Indexed,
            picture.ColorSpace,
            len(palette) // 3 - 1,
            pikepdf.String(palette),
        ]
    )
    picture.write(small.tobytes())


def finish(draft: Path, pdf: Path, book: Book) -> None:
    """Say who wrote the book and what it is about; pack it closely (to a third)."""
    pikepdf.settings.set_flate_compression_level(9)
    with pikepdf.open(draft) as document:
        with document.open_metadata(set_pikepdf_as_editor=False) as about:
            about["dc:title"] = book.title
            about["dc:creator"] = [book.author]
            about["dc:description"] = book.subject
            about["dc:language"] = ["en-GB"]
        with document.open_outline() as bookmarks:
            if bookmarks.root:  # Chromium loses the blank where the title goes on to a second line
                bookmarks.root[0].title = book.title
        for item in document.objects:
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image":
                _with_palette(item)
        document.save(
            pdf,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
            compress_streams=True,
        )


def make(book: Book, site: Path, pdf: Path) -> int:
    """Print the book to `pdf`; return the number of its pages.

    Raises:
        PaperError: if something is missing, or the page numbers do not settle.
    """
    document = assemble(book, site)
    blanks = document.select("[data-page-of]")
    pdf.parent.mkdir(parents=True, exist_ok=True)
    html, draft = pdf.with_suffix(".html"), pdf.with_suffix(".part.pdf")
    printed: list[str] = []
    for _ in range(4):
        html.write_text(str(document), "utf8")
        print_page(html, draft)
        count, numbers = page_numbers(draft.read_bytes())
        new = [str(numbers[str(blank["data-page-of"])]) for blank in blanks]
        if new == printed:
            finish(draft, pdf, book)
            draft.unlink()
            return count
        printed = new
        for blank, text in zip(blanks, printed, strict=True):
            blank.string = text
    raise PaperError("the page numbers of the contents do not settle")


def main(pdf: Path) -> int:
    """Print the whole book."""
    try:
        browser()  # before the work, not after it
        count = make(Book.read(), SITE, pdf)
    except PaperError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{count} pages, {pdf.stat().st_size / MEGABYTE:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
