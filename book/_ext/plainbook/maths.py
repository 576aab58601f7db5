"""Formulas become MathML while the page is built: no script, no font, no request for them."""

import itertools
import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

log = logging.getLogger(__name__)

THIN = '<mspace width="0.1667em"/>'
NAME = "<mi>(?:log|ln|exp|sin|cos|tanh)</mi>"
# As the base of an index or a power it is not alone: what follows it there is no argument.
BASES = "".join(f"(?<!<{tag}>)" for tag in ("msub", "msup", "msubsup", "munder", "mover"))
FUNCTION = rf"{BASES}{NAME}|<msub>{NAME}<mn>\d+</mn></msub>"
# Which signs are operators, and of which form, decides on the space around them.
SPACING = (
    (r"<mi>(&#x000B1;|&#x02213;|&#x000AC;|;)</mi>", r"<mo>\1</mo>"),
    (r"<mo>&#x02026;</mo>", r"<mi>&#x02026;</mi>"),
    (r"<mo>&#x0002E;</mo>", r"<mtext>.</mtext>"),
    (r"<mo>(&#x0002C;|;)</mo>", r'<mo form="infix">\1</mo>'),
    (r"<mo>&#x0002F;</mo>", r'<mo lspace="0" rspace="0">/</mo>'),
    (r'<mi mathvariant="normal">&#x0007E;</mi>', "<mo>&#x0223C;</mo>"),
    # A function stands a thin space from what is next to it, unless that is a bracket.
    (rf"(?<=</mi>|</mn>)({FUNCTION})", rf"{THIN}\1"),
    (rf"(?<=29;</mo>)({FUNCTION})", rf"{THIN}\1"),
    (
        rf"({FUNCTION})(?!<mo[^>]*>(?:&#x00028;|&#x0005B;|&#x0007C;))(?=<m)",
        rf"\1<mo>&#x2061;</mo>{THIN}",
    ),
    # A sum behind a relation has the space of the relation, not its own as well.
    (
        r"(&#x0003D;</mo>(?:<m(?:sub|sup|subsup|under|over|underover)>)?)<mo>&#x02211;</mo>",
        r'\1<mo lspace="0">&#x02211;</mo>',
    ),
    # A minus behind an opening bracket, a comma or a relation is a sign.
    (
        r"(<mo[^>]*>(?:\[|&#x00028;|&#x0007B;|&#x0002C;|&#x0003D;)</mo>)<mo>&#x02212;</mo>",
        r'\1<mo form="prefix">&#x02212;</mo>',
    ),
)
BOLD_DIGITS = {ord("0") + digit: 0x1D7CE + digit for digit in range(10)}


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
    return for_browsers(element)


def for_browsers(element: str) -> str:
    """Put right what browsers draw otherwise than TeX does.

    They follow MathML Core, which knows no bold variant and gives space to operators alone.
    """
    element = re.sub(
        r'<mn mathvariant="bold">(\d+)</mn>',
        lambda number: f"<mn>{number[1].translate(BOLD_DIGITS)}</mn>",
        element,
    )
    # \mathrm{d} differs from d only by being written as a number.
    element = re.sub(
        r"<mi>(&#x000[4-7][0-9A-F];)</mi>", r'<mi mathvariant="normal">\1</mi>', element
    )
    # \mathrm{err} comes letter by letter; a word is upright by itself, and is read as one.
    element = re.sub(
        r'(?:<mi mathvariant="normal">\w</mi>){2,}',
        lambda word: f"<mi>{re.sub('<[^>]*>', '', word[0])}</mi>",
        element,
    )
    for pattern, replacement in SPACING:
        element = re.sub(pattern, replacement, element)
    # The bars of a norm: unlike \left and \right they keep their size, and they come in pairs.
    forms = itertools.cycle(("prefix", "postfix"))
    element = re.sub(
        "<mo>&#x02016;</mo>",
        lambda bar: f'<mo stretchy="false" form="{next(forms)}">&#x02016;</mo>',
        element,
    )
    # A bar over a letter is an accent, as a hat is: close to it, and as wide as it.
    return re.sub(
        r'<mover>((?:(?!<mover|</mover>).)*)<mo stretchy="true">&#x000AF;</mo></mover>',
        r'<mover accent="true">\1<mo stretchy="false">&#x000AF;</mo></mover>',
        element,
    )


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
