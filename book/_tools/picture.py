"""Take the picture of a page that the README and links to the book show: `picture.py`.

Run it after `make book` when the pages have changed their looks; it needs a Chromium.
"""

import io
import sys

import pdf
from PIL import Image
from playwright.sync_api import sync_playwright

PAGE = pdf.SITE / "notebooks" / "05_sluice_networks.html"
PICTURE = pdf.ROOT / "book" / "_static" / "page.png"
SIZE = {"width": 1200, "height": 630}  # as those ask who show a picture beside a link


def main() -> int:
    """Photograph the opening of a chapter."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=pdf.browser(), args=options)
        page = browser.new_page(viewport=SIZE, color_scheme="light")  # type: ignore[arg-type]
        page.goto(PAGE.as_uri())
        page.evaluate("document.fonts.ready")
        shot = page.screenshot()
        browser.close()
    with Image.open(io.BytesIO(shot)) as picture:
        small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        small.save(PICTURE, "png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
