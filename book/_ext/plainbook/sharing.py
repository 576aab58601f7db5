"""What a page says of itself to those who link to it, and the page for a wrong address.

The published book stands where GitHub Pages puts it; the address follows from the repository's.
"""

import re
from html import escape, unescape
from pathlib import Path
from string import Template
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

PICTURE = "page.png"  # 1200 by 630 pixels, of book/_static
DESCRIBED = re.compile(r'<meta name="description" content="([^"]*)"')
# It is shown at any depth, so that nothing in it may hang on where it is: style inside, addresses
# in full.
NOT_FOUND = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>Page not found — $title</title>
<style>
:root { color-scheme: light dark; }
body {
  max-width: 34rem; margin: 15vh auto; padding: 0 1.25rem;
  font: 1.1rem/1.6 Georgia, "Times New Roman", serif; color: #1d1d1f; background: #fffdfa;
}
h1 { font-size: 1.7rem; line-height: 1.25; }
a { color: #1a4f8b; }
label { display: block; margin-bottom: 0.4rem; }
input, button {
  font: inherit; padding: 0.35rem 0.7rem; border: 1px solid #767676; border-radius: 0.3rem;
}
input { width: min(20rem, 60%); }
@media (prefers-color-scheme: dark) {
  body { color: #e4e2de; background: #17191d; }
  a { color: #8fc4f5; }
}
</style>
</head>
<body>
<main>
<h1>This page is not in the book</h1>
<p>It may have moved, or the address has a slip of the pen.
<a href="${address}index.html">The first page of <cite>$title</cite></a> lists all chapters.</p>
<form action="${address}search.html" role="search">
<label for="q">Look for a word in the book</label>
<input id="q" name="q" type="search"> <button>Search</button>
</form>
</main>
</body>
</html>
"""
)


def published(config: Config) -> str:
    """Where GitHub Pages shows the book, with a slash at the end; empty for another host."""
    options = config.html_theme_options
    repository = config.plainbook_repository or options.get("repository_url", "")
    found = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)/?", repository)
    return f"https://{found[1].lower()}.github.io/{found[2]}/" if found else ""


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Handle Sphinx's `html-page-context` event: the `og:` tags of a page."""
    address = published(app.config)
    if doctree is None or not address or app.builder.name != "html":
        return
    metatags = context.get("metatags", "")
    title = re.sub("<[^>]*>", "", context.get("title", ""))
    described = DESCRIBED.search(metatags)
    tags = {
        "og:type": "website" if pagename == app.config.root_doc else "article",
        "og:site_name": app.config.html_title,
        "og:title": unescape(title),
        "og:description": unescape(described[1]) if described else "",
        "og:url": f"{address}{pagename}.html",
        "og:image": f"{address}_static/{PICTURE}",
        "og:image:alt": "A page of the book",
    }
    written = [
        f'<meta property="{name}" content="{escape(text)}" />'
        for name, text in tags.items()
        if text
    ]
    context["metatags"] = "\n".join([metatags, *written])


def write_not_found(app: Sphinx, exception: Exception | None) -> None:
    """Handle Sphinx's `build-finished` event: what GitHub Pages shows for a wrong address."""
    address = published(app.config)
    if exception or not address or app.builder.name != "html":
        return
    page = NOT_FOUND.substitute(title=escape(app.config.html_title), address=address)
    Path(app.outdir, "404.html").write_text(page, "utf8")
