"""Chapter 7: a reader trained from nothing on SQuAD, how it is tuned, and rules beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from mtlbook.data.reading import Question, Span
from mtlbook.data.squad import load_rebuilt
from mtlbook.evaluation.reading import mean_scores
from mtlbook.experiments.common.reading import (
    TARGET,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
)
from mtlbook.experiments.common.tolerances import SQUAD
from mtlbook.models.reading_baselines import (
    Answer,
    Texts,
    first_of_type,
    kind_asked,
    sliding_window,
)
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.runs.tuning import settings

TEST_ARTICLES, VALIDATION_ARTICLES = 12, 4
"""Articles to be judged on, and to stop on; the reader learns from the other 32."""
MOST = 5500
"""Questions to learn from: as many as every split has."""


@cache
def _corpus() -> tuple[Question, ...]:
    return tuple(load_rebuilt())


def squad_split(seed: int, n: int, corpus: Sequence[Question] | None = None) -> ReadingSplit:
    """Split whole articles: to be judged on, to stop on, and to learn from.

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
    validation = set(titles[TEST_ARTICLES : TEST_ARTICLES + VALIDATION_ARTICLES])
    rest = [question for question in questions if question.document not in test | validation]
    if not 1 <= n <= len(rest):
        raise ValueError(f"{n} questions to learn from, of {len(rest)}")
    return ReadingSplit(
        {TARGET: [rest[i] for i in draw.permutation(len(rest))[:n]]},
        [question for question in questions if question.document in validation],
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


def squad_data(seed: int, questions: int, hidden: int, lr: float) -> ReadingData:
    """Return some questions of a split as numbers, with the settings of SQuAD's readers."""
    as_tuned = ReadingSettings(
        width=32,
        hidden=hidden,
        batch=16,
        lr=lr,
        hide=3.0,
        every=100,
        vocabulary=20000,
        least=2,
        longest=15,
        double=False,
    )
    return ReadingData([squad_split(seed, questions)], [seed], as_tuned)


def _measure_tuning(config: Config, seeds: Sequence[int]) -> np.ndarray:
    found = []
    for seed in seeds:
        data = squad_data(seed, config["questions"], config["hidden"], config["lr"])
        readers = fit_readers(data, config["updates"]).best("error")
        found.append(scores(data.tests[0], data.answers(readers, data.tests)[0]))
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
    measure=_measure_tuning,
    cheap=QUICK,
    columns=("EM", "F1"),
    block=1,
    corpus="squad",
    tolerance=SQUAD,
)

HIDDEN = 32
"""The size that was tuned."""
SEEN = 500
"""Of the questions that were learned from, how many are asked again."""


def learning_rate() -> float:
    """Return the best learning rate of ``squad-reader-tuning`` by mean F1."""
    (best,) = settings(
        "squad-reader-tuning", "lr", score="F1", where=lambda config: config["questions"] == MOST
    ).values()
    return float(best)


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
        split = squad_split(seed, MOST)
        answers = rule_answers(config["arm"], split.test)
        seen = split.sources[TARGET][:SEEN]
        return [*_columns(split.test, answers, scores(seen, rule_answers(config["arm"], seen))), 0]
    data = squad_data(seed, config["questions"], HIDDEN, learning_rate())
    found = fit_readers(data, config["updates"])
    readers, test = found.best("error"), data.tests[0]
    seen = data.splits[0].sources[TARGET][:SEEN]
    (answers,), (again,) = data.answers(readers, [test]), data.answers(readers, [seen])
    return [*_columns(test, answers, scores(seen, again)), int(found.best_step["error"][0])]


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
    tolerance=SQUAD,
)
