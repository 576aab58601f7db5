"""Chapter 7: a reader trained from nothing on SQuAD, and how it is tuned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from mtlbook.data.reading import Question, Span
from mtlbook.data.squad import load_rebuilt
from mtlbook.evaluation.reading import mean_scores
from mtlbook.experiments.common.base import Config, Experiment, grid
from mtlbook.experiments.common.reading import (
    TARGET,
    Readers,
    ReadingDeal,
    ReadingSettings,
    fit_readers,
)
from mtlbook.models.reading_baselines import Answer, Texts, first_of_type, sliding_window

TEST_ARTICLES, HALT_ARTICLES = 12, 4
"""Articles to be judged on, and to stop on; the reader learns from the other 32."""
MOST = 5500
"""Questions to learn from: as many as every split has."""


@cache
def _corpus() -> tuple[Question, ...]:
    return tuple(load_rebuilt())


def squad_deal(seed: int, n: int, corpus: Sequence[Question] | None = None) -> ReadingDeal:
    """Deal out whole articles: to be judged on, to stop on, and to learn from.

    Args:
        seed: another seed gives another split. Splits of one corpus overlap.
        n: how many questions to learn from, a sample from all articles that are neither of the
            others; a larger sample contains a smaller one.
        corpus: the questions; by default the rebuilt development set.

    Raises:
        ValueError: if there are not so many questions.
    """
    questions = _corpus() if corpus is None else corpus
    draw = np.random.default_rng([8, seed])
    titles = draw.permutation(sorted({question.document for question in questions}))
    test = set(titles[:TEST_ARTICLES])
    halt = set(titles[TEST_ARTICLES : TEST_ARTICLES + HALT_ARTICLES])
    rest = [question for question in questions if question.document not in test | halt]
    if not 1 <= n <= len(rest):
        raise ValueError(f"{n} questions to learn from, of {len(rest)}")
    return ReadingDeal(
        {TARGET: [rest[i] for i in draw.permutation(len(rest))[:n]]},
        [question for question in questions if question.document in halt],
        [question for question in questions if question.document in test],
    )


def scores(questions: Sequence[Question], answers: Sequence[str]) -> tuple[float, float]:
    """Return exact match and F1 in per cent."""
    exact, f1 = mean_scores(answers, [question.answers for question in questions])
    return 100 * exact, 100 * f1


def _typed_window(question: Sequence[str], passages: Texts) -> Answer:
    return sliding_window(question, passages, typed=True)


RULES: dict[str, Callable[[Sequence[str], Texts], Answer]] = {
    "first of the type": first_of_type,
    "sliding window": sliding_window,
    "sliding window, typed": _typed_window,
}


def rule_answers(rule: str, questions: Sequence[Question]) -> list[str]:
    """Return what a baseline answers, see :mod:`mtlbook.models.reading_baselines`."""
    found = []
    for question in questions:
        texts = [passage.words for passage in question.passages]
        found.append(question.cut(Span(*RULES[rule](question.words, texts))))
    return found


def read_squad_deal(
    seed: int, questions: int, updates: int, hidden: int, lr: float
) -> tuple[ReadingDeal, Readers]:
    """Train a reader on some questions of a split, in single precision."""
    deal = squad_deal(seed, questions)
    settings = ReadingSettings(
        width=32, hidden=hidden, batch=16, lr=lr, hide=3.0, every=min(100, updates), room=20000,
        least=2, longest=15, double=False,
    )  # fmt: skip
    return deal, fit_readers([deal], [seed], updates, settings)


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    found = []
    for seed in seeds:
        deal, readers = read_squad_deal(seed, **config)
        found.append(scores(deal.test, readers.answers([deal.test])[0]))
    return np.array(found)


QUICK: Config = {"questions": 350, "updates": 25, "hidden": 32, "lr": 0.01}
"""Too short to choose by; it is there to be measured again."""

SQUAD_READER_TUNING = Experiment(
    name="squad-reader-tuning",
    question="Which step size suits a reader of SQuAD, on splits that are not reported?",
    data="SQuAD 1.1, 9,404 questions of the development set, rebuilt: SHA-256 d52bbc38",
    score="exact match and F1 in per cent",
    configs=[
        *grid(questions=[MOST], updates=[500], hidden=[32], lr=[0.003, 0.01]),
        QUICK,
    ],
    seeds=range(100, 103),
    measure=_measure,
    cheap=QUICK,
    columns=("EM", "F1"),
    block=1,
    corpus="squad",
)
