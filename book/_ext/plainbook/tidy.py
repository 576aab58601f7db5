"""Last touches to the pages that the theme writes: what it loads twice, and how it names things."""

import re
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
    # Without a script the page would have no colours.
    Change(r'(<html [^>]*data-content_root="[^"]*") >', r'\1 data-theme="light">'),
    # A label that differs from the visible text cannot be spoken to.
    Change(r'(<button class="btn search-button-field[^>]*) aria-label="[^"]*"', r"\1"),
    Change(r' aria-label="Toggle hidden content"', ""),
    # A list whose children are no list items; and a role that is on its way out.
    Change(r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    Change(r' role="doc-biblioentry"', ""),
)


def tidy(html: str) -> tuple[str, set[str]]:
    """The page with all changes made, and the patterns that were found in it."""
    found = set()
    for pattern, replacement in CHANGES:
        html, times = re.subn(pattern, replacement, html)
        if times:
            found.add(pattern)
    return html, found


def tidy_pages(app: Sphinx, exception: Exception | None) -> None:
    """Handle Sphinx's `build-finished` event; warn where the theme no longer is as it was."""
    if exception or app.builder.name != "html" or app.config.html_theme != "sphinx_book_theme":
        return
    folder = Path(app.outdir)
    found: set[str] = set()
    for page in folder.rglob("*.html"):
        html, here = tidy(page.read_text("utf8"))
        page.write_text(html, "utf8")
        found |= here
    for pattern, _ in CHANGES:
        if pattern not in found:
            log.warning("no page has %r any more: see tidy.py", pattern, type="plainbook")
    (folder / "_static/scripts/fontawesome.js").unlink(missing_ok=True)
