"""Figures of chapters: a number, a caption, and on the page the colours of its theme.

A cell says its caption in its metadata, `{"caption": "The finding. How to read it."}`; the number
is counted here. The notebook stores an SVG on a light ground, which Colab, GitHub and e-readers
show as it is. On the page it stands in the text itself: without the ground, in the page's face,
each colour of the palette as a variable that `figures.css` sets for the light and for the dark.
"""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

STYLE = Path(__file__).parents[2] / "_static" / "figures.css"
CHAPTER = re.compile(r"(?:^|/)(\d\d)_")
FINDING = re.compile(r"(?<=[.?!]) (?=[^a-z])")
FULL_WIDTH = 417.6  # points: a figure as wide as the column
INK, GROUND = "#262626", "#ffffff"
# A phone shows a figure at four fifths of its size: there figures.css enlarges its letters.
TYPE = r"calc(\2 * var(--figure-type, 1))"
XLINK = "{http://www.w3.org/1999/xlink}href"
NAMESPACE = "{http://www.w3.org/2000/svg}"


class numbered_figure(nodes.General, nodes.Element):  # type: ignore[misc]  # noqa: N801 - as docutils' own
    """A figure of a chapter with its caption."""


class numbered_caption(nodes.General, nodes.TextElement):  # type: ignore[misc]  # noqa: N801 - as docutils' own
    """Its number, the finding, and how to read it."""


class Captions(SphinxTransform):
    """Put each captioned output into a figure, numbered within the page."""

    default_priority = 410

    def apply(self, **kwargs: Any) -> None:
        """Look at the cells in order."""
        chapter = CHAPTER.search(self.env.docname)
        number = 0
        for cell in list(self.document.findall(nodes.container)):
            caption = (cell.get("cell_metadata") or {}).get("caption")
            image = next(iter(cell.findall(nodes.image)), None) if caption else None
            if not caption or image is None:
                continue
            number += 1
            label = f"{int(chapter[1])}.{number}" if chapter else f"{number}"
            output: Any = image
            while output.parent.get("nb_element") in (None, "mime_bundle"):
                output = output.parent
            figure = numbered_figure(ids=[f"figure-{label.replace('.', '-')}"])
            output.replace_self(figure)
            figure += [output, write_caption(label, caption)]


def write_caption(label: str, caption: str) -> numbered_caption:
    """Return the caption: number and finding in bold, the rest as it is."""
    finding, *rest = FINDING.split(caption.replace(" %", "\u00a0%"), maxsplit=1)
    node = numbered_caption()
    node.append(nodes.inline("", f"Figure {label}.", classes=["number"]))
    node.append(nodes.Text(" "))
    node.append(nodes.inline("", finding, classes=["finding"]))
    node.extend(nodes.Text(f" {more}") for more in rest)
    return node


def visit_figure(translator: HTML5Translator, node: numbered_figure) -> None:
    """Open it."""
    translator.body.append(translator.starttag(node, "figure", CLASS="numbered"))


def depart_figure(translator: HTML5Translator, node: numbered_figure) -> None:
    """Close it."""
    translator.body.append("</figure>\n")


def visit_caption(translator: HTML5Translator, node: numbered_caption) -> None:
    """Open it."""
    translator.body.append("<figcaption><p>")


def depart_caption(translator: HTML5Translator, node: numbered_caption) -> None:
    """Close it."""
    translator.body.append("</p></figcaption>\n")


def pass_by(translator: Any, node: nodes.Element) -> None:
    """Other writers write what is inside."""


class InlineFigures(SphinxPostTransform):
    """Put figures into the page itself, where they take its colours."""

    builders = ("html", "dirhtml")
    default_priority = 20  # behind MyST-NB's choice among the kinds of an output

    def run(self, **kwargs: Any) -> None:
        """Look for Matplotlib's pictures."""
        colours = palette(STYLE.read_text("utf8"))
        page = self.env.docname.rpartition("/")[2][:2]  # on paper all chapters are one page
        for number, image in enumerate(list(self.document.findall(nodes.image)), 1):
            if not image["uri"].endswith(".svg"):
                continue
            svg = Path(self.env.srcdir, image["uri"].lstrip("/")).read_text("utf8")
            if 'id="figure_1"' in svg:
                html = inline(svg, image.get("alt", ""), f"f{page}{number}", colours)
                image.replace_self(nodes.raw("", html, format="html"))


def palette(style: str) -> dict[str, str]:
    """The variables of the light theme, by their colours."""
    light = re.search(r'\[data-theme="light"\] \{(.*?)\}', style, re.DOTALL)
    found = re.findall(r"(--figure-[\w-]+): (#[0-9a-f]{6});", light[1] if light else "")
    return {colour: name for name, colour in found}


