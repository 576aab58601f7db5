"""mtlbook.training.loop: one loop, against loops that are written out and store everything."""

import copy
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_split
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.task import classification, regression
from mtlbook.training.loop import Fit, adam, fit
from mtlbook.training.tasks import task_losses

CHAPTER = Path(__file__).parents[2] / "notebooks/01_inductive_bias.ipynb"
SEEDS = [3, 8, 1]
TASKS = ("one", "two", "three")
LR = 0.05
CLOSE = {"rtol": 1e-9, "atol": 1e-10}
Examples = tuple[Tensor, Tensor]


def examples(n: int, seed: int) -> Examples:
    """Noisy targets of three tasks, one of them labels; each overfits in its own time."""
    draw = torch.Generator().manual_seed(seed)
    x, noise = (torch.randn(n, k, generator=draw, dtype=torch.float64) for k in (2, 3))
    first, second = x.unbind(1)
    label = (second + 0.7 * noise[:, 1] > 0).double()
    return x, torch.stack([first**2 + noise[:, 0], label, second + noise[:, 2]], dim=1)


def of_all(n: int, first: int = 0) -> Examples:
    """Examples for each of the seeds, (S, n, ...)."""
    sets = [examples(n, first + seed) for seed in SEEDS]
    return tuple(torch.stack(parts) for parts in zip(*sets, strict=True))


def losses(network: nn.Module, batch: Examples) -> dict[str, Tensor]:
    x, y = batch
    z = network(x)
    return {
        "one": (z[:, 0] - y[:, 0]).square().mean(),
        "two": functional.binary_cross_entropy_with_logits(z[:, 1], y[:, 1]),
        "three": (z[:, 2] - y[:, 2]).square().mean(),
    }


def network(seed: int = 0, tasks: int = 3) -> MLP:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(2, 5, tasks).double()


def networks() -> Networks:
    return from_seeds(lambda: MLP(2, 5, 3).double(), SEEDS)


def measure(held_out: Examples) -> Callable[[nn.Module], dict[str, np.ndarray]]:
    def validate(model: nn.Module) -> dict[str, np.ndarray]:
        found = (
            model.each(losses, held_out) if isinstance(model, Networks) else losses(model, held_out)
        )
        return {task: loss.numpy() for task, loss in found.items()}

    return validate


def run(model: nn.Module | None = None, steps: int = 40, **options: Any) -> Fit:
    """Train three networks on 12 examples each, unless told otherwise."""
    model = networks() if model is None else model
    batches = options.pop("batches", itertools.repeat(of_all(12), steps))
    return fit(model, batches, losses, options.pop("optimiser", adam(model, LR)), **options)


def plain(model: MLP, batch: Examples, steps: int, decay: float = 0.0) -> list[dict[str, Tensor]]:
    """Plain training of one network: its parameters before the first step and after each."""
    optimiser = torch.optim.Adam(model.parameters(), lr=LR, weight_decay=decay)
    states = [copy.deepcopy(model.state_dict())]
    for _ in range(steps):
        optimiser.zero_grad()
        sum(losses(model, batch).values()).backward()
        optimiser.step()
        states.append(copy.deepcopy(model.state_dict()))
    return states


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, **CLOSE)


# One network


def test_the_loop_of_chapter_1_finds_the_same_network(capsys: pytest.CaptureFixture[str]) -> None:
    """The cells of the chapter, run as they stand, beside `fit`."""
    cells = {cell.id: cell.source for cell in nbformat.read(CHAPTER, 4).cells}
    (x, labels), (x_test, labels_test) = boolean_split([0])
    space: dict[str, Any] = {"torch": torch, "nn": nn, "x": x, "labels": labels}
    space |= {"x_test": x_test, "labels_test": labels_test}
    space["binary_cross_entropy_with_logits"] = functional.binary_cross_entropy_with_logits
    for name in ("ind-026", "ind-028", "ind-030"):
        exec(cells[name], space)
    assert capsys.readouterr().out
    ours = from_seeds(lambda: space["MLP"](8, 64, 4).double(), [0])
    optimiser = torch.optim.AdamW(ours.parameters(), lr=0.03, weight_decay=0.3)
    fit(ours, itertools.repeat((x, labels), 300), space["boolean_losses"], optimiser)
    theirs = space["network"]
    torch.testing.assert_close(ours(x)[0], theirs(x[0]), rtol=0, atol=1e-6)


