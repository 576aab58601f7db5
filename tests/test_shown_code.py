"""A chapter's results come from the code that it shows: change a line of it, and they change."""

import ast
import contextlib
import io
from typing import Any, NamedTuple

import matplotlib as mpl
import nbformat
import pytest
from notebook_rules import ROOT

import mtlbook


class Row(NamedTuple):
    """What is run of a chapter.

    Attributes:
        cells: their ids, in order: imports, definitions, and the result last.
        line: code of the forward pass that the chapter shows, and what is put in its place.
        shorter: what makes the run shorter, and is the same with both.
    """

    cells: list[str]
    line: tuple[str, str]
    shorter: tuple[tuple[str, str], ...] = ()


ROWS = {
    "01": Row(
        ["ind-003", "ind-050", "ind-026", "ind-028", "ind-030"],
        ("hidden = torch.tanh(self.trunk(x))", "hidden = torch.relu(self.trunk(x))"),
        (("300", "60"),),
    ),
    "03": Row(
        [
            *("c03-003", "c03-108", "c03-024", "c03-111"),
            *("c03-026", "c03-113", "c03-114", "c03-116"),
        ],
        ("layer(states[-1], lengths)", "layer(states[-1], lengths).square()"),
        (
            ("updates=400", "updates=20"),
            ("seeds, answers, fitted = [20, 21]", "seeds, answers, fitted = [20]"),
            ("mean():.0f}", "mean():.6f}"),
            ('("alone", "together")', '("together",)'),
        ),
    ),
    "04": Row(
        ["c4-003", "c4-007", "c4-031", "c4-035", "c4-037", "c4-039", "c4-045", "c4-050"],
        ("self.heads(self.activation(self.trunk(x)))", "self.heads(torch.relu(self.trunk(x)))"),
        (
            ("(0.0, 0.9, 1.0)", "(0.9,)"),
            ("seeds = range(10)", "seeds = range(3)"),
            ('("separate", "hard", *SOFT)', '("hard",)'),
            ("[int(steps)]", "[20]"),
        ),
    ),
    "05": Row(
        [
            *("c5-003", "c5-020", "c5-011", "c5-013", "c5-017"),
            *("c5-018", "c5-022", "c5-022b", "c5-022c"),
        ],
        ("stitch(torch.stack(own), alpha)", "stitch(torch.stack(own), alpha.mT.square())"),
        (("updates=200", "updates=40"), (":.0f}", ":.6f}")),
    ),
    "06": Row(
        ["c6-003", "c6-009", "c6-017", "c6-022", "c6-022b"],
        ("torch.exp(-self.s) * losses + self.s", "torch.exp(-self.s) * losses + 2 * self.s"),
        (
            ("SEEDS = range(20)", "SEEDS = range(2)"),
            ("steps=100", "steps=9"),
            ("LAG_RATES}", "LAG_RATES}\nprint(lags)"),  # what is drawn, and claimed, later on
        ),
    ),
    "07": Row(
        ["c7-003", "c7-010", "c7-017", "c7-019", "c7-021", "c7-023", "c7-025", "c7-027", "c7-031"],
        ("memory = memory + window(memory, there)", "memory = memory - window(memory, there)"),
        (("range(10)", "range(1)"), ("range(5)", "range(1)"), ("batches(300)", "batches(15)")),
    ),
    "10": Row(
        ["c10-003", "c10-007", "c10-009", "c10-011", "c10-013"],
        ("states.flatten(0, 1)[places]", "states.flatten(0, 1)[places].square()"),
        (("[0]), 120)", "[0]), 40)"),),
    ),
    "12": Row(
        ["c12-003", "c12-007", "c12-009", "c12-026", "c12-015", "c12-028"],
        (
            "[states[name] for name in self.reads[task]]",
            "[states[name] * (name == SHARED) for name in self.reads[task]]",
        ),
        (("SEEDS = range(3)", "SEEDS = range(1)"), ("200, seeds", "40, seeds")),
    ),
    "13": Row(
        ["c13-003", "c13-024", "c13-025", "c13-075", "c13-070"],
        ("torch.tanh(network.trunk(x)) * kept", "torch.relu(network.trunk(x)) * kept"),
    ),
}


def printed(number: str, *changes: tuple[str, str]) -> str:
    """Run a row's cells, changed; return what they print and show."""
    (path,) = ROOT.glob(f"notebooks/{number}_*.ipynb")
    sources = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    space: dict[str, Any] = {"__name__": "__main__", "mtlbook": mtlbook}  # as the setup cell
    cells = [sources[name] for name in ROWS[number].cells]
    for before, after in changes:
        assert any(before in source for source in cells), before
        cells = [source.replace(before, after) for source in cells]
    out = io.StringIO()
    with mpl.rc_context(), contextlib.redirect_stdout(out):
        for source in cells:
            *rest, last = ast.parse(source).body
            if isinstance(last, ast.Expr):
                exec(compile(ast.Module(rest, []), "cell", "exec"), space)
                shown = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
                print("" if shown is None else shown)
            else:
                exec(compile(source, "cell", "exec"), space)
    return out.getvalue()


@pytest.mark.parametrize("number", ROWS)
def test_another_forward_pass_has_another_result(number: str) -> None:
    row = ROWS[number]
    as_shown = printed(number, *row.shorter)
    assert as_shown.strip()
    assert printed(number, *row.shorter) == as_shown
    assert printed(number, *row.shorter, row.line) != as_shown
