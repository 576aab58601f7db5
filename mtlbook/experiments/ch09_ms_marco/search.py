"""Chapter 9: is it the training or one more score? Every arm, judged by every way of choosing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.reading import Question
from mtlbook.data.reading_batches import in_order
from mtlbook.evaluation.reading import count_vote, exact_match, f1, weighted_vote
from mtlbook.experiments.ch09_ms_marco.search_reading import (
    WORLDS,
    Arm,
    add_heads,
    fit_arm,
    fit_rankers,
    search_data,
    tests,
)
from mtlbook.experiments.common.reading import ReadingData
from mtlbook.models.decoding import candidates, factors
from mtlbook.models.networks import Networks
from mtlbook.runs.base import Config, Experiment, grid

BY_SCORE: dict[str, tuple[str, ...]] = {
    "span": (),
    "x passage": ("passage",),
    "x word": ("word",),
    "x verify": ("verify",),
    "x word x verify": ("word", "verify"),
}
"""What is multiplied with the probability of a span."""
LOCAL: dict[str, tuple[str, ...]] = {"local": (), "local x passage": ("passage",)}
"""The same where the words of each passage have probability 1 together: none competes."""
VOTES = {"count vote": count_vote, "weighted vote": weighted_vote}
PICKS = ("span", "passage", "verify")
"""Whose first choice of a passage is looked at: does that passage hold an answer?"""
CHOICES = (*BY_SCORE, *LOCAL, *VOTES)
COLUMNS = (*CHOICES, "F1 of span", *(f"{name} picks" for name in PICKS))


def judge(
    readers: Networks,
    data: ReadingData,
    parts: Sequence[Sequence[Question]],
    ranker: Networks | None = None,
) -> np.ndarray:
    """Return how often each way of choosing is right, in per cent, ``(S, len(COLUMNS))``.

    All of them choose among the same spans: the best of each passage.

    Args:
        readers: ``S`` readers with the heads ``passage``, ``word`` and ``verify``.
        data: what they have learned from.
        parts: for each reader, the questions it is judged on.
        ranker: others, whose judgement of passages is used in place of the readers' own.
    """
    total = np.zeros((len(parts), len(COLUMNS)))
    for rows, batch in in_order(data.encode(parts)):
        with torch.no_grad():
            outputs = readers(batch)
            if ranker is not None:
                outputs["passage"] = ranker(batch)["passage"]
        k = batch.passages.shape[2]
        found = candidates(outputs["start"], outputs["end"], k, data.settings.longest)
        local = found.score - mass(outputs["start"], k) - mass(outputs["end"], k)
        chosen = {
            **{name: found.score + factors(outputs, found, by) for name, by in BY_SCORE.items()},
            **{name: local + factors(outputs, found, by) for name, by in LOCAL.items()},
        }
        places = {name: score.argmax(-1).numpy() for name, score in chosen.items()}
        picks = [found.score, outputs["passage"], outputs["verify"]]
        held = np.stack(
            [batch.holds.gather(-1, p.argmax(-1, keepdim=True)).squeeze(-1).numpy() for p in picks],
            axis=-1,
        )  # (S, B, 3)
        for s, part in enumerate(rows):
            for b, place in enumerate(part):
                question = parts[s][place]
                texts = [
                    question.passages[i].cut(int(found.start[s, b, i]), int(found.end[s, b, i]))
                    for i in range(len(question.passages))
                ]
                scores = found.score[s, b, : len(texts)].tolist()
                winners = [int(places[name][s, b]) for name in chosen]
                winners += [vote(texts, scores) for vote in VOTES.values()]
                right = [exact_match(text, question.answers) for text in texts]
                total[s] += [
                    *(right[i] for i in winners),
                    f1(texts[winners[0]], question.answers),
                    *held[s, b],
                ]
    return 100 * total / len(parts[0])


def mass(scores: Tensor, passages: int) -> Tensor:
    """Return the logarithm of the probability that falls on each passage, ``(..., K)``."""
    return torch.logsumexp(scores.unflatten(-1, (passages, -1)), dim=-1)


V_NET, MARS = ("word", "verify"), ("word", "sentence", "passage")
LR = 0.005
"""The learning rate of all arms: for spans alone the best of three on the first two seeds of
``search-tuning``. With the third, .02 is better by 1.3 points in the world *alone*."""
WEIGHTS = {"S-Net": 1.0, "V-Net": 0.5, "MARS": 0.2}
"""Of each auxiliary loss: the best of three on the first two seeds of ``search-tuning``; with the
third the next smaller is best. MARS's is what its author reports."""


