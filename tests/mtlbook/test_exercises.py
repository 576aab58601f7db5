"""mtlbook.exercises: what is said to a stub, to wrong answers, and to right ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mtlbook.data.logic import boolean_tasks
from mtlbook.exercises import Status, chapter01, chapters, check, checks, verdict
from tests.hints import assert_hint

# A rival's name to its strengths, or labels to a share; or a function.
Answer = Any
CHECKS = [number for chapter in chapters() for number in checks(chapter)]


# All exercises


@pytest.mark.parametrize("number", CHECKS)
def test_dots_are_no_attempt(number: str) -> None:
    result = verdict(number, ...)
    assert result.status == Status.NOT_ATTEMPTED
    assert result.message == ""


@pytest.mark.parametrize("number", ["1.9", "", "1", "11"])
def test_an_exercise_that_is_not_there_is_refused(number: str) -> None:
    with pytest.raises(KeyError, match=r"no exercise .* the package is older"):
        verdict(number, 0)


@pytest.mark.parametrize("number", ["1.3", "1.4"])
def test_what_is_no_function_is_told_so(number: str) -> None:
    assert_hint(number, 7, "expected a function")


@pytest.mark.parametrize("number", ["1.3", "1.4"])
def test_an_answer_that_stops_is_told_with_what(number: str) -> None:
    def stops(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    assert_hint(number, stops, "ZeroDivisionError: by nought")


@pytest.mark.parametrize("number", ["1.1", "1.2"])
def test_an_answer_of_another_kind_is_told_so(number: str) -> None:
    assert_hint(number, [0.5, 1.0], "expected a dictionary")


@pytest.mark.parametrize("number", ["1.1", "1.2"])
def test_other_keys_are_told_the_right_ones(number: str) -> None:
    right = {"1.1": "T1 and T2", "1.2": "one regression for all"}[number]
    assert_hint(number, {"T9": 0.5}, right)


def test_check_prints_the_verdict_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    for answer in (..., {**SHARES, "T1": (0.5, 0.5)}, SHARES):
        check("1.1", answer)
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "Exercise 1.1: not attempted yet."
    assert second.startswith("Exercise 1.1: not yet. T1: in half of the patterns")
    assert third.startswith("Exercise 1.1: right. ")


# 1.1

SHARES = {  # (without B1, with B1)
    "T1": (0.25, 0.5),
    "T1 and T2": (1.0, 1.0),
    "T1 and T3": (0.5, 1.0),
    "T1 and T4": (0.5, 0.5),
}


def test_shares_the_stub_is_no_attempt() -> None:
    assert verdict("1.1", dict.fromkeys(SHARES, ...)).status == Status.NOT_ATTEMPTED
    assert verdict("1.1", {**SHARES, "T1": ...}).status == Status.NOT_ATTEMPTED


def test_shares_the_right_ones_are_those_of_a_count() -> None:
    """Count, among the 256 patterns, those whose labels leave one parity possible."""
    cases = [(b1, p) for b1 in (False, True) for p in (False, True)]

    def labels(b1: bool, p: bool) -> list[bool]:
        return [b1 or p, not b1 or p, b1 and p, not b1 and p]

    counted = {}
    for name, tasks in {
        "T1": [0],
        "T1 and T2": [0, 1],
        "T1 and T3": [0, 2],
        "T1 and T4": [0, 3],
    }.items():
        told = []
        for sees_b1 in (False, True):
            count = 0
            for b1, p in cases:  # each stands for 64 patterns
                shown = [labels(b1, p)[t] for t in tasks]
                others = (b1,) if sees_b1 else (False, True)
                count += all([labels(o, not p)[t] for t in tasks] != shown for o in others)
            told.append(count / 4)
        counted[name] = tuple(told)
    assert counted == SHARES
    assert verdict("1.1", counted).status == Status.RIGHT


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"T1": (0.5, 0.5)}, "T1: in half of the patterns the label depends on P"),
        ({"T1": (0.0, 0.5)}, "T1, without B1: the parity can be told in more patterns"),
        ({"T1": (0.25, 1.0)}, "T1, with B1: the parity can be told in fewer patterns"),
        ({"T1 and T2": (0.75, 1.0)}, "T1 and T2, without B1: the parity can be told in more"),
        ({"T1 and T3": (0.5, 0.5)}, "T1 and T3, with B1: the parity can be told in more"),
        ({"T1 and T3": (1.0, 1.0)}, "T1 and T3, without B1: the parity can be told in fewer"),
        ({"T1 and T4": (0.5, 1.0)}, "T1 and T4, with B1: the parity can be told in fewer"),
        ({"T1": (25, 50)}, "T1: 25 is not a share between 0 and 1"),
        ({"T1": 0.25}, "two shares, without B1 and with it"),
        ({"T1": (float("nan"), 0.5)}, "two shares, without B1 and with it"),
    ],
    ids=str,
)  # fmt: skip
def test_shares_a_wrong_one_is_named(wrong: dict[str, Any], word: str) -> None:
    assert_hint("1.1", {**SHARES, **wrong}, word)


# 1.2


def strengths(firm: Answer = 0.0, pooled: Answer = 1e6, level: Answer = (0, 1e6, 1e6)) -> Answer:
    return {
        "one regression per firm": firm,
        "one regression for all": pooled,
        "one regression with a firm intercept": level,
    }


def test_strengths_the_stub_is_no_attempt() -> None:
    assert verdict("1.2", strengths(..., ..., ...)).status == Status.NOT_ATTEMPTED
    assert verdict("1.2", strengths(level=...)).status == Status.NOT_ATTEMPTED


@pytest.mark.parametrize("tied", [1e5, 1e6, 1e9])
def test_strengths_zero_and_large_ones_are_right(tied: float) -> None:
    for free in (0, [0, 0, 0]):
        answer = strengths(free, [tied] * 3, np.array([0, tied, tied]))
        assert verdict("1.2", answer).status == Status.RIGHT


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (strengths(firm=1e6), "per firm: the intercepts are tied, and should be free"),
        (strengths(firm=[0, 0, 1e6]), "per firm: the slopes for capital are tied"),
        (strengths(firm=0.5), "between free and tied is left over"),
        (strengths(pooled=0), "for all: the intercepts still differ"),
        (strengths(pooled=10), "for all: the intercepts still differ"),
        (strengths(pooled=[1e6, 0, 1e6]), "for all: the slopes for market value still differ"),
        (strengths(level=[1e6, 0, 0]), "firm intercept: the intercepts are tied"),
        (strengths(level=0), "firm intercept: the slopes for market value still differ"),
        (strengths(level=[0, 1e6]), "give one number, or three in a list"),
        (strengths(firm=-1), "a strength cannot be negative"),
    ],
    ids=str,
)
def test_strengths_a_wrong_one_is_named(answer: Answer, word: str) -> None:
    assert_hint("1.2", answer, word)


@pytest.mark.parametrize("tied", [np.inf, 1e16], ids=str)
def test_strengths_beyond_reckoning_are_not_called_too_weak(tied: float) -> None:
    result = verdict("1.2", strengths(0, tied, [0, tied, tied]))
    assert result.status == Status.NOT_YET
    assert "still differ" not in result.message
    assert "between free and tied" not in result.message


# 1.3


def shuffled(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    result = targets.copy()
    result[:, 1:] = targets[rng.permutation(len(targets)), 1:]
    return result


def rotated_by_rng(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    extra = np.roll(targets[:, 1:], int(rng.integers(1, len(targets))), axis=0)
    return np.column_stack([targets[:, 0], extra])


@pytest.mark.parametrize(
    "answer", [shuffled, lambda t, rng: shuffled(t, rng).tolist()],
    ids=["permutation", "as a list"],
)  # fmt: skip
def test_shuffling_the_extra_targets_together_is_right(answer: Answer) -> None:
    assert verdict("1.3", answer).status == Status.RIGHT


def everything(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(targets)


def one_by_one(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.column_stack([targets[:, 0], *(rng.permutation(c) for c in targets.T[1:])])


def in_place(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    targets[:, 1:] = targets[rng.permutation(len(targets)), 1:]
    return targets


def with_replacement(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    draws = rng.integers(len(targets), size=len(targets))
    return np.column_stack([targets[:, 0], targets[draws, 1:]])


def by_its_own_seed(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return shuffled(targets, np.random.default_rng(0))


def only_the_first_extra(targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    result = targets.copy()
    result[:, 1] = rng.permutation(result[:, 1])
    return result


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (everything, "column 0 is the main task"),
        (rotated_by_rng, "as if all had been moved alike"),
        (one_by_one, "one permutation for all of them"),
        (only_the_first_extra, "one permutation for all of them"),
        (in_place, "copy it"),
        (with_replacement, "do not draw with replacement"),
        (lambda targets, rng: targets.copy(), "nothing was shuffled"),
        (by_its_own_seed, "draw the permutation from rng"),
        (lambda targets, rng: shuffled(targets, rng)[:, 1:], "the shape changed"),
    ],
    ids=[
        "all",
        "rotated",
        "one by one",
        "first only",
        "in place",
        "replaced",
        "unmoved",
        "own seed",
        "cut",
    ],
)
def test_shuffling_otherwise_is_named(answer: Answer, word: str) -> None:
    assert_hint("1.3", answer, word)


# 1.4


@pytest.fixture(scope="module")
def alone() -> Any:
    return chapter01._alone()


@pytest.fixture
def trained_once(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ten networks without an extra task are the same in each call."""
    monkeypatch.setattr(chapter01, "_alone", lambda: alone)


