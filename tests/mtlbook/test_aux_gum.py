"""Chapter 11 on GUM: which texts an arm learns from and is judged on, and its predictors."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mtlbook import runs
from mtlbook.data.cheap_labels import with_cheap_labels
from mtlbook.data.sentences import Sentence
from mtlbook.evaluation.information import MEASURES, entropy, mutual_information
from mtlbook.experiments.ch11_auxiliary_tasks import aux_gum
from mtlbook.experiments.ch11_auxiliary_tasks.aux_gum import (
    LR,
    MAINS,
    auxiliaries,
    flat,
    forms,
    pair_measures,
)
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import Setup, fit_pair
from mtlbook.experiments.common.tagging import Split
from mtlbook.toy_language import toy_sentences

SMALL = replace(
    aux_gum.SETUP,
    labelled=6,
    further=10,
    updates=4,
    sizes={"main": 4, "more": 4},
    hidden=4,
    every=2,
)


def as_gum(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Sentences of the toy language under the names that the tasks have on GUM."""
    return [
        replace(s, tags={**s.tags, "deprel": s.tags["pos"], "xpos": s.tags["pos"]})
        for s in sentences
    ]


def small_split(seed: int) -> Split:
    text = as_gum(toy_sentences(60, seed=seed))
    return Split(with_cheap_labels(text[:16], seed), text[16:26], text[26:40], text[40:])


def test_each_main_task_has_ten_others_the_other_main_among_them() -> None:
    for main in MAINS:
        (other,) = set(MAINS) - {main}
        assert len(set(auxiliaries(main))) == len(auxiliaries(main)) == 10
        assert other in auxiliaries(main)
        assert main not in auxiliaries(main)


@pytest.mark.parametrize("main", MAINS)
def test_the_first_column_is_inside_the_genre_and_the_second_outside(
    monkeypatch: pytest.MonkeyPatch, main: str
) -> None:
    monkeypatch.setattr(aux_gum, "SETUP", SMALL)
    monkeypatch.setattr(aux_gum, "split_with_labels", small_split)
    config: dict[str, Any] = {"main": main, "arm": "xpos"}
    splits, seeds = [small_split(seed) for seed in range(2)], range(2)
    found = aux_gum.AUX_GUM.measure(config, seeds)
    trained, data = fit_pair(main, "xpos", splits, seeds, SMALL)
    best = trained.best(main)
    assert_allclose(found[:, 0], data.f1(best, main, "test"))
    assert_allclose(found[:, 1], data.f1(best, main, "other_domains"))
    assert found.shape == (2, 2)


def test_words_and_labels_stand_in_the_order_of_the_text() -> None:
    text = [
        Sentence(("The", "Dog"), {"xpos": ("DT", "NN")}, "news", "one"),
        Sentence(("barks",), {"xpos": ("VBZ",)}, "news", "one"),
    ]
    assert flat(text, "xpos") == ["DT", "NN", "VBZ"]
    assert forms(text) == ["the", "dog", "barks"]


def test_pairs_are_measured_on_labelled_sentences_and_labels_alone_on_further_ones() -> None:
    words = tuple("abcd")
    first = Sentence(words, {"chunk": tuple("XXYY"), "named": tuple("PPQQ")}, "news", "one")
    further = Sentence(words, {"chunk": tuple("XYXY"), "named": tuple("PPPQ")}, "news", "one")
    unused = Sentence(words, {"chunk": tuple("YYYY"), "named": tuple("RSTU")}, "news", "one")
    split = Split([first, first, further, further, further, unused], [], [], [])
    found = pair_measures("chunk", "named", split, replace(SMALL, labelled=2, further=3))
    assert set(found) == set(MEASURES)
    assert found["I(main; aux)"] == pytest.approx(mutual_information("XXYY", "PPQQ")) == 1
    assert found["H(aux)"] == pytest.approx(entropy("PPPQ"))
    assert found["number of labels"] == 2


def test_the_recorded_measures_have_a_column_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aux_gum, "SETUP", SMALL)
    monkeypatch.setattr(aux_gum, "split_with_labels", small_split)
    found = aux_gum.AUX_GUM_LABELS.measure({"main": "deprel", "aux": "length"}, [0, 1])
    assert found.shape == (2, len(MEASURES))
    one = pair_measures("deprel", "length", small_split(1), SMALL)
    assert_allclose(found[1], [one[name] for name in MEASURES])


def test_one_step_size_loses_a_point_at_most_on_another_genre() -> None:
    table = runs.load("gum-hard-tuning").query("labelled == '100'")
    assert aux_gum.GENRE not in set(table["genre"])
    kinds = ["chunk", "dependency relation", "entity", "named entity", "part of speech",
             "single task", "single task, twice the updates", "chunks copied"]  # fmt: skip
    means = table.groupby(["text", "arm", "lr"])["inside"].mean().unstack()
    means = means[means.index.get_level_values("arm").isin(kinds)]
    short = means.max(axis=1) - means[LR]
    assert 0 < short.max() < 1.05
    assert np.isfinite(short).all()
