"""A compact reader: it finds the answer to a question in one or more passages.

A reader may have further heads, for tasks on what it has read: about words, sentences and whole
passages. All of them can be told from the answer's place, so that no further annotation is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.models.attention import (
    Answer,
    Attention,
    Pool,
    masked_log_softmax,
    masked_softmax,
    weighted_mean,
)


class Window(nn.Module):
    """A layer that sees each word between two others: a convolution of width 3.

    Args:
        inputs: width of a word's vector.
        outputs: width of the result.
        reach: how many words to the left and to the right the two others stand.
    """

    def __init__(self, inputs: int, outputs: int, reach: int = 1) -> None:
        super().__init__()
        self.reach = reach
        self.linear = nn.Linear(3 * inputs, outputs)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map ``(..., N, inputs)`` to ``(..., N, outputs)``, and to 0 outside the mask."""
        n, reach = x.shape[-2], self.reach
        wide = functional.pad(x, [0, 0, reach, reach])  # beyond the text there is nothing
        near = [wide[..., start : start + n, :] for start in (0, reach, 2 * reach)]
        return torch.relu(self.linear(torch.cat(near, dim=-1))) * mask[..., None]


class Encoder(nn.Module):
    """Words to vectors that know their surroundings: a table and two windows.

    Args:
        vocabulary: how many numbers the words take; 0 is no word.
        width: of the words' vectors.
        hidden: width of the windows.
    """

    def __init__(self, vocabulary: int, width: int, hidden: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, width)
        self.near = Window(width + 1, hidden)
        self.far = Window(hidden, hidden, reach=2)

    def forward(self, words: Tensor, match: Tensor) -> tuple[Tensor, Tensor]:
        """Map numbers of words, and whether each is in the other text too, to vectors.

        Args:
            words: ``(..., N)``; 0 is no word.
            match: 1 where the word occurs in the other text as well, ``(..., N)``.

        Returns:
            The words' own vectors ``(..., N, width)``, and those that know their surroundings,
            ``(..., N, hidden)``.
        """
        mask = words > 0
        vectors = self.table(words) * mask[..., None]
        near = self.near(torch.cat([vectors, match[..., None]], dim=-1), mask)
        return vectors, near + self.far(near, mask)


class Read(NamedTuple):
    """What a reader knows of ``K`` passages of ``N`` words and of the question.

    Attributes:
        memory: of each word, ``(B, K, N, hidden)``.
        there: true where there is a word, ``(B, K, N)``.
        question: one vector, ``(B, hidden)``.
        attention: how much each word looks at those of the question, ``(B, K, N, Q)``.
        vectors: of the words themselves, ``(B, K, N, width)``.
    """

    memory: Tensor
    there: Tensor
    question: Tensor
    attention: Tensor
    vectors: Tensor


Found = dict[str, Tensor]


class WordHead(nn.Module):
    """Is a word part of an answer? Logits ``(B, K, N)``.

    It is an auxiliary task of MARS, and the answer content of V-Net (Wang et al. 2018).
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(hidden, hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, read: Read, members: Tensor, found: Found) -> Tensor:
        """Judge each word."""
        logits: Tensor = self.outer(torch.relu(self.inner(read.memory)))
        return logits.squeeze(-1)


class SentenceHead(nn.Module):
    """Does a sentence hold an answer? Logits ``(B, K, M)``. A task of MARS."""

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(hidden, 1)
        self.inner = nn.Linear(2 * hidden, hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, read: Read, members: Tensor, found: Found) -> Tensor:
        """Judge each sentence by its words and the question."""
        scores = self.weigh(read.memory).mT  # (..., B, K, 1, N)
        pooled = masked_softmax(scores.expand(members.shape), members) @ read.memory
        question = read.question[..., None, None, :].expand(pooled.shape)
        both = torch.cat([pooled, question], dim=-1)
        logits: Tensor = self.outer(torch.tanh(self.inner(both)))
        return logits.squeeze(-1)


class PassageHead(nn.Module):
    """Does a passage hold an answer? Logits ``(B, K)``.

    The ranking of passages of S-Net (Tan et al. 2018): a passage's words are pooled by attention,
    and judged together with the question. It is an auxiliary task of MARS as well.
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.weigh = nn.Linear(hidden, 1)
        self.inner = nn.Linear(2 * hidden, hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, read: Read, members: Tensor, found: Found) -> Tensor:
        """Judge each passage by its words and the question."""
        weights = masked_softmax(self.weigh(read.memory).squeeze(-1), read.there)
        pooled = weighted_mean(read.memory, weights)
        both = torch.cat([pooled, read.question[..., None, :].expand(pooled.shape)], dim=-1)
        logits: Tensor = self.outer(torch.tanh(self.inner(both)))
        return logits.squeeze(-1)


