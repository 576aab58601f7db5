"""Chapter 11's lessons: what an arm learns from, and what its predictors are made of."""

from dataclasses import replace

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.data.cheap_labels import CHEAP, with_cheap_labels
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm, toy_deal
from mtlbook.experiments.ch11_auxiliary_tasks import aux_mains
from mtlbook.experiments.ch11_auxiliary_tasks.aux_joint import (
    COLUMNS,
    PROBES,
    joint_probes,
    summary,
)
from mtlbook.experiments.ch11_auxiliary_tasks.aux_mains import LOOKS, TYPES, only
from mtlbook.experiments.ch11_auxiliary_tasks.aux_mains import MAINS as SINGLE_TYPES
from mtlbook.experiments.ch11_auxiliary_tasks.aux_toy import (
    LR,
    MAINS,
    SETUP,
    auxiliaries,
    deal_with_labels,
)
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import (
    ALONE,
    CONTROLS,
    Setup,
    fit_pair,
    known_texts,
    pair_lesson,
    tag_scores,
)
from mtlbook.experiments.common.tagging import Deal
from mtlbook.toy_language import toy_sentences

SMALL = Setup(8, 12, 4, 1, replace(SETUP.training, sizes={"main": 4, "more": 4}, hidden=4, every=2))


@pytest.fixture(scope="module")
def deals() -> list[Deal]:
    found = []
    for seed in range(2):
        text = toy_sentences(40, seed=seed)
        found.append(Deal(with_cheap_labels(text[:20], seed), text[20:30], text[30:], text[30:]))
    return found


@pytest.mark.parametrize("arm", ["pos", "noise", "own labels"])
def test_an_auxiliary_task_is_on_further_sentences_alone(deals: list[Deal], arm: str) -> None:
    lesson = pair_lesson("chunk", arm, deals, SMALL)
    (main, taught), (more, others) = lesson.sources["main"], lesson.sources["more"]
    assert taught == ("chunk",)
    assert others == (("chunk",) if arm == "own labels" else (arm,))
    for deal, first, further in zip(deals, main, more, strict=True):
        assert list(first) == deal.train[:8]
        assert list(further) == deal.train[8:20]
    assert lesson.schedule == [("main", "more")] * 4


@pytest.mark.parametrize("arm", ALONE)
def test_a_task_alone_learns_from_its_own_sentences(deals: list[Deal], arm: str) -> None:
    lesson = pair_lesson("chunk", arm, deals, SMALL)
    assert list(lesson.sources) == ["main"]
    assert list(lesson.routes) == ["chunk"]
    assert len(lesson.schedule) == (8 if arm == "twice the updates" else 4)


def test_a_copy_has_the_same_labels_and_a_head_of_its_own(deals: list[Deal]) -> None:
    lesson = pair_lesson("role", "copied", deals, SMALL)
    (parts, taught) = lesson.sources["main"]
    assert taught == ("role", "copy") == tuple(lesson.routes)
    assert all(s.tags["copy"] == s.tags["role"] for part in parts for s in part)


def test_only_arms_that_learn_from_further_sentences_know_their_words(deals: list[Deal]) -> None:
    for arm in (*CONTROLS, "pos"):
        wanted = 8 if arm in ("single task", "twice the updates", "copied") else 20
        assert [len(text) for text in known_texts(arm, deals, SMALL)] == [wanted] * 2


def test_no_task_is_beside_itself(deals: list[Deal]) -> None:
    with pytest.raises(ValueError, match="own labels"):
        pair_lesson("chunk", "chunk", deals, SMALL)
    for main in MAINS:
        assert main not in auxiliaries(main)
        assert len(auxiliaries(main)) == 9


def test_cheap_labels_are_on_the_deal_of_chapter_3() -> None:
    plain, labelled = toy_deal(3, Arm()), deal_with_labels(3)
    assert [s.words for s in labelled.train] == [s.words for s in plain.train]
    assert labelled.halt == plain.halt
    assert all(set(CHEAP) <= set(s.tags) for s in labelled.train)


