"""The checks of chapter 2's exercises: stubs, common slips, and right answers."""

from typing import Any

import numpy as np
import pytest

from mtlbook.evaluation.panel import ARMS
from mtlbook.exercises import Status, chapter02, verdict
from tests.hints import assert_hint

REPORTS = {
    "a": "single task, as many parameters",
    "b": "main task copied",
    "c": "unrelated tasks",
    "d": "single task, twice the steps",
    "e": "targets as inputs",
}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("2.1", dict.fromkeys(REPORTS, ...)),
        ("2.2", lambda _tasks, _rho: None),
        ("2.3", lambda _loss: None),
        ("2.4", {"tasks": ..., "weight": ...}),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 2.1


def test_the_five_controls_are_right() -> None:
    assert verdict("2.1", REPORTS).status == Status.RIGHT
    assert set(REPORTS.values()) <= set(ARMS)


@pytest.mark.parametrize("sentence", REPORTS)
def test_each_sentence_is_checked(sentence: str) -> None:
    assert_hint("2.1", {**REPORTS, sentence: "multi-task"}, f"{sentence}: ")


def test_the_shuffle_control_does_not_answer_a_shuffle_control() -> None:
    assert_hint("2.1", {**REPORTS, "c": "shuffled jointly"}, "labels that can?")


def test_names_are_those_of_the_panel() -> None:
    assert_hint("2.1", {**REPORTS, "b": "copy"}, "main task copied")
    assert_hint("2.1", {"a": "main task copied"}, "expected the keys")


# 2.2


def test_common_noise_stays() -> None:
    assert verdict("2.2", lambda tasks, rho: rho + (1 - rho) / tasks).status == Status.RIGHT


@pytest.mark.parametrize(
    ("slip", "word"),
    [
        (lambda tasks, _: 1 / tasks, "independent noise"),
        (lambda tasks, rho: (1 + rho) / tasks, "instead of"),
        (lambda tasks, rho: rho**2 + (1 - rho**2) / tasks, "instead of"),
        (lambda _, rho: rho, "instead of"),
    ],
)
def test_slips_with_common_noise_get_a_hint(slip: Any, word: str) -> None:
    assert_hint("2.2", slip, word)


# 2.3


def wells(loss: np.ndarray) -> int:
    loss = np.asarray(loss)
    return int(((loss < np.roll(loss, 1)) & (loss <= np.roll(loss, -1))).sum())


def test_counting_round_the_circle_is_right() -> None:
    assert verdict("2.3", wells).status == Status.RIGHT


def test_forgetting_the_circle_is_told_so() -> None:
    def inside(loss: np.ndarray) -> int:
        return int(((loss[1:-1] < loss[:-2]) & (loss[1:-1] <= loss[2:])).sum())

    assert_hint("2.3", inside, "neighbours")


def test_counting_maxima_too_is_told_so_and_sorting_in_place_does_no_harm() -> None:
    assert_hint("2.3", lambda loss: 2 * wells(loss), "got 2")

    def sorts(loss: np.ndarray) -> int:
        count = wells(loss)
        loss.sort()
        return count

    assert verdict("2.3", sorts).status == Status.RIGHT


# 2.4


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        ({"tasks": ["left edge"]}, "expected the keys"),
        ({"tasks": ["steering"], "weight": 1}, "no 'steering'"),
        ({"tasks": [], "weight": 1}, "one or more tasks"),
        ({"tasks": ["left edge", "left edge"], "weight": 1}, "each once"),
        ({"tasks": ["left edge"], "weight": 0}, "above zero"),
    ],
)
def test_a_choice_that_is_none_is_told_so(answer: Any, word: str) -> None:
    assert_hint("2.4", answer, word)


def test_all_nine_tasks_at_full_weight_do_not_pass() -> None:
    tasks = list(chapter02.ROAD_TASKS[1:])
    assert_hint("2.4", {"tasks": tasks, "weight": 1.0}, "must lie below zero")
