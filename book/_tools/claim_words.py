"""What the words of a claim promise, and whether its kind tests that.

A sentence that says *level* or *nothing* wants a stated margin (``same``) or equality
(``exactly``); one that says *cannot be told* wants ``unclear``, and the other way round; *most,
all, every, far* want a number. Only claims that have a kind are read. `tests/test_claim_words.py`
runs it over the chapters. `python book/_tools/claim_words.py` lists what is found; with `--note` it
writes that into the list of sentences that are to be reworded.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import nbformat

from mtlbook.evaluation.claims import KINDS

ROOT = Path(__file__).resolve().parents[2]
TO_REWORD = ROOT / "tests/claims_to_reword.json"

NUMBERS = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    "|hundred|half|halves|thirds?|quarters?|fifths?|tenths?|twice|doubles?|both"
)
NUMBER = re.compile(rf"\d|…|\b(?:{NUMBERS})\b", re.IGNORECASE)
# "the same inputs", "equal work" and "nothing shared" name an arm; "is the same" compares.
SAME = re.compile(
    r"(?<!noise )\blevel\b(?! of)|\bsame(?=\s*(?:as\b|[.,;:]|$))|\bno difference\b"
    r"|(?<!share )(?<!where )\bnothing\b(?! (?:shared|but)\b)"
    r"|\bas good as\b|\bequals\b|\bequal(?=\s*(?:to\b|[.,;:]|$))"
)
UNCLEAR = re.compile(
    r"\bcannot (?:be )?(?:told|tell|seen|separated)\b|\bnot? (?:to )?(?:be )?told (?:apart|from)\b"
    r"|\b(?:not|n[eo]ither is|nor is) (?:\w+ )?(?:established|clear|certain|settled)\b"
    r"|\b(?:no|nor|not|none|neither|nothing)\b[^.;,]*\b(?:clear|clearly|seen to)\b"
    r"|\bthat (?:can|could) be (?:told|seen)\b|\bno difference can be told\b"
    r"|\bseeds can tell\b|\bun(?:clear|decided)\b|\b(?:is|stays|remains) open\b",
    re.IGNORECASE,
)
COUNTED = re.compile(
    r"\b(?:most|every|everywhere)\b|(?<!as )\bfar\b|\ball\b(?! (?:the )?(?:words|same)\b| but\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Claim:
    """A call of ``claim`` in a chapter; … stands for what a formatted sentence fills in."""

    sentence: str
    kinds: frozenset[str]
    margins: list[float | None] = field(default_factory=list)
    rests_on_means: bool = False


def claims(notebook: Any) -> Iterator[Claim]:
    """The claims of a notebook that have a kind and a sentence in view, in order."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and re.search(r"\bclaim\(", cell.source):
            yield from _claims(ast.parse(re.sub(r"^\s*%.*$", "", cell.source, flags=re.MULTILINE)))


def _claims(cell: ast.Module) -> Iterator[Claim]:
    assigned = {
        target.id: node.value
        for node in ast.walk(cell)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(cell):
        if not (isinstance(call, ast.Call) and _name(call) == "claim" and len(call.args) > 1):
            continue
        sentence, kind = _text(call.args[0]), call.args[1]
        if isinstance(kind, ast.Name):
            kind = assigned.get(kind.id, kind)
        made = [n for n in ast.walk(kind) if isinstance(n, ast.Call) and _name(n) in KINDS]
        if sentence is None or not made:
            continue
        margins = [
            float(ast.literal_eval(keyword.value))
            if isinstance(keyword.value, ast.Constant)
            else None
            for one in made
            for keyword in one.keywords
            if keyword.arg == "within"
        ]
        means = any(isinstance(n, ast.Attribute) and n.attr == "difference" for n in ast.walk(kind))
        yield Claim(sentence, frozenset(map(_name, made)), margins, means)


def problems(claim: Claim) -> list[str]:
    """What the sentence says beyond its kind."""
    found = []
    said, kinds = claim.sentence, claim.kinds
    open_ = UNCLEAR.search(said)
    told = {"same", "exactly"} | ({"unclear"} if open_ else set())
    if (match := SAME.search(said)) and not kinds & told:
        found.append(f"says {match[0]!r}: wants same or exactly")
    if open_ and "unclear" not in kinds:
        found.append(f"says {open_[0]!r}: wants unclear")
    if "unclear" in kinds and not open_:
        found.append("is unclear: wants to say that it cannot be told")
    if any(not names(margin, said) for margin in claim.margins):
        found.append("is the same within a margin: wants to name it")
    if (match := COUNTED.search(said)) and not NUMBER.search(said):
        found.append(f"says {match[0]!r}: wants the number counted")
    if claim.rests_on_means:
        found.append("rests on a mean: wants its interval")
    return found


def names(margin: float | None, sentence: str) -> bool:
    """Whether a sentence names a margin: as .02, 0.02, 2 %, or "two points"."""
    if margin is None or "…" in sentence:
        return bool(NUMBER.search(sentence))
    for value in (margin, 100 * margin):
        digits = f"{value:g}".removeprefix("0")
        if re.search(rf"(?<![\d.])0?{re.escape(digits)}(?![\d.]*\d)", sentence):
            return True
        if value in range(1, 21):
            words = [NUMBERS.split("|")[int(value)]] + ["a point"] * (value == 1)
            if re.search(rf"\b(?:{'|'.join(words)})\b", sentence, re.IGNORECASE):
                return True
    return margin == 0.5 and "half" in sentence


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values
        )
    return None


def found_in_chapters() -> dict[str, dict[str, list[str]]]:
    """For each chapter, its sentences that say more than their kinds test."""
    found = {}
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        each = {c.sentence: problems(c) for c in claims(nbformat.read(path, as_version=4))}
        found[path.stem[:2]] = {sentence: said for sentence, said in each.items() if said}
    return found


if __name__ == "__main__":
    now = found_in_chapters()
    for chapter, sentences in now.items():
        for sentence, said in sentences.items():
            print(f"{chapter}: {sentence}\n    {'; '.join(said)}")
    if "--note" in sys.argv:
        noted = {"noted": str(date.today()), "chapters": now}
        TO_REWORD.write_text(json.dumps(noted, ensure_ascii=False, indent=1) + "\n", "utf8")
