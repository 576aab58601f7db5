"""The checks of chapter 9's exercises: stubs, common slips, and right answers."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mtlbook.evaluation.reading import count_vote, normalised, weighted_vote
from mtlbook.exercises import Status, verdict
from mtlbook.exercises.chapter09 import CHOICES, count_parameters
from mtlbook.experiments.ch09_ms_marco.search_reading import SMALL
from tests.hints import assert_hint

MOVES = {name: right for name, (right, _) in CHOICES.items()}


@pytest.mark.parametrize(
    ("number", "stub"),
    [
        ("9.1", dict.fromkeys(MOVES, ...)),
        ("9.2", lambda _answers: None),
        ("9.3", lambda _texts, _scores, _power: None),
        ("9.4", ...),
        ("9.5", lambda _texts, _scores: None),
    ],
)
def test_a_stub_is_no_attempt(number: str, stub: Any) -> None:
    assert verdict(number, stub).status == Status.NOT_ATTEMPTED


# 9.1


def test_what_moves_is_right() -> None:
    assert verdict("9.1", MOVES).status == Status.RIGHT


@pytest.mark.parametrize("choice", MOVES)
def test_each_choice_is_checked(choice: str) -> None:
    assert_hint("9.1", {**MOVES, choice: not MOVES[choice]}, f"{choice}: ")


def test_answers_are_true_or_false() -> None:
    assert_hint("9.1", {**MOVES, "span": "no"}, "True or False")


# 9.2


def weights(answers: Tensor) -> Tensor:
    scores = answers @ answers.T
    return scores.fill_diagonal_(0).softmax(dim=1)


def masked(answers: Tensor) -> Tensor:
    return (answers @ answers.T).fill_diagonal_(-torch.inf).softmax(dim=1)


def test_the_published_weights_are_right() -> None:
    assert verdict("9.2", weights).status == Status.RIGHT
    assert verdict("9.2", lambda answers: weights(answers).float()).status == Status.RIGHT


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (masked, "chapter's own version"),
        (lambda a: (a @ a.T).softmax(dim=1), "compared with itself"),
        (lambda a: (a @ a.T).softmax(dim=1).fill_diagonal_(0), "not the weights"),
        (lambda a: weights(a).T, "exchanged"),
        (lambda a: (a @ a.T).fill_diagonal_(0).softmax(dim=0), "exchanged"),
        (lambda a: weights(a)[0], "shape"),
        (lambda a: weights(2 * a), "differ"),
    ],
)
def test_slips_with_weights(wrong: Callable[[Tensor], Any], hint: str) -> None:
    assert_hint("9.2", wrong, hint)


# 9.3


def soft(texts: Sequence[str], scores: Sequence[float], power: float) -> int:
    same = [normalised(text) for text in texts]

    def total(k: int) -> float:
        return sum(math.exp(power * s) for t, s in zip(same, scores, strict=True) if t == same[k])

    return max(range(len(same)), key=lambda k: (round(total(k), 12), scores[k]))


def worst_of_the_winner(texts: Sequence[str], scores: Sequence[float], power: float) -> int:
    best = soft(texts, scores, power)
    if not power:
        return best
    same = [normalised(text) for text in texts]
    return min((k for k in range(len(same)) if same[k] == same[best]), key=lambda k: scores[k])


def test_the_soft_count_is_right() -> None:
    assert verdict("9.3", soft).status == Status.RIGHT


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda t, s, _: count_vote(t, s), "add up exp"),
        (lambda t, s, _: weighted_vote(t, s), "the count vote"),
        (lambda t, s, p: soft([f"{i}" for i in range(len(t))], s, p), "the count vote"),
        (lambda t, s, p: t[soft(t, s, p)], "the place of a passage"),
        (lambda t, s, p: soft(t, [-x for x in s], p), ""),
        (lambda t, s, p: worst_of_the_winner(t, s, p), "the winner's passages"),
    ],
)
def test_slips_with_soft_counts(wrong: Callable[..., Any], hint: str) -> None:
    assert_hint("9.3", wrong, hint)


def test_a_tie_is_checked() -> None:
    def first(texts: Sequence[str], scores: Sequence[float], power: float) -> int:
        if power:
            return soft(texts, scores, power)
        same = [normalised(text) for text in texts]
        return max(range(len(same)), key=lambda k: same.count(same[k]))

    assert_hint("9.3", first, "of a tie")


# 9.4


def test_the_width_of_the_chapter_is_right() -> None:
    assert verdict("9.4", SMALL["hidden"]).status == Status.RIGHT
    assert verdict("9.4", np.int64(SMALL["hidden"])).status == Status.RIGHT


def test_other_widths_are_not() -> None:
    assert_hint("9.4", SMALL["hidden"] + 1, "too many")
    assert_hint("9.4", SMALL["hidden"] - 1, "there is room")
    assert_hint("9.4", 100, "a whole number")


def test_parameters_are_counted_by_hand() -> None:
    with_head, without = (count_parameters(50, 8, 6, heads) for heads in (["passage"], []))
    # weigh 6 + 1, inner 12 x 6 + 6, outer 6 + 1
    assert with_head - without == 7 + 78 + 7
    assert count_parameters(51, 8, 6, []) - without == 8


# 9.5


def test_a_bonus_for_each_further_vote_is_right() -> None:
    def bonus(texts: Sequence[str], scores: Sequence[float]) -> int:
        return max(range(4), key=lambda k: scores[k] + 3 * texts.count(texts[k]))

    assert verdict("9.5", bonus).status == Status.RIGHT
    assert verdict("9.5", lambda texts, scores: soft(texts, scores, 0.2)).status == Status.RIGHT


def test_no_place_is_right_in_every_question() -> None:
    assert_hint("9.5", lambda _texts, _scores: 0, "mean over three worlds")


def test_no_text_tells_what_it_is() -> None:
    assert_hint("9.5", lambda texts, _: min(range(4), key=texts.__getitem__), "mean over three")
    assert_hint("9.5", lambda texts, _: texts.index("right"), "")


@pytest.mark.parametrize("rule", [count_vote, weighted_vote, lambda _, s: int(np.argmax(s))])
def test_no_rule_of_the_chapter_is_good_enough(rule: Callable[..., int]) -> None:
    assert_hint("9.5", rule, "mean over three worlds")


def test_a_rule_returns_a_place() -> None:
    assert_hint("9.5", lambda texts, _: texts[0], "the place of a passage")