class VerifyHead(nn.Module):
    """Do the other passages say the same? Log-probabilities over the passages ``(B, K)``.

    The verification of V-Net (Wang et al. 2018). A passage's answer is the mean of its words'
    vectors, weighted by how much each word seems to be part of the answer. It is compared with
    those of the other passages, never with itself: ``s_ij = r_i . r_j`` for i ≠ j, and what the
    softmax of these picks from the others is held against it.
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.outer = nn.Linear(3 * width, 1)

    def forward(self, read: Read, members: Tensor, found: Found) -> Tensor:
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


class Reader(nn.Module):
    """Reads a question and its passages, and says where the answer starts and where it ends.

    The parts are those of SAN (Liu et al. 2018), made small: an encoder for both texts; attention,
    by which each word of a passage gets the words of the question that fit it; a memory of what
    was read; and the answer module. The distributions run over the words of all passages
    together, as in V-Net (Wang et al. 2018): the passages compete.

    Args:
        vocabulary: how many numbers the words take; 0 is no word.
        width: of the words' vectors.
        hidden: width of every layer.
        steps: how often the answer module looks at the passages.
        heads: further tasks, by their names in :data:`HEADS`.

    Raises:
        ValueError: if there is no such head, or ``verify`` without ``word`` before it.
    """

    def __init__(
        self,
        vocabulary: int,
        width: int = 16,
        hidden: int = 24,
        steps: int = 2,
        heads: Sequence[str] = (),
    ) -> None:
        super().__init__()
        if not set(heads) <= set(HEADS):
            raise ValueError(f"heads: {list(heads)} names one that is not in {sorted(HEADS)}")
        if "verify" in heads and "word" not in heads[: heads.index("verify")]:
            raise ValueError(f"heads: 'verify' needs the head 'word' before it, got {list(heads)}")
        self.encoder = Encoder(vocabulary, width, hidden)
        self.attention = Attention(hidden)
        self.fuse = nn.Linear(3 * hidden + 1, hidden)
        self.memory = nn.ModuleList(Window(hidden, hidden, reach) for reach in (4, 8))
        self.pool = Pool(hidden)
        self.answer = Answer(hidden, steps)
        self.heads = nn.ModuleDict({name: HEADS[name](hidden, width) for name in heads})

    def read(self, batch: ReadingBatch) -> Read:
        """Return what is known of each word before any question is answered."""
        asked, there = batch.question > 0, batch.passages > 0
        nothing = torch.zeros_like(batch.question, dtype=batch.match.dtype)
        _, q = self.encoder(batch.question, nothing)
        vectors, p = self.encoder(batch.passages, batch.match)
        each = q[..., None, :, :]  # the same question for each passage
        scores = self.attention(p, each)
        weights = masked_softmax(scores, asked[..., None, None, :])  # (B, K, N, Q)
        about = weights @ each
        both = torch.cat([p, about, p * about, batch.match[..., None]], dim=-1)
        memory = torch.relu(self.fuse(both)) * there[..., None]
        for window in self.memory:
            memory = memory + window(memory, there)
        return Read(memory, there, self.pool(q, asked), weights, vectors)

    def forward(self, batch: ReadingBatch) -> dict[str, Tensor]:
        """Return what is wanted of each question, by name.

        Args:
            batch: ``B`` questions, each with ``K`` passages of ``N`` words.

        Returns:
            ``start`` and ``end``: log-probabilities over all words of a question, ``(B, K N)``.
            For the heads see their classes.
        """
        read = self.read(batch)
        words, there = read.memory.flatten(-3, -2), read.there.flatten(-2)
        start, end = self.answer(words, there, read.question, batch.keep)
        found = {"start": start, "end": end}
        for name, head in self.heads.items():
            found[name] = head(read, batch.members, found)
        return found
