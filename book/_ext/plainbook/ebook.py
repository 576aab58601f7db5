"""The EPUB: Sphinx's own builder, and what it leaves out.

* The contents have the parts of the book above its chapters, and the chapters have their numbers.
* Solutions stand at the end, behind a link from their exercise and one back.
* Every page is XML: a page that an XML parser refuses, which an e-reader would show as an error,
  fails the build.
"""

import html
import posixpath
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx import addnodes
from sphinx.builders import _epub_base
from sphinx.builders.epub3 import Epub3Builder
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

ITEM = re.compile(r'(<item [^>]*href="([^"]+\.xhtml)"[^>]*?) ?/>')
# XML knows these five names; all other signs stand for themselves.
NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]\w*;")
CHAPTER = re.compile(r"(?:^|/)notebooks/(\d\d)_\w+\.xhtml$")
NUMBERED = re.compile(r"(?:Chapter )?\d+[.:\s]")
FOLD = re.compile(r"<details\b[^>]*>|</details>")
HEADING = re.compile(r"<h[1-4]\b[^>]*>(.*?)</h[1-4]>", re.DOTALL)
SOLUTION = re.compile(r"<details\b[^>]*>\s*<summary>\s*Solution.*?</summary>", re.DOTALL)
# Beside the chapters, so that pictures and links of theirs keep their addresses.
SOLUTIONS = "notebooks/solutions.xhtml"

# pandas says in HTML of the nineties how its tables look; XHTML has neither.
LOOKS = re.compile(r'<style.*?</style>\s*| [vh]align="\w+"', re.DOTALL)


class Ebook(Epub3Builder):
    """Sphinx's EPUB builder, with what EPUB 3 asks and Sphinx leaves out."""

    html_tag = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        ' lang="en" xml:lang="en">'
    )

    def init(self) -> None:
        """Say what kind of file the font of the formulas is."""
        super().init()
        _epub_base.MEDIA_TYPES[".woff2"] = "font/woff2"

    def add_css_file(self, filename: str, **kwargs: Any) -> None:
        """Leave out MyST-NB's style sheet: it is copied when the EPUB is already packed."""
        if not filename.startswith("mystnb"):
            super().add_css_file(filename, **kwargs)

    def toc_metadata(self, level: int, navpoints: list[Any]) -> dict[str, Any]:
        """Give both tables of contents the same identifier."""
        return super().toc_metadata(level, navpoints) | {"uid": self.config.epub_identifier}

    def get_toc(self) -> None:
        """Finish the pages; list parts, numbered chapters and the solutions."""
        super().get_toc()
        doctree = self.env.get_and_resolve_doctree(
            self.config.root_doc, self, prune_toctrees=False, includehidden=True
        )
        opens = {}
        for part in doctree.findall(addnodes.compact_paragraph):
            if part.children and isinstance(part[0], nodes.title):
                first = next(iter(part.findall(nodes.reference)), None)
                if first is not None:
                    opens[first["refuri"]] = part[0].astext()
        self.refnodes = in_parts(self.refnodes, opens)
        if opens:
            frame = Path(self.outdir, f"{self.config.root_doc}{self.out_suffix}").read_text("utf8")
            for entry in self.refnodes:
                if entry["refuri"].startswith("part-"):
                    page = plain_page(frame, entry["text"], f"<h1>{entry['text']}</h1>")
                    Path(self.outdir, entry["refuri"]).write_text(page, "utf8")
        if finish_pages(Path(self.outdir)):
            entry = {"level": 1, "refuri": SOLUTIONS, "text": "Solutions"}
            self.refnodes.append(entry)

    def build_content(self) -> None:
        """Write the package file, which lists the pages that hold MathML or SVG."""
        super().build_content()
        package = Path(self.outdir, "content.opf")

        def complete(item: re.Match[str]) -> str:
            page = Path(self.outdir, item[2])
            text = page.read_text("utf8") if page.is_file() else ""
            held = [name for tag, name in (("<math", "mathml"), ("<svg", "svg")) if tag in text]
            return f'{item[1]} properties="{" ".join(held)}"/>' if held else item[0]

        package.write_text(ITEM.sub(complete, package.read_text("utf8")), "utf8")


def in_parts(entries: list[dict[str, Any]], opens: dict[str, str]) -> list[dict[str, Any]]:
    """The entries of the contents beneath the parts that their first pages open.

    A part has a page `part-N.xhtml`, for no two entries may lead to the same place.

    Args:
        entries: level (from 1), address and text of each, as Sphinx collects them.
        opens: the captions of parts, by the address of the first page of each.
    """
    listed: list[dict[str, Any]] = []
    part = 0
    for entry in entries:
        caption = opens.get(entry["refuri"])
        if caption:
            part += 1
            title = {"level": 1, "refuri": f"part-{part}.xhtml", "text": html.escape(caption)}
            listed.append(title)
        text = entry["text"]
        chapter = CHAPTER.search(entry["refuri"])
        if chapter and not NUMBERED.match(text):
            text = f"{int(chapter[1])}. {text}"
        listed.append(entry | {"level": entry["level"] + (part > 0), "text": text})
    return listed


