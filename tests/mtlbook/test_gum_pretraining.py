"""mtlbook.experiments of chapter 10: who knows what, who starts from what, how long."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from mtlbook import runs
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import Encoder
from mtlbook.experiments.ch10_pretraining import gum_pretraining, gum_text
from mtlbook.experiments.ch10_pretraining.gum_pretraining import (
    ARMS,
    GENRE,
    GUM_PRETRAINING_TUNING,
    MAIN,
    OUTSIDE,
    TUNING_GENRE,
    UPDATES,
    Arm,
    chunk_scores,
    schedule,
    start_from,
)
from mtlbook.experiments.ch10_pretraining.gum_pretraining_trials import (
    GUM_PRETRAINING,
    SETTINGS,
    step_size,
)
from mtlbook.experiments.ch10_pretraining.gum_text import widened
from mtlbook.experiments.common import gum_deal
from mtlbook.models.pretraining import Readers, readers
from mtlbook.models.sharing import hard

LABELS = {"chunk": ("B-NP", "I-NP", "O"), "xpos": ("DT", "NN", "."), "deprel": ("a", "b", "c")}


@pytest.mark.parametrize("name", ARMS)
def test_every_arm_has_the_main_updates_that_its_name_says(name: str) -> None:
    arm = ARMS[name]
    found = schedule(arm, 100)
    factor = 2 if "twice" in name else 1
    assert sum(update == (MAIN,) for update in found) == factor * UPDATES[100]
    assert all(len(update) == 1 for update in found)  # a batch of one task at a time
    sources = {source for update in found for source in update}
    assert sources == ({MAIN, "xpos", "deprel"} if "refined" in name else {MAIN})


def test_nothing_is_read_that_is_tested_or_tuned_on() -> None:
    parts = [set(gum_text.GENRES), set(OUTSIDE), {GENRE}, {TUNING_GENRE}]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert set(OUTSIDE) <= set(gum_deal.OUTSIDE)
    tuning = set(GUM_PRETRAINING_TUNING.seeds)
    reported = set(GUM_PRETRAINING.seeds)
    deals = gum_pretraining.DEALS
    assert not {s // deals for s in tuning} & {s // deals for s in reported}


def test_each_arm_has_the_best_step_size_of_the_tuning() -> None:
    table = runs.load("gum-pretraining-tuning")
    best = table.groupby(["arm", "lr"])["inside"].mean().groupby("arm").idxmax()
    assert dict(best.tolist()) == SETTINGS
    assert {arm: step_size(arm) for arm in SETTINGS} == SETTINGS


def test_all_that_has_read_nothing_and_reads_nothing_shares_its_step_size() -> None:
    assert step_size("nothing, twice the updates") == SETTINGS["nothing"]
    assert step_size("joint, 1") == SETTINGS["joint, 0.1"]
    assert step_size("words + order") == step_size("words, 0") == SETTINGS["words, 1000"]
    assert step_size("words, refined") == SETTINGS["refined"]


def test_a_wider_vocabulary_keeps_its_numbers() -> None:
    text = [Sentence(("the", "old", "man", "the"), {}, "tale", "a")]
    labelled = [Sentence(("The", "young", "man"), {"chunk": ("O", "O", "O")}, "tale", "b")]
    first = Encoder(text, {})
    both = widened(first, labelled, {"chunk": ("O",)})
    for word, number in first.words.ids.items():
        assert both.words[word] == number
    assert both.words["young"] == len(first.words)
    assert both.words.counts[both.words["the"]] == 3
    assert both.words.counts[both.words["young"]] == 1
    assert len(both.words.counts) == len(both.words.ids) + 1
    assert both.suffixes["ung"] == len(first.suffixes)
    assert first.words["young"] == 0  # the first one is as it was
    assert both.encode(labelled).targets["chunk"].tolist() == [[0, 0, 0]]


def network(seeds: list[int]) -> Readers:
    return readers(seeds, (9, 7, 5), {"chunk": 2}, hard(("chunk",), 1), 6, (4, 2, 2), 3)


def test_a_start_is_everything_but_the_heads_of_the_labelled_tasks() -> None:
    model, read = network([0, 1]), network([7, 8])
    fresh = {name: p.detach().clone() for name, p in model.named_parameters()}
    parts = [{n: p.detach()[s : s + 1] for n, p in read.named_parameters()} for s in (0, 1)]
    start_from(model, parts)
    for name, parameter in model.named_parameters():
        source = fresh if name.startswith("heads.") else dict(read.named_parameters())
        torch.testing.assert_close(parameter, source[name])


@pytest.fixture
def small_gum(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Documents of forty short sentences, small tables and short training."""

    def load(genres: tuple[str, ...]) -> list[Sentence]:
        return [
            Sentence(("A", f"word{i % 7}", "."), LABELS, genre, f"{genre}_{i // 40}")
            for genre in genres
            for i in range(480)
        ]

    monkeypatch.setattr(gum_deal, "_genre", lambda name: tuple(load((name,))))
    monkeypatch.setattr(gum_text, "load_gum", load)
    monkeypatch.setattr(gum_pretraining, "UPDATES", {20: 3})
    monkeypatch.setattr(gum_pretraining, "FURTHER", 30)
    monkeypatch.setattr(gum_pretraining, "EVERY", 1)
    monkeypatch.setattr(gum_text, "ROOM", (40, 40))
    monkeypatch.setattr(gum_pretraining, "ROOM", (40, 40))
    kept = (gum_text.text, gum_text.course, gum_text.held_batches)
    for cached in kept:
        cached.cache_clear()
    yield
    for cached in kept:
        cached.cache_clear()


@pytest.mark.usefixtures("small_gum")
@pytest.mark.parametrize(
    "arm", [Arm(), Arm("words + order", 2, weight=0.1), Arm("words", 2, refine=True)]
)
def test_an_arm_is_trained_and_scored_in_both_places(arm: Arm) -> None:
    scores = chunk_scores(arm, 20, GENRE, [0, 1], 0.01)
    assert scores.shape == (2, 2)
    assert np.isfinite(scores).all()
