"""A tagger of words for several tasks, and how its layers are shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mtlbook.models.sharing import Routes, check_routes


class Embeddings(nn.Module):
    """A vector for each word: those of its features, one behind the other.

    Args:
        sizes: how many values each feature has (words, suffixes, shapes).
        widths: how wide its vectors are.
    """

    def __init__(self, sizes: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        pairs = zip(sizes, widths, strict=True)
        self.tables = nn.ModuleList(nn.Embedding(n, width) for n, width in pairs)

    def forward(self, x: Tensor) -> Tensor:
        """Map features ``(B, N, F)`` to vectors ``(B, N, width)``."""
        found = [table(x[..., f]) for f, table in enumerate(self.tables)]
        return torch.cat(found, dim=-1)


def turned(x: Tensor, lengths: Tensor) -> Tensor:
    """Return each sentence of ``(B, N, width)`` from its last word to its first.

    What fills it up stays in its place, so that turning twice gives the first order again.
    """
    place, last = torch.arange(x.shape[1]), lengths[:, None] - 1
    order = torch.where(place <= last, last - place, place)
    return x.gather(1, order[..., None].expand_as(x))


class BiLSTM(nn.Module):
    """Two LSTMs, one of which reads each sentence from its last word to its first.

    It equals ``nn.LSTM(inputs, hidden, bidirectional=True)`` on packed sentences. Packing halves
    the speed, and without it the backward LSTM would read what fills up a sentence first. Here
    each sentence is turned around inside its own length, so what fills it up comes last.

    Args:
        inputs: width of the input.
        hidden: width of each direction.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(inputs, hidden, batch_first=True)
        self.backwards = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Map inputs ``(B, N, inputs)`` of the given lengths ``(B,)`` to ``(B, N, 2 hidden)``.

        The states behind the end of a sentence mean nothing.
        """
        ahead, _ = self.forwards(x)
        back, _ = self.backwards(turned(x, lengths))
        return torch.cat([ahead, turned(back, lengths)], dim=-1)


class Routed(nn.Module):
    """The way of a sentence through the layers that its tasks share, or do not.

    A task's route names an embedding and then its layers; the head is at the route's end. Routes
    that begin alike share what they have in common, see :mod:`mtlbook.models.sharing`. A network
    whose tasks also exchange their states on the way overrides :meth:`states`.
    """

    routes: Routes
    embeddings: nn.ModuleDict
    layers: nn.ModuleDict
    heads: nn.ModuleDict

    def states(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Return what each embedding and each layer on the tasks' routes gives, by its name."""
        found: dict[str, Tensor] = {}
        for task in self.routes if tasks is None else tasks:
            first, *others = self.routes[task]
            if first not in found:
                found[first] = self.embeddings[first](x)
            before = first
            for name in others:
                if name not in found:
                    found[name] = self.layers[name](found[before], lengths)
                before = name
        return found

    def forward(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        """Map features ``(..., B, N, F)`` to logits ``(..., B, N, labels)`` for each task.

        Args:
            x: features of the words; sentences are filled up to ``N`` words.
            lengths: of the sentences, ``(..., B)``. Logits behind the end mean nothing.
            tasks: the tasks that are wanted; by default all. Only what they need is computed.
        """
        wanted = list(self.routes if tasks is None else tasks)
        found = self.states(x, lengths, wanted)
        return {task: self.heads[task](found[self.routes[task][-1]]) for task in wanted}


class Tagger(Routed):
    """Embeddings, bidirectional LSTM layers, and a linear head for each task.

    Args:
        sizes: how many values each feature has.
        labels: how many labels each task has.
        routes: for each task its embedding and layers, by name.
        widths: width of the vectors of each feature.
        hidden: width of each direction of every layer.

    Raises:
        ValueError: if routes and tasks disagree, or the routes are not sound.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        labels: Mapping[str, int],
        routes: Routes,
        widths: Sequence[int] = (32, 16, 4),
        hidden: int = 32,
    ) -> None:
        super().__init__()
        check_routes(routes)
        if set(routes) != set(labels):
            raise ValueError(f"routes for {sorted(routes)}, labels for {sorted(labels)}")
        self.routes = {task: tuple(route) for task, route in routes.items()}
        self.embeddings, self.layers = nn.ModuleDict(), nn.ModuleDict()
        for first, *others in self.routes.values():
            if first not in self.embeddings:
                self.embeddings[first] = Embeddings(sizes, widths)
            inputs = sum(widths)
            for name in others:
                if name not in self.layers:
                    self.layers[name] = BiLSTM(inputs, hidden)
                inputs = 2 * hidden
        ends = {task: 2 * hidden if route[1:] else sum(widths) for task, route in routes.items()}
        self.heads = nn.ModuleDict(
            {task: nn.Linear(ends[task], number) for task, number in labels.items()}
        )