@pytest.mark.parametrize("every", [1, 7])
def test_each_measure_keeps_the_network_that_was_best_for_it(every: int) -> None:
    train, held_out = examples(20, 2), examples(30, 12)
    states = plain(network(), train, 200)
    looks = [*range(every, 201, every), *([200] if 200 % every else [])]
    found = run(network(), batches=[train] * 200, validate=measure(held_out), every=every)
    assert found.looks.tolist() == looks
    model = network()
    for task in TASKS:
        values = []
        for look in looks:
            model.load_state_dict(states[look])
            values.append(losses(model, held_out)[task].item())
        best = looks[values.index(min(values))]
        np.testing.assert_allclose(found.validation[task], values, rtol=1e-9)
        assert found.best_step[task] == best
        assert_same(found.best(task).state_dict(), states[best])
    assert len({int(step) for step in found.best_step.values()}) == 3
    assert_same(found.networks.state_dict(), states[-1])


def test_weight_decay_is_a_penalty_on_all_parameters() -> None:
    train, decay, model = examples(20, 2), 0.1, network()
    optimiser = torch.optim.Adam(model.parameters(), lr=LR)
    for _ in range(30):
        optimiser.zero_grad()
        penalty = sum(p.square().sum() for p in model.parameters())
        (sum(losses(model, train).values()) + decay / 2 * penalty).backward()
        optimiser.step()
    other = network()
    fit(other, [train] * 30, losses, adam(other, LR, decay))
    assert_same(other.state_dict(), model.state_dict())


# S networks


def test_many_networks_learn_and_stop_as_each_does_alone() -> None:
    train, held_out = of_all(12), of_all(15, 50)
    found = run(steps=80, batches=[train] * 80, validate=measure(held_out), every=5)
    for s, seed in enumerate(SEEDS):
        model = network(seed)
        batch, rest = ((x[s], y[s]) for x, y in (train, held_out))
        alone = fit(model, [batch] * 80, losses, adam(model, LR), validate=measure(rest), every=5)
        for task in TASKS:
            np.testing.assert_allclose(found.losses[task][:, s], alone.losses[task], **CLOSE)
            np.testing.assert_allclose(
                found.validation[task][:, s], alone.validation[task], **CLOSE
            )
            assert found.best_step[task][s] == alone.best_step[task]
            assert_same(found.best(task)[s].state_dict(), alone.best(task).state_dict())
    stopped = np.array([found.best_step[task] for task in TASKS])
    assert len(set(stopped.ravel().tolist())) > 4  # measures and seeds stop at their own steps


def test_the_loss_of_an_update_is_that_before_its_step() -> None:
    batches = [of_all(12, first) for first in (0, 20)]
    found = run(batches=batches)
    for task, loss in networks().each(losses, batches[0]).items():
        np.testing.assert_allclose(found.losses[task][0], loss.detach().numpy(), **CLOSE)
    assert {task: values.shape for task, values in found.losses.items()} == dict.fromkeys(
        TASKS, (2, 3)
    )


