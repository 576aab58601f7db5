"""mtlbook.evaluation.reading: two votes among the answers of several passages."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.evaluation.reading import count_vote, weighted_vote

Vote = Callable[[Sequence[str], Sequence[float]], int]
BOTH = [count_vote, weighted_vote]
BALLOTS = st.lists(
    st.tuples(st.sampled_from(["a b", "The b", "b", "c", ""]), st.floats(-30, 0)),
    min_size=1,
    max_size=6,
)


def test_most_passages_win_over_the_best_score() -> None:
    texts, scores = ["Lindow", "the Lindow", "Melmouth", "1932"], [-2.0, -2.3, -0.4, -5.0]
    assert count_vote(texts, scores) == 0  # named twice, once with an article
    assert weighted_vote(texts, scores) == 2  # .67 against .14 + .10
    assert weighted_vote(texts, [-1.0, -1.1, -0.9, -5.0]) == 0  # .37 + .33 against .41


def test_a_tie_goes_to_the_best_score() -> None:
    assert count_vote(["a b", "b", "c"], [-3.0, -1.0, -2.0]) == 1
    assert count_vote(["b", "the b", "c", "c"], [-3.0, -2.0, -1.0, -9.0]) == 2


@pytest.mark.parametrize("vote", BOTH)
@given(ballots=BALLOTS, shift=st.floats(-500, 500))
def test_a_vote_is_blind_to_order_and_to_a_common_factor(
    vote: Vote, ballots: list[tuple[str, float]], shift: float
) -> None:
    texts, scores = (
        [t for t, _ in ballots],
        [round(s, 2) + 1e-4 * i for i, (_, s) in enumerate(ballots)],
    )
    winner = vote(texts, scores)
    turned = vote(texts[::-1], scores[::-1])
    assert len(texts) - 1 - turned == winner
    assert vote(texts, [round(s + shift, 9) for s in scores]) == winner


@given(ballots=BALLOTS)
def test_of_different_answers_the_best_score_wins_both_votes(
    ballots: list[tuple[str, float]],
) -> None:
    scores = [s for _, s in ballots]
    texts = [str(i) for i in range(len(scores))]
    best = int(np.argmax(scores))
    assert count_vote(texts, scores) == best
    assert weighted_vote(texts, scores) == best


@pytest.mark.parametrize("vote", BOTH)
def test_numbers_must_agree(vote: Vote) -> None:
    with pytest.raises(ValueError, match="0 answers with 0"):
        vote([], [])
    with pytest.raises(ValueError, match="2 answers with 1"):
        vote(["a", "b"], [0.0])
