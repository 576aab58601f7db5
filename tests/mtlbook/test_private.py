"""mtlbook.models.private: units that a task may not use might as well not be there."""

import copy
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from mtlbook.models.mlp import ManyMLPs, many_mlps
from mtlbook.models.private import keep_private
from mtlbook.task import regression
from mtlbook.training import fit_many

SEEDS = [0, 5]
X = torch.randn(2, 12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = torch.randn(2, 12, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def networks(units: int = 0, owners: Sequence[int] = ()) -> ManyMLPs:
    """Two networks with six hidden units and four outputs."""
    many = many_mlps(SEEDS, 3, 6, 4)
    if units:
        keep_private(many, units, owners)
    return many


def without(many: ManyMLPs, units: int) -> ManyMLPs:
    """The same networks, their last hidden units taken out."""
    small = copy.deepcopy(many)
    small.trunk_weight = torch.nn.Parameter(many.trunk_weight.detach()[..., :-units].clone())
    small.trunk_bias = torch.nn.Parameter(many.trunk_bias.detach()[..., :-units].clone())
    small.head_weight = torch.nn.Parameter(many.head_weight.detach()[:, :-units].clone())
    return small


def train(many: ManyMLPs, weights: Sequence[float] | None = None) -> ManyMLPs:
    tasks = [regression(name) for name in "abcd"]
    return fit_many(many, tasks, (X, Y), steps=40, lr=0.05, weight_decay=0.1, weights=weights).model


def cut(many: ManyMLPs, units: int, owners: Sequence[int]) -> Tensor:
    """The weights by which the other tasks would use the private units."""
    others = [t for t in range(4) if t not in owners]
    return many.head_weight.detach()[:, -units:, others]


@pytest.mark.parametrize("units", [1, 5])
@pytest.mark.parametrize("owners", [[0], [1, 3], [3, 2, 0]], ids=str)
def test_the_others_are_cut_off_and_stay_so_while_they_learn(units: int, owners: list[int]) -> None:
    many = networks(units, owners)
    assert (cut(many, units, owners) == 0).all()
    start = many.head_weight.detach().clone()
    train(many)
    assert (cut(many, units, owners) == 0).all()
    learned = many.head_weight.detach() != start
    assert learned[:, :-units].all()
    assert learned[:, -units:, owners].all()


def test_owners_see_every_unit_and_others_the_shared_ones() -> None:
    before, after = networks(), networks(2, [1, 3])
    for outputs, expected in (([1, 3], before), ([0, 2], without(before, 2))):
        torch.testing.assert_close(after(X)[..., outputs], expected(X)[..., outputs], **CLOSE)


def test_nothing_but_the_cut_weights_is_changed() -> None:
    before, after = networks(), networks(2, [1])
    for name, p in before.named_parameters():
        if name != "head_weight":
            assert torch.equal(p, getattr(after, name))
    changed = before.head_weight != after.head_weight
    assert changed[:, -2:, [0, 2, 3]].all()
    assert changed.sum() == 2 * 2 * 3


def test_units_that_nobody_may_use_might_as_well_not_be_there() -> None:
    small = train(without(networks(), 2))
    torch.testing.assert_close(train(networks(2, []))(X), small(X), **CLOSE)


def test_others_learn_as_without_the_units_when_their_owners_learn_nothing() -> None:
    others = [0, 1, 1, 1]
    small = train(without(networks(), 2), weights=others)
    many = train(networks(2, [0]), weights=others)
    torch.testing.assert_close(many(X)[..., 1:], small(X)[..., 1:], **CLOSE)


def test_units_that_all_tasks_own_are_shared_units() -> None:
    for p, expected in zip(
        train(networks(2, range(4))).parameters(), train(networks()).parameters(), strict=True
    ):
        torch.testing.assert_close(p, expected, **CLOSE)


def test_others_do_not_teach_the_private_units() -> None:
    many = networks(2, [0])
    many(X)[..., 1:].square().sum().backward()
    for p in (many.trunk_weight, many.trunk_bias):
        assert (p.grad[..., -2:] == 0).all()
        assert (p.grad[..., :-2] != 0).all()


@pytest.mark.parametrize(
    ("units", "owners"), [(0, [0]), (6, [0]), (7, [0]), (-1, [0]), (2, [4]), (2, [-1]), (2, [0, 9])]
)
def test_what_does_not_fit_the_network_is_refused(units: int, owners: list[int]) -> None:
    many = many_mlps(SEEDS, 3, 6, 4)
    before = many.head_weight.detach().clone()
    with pytest.raises(ValueError, match="6 hidden units and 4 outputs"):
        keep_private(many, units, owners)
    assert torch.equal(many.head_weight, before)