def test_a_batch_may_lack_a_task() -> None:
    def some(model: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        found = losses(model, batch)
        return found if batch[0].shape[0] == 12 else {"two": found["two"]}

    model = networks()
    found = fit(model, [of_all(12), of_all(5), of_all(12)], some, adam(model, LR))
    assert np.isnan(found.losses["one"]).any(axis=1).tolist() == [False, True, False]
    assert not np.isnan(found.losses["two"]).any()


def test_of_equal_values_the_first_counts() -> None:
    found = run(validate=lambda model: {"nothing": np.zeros(3)})
    assert (found.best_step["nothing"] == 10).all()


def test_nothing_is_kept_where_nothing_was_measured() -> None:
    found = run(steps=3)
    assert (found.looks.size, found.validation, found.kept) == (0, {}, {})
    with pytest.raises(KeyError, match="no measure 'one': validate gave -"):
        found.best("one")


def test_a_value_that_is_not_a_number_is_never_the_best() -> None:
    values = iter([np.array([np.nan, 2, 1.0]), np.array([1, np.nan, 2.0])])
    found = run(steps=20, validate=lambda model: {"error": next(values)})
    assert found.best_step["error"].tolist() == [20, 10, 10]


def test_what_was_kept_is_not_changed_by_training_on() -> None:
    found = run(validate=measure(of_all(15, 50)))
    before = copy.deepcopy(found.kept)
    kept = found.best("one")
    run(found.networks)
    for task, parameters in before.items():
        assert_same(found.kept[task], parameters)
    assert_same(dict(kept.named_parameters()), before["one"])
    assert not any(p.requires_grad for p in kept.parameters())


def test_the_networks_that_are_returned_are_those_that_were_trained() -> None:
    model = networks()
    assert run(model, 1).networks is model


# Options


def test_training_goes_on_with_the_same_optimiser() -> None:
    whole, parts = networks(), networks()
    run(whole, 30)
    optimiser = adam(parts, LR)
    for steps in (10, 20):
        run(parts, steps, optimiser=optimiser)
    assert_same(parts.state_dict(), whole.state_dict())


def test_a_parameter_group_gives_a_head_its_own_learning_rate() -> None:
    """With plain steps, a learning rate of the head's own is a factor on its step."""
    slow, usual = networks(), networks()
    trunk, head = slow.one.trunk, slow.one.heads
    groups = [{"params": trunk.parameters()}, {"params": head.parameters(), "lr": LR / 5}]
    start = head.weight.detach().clone()
    run(slow, 1, optimiser=torch.optim.SGD(groups, lr=LR))
    run(usual, 1, optimiser=torch.optim.SGD(usual.parameters(), lr=LR))
    assert torch.equal(trunk.weight, usual.one.trunk.weight)
    step = usual.one.heads.weight - start
    torch.testing.assert_close(head.weight - start, step / 5, **CLOSE)


def test_backward_makes_the_gradients() -> None:
    """A rule that leaves out two tasks trains as if they were not there."""

    def only_two(found: dict[str, Tensor]) -> None:
        found["two"].sum().backward()

    left_out, alone = networks(), networks()
    run(left_out, backward=only_two)
    fit(
        alone,
        itertools.repeat(of_all(12), 40),
        lambda model, batch: {"two": losses(model, batch)["two"]},
        adam(alone, LR),
    )
    assert_same(left_out.state_dict(), alone.state_dict())


def test_batches_are_drawn_as_they_are_needed() -> None:
    drawn = []

    def stream() -> Iterator[Examples]:
        for step in range(6):
            drawn.append(step)
            yield of_all(12, step)

    counts: list[int] = []

    def validate(model: nn.Module) -> dict[str, np.ndarray]:
        counts.append(len(drawn))
        return {}

    run(batches=stream(), validate=validate, every=4)
    assert counts == [4, 6]


# What is refused


def test_a_loss_that_is_not_a_number_is_named() -> None:
    batches = [of_all(12), of_all(12)]
    batches[1][1][1, 0, 1] = torch.nan
    with pytest.raises(
        FloatingPointError, match="seeds 8: the loss of 'two' is not a number at update 2"
    ):
        run(batches=batches)
    x, y = batches[1]
    with pytest.raises(FloatingPointError, match=r"the network: the loss of 'two' .* at update 1"):
        run(network(), batches=[(x[1], y[1])])


@pytest.mark.parametrize("every", [0, -3])
def test_never_looking_is_refused(every: int) -> None:
    with pytest.raises(ValueError, match=f"every: expected 1 or more .* got {every}"):
        run(every=every)


def test_no_batch_is_refused() -> None:
    with pytest.raises(ValueError, match="no batch to learn from"):
        run(batches=[])
