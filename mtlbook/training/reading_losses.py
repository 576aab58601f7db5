"""What a reader gets wrong, question by question, for each of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor
from torch.nn import functional

from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.models.attention import NEVER

Found = dict[str, Tensor]


def start_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of the answer's start, ``(S, B)``."""
    return -found["start"].gather(-1, batch.start[..., None]).squeeze(-1)


def end_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of the answer's end, ``(S, B)``."""
    return -found["end"].gather(-1, batch.end[..., None]).squeeze(-1)


def span_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of the answer's start plus that of its end, ``(S, B)``."""
    return start_loss(found, batch) + end_loss(found, batch)


def word_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of "is this word part of an answer?", the mean over words, ``(S, B)``."""
    return _binary(found["word"], batch.inside, batch.passages > 0, 2)


def sentence_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of "does this sentence hold an answer?", the mean over them, ``(S, B)``."""
    members = batch.members
    holds = (members * batch.inside[..., None, :]).amax(-1)
    return _binary(found["sentence"], holds, members.any(-1), 2)


def passage_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Cross-entropy of "does this passage hold an answer?", the mean over them, ``(S, B)``."""
    return _binary(found["passage"], batch.holds, batch.there, 1)


def verify_loss(found: Found, batch: ReadingBatch) -> Tensor:
    """Minus the log-probability of all passages that hold an answer together, ``(S, B)``.

    With a single such passage it is the cross-entropy of V-Net.
    """
    return -found["verify"].masked_fill(batch.holds == 0, NEVER).logsumexp(-1)


LOSSES: dict[str, Callable[[Found, ReadingBatch], Tensor]] = {
    "span": span_loss,
    "start": start_loss,
    "end": end_loss,
    "word": word_loss,
    "sentence": sentence_loss,
    "passage": passage_loss,
    "verify": verify_loss,
}


def reading_losses(found: Found, batch: ReadingBatch, tasks: Sequence[str]) -> Found:
    """Return the loss of each task, question by question, ``(S, B)`` each."""
    return {task: LOSSES[task](found, batch) for task in tasks}


def _binary(logits: Tensor, targets: Tensor, there: Tensor, over: int) -> Tensor:
    """Average the cross-entropy over what is there, in the last ``over`` dimensions."""
    loss = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none") * there
    last = tuple(range(-over, 0))
    return loss.sum(last) / there.sum(last)
