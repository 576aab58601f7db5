"""Chapter 13's experiments: what each arm learns from, and training with noise."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtlbook import runs
from mtlbook.data.synthetic import INPUTS
from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_accuracy, boolean_split
from mtlbook.experiments.ch13_noise import boolean_noise, noise_outputs
from mtlbook.experiments.ch13_noise.boolean_noise import ARMS, Arm, noisy_accuracy, noisy_targets
from mtlbook.experiments.ch13_noise.gum_noise import exchanged
from mtlbook.experiments.ch13_noise.noise_outputs import (
    Problem,
    Setting,
    arm_settings,
    coins,
    noisy_batches,
    noisy_losses,
    normals,
    problem,
    uniforms,
)
from mtlbook.experiments.ch13_noise.teacher_noise import (
    MOST,
    arm_measurements,
    repeated,
    repeated_error,
)
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.task import classification
from mtlbook.toy_language import toy_sentences
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses

SEEDS = [3, 4]

# The Boolean problem


def arm_labels(arm: Arm) -> tuple[torch.Tensor, torch.Tensor]:
    (x, labels), _ = boolean_split(SEEDS)
    return noisy_targets(arm, x, labels, SEEDS), labels


def test_without_noise_arms_have_the_labels_they_name() -> None:
    for further, columns in (("none", [0]), ("copies", [0] * 4), ("related", [0, 1, 2, 3]),
                             ("repeats", [0] * 4), ("mean", [0])):  # fmt: skip
        found, labels = arm_labels(Arm(further))  # type: ignore[arg-type]
        assert torch.equal(found, labels[..., columns])


def test_only_the_further_labels_are_flipped_by_noise() -> None:
    found, labels = arm_labels(Arm("related", noise=0.3))
    assert torch.equal(found[..., 0], labels[..., 0])
    assert 0.2 < float((found[..., 1:] != labels[..., 1:]).double().mean()) < 0.4


def test_copies_share_their_flips_and_repeats_do_not() -> None:
    copies, labels = arm_labels(Arm("copies", main_noise=0.3))
    repeats, _ = arm_labels(Arm("repeats", main_noise=0.3))
    mean, _ = arm_labels(Arm("mean", main_noise=0.3))
    wrong = repeats != labels[..., :1]
    assert torch.equal(copies[..., 0], copies[..., 3])
    assert torch.equal(copies[..., 0], repeats[..., 0])
    assert len({tuple(column.flatten().tolist()) for column in wrong.unbind(-1)}) == 4
    assert torch.equal(mean[..., 0], repeats.mean(-1))


def test_noisy_related_tasks_have_flips_of_their_own() -> None:
    found, labels = arm_labels(ARMS["T1 0.15: noisy related"])
    wrong = found != labels
    assert not torch.equal(wrong[..., 0], wrong[..., 1])
    assert all(0.05 < float(column.double().mean()) < 0.25 for column in wrong.unbind(-1))


def test_an_arm_without_noise_is_chapter_ones() -> None:
    (x, labels), (x_test, y_test) = boolean_split(SEEDS)
    networks = from_seeds(lambda: MLP(8, boolean_noise.HIDDEN, 1).double(), SEEDS)
    batches = [(x, labels[..., :1])] * boolean_noise.STEPS
    fit(networks, batches, task_losses([classification("T1")]), adam(networks, 0.3, 1e-3))
    expected = ((networks(x_test)[..., 0] > 0) == (y_test[..., 0] > 0.5)).double().mean(-1)
    np.testing.assert_allclose(noisy_accuracy("single", SEEDS, 1e-3), expected.numpy())
    assert boolean_accuracy("single task", SEEDS, 0.3, 1e-3, steps=5).shape == (2,)


def test_a_light_weight_of_next_to_nothing_is_next_to_no_task() -> None:
    light = noisy_accuracy("related, 0.5", SEEDS, 1e-3, weight=1e-9)
    full = noisy_accuracy("related, 0.5", SEEDS, 1e-3)
    assert (light > full + 0.02).any()


def test_every_arm_of_a_table_has_as_many_settings() -> None:
    for name, count in (("boolean-noise-tuning", 5), ("teacher-noise-tuning", 6)):
        table = runs.load(name)
        by = [c for c in ("sd", "arm") if c in table]
        scores = ("seed", "score", "error")
        settings = table.drop_duplicates([c for c in table.columns if c not in scores])
        assert set(settings.groupby(by).size()) == {count}
    counts = {a: len(arm_settings(a, 0.1, (0.1, 0.2, 0.3))) for a in noise_outputs.ARMS}
    assert counts.pop("nothing") == 1
    assert set(counts.values()) == {3}


@pytest.mark.parametrize("name", ["boolean-noise", "noise-outputs"])
def test_tuning_and_trials_share_no_seed(name: str) -> None:
    tuning, fresh = runs.load(f"{name}-tuning"), runs.load(name)
    assert not set(tuning["seed"]) & set(fresh["seed"])


# Repeated measurements


def test_measurements_differ_by_their_noise_alone() -> None:
    x, y, x_test, f = repeated(SEEDS, 0.5, n=2000)
    assert x.shape == (2, 2000, INPUTS)
    assert x_test.shape == (2, 500, INPUTS)
    assert y.shape == (2, 2000, MOST)
    exact = repeated(SEEDS, 0.0, n=2000)[1]
    assert torch.equal(exact, exact[..., :1].expand(-1, -1, MOST))
    noise = y - exact
    assert abs(float(noise.std()) - 0.5) < 0.01
    assert abs(float((noise[..., 0] * noise[..., 1]).mean())) < 0.02
    assert (f.mean(-1).abs() < 1e-9).all()
    assert torch.allclose(f.var(-1, correction=0), torch.ones(2, dtype=f.dtype))


def test_arms_choose_their_measurements() -> None:
    y = repeated([0], 0.5)[1]
    assert torch.equal(arm_measurements("single", y), y[..., :1])
    assert torch.equal(arm_measurements("copies", y), y[..., [0] * MOST])
    assert torch.equal(arm_measurements("2 repeats", y), y[..., :2])
    assert torch.equal(arm_measurements("mean of 8", y), y.mean(-1, keepdim=True))
    with pytest.raises(ValueError, match="no arm '3'"):
        arm_measurements("3", y)


def test_a_repeated_error_does_not_depend_on_the_networks_beside_it() -> None:
    both, alone = (repeated_error("2 repeats", 0.5, seeds, 0.1) for seeds in ([3, 4], [4]))
    np.testing.assert_allclose(both[1], alone[0], rtol=1e-6)


# Training with noise


def train(p: Problem, setting: Setting, seeds: list[int]) -> Networks:
    inputs, outputs = p.train[0].shape[-1], 1 + (p.further if setting.weight else 0)
    networks = from_seeds(lambda: MLP(inputs, p.hidden, outputs).double(), seeds)
    losses, optimiser = (
        noisy_losses(p.task, setting.weight),
        adam(networks, p.lr, setting.weight_decay),
    )
    fit(networks, noisy_batches(p, seeds, setting), losses, optimiser)
    return networks


def small(name: str, setting: Setting, seeds: list[int]) -> np.ndarray:
    p = replace(problem(name, seeds), hidden=6, steps=20, lr=0.01)
    found: np.ndarray = train(p, setting, seeds)(p.test[0])[..., 0].detach().numpy()
    return found


def test_without_noise_it_is_the_ordinary_training() -> None:
    p = problem("teacher", SEEDS)
    x, y = p.train
    networks = from_seeds(lambda: MLP(INPUTS, 6, 1).double(), SEEDS)
    fit(networks, [(x, y[..., None])] * 20, task_losses([p.task]), adam(networks, 0.01, 0.1))
    expected = networks(p.test[0])[..., 0].detach().numpy()
    np.testing.assert_allclose(small("teacher", Setting(0.1), SEEDS), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "setting",
    [
        Setting(jitter=0.3),
        Setting(dropout=0.3),
        Setting(weight=0.5),
        Setting(weight=0.5, fresh=True),
    ],
)
def test_noise_of_a_seed_does_not_depend_on_the_others(setting: Setting) -> None:
    both, alone = small("boolean", setting, [3, 4]), small("boolean", setting, [4])
    np.testing.assert_allclose(both[1], alone[0], rtol=1e-6, atol=1e-9)
    calm = small("boolean", replace(setting, jitter=0, dropout=0, weight=0), [4])
    assert not np.allclose(alone, calm, atol=1e-3)


def test_fixed_targets_are_learned_by_heart_and_fresh_ones_are_not() -> None:
    p = replace(problem("boolean", SEEDS), steps=300, lr=0.03)
    losses = {}
    for fresh in (False, True):
        setting = Setting(weight=1.0, fresh=fresh)
        z = train(p, setting, SEEDS)(p.train[0]).detach()
        first = [torch.Generator().manual_seed(seed) for seed in SEEDS]
        thrown = torch.stack([coins((96, 3), generator) for generator in first])
        losses[fresh] = functional.binary_cross_entropy_with_logits(z[..., 1:], thrown)
    assert losses[False] < 0.1
    assert losses[True] > 0.6


def test_dropout_leaves_the_expected_activation_as_it_is() -> None:
    p = replace(problem("teacher", [0]), hidden=200, steps=2)
    first, second = (kept[0] for _, kept, _, _ in noisy_batches(p, [0], Setting(dropout=0.4)))
    assert not torch.equal(first, second)  # drawn afresh
    for kept in (first, second):
        assert set(kept.unique().tolist()) == {0, 1 / (1 - 0.4)}
        assert abs(float(kept.mean()) - 1) < 0.02
    ((_, kept, _, _), _) = noisy_batches(p, [0], Setting(jitter=1.0))
    assert (kept == 1).all()


def test_hidden_units_that_are_left_out_are_not_seen_by_any_head() -> None:
    network, p = MLP(INPUTS, 6, 3).double(), problem("teacher", [0])
    x = p.train[0][0]
    kept, y, noise = torch.ones(60, 6).double(), torch.zeros(60), torch.zeros(60, 2)
    kept[:, 4:] = 0
    before = noisy_losses(p.task, 0.5)(network, (x, kept, y, noise))
    with torch.no_grad():
        network.heads.weight[:, 4:] = 9
        network.trunk.weight[4:] = 9
    after = noisy_losses(p.task, 0.5)(network, (x, kept, y, noise))
    assert before.keys() == after.keys() == {"main", "noise"}
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert noisy_losses(p.task, 0.0)(network, (x, kept, y, noise)).keys() == {"main"}


def test_draws_are_what_they_are_called() -> None:
    size = (4000,)
    values = [kind(size, torch.Generator().manual_seed(0)) for kind in (coins, normals, uniforms)]
    assert set(values[0].tolist()) == {0, 1}
    assert abs(float(values[1].mean())) < 0.06
    assert abs(float(values[1].std()) - 1) < 0.05
    assert 0 <= values[2].min() < values[2].max() < 1
    assert abs(float(values[2].mean()) - 0.5) < 0.02


# Tags that change places


def test_exchanged_tags_keep_their_counts_and_the_words() -> None:
    tales = toy_sentences(40, "tale", 0)
    gold = [tag for s in tales for tag in s.tags["pos"]]
    before: set[int] = set()
    for share in (0.0, 0.3, 1.0):
        found = exchanged(tales, share, 1, task="pos")
        tags = [tag for s in found for tag in s.tags["pos"]]
        assert [s.words for s in found] == [s.words for s in tales]
        assert [s.tags["chunk"] for s in found] == [s.tags["chunk"] for s in tales]
        assert Counter(tags) == Counter(gold)
        moved = {i for i, (a, b) in enumerate(zip(tags, gold, strict=True)) if a != b}
        assert len(moved) <= share * len(gold) + 1
        assert len(moved) >= 0.6 * share * len(gold)
        if share < 1:
            before = moved
    assert before
    with pytest.raises(ValueError, match="a share of the labels"):
        exchanged(tales, 1.5, 0, task="pos")