def finish_pages(folder: Path) -> int:
    """Make every page XML and move the solutions to a page of their own; return their number.

    Raises:
        ExtensionError: if an XML parser refuses a page.
    """
    pages = {
        path.relative_to(folder).as_posix(): NAMED.sub(
            lambda name: html.unescape(name[0]), path.read_text("utf8")
        )
        for path in sorted(folder.rglob("*.xhtml"))
    }
    pages, count = move_solutions(pages)
    for name, text in pages.items():
        try:
            ElementTree.fromstring(text)
        except ElementTree.ParseError as error:
            raise ExtensionError(
                f"{name} is no XML ({error}): no e-reader would show it"
            ) from error
        (folder / name).write_text(text, "utf8")
    return count


def move_solutions(pages: dict[str, str]) -> tuple[dict[str, str], int]:
    """Move folded solutions of chapters to the page `SOLUTIONS`, and mend the links to them."""
    body: list[str] = []
    moved: dict[tuple[str, str], str] = {}
    left = dict(pages)
    count = 0
    for name, text in pages.items():
        if not CHAPTER.search(name):
            continue
        stem = posixpath.splitext(posixpath.basename(name))[0]
        kept, start, heads = [], 0, [*HEADING.finditer(text)]
        for first, last in folds(text):
            opening = SOLUTION.match(text, first)
            if not opening:
                continue
            title = next((h[1] for h in reversed(heads) if h.start() < first), "Solution")
            if not start:
                chapter = re.sub("<[^>]*>", "", heads[0][1]).strip()
                number = int(stem[:2])
                chapter = chapter if NUMBERED.match(chapter) else f"{number}. {chapter}"
                body.append(f"<h2>{chapter}</h2>")
            count += 1
            anchor = f"solution-{count}"
            inner = text[opening.end() : last - len("</details>")]
            for old in re.findall(r'\sid="([^"]+)"', inner):
                moved[name, old] = f"{stem}--{old}"
            inner = re.sub(r'(\sid=")', rf"\g<1>{stem}--", inner)
            inner = re.sub(r'(\shref=")(#)', rf"\g<1>{posixpath.basename(name)}#", inner)
            title = re.sub(r"<a\b[^>]*>.*?</a>", "", title, flags=re.DOTALL)
            body.append(f'<h3 id="{anchor}">{title}</h3>\n{inner}')
            body.append(f'<p><a href="{stem}.xhtml#to-{anchor}">Back to the exercise</a></p>')
            link = f'<a href="{posixpath.basename(SOLUTIONS)}#{anchor}">Solution</a>'
            kept += [text[start:first], f'<p class="see-solution" id="to-{anchor}">{link}</p>']
            start = last
        left[name] = "".join(kept) + text[start:]
    if not body:
        return pages, 0
    frame = pages[next(name for name in pages if CHAPTER.search(name))]
    left[SOLUTIONS] = plain_page(frame, "Solutions", "<h1>Solutions</h1>\n" + "\n".join(body))
    return {name: _mended(name, text, moved) for name, text in left.items()}, count


def plain_page(like: str, title: str, body: str) -> str:
    """A page with the head of another one of its folder, and with nothing around its body."""
    head = re.sub(
        r"<title>.*?</title>",
        f"<title>{title}</title>",
        like.partition("<body")[0],
        flags=re.DOTALL,
    )
    return f"{head}<body>\n{body}\n</body>\n</html>\n"


def folds(text: str) -> list[tuple[int, int]]:
    """Where the outermost `<details>` of a page begin and end."""
    found, depth, start = [], 0, 0
    for tag in FOLD.finditer(text):
        if tag[0].startswith("</"):
            depth -= 1
            if depth == 0:
                found.append((start, tag.end()))
        else:
            start = start if depth else tag.start()
            depth += 1
    return found


def _mended(page: str, text: str, moved: dict[tuple[str, str], str]) -> str:
    """The page with its links to what has moved leading to where it is now."""
    here = posixpath.dirname(page)

    def mend(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(here, link[1])) if link[1] else page
        new = moved.get((target, link[2]))
        if not new:
            return link[0]
        return f'href="{posixpath.relpath(SOLUTIONS, here or ".")}#{new}"'

    return re.sub(r'href="([^"#:]*)#([^"]+)"', mend, text)


class Unfold(SphinxPostTransform):
    """Nothing is folded in a book: what is folded is open, folded code (set-up, drawing) left out.

    Some readers give no means to open what is folded.
    """

    builders = ("epub",)
    default_priority = 198  # MyST-NB folds code at 199

    def run(self, **kwargs: Any) -> None:
        """Look at the raw HTML and at the cells of the page."""
        for raw in self.document.findall(nodes.raw):
            text = re.sub(r"<details(?![^>]*\bopen\b)", '<details open="open"', raw.astext())
            text = LOOKS.sub("", text)
            raw.children[:] = [nodes.Text(text)]
        for cell in list(self.document.findall(nodes.container)):
            folded = cell.attributes.pop("hide_mode", "")
            if folded in {"input", "input+output", "all"} and cell.children:
                if cell[0].get("nb_element") == "cell_code_source":
                    del cell[0]
                if not cell.children:
                    cell.parent.remove(cell)
