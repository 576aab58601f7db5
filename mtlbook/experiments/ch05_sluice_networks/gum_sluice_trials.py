"""Chapter 5: sluice networks on GUM, with the chosen step sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.experiments.ch03_hard_sharing.gum_hard import GENRES
from mtlbook.experiments.ch05_sluice_networks.gum_sluice import NONE, cells, gum_fit
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import ARMS, WEIGHTS, mixing_weights
from mtlbook.experiments.common.base import Config, Experiment

SETTINGS = {
    "single task": 0.015,
    "all words": 0.015,
    "wider": 0.015,
    "hard sharing": 0.015,
    "low supervision": 0.006,
    "private trunks": 0.015,
    "sluice, α frozen": 0.015,
    "cross-stitch": 0.015,
    "sluice": 0.015,
}
"""Step size of each arm: the best of ``gum-sluice-tuning``, beside parts of speech. With ``all
words`` .04 was .1 better, on three seeds."""


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["arm"]
    return gum_fit(ARMS[name], config["aux"], config["genre"], seeds, SETTINGS[name])[1]


def _measure_learned(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name = config["arm"]
    fit, scores = gum_fit(ARMS[name], config["aux"], config["genre"], seeds, SETTINGS[name])
    return np.concatenate([scores, mixing_weights(fit)], axis=1)


REPORTED = GENRES[:3]  # a fourth would take another third of the time
UNLEARNED = ("private trunks", "sluice, α frozen")
SINGLE = [name for name, arm in ARMS.items() if arm.tasks == 1]
DATA = "UD English-GUM, commit afb41ee: news, interview, conversation"

GUM_SLUICE = Experiment(
    name="gum-sluice",
    question="What do ways of sharing bring to chunking on GUM, and cost?",
    data=DATA,
    score="F1 of chunks in per cent, in the genre and outside of it",
    configs=[
        *cells(SINGLE, (), REPORTED),
        *cells(["hard sharing"], ["xpos", "named", "deprel"], REPORTED),
        *cells(["low supervision", *UNLEARNED[1:]], ["xpos", "named"], REPORTED),
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "single task", "aux": NONE, "genre": "conversation"},
    columns=("inside", "outside"),
    corpus="gum",
)

GUM_SLUICE_LEARNED = Experiment(
    name="gum-sluice-learned",
    question="What do cross-stitch and sluice networks bring on GUM, and what are their weights?",
    data=DATA,
    score="F1 of chunks in per cent, in the genre and outside of it; weights of α and β",
    configs=[
        *cells(["sluice"], ["xpos", "named", "deprel"], REPORTED),
        *cells(["cross-stitch"], ["xpos", "named"], REPORTED),
    ],
    seeds=range(5),
    measure=_measure_learned,
    cheap={"arm": "cross-stitch", "aux": "xpos", "genre": "conversation"},
    columns=("inside", "outside", *WEIGHTS),
    corpus="gum",
)