def arm(name: str, weight: float) -> Arm:
    """Return an arm by its name; every auxiliary loss has the same weight."""
    base, _, variant = name.partition(", ")
    tasks = {"S-Net": ("passage",), "V-Net": V_NET, "MARS": MARS}.get(base, ())
    weights = dict.fromkeys(tasks, weight)
    if base == "two networks":
        return Arm(ranker=True, small=True)
    if base == "beginner":
        return Arm(times=1 / 6, learned=100, double=True)
    return Arm(weights, shuffled=variant == "shuffled", times=2.0 if variant == "longer" else 1.0)


TUNED_ON = {"S-Net": ("passage",), "V-Net": V_NET}
"""By what an arm's answers are chosen while it is tuned, beside the span's score."""


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, world, lr = config["arm"], config["world"], config["lr"]
    chosen = arm(name, config["weight"])
    data = search_data(chosen, world, seeds, lr)
    readers = fit_arm(chosen, data)
    parts, by = [split.validation for split in data.splits], TUNED_ON.get(name, ())
    return np.stack([data.exact(readers, parts, by), data.exact(readers, parts)], axis=1)


SEARCH_TUNING = Experiment(
    name="search-tuning",
    question="Which step size, or weight of the auxiliary losses, suits readers of searches?",
    data="generated: mtlbook.toy_reading, toy_search",
    score="exact match in per cent on the halting questions: as the arm chooses, and by the span",
    configs=[
        {"arm": "beginner", "world": "recurs", "lr": 0.01, "weight": 0.0},
        *grid(arm=["span"], world=["recurs", "alone"], lr=[0.005, 0.01, 0.02], weight=[0.0]),
        *grid(arm=["V-Net"], world=["recurs"], lr=[0.01], weight=[0.2, 0.5, 1.0]),
        *grid(arm=["S-Net"], world=["alone"], lr=[0.01], weight=[0.2, 0.5, 1.0]),
    ],
    seeds=range(100, 103),
    measure=_measure_tuning,
    cheap={"arm": "beginner", "world": "recurs", "lr": 0.01, "weight": 0.0},
    columns=("own choice", "span"),
)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, world = config["arm"], config["world"]
    chosen = arm(name, WEIGHTS.get(name.partition(", ")[0], 0.0))
    data = search_data(chosen, world, seeds, LR)
    ranker = fit_rankers(chosen, data) if chosen.ranker else None
    readers = add_heads(fit_arm(chosen, data), chosen, data)
    parts = [[tests(seed, to) for seed in seeds] for to in WORLDS]
    found = [judge(readers, data, part, ranker) for part in parts]
    return np.concatenate(found, axis=1)


SEARCH = Experiment(
    name="search",
    question="Do auxiliary tasks of readers help in training, or as one more score?",
    data="generated: mtlbook.toy_reading, toy_search",
    score="in per cent: exact match, F1 of the span, and right first choices of a passage",
    configs=[
        {"arm": "beginner", "world": "recurs"},
        *grid(arm=["span"], world=["recurs", "alone"]),
        {"arm": "V-Net", "world": "recurs"},
        {"arm": "S-Net", "world": "alone"},
        {"arm": "two networks", "world": "alone"},
        {"arm": "V-Net, shuffled", "world": "recurs"},
        {"arm": "MARS", "world": "recurs"},
        {"arm": "V-Net", "world": "alone"},
        {"arm": "S-Net", "world": "recurs"},
        {"arm": "span, longer", "world": "recurs"},
    ],
    seeds=range(10),
    measure=_measure,
    cheap={"arm": "beginner", "world": "recurs"},
    columns=[f"{world}: {column}" for world in WORLDS for column in COLUMNS],
)
