"""Chapters have numbers: in titles, in an opening line, and as links wherever prose names one.

The number is the one that a notebook's file name begins with, `05_sluice_networks.ipynb`. It goes
into the title while the page is read, so that contents, titles of pages, links to the next page,
PDF and EPUB show it.

The opening cell of a chapter says what it takes, in words that read well in Colab, too::

    *Reading time 35 minutes · running time 60 seconds · builds on chapters 3 and 4.*

On the page this is the line above the title; the paragraph that follows the title is set larger.
"""

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

from plainbook.landing import FACTS, colab

NUMBER = re.compile(r"(?:.*/)?(\d\d)_[^/]*")
# "chapter 3", "chapters 3, 4 and 5", "chapters 3 to 5": each number is a link of its own.
NAMED = re.compile(
    r"\b[Cc]hapters?\s+\d+(?:\s*(?:,|–|\bto\b|\band\b|\bor\b|,\s*and\b)\s*\d+(?![\d.,]*\d|\s*%))*"
)
ELSEWHERE = (
    nodes.reference,
    addnodes.pending_xref,
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.raw,
    nodes.math,
    nodes.math_block,
)
WORDS_A_MINUTE, LINES_A_MINUTE = 200, 12


def number(page: str) -> int:
    """The number of the chapter that is this page, or 0."""
    match = NUMBER.fullmatch(page)
    return int(match[1]) if match else 0


def chapter_pages(env: BuildEnvironment) -> dict[int, str]:
    """The page of each chapter by its number."""
    return {number(page): page for page in sorted(env.found_docs) if number(page)}


def reading_minutes(notebook: Any) -> int:
    """How long a chapter takes to read, to five minutes: its prose and the code in sight.

    What is folded on the page is left out: solutions, evidence, code for set-up and drawing.
    """
    words = lines = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        tags = cell["metadata"].get("tags", [])
        if source.startswith("## Evidence"):
            break
        if cell["cell_type"] == "markdown" and "remove-cell" not in tags:
            prose = re.sub(r"<details>.*?</details>|\]\([^)]*\)", " ", source, flags=re.DOTALL)
            prose = re.sub(r"\$\$?[^$]+\$\$?|`[^`]+`", "formula", prose)
            words += len(re.findall(r"\w[\w'’-]*", prose))
        elif cell["cell_type"] == "code" and not {"remove-cell", "hide-input"} & set(tags):
            lines += sum(bool(line.strip()) for line in source.splitlines())
    return max(5, 5 * round((words / WORDS_A_MINUTE + lines / LINES_A_MINUTE) / 5))


class NumberedChapters(SphinxTransform):
    """Put the number into the title, and the opening line under it."""

    default_priority = 405

    def apply(self, **kwargs: Any) -> None:
        """Look at the first section of a chapter."""
        found = number(self.env.docname)
        section = next(iter(self.document.findall(nodes.section)), None)
        if not found or section is None:
            return
        title = section[0]
        title.insert(0, nodes.inline("", f"{found}. ", classes=["chapter-number"]))
        paragraphs = [node for node in section.children if isinstance(node, nodes.paragraph)]
        facts = next((node for node in paragraphs if FACTS.search(node.astext())), None)
        if facts is None:
            return
        paragraphs.remove(facts)
        section.remove(facts)
        section.insert(1, self._opening(facts, found))
        if paragraphs:
            paragraphs[0]["classes"].append("standfirst")

    def _opening(self, facts: nodes.paragraph, found: int) -> nodes.paragraph:
        """Chapter, times, what it builds on and where to run it, with the links of the notebook."""
        times = FACTS.search(facts.astext())
        assert times is not None
        parts = facts[0].children if isinstance(facts[0], nodes.emphasis) else facts.children
        parts = [part for part in parts if part.astext()]
        lead = re.split(r"·\s+(?=builds on)", parts[0].astext())[-1]
        parts = [nodes.Text("B" + lead[1:]), *parts[1:]]
        if isinstance(parts[-1], nodes.Text):
            parts[-1] = nodes.Text(parts[-1].rstrip(". "))
        return nodes.paragraph(
            "",
            "",
            nodes.strong("", f"Chapter\u00a0{found}"),
            nodes.Text(f" · {times['read']} to read · {times['run']} to run · "),
            *parts,
            nodes.Text(" · "),
            nodes.reference(
                "", "Run in Colab", refuri=colab(self.config, f"{self.env.docname}.ipynb")
            ),
            classes=["opening"],
        )


class ChapterLinks(SphinxTransform):
    """Make a link of each "chapter N" that stands in prose."""

    default_priority = 415  # captions of figures have been written

    def apply(self, **kwargs: Any) -> None:
        """Look at each text of the document."""
        pages = chapter_pages(self.env)
        pages.pop(number(self.env.docname), None)
        for parent in list(self.document.findall(nodes.TextElement)):
            _join_texts(parent)
        for text in list(self.document.findall(nodes.Text)):
            if NAMED.search(text) and not _stands_in(text, ELSEWHERE):
                text.parent.replace(text, list(self._linked(str(text), pages)))

    def _linked(self, text: str, pages: dict[int, str]) -> Iterator[nodes.Node]:
        end = 0
        for named in NAMED.finditer(text):
            numbers = list(re.finditer(r"\d+", named[0]))
            for place, digits in enumerate(numbers):
                page = pages.get(int(digits[0]))
                if page is None:
                    continue
                # One chapter is linked with its word, one of several by its number.
                alone = len(numbers) == 1 and place == 0
                start = named.start() if alone else named.start() + digits.start()
                stop = named.start() + digits.end()
                yield nodes.Text(text[end:start])
                yield self._link(text[start:stop], page)
                end = stop
        yield nodes.Text(text[end:])

    def _link(self, text: str, page: str) -> addnodes.pending_xref:
        return addnodes.pending_xref(
            "",
            nodes.inline("", text),
            refdomain="std",
            reftype="doc",
            reftarget=f"/{page}",
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )


def _join_texts(parent: nodes.Element) -> None:
    """Make one text of what MyST parts at the ends of lines."""
    joined: list[nodes.Node] = []
    for child in parent.children:
        if joined and type(child) is nodes.Text and type(joined[-1]) is nodes.Text:
            joined[-1] = nodes.Text(joined[-1] + child)
        else:
            joined.append(child)
    if len(joined) < len(parent.children):
        parent[:] = joined


def _stands_in(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def opening_first(body: str) -> str:
    """The page with the opening line above its title."""
    return re.sub(
        r'(<h1>.*?</h1>)\s*(<p class="opening">.*?</p>)', r"\2\n\1", body, count=1, flags=re.DOTALL
    )
