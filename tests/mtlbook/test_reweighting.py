"""chapter code: reweighting: what readers are given, and how they are judged."""

from collections import Counter

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.experiments.ch08_mrc_multitask.reweighting import (
    HARD,
    QUESTIONS,
    STYLES,
    TREATMENTS,
    WORLDS,
    auxiliary,
    epochs,
    is_wide,
    learning_rate,
    treat,
    treated_split,
)
from mtlbook.experiments.common.reading import TARGET
from mtlbook.training.mt_san import cross_entropy_differences, rescaled


@pytest.mark.parametrize("world", ["clean", "off-domain, 1/2", HARD])
def test_a_world_has_its_share_of_odd_questions(world: str) -> None:
    of = WORLDS[world]
    given = auxiliary(world, "search", 0)
    assert len(given) == QUESTIONS
    assert sum(odd for _, odd in given) == of.share * QUESTIONS
    for question, odd in given:
        assert ("off-domain" in question.source) == (odd and of.off_domain)
        assert ("wide" in question.source) == (odd and of.wide)


def test_worlds_differ_in_what_they_are_about_only() -> None:
    for plain, wide in zip(
        auxiliary("clean, same style", "search", 1),
        auxiliary("wide, 1/2, same style", "search", 1),
        strict=True,
    ):
        assert wide[1] or plain[0] == wide[0]


def treated(name: str) -> tuple[list[bool], np.ndarray, np.ndarray]:
    """Which of the kept questions are odd, their weights, and those before the treatment."""
    target = treated_split("clean", "all alike", 0).sources[TARGET]
    given = auxiliary(HARD, "newspaper", 0)
    odd = {id(q): strange for q, strange in given}
    kept, weights = treat(TREATMENTS[name], target, given, seed=3)
    plain = rescaled(np.add(*cross_entropy_differences(target, [q for q, _ in given])))
    return [odd[id(q)] for q in kept], weights, plain


def test_weights_and_their_controls() -> None:
    plain = treated("weights")[2]
    assert (treated("all alike")[1] == 1).all()
    assert np.array_equal(treated("weights")[1], plain)
    scaled = treated("weights, mean one")[1]
    assert scaled.mean() == pytest.approx(1)
    assert np.allclose(scaled, plain / plain.mean())
    for name, straight in (("weights", plain), ("weights, mean one", scaled)):
        shuffled = treated(f"{name}, shuffled")[1]
        assert np.allclose(np.sort(shuffled), np.sort(straight))
        assert not np.allclose(shuffled, straight)


def test_selections() -> None:
    odd, weights, plain = treated("nearest quarter")
    assert len(odd) == len(weights) == QUESTIONS // 4
    assert (weights == 1).all()
    assert np.mean(odd) < 0.3  # three quarters of all are odd
    assert np.mean(treated("random quarter")[0]) > 0.5
    assert treated("oracle")[0] == [False] * (QUESTIONS // 4)
    kept, _ = treat(TREATMENTS["nearest half"], *_half())
    assert {q.id for q in kept} == {_half()[1][i][0].id for i in np.argsort(-plain)[:100]}


def _half() -> tuple[list, tuple, int]:  # type: ignore[type-arg]
    target = treated_split("clean", "all alike", 0).sources[TARGET]
    return list(target), auxiliary(HARD, "newspaper", 0), 3


def test_target_validation_and_test_are_the_same_for_all() -> None:
    first, second = treated_split("clean", "all alike", 1), treated_split(HARD, "oracle", 1)
    assert first.sources[TARGET] == second.sources[TARGET]
    assert first.validation == second.validation
    assert first.test == second.test
    assert set(second.sources) == {TARGET, *STYLES}


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_the_ratio_counts_auxiliary_batches_for_each_of_the_target(ratio: float) -> None:
    counts = Counter(name for update in epochs(ratio, 50) for name in update)
    assert counts[TARGET] == 50
    # The last epoch ends with its last target batch.
    assert ratio * 50 - 5 <= sum(counts[style] for style in STYLES) <= ratio * 50


@pytest.mark.parametrize(
    ("answer", "wide"),
    [
        ("1850", False),
        ("the 1850", False),  # as the scorer forgives it
        ("in the spring of 1850", True),
        ("11850", False),
        ("spring", False),
    ],
)
def test_a_wide_answer_holds_the_right_one_and_more(answer: str, wide: bool) -> None:
    assert is_wide(answer, "1850") == wide


def test_shuffled_weights_and_other_shares_learn_at_the_rate_of_their_like() -> None:
    assert learning_rate(HARD, "oracle") == 0.005
    assert learning_rate(HARD, "weights, shuffled") == learning_rate(HARD, "weights")
    for treatment in TREATMENTS:
        for world in WORLDS:
            assert learning_rate(world, treatment) == learning_rate(HARD, treatment)
    assert learning_rate("none", "all alike") == 0.01
    tuned, tried = (runs.load(name) for name in ("reweighting-tuning", "reweighting"))
    assert not set(tuned["seed"]) & set(tried["seed"])