def parity(bits: np.ndarray) -> np.ndarray:
    return bits[:, 3:].sum(axis=1) % 2


RIGHT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "the parity": parity,
    "its opposite": lambda bits: 1 - parity(bits),
}
WRONG: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "an input": lambda bits: bits[:, 3],
    "half the parity": lambda bits: bits[:, 3:6].sum(axis=1) % 2,
    "B1 xor P": lambda bits: bits[:, 0] ^ parity(bits),
    "random": lambda bits: np.random.default_rng(0).integers(2, size=len(bits)),
}


@pytest.mark.usefixtures("trained_once")
@pytest.mark.parametrize("answer", RIGHT.values(), ids=RIGHT.keys())
def test_a_task_that_helps_is_right_with_its_gain(answer: Answer) -> None:
    result = verdict("1.4", answer)
    assert result.status == Status.RIGHT
    assert result.message.startswith("T1 gains +0.")
    assert result.message.endswith(", n = 10.")


@pytest.mark.usefixtures("trained_once")
@pytest.mark.parametrize("answer", WRONG.values(), ids=WRONG.keys())
def test_a_task_that_does_not_help_is_told_its_interval(answer: Answer) -> None:
    assert_hint("1.4", answer, "n = 10: the interval reaches down to zero or below")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda bits: boolean_tasks(bits)[:, 0], "this is T1, or its negation"),
        (lambda bits: 1 - boolean_tasks(bits)[:, 2], "this is T3, or its negation"),
        (lambda bits: np.ones(256), "nothing to learn"),
        (lambda bits: np.full(256, 0.5), "must be 0 or 1"),
        (lambda bits: boolean_tasks(bits), "got shape (256, 4)"),
        (lambda bits: bits.sum(), "expected 256 labels"),
    ],
    ids=["T1", "not T3", "constant", "halves", "all four", "one number"],
)
def test_a_task_that_cannot_help_is_named(answer: Answer, word: str) -> None:
    assert_hint("1.4", answer, word)


def test_labels_are_found_for_patterns_in_any_order() -> None:
    """The networks see the patterns of their split, not the 256 in order."""
    (x, y), _ = chapter01.boolean_split([5])
    bits = chapter01.boolean_patterns()
    for task in range(4):
        found = chapter01._labels_of(x, boolean_tasks(bits)[:, task])
        assert found.tolist() == y[..., task].tolist()
