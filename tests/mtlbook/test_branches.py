"""Shared and private branches: what they equal, what a lesion leaves, and what is read."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mtlbook import runs
from mtlbook.data.relatedness import relate
from mtlbook.data.vocabulary import Encoder, tag_sets
from mtlbook.evaluation.branches import By, lesion, probe, random_units
from mtlbook.experiments.ch12_shared_and_private.branches import (
    SETTINGS,
    Arm,
    branch_deal,
    branch_fit,
)
from mtlbook.experiments.ch12_shared_and_private.branches_controls import CONTROLS, step_size
from mtlbook.experiments.ch12_shared_and_private.branches_lesions import LESIONS, measure_branches
from mtlbook.experiments.ch12_shared_and_private.branches_overlap import overlaps, state_penalty
from mtlbook.experiments.ch12_shared_and_private.branches_probes import probe_scores
from mtlbook.experiments.ch12_shared_and_private.branches_read import (
    AUX,
    MAIN,
    Branched,
    read_states,
)
from mtlbook.experiments.common.tagging import Deal
from mtlbook.models.branches import SHARED, BranchTagger, correlation_overlap, two_branches
from mtlbook.models.many_branches import many_branches
from mtlbook.models.many_taggers import many_taggers
from mtlbook.models.sharing import hard
from mtlbook.toy_language import toy_sentences

SIZES, LABELS = (20, 10, 5), {"A": 3, "B": 4}
BOTH: tuple[By, By] = ("zero", "mean")


def batch(seed: int = 0, networks: int = 2) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    x = torch.stack([torch.randint(n, (networks, 3, 6), generator=draw) for n in SIZES], dim=-1)
    return x, torch.tensor([[6, 4, 2]] * networks)


# The networks


@pytest.mark.parametrize("shared", [0, 2, 4, 6, 8])
@pytest.mark.parametrize("layers", [1, 2])
def test_many_networks_are_each_what_one_is(shared: int, layers: int) -> None:
    units, reads = two_branches(list(LABELS), 8, shared)
    many = many_branches([3, 4], SIZES, LABELS, units, reads, layers).double()
    x, lengths = batch()
    found = many(x, lengths)
    assert sum(units[name] for name in reads["A"]) == 8
    for s, seed in enumerate((3, 4)):
        torch.manual_seed(seed)
        one = BranchTagger(SIZES, LABELS, units, reads, layers).double()
        for task, logits in one(x[s], lengths[s]).items():
            for b, length in enumerate(lengths[s]):
                torch.testing.assert_close(logits[b, :length], found[task][s, b, :length])


def test_everything_shared_is_hard_sharing() -> None:
    units, reads = two_branches(list(LABELS), 8, 8)
    one = many_branches([0], SIZES, LABELS, units, reads)
    other = many_taggers([0], SIZES, LABELS, hard(list(LABELS), 1), hidden=8)
    with torch.no_grad():
        for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
            ours.copy_(theirs.view_as(ours))
    x, lengths = batch(networks=1)
    for task, logits in one(x, lengths).items():
        torch.testing.assert_close(logits[0, 0], other(x, lengths)[task][0, 0])


@given(st.integers(0, 7), st.sampled_from(["A", "B"]))
@settings(max_examples=8)
def test_a_task_reads_its_own_branch_and_the_shared_one(shared: int, task: str) -> None:
    units, reads = two_branches(list(LABELS), 8, shared)
    many = many_branches([0], SIZES, LABELS, units, reads)
    many(*batch(networks=1))[task].sum().backward()
    other = "B" if task == "A" else "A"
    touched = {
        n for n, p in many.embeddings.named_parameters() if p.grad is not None and p.grad.any()
    }
    assert not any(n.startswith(f"{other}.") for n in touched)
    assert any(n.startswith(f"{task}.") for n in touched)
    assert any(n.startswith(SHARED) for n in touched) == (shared > 0)


def test_only_what_is_wanted_is_returned() -> None:
    many = many_branches([0], SIZES, LABELS, *two_branches(list(LABELS), 8, 4))
    x, lengths = batch(networks=1)
    assert set(many(x, lengths, ["A"])) == {"A"}
    assert set(many.states(x, lengths, ["A"])) == {SHARED, "A"}
    assert len(many) == 1


def test_bad_divisions_and_networks_are_refused() -> None:
    for shared in (-1, 9):
        with pytest.raises(ValueError, match="between 0 and 8"):
            two_branches(["A"], 8, shared)
    with pytest.raises(ValueError, match="one or more networks"):
        many_branches([], SIZES, LABELS, *two_branches(list(LABELS), 8, 4))


# The overlap


def states(seed: int, units: int) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(2, 4, 5, units, generator=draw, dtype=torch.float64)


INSIDE = torch.arange(5) < torch.tensor([[5, 3, 4, 1]] * 2)[..., None]


def test_the_overlap_is_a_mean_of_squared_correlations() -> None:
    first, second = states(0, 3), states(1, 4)
    found = correlation_overlap(first, second, INSIDE)
    for s in range(2):
        a, b = (h[s][INSIDE[s]].numpy() for h in (first, second))
        wanted = np.corrcoef(a, b, rowvar=False)[:3, 3:]
        assert float(found[s]) == pytest.approx(np.square(wanted).mean())


def test_scales_and_what_fills_up_do_not_count() -> None:
    first, second = states(0, 3), states(1, 4)
    found = correlation_overlap(first, second, INSIDE)
    changed = torch.where(INSIDE[..., None], 7 * first - 2, 99.0)
    torch.testing.assert_close(correlation_overlap(changed, second, INSIDE), found)
    same = correlation_overlap(first[..., :1], -first[..., :1], INSIDE)
    torch.testing.assert_close(same, torch.ones(2).double())


def test_the_penalty_counts_every_private_branch() -> None:
    many = many_branches([0, 1], SIZES, LABELS, *two_branches(list(LABELS), 8, 4)).double()
    penalty = state_penalty(3.0)
    assert penalty is not None
    with pytest.raises(TypeError, match="no branches"):
        penalty(many)  # nothing was seen yet
    x, lengths = batch()
    many(x, lengths)
    found = many.states(x, lengths)
    inside = torch.arange(6) < lengths[..., None]
    wanted = sum(correlation_overlap(found[SHARED], found[t], inside).sum() for t in LABELS)
    torch.testing.assert_close(penalty(many), 3 * torch.as_tensor(wanted))
    assert state_penalty(0.0) is None


def test_a_penalty_on_own_sentences_leaves_the_others_alone() -> None:
    branches = two_branches([MAIN, AUX], 4, 2)
    many = many_branches([0], SIZES, {MAIN: 3, AUX: 3}, *branches).double()
    draw = torch.Generator().manual_seed(0)
    x = torch.stack([torch.randint(n, (1, 24, 6), generator=draw) for n in SIZES], dim=-1)
    x[0, :8, :, 0] %= 10  # words of the main sentences
    x[0, 8:, :, 0] = 10 + x[0, 8:, :, 0] % 10
    moved = {}
    for own in (False, True):
        many.zero_grad()
        many(x, torch.full((1, 24), 6))
        penalty = state_penalty(1.0, own)
        assert penalty is not None
        penalty(many).backward()
        grads = {name: p.grad for name, p in many.embeddings.named_parameters()}
        gradient = grads[f"{MAIN}.tables.0"]
        assert gradient is not None
        moved[own] = bool(gradient[0, 10:].any()), bool(gradient[0, :10].any())
    assert moved == {False: (True, True), True: (False, True)}


# Lesions and probes


@given(st.integers(0, 99), st.integers(0, 5))
def test_a_lesion_takes_what_it_names_and_nothing_else(seed: int, number: int) -> None:
    h = states(seed, 5)[0].flatten(0, 1)
    gone = torch.arange(5) < number
    for by in BOTH:
        cut = lesion(h, gone, by)
        assert cut[:, ~gone].equal(h[:, ~gone])
        assert (cut[:, gone] == cut[:1, gone]).all()
    torch.testing.assert_close(lesion(h, gone, "mean").mean(0), h.mean(0))
    assert not lesion(h, gone, "zero")[:, gone].any()
    assert int(random_units(gone, seed).sum()) == number


def test_random_units_are_random() -> None:
    gone = torch.arange(40) < 20
    drawn = [random_units(gone, seed) for seed in range(5)]
    assert drawn[0].equal(random_units(gone, 0))
    assert all(not one.equal(other) for one, other in pairwise(drawn))


def test_a_probe_reads_what_is_there() -> None:
    draw = np.random.default_rng(0)
    h, y = draw.standard_normal((400, 3)), draw.integers(0, 2, 400)
    h[:, 1] = 1e-3 * (y + 0.01 * h[:, 1])  # small, and telling
    shuffled = draw.permutation(y)
    assert probe((h[:200], y[:200]), (h[200:], y[200:])) > 0.99
    assert probe((h[:200], shuffled[:200]), (h[200:], shuffled[200:])) < 0.65


# What is measured


@cache
def deals(relatedness: float = 1.0) -> list[Deal]:
    """Two small deals: 12 sentences with chunks, 32 with the dial's labels."""
    texts = [relate(toy_sentences(61, "tale", s), "pos", relatedness, s, "word") for s in (0, 1)]
    return [Deal(t[:44], t[44:52], t[52:], []) for t in texts]


