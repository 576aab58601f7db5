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
from mtlbook.data.batches import Batch
from mtlbook.data.relatedness import relate
from mtlbook.experiments.ch12_shared_and_private.branches import (
    AUX,
    MAIN,
    SETTINGS,
    Arm,
    branch_fit,
    branch_split,
    penalised,
)
from mtlbook.experiments.ch12_shared_and_private.measures import (
    LESIONS,
    By,
    branch_states,
    lesion,
    measure_branches,
    overlaps,
    probe,
    probe_scores,
    random_units,
    state_tags,
    task_states,
    to_test,
)
from mtlbook.experiments.ch12_shared_and_private.trials import CONTROLS, learning_rate
from mtlbook.experiments.common.tagging import Split, TaggingData
from mtlbook.models.branches import SHARED, BranchTagger, correlation_overlap, two_branches
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.sharing import hard
from mtlbook.models.tagger import Tagger
from mtlbook.toy_language import toy_sentences
from mtlbook.training.loop import Fit, adam, fit
from mtlbook.training.tagging import tag_losses

SIZES, LABELS = (20, 10, 5), {"A": 3, "B": 4}
BOTH: tuple[By, By] = ("zero", "mean")


def batch(networks: int = 2, rows: int = 3) -> Batch:
    draw = torch.Generator().manual_seed(0)
    x = torch.stack([torch.randint(n, (networks, rows, 6), generator=draw) for n in SIZES], -1)
    targets = {
        task: torch.randint(n, (networks, rows, 6), generator=draw) for task, n in LABELS.items()
    }
    return Batch(x, torch.tensor([[6, 4, 2]] * networks).repeat(1, rows // 3), targets)


def part(of: Batch, s: int) -> Batch:
    return Batch(of.x[s], of.lengths[s], {task: y[s] for task, y in of.targets.items()})


def tagger(shared: int, width: int = 8) -> BranchTagger:
    return BranchTagger(SIZES, LABELS, *two_branches(list(LABELS), width, shared)).double()


# The networks


@pytest.mark.parametrize("shared", [0, 2, 4, 8])
def test_many_networks_learn_what_each_learns_alone(shared: int) -> None:
    losses = penalised(0.3) if 0 < shared < 8 else tag_losses
    many, batches = from_seeds(lambda: tagger(shared), [3, 4]), [batch()] * 10
    found = fit(many, batches, losses, adam(many, 0.01))
    for s, seed in enumerate((3, 4)):
        torch.manual_seed(seed)
        one = tagger(shared)
        alone = fit(one, [part(b, s) for b in batches], losses, adam(one, 0.01))
        for name, values in alone.losses.items():
            np.testing.assert_allclose(found.losses[name][:, s], values, rtol=1e-9)
        for p, q in zip(many[s].parameters(), one.parameters(), strict=True):
            torch.testing.assert_close(p, q)


def test_a_task_sees_the_whole_width_wherever_the_dial_stands() -> None:
    for shared in range(9):
        units, reads = two_branches(list(LABELS), 8, shared)
        assert {sum(units[name] for name in names) for names in reads.values()} == {8}


def test_everything_shared_is_hard_sharing() -> None:
    one = tagger(8)
    other = Tagger(SIZES, LABELS, hard(list(LABELS), 1), hidden=8).double()
    with torch.no_grad():
        for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
            ours.copy_(theirs)
    given = part(batch(), 0)
    for task, logits in one(given.x, given.lengths).items():
        torch.testing.assert_close(logits, other(given.x, given.lengths)[task])


@given(st.integers(0, 7), st.sampled_from(["A", "B"]))
@settings(max_examples=8)
def test_a_task_reads_its_own_branch_and_the_shared_one(shared: int, task: str) -> None:
    one, given = tagger(shared), part(batch(), 0)
    one(given.x, given.lengths)[task].sum().backward()
    other = "B" if task == "A" else "A"
    touched = {
        n for n, p in one.embeddings.named_parameters() if p.grad is not None and p.grad.any()
    }
    assert not any(n.startswith(f"{other}.") for n in touched)
    assert any(n.startswith(f"{task}.") for n in touched)
    assert any(n.startswith(SHARED) for n in touched) == (shared > 0)


def test_only_what_is_wanted_is_computed() -> None:
    one, given = tagger(4), part(batch(), 0)
    assert set(one(given.x, given.lengths, ["A"])) == {"A"}
    assert set(one.states(given.x, given.lengths, ["A"])) == {SHARED, "A"}


def test_bad_divisions_are_refused() -> None:
    for shared in (-1, 9):
        with pytest.raises(ValueError, match="between 0 and 8"):
            two_branches(["A"], 8, shared)


# The overlap


def states(seed: int, units: int) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(4, 5, units, generator=draw, dtype=torch.float64)


INSIDE = torch.arange(5) < torch.tensor([5, 3, 4, 1])[:, None]


def test_the_overlap_is_a_mean_of_squared_correlations() -> None:
    first, second = states(0, 3), states(1, 4)
    wanted = np.corrcoef(first[INSIDE], second[INSIDE], rowvar=False)[:3, 3:]
    found = correlation_overlap(first, second, INSIDE)
    assert float(found) == pytest.approx(np.square(wanted).mean())


def test_scales_and_what_fills_up_do_not_count() -> None:
    first, second = states(0, 3), states(1, 4)
    found = correlation_overlap(first, second, INSIDE)
    changed = torch.where(INSIDE[..., None], 7 * first - 2, 99.0)
    torch.testing.assert_close(correlation_overlap(changed, second, INSIDE), found)
    same = correlation_overlap(first[..., :1], -first[..., :1], INSIDE)
    assert float(same) == pytest.approx(1)


def test_the_penalty_is_one_more_loss_and_counts_every_private_branch() -> None:
    one, given = tagger(4), part(batch(), 0)
    losses = penalised(3.0)(one, given)
    found = one.states(given.x, given.lengths, LABELS)
    inside = torch.arange(6) < given.lengths[:, None]
    wanted = sum(correlation_overlap(found[SHARED], found[t], inside) for t in LABELS)
    torch.testing.assert_close(losses.pop("overlap"), 3 * torch.as_tensor(wanted))
    torch.testing.assert_close(losses, tag_losses(one, given))


def test_a_penalty_on_own_sentences_leaves_the_others_alone() -> None:
    given = part(batch(rows=24), 0)
    given.x[:8, :, 0] %= 10  # words of the sentences of A
    given.x[8:, :, 0] = 10 + given.x[8:, :, 0] % 10
    moved = {}
    for own in (None, {"A": slice(8), "B": slice(8, None)}):
        one = tagger(4)
        penalised(1.0, own)(one, given)["overlap"].backward()
        gradient = dict(one.embeddings.named_parameters())["A.tables.0.weight"].grad
        assert gradient is not None
        moved[own is not None] = bool(gradient[10:].any()), bool(gradient[:10].any())
    assert moved == {False: (True, True), True: (False, True)}


# Lesions and probes


@given(st.integers(0, 99), st.integers(0, 5))
def test_a_lesion_takes_what_it_names_and_nothing_else(seed: int, number: int) -> None:
    h = states(seed, 5).flatten(0, 1)
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
def splits(relatedness: float = 1.0) -> list[Split]:
    """Two small splits: 12 sentences with chunks, 32 with the dial's labels."""
    texts = [relate(toy_sentences(61, "tale", s), "pos", relatedness, s, "word") for s in (0, 1)]
    return [Split(t[:44], t[44:52], t[52:], []) for t in texts]


@cache
def small(arm: Arm, relatedness: float = 1.0) -> tuple[Fit, TaggingData]:
    own, tasks = splits(relatedness), (MAIN, AUX)
    return branch_fit(arm, tasks, own, 12, (0, 1), 0.03, width=4, updates=6, every=3)


def test_scores_and_lesions_of_a_small_fit() -> None:
    found, data = small(Arm(50))
    scores = measure_branches(found, data, (0, 1))
    table = dict(zip(LESIONS, scores.T, strict=True))
    assert scores.shape == (2, len(LESIONS))
    for task, name in ((MAIN, "main"), (AUX, "aux")):
        best, texts = found.best(task), to_test(data)
        states = task_states(best, data, texts, task)
        assert state_tags(best, data, texts, task, states) == data.tags(best, task)
        np.testing.assert_allclose(table[name], data.f1(best, task))
    assert (overlaps(found, data) > 0).all()


def test_a_branch_that_is_not_there_is_not_missed() -> None:
    for percent, missing in ((0, ("shared", "as many as shared")), (100, ("private",))):
        scores = measure_branches(*small(Arm(percent)), (0, 1))
        table = dict(zip(LESIONS, scores.T, strict=True))
        for name in ("main", "aux"):
            for by in BOTH:
                for what in missing:
                    np.testing.assert_array_equal(
                        table[f"{name} without {what}, {by}"], table[name]
                    )
        assert overlaps(*small(Arm(percent))).tolist() == [0, 0]


def test_without_a_shared_branch_the_other_task_is_not_noticed() -> None:
    states_of = []
    for relatedness in (1.0, 0.0):
        found, data = small(Arm(0), relatedness)
        states_of.append(task_states(found.best(MAIN), data, to_test(data), MAIN))
    for one, other in zip(*states_of, strict=True):
        torch.testing.assert_close(one, other)


def test_controls_of_the_main_task_alone_read_no_branch_of_the_other() -> None:
    units, reads = CONTROLS["fragments"].branches(MAIN, AUX, 32)
    assert (units, reads) == ({"one": 16, "two": 16}, {MAIN: ("one", "two")})
    units, reads = CONTROLS["alone, 25 %"].branches(MAIN, AUX, 32)
    assert (units, reads) == ({"one": 8}, {MAIN: ("one",)})


def test_a_control_learns_with_the_learning_rate_of_its_division() -> None:
    chosen = {name: learning_rate(name) for name in CONTROLS}
    assert chosen.pop("fragments") == SETTINGS["0 %"]
    for name, lr in chosen.items():
        assert lr == SETTINGS["0 %" if name.startswith("alone") else name.split(",")[0]]


def test_states_are_in_the_order_of_the_sentences() -> None:
    text = splits()[0].test[:7]
    sources = {MAIN: slice(4), AUX: slice(4, None)}
    data = TaggingData([Split(text, text, text, [])], sources, (200, 200))
    branches = two_branches([MAIN, AUX], 4, 2)
    networks = Networks([BranchTagger(data.sizes, data.numbers, *branches)])
    (found,) = branch_states(networks, data, [text], [SHARED])
    each = [branch_states(networks, data, [[s]], [SHARED])[0] for s in text]
    torch.testing.assert_close(found, torch.cat(each))


def test_probes_read_every_target_from_every_branch() -> None:
    found = probe_scores(*small(Arm(50)), (0, 1))
    assert found.shape == (2, 16)
    assert ((found >= 0) & (found <= 100)).all()


def test_tuning_and_trials_share_no_seed() -> None:
    assert not set(runs.load("branches-tuning")["seed"]) & set(runs.load("branches")["seed"])


def test_a_split_has_its_parts_and_the_labels_of_the_dial() -> None:
    one = branch_split(0, 1.0, 12)
    assert [len(part) for part in (one.train, one.validation, one.test)] == [412, 100, 300]
    assert all(s.tags[AUX] == s.tags["pos"] for s in one.test)
