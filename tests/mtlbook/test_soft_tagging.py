"""Two taggers drawn together: what starts alike, what is pulled, and what was chosen."""

import pytest
import torch

from mtlbook import runs
from mtlbook.experiments.ch04_soft_sharing import soft_tagging
from mtlbook.experiments.ch04_soft_sharing.soft_tagging import SOFT_TAGGING, chosen


@pytest.mark.parametrize(("arm", "alike"), [("soft", True), ("soft, own starts", False)])
def test_tasks_start_alike_or_not(arm: str, alike: bool) -> None:
    network = soft_tagging.tagger(arm)
    found = soft_tagging.pairs(network)
    assert len(found) > 6  # three tables of the embedding, and an LSTM both ways
    for one, two in found:
        assert one.shape == two.shape
        assert one.data_ptr() != two.data_ptr()
        assert torch.equal(one, two) == alike
    assert (soft_tagging.pull(network).item() == 0) == alike


def test_the_pull_is_the_squared_distance_and_leaves_heads_alone() -> None:
    network = soft_tagging.tagger("soft")
    with torch.no_grad():
        soft_tagging.pairs(network)[0][0].view(-1)[:3] += torch.tensor([1.0, 2.0, 2.0])
    penalty = soft_tagging.pull(network)
    assert penalty.item() == pytest.approx(9, rel=1e-4)
    penalty.backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None for p in network.heads.parameters())


def test_the_single_tagger_does_not_know_the_other_task() -> None:
    assert list(soft_tagging.tagger("single").heads) == ["chunk"]
    first, other = (soft_tagging.corpora(related, [3]) for related in (0.0, 1.0))
    assert (first.main[0].x == other.main[0].x).all()
    assert first.gold == other.gold
    assert set(first.main[0].targets) == {"chunk", "aux"}
    assert (first.main[0].targets["aux"] == -100).all()
    assert (first.auxiliary[0].targets["chunk"] == -100).all()
    assert (first.auxiliary[0].targets["aux"] != other.auxiliary[0].targets["aux"]).any()


def test_tables_are_wide_enough() -> None:
    found = soft_tagging.corpora(1.0, range(3))
    for part in (*found.main, *found.auxiliary, *found.test):
        for feature, size in enumerate(soft_tagging.SIZES):
            assert part.x[..., feature].max() < size


def test_each_arm_chose_among_as_many_settings_and_on_other_seeds() -> None:
    table = runs.load("soft-tagging-tuning")
    beside = table["arm"].str.startswith("soft") & (table["weight_decay"] > 0)
    table["arm"] = table["arm"].where(~beside, table["arm"] + " + decay")
    means = table.groupby(["arm", "relatedness", "strength", "weight_decay"])["F1"].mean()
    assert set(means.groupby(level=[0, 1]).size()) == {3}
    best = means.groupby(level=[0, 1]).idxmax()
    for place, setting in chosen().items():
        assert best[place][2:] == setting
    assert not set(table["seed"]) & set(SOFT_TAGGING.seeds)


def test_own_words_are_those_of_the_sentences_with_chunks() -> None:
    every, own = (soft_tagging.corpora(1.0, [3], own_words=words) for words in (False, True))
    assert (every.main[0].x > 0).any()
    assert (own.main[0].x[..., 0] > 0).sum() == (every.main[0].x[..., 0] > 0).sum()
    unknown = [(found.test[0].x[..., 0] == 0).sum() for found in (every, own)]
    assert unknown[1] > unknown[0]
    assert list(soft_tagging.tagger("single, own words").heads) == ["chunk"]
