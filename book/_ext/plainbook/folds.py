"""What is folded on the page, and open where there is nothing to press: on paper, in e-readers.

The imports of a chapter are folded by their tag, like other code; here they get a label of their
own, and stand small below the objectives.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.writers.html5 import HTML5Translator

EVIDENCE = "Evidence"
IMPORTS = re.compile(r"(?:import|from) \w")


class fold(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801 - as docutils' own
    """Something folded: `label` says what; `classes` how it looks."""


def visit_fold(translator: HTML5Translator, node: fold) -> None:
    """Open it as `<details>` on a page, as a box elsewhere."""
    classes = " ".join(node["classes"])
    label = translator.encode(node["label"])
    if translator.builder.name == "html":
        translator.body.append(f'<details class="fold {classes}">\n<summary>{label}</summary>\n')
    elif node["box"]:
        translator.body.append(
            f'<div class="{classes} admonition">\n<p class="admonition-title">{label}</p>\n'
        )
    else:
        translator.body.append(f'<div class="{classes}">\n')


def depart_fold(translator: HTML5Translator, node: fold) -> None:
    """Close it."""
    translator.body.append("</details>\n" if translator.builder.name == "html" else "</div>\n")


class FoldedEvidence(SphinxTransform):
    """Fold what stands under the heading `## Evidence`."""

    default_priority = 420

    def apply(self, **kwargs: Any) -> None:
        """Look at each section of the document."""
        for section in list(self.document.findall(nodes.section)):
            title, *rest = section.children
            if title.astext() != EVIDENCE or not rest:
                continue
            section["classes"].append("evidence-of-chapter")
            section.children = [title]
            section += fold("", *rest, label="Show it", box=False, classes=["of-evidence"])


class FoldedImports(SphinxTransform):
    """Say what the fold in the opening of a chapter holds: its imports."""

    default_priority = 420

    def apply(self, **kwargs: Any) -> None:
        """Look at the folded cells ahead of the first section."""
        for cell in self.document.findall(nodes.container):
            code = next(iter(cell.findall(nodes.literal_block)), None)
            if cell.get("hide_mode") != "input" or code is None:
                continue
            opens = cell.parent.parent is self.document and IMPORTS.match(code.astext())
            if opens and not _is_behind_a_section(cell):
                cell["classes"].append("imports")
                cell["prompt_show"] = "Show the imports"
                cell["prompt_hide"] = "Hide the imports"


def _is_behind_a_section(cell: nodes.container) -> bool:
    before = cell.parent.children[: cell.parent.index(cell)]
    return any(isinstance(node, nodes.section) for node in before)
