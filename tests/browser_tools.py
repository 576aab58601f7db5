"""What the browser tests share: a server like GitHub Pages, a browser, and one visit to a page."""

import functools
import gzip
import mimetypes
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
CHROMIUM = os.environ.get("CHROME_PATH") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

# Scripts for the page. Each returns a list of problems, empty where all is well.
WITHOUT_ALT = """[...document.images]  // a figure is described, a logo is named
    .filter(image => (image.alt || "").trim().length < (image.closest("article") ? 20 : 3))
    .concat([...document.querySelectorAll("svg.drawing")]
        .filter(drawing => (drawing.getAttribute("aria-label") || "").trim().length < 20))
    .map(image => image.outerHTML.slice(0, 120))"""
# An interval is small print below its estimate, on one line; its brackets are gone.
BROKEN = """[...document.querySelectorAll("article td")].filter(cell => {
    const small = cell.querySelector("small");
    return small ? small.getClientRects().length > 1
        : /\\[[+−-]?[\\d.]+, [+−-]?[\\d.]+\\]/.test(cell.textContent);
}).map(cell => cell.textContent)"""
TOO_WIDE = """document.documentElement.scrollWidth <= innerWidth ? [] :
    [`${document.documentElement.scrollWidth} px wide in a window of ${innerWidth}`]"""
DARK_ON_DARK = """() => {
    const ratio = (one, other) => {
        const light = colour => {
            const full = colour.startsWith("color(") ? 1 : 255;  // what is mixed is written so
            const [r, g, b] = colour.match(/[\\d.]+/g).map(x => x / full)
                .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
    };
    const page = getComputedStyle(document.body).backgroundColor;
    const figures = [...document.querySelectorAll("article img")].filter(image => {
        const style = getComputedStyle(image);
        return style.backgroundColor !== "rgb(255, 255, 255)" || style.filter !== "none";
    });
    const formulas = [...document.querySelectorAll("math")]
        .filter(formula => ratio(getComputedStyle(formula).color, page) < 7);
    // Words on a box have the colour of the page; those of a picture stand on it.
    const words = [...document.querySelectorAll("svg.drawing text")].filter(word => {
        const fill = getComputedStyle(word).fill;
        return !word.closest(".as-drawn") && fill !== page && ratio(fill, page) < 4.5;
    });
    return [...figures, ...formulas, ...words].map(element => element.outerHTML.slice(0, 120));
}"""
# In the dark only colours differ, so only they are looked at again. Where all is well nothing is
# written down: axe would describe every word that it found readable.
SERIOUS = """async theme => (await axe.run(document, {
        resultTypes: ["violations"], selectors: false, preload: false,
        ...(theme === "dark" && {runOnly: ["color-contrast", "link-in-text-block"]}),
    })).violations
    .filter(found => ["serious", "critical"].includes(found.impact))
    .flatMap(found => found.nodes.map(node => `${found.id}: ${node.html.slice(0, 120)}`))"""
# A chapter's code is ten thousand coloured words, which axe would weigh one by one. How a word
# looks hangs on its class and on the kind of block it stands in: the first of each kind stays,
# and the first of more than one letter, for axe leaves single letters alone.
ONE_WORD_OF_A_KIND = """() => {
    const seen = new Set();
    for (const word of document.querySelectorAll("pre span:not(:has(*)):not([style]):not([id])")) {
        const kinds = [word.className, word.textContent.length > 1];
        for (let block = word.parentElement; block.closest("article"); block = block.parentElement)
            kinds.push(block.className);
        const kind = kinds.join("|");
        if (seen.has(kind)) word.replaceWith(word.textContent);
        seen.add(kind);
    }
}"""
# A colour on its way to another one is nobody's choice.
STILL = "* {transition: none !important; animation: none !important}"
UNFOLD = 'document.querySelectorAll("details").forEach(element => element.open = true)'
THEME = "theme => document.documentElement.dataset.theme = theme"


@functools.cache
def packed(path: Path, _changed: int) -> tuple[str, bytes, bool]:
    """Type and body of a file, and whether the body is compressed, as GitHub Pages would."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    body = path.read_bytes()
    if kind.startswith("text/") or kind.endswith(("javascript", "json", "xml")):
        return kind, gzip.compress(body, 6), True
    return kind, body, False


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder over loopback; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            path = folder / urlsplit(self.path).path.lstrip("/")
            path = path / "index.html" if path.is_dir() else path
            if not path.is_file():
                self.send_error(404)
                return
            kind, body, zipped = packed(path, path.stat().st_mtime_ns)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if zipped:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()


def launch(playwright: Any) -> Any:
    """Start Chromium so that no name but loopback resolves."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    )


@dataclass
class Visit:
    """What was seen on a page, in both widths and both themes."""

    requests: list[str] = field(default_factory=list)
    transferred: int = 0
    errors: list[str] = field(default_factory=list)
    without_alt: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    dark_on_dark: list[str] = field(default_factory=list)
    serious: list[str] = field(default_factory=list)

    def foreign(self) -> list[str]:
        """The requests that would have left this machine."""
        return [
            url
            for url in self.requests
            if not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
        ]


def visit(browser: Any, url: str) -> Visit:
    """Open a page at a desk and on a phone, unfold everything, look at it in light and dark."""
    seen = Visit()
    for width, height in ((1280, 900), (360, 800)):
        # A context of its own, so that nothing comes from a cache.
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        finished: list[Any] = []
        page.on("request", lambda request: seen.requests.append(request.url))
        page.on("requestfinished", lambda request: finished.append(request))  # noqa: B023
        page.on("console", lambda m: seen.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.goto(url, wait_until="load")
        page.evaluate("document.fonts.ready")
        if width > 1000:
            sizes = [request.sizes() for request in finished]
            seen.transferred = sum(
                size["responseBodySize"] + size["responseHeadersSize"] for size in sizes
            )
            seen.without_alt = page.evaluate(WITHOUT_ALT)
        page.evaluate(UNFOLD)
        page.add_style_tag(content=STILL)
        seen.too_wide += page.evaluate(TOO_WIDE)
        seen.broken += page.evaluate(BROKEN)
        page.evaluate(ONE_WORD_OF_A_KIND)
        page.add_script_tag(path=AXE)
        for theme in ("light", "dark"):
            page.evaluate(THEME, theme)
            found = page.evaluate(SERIOUS, theme)
            seen.serious += [f"{width} px, {theme}, {problem}" for problem in found]
        seen.dark_on_dark += page.evaluate(DARK_ON_DARK)
        context.close()
    return seen
