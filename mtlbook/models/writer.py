"""A compact writer: from a question and its evidence to an answer that can stand alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from mtlbook.data.writing import CodedAnswers, WritingBatch, stack_answers
from mtlbook.models.attention import Pool, masked_softmax
from mtlbook.models.networks import Networks
from mtlbook.models.reader import Encoder, Reader, Window

MARKS = 4
"""What is marked on each word: that it is asked; that it begins, ends, is part of the evidence."""
LEAST = 1e-9
"""No probability counts for less: a writer that cannot copy gives new words none at all."""


def mixture(written: Tensor, gate: Tensor, attention: Tensor, ids: Tensor, words: int) -> Tensor:
    """Return the probability of each word that can be written or copied, ``(..., W)``.

    ``P(w) = g P_write(w) + (1 - g) Σ_i a_i [w_i = w]``: with probability ``g`` the next word is
    written, else one of the text's words is copied (See et al. 2017, equation 9).

    Args:
        written: probabilities of the words that can be written, ``(..., R)``.
        gate: the probability ``g`` to write, ``(...)``.
        attention: weights ``a_i`` of the words of the text, ``(..., L)``.
        ids: the number of each of them, ``(..., L)``.
        words: the number ``W`` of words that can be written or copied.
    """
    both = written.new_zeros(*written.shape[:-1], words)
    both[..., : written.shape[-1]] = gate[..., None] * written
    return both.scatter_add(-1, ids, (1 - gate[..., None]) * attention)


class Writer(nn.Module):
    """Reads a question and a passage with its evidence marked, and writes word after word.

    The synthesis of S-Net (Tan et al. 2018), made small: the evidence is known by marks on the
    words of its passage; a GRU with attention writes. What copies is the pointer-generator
    network of See et al. (2017). The texts are read by the encoder of
    :class:`mtlbook.models.reader.Reader`, where S-Net has GRUs, so that it can be shared.

    Args:
        vocabulary: how many numbers the words take that are read; 0 is no word.
        words: how many words can be written without copying.
        width: of the vectors of the words read.
        hidden: width of every layer.
        copy: whether it can copy.
        steps: of a reader's answer module. With it, the writer has a reader as its attribute
            ``reader``, and reads with the reader's encoder: two tasks, one encoder.
    """

    def __init__(
        self,
        vocabulary: int,
        words: int,
        width: int = 16,
        hidden: int = 24,
        copy: bool = True,
        steps: int | None = None,
    ) -> None:
        super().__init__()
        self.copy, self.words, self.hidden = copy, words, hidden
        self.reader = None if steps is None else Reader(vocabulary, width, hidden, steps)
        self.own = Encoder(vocabulary, width, hidden) if steps is None else None
        self.mark = Window(hidden + MARKS, hidden)
        self.pool = Pool(hidden)
        self.begin = nn.Linear(hidden, hidden)
        self.cell = nn.GRUCell(width, hidden)
        self.query = nn.Linear(hidden, hidden)
        self.write = nn.Linear(2 * hidden, words)
        self.gate = nn.Linear(2 * hidden, 1) if copy else None

    @property
    def encoder(self) -> Encoder:
        """What reads: the writer's own encoder, or that of the reader beside it."""
        found = self.own if self.reader is None else self.reader.encoder
        assert found is not None
        return found

    def read(self, batch: WritingBatch) -> tuple[Tensor, Tensor]:
        """Return what is known of each word of both texts, ``(B, L, hidden)``, and a mask."""
        there = torch.cat([batch.question, batch.passage], dim=-1) > 0
        nothing = torch.zeros_like(batch.question, dtype=batch.match.dtype)
        _, asked = self.encoder(batch.question, nothing)
        _, read = self.encoder(batch.passage, batch.match)
        marks = batch.marks.to(read.dtype)
        q = torch.cat([asked, _mark(asked, 0)], dim=-1)
        p = torch.cat([read, torch.zeros_like(marks[..., :1]), marks], dim=-1)
        seen = torch.cat([self.mark(q, batch.question > 0), self.mark(p, batch.passage > 0)], -2)
        return seen, there

    def start(self, memory: Tensor, there: Tensor) -> Tensor:
        """Return the state before the first word, ``(B, hidden)``."""
        return torch.tanh(self.begin(self.pool(memory, there)))

    def step(self, before: Tensor, state: Tensor) -> Tensor:
        """Return the GRU's next state, ``(B, hidden)``.

        Args:
            before: number, to read it, of the word written last, ``(B)``; 0 at the beginning.
            state: its state when that word was written, ``(B, hidden)``.
        """
        vector = self.encoder.table(before) * (before > 0)[..., None]
        after: Tensor = self.cell(vector, state)
        return after

    def look(self, states: Tensor, memory: Tensor, there: Tensor) -> Tensor:
        """Return the attention of ``T`` states on the words of both texts, ``(B, T, L)``.

        Args:
            states: ``(B, T, hidden)``.
            memory: what is known of each word, ``(B, L, hidden)``.
            there: true where there is a word, ``(B, L)``.
        """
        return masked_softmax(self.query(states) @ memory.mT, there[..., None, :])

    def choose(self, states: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Return the probabilities of ``T`` words if written, and that they are written at all.

        Args:
            states: of the GRU, ``(B, T, hidden)``.
            context: what is looked at, ``(B, T, hidden)``.

        Returns:
            Probabilities of the words that can be written, ``(B, T, R)``, and to write,
            ``(B, T)``, which is 1 for a writer that cannot copy.
        """
        seen = torch.cat([states, context], dim=-1)
        written = self.write(seen).softmax(-1)
        if self.gate is None:
            return written, torch.ones_like(written[..., 0])
        return written, torch.sigmoid(self.gate(seen)).squeeze(-1)

    def forward(self, batch: WritingBatch) -> Tensor:
        """Return the probability of each word of the answers, given those before it, ``(B, T)``."""
        memory, there = self.read(batch)
        state, states = self.start(memory, there), []
        for word in batch.before.unbind(-1):
            state = self.step(word, state)
            states.append(state)
        both = torch.stack(states, dim=-2)
        attention = self.look(both, memory, there)
        written, gate = self.choose(both, attention @ memory)
        # What `mixture` says of these words, without the others.
        known = batch.target < self.words
        chosen = written.gather(-1, (batch.target * known)[..., None]).squeeze(-1) * known
        same = batch.ids[..., None, :] == batch.target[..., None]
        return gate * chosen + (1 - gate) * (attention * same).sum(-1)

    def greedy(self, batch: WritingBatch, longest: int = 20) -> tuple[Tensor, Tensor]:
        """Write the most likely word, then the most likely one behind it, and so on.

        Returns:
            The numbers of the words, ``(B, longest)``, of which those behind the first ``END``
            mean nothing, and the attention when each was written, ``(B, longest, L)``.
        """
        memory, there = self.read(batch)
        state, before = self.start(memory, there), torch.zeros_like(batch.question[..., 0])
        words, looked = [], []
        for _ in range(longest):
            state = self.step(before, state)
            attention = self.look(state[..., None, :], memory, there)
            written, gate = self.choose(state[..., None, :], attention @ memory)
            ids, count = batch.ids[..., None, :], batch.reading.shape[-1]
            words.append(mixture(written, gate, attention, ids, count).argmax(-1))
            looked.append(attention)
            before = batch.reading.gather(-1, words[-1]).squeeze(-1)
        return torch.cat(words, dim=-1), torch.cat(looked, dim=-2)


def _mark(words: Tensor, place: int) -> Tensor:
    """Return marks with a 1 in one place for each word, ``(..., n, MARKS)``."""
    marks = words.new_zeros(*words.shape[:-1], MARKS)
    marks[..., place] = 1
    return marks


def writing_loss(writer: Writer, batch: WritingBatch) -> Tensor:
    """Minus the log-probability of a word, the mean over the words of an answer, ``(B,)``."""
    there = batch.target > 0
    found: Tensor = writer(batch)
    return -(found.clamp(min=LEAST).log() * there).sum(-1) / there.sum(-1)


def writing_error(
    parts: Sequence[CodedAnswers],
) -> Callable[[Networks], dict[str, np.ndarray]]:
    """Return what validates ``S`` writers: their mean loss, each on its own questions, ``(S,)``."""
    batch = stack_answers(parts)
    return lambda writers: {"writing": writers.each(writing_loss, batch).detach().mean(-1).numpy()}


def texts(
    writers: Networks, parts: Sequence[CodedAnswers], longest: int = 20, size: int = 100
) -> list[list[str]]:
    """Return each writer's answers to its questions, word by word the likeliest."""
    found: list[list[str]] = [[] for _ in parts]
    for start in range(0, len(parts[0]), size):
        rows = np.arange(start, min(start + size, len(parts[0])))
        batch = stack_answers([part.take(rows) for part in parts])
        with torch.no_grad():
            words, _ = writers.each(lambda writer, batch: writer.greedy(batch, longest), batch)
        for s, part in enumerate(parts):
            found[s] += [part.text(start + b, ids) for b, ids in enumerate(words[s].tolist())]
    return found
