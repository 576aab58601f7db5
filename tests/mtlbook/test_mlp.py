"""mtlbook.models.mlp: the network of Caruana, and units that a task may not use."""

import copy
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from mtlbook.models.mlp import MLP, PrivateMLP
from mtlbook.models.networks import from_seeds
from mtlbook.task import regression
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses

X = torch.randn(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = torch.randn(12, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def network(private: int = 0, owners: Sequence[int] = (), hidden: int = 6) -> MLP:
    """A network with four outputs; the same start, whatever is private."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if private:
            return PrivateMLP(3, hidden, 4, private, owners).double()
        return MLP(3, hidden, 4).double()


def without(model: MLP, units: int) -> MLP:
    """The same network, its last hidden units taken out."""
    small = network(hidden=6 - units)
    with torch.no_grad():
        small.trunk.weight.copy_(model.trunk.weight[:-units])
        small.trunk.bias.copy_(model.trunk.bias[:-units])
        small.heads.weight.copy_(model.heads.weight[:, :-units])
        small.heads.bias.copy_(model.heads.bias)
    return small


def train(model: MLP, weights: Sequence[float] | None = None) -> Tensor:
    """Train the network; return its outputs."""
    losses = task_losses([regression(name) for name in "abcd"], weights)
    fit(model, [(X, Y)] * 40, losses, adam(model, 0.05, 0.1))
    return model(X).detach()


def test_a_network_is_a_tanh_layer_and_a_linear_one() -> None:
    model = network()
    p = {name: value.detach().numpy() for name, value in model.named_parameters()}
    hidden = np.tanh(X.numpy() @ p["trunk.weight"].T + p["trunk.bias"])
    expected = hidden @ p["heads.weight"].T + p["heads.bias"]
    np.testing.assert_allclose(model(X).detach().numpy(), expected, rtol=1e-12)


def test_tasks_share_the_trunk_and_own_their_heads() -> None:
    model = network()
    model(X)[:, 0].sum().backward()
    assert (model.trunk.weight.grad != 0).all()
    assert (model.heads.weight.grad[0] != 0).all()
    assert (model.heads.weight.grad[1:] == 0).all()


# Private units


def test_owners_see_every_unit_and_others_the_shared_ones() -> None:
    before, after = network(), network(2, [1, 3])
    for outputs, expected in (([1, 3], before), ([0, 2], without(before, 2))):
        torch.testing.assert_close(after(X)[:, outputs], expected(X)[:, outputs], **CLOSE)


def test_private_units_start_as_shared_ones_do() -> None:
    for p, q in zip(network().parameters(), network(2, [1]).parameters(), strict=True):
        assert torch.equal(p, q)


def test_units_that_nobody_may_use_might_as_well_not_be_there() -> None:
    small = train(without(network(), 2))
    torch.testing.assert_close(train(network(2, [])), small, **CLOSE)


def test_others_learn_as_without_the_units_when_their_owners_learn_nothing() -> None:
    others = [0, 1, 1, 1]
    small = train(without(network(), 2), others)
    torch.testing.assert_close(train(network(2, [0]), others)[:, 1:], small[:, 1:], **CLOSE)


def test_units_that_all_tasks_own_are_shared_units() -> None:
    torch.testing.assert_close(train(network(2, range(4))), train(network()), **CLOSE)


@pytest.mark.parametrize("units", [1, 5])
@pytest.mark.parametrize("owners", [[0], [1, 3], [3, 2, 0]], ids=str)
def test_others_neither_use_nor_teach_the_private_units(units: int, owners: list[int]) -> None:
    model = network(units, owners)
    others = [t for t in range(4) if t not in owners]
    train(model)
    model.zero_grad()
    before = model(X)[:, others].detach()
    model(X)[:, others].square().sum().backward()
    for p in (model.trunk.weight, model.trunk.bias):
        assert (p.grad[-units:] == 0).all()
    with torch.no_grad():
        model.trunk.weight[-units:] += 1
    assert torch.equal(model(X)[:, others], before)


def test_private_units_are_those_of_each_of_many_networks() -> None:
    networks = from_seeds(lambda: PrivateMLP(3, 6, 4, 2, [0]).double(), [5, 1])
    x = torch.stack([X, 2 * X])
    for s in range(2):
        torch.testing.assert_close(networks(x)[s], copy.deepcopy(networks[s])(x[s]), **CLOSE)


@pytest.mark.parametrize(
    ("units", "owners"), [(0, [0]), (6, [0]), (7, [0]), (-1, [0]), (2, [4]), (2, [-1]), (2, [0, 9])]
)
def test_what_does_not_fit_the_network_is_refused(units: int, owners: list[int]) -> None:
    with pytest.raises(ValueError, match="6 hidden units and 4 outputs"):
        PrivateMLP(3, 6, 4, units, owners)
