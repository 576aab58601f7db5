"""Formulas become MathML while the page is built: no script, no font, no request for them."""

import html
import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)

# The converter takes these operators for letters: no space is left beside them.
OPERATORS = re.compile("<mi>([±¬~⟂⟨⟩⌊⌋⟺⧵])</mi>")
# \lvert and \lVert have the height of a letter; only \left asks for more. Without the attribute
# a bar grows with whatever stands beside it, and its partner with an exponent does not.
BARS = re.compile("<mo>([|‖⟨⟩⌊⌋])</mo>")


def mathml(latex: str, display: str) -> str:
    """Return the formula as a `<math>` element; `display` is `inline` or `block`.

    Raises:
        ValueError: if the formula cannot be converted, or only with a command left as it was.
    """
    try:
        element = str(convert(latex, display=display))
    except Exception as error:  # the converter's errors share no class of their own
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if "\\" in element:  # the converter shows a command it does not know as text
        raise ValueError("a command in it is not known")
    # The converter writes signs as references, five hexadecimal digits each.
    element = re.sub("&#x[0-9A-F]{5};", lambda sign: html.escape(html.unescape(sign[0])), element)
    element = OPERATORS.sub(r"<mo>\1</mo>", element)
    return BARS.sub(r'<mo stretchy="false">\1</mo>', element)


def render(translator: HTML5Translator, node: nodes.math | nodes.math_block, display: str) -> None:
    """Write the formula, or warn, which fails the build."""
    latex = node.astext()
    try:
        translator.body.append(mathml(latex, display))
    except ValueError as error:
        log.warning("formula %r cannot be shown (%s)", latex, error, location=node)
    raise nodes.SkipNode


def render_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line."""
    render(translator, node, "inline")


def render_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own; a wide one scrolls by itself."""
    translator.body.append('<div class="formula" tabindex="0">')
    try:
        render(translator, node, "block")
    finally:
        translator.body.append("</div>\n")
