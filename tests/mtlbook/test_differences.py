"""mtlbook.evaluation.differences: all arms against a baseline, as a table."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from mtlbook.evaluation.claims import better, claim
from mtlbook.evaluation.compare import compare
from mtlbook.evaluation.differences import differences


def run() -> pd.DataFrame:
    """A run of three arms over a dial of two points; the single task has no dial."""
    rng = np.random.default_rng(0)
    rows = [
        (arm, relatedness, seed, shift + rng.normal(), rng.normal())
        for arm, points, shift in (
            ("single task", [1.0], 0),
            ("hard sharing", [1.0, 0.0], 9),
            ("cross-stitch", [0.0], -9),
        )
        for relatedness in points
        for seed in range(6)
    ]
    return pd.DataFrame(rows, columns=["arm", "relatedness", "seed", "inside", "outside"])


def column(arm: str, relatedness: float, score: str = "inside") -> pd.Series:
    rows = run().set_index(["arm", "relatedness", "seed"]).sort_index()
    return rows.loc[(arm, relatedness), score]


def test_each_arm_is_compared_with_the_baseline() -> None:
    table = pd.DataFrame({a: column(a, 1.0) for a in ("single task", "hard sharing")})
    found = differences(table, "single task")
    assert list(found) == ["hard sharing"]
    assert found["hard sharing"] == compare(table["hard sharing"], table["single task"])
    assert found.each["hard sharing"].mean() == found["hard sharing"].difference


def test_a_run_is_split_by_a_column_and_a_baseline_without_it_serves_for_all() -> None:
    found = differences(run(), "single task", score="inside", across="relatedness")
    assert found.columns == [0.0, 1.0]
    assert found.arms == ["hard sharing", "cross-stitch"]
    expected = compare(column("hard sharing", 0.0), column("single task", 1.0))
    assert found["hard sharing", 0.0] == expected
    assert ("cross-stitch", 1.0) not in found
    outside = differences(run(), "hard sharing", score="outside", across="relatedness")
    assert outside["cross-stitch", 0.0] == compare(
        column("cross-stitch", 0.0, "outside"), column("hard sharing", 0.0, "outside")
    )


def test_a_claim_may_rest_on_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"single": range(6), "a": range(3, 9), "b": range(2, 8)})
    claim("Both gain.", better(differences(table, "single"), digits=0))
    assert capsys.readouterr().out == "Holds: Both gain. (+3 [+3, +3], n = 6; +2 [+2, +2], n = 6)\n"


def test_arms_are_chosen_ordered_and_renamed() -> None:
    found = differences(
        {"a": run().query("relatedness == 1").pivot(index="seed", columns="arm", values="inside")},
        "single task",
        arms=["hard sharing"],
        names={"hard sharing": "one trunk", "single task": "alone", "a": "F1"},
    )
    assert list(found) == ["one trunk"]
    assert found.table().columns.tolist() == ["F1"]
    assert repr(found).startswith("minus alone\n")


def test_the_table_has_two_tiers_with_true_minuses_and_is_well_formed() -> None:
    found = differences(run(), "single task", score="inside", across="relatedness")
    html = found._repr_html_()
    cells = ET.fromstring(html).findall("./tbody/tr")
    assert [row.findtext("th") for row in cells] == found.arms
    first = found["cross-stitch", 0.0]
    clear, empty = cells[1].findall("td")
    assert clear.findtext("b") == f"−{-first.difference:.1f}"
    assert clear.findtext("small") == f"−{-first.low:.1f} to −{-first.high:.1f}"
    assert empty.text == "–"
    assert "-" not in html.replace("cross-stitch", "").replace("white-space", "")


def test_the_text_keeps_the_hyphens_of_names() -> None:
    found = differences(run(), "single task", score="inside", across="relatedness", digits=2)
    assert "cross-stitch" in repr(found)
    assert f"−{-found['cross-stitch', 0.0].difference:.2f} [−" in repr(found)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: differences(run(), "x", score="inside", across="relatedness"), KeyError, "no arm"),
        (lambda: differences(run(), "single task", score="inside"), ValueError, "two scores"),
        (lambda: differences(run(), "single task", across="relatedness"), ValueError, "its score"),
        (
            lambda: differences(pd.DataFrame({"a": range(6)}), "a", arms=["b"]),
            KeyError,
            "no arm 'b'",
        ),
        (
            lambda: differences(
                {c: pd.DataFrame({"a": range(6), "b": range(6)}) for c in "xy"}
                | {"z": pd.DataFrame({"b": range(6)})},
                "a",
            ),
            ValueError,
            "was not run at 'z'",
        ),
        (lambda: differences({"x": run()}, "a", score="inside"), TypeError, "one run"),
    ],
)
def test_a_slip_is_named(make, error, message) -> None:
    with pytest.raises(error, match=message):
        make()
