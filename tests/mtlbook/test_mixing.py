"""mtlbook.training.mixing: which batches come when, and how often."""

import itertools
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.training.mixing import (
    Schedule,
    equal_total_work,
    proportional,
    sampled,
    sentences,
    temperature,
    together,
    uniform,
)

SIZES = {"chunk": 100, "pos": 300, "role": 600}


def count(schedule: Schedule) -> Counter[str]:
    return Counter(name for update in schedule for name in update)


def test_rates_by_hand() -> None:
    assert proportional(SIZES) == pytest.approx({"chunk": 0.1, "pos": 0.3, "role": 0.6})
    assert uniform(SIZES) == pytest.approx(dict.fromkeys(SIZES, 1 / 3))
    assert temperature({"a": 100, "b": 900}, 2) == pytest.approx({"a": 0.25, "b": 0.75})


sizes = st.dictionaries(st.text(max_size=2), st.integers(1, 10**6), min_size=1, max_size=5)


@given(sizes, st.floats(0.5, 50))
def test_temperature_lies_between_the_sizes_and_equality(given_: dict[str, int], t: float) -> None:
    rates, flatter = temperature(given_, t), temperature(given_, 2 * t)
    assert sum(rates.values()) == pytest.approx(1)
    assert sorted(given_, key=given_.__getitem__) == sorted(
        given_, key=lambda n: (rates[n], given_[n])
    )
    assert max(flatter.values()) <= max(rates.values()) + 1e-12
    assert min(flatter.values()) >= min(rates.values()) - 1e-12


def test_beside_the_main_task() -> None:
    assert together("chunk", ["pos"], 2) == [("chunk", "pos")] * 2
    assert together("chunk", [], 3) == [("chunk",)] * 3


@given(st.integers(0, 99), st.integers(1, 50))
def test_all_schedules_have_the_same_main_updates(seed: int, updates: int) -> None:
    for schedule in (
        together("chunk", ["pos", "role"], updates),
        sampled("chunk", uniform(SIZES), updates, seed),
        sampled("chunk", proportional(SIZES), updates, seed),
    ):
        assert count(schedule)["chunk"] == updates
    assert sampled("chunk", uniform(SIZES), updates, seed)[-1] == ("chunk",)


@pytest.mark.parametrize("rates", [uniform(SIZES), proportional(SIZES), temperature(SIZES, 5)])
def test_sources_are_drawn_as_often_as_is_said(rates: dict[str, float]) -> None:
    schedule = sampled("role", rates, 4000, seed=0)
    assert {len(update) for update in schedule} == {1}
    for name, found in count(schedule).items():
        assert found / len(schedule) == pytest.approx(rates[name], abs=0.02)
    # Draws do not depend on those before them: pairs of neighbours are as frequent as they should.
    pairs = Counter((a[0], b[0]) for a, b in itertools.pairwise(schedule))
    expected = rates["pos"] * rates["role"]
    assert pairs["pos", "role"] / len(schedule) == pytest.approx(expected, abs=0.02)


def test_a_seed_always_gives_the_same_schedule() -> None:
    first, again, other = (sampled("chunk", uniform(SIZES), 30, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


# Equal total work


def test_work_by_hand() -> None:
    batch = {"chunk": 8, "pos": 16}
    single = together("chunk", [], 160)
    both = together("chunk", ["pos"], 160)
    assert sentences(single, batch) == 1280
    assert sentences(both, batch) == 3840
    assert equal_total_work(both, batch, sentences(single, batch)) == both[:53]  # 53 * 24 = 1272
    assert equal_total_work(single, batch, 1280) == single


@given(st.integers(0, 99), st.integers(20, 200))
def test_a_cut_schedule_does_at_most_the_same_work(seed: int, total: int) -> None:
    batch = {"chunk": 8, "pos": 16, "role": 4}
    schedule = sampled("chunk", uniform(SIZES), 40, seed)
    cut = equal_total_work(schedule, batch, total)
    assert cut == schedule[: len(cut)]
    assert sentences(cut, batch) <= total < sentences(schedule[: len(cut) + 1], batch)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: temperature({}, 1), "must be positive"),
        (lambda: temperature({"a": 0}, 1), "must be positive"),
        (lambda: temperature({"a": 1}, 0), "must be positive"),
        (lambda: sampled("a", {"a": 0.5, "b": 0.4}, 1, 0), "add up to 1"),
        (lambda: sampled("a", {"a": 1.5, "b": -0.5}, 1, 0), "add up to 1"),
        (lambda: sampled("a", {}, 1, 0), "add up to 1"),
        (lambda: sampled("a", {"b": 1.0}, 1, 0), "'a' is never drawn"),
        (lambda: equal_total_work([("a",)], {"a": 8}, 9), "fewer than 9"),
        (lambda: equal_total_work([("a",)], {"a": 8}, 7), "at most 7"),
    ],
)
def test_what_is_no_schedule_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
