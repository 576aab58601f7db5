"""Claims are printed as lines of text; on the page they are a list.

`claim(…)` prints `Holds: sentence (evidence)`, which reads well in Colab and on GitHub. Here each
run of such lines becomes a list: a tick, the sentence, and the evidence piece by piece beside it.
The code that checks them is folded below the list.
"""

import re
from itertools import groupby
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

HOLDS = "Holds: "
TICK = "\u2713 "
WHOLE = re.compile(r"\[[^][]{,30}\]|\bn = \d+")
MINUS = re.compile(r"(?<![\w.])-(?=[\d.])")


def parts(line: str) -> tuple[str, list[str]]:
    """The sentence of a claim's line, and the pieces of its evidence.

    The evidence is what the last pair of brackets holds; it may hold brackets itself.
    """
    text = line.removeprefix(HOLDS).rstrip()
    depth = 0
    for place in range(len(text) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(text[place], 0)
        if depth == 0:
            break
    if not text.endswith(")") or depth or not place:
        return text, []
    evidence = MINUS.sub("\u2212", text[place + 1 : -1])
    # An interval, and how many pairs it is of, stay on a line.
    evidence = WHOLE.sub(lambda whole: whole[0].replace(" ", "\u00a0"), evidence)
    return text[:place].rstrip(), evidence.split("; ")


def item(line: str) -> nodes.list_item:
    """One claim of the list."""
    sentence, evidence = parts(line)
    said = nodes.paragraph("", "", nodes.inline("", TICK, classes=["tick"]), classes=["said"])
    said += nodes.Text(sentence)
    listed = nodes.list_item("", said)
    if evidence:
        pieces = nodes.paragraph(classes=["evidence"])
        for piece in evidence:
            if pieces.children:  # told apart on the page by lines, elsewhere by this
                pieces += nodes.inline("", "; ", classes=["apart"])
            pieces += nodes.inline("", piece, classes=["piece"])
        listed += pieces
    return listed


class ClaimLists(SphinxTransform):
    """Make a list of the claims among what a cell printed."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Look at each block of text that a cell printed."""
        for block in list(self.document.findall(nodes.literal_block)):
            lines = block.astext().splitlines()
            if "output" not in block["classes"] or not any(x.startswith(HOLDS) for x in lines):
                continue
            block.parent.replace(block, self._split(block, lines))
            cell = _cell(block)
            if cell is not None:
                cell["classes"].append("with-claims")
                if cell.get("hide_mode") == "input":
                    cell["prompt_show"] = "Show the checks"
                    cell["prompt_hide"] = "Hide the checks"

    def _split(self, block: nodes.literal_block, lines: list[str]) -> list[nodes.Node]:
        """The block cut into lists of claims and what else was printed between them."""
        made: list[nodes.Node] = []
        for claims, group in groupby(lines, lambda line: line.startswith(HOLDS)):
            if claims:
                made.append(nodes.bullet_list("", *map(item, group), classes=["claims"]))
            elif text := "\n".join(group).strip("\n"):
                rest = block.copy()
                rest.rawsource = text
                rest += nodes.Text(text)
                made.append(rest)
        # A replaced node keeps its parent, by which its cell is found.
        return made


def _cell(node: nodes.Node) -> Any:
    while node is not None:
        if isinstance(node, nodes.container) and node.get("nb_element") == "cell_code":
            return node
        node = node.parent
    return None


class ChecksBelow(SphinxPostTransform):
    """Put the folded checks below the claims that they bear."""

    builders = ("html",)
    default_priority = 200  # MyST-NB folds code at 199

    def run(self, **kwargs: Any) -> None:
        """Look at each cell with claims whose code is folded."""
        for cell in self.document.findall(nodes.container):
            if "with-claims" in cell["classes"] and cell.get("hide_mode") == "input":
                cell.children.append(cell.children.pop(0))