def inline(svg: str, alt: str, key: str, colours: dict[str, str]) -> str:
    """Return Matplotlib's SVG as a part of a page.

    Args:
        svg: as the notebook stores it.
        alt: its description.
        key: begins the ids that something in it refers to; the others go.
        colours: variables of the page by the colours they stand for.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.removeprefix(NAMESPACE)
        if XLINK in element.attrib:
            element.set("href", element.attrib.pop(XLINK))
    for defs in root.findall("defs"):  # Matplotlib's rule for `*` would hold for the whole page
        for rule in defs.findall("style"):
            defs.remove(rule)
    figure = root.find("g")
    assert figure is not None
    ground = figure.find("g[@id='patch_1']")
    if ground is not None:
        figure.remove(ground)
    drawn = {id(element) for group in as_drawn(figure) for element in group.iter()}
    for element in root.iter():
        style = element.get("style", "")
        style = re.sub(r"font-family: [^;]*;? ?", "", style)
        style = re.sub(r"(font: (?:\w+ )*)([\d.]+px) [^;]*", r"\1\2 inherit", style)
        style = re.sub(r"(font-size: )([\d.]+px)", rf"\1{TYPE}", style)
        if id(element) not in drawn:
            style = re.sub("#[0-9a-f]{6}", lambda found: themed(found[0], colours), style)
        if style:
            element.set("style", style)
        if element.tag == "text" and element.text:
            element.text = true_minus(element.text)
    _rename(root, key)
    _unwrap(root)
    width, height = (float(n) for n in root.attrib["viewBox"].split()[2:])
    share = min(width / FULL_WIDTH, 1)
    root.attrib = {
        "class": "drawing",
        "viewBox": f"0 0 {width:g} {height:g}",
        "role": "img",
        "aria-label": alt,
        "style": f"max-width: calc({share:.4g} * var(--book-column, 42.5rem)); "
        f"fill: {themed(INK, colours)}",
    }
    return re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode"))


def true_minus(text: str) -> str:
    """The text with a minus before its negative numbers, where Python writes a hyphen."""
    return re.sub(r"(?<![\w.)\]-])-(?=\.?\d)", "−", text)


def themed(colour: str, colours: dict[str, str]) -> str:
    """The colour as a variable: of the palette, or for another grey between ink and ground."""
    if colour in colours:
        return f"var({colours[colour]}, {colour})"
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    if red == green == blue:
        share = min((255 - red) / (255 - int(INK[1:3], 16)), 1)
        ink, ground = (f"var({colours.get(end, '--figure')}, {end})" for end in (INK, GROUND))
        return f"color-mix(in srgb, {ink} {share:.0%}, {ground})"
    return colour


def as_drawn(figure: ElementTree.Element) -> list[ElementTree.Element]:
    """The parts that keep their colours, marked with a class: pictures, and words upon them.

    An axes with a ground of its own is a picture, all of it but its scales; an image is one, with
    what is written on it.
    """
    found = []
    for axes in figure.findall("g"):
        if not axes.get("id", "").startswith("axes_"):
            continue
        ground = axes.find("g/path")
        # The ground of an axes is the one thing in it that is not clipped to it.
        painted = (
            ground is not None
            and "fill: none" not in ground.get("style", "")
            and "clip-path" not in ground.attrib
        )
        boxes = [_box(image) for image in axes.iter("image")]
        if painted and ground is not None:
            boxes.append(_extent(ground))
        for part in axes.findall("g"):
            name = part.get("id", "")
            if name.startswith("text_"):
                x, y = _place(part)
                drawn = any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in boxes)
            else:
                drawn = painted and not name.startswith("matplotlib.axis_")
            if drawn:
                found.append(part)
    for part in found:
        part.set("class", "as-drawn")
    return found


def _extent(path: ElementTree.Element) -> tuple[float, float, float, float]:
    places = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.get("d", ""))
    x, y = ([float(place[i]) for place in places] for i in (0, 1))
    return min(x), min(y), max(x), max(y)


def _box(image: ElementTree.Element) -> tuple[float, float, float, float]:
    x, y, width, height = (float(image.get(n, 0)) for n in ("x", "y", "width", "height"))
    flipped = re.search(r"scale\(1 -1\) translate\(0 (-?[\d.]+)\)", image.get("transform", ""))
    top = -(y + height + float(flipped[1])) if flipped else y
    return x, top, x + width, top + height


def _place(words: ElementTree.Element) -> tuple[float, float]:
    text = words.find(".//text")
    if text is None:
        return -1.0, -1.0
    moved = re.search(r"translate\((-?[\d.]+) (-?[\d.]+)\)", text.get("transform", ""))
    if moved:
        return float(moved[1]), float(moved[2])
    return float(text.get("x", -1)), float(text.get("y", -1))


def _unwrap(element: ElementTree.Element) -> None:
    """Take out groups that say nothing: a page of figures would have thousands."""
    for place in reversed(range(len(element))):
        child = element[place]
        _unwrap(child)
        if child.tag in ("g", "defs") and not child.attrib and (child.tag == "g" or not len(child)):
            element[place : place + 1] = list(child)


def _rename(root: ElementTree.Element, key: str) -> None:
    """Give ids that are referred to names of this figure's own, and drop the others."""
    refers = re.compile(r"(?<=url\(#)[^)]+|(?<=^#).+")
    values = [value for element in root.iter() for value in element.attrib.values()]
    used = sorted({name for value in values for name in refers.findall(value)})
    names = {name: f"{key}-{number}" for number, name in enumerate(used)}
    for element in root.iter():
        if (own := element.attrib.pop("id", None)) in names:
            element.set("id", names[str(own)])
        for attribute, value in element.attrib.items():
            if attribute in ("href", "clip-path", "style") and "#" in value:
                element.set(attribute, refers.sub(lambda m: names.get(m[0], m[0]), value))
