"""What the landing page takes from the chapters, so that nothing is drawn or written twice.

* `chapter-figure` shows a figure with the stored output and the alt text of a chapter's cell;
* `chapters` lists chapters with their titles, questions, and the times that each states itself.
"""

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import Any, ClassVar

import nbformat
import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

FACTS = re.compile(r"reading time (?P<read>[^·*]+?) · running time (?P<run>[^·*]+?) ·", re.I)
COLAB = "https://colab.research.google.com/github"


def figures(notebook: Any) -> dict[str, tuple[str, bytes]]:
    """The suffix and the content of each figure, by its alt text."""
    found = {}
    for cell in notebook.cells:
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if svg := data.get("image/svg+xml"):
                found[alt] = "svg", svg.encode()
            elif png := data.get("image/png"):
                found[alt] = "png", base64.b64decode(png)
    return found


def title_and_times(notebook: Any) -> tuple[str, str, str]:
    """Title, reading time and running time, as the chapter's opening cell gives them.

    Raises:
        ValueError: if the opening does not say one of them.
    """
    opening = next((c.source for c in notebook.cells if c.source.startswith("# ")), "")
    facts = FACTS.search(opening)
    if not facts:
        raise ValueError("no cell opens with `# Title` and says its reading and running time")
    return opening.splitlines()[0].removeprefix("# "), facts["read"], facts["run"]


def colab(config: Config, path: str) -> str:
    """Where Colab opens the notebook at this path of the repository."""
    options = config.html_theme_options
    repository = config.plainbook_repository or options.get("repository_url", "")
    branch = config.plainbook_branch or options.get("repository_branch", "")
    name = repository.removeprefix("https://github.com/")
    return f"{COLAB}/{name}/blob/{branch}/{path}"


class FromChapter(SphinxDirective):
    """Something that is read from a notebook; without it the build fails."""

    def notebook(self, path: str) -> Any:
        """Read the notebook, and read this page again when it changes."""
        self.env.note_dependency(path)
        return nbformat.read(Path(self.env.srcdir, path), as_version=4)

    def prose(self, text: str) -> list[nodes.Node]:
        """Parse a line of Markdown without its paragraph."""
        holder = nodes.Element()
        self.state.nested_parse([text], self.lineno, holder)
        return list(holder.children[0].children)


class ChapterFigure(FromChapter):
    """Show the figure of a chapter whose alt text begins with the words given; body is caption."""

    required_arguments = 1
    option_spec: ClassVar[Any] = {"alt": directives.unchanged_required}
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Find the figure and copy it."""
        path, words = self.arguments[0], self.options["alt"]
        fitting = {k: v for k, v in figures(self.notebook(path)).items() if k.startswith(words)}
        if len(fitting) != 1:
            raise self.error(
                f"{path} stores {len(fitting)} figures whose alt text begins with {words!r}, not "
                "one. Run `make live`, or choose another figure."
            )
        ((alt, (suffix, picture)),) = fitting.items()
        # Beside the doctrees, like the figures of the chapters themselves.
        name = f"{hashlib.sha256(picture).hexdigest()}.{suffix}"
        file = Path(self.env.doctreedir).parent / "from_chapters" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture)
        image = nodes.image(uri="/" + os.path.relpath(file, self.env.srcdir), alt=alt)
        figure = nodes.figure("", image, classes=["chapter-figure"])
        figure += nodes.caption("", "", *self.prose(" ".join(self.content)))
        return [figure]


class Chapters(FromChapter):
    """List chapters by parts: one line each, `path/of/notebook.ipynb: question`."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Read each chapter's title and times."""
        questions = dict(line.split(": ", 1) for line in self.content)
        columns = nodes.container(classes=["parts"])
        for caption, pages in self.parts(list(questions)):
            part = nodes.container(classes=["part"])
            if caption:
                part += nodes.paragraph("", caption, classes=["part-title"])
            number = re.search(r"\d+", Path(pages[0]).name)
            listed = nodes.enumerated_list(classes=["chapters"])
            listed["start"] = int(number[0]) if number else 1
            for path in pages:
                try:
                    title, reading, running = title_and_times(self.notebook(path))
                except (OSError, ValueError) as error:
                    raise self.error(f"{path}: {error}") from error
                item = nodes.list_item()
                link = self.prose(f"[{title}](/{path})")
                item += nodes.paragraph("", "", *link, classes=["chapter-title"])
                item += nodes.paragraph("", "", *self.prose(questions[path]))
                address = f"[Open in Colab]({colab(self.config, path)})"
                times = f"{reading} to read · {running} to run · {address}"
                item += nodes.paragraph("", "", *self.prose(times), classes=["chapter-times"])
                listed += item
            part += listed
            columns += part
        return [columns]

    def parts(self, chapters: list[str]) -> list[tuple[str, list[str]]]:
        """The parts of the contents that hold one of the chapters; without contents, one part."""
        contents = Path(self.env.srcdir, "_toc.yml")
        if not contents.is_file():
            return [("", chapters)]
        self.env.note_dependency(str(contents))
        toc = yaml.safe_load(contents.read_text("utf8"))
        found = [
            (
                part.get("caption", ""),
                [
                    f"{entry['file']}.ipynb"
                    for entry in part["chapters"]
                    if f"{entry['file']}.ipynb" in chapters
                ],
            )
            for part in toc["parts"]
        ]
        missing = set(chapters) - {page for _, pages in found for page in pages}
        if missing:
            raise self.error(f"not in _toc.yml: {', '.join(sorted(missing))}")
        return [(caption, pages) for caption, pages in found if pages]
