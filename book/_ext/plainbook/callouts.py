"""Quotes that open with a bold label become admonitions.

The label ends with a full stop, and may carry a title::

    > **Note.** Seeds are paired.
    >
    > **Definition: inductive bias.** Whatever makes a learner prefer ...

The objectives of a chapter end with a colon and hold a list. What answers a prediction is folded
on the page::

    > **After this chapter you can:**
    >
    > - say what hard sharing is.

    > **What happened.** The second.

Everywhere else this stays a quote with a bold lead, which is readable as it is.
"""

import re
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from plainbook.folds import fold

log = logging.getLogger(__name__)

KINDS = (
    "Note",
    "Tip",
    "Hint",
    "Important",
    "Warning",
    "Key idea",
    "Before you run it",
    "What happened",
    "Definition",
    "After this chapter you can",
)
FOLDED = "What happened"
LABEL = re.compile(r"(?P<kind>[^:.?!]+)(?:(?:: .+)?[.?!]|:)", re.DOTALL)


class Callouts(SphinxTransform):
    """Replace every labelled quote; leave the others alone."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        """Look at each block quote of the document."""
        for quote in list(self.document.findall(nodes.block_quote)):
            lead = _bold_lead(quote)
            match = LABEL.fullmatch(lead.astext()) if lead else None
            if not match:
                continue
            kind = match["kind"]
            if kind not in KINDS:
                log.warning(
                    "a quote opens like a callout, but %r is not one of: %s",
                    kind,
                    ", ".join(KINDS),
                    location=quote,
                    type="plainbook",
                )
                continue
            box = _admonition(quote, lead, nodes.make_id(kind))
            if kind == FOLDED:
                label = box[0].astext()
                box = fold("", *box[1:], label=label, box=True, classes=[nodes.make_id(kind)])
            quote.replace_self(box)


def _bold_lead(quote: nodes.block_quote) -> Any:
    """The bold text that opens the quote, or None."""
    paragraph = quote.children[0] if quote.children else None
    if not isinstance(paragraph, nodes.paragraph):
        return None
    # MyST leaves an empty text node in front of bold text.
    first = next((child for child in paragraph.children if child.astext().strip()), None)
    return first if isinstance(first, nodes.strong) else None


def _admonition(quote: nodes.block_quote, lead: nodes.strong, css_class: str) -> nodes.admonition:
    """Build the admonition: the bold lead is its title, the rest of the quote its body."""
    paragraph = lead.parent
    title = nodes.title("", "", *lead.children)
    last = title.children[-1]
    if isinstance(last, nodes.Text):
        title.replace(last, nodes.Text(last.rstrip(".:")))
    del paragraph[: paragraph.index(lead) + 1]
    if paragraph.children and isinstance(paragraph[0], nodes.Text):
        paragraph.replace(paragraph[0], nodes.Text(paragraph[0].lstrip()))
    if not paragraph.astext().strip():
        quote.remove(paragraph)
    admonition = nodes.admonition("", title, *quote.children, classes=[css_class])
    admonition.source, admonition.line = quote.source, quote.line
    return admonition
