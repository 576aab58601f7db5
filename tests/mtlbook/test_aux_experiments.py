"""Chapter 11's arms: what each learns from, and what its predictors are made of."""

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.data.cheap_labels import CHEAP, with_cheap_labels
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm, toy_split
from mtlbook.experiments.ch11_auxiliary_tasks import aux_toy
from mtlbook.experiments.ch11_auxiliary_tasks.aux_toy import (
    LOOKS,
    LR,
    MAINS,
    SETUP,
    SINGLE_TYPES,
    TYPES,
    auxiliaries,
    only,
    split_with_labels,
)
from mtlbook.experiments.ch11_auxiliary_tasks.auxiliary import (
    ALONE,
    COLUMNS,
    CONTROLS,
    PROBES,
    Setup,
    fit_pair,
    joint_probes,
    known_texts,
    pair_data,
    summary,
)
from mtlbook.experiments.common.tagging import Split
from mtlbook.toy_language import toy_sentences

SMALL = Setup(8, 12, 4, 1, SETUP.vocabulary, {"main": 4, "more": 4}, SETUP.lr, 4, 2)


@pytest.fixture(scope="module")
def splits() -> list[Split]:
    found = []
    for seed in range(2):
        text = toy_sentences(40, seed=seed)
        found.append(Split(with_cheap_labels(text[:20], seed), text[20:30], text[30:], text[30:]))
    return found


@pytest.mark.parametrize("arm", ["pos", "noise", "own labels"])
def test_an_auxiliary_task_is_on_further_sentences_alone(splits: list[Split], arm: str) -> None:
    data, schedule = pair_data("chunk", arm, splits, SMALL)
    main, more = data.sources["main"], data.sources["more"]
    assert main.tasks == ("chunk",)
    assert more.tasks == (("chunk",) if arm == "own labels" else (arm,))
    for split, first, further in zip(splits, main.parts, more.parts, strict=True):
        assert list(first) == split.train[:8]
        assert list(further) == split.train[8:20]
    assert schedule == [("main", "more")] * 4


@pytest.mark.parametrize("arm", ALONE)
def test_a_task_alone_learns_from_its_own_sentences(splits: list[Split], arm: str) -> None:
    data, schedule = pair_data("chunk", arm, splits, SMALL)
    assert list(data.sources) == ["main"]
    assert list(data.numbers) == ["chunk"]
    assert len(schedule) == (8 if arm == "twice the updates" else 4)


def test_a_copy_has_the_same_labels_and_a_head_of_its_own(splits: list[Split]) -> None:
    data, _ = pair_data("role", "copied", splits, SMALL)
    main = data.sources["main"]
    assert main.tasks == ("role", "copy") == tuple(data.numbers)
    assert all(s.tags["copy"] == s.tags["role"] for part in main.parts for s in part)


def test_only_arms_that_learn_from_further_sentences_know_their_words(splits: list[Split]) -> None:
    for arm in (*CONTROLS, "pos"):
        wanted = 8 if arm in ("single task", "twice the updates", "copied") else 20
        assert [len(text) for text in known_texts(arm, splits, SMALL)] == [wanted] * 2


def test_no_task_is_beside_itself(splits: list[Split]) -> None:
    with pytest.raises(ValueError, match="own labels"):
        pair_data("chunk", "chunk", splits, SMALL)
    for main in MAINS:
        assert main not in auxiliaries(main)
        assert len(auxiliaries(main)) == 9


def test_cheap_labels_are_on_the_split_of_chapter_3() -> None:
    plain, labelled = toy_split(3, Arm()), split_with_labels(3)
    assert [s.words for s in labelled.train] == [s.words for s in plain.train]
    assert labelled.validation == plain.validation
    assert all(set(CHEAP) <= set(s.tags) for s in labelled.train)


def test_spans_are_scored_by_f1_and_parts_of_speech_by_words(splits: list[Split]) -> None:
    for main in ("chunk", "pos"):
        found, data = fit_pair(main, "noise", splits, range(2), SMALL)
        best = found.best(main)
        scores = data.f1(best, main)
        assert scores.shape == (2,)
        if main == "pos":
            right = [a == b for s, t in zip(splits[0].test, data.tags(best, main)[0], strict=True)
                     for a, b in zip(s.tags[main], t, strict=True)]  # fmt: skip
            assert scores[0] == pytest.approx(100 * np.mean(right))


def test_a_joint_run_is_looked_at_from_its_first_update_on(splits: list[Split]) -> None:
    probes = joint_probes("chunk", ("pos", "noise"), splits, range(2), SMALL, updates=PROBES)
    assert len(probes) == PROBES
    assert [set(p) for p in probes] == [{"pos", "noise"}] * PROBES
    found = summary(probes, "pos")
    assert found.shape == (2, len(COLUMNS))
    np.testing.assert_allclose(found[:, 0], probes[0]["pos"].cosine)
    late = np.mean([p["pos"].affinity.numpy() for p in probes[PROBES // 2 :]], axis=0)
    np.testing.assert_allclose(found[:, -1], late)


def test_a_seed_does_not_depend_on_those_beside_it(splits: list[Split]) -> None:
    same = [splits[0], splits[0]]  # other sentences might use other labels
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
    splits: list[Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aux_toy, "SETUP", SMALL)
    monkeypatch.setattr(aux_toy, "split_with_labels", lambda seed: splits[seed])
    found = aux_toy.AUX_MAINS.measure({"main": "chunk NP", "arm": "pos"}, range(2))
    of_type = [
        Split(*(only(part, "chunk NP") for part in (d.train, d.validation, d.test)), [])
        for d in splits
    ]
    trained, _ = fit_pair("chunk NP", "pos", of_type, range(2), SMALL)
    np.testing.assert_allclose(found[:, 1:], 100 * trained.validation["chunk NP"].T)
    assert found.shape == (2, 1 + SMALL.updates // SMALL.every)
    assert len(LOOKS) == SETUP.updates // SETUP.every
