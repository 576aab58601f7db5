"""mtlbook.models.mlp: one network, and many of them side by side."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import functional_call

from mtlbook.models.mlp import MLP, ManyMLPs, many_mlps


def inputs(*shape: int) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=draw, dtype=torch.float64)


def alone(seed: int, *shape: int) -> MLP:
    """The network that a seed stands for, made by itself."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(*shape).double()


# One network


def test_a_network_is_a_tanh_layer_and_a_linear_one() -> None:
    model = alone(0, 3, 4, 2)
    p = {name: value.detach().numpy() for name, value in model.named_parameters()}
    x = inputs(5, 3)
    hidden = np.tanh(x.numpy() @ p["trunk.weight"].T + p["trunk.bias"])
    expected = hidden @ p["heads.weight"].T + p["heads.bias"]
    np.testing.assert_allclose(model(x).detach().numpy(), expected, rtol=1e-12)


def test_tasks_share_the_trunk_and_own_their_heads() -> None:
    model = alone(0, 3, 4, 2)
    model(inputs(5, 3))[:, 0].sum().backward()
    assert (model.trunk.weight.grad != 0).all()
    assert (model.heads.weight.grad[0] != 0).all()
    assert (model.heads.weight.grad[1] == 0).all()


# Many networks


@pytest.mark.parametrize("shape", [(3, 4, 2), (1, 1, 1), (8, 16, 4)])
def test_many_networks_compute_what_each_does_alone(shape: tuple[int, int, int]) -> None:
    networks = [alone(seed, *shape) for seed in range(3)]
    x = inputs(3, 6, shape[0])
    many = ManyMLPs(networks)
    for s, network in enumerate(networks):
        torch.testing.assert_close(many(x)[s], network(x[s]), rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(
            many.hidden(x)[s], torch.tanh(network.trunk(x[s])), rtol=1e-12, atol=1e-12
        )


def test_no_network_reaches_into_another() -> None:
    many = many_mlps(range(3), 3, 4, 2)
    many(inputs(3, 6, 3))[1].square().sum().backward()
    for p in many.parameters():
        assert (p.grad[1] != 0).any()
        assert (p.grad[[0, 2]] == 0).all()


def test_stacking_copies() -> None:
    network = alone(0, 3, 4, 2)
    many = ManyMLPs([network])
    before = many(inputs(1, 6, 3)).detach().clone()
    with torch.no_grad():
        for p in network.parameters():
            p.zero_()
    torch.testing.assert_close(many(inputs(1, 6, 3)).detach(), before, rtol=0, atol=0)


def test_stacking_loses_no_parameter() -> None:
    one = sum(p.numel() for p in alone(0, 3, 4, 2).parameters())
    assert sum(p.numel() for p in many_mlps(range(5), 3, 4, 2).parameters()) == 5 * one


@pytest.mark.parametrize("other", [(2, 4, 2), (3, 5, 2), (3, 4, 1)])
def test_networks_of_different_shapes_are_refused(other: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="same shape, got 2"):
        ManyMLPs([alone(0, 3, 4, 2), alone(0, *other)])


def test_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="one or more networks"):
        ManyMLPs([])


def test_the_gradient_is_that_of_finite_differences() -> None:
    many = many_mlps(range(2), 3, 4, 2)
    x = inputs(2, 5, 3)
    names, values = zip(*many.named_parameters(), strict=True)
    assert {"trunk_weight", "trunk_bias"} < set(names)

    def outputs(*parameters: Tensor) -> Tensor:
        return functional_call(many, dict(zip(names, parameters, strict=True)), (x,))

    start = tuple(value.detach().clone().requires_grad_() for value in values)
    assert torch.autograd.gradcheck(outputs, start)


# Seeds


def parameters(model: ManyMLPs) -> list[list[float]]:
    return [p.detach().ravel().tolist() for p in model.parameters()]


def test_a_seed_stands_for_the_network_that_torch_makes_of_it() -> None:
    many = many_mlps([5, 2], 3, 4, 2)
    expected = ManyMLPs([alone(5, 3, 4, 2), alone(2, 3, 4, 2)])
    assert parameters(many) == parameters(expected)


def test_the_same_seeds_make_the_same_networks_whatever_was_drawn_before() -> None:
    first = many_mlps([0, 1], 3, 4, 2)
    torch.rand(7)
    assert parameters(many_mlps([0, 1], 3, 4, 2)) == parameters(first)


def test_a_network_does_not_depend_on_which_other_seeds_are_there() -> None:
    pair, triple = many_mlps([4, 7], 3, 4, 2), many_mlps([7, 0, 4], 3, 4, 2)
    for p, q in zip(pair.parameters(), triple.parameters(), strict=True):
        assert torch.equal(p[0], q[2])
        assert torch.equal(p[1], q[0])
        assert not torch.equal(p[0], p[1])


def test_the_global_random_state_is_left_as_it_was() -> None:
    before = torch.get_rng_state()
    many_mlps(range(3), 3, 4, 2)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_networks_are_in_double_precision() -> None:
    assert {p.dtype for p in many_mlps([0], 3, 4, 2).parameters()} == {torch.float64}
