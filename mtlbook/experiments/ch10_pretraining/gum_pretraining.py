"""Chapter 10: chunks on GUM, with unlabelled text before, beside, or both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtlbook.data.batches import Stream
from mtlbook.data.vocabulary import SHAPES, Encoder, tag_sets
from mtlbook.experiments.ch10_pretraining.gum_text import (
    HIDDEN,
    LENGTHS,
    SHORT,
    VOCABULARY,
    WIDTHS,
    pretrained,
    stream,
    text,
    widened,
)
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.gum_split import gum_split
from mtlbook.experiments.common.tagging import Split, span_scores
from mtlbook.models.pretraining import Readers, readers
from mtlbook.models.sharing import hard
from mtlbook.models.tagger import Routed
from mtlbook.training.mixing import Schedule, sampled, together, uniform
from mtlbook.training.pretraining import text_loss
from mtlbook.training.taggers import fit_taggers

MAIN, GENRE, TUNING_GENRE = "chunk", "news", "voyage"
OUTSIDE = ("academic", "bio")
"""Genres that nothing is trained, tuned or pretrained on."""
FURTHER, REFINED = 300, ("xpos", "deprel")
UPDATES = {100: 240, 300: 360}
EVERY = 20
DEALS = 3
"""Deals of the labelled documents for each pretraining seed."""


@dataclass(frozen=True)
class Arm:
    """What a network gets besides its labelled sentences.

    Attributes:
        objective: what it was asked of the text before; None for nothing.
        steps: for how many updates.
        weight: of the loss on text beside the labelled task; 0 for none.
        text: sentences of it at each update.
        updates: of the main task, for each of the single task's.
        refine: whether two further labelled tasks are trained with it, a batch of one at a time
            and about as often.
    """

    objective: str | None = None
    steps: int = 0
    weight: float = 0.0
    text: int = 16
    updates: int = 1
    refine: bool = False


ARMS = {
    "nothing": Arm(),
    "nothing, twice the updates": Arm(updates=2),
    **{f"words, {steps}": Arm("words", steps) for steps in (0, *LENGTHS)},
    "words + next": Arm("words + next", SHORT),
    "words + order": Arm("words + order", SHORT),
    **{f"joint, {weight:g}": Arm(weight=weight) for weight in (1.0, 0.1, 0.01)},
    "joint, 0.1, more text": Arm(weight=0.1, text=80),
    "both": Arm("words", SHORT, weight=0.1),
    "refined": Arm(refine=True),
    "words, refined": Arm("words", SHORT, refine=True),
}


def chunk_scores(
    arm: Arm, labelled: int, genre: str, seeds: Sequence[int], lr: float
) -> np.ndarray:
    """Train an arm on each seed; return F1 of chunks in per cent, inside and outside, ``(S, 2)``.

    Args:
        arm: what it gets.
        labelled: sentences with chunks.
        genre: whose documents are dealt out.
        seeds: of the splits and of what starts afresh. The pretrained network of seed s is that
            of the seed ``s // DEALS``.
        lr: step size of Adam.
    """
    splits = [gum_split(genre, seed) for seed in seeds]
    tasks = (MAIN, *(REFINED if arm.refine else ()))
    encoders = _encoders(arm, labelled, splits, tasks)
    numbers = {task: len(encoders[0].labels[task]) for task in tasks}
    tables = (*VOCABULARY, len(SHAPES))
    model = readers(seeds, tables, numbers, hard(tasks, 1), text()[3], WIDTHS, HIDDEN)
    if arm.objective:
        start_from(model, [pretrained(arm.objective, arm.steps, s // DEALS) for s in seeds])
    pairs = list(zip(encoders, splits, strict=True))
    parts = {MAIN: [e.encode(d.train[:labelled]) for e, d in pairs]}
    for task in tasks[1:]:
        parts[task] = [e.encode(d.train[labelled : labelled + FURTHER]) for e, d in pairs]
    fit = fit_taggers(
        model,
        {t: Stream(part, (t,), 8, [3 * s + k for s in seeds])
         for k, (t, part) in enumerate(parts.items())},
        schedule(arm, labelled),
        [e.encode(d.validation) for e, d in pairs],
        lr=lr,
        keep=[MAIN],
        every=EVERY * len(tasks),
        penalty=beside_text(arm, seeds) if arm.weight else None,
    )  # fmt: skip
    judged = (
        [d.test for d in splits],
        [[s for s in d.other_domains if s.domain in OUTSIDE] for d in splits],
    )
    return np.stack([span_scores(fit, encoders, MAIN, texts) for texts in judged], axis=1)


def _encoders(
    arm: Arm, labelled: int, splits: Sequence[Split], tasks: Sequence[str]
) -> list[Encoder]:
    """Know the words of the labelled sentences, and of the text where it is read."""
    known = [d.train[: labelled + (FURTHER if arm.refine else 0)] for d in splits]
    everything = [s for d in splits for s in (*d.train, *d.validation, *d.test, *d.other_domains)]
    tags = tag_sets(everything, tasks)
    if arm.objective or arm.weight:
        return [widened(text()[2], sentences, tags) for sentences in known]
    return [Encoder(sentences, tags) for sentences in known]


def schedule(arm: Arm, labelled: int) -> Schedule:
    """Return the sources of each update; an update of the refinement is one task's."""
    updates = UPDATES[labelled] * arm.updates
    if not arm.refine:
        return together(MAIN, [], updates)
    return sampled(MAIN, uniform(dict.fromkeys((MAIN, *REFINED), 1)), updates, seed=0)


def start_from(model: Readers, networks: Sequence[dict[str, Tensor]]) -> None:
    """Put pretrained embeddings, layers and heads for text in place; taggers' heads stay fresh."""
    stacked = {name: torch.cat([each[name] for each in networks]) for name in networks[0]}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if not name.startswith("heads."):
                parameter.copy_(stacked[name])


def beside_text(arm: Arm, seeds: Sequence[int]) -> Callable[[Routed], Tensor]:
    """Return what training beside text adds to the loss at each update, for all networks."""
    batches = stream("words", seeds, arm.text)

    def penalty(model: Routed) -> Tensor:
        assert isinstance(model, Readers)
        return arm.weight * text_loss(model, next(batches), "words").sum()

    return penalty


def measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    """Measure a cell of the tuning or of the trials: see ``chunk_scores``."""
    return chunk_scores(
        ARMS[config["arm"]], config["labelled"], config["genre"], seeds, config["lr"]
    )


SCORE = "F1 of chunks in per cent, in the genre and outside of it"
TUNED = ("nothing", f"words, {SHORT}", "joint, 0.1", "both", "refined")

GUM_PRETRAINING_TUNING = Experiment(
    name="gum-pretraining-tuning",
    question="Which step size suits each way of using text, on a genre that is not reported?",
    data="UD English-GUM, commit afb41ee: voyage",
    score=SCORE,
    configs=[
        {"arm": arm, "labelled": 100, "genre": TUNING_GENRE, "lr": lr}
        for arm in TUNED
        for lr in (0.003, 0.01, 0.03)
    ],
    seeds=range(300, 303),
    measure=measure,
    cheap={"arm": "nothing", "labelled": 100, "genre": TUNING_GENRE, "lr": 0.01},
    columns=("inside", "outside"),
    block=DEALS,
    corpus="gum",
)
