"""mtlbook.training.fit: one network, against a loop that stores everything."""

import copy
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from mtlbook.models.mlp import MLP
from mtlbook.task import Task, classification, regression
from mtlbook.training import fit

TASKS = [regression("one"), classification("two"), regression("three")]
LR = 0.05


def network(tasks: int = 3, seed: int = 0) -> MLP:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(2, 5, tasks).double()


def examples(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Noisy targets for the three tasks, so that each overfits in its own time."""
    draw = torch.Generator().manual_seed(seed)
    x, noise = (torch.randn(n, k, generator=draw, dtype=torch.float64) for k in (2, 3))
    first, second = x.unbind(1)
    label = (second + 0.7 * noise[:, 1] > 0).double()
    return x, torch.stack([first**2 + noise[:, 0], label, second + noise[:, 2]], dim=1)


def total_loss(model: MLP, tasks: Sequence[Task], data: tuple[Tensor, Tensor]) -> Tensor:
    z = model(data[0])
    return sum(task.loss(z[:, t], data[1][:, t]) for t, task in enumerate(tasks))


def adam(
    model: MLP, steps: int, objective: Callable[[], Tensor], every: int = 1
) -> list[dict[str, Tensor]]:
    """Plain training; the parameters before the first step and after every ``every`` steps."""
    optimiser = torch.optim.Adam(model.parameters(), lr=LR)
    states = [copy.deepcopy(model.state_dict())]
    for step in range(1, steps + 1):
        optimiser.zero_grad()
        objective().backward()
        optimiser.step()
        if step % every == 0:
            states.append(copy.deepcopy(model.state_dict()))
    return states


def assert_same_state(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("every", [1, 7])
def test_each_task_keeps_the_network_that_was_best_for_it(every: int) -> None:
    train, halt = examples(20, 2), examples(30, 12)
    model = network()
    states = adam(model, 200, lambda: total_loss(model, TASKS, train), every)
    snapshots = fit(network(), TASKS, train, halt, steps=200, lr=LR, every=every)
    chosen = []
    for t, task in enumerate(TASKS):
        losses = []
        for state in states:
            model.load_state_dict(state)
            losses.append(task.loss(model(halt[0])[:, t], halt[1][:, t]).item())
        chosen.append(losses.index(min(losses)))
        assert_same_state(snapshots[t], states[chosen[-1]])
    assert len(set(chosen)) == 3  # the tasks do stop at different steps
    assert min(chosen) > 0
    assert max(chosen) < len(states) - 1


def test_weight_decay_is_a_penalty_on_all_parameters() -> None:
    train, decay = examples(20, 2), 0.1
    model = network()

    def penalised() -> Tensor:
        penalty = sum(p.square().sum() for p in model.parameters())
        return total_loss(model, TASKS, train) + decay / 2 * penalty

    states = adam(model, 30, penalised)
    # With the training set for halting too, the first task is best at the end.
    snapshots = fit(network(), TASKS, train, train, 30, LR, weight_decay=decay, every=30)
    assert_same_state(snapshots[0], states[-1])


def test_a_snapshot_is_not_changed_by_later_steps() -> None:
    # Halting targets that only the network of the first look predicts: it must still be there.
    model, first = network(1), network(1)
    x, y = examples(20, 2)
    train = x, y[:, :1]
    state = adam(first, 10, lambda: total_loss(first, TASKS[:1], train))[-1]
    (snapshot,) = fit(model, TASKS[:1], train, (x, first(x).detach()), 40, LR, every=10)
    assert_same_state(snapshot, state)
    assert not torch.equal(model.trunk.weight, state["trunk.weight"])


@pytest.mark.parametrize("steps", [0, 1, 25])
def test_the_network_is_updated_as_often_as_was_asked(steps: int) -> None:
    train = examples(20, 2)
    expected, model = network(), network()
    states = adam(expected, steps, lambda: total_loss(expected, TASKS, train))
    fit(model, TASKS, train, examples(30, 12), steps, LR)
    assert_same_state(model.state_dict(), states[-1])


def test_a_rule_that_no_line_can_draw_is_learned() -> None:
    x, _ = examples(60, 0)
    rule = (x, (x.prod(dim=1, keepdim=True) > 0).double())
    model = network(1)
    (snapshot,) = fit(model, TASKS[1:2], rule, rule, steps=300, lr=LR)
    model.load_state_dict(snapshot)
    assert TASKS[1].metric(model(x)[:, 0], rule[1][:, 0]) > 0.9
