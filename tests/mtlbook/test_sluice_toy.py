"""mtlbook.experiments of chapter 5: arms that can be compared, and labels that mean nothing."""

from collections import Counter

import numpy as np
import pytest
import torch

from mtlbook.experiments.ch03_hard_sharing.toy_hard import HIDDEN, LABELLED, LAYERS, toy_deal
from mtlbook.experiments.ch03_hard_sharing.toy_hard import Arm as Given
from mtlbook.experiments.ch05_sluice_networks import sluice_toy_trials as trials
from mtlbook.experiments.ch05_sluice_networks.sluice_noise import random_deal
from mtlbook.experiments.ch05_sluice_networks.sluice_toy import (
    ARMS,
    MAIN,
    SMALL,
    WEIGHTS,
    Arm,
    mixing_weights,
    network,
    orthogonality,
)
from mtlbook.models.sharing import hard, low_supervision
from mtlbook.models.sluice import Mixing
from mtlbook.models.tagger import Routed
from mtlbook.training.taggers import FitTaggers

SIZES, LABELS = (9, 7, 5), {"chunk": 3, "aux": 4}


def build(arm: Arm, seeds: tuple[int, ...] = (1, 2)) -> Routed:
    tasks = list(LABELS)[: arm.tasks]
    routes = low_supervision({"chunk": 2, "aux": 1}) if arm.low else hard(tasks, LAYERS)
    numbers = {task: LABELS[task] for task in tasks}
    return network(arm)(seeds, SIZES, numbers, routes, hidden=round(HIDDEN * arm.width))


def trunk(model: Routed) -> int:
    """The weights of one network's layers."""
    return sum(p[0].numel() for p in model.layers.parameters())


@pytest.mark.parametrize("name", ARMS)
def test_an_arm_has_the_tasks_it_says_and_small_words(name: str) -> None:
    model = build(ARMS[name])
    assert list(model.routes) == list(LABELS)[: ARMS[name].tasks]
    assert len(next(model.parameters())) == 2
    tables = torch.cat([p.flatten() for p in model.embeddings.parameters()])
    assert tables.std().item() == pytest.approx(SMALL, rel=0.2)


def test_the_wider_tagger_has_as_many_weights_as_all_trunks_of_a_sluice_network() -> None:
    wide, sluice = trunk(build(ARMS["wider"])), trunk(build(ARMS["sluice"]))
    assert wide == pytest.approx(sluice, rel=0.02)
    assert wide >= sluice
    assert trunk(build(ARMS["hard sharing"])) == trunk(build(ARMS["single task"]))


def test_the_penalty_is_that_of_sluice_networks_alone() -> None:
    model = build(ARMS["sluice"])
    penalty = orthogonality(0.5)
    assert penalty is not None
    assert penalty(model).item() == pytest.approx(0.5 * model.penalty().item())  # type: ignore[operator]
    assert orthogonality(0) is None
    with pytest.raises(TypeError, match="no subspaces in ManyTaggers"):
        penalty(build(ARMS["hard sharing"]))


def test_the_weights_are_read_off_the_networks_that_were_kept() -> None:
    model = build(Arm(mixing=Mixing(rate=2)))
    alpha, beta = torch.zeros(2, 2, 4, 4), torch.tensor([[0.1, 0.9], [5, 5]]).expand(2, 2, 2)
    alpha[:, 0, :2, 2:], alpha[:, 1, :2, 2:] = -1.0, 2.0
    alpha[:, 0, 2:, :2], alpha[:, 1, 2:, :2] = 3.0, -4.0
    alpha[:, :, 0, 0], alpha[:, :, 1, 1] = 6.0, -8.0
    kept = {"alpha_steps": alpha / 2, "beta_steps": beta / 2}
    none = np.zeros(0)
    fit = FitTaggers(model, none, {}, {}, {MAIN: kept})
    np.testing.assert_allclose(mixing_weights(fit), [[1, 2, 3, 4, 7, 0.1, 0.9]] * 2, rtol=1e-6)
    assert len(WEIGHTS) == 7
    with pytest.raises(TypeError, match="mix nothing"):
        mixing_weights(FitTaggers(build(ARMS["hard sharing"]), none, {}, {}, {}))


def test_a_course_keeps_alpha_and_beta() -> None:
    model, course = build(ARMS["sluice"]), trials.Course()
    assert course(model).item() == 0
    (seen,) = course.seen
    assert seen.shape == (2, len(trials.QUANTITIES) - 1)
    torch.testing.assert_close(seen[0, :4], torch.tensor([0.9, 0.1 / 3, 0.1 / 3, 0.1 / 3]))
    torch.testing.assert_close(seen[0, -4:], torch.tensor([0.1, 0.9, 0.1, 0.9]))


def test_random_labels_are_the_same_labels_elsewhere() -> None:
    deal = toy_deal(0, Given("aux"))
    found = random_deal(deal, 0)
    assert found.halt == found.train[:LABELLED]
    assert found.train[LABELLED:] == deal.train[LABELLED:]
    pairs = list(zip(deal.train[:LABELLED], found.halt, strict=True))
    assert all(a.words == b.words and a.tags["aux"] == b.tags["aux"] for a, b in pairs)
    before, after = ([t for pair in pairs for t in pair[i].tags[MAIN]] for i in (0, 1))
    assert Counter(before) == Counter(after)
    same = np.mean([a == b for a, b in zip(before, after, strict=True)])
    chance = sum((n / len(before)) ** 2 for n in Counter(before).values())
    assert same == pytest.approx(chance, abs=0.05)
    assert random_deal(deal, 1).halt != found.halt
