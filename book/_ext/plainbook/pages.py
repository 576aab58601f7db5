"""What Sphinx hands to the page template: a description is added, what no page uses is removed."""

import re
import textwrap
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from plainbook.chapters import opening_first


def description(doctree: nodes.document, width: int = 155) -> str:
    """The page's first paragraph, cut at a word; formulas are left out."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section) and "opening" not in paragraph["classes"]:
            words = (
                text.astext()
                for text in paragraph.findall(nodes.Text)
                if not isinstance(text.parent, nodes.math)
            )
            return textwrap.shorten("".join(words), width, placeholder="…")
    return ""


def complete_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Handle Sphinx's `html-page-context` event."""
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context.get(kind, []) if not _is_unused(file)]
    if "body" in context:
        context["body"] = opening_first(context["body"])
    metatags = context.get("metatags", "")
    if doctree is not None and 'name="description"' not in metatags:
        text = description(doctree)
        if text:
            tag = f'<meta name="description" content="{escape(text)}" />'
            context["metatags"] = f"{metatags}\n{tag}"


def _is_unused(file: Any) -> bool:
    """Jupyter Book loads these on every page; sphinx-thebe names a script on unpkg.com.

    The book folds with `<details>`, so that sphinx-togglebutton has nothing to do.
    """
    body = getattr(file, "attributes", {}).get("body") or ""
    return bool(
        re.search(
            "thebe|sphinx-design|design-tabs|togglebutton|toggleHint|toggleOpen",
            f"{file} {body}",
            re.I,
        )
    )
