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
    GUM_PRETRAINING,
    GUM_PRETRAINING_TUNING,
    MAIN,
    OUTSIDE,
    SETTINGS,
    TUNING_GENRE,
    UPDATES,
    Arm,
    chunk_scores,
    learning_rate,
    schedule,
    start_from,
)
from mtlbook.experiments.common import gum_split
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.pretraining import TextReader

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
    assert set(OUTSIDE) <= set(gum_split.OTHERS)
    tuning = set(GUM_PRETRAINING_TUNING.seeds)
    reported = set(GUM_PRETRAINING.seeds)
    splits = gum_pretraining.SPLITS
    assert not {s // splits for s in tuning} & {s // splits for s in reported}


def test_all_that_has_read_nothing_and_reads_nothing_shares_its_learning_rate() -> None:
    assert learning_rate("nothing, twice the updates") == SETTINGS["nothing"]
    assert learning_rate("joint, 1") == SETTINGS["joint, 0.1"]
    assert learning_rate("words + order") == learning_rate("words, 0") == SETTINGS["words, 1000"]
    assert learning_rate("words, refined") == SETTINGS["refined"]


def test_a_wider_vocabulary_keeps_its_numbers() -> None:
    text = [Sentence(("the", "old", "man", "the"), {}, "tale", "a")]
    labelled = [Sentence(("The", "young", "man"), {"chunk": ("O", "O", "O")}, "tale", "b")]
    first = Encoder(text, {})
    both = Encoder(labelled, {"chunk": ("O",)}, after=first)
    for word, number in first.words.ids.items():
        assert both.words[word] == number
    assert both.words["young"] == len(first.words)
    assert both.words.counts[both.words["the"]] == 3
    assert both.words.counts[both.words["young"]] == 1
    assert len(both.words.counts) == len(both.words.ids) + 1
    assert both.suffixes["ung"] == len(first.suffixes)
    assert first.words["young"] == 0  # the first one is as it was
    assert both.encode(labelled).targets["chunk"].tolist() == [[0, 0, 0]]


def networks(*seeds: int) -> Networks:
    return from_seeds(lambda: TextReader((9, 7, 5), {"chunk": 2}, 6, (4, 2, 2), 3), seeds)


def test_a_start_is_everything_but_the_heads_of_the_labelled_tasks() -> None:
    found, fresh, read = networks(0, 1), networks(0, 1), networks(7, 8)
    start_from(found, [read[s].state_dict() for s in (0, 1)])
    for name, parameter in found.one.named_parameters():
        source = fresh if name.startswith("heads.") else read
        torch.testing.assert_close(parameter, source.one.get_parameter(name))


@pytest.fixture
def small_gum(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Documents of forty short sentences, small tables and short training."""

    def load(genres: tuple[str, ...]) -> list[Sentence]:
        return [
            Sentence(("A", f"word{i % 7}", "."), LABELS, genre, f"{genre}_{i // 40}")
            for genre in genres
            for i in range(480)
        ]

    monkeypatch.setattr(gum_split, "_genre", lambda name: tuple(load((name,))))
    monkeypatch.setattr(gum_text, "load_gum", load)
    monkeypatch.setattr(gum_pretraining, "UPDATES", {20: 3})
    monkeypatch.setattr(gum_pretraining, "FURTHER", 30)
    monkeypatch.setattr(gum_pretraining, "EVERY", 1)
    monkeypatch.setattr(gum_text, "VOCABULARY", (40, 40))
    monkeypatch.setattr(gum_pretraining, "VOCABULARY", (40, 40))
    kept = (gum_text.text, gum_text._course, gum_text.held_batches)
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


@pytest.mark.usefixtures("small_gum")
def test_a_network_reads_on_and_what_it_was_on_its_way_is_kept() -> None:
    first = {name: p.clone() for name, p in gum_text.pretrained("words", 2, 0).items()}
    longer = gum_text.pretrained("words", 4, 0)
    gum_text._course.cache_clear()
    whole = gum_text.pretrained("words", 4, 0)
    for name, values in first.items():
        assert not torch.equal(values, longer[name]) or name.startswith(("heads", "pair"))
        torch.testing.assert_close(longer[name], whole[name])
    assert gum_text._measure({"objective": "words", "steps": 4}, [0]).shape == (1, 3)
    with pytest.raises(KeyError):
        gum_text.pretrained("words", 2, 0)
