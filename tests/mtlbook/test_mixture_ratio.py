"""mtlbook.training.mt_san: how many batches of which source an epoch takes."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.training.mixing import Schedule
from mtlbook.training.mt_san import Rule, batches_of_an_epoch, mixture

MTSAN: Rule = "of the auxiliary"
MTDNN: Rule = "of the target"
BATCHES = {"target": 25, "news": 30, "search": 20}


def count(schedule: Schedule) -> Counter[str]:
    return Counter(name for update in schedule for name in update)


@pytest.mark.parametrize(
    ("alpha", "rule", "expected"),
    [
        (0, MTSAN, (25, 0)),
        (0.5, MTSAN, (25, 25)),
        (0.55, MTSAN, (25, 27)),  # rounded down
        (1, MTSAN, (25, 50)),
        (4, MTSAN, (12, 50)),  # the target is cut
        (0, MTDNN, (25, 0)),
        (0.5, MTDNN, (25, 12)),
        (1, MTDNN, (25, 25)),
        (2, MTDNN, (25, 50)),
        (4, MTDNN, (25, 50)),  # there are no more
    ],
)
def test_the_two_versions_by_hand(alpha: float, rule: Rule, expected: tuple[int, int]) -> None:
    assert batches_of_an_epoch(25, 50, alpha, rule) == expected


@given(st.integers(1, 200), st.floats(0, 1))
def test_they_agree_where_there_is_as_much_of_both(size: int, alpha: float) -> None:
    assert batches_of_an_epoch(size, size, alpha, MTSAN) == batches_of_an_epoch(
        size, size, alpha, MTDNN
    )


@given(st.integers(0, 9), st.sampled_from([(0.5, MTSAN), (1.0, MTDNN), (4.0, MTSAN)]))
def test_each_epoch_has_its_batches(seed: int, of: tuple[float, Rule]) -> None:
    own, extra = batches_of_an_epoch(25, 50, *of)
    schedule = mixture(BATCHES, "target", *of, updates=3 * own, seed=seed)
    assert all(len(update) == 1 for update in schedule)
    assert count(schedule)["target"] == 3 * own
    # Behind the last target batch the last epoch is cut.
    for number in range(2):
        epoch = count(schedule[number * (own + extra) : (number + 1) * (own + extra)])
        assert epoch["target"] == own
        assert epoch["news"] + epoch["search"] == extra
        assert all(epoch[name] <= BATCHES[name] for name in ("news", "search"))


def test_the_first_algorithm_takes_all_batches() -> None:
    epoch = count(mixture(BATCHES, "target", 1, MTSAN, 50, seed=0)[:75])
    assert epoch == BATCHES


def test_subset_and_order_are_drawn_anew() -> None:
    schedule = mixture(BATCHES, "target", 0.5, MTSAN, 200, seed=0)
    epochs = [schedule[i : i + 50] for i in range(0, 350, 50)]
    assert len({count(epoch)["news"] for epoch in epochs}) > 1
    assert len({tuple(epoch) for epoch in epochs}) == len(epochs)
    assert mixture(BATCHES, "target", 0.5, MTSAN, 200, seed=0) == schedule
    assert mixture(BATCHES, "target", 0.5, MTSAN, 200, seed=1) != schedule
    # Sources are drawn in proportion to what they have.
    many = count(mixture(BATCHES, "target", 0.5, MTSAN, 25 * 80, seed=0))
    assert many["news"] / (many["news"] + many["search"]) == pytest.approx(0.6, abs=0.02)


def test_the_target_alone() -> None:
    assert mixture({"target": 3}, "target", 1, MTDNN, 7, seed=0) == [("target",)] * 7


@pytest.mark.parametrize(
    ("batches", "alpha", "rule", "hint"),
    [
        (BATCHES, -0.1, MTSAN, "no mixture ratio"),
        (BATCHES, 1, "of both", "of both"),
        ({"news": 5}, 1, MTDNN, "no batch of 'target'"),
        (BATCHES, 60, MTSAN, "no batch of 'target'"),
    ],
)
def test_what_makes_no_sense_is_refused(
    batches: dict[str, int], alpha: float, rule: Rule, hint: str
) -> None:
    with pytest.raises(ValueError, match=hint):
        mixture(batches, "target", alpha, rule, 5, seed=0)