def test_spans_are_scored_by_f1_and_parts_of_speech_by_words(deals: list[Deal]) -> None:
    for main in ("chunk", "pos"):
        fit, encoders = fit_pair(main, "noise", deals, range(2), SMALL)
        texts = [d.test for d in deals]
        found = tag_scores(fit, encoders, main, texts)
        assert found.shape == (2,)
        if main == "pos":
            tags = fit.predict([encoders[0].encode(texts[0]), encoders[1].encode(texts[1])],
                               main, encoders[0].labels[main])  # fmt: skip
            right = [a == b for s, t in zip(texts[0], tags[0], strict=True)
                     for a, b in zip(s.tags[main], t, strict=True)]  # fmt: skip
            assert found[0] == pytest.approx(100 * np.mean(right))


def test_a_joint_run_is_looked_at_from_its_first_update_on(deals: list[Deal]) -> None:
    probes = joint_probes("chunk", ("pos", "noise"), deals, range(2), SMALL, updates=PROBES)
    assert len(probes) == PROBES
    assert [set(p) for p in probes] == [{"pos", "noise"}] * PROBES
    found = summary(probes, "pos")
    assert found.shape == (2, len(COLUMNS))
    np.testing.assert_allclose(found[:, 0], probes[0]["pos"].cosine)
    late = np.mean([p["pos"].affinity.numpy() for p in probes[PROBES // 2 :]], axis=0)
    np.testing.assert_allclose(found[:, -1], late)


def test_a_seed_does_not_depend_on_those_beside_it(deals: list[Deal]) -> None:
    same = [deals[0], deals[0]]  # other sentences might use other labels
    both = joint_probes("chunk", ("pos",), same, range(2), SMALL, updates=PROBES)
    alone = joint_probes("chunk", ("pos",), same[1:], [1], SMALL, updates=PROBES)
    np.testing.assert_allclose(summary(both, "pos")[1:], summary(alone, "pos"), rtol=1e-6)


def test_one_step_size_loses_little_on_the_tuning_seeds_of_chapter_3() -> None:
    table = runs.load("toy-hard-tuning").query("arm != 'hard sharing, equal work'")
    means = table.groupby(["main", "arm", "lr"])["inside"].mean().unstack()
    assert (means.max(axis=1) - means[LR]).max() < 2


def test_a_task_of_one_type_marks_its_spans_and_no_others() -> None:
    text = toy_sentences(40, seed=0)
    for main in SINGLE_TYPES:
        layer, kind = main.split()
        for before, after in zip(text, only(text, main), strict=True):
            assert after.words == before.words
            assert {task: after.tags[task] for task in before.tags} == before.tags
            assert after.tags[main] == tuple(
                tag if tag in (f"B-{kind}", f"I-{kind}") else "O" for tag in before.tags[layer]
            )
    assert len(SINGLE_TYPES) == len(set(SINGLE_TYPES)) == sum(map(len, TYPES.values())) == 15


def test_a_type_that_is_no_main_task_is_refused() -> None:
    with pytest.raises(ValueError, match="no main task 'chunk AGENT'"):
        only(toy_sentences(1, seed=0), "chunk AGENT")


def test_many_main_tasks_have_their_score_and_a_column_for_each_look(
    deals: list[Deal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aux_mains, "SETUP", SMALL)
    monkeypatch.setattr(aux_mains, "deal_with_labels", lambda seed: deals[seed])
    found = aux_mains.AUX_MAINS.measure({"main": "chunk NP", "arm": "pos"}, range(2))
    fit, _ = fit_pair(
        "chunk NP", "pos", [Deal(*(only(part, "chunk NP") for part in (d.train, d.halt, d.test)),
                                 []) for d in deals], range(2), SMALL,
    )  # fmt: skip
    np.testing.assert_allclose(found[:, 1:], 100 * fit.halting["chunk NP"].T)
    assert found.shape == (2, 1 + SMALL.updates // SMALL.training.every)
    assert len(LOOKS) == SETUP.updates // SETUP.training.every
