"""Loss weightings, the trainer, its Adam and the networks, against torch, torchjd and loops."""

import pytest
import torch
from torch import Tensor
from torchjd import scalarization

from mtlbook.models.trunks import start_trunks, trunk_outputs
from mtlbook.training.adam import ManyAdam
from mtlbook.training.balance import gramian, mgda_weights
from mtlbook.training.balance_methods import (
    ByFirstLoss,
    DynamicAverage,
    GradNorm,
    LogSum,
    Method,
    MGDAByLoss,
    OnGradients,
    PCGrad,
    RandomWeights,
    Static,
    Uncertainty,
)
from mtlbook.training.fit_balanced import fit_balanced, task_gradients


def some_losses(seed: int = 0, networks: int = 3, tasks: int = 4) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.1 + torch.rand(networks, tasks, generator=generator, dtype=torch.float64)


# Weights of losses


def test_the_sum_of_logs_has_the_gradient_of_the_logarithms() -> None:
    losses = some_losses().requires_grad_()
    losses.log().sum().backward()
    torch.testing.assert_close(LogSum().weights(losses.detach(), None), losses.grad)


def test_the_first_loss_is_remembered() -> None:
    method, first, second = ByFirstLoss(), some_losses(0), some_losses(1)
    for losses in (first, second):
        torch.testing.assert_close(method.weights(losses, None), 1 / first)


def test_uncertainty_is_that_of_torchjd() -> None:
    losses = some_losses(networks=1)
    ours, theirs = Uncertainty(0.05), scalarization.UW(4)
    theirs.double()
    optimiser = torch.optim.Adam(theirs.parameters(), lr=0.05)
    for _ in range(5):
        variable = losses[0].clone().requires_grad_()
        optimiser.zero_grad()
        theirs(variable).backward()
        torch.testing.assert_close(ours.weights(losses, None)[0], variable.grad)
        optimiser.step()


def test_uncertainty_comes_to_rest_at_the_loss() -> None:
    losses, method = some_losses(), Uncertainty(torch.tensor([0.02, 0.03, 0.05]))
    for _ in range(1500):
        weights = method.weights(losses, None)
    torch.testing.assert_close(1 / (2 * weights), losses, rtol=0.02, atol=0)


def test_uncertainty_can_start_at_rest() -> None:
    losses = some_losses()
    weights = Uncertainty(0.1, at_rest=True).weights(losses, None)
    torch.testing.assert_close(weights, 1 / (2 * losses))


def test_mgda_by_loss_is_mgda_of_the_logarithms() -> None:
    gradients = torch.randn(3, 4, 6, generator=torch.Generator().manual_seed(2)).double()
    losses = some_losses()
    divided = gradients / losses[..., None]
    expected = (mgda_weights(gramian(divided))[:, None] @ divided)[:, 0]
    weights = MGDAByLoss().weights(losses, gramian(gradients))
    torch.testing.assert_close((weights[:, None] @ gradients)[:, 0], expected)


def test_dwa_gives_the_slow_task_more() -> None:
    method = DynamicAverage(2.0, epoch=2)
    values = [(4.0, 4.0), (2.0, 2.0), (3.0, 1.0), (3.0, 1.0)]  # means 3, 3 and then 3, 1
    for pair in values:
        weights = method.weights(torch.tensor([pair]), None)
        assert torch.equal(weights, torch.ones(1, 2))
    weights = method.weights(torch.tensor([[1.0, 1.0]]), None)
    torch.testing.assert_close(
        weights, 2 * torch.softmax(torch.tensor([[1.0, 1 / 3]]) / 2.0, dim=-1)
    )


def test_random_weights_depend_on_the_seed_alone() -> None:
    losses = some_losses(networks=2)
    together = RandomWeights([5, 9]).weights(losses, None)
    alone = RandomWeights([9]).weights(losses[:1], None)
    torch.testing.assert_close(together[1], alone[0])
    torch.testing.assert_close(together.sum(dim=-1), torch.full((2,), 4.0, dtype=torch.float64))


def test_gradnorm_brings_lengths_together() -> None:
    losses = torch.ones(2, 3, dtype=torch.float64)  # no progress: equal lengths are wanted
    gram = torch.diag_embed(torch.tensor([[1.0, 4.0, 9.0], [1.0, 1.0, 100.0]]).double())
    method = GradNorm(0.5, 0.02)
    for _ in range(1500):
        weights = method.weights(losses, gram)
    lengths = weights * gram.diagonal(dim1=1, dim2=2).sqrt()
    assert (lengths.max(dim=1).values < 1.2 * lengths.min(dim=1).values).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.full((2,), 3.0, dtype=torch.float64))


# Networks, gradients, optimiser


def problem(networks: int = 3) -> tuple[list[Tensor], list[Tensor], Tensor, Tensor]:
    shared, heads = start_trunks(range(networks), 4, 5, 3)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(networks, 3, 6, 4, generator=generator, dtype=torch.float64)
    y = torch.randn(networks, 3, 6, generator=generator, dtype=torch.float64)
    return shared, heads, x, y