@cache
def small(arm: Arm, relatedness: float = 1.0) -> Branched:
    given = deals(relatedness)
    return branch_fit(arm, (MAIN, AUX), given, 12, (0, 1), 0.03, width=4, updates=6, every=3)


def test_scores_and_lesions_of_a_small_fit() -> None:
    trained = small(Arm(50))
    found = measure_branches(trained, (0, 1))
    table = dict(zip(LESIONS, found.T, strict=True))
    assert found.shape == (2, len(LESIONS))
    for task, name in ((MAIN, "main"), (AUX, "aux")):
        labels = trained.encoders[0].labels[task]
        texts = trained.test()
        tags = trained.fit.predict(trained.encode(texts), task, labels)
        answers = trained.answers(task, trained.states(task, texts))
        flat = [[labels.index(t) for s in part for t in s] for part in tags]
        assert [a.tolist() for a in answers] == flat
        assert table[name].min() >= 0
    assert (overlaps(trained) > 0).all()


def test_a_branch_that_is_not_there_is_not_missed() -> None:
    for percent, missing in ((0, ("shared", "as many as shared")), (100, ("private",))):
        trained = small(Arm(percent))
        table = dict(zip(LESIONS, measure_branches(trained, (0, 1)).T, strict=True))
        for name in ("main", "aux"):
            for by in BOTH:
                for what in missing:
                    np.testing.assert_array_equal(
                        table[f"{name} without {what}, {by}"], table[name]
                    )
        assert overlaps(trained).tolist() == [0, 0]


