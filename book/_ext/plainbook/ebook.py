"""The EPUB: Sphinx's own builder, and what it leaves out."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.builders.epub3 import Epub3Builder
from sphinx.transforms.post_transforms import SphinxPostTransform

ITEM = re.compile(r'(<item [^>]*href="([^"]+\.xhtml)"[^>]*?) ?/>')


# pandas says in HTML of the nineties how its tables look; XHTML has neither.
LOOKS = re.compile(r'<style.*?</style>\s*| [vh]align="\w+"', re.DOTALL)


class Ebook(Epub3Builder):
    """Sphinx's EPUB builder, with what EPUB 3 asks and Sphinx leaves out."""

    html_tag = (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        ' lang="en" xml:lang="en">'
    )

    def add_css_file(self, filename: str, **kwargs: Any) -> None:
        """Leave out MyST-NB's style sheet: it is copied when the EPUB is already packed."""
        if not filename.startswith("mystnb"):
            super().add_css_file(filename, **kwargs)

    def toc_metadata(self, level: int, navpoints: list[Any]) -> dict[str, Any]:
        """Give both tables of contents the same identifier."""
        return super().toc_metadata(level, navpoints) | {"uid": self.config.epub_identifier}

    def build_content(self) -> None:
        """Write the package file, which lists the pages that hold MathML."""
        super().build_content()
        package = Path(self.outdir, "content.opf")

        def complete(item: re.Match[str]) -> str:
            page = Path(self.outdir, item[2])
            holds_formulas = page.is_file() and "<math" in page.read_text("utf8")
            return f'{item[1]} properties="mathml"/>' if holds_formulas else item[0]

        package.write_text(ITEM.sub(complete, package.read_text("utf8")), "utf8")


class Unfold(SphinxPostTransform):
    """Nothing is folded in a book: solutions are open, folded code (set-up, drawing) is left out.

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
