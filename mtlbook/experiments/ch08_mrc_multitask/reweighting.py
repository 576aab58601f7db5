"""Chapter 8: when does it pay to weigh auxiliary questions by how near they are to the target?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mtlbook.data.reading import Question
from mtlbook.evaluation.reading import normalised
from mtlbook.experiments.common.reading import (
    TARGET,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
    toy_split,
)
from mtlbook.models.networks import Networks
from mtlbook.runs.base import Config, Experiment
from mtlbook.runs.tuning import settings
from mtlbook.toy_reading import toy_reading
from mtlbook.training.mixing import Schedule
from mtlbook.training.mt_san import cross_entropy_differences, mixture, rescaled

STYLES = ("newspaper", "search")
QUESTIONS = 200
"""Of the target, and of each auxiliary style."""
UPDATES = 200
"""Of the target."""


@dataclass(frozen=True)
class World:
    """What some of the auxiliary questions are like: off domain, with wide answers, or both.

    Attributes:
        off_domain: whether the odd ones ask about plants, games and dishes.
        wide: whether they are annotated by the other convention.
        share: how many of each style are odd; the others are annotated as the target is.
        distance: how likely a sentence is in the auxiliary style; at 0 only a closing remark, in
            half of the passages, is.
    """

    off_domain: bool = False
    wide: bool = False
    share: float = 0.0
    distance: float = 1.0


WORLDS = {
    "clean": World(),
    "clean, same style": World(distance=0),
    "off-domain, 1/2": World(off_domain=True, share=0.5),
    "wide, 3/4": World(wide=True, share=0.75),
    "wide, 1/4, same style": World(wide=True, share=0.25, distance=0),
    "wide, 1/2, same style": World(wide=True, share=0.5, distance=0),
    "wide, 3/4, same style": World(wide=True, share=0.75, distance=0),
    "both, 3/4, same style": World(off_domain=True, wide=True, share=0.75, distance=0),
}


@cache
def auxiliary(world: str, style: str, seed: int) -> tuple[tuple[Question, bool], ...]:
    """Return the auxiliary questions of a style, the odd ones last, each with whether it is odd."""
    of = WORLDS[world]
    odd = round(of.share * QUESTIONS)
    found = [
        (question, False)
        for question in toy_reading(QUESTIONS - odd, style, 2 * seed, distance=of.distance)
    ]
    if odd:
        strange = toy_reading(
            odd,
            style,
            2 * seed + 1,
            distance=of.distance,
            off_domain=float(of.off_domain),
            conflict=float(of.wide),
        )
        found += [(question, True) for question in strange]
    return tuple(found)


@dataclass(frozen=True)
class Treatment:
    """What becomes of the auxiliary questions.

    Attributes:
        by: what judges them: nothing; ``ced``, the difference of cross-entropies; or ``oracle``,
            which leaves out the odd ones.
        keep: the share of each style that is kept, those with the highest weights, which then
            count alike. None keeps and weighs all.
        shuffled: whether weights are permuted among the questions of a style.
        mean_one: whether the weights of each style are scaled to a mean of one.
    """

    by: str = ""
    keep: float | None = None
    shuffled: bool = False
    mean_one: bool = False


TREATMENTS = {
    "all alike": Treatment(),
    "weights": Treatment("ced"),
    "weights, shuffled": Treatment("ced", shuffled=True),
    "weights, mean one": Treatment("ced", mean_one=True),
    "weights, mean one, shuffled": Treatment("ced", mean_one=True, shuffled=True),
    "nearest half": Treatment("ced", keep=0.5),
    "nearest quarter": Treatment("ced", keep=0.25),
    "random quarter": Treatment("ced", keep=0.25, shuffled=True),
    "oracle": Treatment("oracle"),
}


def treat(
    treatment: Treatment,
    target: Sequence[Question],
    given: Sequence[tuple[Question, bool]],
    seed: int,
) -> tuple[list[Question], np.ndarray]:
    """Return the auxiliary questions of a style that are kept, and their weights.

    Args:
        treatment: what becomes of them.
        target: questions of the target, for the language models.
        given: the questions, each with whether it is odd.
        seed: of the permutation.
    """
    questions = [q for q, odd in given if not (odd and treatment.by == "oracle")]
    weights = np.ones(len(questions))
    if treatment.by == "ced":
        words, lengths = cross_entropy_differences(target, questions)
        weights = rescaled(words + lengths)
    if treatment.shuffled:
        weights = np.random.default_rng([9, seed]).permutation(weights)
    if treatment.keep is not None:
        kept = round(treatment.keep * len(questions))
        chosen = np.sort(np.argsort(-weights, kind="stable")[:kept])
        return [questions[i] for i in chosen], np.ones(kept)
    return questions, weights / weights.mean() if treatment.mean_one else weights


@cache
def plain_split(seed: int) -> ReadingSplit:
    """Return the target's questions of a seed."""
    return toy_split(seed, QUESTIONS)


def treated_split(world: str, treatment: str, seed: int) -> ReadingSplit:
    """Return the target's questions, and auxiliary ones after their treatment."""
    own = plain_split(seed)
    sources, weights = dict(own.sources), dict[str, list[float]]()
    for number, style in enumerate(STYLES):
        sources[style], found = treat(
            TREATMENTS[treatment],
            own.sources[TARGET],
            auxiliary(world, style, seed),
            len(STYLES) * seed + number,
        )
        weights[style] = found.tolist()
    return ReadingSplit(sources, own.validation, own.test, weights)


