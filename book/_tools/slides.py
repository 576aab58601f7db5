"""Make slides of a chapter: `make slides CHAPTER=05`, or `slides.py 05 --to FOLDER`.

A deck is one HTML file that needs nothing else: the chapter's question, its predictions, its
figures with their captions and its key ideas, in their order. Arrow keys move through it, printing
gives a page for each slide, and without its few lines of script all slides stand under each other.
"""

import argparse
import base64
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "book" / "_ext"))

from plainbook.maths import mathml  # noqa: E402

FACTS = re.compile(r"^\*?reading time", re.IGNORECASE)
BOX = re.compile(r"^> \*\*(?P<kind>Before you run it|Key idea)\b.*?(?=^(?!>)|\Z)", re.DOTALL | re.M)
FINDING = re.compile(r"(?<=[.?!]) (?=[^a-z])")

STYLE, MOVE = (Path(__file__).with_suffix(suffix).read_text("utf8") for suffix in (".css", ".js"))


class Slide(NamedTuple):
    """One slide: what it is (`title`, `figure`, or the kind of a box), its section, its HTML."""

    kind: str
    section: str
    html: str


def renderer() -> MarkdownIt:
    """What turns the chapter's Markdown into HTML, with formulas as MathML."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin)
    markdown.add_render_rule(
        "math_inline", lambda self, tokens, i, *_: mathml(tokens[i].content, "inline")
    )
    markdown.add_render_rule(
        "math_block", lambda self, tokens, i, *_: mathml(tokens[i].content, "block")
    )
    return markdown


def slides(notebook: Any) -> Iterator[Slide]:
    """The slides of a chapter in its order: title, then predictions, figures and key ideas.

    Raises:
        ValueError: if the chapter has no title.
    """
    markdown = renderer()
    section = ""
    opened = False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if not opened and cell.source.startswith("# "):
                opened = True
                yield opening(cell.source, markdown)
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                if part.startswith("## "):
                    section = part.splitlines()[0].removeprefix("## ")
                for box in BOX.finditer(part):
                    yield _box(box[0], box["kind"], section, markdown)
        elif figure := picture(cell):
            yield Slide("figure", section, figure)
    if not opened:
        raise ValueError("no cell opens with `# Title`")


def opening(source: str, markdown: MarkdownIt) -> Slide:
    """The title and the paragraph behind it, which asks the chapter's question."""
    title, *paragraphs = (part.strip() for part in re.split(r"\n\s*\n", source) if part.strip())
    question = next((text for text in paragraphs if not FACTS.match(text)), "")
    html = f'<h1>{escape(title.removeprefix("# "))}</h1>\n<div class="question">'
    return Slide("title", "", f"{html}{markdown.render(question)}</div>")


def _box(quote: str, kind: str, section: str, markdown: MarkdownIt) -> Slide:
    text = re.sub(r"^> ?", "", quote, flags=re.MULTILINE).strip()
    lead, _, rest = text.removeprefix("**").partition("**")
    _, _, title = lead.partition(": ")  # "Key idea: a title."
    body = (f"**{title}** " if title else "") + rest.strip()
    html = f'<p class="kind">{kind}</p>\n<div class="box">{markdown.render(body)}</div>'
    return Slide(kind, section, html)


def picture(cell: Any) -> str:
    """The figure of a cell with its caption, or with its alt text where it has none yet."""
    alt = str(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
    caption = str(cell.metadata.get("caption", "")) or alt
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        for kind in ("image/svg+xml", "image/png"):
            if kind in data:
                held = data[kind].encode() if "svg" in kind else base64.b64decode(data[kind])
                source = f"data:{kind};base64,{base64.b64encode(held).decode()}"
                finding, *rest = FINDING.split(caption, maxsplit=1)
                words = f"<strong>{escape(finding)}</strong>{escape(' '.join(rest))}"
                image = f'<img src="{source}" alt="{escape(alt)}">'
                return f"<figure>{image}<figcaption>{words}</figcaption></figure>"
    return ""


def deck(notebook: Any, number: int) -> str:
    """The slides of a chapter as one HTML page."""
    made = list(slides(notebook))
    found = re.search(r"<h1>(.*?)</h1>", made[0].html)
    title = f"{number}. {found[1] if found else ''}"
    written = []
    for place, slide in enumerate(made, start=1):
        section = escape(slide.section.replace("`", "").replace("*", ""))
        head = f'<p class="place"><span>{section}</span><span>{place} / {len(made)}</span></p>'
        written.append(f"<section>\n{head}\n{slide.html}\n</section>")
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(written)
        + f"\n<script>{MOVE}</script>\n</body>\n</html>\n"
    )


def main(arguments: list[str], notebooks: Path = ROOT / "notebooks") -> int:
    """Write the decks that are asked for."""
    parser = argparse.ArgumentParser(description="Make slides of chapters.")
    parser.add_argument("chapter", nargs="*", help="how file names begin, such as 05; default: all")
    parser.add_argument("--to", type=Path, default=Path("slides"), help="default: slides")
    options = parser.parse_args(arguments)
    wanted = tuple(options.chapter) or ("",)
    chapters = [path for path in sorted(notebooks.glob("*.ipynb")) if path.name.startswith(wanted)]
    if not chapters:
        print(f"no chapter starts with: {', '.join(options.chapter) or 'anything'}")
        return 1
    options.to.mkdir(parents=True, exist_ok=True)
    for chapter in chapters:
        notebook = nbformat.read(chapter, as_version=4)
        page = options.to / f"{chapter.stem}.html"
        page.write_text(deck(notebook, int(chapter.name[:2])), "utf8")
        print(f"{page}: {len(list(slides(notebook)))} slides")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
