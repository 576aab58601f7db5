"""Checks for the exercises of chapter 9."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from mtlbook.evaluation.reading import count_vote, normalised, weighted_vote
from mtlbook.exercises.answers import choose, match, whole
from mtlbook.exercises.base import attempt, require
from mtlbook.models.reader import Reader

Rule = Callable[[Sequence[str], Sequence[float]], int]

CHOICES = {
    "span": (False, "its score is the reader's own, and the reader is frozen"),
    "x passage": (True, "the factor comes from a head that has just been trained"),
    "count vote": (False, "who votes? The best span of each passage. Has one of them moved?"),
    "weighted vote": (False, "it adds up the probabilities of spans. Whose are they?"),
    "x word x verify": (True, "both factors come from new heads"),
    "best possible choice": (
        False,
        "an oracle picks among the same best spans, whatever the heads say",
    ),
}
WORDS, JOINT = 959, (16, 24)  # words of a seed's questions; width and hidden of the joint reader
FRESH, TRIED = 900, 1800
RIVALS: dict[str, Rule] = {
    "the span's score": lambda _texts, scores: int(np.argmax(scores)),
    "the count vote": count_vote,
    "the weighted vote": weighted_vote,
}


def what_can_move(answer: dict[str, Any]) -> str:
    """Exercise 9.1: which scores heads on a frozen reader can change."""
    choose(answer, CHOICES, (True, False))
    return "What cannot move is where spans are found; what can is which of them is taken."


def published_weights(answer: Any) -> str:
    """Exercise 9.2: the weights of V-Net's formula, where a passage has the score 0 with itself."""
    generator = torch.Generator().manual_seed(0)
    for k, width in ((3, 2), (5, 4), (1, 3)):
        answers = torch.randn(k, width, generator=generator, dtype=torch.float64)
        scores, own = answers @ answers.T, torch.eye(k, dtype=torch.bool)
        right = scores.masked_fill(own, 0).softmax(dim=1)
        slips = {
            "that is the chapter's own version; with the score 0 a passage keeps some weight": (
                scores.masked_fill(own, -torch.inf).softmax(dim=1)
            ),
            "each passage is compared with itself: set these scores to 0 before the softmax": (
                scores.softmax(dim=1)
            ),
            "the scores are set to 0, not the weights: each row must add up to 1": (
                scores.softmax(dim=1).masked_fill(own, 0)
            ),
            "rows and columns are exchanged: row k holds the weights of passage k": right.T,
        }
        match(attempt(answer, answers), right, f"{k} passages", slips if k > 1 else {})
    return "A passage's own weight is 1 / (1 + the sum of exp(s) over the others)."


def soft_count(answer: Any) -> str:
    """Exercise 9.3: a vote of which both votes of the chapter are special cases."""
    rng = np.random.default_rng(0)
    for case in range(60):
        k = int(rng.integers(1, 6))
        texts = [("the " if rng.random() < 0.3 else "") + "abc"[i] for i in rng.integers(3, size=k)]
        scores = [float(s) for s in rng.normal(-3, 2, size=k)]
        for beta in (0.0, 0.3, 1.0):
            given = _place(attempt(answer, texts, scores, beta), k)
            same = [normalised(text) for text in texts]
            totals: dict[str, float] = {}
            for text, score in zip(same, scores, strict=True):
                totals[text] = totals.get(text, 0.0) + float(np.exp(beta * score))
            best = max(totals.values())
            hint = (
                "with beta 0 every passage counts 1: the count vote"
                if beta == 0
                else "add up exp(beta · score) over the passages with the same normalised answer"
            )
            require(totals[same[given]] > best * (1 - 1e-6), f"case {case}, beta {beta}: {hint}")
            tied = [s for t, s in zip(same, scores, strict=True) if totals[t] > best * (1 - 1e-6)]
            require(
                scores[given] == max(tied),
                "of the winner's passages, or of a tie, the best score decides",
            )
    return "Counting and adding up are two settings of one rule."


def _place(given: Any, passages: int) -> int:
    """Read the place of a passage."""
    wanted = f"expected the place of a passage, 0 to {passages - 1}, got {given!r}"
    require(not isinstance(given, str | bool), wanted)
    place = whole(given)
    require(0 <= place < passages, wanted)
    return place


def count_parameters(words: int, width: int, hidden: int, heads: Sequence[str]) -> int:
    """Return how many parameters a reader of this size has."""
    return sum(p.numel() for p in Reader(words, width, hidden, 2, heads).parameters())


def matched_width(answer: Any) -> str:
    """Exercise 9.4: two networks that are together as large as one."""
    width = whole(answer)
    require(4 <= width <= 64, "expected a whole number, 4 to 64")
    one = count_parameters(WORDS, *JOINT, ["passage"])
    two, more = (
        count_parameters(WORDS, 8, hidden, []) + count_parameters(WORDS, 8, hidden, ["passage"])
        for hidden in (width, width + 1)
    )
    require(two <= one, f"the pair has {two:,} parameters, the joint reader {one:,}: too many")
    require(more > one, f"the pair has {two:,} parameters, the joint reader {one:,}: there is room")
    return f"The pair has {two:,} parameters, the joint reader {one:,}."


def one_rule(answer: Any) -> str:
    """Exercise 9.5: a rule that is good in three worlds without knowing which it is in."""
    own, rivals = _mean_em(answer, 1, TRIED), {name: _rival(name, 1, TRIED) for name in RIVALS}
    name, best = max(rivals.items(), key=lambda rival: rival[1])
    require(
        own > best + 1,
        f"mean over three worlds {own:.1f}; {name} has {best:.1f}. One vote can be right by "
        "chance, and a good score too: what would you pay for a second vote?",
    )
    fresh, other = _mean_em(answer, 2, FRESH), _rival(name, 2, FRESH)
    return f"On fresh questions {fresh:.1f}, against {other:.1f} of {name}."


def simulated(world: int, rng: np.random.Generator) -> tuple[list[str], list[float], str]:
    """Draw the best spans of four passages, their scores, and which text is right.

    In world 0 two passages are right and one is wrong; in world 1 one is right and two of the
    others repeat a rival; in world 2 one is right and one is wrong. Neither a text nor its place
    tells what it is: both are drawn anew for each question.
    """
    stated = (["right", "right", "wrong"], ["right"], ["right", "wrong"])[world]
    others = (["rival"], ["rival", "rival", "matter"], ["rival", "matter"])[world]
    kinds, means = [*stated, *others], [0.0] * len(stated) + [-8.0] * len(others)
    letters = map(str, rng.permutation(list("bcdefgh")))  # "a" would be an article
    names = dict(zip(("right", "wrong", "rival", "matter"), letters, strict=False))
    scores, order = rng.normal(means, 3.0), rng.permutation(len(means))
    return [names[kinds[k]] for k in order], [float(scores[k]) for k in order], names["right"]


def _mean_em(rule: Any, seed: int, questions: int) -> float:
    right = []
    for world in range(3):
        rng = np.random.default_rng([9, seed, world])
        for _ in range(questions // 3):
            texts, scores, truth = simulated(world, rng)
            place = _place(attempt(rule, texts, scores), len(texts))
            right.append(texts[place] == truth)
    return 100 * float(np.mean(right))


@lru_cache(maxsize=8)
def _rival(name: str, seed: int, questions: int) -> float:
    return _mean_em(RIVALS[name], seed, questions)