def test_without_a_shared_branch_the_other_task_is_not_noticed() -> None:
    fits = [small(Arm(0), relatedness) for relatedness in (1.0, 0.0)]
    states_of = [fit.states(MAIN, fit.test()) for fit in fits]
    for one, other in zip(*states_of, strict=True):
        torch.testing.assert_close(one, other)


def test_controls_of_the_main_task_alone_read_no_branch_of_the_other() -> None:
    units, reads = CONTROLS["fragments"].branches(MAIN, AUX, 32)
    assert (units, reads) == ({"one": 16, "two": 16}, {MAIN: ("one", "two")})
    units, reads = CONTROLS["alone, 25 %"].branches(MAIN, AUX, 32)
    assert (units, reads) == ({"one": 8}, {MAIN: ("one",)})


def test_a_control_learns_with_the_step_size_of_its_division() -> None:
    chosen = {name: step_size(name) for name in CONTROLS}
    assert chosen.pop("fragments") == SETTINGS["0 %"]
    for name, lr in chosen.items():
        assert lr == SETTINGS["0 %" if name.startswith("alone") else name.split(",")[0]]


def test_states_are_in_the_order_of_the_sentences() -> None:
    text = deals()[0].test[:7]
    labels = tag_sets(text, [MAIN, AUX])
    encoder = Encoder(text, labels)
    numbers = {task: len(tags) for task, tags in labels.items()}
    many = many_branches([0], encoder.sizes, numbers, *two_branches([MAIN, AUX], 4, 2))
    (found,) = read_states(many, [encoder.encode(text)], [SHARED])
    each = [read_states(many, [encoder.encode([s])], [SHARED])[0] for s in text]
    torch.testing.assert_close(found, torch.cat(each))


def test_probes_read_every_target_from_every_branch() -> None:
    found = probe_scores(small(Arm(50)), (0, 1))
    assert found.shape == (2, 16)
    assert ((found >= 0) & (found <= 100)).all()


def test_the_step_sizes_are_those_that_the_tuning_chose() -> None:
    means = runs.load("branches-tuning").groupby(["arm", "lr"])["main"].mean()
    best = means.groupby("arm").idxmax().map(lambda cell: cell[1])
    assert best.to_dict() == SETTINGS
    assert not set(runs.load("branches-tuning")["seed"]) & set(runs.load("branches")["seed"])


def test_a_deal_has_its_parts_and_the_labels_of_the_dial() -> None:
    one = branch_deal(0, 1.0, 12)
    assert [len(part) for part in (one.train, one.halt, one.test)] == [412, 100, 300]
    assert all(s.tags[AUX] == s.tags["pos"] for s in one.test)
