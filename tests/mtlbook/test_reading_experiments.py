"""The recorded runs of chapter 7: how questions are split, and what is measured."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mtlbook import runs
from mtlbook.data.reading_batches import gather
from mtlbook.experiments.ch07_reading_comprehension.squad_reader import (
    RULES,
    TEST_ARTICLES,
    VALIDATION_ARTICLES,
    learning_rate,
    rule_answers,
    scores,
    squad_split,
)
from mtlbook.experiments.ch07_reading_comprehension.toy_reader import (
    Even,
    Sharp,
    boundaries,
    exact_of,
    on_copies,
)
from mtlbook.experiments.common.reading import (
    TARGET,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
)
from mtlbook.toy_reading import toy_reading
from mtlbook.training.reading import spans

CORPUS = [replace(q, document=f"article {i % 20}") for i, q in enumerate(toy_reading(80))]
SMALL = ReadingSettings(width=4, hidden=6, batch=4, every=2, vocabulary=700)


def test_no_article_is_in_two_parts() -> None:
    split = squad_split(0, 12, CORPUS)
    titles = [
        {q.document for q in part} for part in (split.sources[TARGET], split.validation, split.test)
    ]
    assert [len(t) for t in titles[1:]] == [VALIDATION_ARTICLES, TEST_ARTICLES]
    assert not titles[0] & titles[1]
    assert not titles[0] & titles[2]
    assert not titles[1] & titles[2]
    assert len(split.test) == 4 * TEST_ARTICLES


def test_another_seed_is_another_split_and_more_questions_contain_fewer() -> None:
    few, many, other = (squad_split(s, n, CORPUS) for s, n in ((0, 5), (0, 16), (1, 16)))
    assert list(many.sources[TARGET])[:5] == list(few.sources[TARGET])
    assert many.test == few.test
    assert many.test != other.test
    with pytest.raises(ValueError, match="17 questions to learn from, of 16"):
        squad_split(0, 17, CORPUS)


def test_rules_answer_with_words_of_the_passage() -> None:
    for rule in RULES:
        answers = rule_answers(rule, CORPUS[:10])
        assert all(a in q.passages[0].text for a, q in zip(answers, CORPUS, strict=False))
    assert scores(CORPUS[:10], [q.answers[0] for q in CORPUS[:10]]) == (100, 100)


def test_tuning_and_trials_have_different_splits() -> None:
    assert learning_rate() == 0.003
    tuned, tried = (runs.load(name) for name in ("squad-reader-tuning", "squad-reader"))
    assert not set(tuned["seed"]) & set(tried["seed"])


def test_boundaries_are_those_of_the_readers_own_decoding() -> None:
    parts = [toy_reading(20, seed=s) for s in range(2)]
    splits = [ReadingSplit({TARGET: part}, part, part) for part in parts]
    data = ReadingData(splits, range(2), SMALL)
    readers, coded = fit_readers(data, 4).best("error"), data.encode(parts)
    found, right = boundaries([readers], coded)
    assert found == [[(s.start, s.end) for s in part] for part in spans(readers, coded, (), 8)]
    # The end may come from another reader, and then the start stays where it was.
    other = fit_readers(ReadingData(splits, [5, 6], SMALL), 4).best("error")
    _, mixed = boundaries([readers, other], coded)
    _, ends = boundaries([other], coded)
    np.testing.assert_array_equal(mixed[:, 0], right[:, 0])
    np.testing.assert_array_equal(mixed[:, 1], ends[:, 1])

    batch = gather(coded, [np.arange(20)] * 2)
    np.testing.assert_allclose(exact_of(readers, batch, parts), data.exact(readers, parts))


def test_weight_on_copies_by_hand() -> None:
    """Each word of a passage puts all its weight on the first word of the question."""
    part = toy_reading(3)
    data = ReadingData([ReadingSplit({TARGET: part * 2}, part, part)], [0], SMALL)
    batch = gather(data.encode([part]), [np.arange(3)])
    shape = (1, 3, 1, batch.passages.shape[-1], batch.question.shape[-1])
    first = torch.zeros(shape)
    first[..., 0] = 1
    weight, evenly = on_copies(first, batch)
    hits, total, even = 0, 0, 0.0
    for q in part:
        asked = [word.lower() for word in q.words]
        for word in q.passages[0].words:
            if word.lower() in asked:
                total += 1
                hits += word.lower() == asked[0]
                even += asked.count(word.lower()) / len(asked)
    assert weight == pytest.approx(hits / total)
    assert evenly == pytest.approx(even / total)


def test_even_is_even_and_sharp_is_not() -> None:
    torch.manual_seed(0)
    p, q = torch.randn(5, 4), torch.randn(3, 4)
    sharp = Sharp(torch.nn.Linear(4, 4))
    assert (Even()(p, q).softmax(-1) == 1 / 3).all()
    assert sharp(p, q).shape == (5, 3)
    assert sharp(p, q).softmax(-1).amax(-1).mean() > 0.8
