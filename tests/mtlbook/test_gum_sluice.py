"""mtlbook.experiments of chapter 5 on GUM: what arms learn from, and the settings they have."""

from typing import Any

import pytest

from mtlbook import runs
from mtlbook.data.sentences import Sentence
from mtlbook.experiments.ch03_hard_sharing.gum_hard import FURTHER, UPDATES
from mtlbook.experiments.ch05_sluice_networks import gum_sluice
from mtlbook.experiments.ch05_sluice_networks.gum_sluice import (
    NONE,
    REPORTED,
    TUNING_GENRE,
    cells,
    gum_fit,
)
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import ARMS
from mtlbook.experiments.common import gum_split

LABELS = {"chunk": ("B-NP", "I-NP", "O"), "xpos": ("DT", "NN", "."), "named": ("O", "O", "O")}


@pytest.fixture
def small_gum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of 90 sentences for each genre."""

    def genre(name: str) -> tuple[Sentence, ...]:
        return tuple(
            Sentence(("A", f"word{i}", "."), LABELS, name, f"{name}_{i // 90}") for i in range(1500)
        )

    monkeypatch.setattr(gum_split, "_genre", genre)


@pytest.mark.usefixtures("small_gum")
@pytest.mark.parametrize("name", ARMS)
def test_all_arms_have_the_same_main_sentences_and_updates(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def stop(data: Any, build: Any, schedule: Any, *_: Any, **__: Any) -> None:
        seen.extend((data, build(), schedule))
        raise InterruptedError

    monkeypatch.setattr(gum_sluice, "train", stop)
    arm = ARMS[name]
    with pytest.raises(InterruptedError):
        gum_fit(arm, "xpos" if arm.tasks > 1 else NONE, "interview", [3], 0.01)
    data, network, updates = seen
    train = data.splits[0].train
    assert updates == UPDATES["100"]
    assert (data.sources["main"].parts, data.sources["main"].tasks) == ([train[:100]], ("chunk",))
    known = 100 if arm.own_words else 100 + FURTHER["interview"]
    assert data.encoders[0].words["a"] > 0
    assert len(data.encoders[0].words) == known + 3  # a word of its own each, "a", ".", unknown
    if arm.tasks > 1:
        assert data.sources["more"].tasks == ("xpos",)
        assert data.sources["more"].parts == [train[100 : 100 + FURTHER["interview"]]]
    assert (network.routes.get("xpos") == ("words", "1")) == arm.low


@pytest.mark.parametrize(("name", "aux"), [("single task", "xpos"), ("sluice", NONE)])
def test_an_arm_and_its_tasks_must_agree(name: str, aux: str) -> None:
    with pytest.raises(ValueError, match="tasks, with the auxiliary task"):
        gum_fit(ARMS[name], aux, "news", [0], 0.01)


def test_single_tasks_are_measured_once_and_the_others_with_each_auxiliary_task() -> None:
    found = cells(["single task", "sluice"], ("xpos", "named"), ["news"])
    assert [(c["arm"], c["aux"]) for c in found] == [
        ("single task", NONE),
        ("sluice", "xpos"),
        ("sluice", "named"),
    ]


def test_nothing_reported_was_tuned_on() -> None:
    assert TUNING_GENRE not in (*REPORTED, *gum_split.OTHERS)
    tuning = set(runs.load("gum-sluice-tuning")["seed"])
    for name in ("gum-sluice", "gum-sluice-learned"):
        assert not tuning & set(runs.load(name)["seed"])
