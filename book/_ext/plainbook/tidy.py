"""Last touches to the pages that the theme writes.

What it loads twice or too early, how it names things, what it leaves without a size, and the
rules of its style sheets that no page of the book uses.
"""

import re
import struct
from collections.abc import Iterator
from html.entities import html5
from pathlib import Path
from typing import NamedTuple

from sphinx.application import Sphinx
from sphinx.util import logging

log = logging.getLogger(__name__)


class Change(NamedTuple):
    """Text of the theme to be replaced wherever it stands."""

    pattern: str
    replacement: str


CHANGES = (
    # Font Awesome comes as a style sheet with fonts as well; the script alone is 1.5 MB.
    Change(r'<script defer src="[^"]*fontawesome\.js[^"]*"></script>', ""),
    # The theme asks for a mode called "", complains, and paints the page a second time.
    Change(r'(getItem\("mode"\) \|\| )""', r'\1"auto"'),
    Change(
        r'(getItem\("theme"\) \|\| )""',
        r'\1(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
    ),
    # The landing page is called what the book is called.
    Change(r"<title>([^<]+) &#8212; \1</title>", r"<title>\1</title>"),
    # Multi-Task is one word, and stays on one line of a heading.
    Change(r"(<h1[^>]*>[^<]*?)\b(\w+-[A-Z]\w*)", r'\1<span class="unbroken">\2</span>'),
    # Without a script the page would have no colours.
    Change(r'(<html [^>]*data-content_root="[^"]*") >', r'\1 data-theme="light">'),
    # A label that differs from the visible text cannot be spoken to.
    Change(r'(<button class="btn search-button-field[^>]*) aria-label="[^"]*"', r"\1"),
    Change(r' aria-label="Toggle hidden content"', ""),
    # A list whose children are no list items; and a role that is on its way out.
    Change(r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    Change(r' role="doc-biblioentry"', ""),
    # The theme says it twice.
    Change(r'\s*<meta name="viewport" content="width=device-width, initial-scale=1"/>', ""),
    # Every script can wait for the page; what is asked for early is a style sheet that it needs.
    Change(r'<script src="', '<script defer src="'),
    Change(r'<link rel="preload" as="script"[^>]*>\s*', ""),
    # Names, points and blanks of code have the colour of the code around them: half of a page's
    # elements said nothing.
    Change(r'<span class="(?:n|p|w)">([^<]*)</span>', r"\1"),
    # A tool's name for the colours, which is no label; and what the book calls the contents.
    Change(
        r'aria-label="Color mode" data-bs-title="Color mode"',
        'aria-label="Colours" title="Colours"',
    ),
)
SEARCH = re.compile(
    r'\s*<script defer src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
OPTIONS = re.compile(r'<script defer src="[^"]*documentation_options\.js[^"]*"></script>')
FONT = (
    '<link rel="preload" href="{}_static/serif-normal.woff2" as="font" type="font/woff2"'
    " crossorigin>"
)
ENTITY = re.compile(r"&(\w+;)")
XML = {"amp;", "lt;", "gt;", "quot;", "apos;"}
IMAGE = re.compile(r'<img (?=[^>]*src="([^"]+\.png)")(?![^>]*\b(?:width|height)[=:])[^>]*?(/?)>')
# An empty heading is announced, and says nothing.
EMPTY_HEAD = re.compile(r'<th (class="head[^"]*")><p></p></th>')
SHEETS = ("styles/theme.css", "styles/pydata-sphinx-theme.css", "styles/sphinx-book-theme.css")


def tidy(html: str) -> tuple[str, set[str]]:
    """The page with all changes made, and the patterns that were found in it."""
    found = set()
    for pattern, replacement in CHANGES:
        html, times = re.subn(pattern, replacement, html)
        if times:
            found.add(pattern)
    return html, found


def characters(html: str) -> str:
    """The page with characters for named entities, which XML does not know."""
    return ENTITY.sub(lambda name: name[0] if name[1] in XML else html5.get(name[1], name[0]), html)


def sized(html: str, folder: Path) -> str:
    """The page with the size of each PNG, which a browser needs to lay out what follows it.

    All but the first wait until they are near.
    """
    first = True

    def complete(tag: re.Match[str]) -> str:
        nonlocal first
        file = folder / tag[1]
        if not file.is_file():
            return tag[0]
        width, height = struct.unpack(">II", file.read_bytes()[16:24])
        lazy, first = "" if first or "loading=" in tag[0] else ' loading="lazy"', False
        return f'{tag[0][: -1 - len(tag[2])]} width="{width}" height="{height}"{lazy}{tag[2]}>'

    return IMAGE.sub(complete, html)


def light(html: str, root: str, options: str, searches: bool) -> str:
    """The page without what only the search page needs, and with what it always needs at hand.

    Args:
        html: the page.
        root: the way from it to the first page, such as `../`.
        options: what is in documentation_options.js: less than the request for it.
        searches: whether this is the page that searches.
    """
    html = OPTIONS.sub(lambda _: f"<script>{options}</script>", html)
    if not searches:
        html = SEARCH.sub("", html)
    return html.replace("<title>", f"{FONT.format(root)}\n    <title>", 1)


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Each rule of a style sheet: what stands ahead of the braces and what in them, or `""`."""
    start = place = 0
    while place < len(css):
        if css[place] == ";":
            yield css[start : place + 1], ""
            start = place + 1
        elif css[place] == "{":
            opened, depth, head = place + 1, 1, css[start:place]
            while depth:
                place += 1
                depth += {"{": 1, "}": -1}.get(css[place], 0)
            yield head, css[opened:place]
            start = place + 1
        place += 1


def used_rules(css: str, words: set[str]) -> str:
    """The rules of a style sheet that can apply to pages with these classes and ids."""
    kept = re.findall(r"/\*!.*?\*/", css, re.DOTALL)  # names and licences
    for head, body in rules(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)):
        name = head.strip()
        if name.startswith(("@media", "@supports", "@layer")) and body:
            inner = used_rules(body, words)
            kept.append(f"{name}{{{inner}}}" if inner else "")
        elif not body or name.startswith("@"):
            kept.append(f"{name}{{{body}}}" if body else name)
        else:
            selectors = [one for one in re.split(r",(?![^(]*\))", name) if _is_used(one, words)]
            kept.append(f"{','.join(selectors)}{{{body}}}" if selectors else "")
    return "".join(kept)


def _is_used(selector: str, words: set[str]) -> bool:
    # What stands in brackets is an alternative, or must not be there.
    bare = re.sub(r"\((?:[^()]|\([^()]*\))*\)|\[[^]]*\]", "", selector)
    return "\\" in bare or set(re.findall(r"[.#](-?[A-Za-z_][\w-]*)", bare)) <= words


def words_of(folder: Path) -> set[str]:
    """All classes and ids of the pages, and every word of the scripts, which may set some."""
    words: set[str] = set()
    for page in folder.rglob("*.html"):
        for value in re.findall(r'\b(?:class|id)="([^"]*)"', page.read_text("utf8")):
            words.update(value.split())
    for script in (folder / "_static").rglob("*.js"):
        words.update(re.findall(r"[\w-]+", script.read_text("utf8")))
    return words


def tidy_pages(app: Sphinx, exception: Exception | None) -> None:
    """Handle Sphinx's `build-finished` event; warn where the theme no longer is as it was."""
    if exception or app.builder.name != "html" or app.config.html_theme != "sphinx_book_theme":
        return
    folder = Path(app.outdir)
    options = (folder / "_static/documentation_options.js").read_text("utf8")
    found: set[str] = set()
    for page in folder.rglob("*.html"):
        html, here = tidy(page.read_text("utf8"))
        root = "../" * (len(page.relative_to(folder).parts) - 1)
        html = light(html, root, options, searches=page.name == "search.html")
        html = EMPTY_HEAD.sub(r"<td \1></td>", html)
        page.write_text(sized(characters(html), page.parent), "utf8")
        found |= here
    for pattern, _ in CHANGES:
        if pattern not in found:
            log.warning("no page has %r any more: see tidy.py", pattern, type="plainbook")
    (folder / "_static/scripts/fontawesome.js").unlink(missing_ok=True)
    words = words_of(folder)
    for name in SHEETS:
        sheet = folder / "_static" / name
        sheet.write_text(used_rules(sheet.read_text("utf8"), words), "utf8")
