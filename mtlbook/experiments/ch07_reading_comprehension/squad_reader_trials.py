"""Chapter 7: a reader of SQuAD with the chosen settings, and rules beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlbook.data.reading import Question
from mtlbook.data.reading_codes import CodedQuestions
from mtlbook.evaluation.reading import mean_scores
from mtlbook.experiments.ch07_reading_comprehension.squad_reader import (
    MOST,
    RULES,
    read_squad_deal,
    rule_answers,
    scores,
    squad_deal,
)
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.experiments.common.reading import TARGET
from mtlbook.models.reading_baselines import kind_asked

HIDDEN, LR = 32, 0.003
"""The size that was tuned, and the best step size of ``squad-reader-tuning`` by mean F1."""
SEEN = 500
"""Of the questions that were learned from, how many are asked again."""


def _columns(
    test: Sequence[Question], answers: Sequence[str], learned: tuple[float, float]
) -> list[float]:
    numbers = [kind_asked(question.words) != "name" for question in test]
    parts = [
        100
        * mean_scores(
            [answer for answer, number in zip(answers, numbers, strict=True) if number == wanted],
            [q.answers for q, number in zip(test, numbers, strict=True) if number == wanted],
        )[0]
        for wanted in (True, False)
    ]
    return [*scores(test, answers), *parts, learned[0]]


def _one(config: Config, seed: int) -> list[float]:
    if config["arm"] in RULES:
        deal = squad_deal(seed, MOST)
        answers = rule_answers(config["arm"], deal.test)
        seen = deal.sources[TARGET][:SEEN]
        return [*_columns(deal.test, answers, scores(seen, rule_answers(config["arm"], seen))), 0]
    deal, readers = read_squad_deal(seed, config["questions"], config["updates"], HIDDEN, LR)
    seen = deal.sources[TARGET][:SEEN]
    (answers,), (again,) = readers.answers([deal.test]), readers.answers([seen])
    return [*_columns(deal.test, answers, scores(seen, again)), int(readers.fit.best_step[0])]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return np.array([_one(config, seed) for seed in seeds])


SQUAD_READER = Experiment(
    name="squad-reader",
    question="Does a reader trained from nothing on some thousand questions beat rules on SQuAD?",
    data="SQuAD 1.1, 9,404 questions of the development set, rebuilt: SHA-256 d52bbc38",
    score="exact match and F1 in per cent",
    configs=[
        *({"arm": rule, "questions": 0, "updates": 0} for rule in RULES),
        {"arm": "reader", "questions": MOST, "updates": 500},
        {"arm": "reader", "questions": MOST, "updates": 1500},
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"arm": "first of the type", "questions": 0, "updates": 0},
    columns=("EM", "F1", "EM, numbers", "EM, others", "EM, learned from", "kept update"),
    block=1,
    corpus="squad",
)
