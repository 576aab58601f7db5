"""mtlbook.experiments of chapter 5 on GUM: what arms learn from, and the settings they have."""

import pytest
from mtlbook.experiments.ch05_sluice_networks.gum_sluice_trials import REPORTED, SETTINGS
from mtlbook.experiments.common.gum_deal import deal

from mtlbook import runs
from mtlbook.data.sentences import Sentence
from mtlbook.experiments.ch03_hard_sharing.gum_hard import FURTHER, SIZES, UPDATES
from mtlbook.experiments.ch05_sluice_networks.gum_sluice import (
    NONE,
    TUNING_GENRE,
    cells,
    gum_fit,
    gum_lesson,
)
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import ARMS
from mtlbook.experiments.common import gum_deal
from mtlbook.training.mixing import sentences

LABELS = {"chunk": ("B-NP", "I-NP", "O"), "xpos": ("DT", "NN", "."), "named": ("O", "O", "O")}


@pytest.fixture
def small_gum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of 90 sentences for each genre."""

    def genre(name: str) -> tuple[Sentence, ...]:
        return tuple(
            Sentence(("A", f"word{i}", "."), LABELS, name, f"{name}_{i // 90}") for i in range(1500)
        )

    monkeypatch.setattr(gum_deal, "_genre", genre)


@pytest.mark.usefixtures("small_gum")
@pytest.mark.parametrize("name", ARMS)
def test_all_arms_have_the_same_main_sentences_and_updates(name: str) -> None:
    arm, deals = ARMS[name], [deal("interview", 3)]
    aux = "xpos" if arm.tasks > 1 else NONE
    lesson, texts = gum_lesson(arm, aux, "interview", deals)
    labelled, taught = lesson.sources["main"]
    assert labelled == [deals[0].train[:100]]
    assert taught == ("chunk",)
    assert sum("main" in update for update in lesson.schedule) == UPDATES["100"]
    assert len(texts[0]) == 100 if arm.own_words else 100 + FURTHER["interview"]
    if arm.tasks == 1:
        assert sentences(lesson.schedule, SIZES) == UPDATES["100"] * SIZES["main"]
        return
    further, taught = lesson.sources["more"]
    assert taught == ("xpos",)
    assert texts[0] == labelled[0] + further[0]
    assert lesson.routes["xpos"] == (("words", "1") if arm.low else ("words", "1", "2"))


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


def test_each_arm_has_the_best_step_size_of_the_tuning_or_one_as_good() -> None:
    means = runs.load("gum-sluice-tuning").groupby(["arm", "lr"])["inside"].mean().unstack()
    assert set(means.index) == set(SETTINGS)
    short = {arm: means.loc[arm].max() - means.loc[arm, lr] for arm, lr in SETTINGS.items()}
    assert {arm for arm, points in short.items() if points > 0} == {"all words"}
    assert short["all words"] < 0.2


def test_nothing_reported_was_tuned_on() -> None:
    assert TUNING_GENRE not in (*REPORTED, *gum_deal.OUTSIDE)
    tuning = set(runs.load("gum-sluice-tuning")["seed"])
    for name in ("gum-sluice", "gum-sluice-learned"):
        assert not tuning & set(runs.load(name)["seed"])
