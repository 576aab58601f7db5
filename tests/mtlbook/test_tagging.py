"""What taggers of chapter 3 learn from: deals, lessons, and scores that stand alone."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mtlbook import runs
from mtlbook.data.sentences import Sentence
from mtlbook.experiments.ch03_hard_sharing import (
    gum_hard,
    gum_hard_trials,
    toy_hard,
    toy_hard_trials,
)
from mtlbook.experiments.ch03_hard_sharing.gum_hard import MORE, SAME, lesson_of, shuffled
from mtlbook.experiments.ch03_hard_sharing.toy_hard import (
    ARMS,
    FURTHER,
    LABELLED,
    toy_deal,
    toy_lesson,
)
from mtlbook.experiments.common import gum_deal
from mtlbook.experiments.common.tagging import Deal, Lesson, Training, fit_lesson, score_lesson
from mtlbook.models.sharing import hard
from mtlbook.toy_language import toy_sentences
from mtlbook.training.mixing import sentences, together

SMALL = Training(room=(400, 300), sizes={"main": 4, "more": 8}, lr=0.02, hidden=6, every=5)


def small_deal(seed: int) -> Deal:
    tales = toy_sentences(60, "tale", seed)
    return Deal(tales[:30], tales[30:40], tales[40:], toy_sentences(10, "report", seed))


def small_lesson(deals: list[Deal], updates: int = 10) -> Lesson:
    return Lesson(
        {"main": ([d.train[:10] for d in deals], ("chunk",)),
         "more": ([d.train[10:] for d in deals], ("pos",))},
        hard(("chunk", "pos"), 1),
        together("main", ["more"], updates),
    )  # fmt: skip


def scores(seeds: list[int], training: Training = SMALL) -> np.ndarray:
    deals = [small_deal(seed) for seed in seeds]
    texts = [deal.train for deal in deals]
    return score_lesson(small_lesson(deals), "chunk", texts, deals, seeds, training)


def test_a_score_does_not_depend_on_the_networks_beside_it() -> None:
    together, alone = scores([3, 4, 5]), scores([4])
    assert together.shape == (3, 2)
    np.testing.assert_allclose(together[1], alone[0], atol=0.5)
    assert len(np.unique(together[:, 0])) > 1


def test_training_helps_and_is_scored_in_per_cent() -> None:
    deals = [small_deal(seed) for seed in (0, 1)]
    texts = [deal.train for deal in deals]
    found = [
        score_lesson(small_lesson(deals, updates), "chunk", texts, deals, (0, 1), SMALL)
        for updates in (5, 120)
    ]
    assert (found[1] > found[0] + 10).all()
    assert found[1].max() <= 100


def test_a_vocabulary_needs_room() -> None:
    with pytest.raises(ValueError, match=r"no room for .* words and suffixes: \(20, 300\)"):
        scores([0], replace(SMALL, room=(20, 300)))


def test_the_main_task_decides_where_to_stop() -> None:
    deals = [small_deal(0)]
    fit, _ = fit_lesson(small_lesson(deals), "chunk", [deals[0].train], deals, [0], SMALL)
    assert list(fit.snapshots) == ["chunk"]
    assert fit.halting["chunk"].shape == (2, 1)


# The toy language


@pytest.mark.parametrize("arm", ["hard sharing", "half related", "noise"])
def test_no_document_of_the_toy_language_is_in_two_parts(arm: str) -> None:
    deal = toy_deal(5, ARMS[arm])
    sizes = [len(part) for part in (deal.train, deal.halt, deal.test, deal.outside)]
    assert sizes == [LABELLED + FURTHER, toy_hard.HALT, toy_hard.TEST, 200]
    parts = [{s.document for s in part} for part in (deal.train, deal.halt, deal.test)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert {s.domain for s in deal.outside} == {"report", "letter"}


def test_the_dial_changes_the_auxiliary_labels_alone() -> None:
    plain, turned = (toy_deal(5, ARMS[arm]) for arm in ("hard sharing", "half related"))
    assert [s.tags["chunk"] for s in plain.train] == [s.tags["chunk"] for s in turned.train]
    same = [a == b for s in turned.train for a, b in zip(s.tags["aux"], s.tags["pos"], strict=True)]
    assert 0.4 < np.mean(same) < 0.75


@pytest.mark.parametrize("arm", ARMS)
def test_all_arms_of_the_toy_language_have_equal_main_updates_or_equal_work(arm: str) -> None:
    deals = [toy_deal(5, ARMS[arm])]
    lesson, texts = toy_lesson("chunk", ARMS[arm], deals)
    main = sum("main" in update for update in lesson.schedule)
    work = sentences(lesson.schedule, toy_hard.SIZES)
    if ARMS[arm].equal_work:
        assert toy_hard.UPDATES * 8 - 24 < work <= toy_hard.UPDATES * 8
    else:
        assert main == toy_hard.UPDATES * ARMS[arm].updates
    assert len(lesson.sources["main"][0][0]) == LABELLED
    words = LABELLED if ARMS[arm].own_words else LABELLED + FURTHER
    assert len(texts[0]) == words


# GUM, with sentences of our own


@pytest.fixture
def small_gum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten documents of 90 sentences for each genre."""

    def genre(name: str) -> tuple[Sentence, ...]:
        return tuple(
            Sentence(("A", "word", "."), {"chunk": ("B-NP", "I-NP", "O"),
                     "xpos": ("DT", "NN", "."), "deprel": ("det", "root", "punct"),
                     "entity": ("B-x", "I-x", "O"), "named": ("O", "O", "O")},
                     name, f"{name}_{i // 90}")
            for i in range(1500)
        )  # fmt: skip

    monkeypatch.setattr(gum_deal, "_genre", genre)


