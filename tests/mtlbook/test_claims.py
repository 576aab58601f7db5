"""mtlbook.evaluation.claims: a claim speaks when it holds and stops when it does not."""

import numpy as np
import pandas as pd
import pytest

from mtlbook.evaluation import ClaimError, claim, compare


def test_what_holds_is_printed_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    claim("Sharing helps.", True, "+0.050 [+0.033, +0.067]")
    assert capsys.readouterr().out == "Holds: Sharing helps. (+0.050 [+0.033, +0.067])\n"


def test_the_evidence_may_be_a_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    scores = pd.Series([0.1, 0.2, 0.3, 0.4, 0.5])
    gain = compare(scores, scores - 0.25)
    claim("Sharing helps.", gain.low > 0.1, gain)
    out = capsys.readouterr().out
    assert out == "Holds: Sharing helps. (+0.250 [+0.250, +0.250], n = 5)\n"


def test_what_is_false_stops_the_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ClaimError) as error:
        claim("Sharing helps.", False, "-0.050 [-0.067, -0.033]")
    assert "Sharing helps." in str(error.value)
    assert "-0.050 [-0.067, -0.033]" in str(error.value)
    assert capsys.readouterr().out == ""


def test_a_false_claim_is_an_assertion_that_failed() -> None:
    assert issubclass(ClaimError, AssertionError)


def test_numpy_truth_values_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    claim("Yes.", np.float64(2) > 1, "2")
    assert capsys.readouterr().out == "Holds: Yes. (2)\n"
    with pytest.raises(ClaimError):
        claim("No.", np.float64(0) > 1, "0")


@pytest.mark.parametrize(
    "slip", [np.array([True]), np.array(True), lambda: True, "yes", 1, None, pd.Series([True])]
)
def test_what_is_no_truth_value_is_a_slip(slip: object) -> None:
    with pytest.raises(TypeError, match=f"True or False, not {type(slip).__name__}"):
        claim("Sharing helps.", slip, "")
