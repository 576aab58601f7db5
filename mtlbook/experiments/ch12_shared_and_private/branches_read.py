"""Chapter 12: what trained branches say of each word, and how it scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import in_order
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import Encoded, Encoder
from mtlbook.evaluation.spans import span_f1
from mtlbook.experiments.common.tagging import Split
from mtlbook.models.many_branches import ManyBranches
from mtlbook.training.taggers import FitTaggers

MAIN, AUX = "chunk", "aux"


@dataclass(frozen=True)
class Branched:
    """Trained networks with what they learned from and are judged on.

    Attributes:
        fit: the networks; each task keeps its best ones.
        encoders: what turns sentences into numbers for each of them.
        splits: for each network, its sentences.
    """

    fit: FitTaggers
    encoders: Sequence[Encoder]
    splits: Sequence[Split]

    @property
    def model(self) -> ManyBranches:
        """The networks as they are now."""
        assert isinstance(self.fit.model, ManyBranches)
        return self.fit.model

    def encode(self, texts: Sequence[Sequence[Sentence]]) -> list[Encoded]:
        """Turn each network's sentences into numbers."""
        return [e.encode(text) for e, text in zip(self.encoders, texts, strict=True)]

    def test(self) -> list[list[Sentence]]:
        """Each network's sentences to be tested on."""
        return [split.test for split in self.splits]

    def states(self, task: str, texts: Sequence[Sequence[Sentence]]) -> list[Tensor]:
        """What a task's head reads of all words, ``(words, units)`` for each network.

        The networks are put back to where the task was stopped.
        """
        self.model.load_state_dict(self.fit.snapshots[task])
        return read_states(self.model, self.encode(texts), self.model.routes[task])

    def answers(self, task: str, states: Sequence[Tensor]) -> list[np.ndarray]:
        """The numbers of the labels that the task's heads give to states, word by word."""
        kept = self.fit.snapshots[task]
        heads = zip(kept[f"heads.{task}.weight"], kept[f"heads.{task}.bias"], strict=True)
        pairs = zip(states, heads, strict=True)
        return [(h @ weight + bias).argmax(-1).numpy() for h, (weight, bias) in pairs]

    def scores(
        self, task: str, states: Sequence[Tensor], texts: Sequence[Sequence[Sentence]]
    ) -> np.ndarray:
        """Score the answers in per cent, ``(S,)``: F1 of spans, or for ``aux`` the right words."""
        found = []
        for labels, text in zip(self.answers(task, states), texts, strict=True):
            gold = [s.tags[task] for s in text]
            names = np.array(self.encoders[0].labels[task], dtype=object)[labels]
            if task != MAIN:
                flat = np.array([tag for tags in gold for tag in tags], dtype=object)
                found.append((names == flat).mean())
                continue
            ends = np.cumsum([len(tags) for tags in gold])[:-1]
            found.append(span_f1(gold, [list(part) for part in np.split(names, ends)]))
        return 100 * np.array(found)


def read_states(
    model: ManyBranches, parts: Sequence[Encoded], names: Sequence[str]
) -> list[Tensor]:
    """Return the states of branches side by side, for all words of each network's sentences.

    Args:
        model: ``S`` networks.
        parts: for each network, its sentences.
        names: the branches, all read by one of the tasks, in the order wanted.

    Returns:
        ``(words, units)`` for each network, sentence by sentence.
    """
    found: list[list[Tensor]] = [[torch.empty(0)] * len(part) for part in parts]
    with torch.no_grad():
        for rows, batch in in_order(parts, []):
            states = model.states(batch.x, batch.lengths)
            h = torch.cat([states[name] for name in names], dim=-1)
            for s, places in enumerate(rows):
                for b, place in enumerate(places):
                    found[s][place] = h[s, b, : batch.lengths[s, b]]
    return [torch.cat(sentences) for sentences in found]
