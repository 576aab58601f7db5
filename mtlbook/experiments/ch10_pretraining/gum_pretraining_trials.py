"""Chapter 10: text before or beside the labelled task on GUM, with the chosen step sizes."""

from __future__ import annotations

from mtlbook.experiments.ch10_pretraining.gum_pretraining import ARMS, DEALS, GENRE, SCORE, measure
from mtlbook.experiments.ch10_pretraining.gum_text import LENGTHS, SHORT
from mtlbook.experiments.common.base import Experiment

SETTINGS = {"nothing": 0.01, f"words, {SHORT}": 0.01, "joint, 0.1": 0.003, "both": 0.003,
            "refined": 0.01}  # fmt: skip
"""Step size of each arm that was tuned: the best of ``gum-pretraining-tuning``."""
FEW = ("nothing", "nothing, twice the updates", f"words, {SHORT}", f"words, {LENGTHS[-1]}")
"""What is looked at with more labelled sentences, too."""
LONG = "joint, 0.1, more text"
"""What takes longest is measured last."""


def step_size(name: str) -> float:
    """Return the step size of an arm: its own, or that of the tuned arm that is most like it."""
    arm = ARMS[name]
    if arm.refine:
        return SETTINGS["refined"]
    if arm.objective:
        return SETTINGS["both" if arm.weight else f"words, {SHORT}"]
    return SETTINGS["joint, 0.1" if arm.weight else "nothing"]


GUM_PRETRAINING = Experiment(
    name="gum-pretraining",
    question="What does unlabelled text bring to chunking on GUM, before or beside the labels?",
    data="UD English-GUM, commit afb41ee: news",
    score=SCORE,
    configs=[
        {"arm": arm, "labelled": labelled, "genre": GENRE, "lr": step_size(arm)}
        for labelled, arms in (
            (100, [arm for arm in ARMS if arm != LONG]),
            (300, FEW),
            (100, [LONG]),
        )
        for arm in arms
    ],
    seeds=range(15),
    measure=measure,
    cheap={"arm": "nothing", "labelled": 100, "genre": GENRE, "lr": SETTINGS["nothing"]},
    columns=("inside", "outside"),
    block=DEALS,
    corpus="gum",
)
