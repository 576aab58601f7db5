"""What taggers learn from, and that fit trains each as if it were alone."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from mtlbook import runs
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import IGNORE
from mtlbook.evaluation.metrics import token_accuracy
from mtlbook.experiments.ch03_hard_sharing import gum_hard, hard_sharing, toy_hard
from mtlbook.experiments.ch03_hard_sharing.gum_hard import MORE, SAME, gum_data, shuffled
from mtlbook.experiments.ch03_hard_sharing.hard_sharing import labelled_split
from mtlbook.experiments.ch03_hard_sharing.toy_hard import (
    ARMS,
    FURTHER,
    LABELLED,
    toy_data,
    toy_split,
)
from mtlbook.experiments.common import gum_split
from mtlbook.experiments.common.tagging import Plan, Source, Split, TaggingData, train
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.sharing import hard
from mtlbook.models.tagger import Tagger
from mtlbook.toy_language import toy_sentences
from mtlbook.training.loop import Fit, adam, fit
from mtlbook.training.mixing import Schedule, sentences
from mtlbook.training.tagging import label_losses, tag_losses

SOURCES = {"chunk": slice(10), "pos": slice(10, None)}
SIZES = {"chunk": 4, "pos": 8}


def small_split(seed: int) -> Split:
    tales = toy_sentences(60, "tale", seed)
    return Split(tales[:30], tales[30:40], tales[40:], toy_sentences(10, "report", seed))


def small_data(seeds: Sequence[int], **given: Any) -> TaggingData:
    options: dict[str, Any] = {"sources": SOURCES, "vocabulary": (400, 300), **given}
    return TaggingData([small_split(seed) for seed in seeds], **options)


def small_tagger(data: TaggingData) -> Tagger:
    return Tagger(data.sizes, data.numbers, hard(tuple(data.numbers), 1), (6, 4, 2), 6).double()


def trained(
    data: TaggingData, seeds: Sequence[int], schedule: int | Schedule = 10, lr: float = 0.02
) -> Fit:
    tasks = list(data.numbers)
    return train(data, lambda: small_tagger(data), schedule, seeds, Plan(tasks, SIZES, lr, 5))


# Learning


def test_a_score_does_not_depend_on_the_networks_beside_it() -> None:
    found = {}
    for seeds in ((3, 4, 5), (4,)):
        data = small_data(seeds)
        # Labels that a neighbour's sentences alone have would widen the heads of all.
        assert data.numbers == small_data((3, 4, 5)).numbers
        networks = trained(data, seeds, 40).best("chunk")
        found[seeds] = data.scores(networks, "chunk")
    assert found[3, 4, 5].shape == (3, 2)
    np.testing.assert_allclose(found[3, 4, 5][1], found[(4,)][0], atol=1e-9)
    assert len(np.unique(found[3, 4, 5][:, 0])) > 1


def test_training_helps_and_is_scored_in_per_cent() -> None:
    data = small_data((0, 1))
    found = [
        data.scores(trained(data, (0, 1), updates).best("chunk"), "chunk") for updates in (5, 120)
    ]
    assert (found[1] > found[0] + 10).all()
    assert found[1].max() <= 100


def test_each_task_stops_each_seed_where_it_is_best() -> None:
    seeds, tasks = (3, 5), ("chunk", "pos")
    data = small_data(seeds)
    found = trained(data, seeds, 60, lr=0.2)
    assert found.looks.tolist() == list(range(5, 61, 5))
    for task in tasks:
        curve = found.validation[task]
        assert curve.shape == (12, 2)
        assert found.best_step[task].tolist() == found.looks[curve.argmin(0)].tolist()
        again = data.error(task)(found.best(task))[task]
        np.testing.assert_allclose(again, curve.min(0), rtol=1e-9)
    stopped = np.concatenate([found.best_step[task] for task in tasks])
    assert len(set(stopped.tolist())) > 1  # not all at the same update


def test_the_error_is_the_share_of_wrong_labels() -> None:
    data = small_data((3, 5))
    networks = from_seeds(lambda: small_tagger(data), (3, 5))
    for task in ("chunk", "pos"):
        errors = data.error(task, part="test")(networks)[task]
        pairs = zip(data.splits, data.tags(networks, task), strict=True)
        right = [token_accuracy([s.tags[task] for s in d.test], tags) for d, tags in pairs]
        np.testing.assert_allclose(errors, 1 - np.array(right), rtol=1e-6)
    np.testing.assert_allclose(data.f1(networks, "pos"), 100 * np.array(right), rtol=1e-9)


def test_a_batch_of_several_sources_loses_the_sum_of_what_each_loses() -> None:
    data = small_data((3, 5))
    networks = from_seeds(lambda: small_tagger(data), (3, 5))
    both = next(data.batches(SIZES, 1, (3, 5)))
    found = networks.each(tag_losses, both)
    for task in SIZES:
        (alone,) = data.batches(SIZES, [(task,)], (3, 5))
        assert list(alone.targets) == [task]
        torch.testing.assert_close(
            found[task], networks.each(tag_losses, alone)[task], rtol=1e-9, atol=1e-11
        )


def test_a_loss_is_the_mean_over_the_labelled_words_be_there_none_or_one() -> None:
    scores = torch.tensor([[[2.0, 0.0], [0.0, 3.0]]])
    labels = torch.tensor([[0, IGNORE]])
    alone = label_losses({"a": scores}, {"a": labels})["a"]
    assert float(alone) == pytest.approx(np.log1p(np.exp(-2.0)))
    nothing = label_losses({"a": scores}, {"a": torch.full((1, 2), IGNORE)})["a"]
    assert float(nothing) == 0


def test_a_schedule_says_which_source_is_next() -> None:
    data = small_data((3,))
    schedule: Schedule = [("chunk",), ("pos",), ("chunk", "pos")]
    batches = list(data.batches(SIZES, schedule, (3,)))
    assert [sorted(batch.targets) for batch in batches] == [["chunk"], ["pos"], ["chunk", "pos"]]
    found = fit(
        from_seeds(lambda: small_tagger(data), (3,)), batches, tag_losses,
        adam(small_tagger(data), 0.01),
    )  # fmt: skip
    assert np.isnan(found.losses["pos"][:, 0]).tolist() == [True, False, False]


def test_what_is_watched_is_shown_at_each_look() -> None:
    data, seen = small_data((3,)), []

    def watch(networks: Networks) -> None:
        seen.append(next(networks.parameters()).detach().clone())

    train(data, lambda: small_tagger(data), 4, [3], Plan(["chunk"], SIZES, 0.01, 2), watch)
    assert len(seen) == 2
    assert not torch.equal(*seen)


def test_what_cannot_be_learned_from_is_refused() -> None:
    with pytest.raises(ValueError, match=r"words and .* suffixes do not fit tables of \(20, 300\)"):
        small_data((0,), vocabulary=(20, 300))
    data = small_data((0,))
    with pytest.raises(ValueError, match=r"no source \['more'\]; there are \['chunk', 'pos'\]"):
        data.batches(SIZES, [("chunk", "more")], (0,))
    with pytest.raises(ValueError, match="no sentence has the task 'verse'"):
        small_data((0,), sources={"verse": Source([toy_sentences(3)], ("verse",))})


# The toy language


@pytest.mark.parametrize("arm", ["hard sharing", "half related", "noise"])
def test_no_document_of_the_toy_language_is_in_two_parts(arm: str) -> None:
    split = toy_split(5, ARMS[arm])
    sizes = [len(part) for part in (split.train, split.validation, split.test, split.other_domains)]
    assert sizes == [LABELLED + FURTHER, toy_hard.VALIDATION, toy_hard.TEST, 200]
    parts = [{s.document for s in part} for part in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert {s.domain for s in split.other_domains} == {"report", "letter"}


def test_the_dial_changes_the_auxiliary_labels_alone() -> None:
    plain, turned = (toy_split(5, ARMS[arm]) for arm in ("hard sharing", "half related"))
    assert [s.tags["chunk"] for s in plain.train] == [s.tags["chunk"] for s in turned.train]
    same = [a == b for s in turned.train for a, b in zip(s.tags["aux"], s.tags["pos"], strict=True)]
    assert 0.4 < np.mean(same) < 0.75


@pytest.mark.parametrize("arm", ARMS)
def test_all_arms_of_the_toy_language_have_equal_main_updates_or_equal_work(arm: str) -> None:
    data, schedule = toy_data("chunk", ARMS[arm], [toy_split(5, ARMS[arm])])
    main = sum("main" in update for update in schedule)
    work = sentences(schedule, toy_hard.SIZES)
    if ARMS[arm].equal_work:
        assert toy_hard.UPDATES * 8 - 24 < work <= toy_hard.UPDATES * 8
    else:
        assert main == toy_hard.UPDATES * ARMS[arm].updates
    assert len(data.sources["main"].parts[0]) == LABELLED
    known = data.splits[0].train[: LABELLED if ARMS[arm].own_words else LABELLED + FURTHER]
    assert len(data.encoders[0].words) == 1 + len({w.lower() for s in known for w in s.words})


def test_more_labelled_sentences_contain_the_fewer_and_change_nothing_else() -> None:
    few, many = (labelled_split(5, labelled) for labelled in (30, 120))
    plain = toy_split(5, ARMS["hard sharing"])
    assert many.train[:LABELLED] == plain.train[:LABELLED]
    assert few.train == [*many.train[:30], *plain.train[LABELLED:]]
    assert many.train[120:] == plain.train[LABELLED:]
    parts = [{s.document for s in part} for part in (many.train, many.validation, many.test)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert labelled_split(5, 30, further=100).train == few.train[:130]


@pytest.mark.parametrize("arm", hard_sharing.ARMS)
def test_an_arm_knows_the_words_that_it_learns_from(arm: str) -> None:
    given = hard_sharing.ARMS[arm]
    split = labelled_split(5, 15, arm=given)
    data, schedule = toy_data("chunk", given, [split], 15, 40, hard_sharing.VOCABULARY)
    known = split.train if arm == "all words" or "more" in data.sources else split.train[:15]
    assert len(data.encoders[0].words) == 1 + len({w.lower() for s in known for w in s.words})
    assert sum("main" in update for update in schedule) <= 40 * given.updates


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

    monkeypatch.setattr(gum_split, "_genre", genre)


@pytest.mark.usefixtures("small_gum")
@pytest.mark.parametrize("seed", range(4))
def test_documents_of_gum_are_split_whole(seed: int) -> None:
    split = gum_split.gum_split("news", seed)
    assert len(split.test) == gum_split.TEST
    assert len(split.validation) == gum_split.VALIDATION
    parts = [{s.document for s in part} for part in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert Counter(s.domain for s in split.other_domains) == dict.fromkeys(gum_split.OTHERS, 40)


@pytest.mark.usefixtures("small_gum")
@pytest.mark.parametrize(
    ("text", "arm"), [*(("same", a) for a in SAME), *(("more", a) for a in MORE)]
)
def test_no_sentence_of_gum_is_learned_from_twice(text: str, arm: str) -> None:
    splits = [gum_split.gum_split("interview", 0)]
    table = SAME if text == "same" else MORE
    config = {"text": text, "labelled": "100", "arm": arm, "genre": "interview"}
    data, schedule = gum_data(table[arm], config, splits, [0])
    sizes = {name: len(source.parts[0]) for name, source in data.sources.items()}
    assert sizes["main"] == 100
    assert sizes.get("more", 600) == 600
    taught = {task for source in data.sources.values() for task in source.tasks}
    assert taught == set(data.numbers) == {"chunk", *table[arm].tasks}
    main = sum("main" in update for update in schedule)
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


@pytest.mark.parametrize("name", ["hard-sharing", "toy-hard", "gum-hard"])
def test_tuning_and_trials_share_no_seed(name: str) -> None:
    assert not set(runs.load(f"{name}-tuning")["seed"]) & set(runs.load(name)["seed"])


def test_no_genre_is_tuned_and_reported() -> None:
    tuned, reported = (set(runs.load(name)["genre"]) for name in ("gum-hard-tuning", "gum-hard"))
    assert tuned == {gum_hard.TUNING_GENRE}
    assert not tuned & (reported | set(gum_split.OTHERS))
    assert not reported & set(gum_split.OTHERS)
