"""Chapter 9: of the best span of each passage, which one becomes the answer?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.reading import Question
from mtlbook.data.reading_batches import in_order
from mtlbook.evaluation.reading import exact_match, f1
from mtlbook.evaluation.votes import count_vote, weighted_vote
from mtlbook.experiments.common.reading import Readers
from mtlbook.models.decoding import candidates, factors

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
    readers: Readers, parts: Sequence[Sequence[Question]], ranker: Readers | None = None
) -> np.ndarray:
    """Return how often each way of choosing is right, in per cent, ``(S, len(COLUMNS))``.

    All of them choose among the same spans: the best of each passage.

    Args:
        readers: readers with the heads ``passage``, ``word`` and ``verify``.
        parts: for each reader, the questions it is judged on.
        ranker: others, whose judgement of passages is used in place of the readers' own.
    """
    total = np.zeros((len(parts), len(COLUMNS)))
    for rows, batch in in_order(readers.encode(parts)):
        outputs = dict(readers.fit.outputs(batch))
        if ranker is not None:
            outputs["passage"] = ranker.fit.outputs(batch)["passage"]
        k = batch.passages.shape[2]
        found = candidates(outputs["start"], outputs["end"], k, readers.settings.longest)
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
