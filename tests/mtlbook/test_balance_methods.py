"""Loss weightings, the gradients they make, and their Adam, against torch, torchjd and loops."""

from collections.abc import Callable
from itertools import repeat

import pytest
import torch
from torch import Tensor, nn
from torchjd import scalarization

from mtlbook.models.mlp import Students
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.training.balance import gramian, mgda_weights
from mtlbook.training.balance_methods import (
    RULES,
    Balanced,
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
    cagrad,
    task_gradients,
)
from mtlbook.training.loop import ManyAdam, fit


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


# Gradients and optimiser

SEEDS, TASKS = [4, 0, 7], 3
Batch = tuple[Tensor, Tensor]


def problem(seeds: list[int] = SEEDS) -> tuple[Networks, Batch]:
    networks = from_seeds(lambda: Students(4, 5, 1, TASKS), seeds)
    parts = [[], []]  # type: ignore[var-annotated]
    for seed in seeds:
        draw = torch.Generator().manual_seed(seed)
        for part, shape in zip(parts, ((TASKS, 6, 4), (TASKS, 6)), strict=True):
            part.append(torch.randn(shape, generator=draw, dtype=torch.float64))
    return networks, (torch.stack(parts[0]), torch.stack(parts[1]))


def errors(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    x, y = batch
    each = (network(x)[..., 0] - y).square().mean(dim=-1)
    return {str(t): error for t, error in enumerate(each)}


def train(method: Method, seeds: list[int] = SEEDS, steps: int = 8, decay: float = 0.1) -> Networks:
    networks, batch = problem(seeds)
    optimiser = ManyAdam(networks.parameters(), 0.02, decay)
    fit(networks, repeat(batch, steps), errors, optimiser, backward=Balanced(method, networks))
    return networks


def test_gradients_of_tasks_add_up_to_those_of_the_sum() -> None:
    networks, batch = problem()
    shared, heads = (list(part.parameters()) for part in (networks.one.trunk, networks.one.heads))
    losses = torch.stack(list(networks.each(errors, batch).values()), dim=-1)
    jacobian, own = task_gradients(losses, shared, heads)
    losses.sum().backward()
    flat = torch.cat([p.grad.flatten(1) for p in shared if p.grad is not None], dim=1)
    torch.testing.assert_close(jacobian.sum(dim=1), flat)
    for rows, p in zip(own, heads, strict=True):
        torch.testing.assert_close(rows.sum(dim=0), p.grad)


def test_networks_need_heads_and_something_to_share() -> None:
    with pytest.raises(ValueError, match="a part named 'tops'"):
        Balanced(Method(), problem()[0], "tops")


def test_adam_is_that_of_torch_for_each_learning_rate() -> None:
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
    ours.zero_grad()
    assert together.grad is None


METHODS: dict[str, Callable[[list[int]], Method]] = {
    "sum": lambda seeds: Method(),
    "static": lambda seeds: Static([0.3, 1.0, 2.0]),
    "DWA": lambda seeds: DynamicAverage(1.0, 2),
    "random": RandomWeights,
    "uncertainty": lambda seeds: Uncertainty(0.1),
    "GradNorm": lambda seeds: GradNorm(0.5, 0.1),
    "PCGrad": PCGrad,
    "CAGrad": lambda seeds: cagrad(0.5),
    "MGDA, by loss": lambda seeds: MGDAByLoss(),
    **{name: lambda seeds, rule=rule: OnGradients(rule) for name, rule in RULES.items()},
}


@pytest.mark.parametrize("name", METHODS)
def test_fit_is_a_loop_over_single_networks(name: str) -> None:
    networks, batch = problem()
    rates, decays = torch.tensor([[0.1, 0.01, 0.03], [0.0, 0.3, 1.0]], dtype=torch.float64)
    backward = Balanced(METHODS[name](SEEDS), networks)
    optimiser = ManyAdam(networks.parameters(), rates, decays)
    found = fit(networks, repeat(batch, 12), errors, optimiser, backward=backward)
    for s, seed in enumerate(SEEDS):
        method = METHODS[name]([seed])
        network = from_seeds(lambda: Students(4, 5, 1, TASKS), [seed])[0]
        adam = torch.optim.AdamW(
            network.parameters(), lr=float(rates[s]), weight_decay=float(decays[s])
        )
        for step in range(12):
            losses = list(errors(network, (batch[0][s], batch[1][s])).values())
            for t in range(TASKS):
                assert abs(losses[t].item() - found.losses[str(t)][step, s]) < 1e-12
            gradients = [
                torch.autograd.grad(loss, list(network.parameters()), retain_graph=True)
                for loss in losses
            ]
            trunk = torch.stack([torch.cat([g.flatten() for g in row[:2]]) for row in gradients])
            gram = gramian(trunk[None]) if method.needs_gradients else None
            weights = method.weights(torch.stack(losses).detach()[None], gram)[0]
            for place, p in enumerate(network.parameters()):
                shared = place < 2  # weight and bias of the trunk come first
                on = weights if shared or method.heads_too else torch.ones(TASKS)
                p.grad = sum(w * row[place] for w, row in zip(on, gradients, strict=True))
            adam.step()
        for (of_all, p), (alone, q) in zip(
            networks.named_parameters(), network.named_parameters(), strict=True
        ):
            assert of_all.endswith(alone)
            torch.testing.assert_close(p[s], q, rtol=1e-12, atol=1e-12)


class SumOfGradients(Method):
    """The plain sum, by way of one gradient per task."""

    needs_gradients = True


def test_one_pass_or_one_for_each_task_is_the_same_sum() -> None:
    both = train(Method()).parameters(), train(SumOfGradients()).parameters()
    for one, other in zip(*both, strict=True):
        torch.testing.assert_close(one, other)


def test_a_gradient_method_leaves_the_heads_their_own_gradients() -> None:
    only_first = OnGradients(lambda gram: torch.eye(3, dtype=gram.dtype)[:1].expand(len(gram), 3))
    before, after = problem()[0].one.heads, train(only_first, steps=1).one.heads
    for p, old in zip(after.parameters(), before.parameters(), strict=True):
        assert ((p - old).abs() > 0.01).all()


def test_a_weight_of_zero_leaves_a_head_alone() -> None:
    networks, batch = problem()
    before = networks.one.heads.weight.detach().clone()
    fit(
        networks, [batch] * 2, errors, ManyAdam(networks.parameters(), 0.1),
        backward=Balanced(Static([1.0, 0.0, 1.0]), networks),
    )  # fmt: skip
    assert torch.equal(networks.one.heads.weight[:, 1], before[:, 1])
    assert not torch.equal(networks.one.heads.weight[:, 0], before[:, 0])


@pytest.mark.parametrize("name", METHODS)
def test_methods_train_in_single_precision(name: str) -> None:
    networks, (x, y) = problem()
    networks.float()
    backward = Balanced(METHODS[name](SEEDS), networks)
    batches = repeat((x.float(), y.float()), 3)
    fit(networks, batches, errors, ManyAdam(networks.parameters(), 0.02), backward=backward)
    double = train(METHODS[name](SEEDS), steps=3, decay=0.0)
    for p, exact in zip(networks.parameters(), double.parameters(), strict=True):
        assert p.dtype == torch.float32
        torch.testing.assert_close(p.double(), exact, rtol=1e-3, atol=1e-3)


def test_a_step_without_a_direction_is_named_and_moves_no_shared_parameter() -> None:
    networks, _ = problem([4, 8])
    x = torch.ones(2, TASKS, 6, 4, dtype=torch.float64)
    y = torch.zeros(2, TASKS, 6, dtype=torch.float64)

    def opposed(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        x, y = batch
        own = (network(x)[0, :, 0] - y[0]).mean()
        sign = y[1, 0]  # 0 where the tasks are equal
        return {"one": own, "other": own - 2 * sign * own}

    y[1, 1] = 1.0  # of seed 8
    backward = Balanced(OnGradients(RULES["Nash-MTL"]), networks)
    with pytest.warns(UserWarning, match=r"no direction at step 1 for seeds 8: "):
        backward(networks.each(opposed, (x, y)))
    for p in networks.one.trunk.parameters():
        assert p.grad is not None
        assert (p.grad[1] == 0).all()
        assert (p.grad[0] != 0).any()
    backward(networks.each(opposed, (x, y)))  # has been said


@pytest.mark.parametrize("name", ["PCGrad", "MGDA"])
def test_a_network_learns_the_same_beside_others(name: str) -> None:
    alone, beside = (train(METHODS[name](seeds), seeds) for seeds in ([7], [3, 7]))
    torch.testing.assert_close(alone.one.trunk.weight[0], beside.one.trunk.weight[1])
