"""mtlbook.experiments.ch10_pretraining.gum_entropy: entropy, by hand and against scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mtlbook.experiments.ch10_pretraining.gum_entropy import entropy


def test_by_hand() -> None:
    assert entropy("abcd" * 3) == pytest.approx(2)
    assert entropy("aabc") == pytest.approx(1.5)
    assert entropy("aaa") == pytest.approx(0, abs=1e-12)
    with pytest.raises(ValueError, match="no label"):
        entropy([])


@given(st.lists(st.sampled_from("abcde"), min_size=1))
def test_it_is_that_of_the_frequencies(labels: list[str]) -> None:
    counts = [labels.count(label) for label in set(labels)]
    assert entropy(labels) == pytest.approx(stats.entropy(counts, base=2), abs=1e-12)
