"""mtlbook.data.panel: Grunfeld's firms against the table that statsmodels ships."""

import math
import statistics
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import grunfeld

from mtlbook.data.panel import grunfeld_panel

TABLE: pd.DataFrame = grunfeld.load_pandas().data


def serve(monkeypatch: pytest.MonkeyPatch, table: pd.DataFrame) -> None:
    monkeypatch.setattr(grunfeld, "load_pandas", lambda: SimpleNamespace(data=table))


def test_there_are_eleven_firms_and_twenty_years() -> None:
    panel = grunfeld_panel()
    assert panel.x.shape == (11, 20, 3)
    assert panel.y.shape == (11, 20)
    assert panel.years.tolist() == list(range(1935, 1955))
    assert panel.firms == tuple(sorted(set(TABLE["firm"])))


@pytest.mark.parametrize("name", ["invest", "value", "capital"])
def test_each_number_is_the_standardised_log_of_its_row(name: str) -> None:
    panel = grunfeld_panel()
    found = {"invest": panel.y, "value": panel.x[..., 1], "capital": panel.x[..., 2]}[name]
    logs = {
        (row["firm"], int(row["year"])): math.log(row[name]) for row in TABLE.to_dict("records")
    }
    centre, scale = statistics.mean(logs.values()), statistics.pstdev(logs.values())
    for t, firm in enumerate(panel.firms):
        for i, year in enumerate(panel.years):
            assert found[t, i] == pytest.approx((logs[firm, year] - centre) / scale, abs=1e-12)


def test_the_constant_is_one_and_the_rest_is_standardised() -> None:
    panel = grunfeld_panel()
    assert (panel.x[..., 0] == 1).all()
    for values in (panel.y, panel.x[..., 1], panel.x[..., 2]):
        assert values.mean() == pytest.approx(0, abs=1e-12)
        assert np.square(values).mean() == pytest.approx(1)


def test_the_order_of_the_rows_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = grunfeld_panel()
    serve(monkeypatch, TABLE.sample(frac=1, random_state=0))
    mixed = grunfeld_panel()
    assert mixed.firms == panel.firms
    assert mixed.years.tolist() == panel.years.tolist()
    np.testing.assert_allclose(mixed.x, panel.x, atol=1e-12)
    np.testing.assert_allclose(mixed.y, panel.y, atol=1e-12)


def changed(column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Set one entry of the first row."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = table.copy()
        table.loc[table.index[0], column] = value
        return table

    return change


MALFORMED: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a row less": lambda table: table.iloc[1:],
    "a row twice": lambda table: pd.concat([table, table.iloc[:1]]),
    "a firm less": lambda table: table[table["firm"] != table["firm"].iloc[0]],
    "a year less": lambda table: table[table["year"] != 1940],
    "a year too many": changed("year", 1960.0),
    "a year twice and one missing": changed("year", 1936.0),
    "a firm too many": changed("firm", "Nobody"),
    "a negative number": changed("invest", -1.0),
    "a zero": changed("capital", 0.0),
    "a missing number": changed("value", np.nan),
    "nothing": lambda table: table.iloc[:0],
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_table_is_refused(
    change: Callable[[pd.DataFrame], pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, change(TABLE))
    with pytest.raises(ValueError, match="statsmodels' Grunfeld data: expected 11 firms"):
        grunfeld_panel()
