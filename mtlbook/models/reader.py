"""A compact reader: it finds the answer to a question in one or more passages."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.models.answer import Answer
from mtlbook.models.attention import Attention, Pool, masked_softmax
from mtlbook.models.reader_heads import HEADS, Read
from mtlbook.models.side_by_side import side_by_side


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
        heads: further tasks, by their names in :data:`mtlbook.models.reader_heads.HEADS`.

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

    def read(self, question: Tensor, passages: Tensor, match: Tensor) -> Read:
        """Return what is known of each word before any question is answered.

        Args:
            question: numbers of the words, ``(..., B, Q)``.
            passages: numbers of the words, ``(..., B, K, N)``.
            match: 1 where a word occurs in the question, ``(..., B, K, N)``.
        """
        asked, there = question > 0, passages > 0
        _, q = self.encoder(question, torch.zeros_like(question, dtype=match.dtype))
        vectors, p = self.encoder(passages, match)
        each = q[..., None, :, :]  # the same question for each passage
        scores = self.attention(p, each)
        weights = masked_softmax(scores, asked[..., None, None, :])  # (..., B, K, N, Q)
        about = weights @ each
        fused = torch.relu(self.fuse(torch.cat([p, about, p * about, match[..., None]], dim=-1)))
        memory = fused * there[..., None]
        for window in self.memory:
            memory = memory + window(memory, there)
        return Read(memory, there, self.pool(q, asked), weights, vectors)

    def forward(
        self,
        question: Tensor,
        passages: Tensor,
        match: Tensor,
        sentences: Tensor | None = None,
        keep: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return what is wanted of each question, by name.

        Args:
            question: numbers of the words, ``(..., B, Q)``; 0 fills up.
            passages: numbers of the words, ``(..., B, K, N)``; 0 fills up, also for a passage
                that is not there.
            match: 1 where a word occurs in the question, ``(..., B, K, N)``.
            sentences: which words make each sentence, ``(..., B, K, M, N)``; for the head that
                judges sentences.
            keep: 1 for the steps of the answer module that count, ``(..., B, steps)``; by default
                all.

        Returns:
            ``start`` and ``end``: log-probabilities over all words of a question,
            ``(..., B, K N)``. For the heads see :mod:`mtlbook.models.reader_heads`.
        """
        read = self.read(question, passages, match)
        words, there = read.memory.flatten(-3, -2), read.there.flatten(-2)
        start, end = self.answer(words, there, read.question, keep)
        found = {"start": start, "end": end}
        for name, head in self.heads.items():
            found[name] = head(read, sentences, found)
        return found


def many_readers(
    seeds: Sequence[int],
    vocabulary: int,
    width: int = 16,
    hidden: int = 24,
    steps: int = 2,
    heads: Sequence[str] = (),
    dtype: torch.dtype = torch.float32,
) -> Reader:
    """Return one freshly initialised :class:`Reader` per seed, side by side as one.

    It takes the same inputs with the seeds in front, ``(S, B, ...)``. The global random state is
    left as it was. With ``dtype`` the readers are *drawn* in that precision: to draw in single
    and then widen would keep the last digits, which differ between processors.
    """
    readers, usual = [], torch.get_default_dtype()
    with torch.random.fork_rng(devices=[]):
        try:
            torch.set_default_dtype(dtype)
            for seed in seeds:
                torch.manual_seed(seed)
                readers.append(Reader(vocabulary, width, hidden, steps, heads))
        finally:
            torch.set_default_dtype(usual)
    return side_by_side(readers)
