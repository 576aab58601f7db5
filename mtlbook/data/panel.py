"""Grunfeld's investment data: eleven firms, twenty years each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from statsmodels.datasets import grunfeld

COLUMNS = ("invest", "value", "capital")


@dataclass(frozen=True)
class Panel:
    """One regression task per firm, with the same years for all.

    Attributes:
        firms: names of the ``T`` tasks.
        years: the ``n`` years.
        x: ``(T, n, 3)``: a constant 1, log market value and log capital stock.
        y: ``(T, n)``: log gross investment.

    Logs are centred and scaled over the whole panel, so an error of 1 is the error of
    predicting every firm's investment by one overall mean.
    """

    firms: tuple[str, ...]
    years: np.ndarray
    x: np.ndarray
    y: np.ndarray


def grunfeld_panel() -> Panel:
    """Load Grunfeld's panel as it ships with ``statsmodels``: 11 US firms, 1935 to 1954.

    Source: Grunfeld (1958), corrected by Kleiber and Zeileis (2010); public domain according
    to statsmodels.

    Raises:
        ValueError: if the table is not the balanced, positive one that is expected.
    """
    table = grunfeld.load_pandas().data.sort_values(["firm", "year"])
    firms = tuple(table["firm"].unique())
    years = np.sort(table["year"].unique()).astype(int)
    raw = table[list(COLUMNS)].to_numpy(float)
    twice = table.duplicated(["firm", "year"]).any()
    if twice or len(firms) != 11 or len(years) != 20 or len(raw) != 220 or not (raw > 0).all():
        raise ValueError(
            f"statsmodels' Grunfeld data: expected 11 firms, 20 years and 220 positive rows, "
            f"got {len(firms)}, {len(years)} and {len(raw)}; install statsmodels 0.14 or newer"
        )
    logs = np.log(raw)
    invest, value, capital = np.moveaxis(
        ((logs - logs.mean(axis=0)) / logs.std(axis=0)).reshape(11, 20, 3), -1, 0
    )
    x = np.stack([np.ones_like(value), value, capital], axis=-1)
    return Panel(firms, years, x, invest)