@pytest.mark.usefixtures("small_gum")
@pytest.mark.parametrize("seed", range(4))
def test_documents_of_gum_are_dealt_out_whole(seed: int) -> None:
    deal = gum_deal.deal("news", seed)
    assert len(deal.test) == gum_deal.TEST
    assert len(deal.halt) == gum_deal.HALT
    parts = [{s.document for s in part} for part in (deal.train, deal.halt, deal.test)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert Counter(s.domain for s in deal.outside) == dict.fromkeys(gum_deal.OUTSIDE, 40)


@pytest.mark.usefixtures("small_gum")
@pytest.mark.parametrize(
    ("text", "arm"), [*(("same", a) for a in SAME), *(("more", a) for a in MORE)]
)
def test_no_sentence_of_gum_is_learned_from_twice(text: str, arm: str) -> None:
    deals = [gum_deal.deal("interview", 0)]
    table = SAME if text == "same" else MORE
    config = {"text": text, "labelled": "100", "arm": arm, "genre": "interview"}
    lesson = lesson_of(table[arm], config, deals, [0])
    sizes = {name: len(parts[0]) for name, (parts, _) in lesson.sources.items()}
    assert sizes["main"] == 100
    assert sizes.get("more", 600) == 600
    taught = {task for _, tasks in lesson.sources.values() for task in tasks}
    assert taught == set(lesson.routes) | {"chunk"}
    main = sum("main" in update for update in lesson.schedule)
    assert main == (100 if table[arm].equal_work else 300 * table[arm].updates)


def test_shuffled_labels_are_the_same_labels_elsewhere() -> None:
    tales = toy_sentences(80)
    moved = shuffled(tales, 1, "pos")

    def count(text: list[Sentence]) -> Counter[str]:
        return Counter(label for s in text for label in s.tags["pos"])

    assert count(moved) == count(tales)
    assert [s.words for s in moved] == [s.words for s in tales]
    same = [a == b for s, t in zip(moved, tales, strict=True)
            for a, b in zip(s.tags["pos"], t.tags["pos"], strict=True)]  # fmt: skip
    assert np.mean(same) < 0.25
    assert shuffled(tales, 2, "pos") != moved


# Settings


@pytest.mark.parametrize(
    ("name", "keys", "settings"),
    [
        ("toy-hard", ["main", "arm"], toy_hard_trials.SETTINGS),
        ("gum-hard", ["text", "labelled", "arm"], gum_hard_trials.SETTINGS),
    ],
)
def test_each_arm_has_the_best_step_size_of_the_tuning(
    name: str, keys: list[str], settings: dict[tuple[str, ...], float]
) -> None:
    table = runs.load(f"{name}-tuning")
    means = table.groupby([*keys, "lr"])["inside"].mean()
    best = means.groupby(keys).idxmax()
    assert settings == {cell[:-1]: cell[-1] for cell in best}
    assert not set(table["seed"]) & set(runs.load(name)["seed"])


def test_no_genre_is_tuned_and_reported() -> None:
    tuned, reported = (set(runs.load(name)["genre"]) for name in ("gum-hard-tuning", "gum-hard"))
    assert tuned == {gum_hard.TUNING_GENRE}
    assert not tuned & (reported | set(gum_deal.OUTSIDE))
    assert not reported & set(gum_deal.OUTSIDE)
