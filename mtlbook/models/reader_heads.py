"""Further tasks on what a reader has read: about words, sentences and whole passages.

All of them can be told from the answer's place, so that no further annotation is needed.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from mtlbook.models.attention import masked_log_softmax, masked_softmax, weighted_mean


class Read(NamedTuple):
    """What a reader knows of ``K`` passages of ``N`` words and of the question.

    Attributes:
        memory: of each word, ``(..., B, K, N, hidden)``.
        there: true where there is a word, ``(..., B, K, N)``.
        question: one vector, ``(..., B, hidden)``.
        attention: how much each word looks at those of the question, ``(..., B, K, N, Q)``.
        vectors: of the words themselves, ``(..., B, K, N, width)``.
    """

    memory: Tensor
    there: Tensor
    question: Tensor
    attention: Tensor
    vectors: Tensor


Found = dict[str, Tensor]


class WordHead(nn.Module):
    """Is a word part of an answer? Logits ``(..., B, K, N)``.

    It is an auxiliary task of MARS, and the answer content of V-Net (Wang et al. 2018).
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(hidden, hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, read: Read, sentences: Tensor | None, found: Found) -> Tensor:
        """Judge each word."""
        logits: Tensor = self.outer(torch.relu(self.inner(read.memory)))
        return logits.squeeze(-1)


class SentenceHead(nn.Module):
    """Does a sentence hold an answer? Logits ``(..., B, K, M)``. A task of MARS."""

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(hidden, 1)
        self.inner = nn.Linear(2 * hidden, hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, read: Read, sentences: Tensor | None, found: Found) -> Tensor:
        """Judge each sentence by its words and the question."""
        if sentences is None:
            raise ValueError("the head for sentences needs to know which words make each")
        scores = self.weigh(read.memory).mT  # (..., B, K, 1, N)
        pooled = masked_softmax(scores.expand(sentences.shape), sentences) @ read.memory
        question = read.question[..., None, None, :].expand(pooled.shape)
        both = torch.cat([pooled, question], dim=-1)
        logits: Tensor = self.outer(torch.tanh(self.inner(both)))
        return logits.squeeze(-1)


class PassageHead(nn.Module):
    """Does a passage hold an answer? Logits ``(..., B, K)``.

    The ranking of passages of S-Net (Tan et al. 2018): a passage's words are pooled by attention,
    and judged together with the question. It is an auxiliary task of MARS as well.
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(hidden, 1)
        self.inner = nn.Linear(2 * hidden, hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, read: Read, sentences: Tensor | None, found: Found) -> Tensor:
        """Judge each passage by its words and the question."""
        weights = masked_softmax(self.weigh(read.memory).squeeze(-1), read.there)
        pooled = weighted_mean(read.memory, weights)
        both = torch.cat([pooled, read.question[..., None, :].expand(pooled.shape)], dim=-1)
        logits: Tensor = self.outer(torch.tanh(self.inner(both)))
        return logits.squeeze(-1)


class VerifyHead(nn.Module):
    """Do the other passages say the same? Log-probabilities over the passages ``(..., B, K)``.

    The verification of V-Net (Wang et al. 2018). A passage's answer is the mean of its words'
    vectors, weighted by how much each word seems to be part of the answer. It is compared with
    those of the other passages, never with itself: ``s_ij = r_i . r_j`` for i ≠ j, and what the
    softmax of these picks from the others is held against it.
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.outer = nn.Linear(3 * width, 1)

    def forward(self, read: Read, sentences: Tensor | None, found: Found) -> Tensor:
        """Compare the passages' answers, as the head for words sees them."""
        inside = torch.sigmoid(found["word"]) * read.there
        exists = read.there.any(-1)
        answers = weighted_mean(read.vectors, inside / inside.sum(-1, keepdim=True).clamp(min=1e-6))
        k = exists.shape[-1]
        others = exists[..., None, :] & ~torch.eye(k, dtype=torch.bool)
        from_others = masked_softmax(answers @ answers.mT, others) @ answers
        # A passage that stands alone has no others to agree with.
        from_others = from_others * others.any(-1, keepdim=True)
        seen = torch.cat([answers, from_others, answers * from_others], dim=-1)
        return masked_log_softmax(self.outer(seen).squeeze(-1), exists)


HEADS: dict[str, type[nn.Module]] = {
    "word": WordHead,
    "sentence": SentenceHead,
    "passage": PassageHead,
    "verify": VerifyHead,
}
"""In the order in which they must be computed: verification needs the words."""
