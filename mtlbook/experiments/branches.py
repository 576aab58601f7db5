"""Chapter 12: shared and private branches on the toy language, at a fixed total width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import Stream, in_order
from mtlbook.data.relatedness import relate
from mtlbook.data.sentences import Sentence
from mtlbook.data.toy_language import toy_sentences
from mtlbook.data.vocabulary import SHAPES, Encoded, Encoder, tag_sets
from mtlbook.evaluation.branches import lesion, random_units
from mtlbook.evaluation.spans import span_f1
from mtlbook.experiments.base import Config, Experiment, grid
from mtlbook.experiments.tagging import Deal
from mtlbook.models.branches import (
    SHARED,
    ManyBranches,
    correlation_overlap,
    many_branches,
    two_branches,
)
from mtlbook.models.tagger import Routed
from mtlbook.training.mixing import beside
from mtlbook.training.taggers import FitTaggers, fit_taggers

MAIN, AUX = "chunk", "aux"
WIDTH, UPDATES, EVERY = 32, 200, 20
FURTHER, HALT, TEST = 400, 100, 300
SIZES = {"main": 8, "more": 16}
ROOM = (1200, 600, len(SHAPES))
SMALL = 0.1
"""Word vectors start this much smaller than PyTorch's, as in chapter 5."""