def epochs(ratio: float, updates: int) -> Schedule:
    """Draw epochs with ``ratio`` auxiliary batches for each one of the target.

    Which batches come is the same for all seeds; each seed has its own questions and order.
    """
    batch = ReadingSettings().batch
    sizes = dict.fromkeys((TARGET, *STYLES), QUESTIONS // batch)
    share = ratio / len(STYLES)  # all sources are of the same size
    return mixture(sizes, TARGET, share, "of the auxiliary", updates, seed=0)


def is_wide(answer: str, narrow: str) -> bool:
    """Return whether an answer holds the right one and more, beyond what the scorer forgives."""
    given, wanted = f" {normalised(answer)} ", f" {normalised(narrow)} "
    return wanted in given and wanted != given


def exact_and_wide(data: ReadingData, readers: Networks) -> np.ndarray:
    """Ask the target's test questions.

    Returns:
        For each reader, how many answers match exactly, and how many hold the right answer and
        more, in per cent, ``(S, 2)``.
    """
    pairs = zip(data.answers(readers, data.tests), data.tests, strict=True)
    wide = [
        100 * np.mean([is_wide(a, q.answers[0]) for a, q in zip(answers, test, strict=True)])
        for answers, test in pairs
    ]
    return np.column_stack([data.exact(readers, data.tests), wide])


def cell(
    world: str,
    treatment: str = "all alike",
    ratio: float = 1.0,
    updates: int = UPDATES,
    precision: str = "single",
) -> Config:
    """Return a configuration of the recorded runs."""
    return {
        "world": world,
        "treatment": treatment,
        "ratio": ratio,
        "updates": updates,
        "precision": precision,
    }


HARD = "wide, 3/4, same style"
"""The world in which the arms are tuned, and in which all treatments are tried."""
CHEAP = cell("none", ratio=0.0, updates=UPDATES // 2, precision="double")
"""What the tests measure again, on any processor: in double precision."""


def reweighted(config: Config, seeds: Sequence[int], lr: float) -> np.ndarray:
    """Train on the target and on treated auxiliary questions, and ask the target's test.

    Args:
        config: a :func:`cell`; in the world ``none`` there is the target alone.
        seeds: of questions and readers.
        lr: learning rate.

    Returns:
        As :func:`exact_and_wide`.
    """
    schedule: Schedule | int = config["updates"]
    splits = [plain_split(seed) for seed in seeds]
    if config["world"] != "none":
        splits = [treated_split(config["world"], config["treatment"], seed) for seed in seeds]
        schedule = epochs(config["ratio"], config["updates"])
    double = config["precision"] == "double"
    data = ReadingData(splits, seeds, ReadingSettings(lr=lr, double=double))
    return exact_and_wide(data, fit_readers(data, schedule).best("error"))


TUNED = ("all alike", "weights", "weights, mean one", "nearest quarter", "oracle")
RATES = (0.005, 0.01, 0.02)


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return reweighted(config, seeds, config["lr"])


REWEIGHTING_TUNING = Experiment(
    name="reweighting-tuning",
    question="At which step size does each way of weighing auxiliary questions do best?",
    data="generated: mtlbook.toy_reading",
    score="answers that match exactly, and that hold the right one and more, in per cent",
    configs=[
        {**CHEAP, "lr": 0.01},
        *(
            {**arm, "lr": lr}
            for arm in (cell("none", ratio=0.0), *(cell(HARD, name) for name in TUNED))
            for lr in RATES
        ),
    ],
    seeds=range(100, 105),
    measure=_measure_tuning,
    cheap={**CHEAP, "lr": 0.01},
    columns=("exact", "wide"),
)

HALF = UPDATES // 2


def learning_rate(world: str, treatment: str) -> float:
    """Return the best learning rate of a treatment, as ``reweighting-tuning`` found it.

    What is shuffled has that of what is not, and other shares that of the nearest quarter.
    """
    best = settings(
        "reweighting-tuning",
        "lr",
        score="exact",
        arms=["world", "treatment"],
        where=lambda config: config["precision"] == "single",
    )
    if world == "none":
        return float(best["none", "all alike"])
    name = treatment.removesuffix(", shuffled")
    shares = ("nearest half", "random quarter")
    return float(best[HARD, "nearest quarter" if name in shares else name])


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return reweighted(config, seeds, learning_rate(config["world"], config["treatment"]))


REWEIGHTING = Experiment(
    name="reweighting",
    question="When does it pay to weigh auxiliary questions by how near they are to the target?",
    data="generated: mtlbook.toy_reading",
    score="answers that match exactly, and that hold the right one and more, in per cent",
    configs=[
        CHEAP,
        cell("none", ratio=0.0),
        *(cell(HARD, name) for name in TREATMENTS),
        *(cell("none", ratio=0.0, updates=n * UPDATES) for n in (2, 3)),
        cell("clean"),
        *(cell("off-domain, 1/2", n) for n in ("all alike", "weights, mean one", "oracle")),
        *(cell("wide, 3/4", n) for n in ("all alike", "nearest quarter", "oracle")),
        *(cell(HARD, ratio=ratio) for ratio in (0.5, 2.0)),
        *(cell("clean", ratio=ratio) for ratio in (0.5, 2.0)),
        *(cell(HARD, n, updates=HALF) for n in ("all alike", "nearest quarter")),
        cell("clean", updates=HALF),
        *(cell("clean, same style", ratio=ratio) for ratio in (0.5, 1.0, 2.0)),
        cell("clean, same style", updates=HALF),
        *(
            cell("wide, 1/2, same style", n)
            for n in ("all alike", "nearest half", "nearest quarter", "oracle")
        ),
        *(cell("both, 3/4, same style", n) for n in ("all alike", "nearest quarter", "oracle")),
    ],
    seeds=range(10),
    measure=_measure,
    cheap=CHEAP,
    columns=("exact", "wide"),
)
