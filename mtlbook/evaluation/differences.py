"""Arms against a baseline: every paired difference of a run, in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from mtlbook.evaluation.compare import Comparison, brief, compare


class Differences(Mapping[Any, Comparison]):
    """Comparisons by arm, or by arm and column, that a notebook shows as a table in two tiers.

    Attributes:
        baseline: what each arm is compared with.
        lower: whether the scores are errors, of which fewer are better.
        digits: after the point, where it is shown.
        columns: their labels; of one column the keys are the arms alone.
        each: for each key its differences by pair.
    """

    def __init__(
        self,
        each: Mapping[Any, pd.Series],
        found: Mapping[Any, Comparison],
        baseline: str,
        columns: Sequence[Any],
        lower: bool,
        digits: int,
    ) -> None:
        self.each: dict[Any, pd.Series] = dict(each)
        self._found: dict[Any, Comparison] = dict(found)
        self.baseline, self.columns, self.lower, self.digits = baseline, columns, lower, digits

    def __getitem__(self, key: Any) -> Comparison:
        return self._found[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def arms(self) -> list[str]:
        """The arms, in order."""
        return list(dict.fromkeys(key if self.single else key[0] for key in self))

    @property
    def single(self) -> bool:
        """Whether there is one column, and the arms alone are the keys."""
        return len(self.columns) == 1

    def at(self, arm: str, column: Any) -> Comparison | None:
        """Return the comparison of a cell, or None where the arm was not run."""
        return self._found.get(arm if self.single else (arm, column))

    def table(self) -> pd.DataFrame:
        """Return the differences with their intervals as text, an arm in each row."""
        rows = {
            arm: {
                str(c): brief(found, self.digits).replace("-", "−")
                if (found := self.at(arm, c))
                else "–"
                for c in self.columns
            }
            for arm in self.arms
        }
        return pd.DataFrame.from_dict(rows, orient="index")

    def __repr__(self) -> str:
        return f"minus {self.baseline}\n{self.table().to_string()}"

    def _repr_html_(self) -> str:
        """A difference above, its interval below; bold where the interval excludes zero."""
        head = "".join(f"<th>{escape(str(c))}</th>" for c in self.columns)
        body = "".join(
            f"<tr><th>{escape(arm)}</th>{''.join(self._cell(arm, c) for c in self.columns)}</tr>"
            for arm in self.arms
        )
        return (
            f'<table class="dataframe differences"><thead><tr><th>minus {escape(self.baseline)}'
            f"</th>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _cell(self, arm: str, column: Any) -> str:
        found = self.at(arm, column)
        if found is None:
            return "<td>–</td>"
        middle, low, high = (
            signed(value, self.digits) for value in (found.difference, found.low, found.high)
        )
        if not found.low <= 0 <= found.high:
            middle = f"<b>{middle}</b>"
        return f'<td style="white-space: nowrap">{middle}<br/><small>{low} to {high}</small></td>'


def signed(value: float, digits: int) -> str:
    """Return a number with its sign, a true minus."""
    return f"{value:+.{digits}f}".replace("-", "−")


def differences(
    scores: pd.DataFrame | Mapping[Any, pd.DataFrame],
    baseline: str,
    *,
    score: str | None = None,
    across: str | None = None,
    arms: Sequence[str] | None = None,
    names: Mapping[Any, str] | None = None,
    lower: bool = False,
    digits: int = 1,
    test_to_train: float = 0.0,
) -> Differences:
    """Compare all arms of a run with a baseline, pair by pair.

    Args:
        scores: a row for each pair (a seed) and a column for each arm; or a dictionary of such
            tables, one for each column of the result; or, with ``score``, a run as
            ``mtlbook.load`` returns it, a row for each ``arm`` and ``seed``.
        baseline: the arm that all others are compared with. Where it was run at one value of
            ``across`` only, it is the baseline at all of them.
        score: the column of a run that holds the score.
        across: a column of a run by whose values, in order, the result is split.
        arms: which to compare, in this order; all, if not given.
        names: other words for arms and columns, where they are shown.
        lower: whether the scores are errors.
        digits: after the point.
        test_to_train: as in :func:`compare`.

    Raises:
        KeyError: if there is no such arm.
        ValueError: if a run has two scores for a pair, or scores are not paired.
    """
    words = names or {}
    tables = _tables(scores, score, across)
    alone = [table[baseline] for table in tables.values() if _ran(table, baseline)]
    if not alone:
        raise KeyError(f"no arm {baseline!r}")
    chosen = arms or list(dict.fromkeys(a for t in tables.values() for a in t if a != baseline))
    each, found = {}, {}
    for arm in chosen:
        there = {column: table for column, table in tables.items() if _ran(table, arm)}
        if not there:
            raise KeyError(f"no arm {arm!r}")
        for column, table in there.items():
            base = table[baseline] if _ran(table, baseline) else alone[0]
            if len(alone) > 1 and not _ran(table, baseline):
                raise ValueError(f"{baseline!r} was not run at {column!r}")
            method, base = table[arm].dropna(), base.dropna()
            shown = words.get(arm, arm)
            key = shown if len(tables) == 1 else (shown, words.get(column, column))
            found[key] = compare(method, base, test_to_train=test_to_train)
            each[key] = method - base
    columns = [words.get(column, column) for column in tables]
    return Differences(each, found, words.get(baseline, baseline), columns, lower, digits)


def _ran(table: pd.DataFrame, arm: str) -> bool:
    return arm in table and bool(table[arm].notna().any())


def _tables(
    scores: pd.DataFrame | Mapping[Any, pd.DataFrame], score: str | None, across: str | None
) -> dict[Any, pd.DataFrame]:
    """Return tables of pairs by arms, under the labels of their columns."""
    if score is None:
        if across is not None:
            raise ValueError("across is a column of a run: name its score as well")
        return {"difference": scores} if isinstance(scores, pd.DataFrame) else dict(scores)
    if not isinstance(scores, pd.DataFrame):
        raise TypeError("a score is a column of one run, not of several tables")
    parts = {score: scores} if across is None else dict(list(scores.groupby(across)))
    if any(part.duplicated(["arm", "seed"]).any() for part in parts.values()):
        raise ValueError(
            "two scores for an arm and a seed: choose rows, or name what they differ in (across)"
        )
    return {
        label: part.pivot(index="seed", columns="arm", values=score)[part["arm"].unique()]
        for label, part in parts.items()
    }
