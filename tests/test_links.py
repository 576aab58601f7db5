"""No link inside the built book is dead. Needs the pages: `make book`."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

BOOK = Path(__file__).parents[1] / "_build" / "html"


class Page(HTMLParser):
    """What a page offers (ids) and what it asks for (links, pictures, scripts)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"id", "name"} and value:
                self.ids.add(value)
            if name in {"href", "src"} and value:
                self.targets.append(value)


def dead_links(folder: Path) -> list[str]:
    """The links of all pages that lead to no file, or to no place in a page, of the folder."""
    pages = {
        path.resolve(): Page(path.read_text("utf8"))
        for path in folder.rglob("*.html")
        if not path.relative_to(folder).parts[0].startswith("_")  # the theme's own templates
    }
    dead = []
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            if not goal.is_file():
                dead.append(f"{path.relative_to(folder.resolve())}: no file {target}")
            elif anchor and goal in pages and anchor not in pages[goal].ids:
                dead.append(f"{path.relative_to(folder.resolve())}: no place {target}")
    return dead


@pytest.mark.skipif(not BOOK.is_dir(), reason="the book is not built: run `make book`")
def test_no_link_of_the_book_is_dead() -> None:
    assert list(BOOK.glob("notebooks/*.html")), "no chapter was built"
    assert dead_links(BOOK) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="missing.html">x</a>', "no file missing.html"),
        ('<a href="sub/page.html#nowhere">x</a>', "no place sub/page.html#nowhere"),
        ('<a href="#nowhere">x</a>', "no place #nowhere"),
        ('<img src="lost.png">', "no file lost.png"),
        ('<a href="sub">x</a>', "no file sub"),
    ],
)
def test_a_dead_link_is_found(tmp_path: Path, html: str, problem: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "page.html").write_text('<a href="../index.html#here">x</a>')
    (tmp_path / "index.html").write_text(f'<p id="here">{html}</p>')
    assert dead_links(tmp_path) == [f"index.html: {problem}"]


def test_live_links_are_not_reported(tmp_path: Path) -> None:
    (tmp_path / "a b.html").write_text('<p id="é">x</p>')
    (tmp_path / "index.html").write_text(
        '<a href="a%20b.html?x=1#%C3%A9">x</a> <a href="https://x.org/y">x</a>'
        '<a href="mailto:a@b.c">x</a> <p id="top"><a href="#top">x</a></p> <a href="#">x</a>'
    )
    assert dead_links(tmp_path) == []