@dataclass(frozen=True)
class Arm:
    """How the width of a task is divided, and how long and under what penalty it learns.

    Attributes:
        shared: per cent of the units that the tasks share; the rest are private.
        fragments: the main task alone, on two private branches of half the width.
        updates: how many there are, for each of the others'.
        strength: of the penalty on correlations between shared and private states.
        own: whether it counts, for each task, the task's own sentences only.
    """

    shared: int = 0
    fragments: bool = False
    updates: int = 1
    strength: float = 0.0
    own: bool = False

    def branches(
        self, main: str, aux: str, width: int
    ) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
        """Return the units of each branch, and the branches that each task reads."""
        if self.fragments:
            return {"one": width // 2, "two": width - width // 2}, {main: ("one", "two")}
        return two_branches((main, aux), width, round(width * self.shared / 100))


SPLITS = {f"{percent} %": Arm(percent) for percent in (0, 25, 50, 75, 100)}


@dataclass(frozen=True)
class Branched:
    """Trained networks with what they learned from and are judged on.

    Attributes:
        fit: the networks; each task keeps its best ones.
        encoders: what turns sentences into numbers for each of them.
        deals: for each network, its sentences.
    """

    fit: FitTaggers
    encoders: Sequence[Encoder]
    deals: Sequence[Deal]

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
        return [deal.test for deal in self.deals]

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


def branch_deal(seed: int, relatedness: float, labelled: int) -> Deal:
    """Write tales to learn from, to stop on and to be tested on, with the dial's labels."""
    tales = toy_sentences(labelled + FURTHER + HALT + TEST, "tale", seed)
    tales = relate(tales, "pos", relatedness, seed, "word")
    ends = np.cumsum([labelled + FURTHER, HALT, TEST])
    return Deal(tales[: ends[0]], tales[ends[0] : ends[1]], tales[ends[1] :], [])


def state_penalty(strength: float, own: bool = False) -> Callable[[Routed], Tensor] | None:
    """Return the penalty on what shared and private states have in common; None without one.

    Args:
        strength: of the penalty.
        own: whether it counts, for each task, its own sentences of a batch only, as Bousmalis et
            al. (2016) do with their domains. The main ones come first.
    """
    rows = {MAIN: slice(SIZES["main"]), AUX: slice(SIZES["main"], None)} if own else {}

    def penalty(model: Routed) -> Tensor:
        if not isinstance(model, ManyBranches) or model.seen is None:
            raise TypeError(f"no branches in {type(model).__name__}")
        found, lengths = model.seen
        inside = torch.arange(found[SHARED].shape[2]) < lengths[..., None]
        pairs = []
        for name, h in found.items():
            part = rows.get(name, slice(None))
            if name != SHARED:
                pair = found[SHARED][:, part], h[:, part], inside[:, part]
                pairs.append(correlation_overlap(*pair))
        return strength * torch.stack(pairs).sum()

    return penalty if strength else None


def branch_fit(
    arm: Arm,
    tasks: tuple[str, str],
    deals: Sequence[Deal],
    labelled: int,
    seeds: Sequence[int],
    lr: float,
    room: Sequence[int] = ROOM,
    width: int = WIDTH,
    updates: int = UPDATES,
    every: int = EVERY,
) -> Branched:
    """Train an arm: 8 main sentences an update, and 16 auxiliary ones; each task stops by itself.

    Args:
        arm: how the width is divided.
        tasks: the main and the auxiliary task.
        deals: for each network, its sentences; the first ones are the main task's.
        labelled: how many those are.
        seeds: of the networks.
        lr: step size of Adam.
        room: rows of the tables of words, suffixes and shapes.
        width: units that each task sees, in each direction.
        updates: of an arm that learns no longer than others.
        every: updates between two looks at the sentences to stop on.
    """
    units, reads = arm.branches(*tasks, width)
    judged = [s for d in deals for s in (*d.train, *d.halt, *d.test, *d.outside)]
    labels = tag_sets(judged, list(reads))
    encoders = [Encoder(d.train, labels) for d in deals]
    numbers = {task: len(labels[task]) for task in reads}
    model = many_branches(seeds, room, numbers, units, reads)
    with torch.no_grad():
        for p in model.embeddings.parameters():
            p.mul_(SMALL)
    streams = {}
    for number, (name, task) in enumerate(zip(SIZES, reads, strict=False)):
        parts = [d.train[:labelled] if name == "main" else d.train[labelled:] for d in deals]
        encoded = [e.encode(part) for e, part in zip(encoders, parts, strict=True)]
        order = [2 * seed + number for seed in seeds]
        streams[name] = Stream(encoded, (task,), SIZES[name], order)
    fit = fit_taggers(
        model,
        streams,
        beside("main", list(streams)[1:], updates * arm.updates),
        [e.encode(d.halt) for e, d in zip(encoders, deals, strict=True)],
        lr=lr,
        keep=list(reads),
        every=every,
        penalty=state_penalty(arm.strength, arm.own),
    )
    return Branched(fit, encoders, deals)


def toy_branches(
    arm: Arm, relatedness: float, labelled: int, seeds: Sequence[int], lr: float
) -> Branched:
    """Train an arm on the toy language, beside labels of that relatedness."""
    deals = [branch_deal(seed, relatedness, labelled) for seed in seeds]
    return branch_fit(arm, (MAIN, AUX), deals, labelled, seeds, lr)


GONE = ("shared", "private", "as many as shared", "as many as private")


def lesion_scores(trained: Branched, task: str, seeds: Sequence[int]) -> np.ndarray:
    """Return a task's scores as trained and after each lesion, ``(S, 9)``, see :data:`LESIONS`.

    Units that are not there cannot be missed: without a shared branch its lesion changes nothing.
    """
    texts = trained.test()
    states = trained.states(task, texts)
    first, units = trained.model.routes[task][0], states[0].shape[1]
    shared = torch.arange(units) < 2 * trained.model.units[first] * (first == SHARED)
    found = [trained.scores(task, states, texts)]
    for what in GONE:
        branch = shared if what.endswith("shared") else ~shared
        gone = [random_units(branch, seed) if "many" in what else branch for seed in seeds]
        for by in ("zero", "mean"):
            cut = [lesion(h, g, by) for h, g in zip(states, gone, strict=True)]
            found.append(trained.scores(task, cut, texts))
    return np.stack(found, axis=1)


def lesion_names(task: str) -> tuple[str, ...]:
    """Return the names of a task's scores, as :func:`lesion_scores` orders them."""
    return (task, *(f"{task} without {what}, {by}" for what in GONE for by in ("zero", "mean")))


LESIONS = (*lesion_names("main"), *lesion_names("aux"))


def measure_branches(trained: Branched, seeds: Sequence[int]) -> np.ndarray:
    """Return all scores of trained networks, ``(S, 18)``, in the order of :data:`LESIONS`."""
    tasks = list(trained.model.routes)
    found = [lesion_scores(trained, task, seeds) for task in tasks]
    if len(tasks) == 1:
        found.append(np.zeros_like(found[0]))
    return np.concatenate(found, axis=1)


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    arm = SPLITS[config["arm"]]
    trained = toy_branches(arm, config["relatedness"], 60, seeds, config["lr"])
    tasks = (MAIN, AUX)
    states = {task: trained.states(task, trained.test()) for task in tasks}
    scores = [trained.scores(task, states[task], trained.test()) for task in tasks]
    return np.stack(scores, axis=1)


BRANCHES_TUNING = Experiment(
    name="branches-tuning",
    question="Which step size suits each division of the width?",
    data="generated: mtlbook.data.toy_language",
    score="F1 of chunks, and right labels of the auxiliary task, in per cent",
    configs=grid(arm=list(SPLITS), relatedness=[0.5], lr=[0.006, 0.015, 0.04]),
    seeds=range(100, 105),
    measure=_measure_tuning,
    cheap={"arm": "100 %", "relatedness": 0.5, "lr": 0.015},
    columns=("main", "aux"),
)
