"""mtlbook.training.tasks: what networks with an output per task lose."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.task import Task, classification, probability, regression
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses, validation_losses

MIXED = [regression("r"), classification("c"), probability("p")]
ALIKE = [regression(name) for name in "abc"]
CLOSE = {"rtol": 1e-9, "atol": 1e-10}
KINDS = pytest.mark.parametrize("tasks", [ALIKE, MIXED], ids=["one kind of loss", "three kinds"])
Examples = tuple[Tensor, Tensor]


def examples(n: int, seed: int = 0) -> Examples:
    """Inputs and targets, which are 0 and 1, for two seeds."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(2, n, 2, generator=draw, dtype=torch.float64)
    return x, torch.rand(2, n, 3, generator=draw, dtype=torch.float64).round()


def build() -> MLP:
    return MLP(2, 4, 3).double()


def run(tasks: Sequence[Task], weights: Sequence[float], batch: Examples) -> list[Tensor]:
    """Train two networks; return their parameters."""
    networks = from_seeds(build, [0, 1])
    fit(networks, [batch] * 20, task_losses(tasks, weights), adam(networks, 0.05))
    return list(networks.parameters())


@KINDS
def test_each_task_has_its_own_loss_on_its_column(tasks: list[Task]) -> None:
    x, y = (values[0] for values in examples(12))
    network = build()
    found = task_losses(tasks)(network, (x, y))
    assert list(found) == [task.name for task in tasks]
    for t, task in enumerate(tasks):
        expected = task.loss(network(x)[:, t], y[:, t])
        torch.testing.assert_close(found[task.name], expected, **CLOSE)


@KINDS
def test_a_weight_is_a_factor_on_the_loss(tasks: list[Task]) -> None:
    one = tuple(values[0] for values in examples(12))
    network = build()
    plain = task_losses(tasks)(network, one)
    weighted = task_losses(tasks, [1.0, 3.0, 0.2])(network, one)
    for name, factor in zip(plain, (1.0, 3.0, 0.2), strict=True):
        torch.testing.assert_close(weighted[name], factor * plain[name], **CLOSE)


@KINDS
def test_a_weight_of_zero_ignores_a_task(tasks: list[Task]) -> None:
    x, y = examples(12)
    other = y.clone()
    other[..., 2] = 7
    for p, q in zip(run(tasks, [1, 1, 0], (x, y)), run(tasks, [1, 1, 0], (x, other)), strict=True):
        torch.testing.assert_close(p, q, **CLOSE)


@KINDS
def test_the_order_of_the_tasks_does_not_matter(tasks: list[Task]) -> None:
    """With targets, heads and weights in the same order."""
    order = [2, 0, 1]
    x, y = examples(12)
    found = []
    for columns in ([0, 1, 2], order):
        networks = from_seeds(build, [0, 1])
        with torch.no_grad():
            for p in networks.one.heads.parameters():
                p.copy_(p[:, columns].clone())
        losses = task_losses([tasks[t] for t in columns], [[1.0, 2.0, 0.5][t] for t in columns])
        fit(networks, [(x, y[..., columns])] * 20, losses, adam(networks, 0.05))
        found.append(networks(x).detach())
    torch.testing.assert_close(found[1], found[0][..., order], **CLOSE)


@KINDS
@pytest.mark.parametrize("looked_at", [1, 3])
def test_validation_is_the_loss_on_other_examples(tasks: list[Task], looked_at: int) -> None:
    networks, (x, y) = from_seeds(build, [0, 1]), examples(9, 1)
    found = validation_losses(tasks[:looked_at], (x, y))(networks)
    assert list(found) == [task.name for task in tasks[:looked_at]]
    for s in range(2):
        alone = validation_losses(tasks[:looked_at], (x[s], y[s]))(networks[s])
        for t, task in enumerate(tasks[:looked_at]):
            expected = task.loss(networks[s](x[s])[:, t], y[s, :, t])
            torch.testing.assert_close(found[task.name][s], expected, **CLOSE)
            torch.testing.assert_close(alone[task.name], expected, **CLOSE)


def test_tasks_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="a name of its own, got a, b, a"):
        task_losses([regression(name) for name in "aba"])


@pytest.mark.parametrize("weights", [[], [1.0], [1.0] * 4])
def test_another_number_of_weights_is_refused(weights: list[float]) -> None:
    with pytest.raises(
        ValueError, match=f"expected 3 weights, one for each task, got {len(weights)}"
    ):
        task_losses(ALIKE, weights)


@pytest.mark.parametrize("outputs", [1, 2, 4])
def test_outputs_and_targets_have_a_column_for_each_task(outputs: int) -> None:
    x, y = (values[0] for values in examples(5))
    with pytest.raises(ValueError, match="3 tasks want outputs and targets with a column for each"):
        task_losses(ALIKE)(MLP(2, 4, outputs).double(), (x, y))
    with pytest.raises(ValueError, match="3 tasks want"):
        task_losses(ALIKE)(build(), (x, y[:, :2]))
