"""Readers: what they lose on a batch, what stops them, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.data.reading import CodedQuestions, Span
from mtlbook.data.reading_batches import ReadingBatch, in_order
from mtlbook.models.attention import NEVER
from mtlbook.models.decoding import Candidates, candidates, choose, factors
from mtlbook.models.networks import Networks

Found = Mapping[str, Tensor]
Scored = tuple[Span, float]


# What is lost, question by question


def start_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of the answer's start, ``(B,)``."""
    return -found["start"].gather(-1, batch.start[..., None]).squeeze(-1)


def end_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of the answer's end, ``(B,)``."""
    return -found["end"].gather(-1, batch.end[..., None]).squeeze(-1)


def span_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of the answer's start plus that of its end, ``(B,)``."""
    return start_loss(found, batch) + end_loss(found, batch)


def word_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of "is this word part of an answer?", the mean over words, ``(B,)``."""
    return _binary(found["word"], batch.inside, batch.passages > 0, 2)


def sentence_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of "does this sentence hold an answer?", the mean over them, ``(B,)``."""
    holds = (batch.members * batch.inside[..., None, :]).amax(-1)
    return _binary(found["sentence"], holds, batch.members.any(-1), 2)


def passage_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of "does this passage hold an answer?", the mean over them, ``(B,)``."""
    return _binary(found["passage"], batch.holds, batch.there, 1)


def verify_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Minus the log-probability of all passages that hold an answer together, ``(B,)``.

    With a single such passage it is the cross-entropy of V-Net.
    """
    return -found["verify"].masked_fill(batch.holds == 0, NEVER).logsumexp(-1)


def _binary(logits: Tensor, targets: Tensor, there: Tensor, over: int) -> Tensor:
    """Average the cross-entropy over what is there, in the last ``over`` dimensions."""
    loss = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none") * there
    last = tuple(range(-over, 0))
    return loss.sum(last) / there.sum(last)


LOSSES: dict[str, Callable[[Found, ReadingBatch], Tensor]] = {
    "span": span_loss,
    "start": start_loss,
    "end": end_loss,
    "word": word_loss,
    "sentence": sentence_loss,
    "passage": passage_loss,
    "verify": verify_loss,
}


# What is minimised


def reading_losses(
    weights: Mapping[str, float],
) -> Callable[[nn.Module, ReadingBatch], dict[str, Tensor]]:
    """Return what makes the losses of one reader on its batch, to be given to ``fit``.

    A question's loss is multiplied by the question's own weight, and the mean is taken over the
    questions, as in MT-SAN (Xu et al. 2019).

    Args:
        weights: weight of each task: of ``span``, or of ``start`` or ``end``, its halves; and of
            the reader's heads.

    Raises:
        ValueError: if a task is unknown.
    """
    if not weights or not weights.keys() <= LOSSES.keys():
        raise ValueError(f"weights: {sorted(weights)}, expected some of {sorted(LOSSES)}")

    def losses(network: nn.Module, batch: ReadingBatch) -> dict[str, Tensor]:
        found = network(batch)
        return {
            task: weight * (LOSSES[task](found, batch) * batch.weight).mean()
            for task, weight in weights.items()
        }

    return losses


def kept_steps(
    draws: Sequence[np.random.Generator], questions: int, steps: int, drop: float
) -> Tensor:
    """Draw which steps of the answer module count, ``(S, B, steps)``; one always does."""
    found = []
    for draw in draws:
        kept = draw.random((questions, steps)) >= drop
        kept[np.arange(questions), draw.integers(steps, size=questions)] = True
        found.append(kept)
    return torch.from_numpy(np.stack(found)).float()


def without_some_steps(
    batches: Iterable[ReadingBatch], seeds: Sequence[int], steps: int, drop: float
) -> Iterator[ReadingBatch]:
    """Leave out, question by question, some of the answer module's steps.

    Args:
        batches: of ``S`` readers.
        seeds: for each of them, the seed of what is left out.
        steps: of their answer modules.
        drop: how likely a step is left out; one always stays.
    """
    draws = [np.random.default_rng([7, seed]) for seed in seeds]
    for batch in batches:
        yield batch._replace(keep=kept_steps(draws, batch.gold.shape[1], steps, drop))


# What stops them


def span_error(
    parts: Sequence[CodedQuestions], by: str = "error"
) -> Callable[[Networks], dict[str, np.ndarray]]:
    """Return what validates ``S`` readers: the share of questions that they get wrong, ``(S,)``.

    Args:
        parts: for each reader, its questions.
        by: ``error``, none of the question's spans is found; or ``start`` or ``end``: this one is
            wrong, taken by itself.
    """
    batches = list(in_order(parts))

    def validate(readers: Networks) -> dict[str, np.ndarray]:
        wrong = np.zeros(len(parts))
        for rows, batch in batches:
            found = readers(batch)
            if by != "error":
                right = batch.start if by == "start" else batch.end
                wrong += (found[by].argmax(-1) != right).sum(-1).numpy()
                continue
            best = candidates(found["start"], found["end"], batch.passages.shape[-2])
            for s, chosen in enumerate(choose(best).tolist()):
                pairs = zip(chosen, rows[s], strict=True)
                wrong[s] += sum(tuple(span) not in parts[s].spans[place] for span, place in pairs)
        return {by: wrong / len(parts[0])}

    return validate


# What they answer


def _decoded(
    readers: Networks, parts: Sequence[CodedQuestions], by: Sequence[str], longest: int
) -> Iterator[tuple[list[np.ndarray], ReadingBatch, Candidates, Tensor]]:
    """Yield rows, batch, the best span of each passage, and further factors of its score."""
    for rows, batch in in_order(parts):
        with torch.no_grad():
            found = readers(batch)
        best = candidates(found["start"], found["end"], batch.passages.shape[-2], longest)
        yield rows, batch, best, factors(found, best, tuple(by))


def spans(
    readers: Networks,
    parts: Sequence[CodedQuestions],
    by: Sequence[str] = (),
    longest: int = 15,
) -> list[list[Span]]:
    """Answer questions: for each reader and question, the span with the highest score.

    Args:
        readers: ``S`` readers.
        parts: for each reader, its questions.
        by: further factors of a span's score, see :func:`mtlbook.models.decoding.factors`.
        longest: how many words an answer may have.
    """
    found: list[list[Span]] = [[Span(0, 0, 0)] * len(part) for part in parts]
    for rows, _, best, extra in _decoded(readers, parts, by, longest):
        chosen = choose(best, extra).tolist()
        for s, places in enumerate(rows):
            for b, place in enumerate(places):
                found[s][place] = Span(*chosen[s][b])
    return found


def passage_spans(
    readers: Networks,
    parts: Sequence[CodedQuestions],
    by: Sequence[str] = (),
    longest: int = 15,
) -> list[list[list[Scored]]]:
    """Return the best span of each passage and the logarithm of its score; to vote on.

    The arguments are those of :func:`spans`; there is a list of passages for each reader and
    question.
    """
    found: list[list[list[Scored]]] = [[[] for _ in range(len(part))] for part in parts]
    for rows, batch, best, extra in _decoded(readers, parts, by, longest):
        scores, table = best.score + extra, torch.stack([best.start, best.end], dim=-1).tolist()
        for s, places in enumerate(rows):
            for b, place in enumerate(places):
                found[s][place] = [
                    (Span(k, *table[s][b][k]), scores[s, b, k].item())
                    for k in torch.nonzero(batch.there[s, b]).flatten().tolist()
                ]
    return found