def losses_of(shared: list[Tensor], heads: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    return (trunk_outputs(shared, heads, x)[..., 0] - y).square().mean(dim=-1)


def test_outputs_are_those_of_a_loop() -> None:
    shared, heads, x, _ = problem()
    found = trunk_outputs(shared, heads, x)
    for s in range(3):
        for t in range(3):
            hidden = torch.tanh(x[s, t] @ shared[0][s, 0] + shared[1][s, 0])
            torch.testing.assert_close(found[s, t], hidden @ heads[0][s, t] + heads[1][s, t])


def test_a_trunk_is_shared_or_each_tasks_own() -> None:
    assert start_trunks([0], 4, 5, 3, trunks=3)[0][0].shape == (1, 3, 4, 5)
    assert start_trunks([0, 1], 4, 5, 3, outputs=7)[1][0].shape == (2, 3, 5, 7)
    with pytest.raises(ValueError, match="trunks: expected 1 or 3"):
        start_trunks([0], 4, 5, 3, trunks=2)


def test_gradients_of_tasks_add_up_to_those_of_the_sum() -> None:
    shared, heads, x, y = problem()
    jacobian, own = task_gradients(losses_of(shared, heads, x, y), shared, heads)
    losses_of(shared, heads, x, y).sum().backward()
    flat = torch.cat([p.grad.flatten(1) for p in shared if p.grad is not None], dim=1)
    torch.testing.assert_close(jacobian.sum(dim=1), flat)
    for rows, p in zip(own, heads, strict=True):
        torch.testing.assert_close(rows.sum(dim=0), p.grad)


def test_adam_is_that_of_torch_for_each_step_size() -> None:
    start = torch.randn(3, 2, 4, dtype=torch.float64)
    rates, decays = torch.tensor([0.1, 0.01, 0.03]), torch.tensor([0.0, 0.3, 1.0])
    together = start.clone()
    ours = ManyAdam([together], rates.double(), decays.double())
    alone = [start[s].clone().requires_grad_() for s in range(3)]
    theirs = [
        torch.optim.AdamW([p], lr=float(lr), weight_decay=float(decay))
        for p, lr, decay in zip(alone, rates, decays, strict=True)
    ]
    for step in range(6):
        together.grad = torch.sin(together * (step + 1))
        ours.step()
        for p, optimiser in zip(alone, theirs, strict=True):
            p.grad = torch.sin(p.detach() * (step + 1))
            optimiser.step()
    for s in range(3):
        torch.testing.assert_close(together[s], alone[s].detach(), rtol=1e-5, atol=1e-7)


class SumOfGradients(Method):
    """The plain sum, by way of one gradient per task."""

    needs_gradients = True


def train(method: Method) -> list[Tensor]:
    shared, heads, x, y = problem()
    fit_balanced(
        shared, heads, lambda _step: losses_of(shared, heads, x, y), method,
        steps=8, lr=0.02, decay=0.1,
    )  # fmt: skip
    return [p.detach() for p in [*shared, *heads]]


def test_one_pass_or_one_for_each_task_is_the_same_sum() -> None:
    for one, other in zip(train(Method()), train(SumOfGradients()), strict=True):
        torch.testing.assert_close(one, other)


def test_a_gradient_method_leaves_the_heads_their_own_gradients() -> None:
    shared, heads, x, y = problem()
    only_first = OnGradients(lambda gram: torch.eye(3, dtype=gram.dtype)[:1].expand(len(gram), 3))
    before = [p.detach().clone() for p in heads]
    fit_balanced(
        shared, heads, lambda _step: losses_of(shared, heads, x, y), only_first, steps=1, lr=0.1
    )
    assert all(((p - old).abs() > 0.01).all() for p, old in zip(heads, before, strict=True))


def test_a_weight_of_zero_leaves_a_head_alone() -> None:
    shared, heads, x, y = problem()
    before = heads[0].detach().clone()
    fit_balanced(
        shared, heads, lambda _step: losses_of(shared, heads, x, y), Static([1.0, 0.0, 1.0]),
        steps=2, lr=0.1,
    )  # fmt: skip
    assert torch.equal(heads[0][:, 1], before[:, 1])
    assert not torch.equal(heads[0][:, 0], before[:, 0])


@pytest.mark.parametrize("name", ["PCGrad", "MGDA"])
def test_a_network_learns_the_same_beside_others(name: str) -> None:
    def go(seeds: list[int]) -> Tensor:
        shared, heads = start_trunks(seeds, 4, 5, 3)
        _, _, x, y = problem(1)
        method = PCGrad(seeds) if name == "PCGrad" else OnGradients(mgda_weights)
        fit_balanced(
            shared, heads, lambda _step: losses_of(shared, heads, x, y), method, steps=6, lr=0.05
        )
        return shared[0].detach()

    torch.testing.assert_close(go([7])[0], go([3, 7])[1])


def test_training_needs_a_step() -> None:
    with pytest.raises(ValueError, match="steps: expected 1 or more"):
        fit_balanced([torch.zeros(1, 1)], [], lambda _step: torch.zeros(1, 1), Method(),
                     steps=0, lr=0.1)  # fmt: skip
