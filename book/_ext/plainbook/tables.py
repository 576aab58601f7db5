"""Tables of both kinds look alike: those of Markdown, and the frames that a cell leaves as HTML.

A frame is stored as pandas writes it, which Colab and GitHub show. On the page, on paper and in
e-readers its heads stand in one row, its numbers to the right with a true minus, and an interval,
`+15.5 [+13.7, +17.4]`, becomes two tiers that never break: the estimate, bold where the interval
excludes zero, and below it the interval.
"""

import re
from html import escape
from typing import Any

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from plainbook.figures import true_minus

NUMBER = r"[+−-]?(?:\d[\d,]*\.?\d*|\.\d+)"
INTERVAL = re.compile(
    rf"(?P<estimate>(?:\S+\s+)?{NUMBER}) \[(?P<low>{NUMBER}), (?P<high>{NUMBER})\]"
    r"(?:, (?P<count>n = \d+|\d+ \w+))?"
)
IN_WORDS = re.compile(rf"(?<=\[)({NUMBER},) (?={NUMBER}\])")
PLAIN = re.compile(rf"{NUMBER}(?:e[+−-]?\d+)?(?: ?%| ×)?|[–—]?")


class Tables(SphinxPostTransform):
    """Set frames and Markdown's tables in one style."""

    default_priority = 21  # behind MyST-NB's choice among the kinds of an output

    def run(self, **kwargs: Any) -> None:
        """Look at the raw HTML and at the tables of the page."""
        for raw in self.document.findall(nodes.raw):
            if "<table" in raw.astext() and "dataframe" in raw.astext():
                raw.children[:] = [nodes.Text(set_frames(raw.astext()))]
        for table in self.document.findall(nodes.table):
            _set_table(table)


def set_frames(html: str) -> str:
    """Return HTML with its frames in the book's style; what else stands in it is kept."""
    soup = BeautifulSoup(html, "html.parser")
    for style in soup.find_all("style"):
        style.decompose()
    for table in soup.select("table.dataframe"):
        _set_frame(soup, table)
    return str(soup)


def two_tiers(cell: str, with_count: bool = True) -> str | None:
    """Return the HTML of an interval in two tiers, or None if the cell holds none."""
    found = INTERVAL.fullmatch(cell.strip())
    if not found:
        return None
    estimate, low, high = (true_minus(found[name]) for name in ("estimate", "low", "high"))
    # A level has no sign, and zero is no question for it.
    signed = any(value[0] in "+−" for value in (estimate.split()[-1], low, high))
    clear = signed and (_value(low) > 0 or _value(high) < 0)
    upper = f"<b>{escape(estimate)}</b>" if clear else escape(estimate)
    count = f", {found['count']}" if found["count"] and with_count else ""
    return f"{upper}<br/><small>{low} to {high}{count}</small>"


def _value(number: str) -> float:
    return float(number.replace("−", "-").replace(",", ""))


def _set_frame(soup: BeautifulSoup, table: Tag) -> None:
    del table["border"]
    head, body = table.find("thead"), table.find("tbody")
    if not isinstance(head, Tag) or not isinstance(body, Tag) or not body.find("tr"):
        return
    rows = body.find_all("tr")
    for row in head.find_all("tr"):
        del row["style"]
    names = len(rows[0].find_all("th"))
    _join_heads(soup, head, names)
    for text in table.find_all(string=re.compile("-|NaN")):
        text.replace_with("–" if text.strip() == "NaN" else true_minus(str(text)))
    found = [match for cell in body.find_all("td") if (match := INTERVAL.fullmatch(_text(cell)))]
    counts = {match["count"] for match in found}
    for cell in body.find_all("td"):
        if tiers := two_tiers(_text(cell), with_count=len(counts) > 1):
            cell.clear()
            cell.append(BeautifulSoup(tiers, "html.parser"))
        if cell.find("small"):
            del cell["style"]
            cell["class"] = "interval"
    last = head.find_all("tr")[-1].find_all(["th", "td"])
    if len(counts) == 1 and (count := counts.pop()) and last:
        note = soup.new_tag("small")
        note.string = count
        last[0].extend([" ", note] if _text(last[0]) else [note])
    for place in range(len(rows[0].find_all("td"))):
        column = [row.find_all("td")[place] for row in rows if len(row.find_all("td")) > place]
        if all(cell.find("small") or PLAIN.fullmatch(_text(cell)) for cell in column):
            for cell in [*column, *last[names + place : names + place + 1]]:
                cell["class"] = "interval number" if cell.find("small") else "number"
    for cell in head.find_all("th"):
        if cell.get("colspan"):
            cell["class"] = "group"
        if not _text(cell):
            cell.name = "td"  # an empty heading is announced, and says nothing
    if names <= 1:
        table["class"] = "dataframe one-name"
    table.wrap(soup.new_tag("div", attrs={"class": "pst-scrollable-table-container"}))


def _join_heads(soup: BeautifulSoup, head: Tag, names: int) -> None:
    """Write the names of the rows, which pandas gives a row of their own, into the row above."""
    rows = [row.find_all("th") for row in head.find_all("tr")]
    if len(rows) < 2 or any(_text(cell) for cell in rows[-1][names:]):
        return
    above, own = rows[-2], rows[-1][:names]
    if len(above) != len(rows[-1]):
        return
    for cell, name in zip(above, own, strict=False):
        across = _text(cell)  # what the columns differ in
        cell.string = _text(name)
        if across:
            note = soup.new_tag("small")
            note.string = f"{across} →"
            cell.extend([" ", note] if _text(name) else [note])
    head.find_all("tr")[-1].decompose()


def _text(cell: Any) -> str:
    return " ".join(str(cell.get_text()).split())


def _set_table(table: nodes.table) -> None:
    """Set a table of Markdown: intervals, a true minus, numbers to the right.

    Where the first column has no heading it holds the names of the rows, and they are headings.
    """
    rows = [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]
    columns = list(table.findall(nodes.colspec))
    if rows and columns and not rows[0][0].astext():
        columns[0]["stub"] = 1
    for entry in (entry for row in rows for entry in row):
        paragraph = entry.children[0] if len(entry.children) == 1 else None
        words = paragraph.children if isinstance(paragraph, nodes.paragraph) else []
        if isinstance(paragraph, nodes.paragraph) and len(words) == 1:
            tiers = two_tiers(paragraph.astext()) if isinstance(words[0], nodes.Text) else None
            if tiers:
                paragraph.children[:] = [nodes.raw("", tiers, format="html")]
                entry["classes"] += ["interval"]
        for text in list(entry.findall(nodes.Text)):
            if isinstance(text.parent, nodes.math):
                continue
            whole = IN_WORDS.sub("\\1\u00a0", text.astext())
            if isinstance(text.parent, (nodes.paragraph, nodes.strong, nodes.emphasis)):
                whole = true_minus(whole)
            text.parent.replace(text, nodes.Text(whole))
    for column in zip(*rows, strict=False):
        if all("interval" in e["classes"] or PLAIN.fullmatch(e.astext()) for e in column[1:]):
            for entry in column:
                entry["classes"] += ["number"]
