"""mtlbook.experiments of chapter 5: arms that can be compared, and labels that mean nothing."""

from collections import Counter

import numpy as np
import pytest
import torch

from mtlbook.data.batches import Batch
from mtlbook.experiments.ch03_hard_sharing.toy_hard import LABELLED, toy_split
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
from mtlbook.experiments.ch05_sluice_networks import sluice_toy
from mtlbook.experiments.ch05_sluice_networks.sluice_noise import random_split
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import (
    ARMS,
    AUX,
    CONTROLS,
    DIAL_ARMS,
    MAIN,
    SMALL,
    WEIGHTS,
    Arm,
    mixing_weights,
    network_of,
    penalised,
)
from mtlbook.experiments.common.tagging import TaggingData
from mtlbook.models.networks import from_seeds
from mtlbook.models.sluice import Mixing
from mtlbook.models.tagger import Tagger

SPLIT = toy_split(0, Given(AUX))
SLICES = {MAIN: slice(LABELLED), AUX: slice(LABELLED, None)}
DATA = {
    tasks: TaggingData([SPLIT], dict(list(SLICES.items())[:tasks]), (1000, 600)) for tasks in (1, 2)
}


def build(arm: Arm) -> Tagger:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        return network_of(arm, DATA[arm.tasks])


def trunk(model: Tagger) -> int:
    """The weights of its layers."""
    return sum(p.numel() for p in model.layers.parameters())


@pytest.mark.parametrize("name", ARMS | DIAL_ARMS)
def test_an_arm_has_the_tasks_it_says_and_small_words(name: str) -> None:
    arm = (ARMS | DIAL_ARMS)[name]
    model = build(arm)
    assert list(model.routes) == [MAIN, AUX][: arm.tasks]
    assert (model.routes.get(AUX) == ("words", "1")) == arm.low
    tables = torch.cat([p.flatten() for p in model.embeddings.parameters()])
    assert tables.std().item() == pytest.approx(SMALL, rel=0.2)


@pytest.mark.parametrize("name", ["wider", "wide hard sharing"])
def test_a_wide_trunk_has_as_many_weights_as_all_trunks_of_a_sluice_network(name: str) -> None:
    wide, sluice = trunk(build(DIAL_ARMS[name])), trunk(build(ARMS["sluice"]))
    assert wide == pytest.approx(sluice, rel=0.02)
    assert wide >= sluice
    assert trunk(build(ARMS["hard sharing"])) == trunk(build(ARMS["single task"]))


@pytest.mark.parametrize("start", ["sluice", "balanced"])
def test_learned_and_frozen_differ_in_whether_alpha_is_trained_and_in_nothing_else(
    start: str,
) -> None:
    learned, frozen = (build(DIAL_ARMS[f"{start}{end}"]) for end in ("", ", α frozen"))
    pairs = zip(learned.named_parameters(), frozen.named_parameters(), strict=True)
    for (name, one), (other_name, other) in pairs:
        assert name == other_name
        assert torch.equal(one, other)
        assert one.requires_grad
        assert other.requires_grad == (name != "alpha_steps")


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_takes_the_settings_of_an_arm_of_its_kind(name: str) -> None:
    arm, (other, _) = CONTROLS[name]
    assert arm.mixing == DIAL_ARMS[other].mixing
    assert sluice_toy.setting_of(name, 0.0) == sluice_toy.setting_of(*CONTROLS[name][1])
    assert sluice_toy.setting_of("wider", 0.0) == sluice_toy.setting_of("wider", 1.0)


def test_the_penalty_is_one_more_loss() -> None:
    model = build(ARMS["sluice"])
    batch = next(DATA[2].batches({MAIN: 4, AUX: 4}, 1, [0]))
    one = Batch(batch.x[0], batch.lengths[0], {task: y[0] for task, y in batch.targets.items()})
    plain, found = (penalised(strength)(model, one) for strength in (0.0, 0.5))
    assert list(plain) == [MAIN, AUX]
    assert found["overlap"].item() == pytest.approx(0.5 * model.penalty().item())
    assert {task: found[task].item() for task in plain} == {t: v.item() for t, v in plain.items()}


def test_the_weights_are_read_off_the_networks() -> None:
    networks = from_seeds(lambda: network_of(Arm(mixing=Mixing(rate=2)), DATA[2]), [1, 2])
    alpha, beta = torch.zeros(2, 2, 4, 4), torch.tensor([[0.1, 0.9], [5, 5]]).expand(2, 2, 2)
    alpha[:, 0, :2, 2:], alpha[:, 1, :2, 2:] = -1.0, 2.0
    alpha[:, 0, 2:, :2], alpha[:, 1, 2:, :2] = 3.0, -4.0
    alpha[:, :, 0, 0], alpha[:, :, 1, 1] = 6.0, -8.0
    networks.requires_grad_(False)
    networks.get_parameter("one.alpha_steps").copy_(alpha / 2)
    networks.get_parameter("one.beta_steps").copy_(beta / 2)
    np.testing.assert_allclose(mixing_weights(networks), [[1, 2, 3, 4, 7, 0.1, 0.9]] * 2, rtol=1e-6)
    assert len(WEIGHTS) == 7


def test_a_course_begins_where_the_weights_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sluice_toy, "EVERY", 1)
    monkeypatch.setattr(sluice_toy, "toy_data", lambda *given: (DATA[2], 2))
    monkeypatch.setattr(sluice_toy, "SIZES", {MAIN: 2, AUX: 2})
    seen = sluice_toy.course(1.0, [0])
    assert seen.shape == (1, 2, len(sluice_toy.QUANTITIES))
    start = [0.9, 0.1 / 3, 0.1 / 3, 0.1 / 3]
    np.testing.assert_allclose(seen[0, 0, :4], start, atol=0.011)  # one step of .01
    np.testing.assert_allclose(seen[0, 0, -5:-1], [0.1, 0.9, 0.1, 0.9], atol=0.011)
    assert 0 < seen[0, -1, -1] < 1


def test_random_labels_are_the_same_labels_elsewhere() -> None:
    found = random_split(SPLIT, 0)
    assert found.validation == found.train[:LABELLED]
    assert found.train[LABELLED:] == SPLIT.train[LABELLED:]
    pairs = list(zip(SPLIT.train[:LABELLED], found.validation, strict=True))
    assert all(a.words == b.words and a.tags["aux"] == b.tags["aux"] for a, b in pairs)
    before, after = ([t for pair in pairs for t in pair[i].tags[MAIN]] for i in (0, 1))
    assert Counter(before) == Counter(after)
    same = np.mean([a == b for a, b in zip(before, after, strict=True)])
    chance = sum((n / len(before)) ** 2 for n in Counter(before).values())
    assert same == pytest.approx(chance, abs=0.05)
    assert random_split(SPLIT, 1).validation != found.validation
