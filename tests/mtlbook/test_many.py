"""mtlbook.training.many: many networks at once do what a loop over them does."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mtlbook.models.mlp import MLP, ManyMLPs, many_mlps
from mtlbook.task import Task, classification, probability, regression
from mtlbook.training import FitMany, fit, fit_many

Examples = tuple[Tensor, Tensor]
KINDS = {"regression": regression, "probability": probability, "classification": classification}
MIXED = [regression("r"), classification("c"), probability("p")]
SAME = [regression(name) for name in "abc"]
CLOSE = {"rtol": 1e-8, "atol": 1e-9}


def draw_examples(tasks: Sequence[Task], s: int, n: int, d: int, seed: int = 0) -> Examples:
    """Inputs ``(s, n, d)`` and targets between 0 and 1; labels where the task wants them."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(s, n, d, generator=draw, dtype=torch.float64)
    y = torch.rand(s, n, len(tasks), generator=draw, dtype=torch.float64)
    labels = torch.tensor([task.higher_is_better for task in tasks])
    return x, torch.where(labels, y.round(), y)


def run(tasks: Sequence[Task] = SAME, seeds: Sequence[int] = (0, 1), **options: Any) -> FitMany:
    """Train small networks, 40 steps on 12 examples each unless told otherwise."""
    data = {
        "train": draw_examples(tasks, len(seeds), 12, 2, 0),
        "halt": draw_examples(tasks, len(seeds), 15, 2, 1),
    }
    given_options = {**data, "steps": 40, "lr": 0.05, "every": 5, "keep": range(len(tasks))}
    model = options.pop("model", None) or many_mlps(seeds, 2, 4, len(tasks))
    return fit_many(model, tasks, **{**given_options, **options})


def assert_same(found: FitMany, expected: FitMany) -> None:
    """Two fits agree in everything that they report."""
    assert found.snapshots.keys() == expected.snapshots.keys()
    for t, snapshot in expected.snapshots.items():
        for name, value in snapshot.items():
            torch.testing.assert_close(found.snapshots[t][name], value, **CLOSE)
    np.testing.assert_array_equal(found.steps, expected.steps)
    np.testing.assert_array_equal(found.best_step, expected.best_step)
    np.testing.assert_allclose(found.train_loss, expected.train_loss, **CLOSE)
    np.testing.assert_allclose(found.halt_loss, expected.halt_loss, **CLOSE)


def one(seed: int, d: int, hidden: int, tasks: int) -> MLP:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(d, hidden, tasks).double()


# The same as the loop


@st.composite
def fits(draw: st.DrawFn) -> dict[str, Any]:
    """Some tasks, shapes and settings."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3))
    return {
        "tasks": [KINDS[kind](f"{kind} {t}") for t, kind in enumerate(kinds)],
        "seeds": draw(st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True)),
        "d": draw(st.integers(1, 4)),
        "hidden": draw(st.integers(1, 6)),
        "n": draw(st.integers(2, 9)),
        "decay": draw(st.sampled_from([0.0, 1e-3, 0.1])),
        "every": draw(st.sampled_from([1, 4, 10])),
        "lr": draw(st.sampled_from([0.003, 0.1])),
    }


@settings(max_examples=25)
@given(fits())
def test_many_at_once_learn_what_each_learns_alone(case: dict[str, Any]) -> None:
    tasks, seeds, d, hidden = case["tasks"], case["seeds"], case["d"], case["hidden"]
    (x, y), (x_halt, y_halt), (x_test, _) = (
        draw_examples(tasks, len(seeds), n, d, seed) for seed, n in enumerate((case["n"], 7, 5))
    )
    common = {"steps": 30, "lr": case["lr"], "weight_decay": case["decay"], "every": case["every"]}
    many = fit_many(
        many_mlps(seeds, d, hidden, len(tasks)), tasks, (x, y), (x_halt, y_halt),
        keep=range(len(tasks)), **common,
    )  # fmt: skip
    for s, seed in enumerate(seeds):
        model = one(seed, d, hidden, len(tasks))
        snapshots = fit(model, tasks, (x[s], y[s]), (x_halt[s], y_halt[s]), **common)
        for t, snapshot in enumerate(snapshots):
            found = many.snapshots[t]
            for name, value in {
                "trunk_weight": snapshot["trunk.weight"].mT,
                "trunk_bias": snapshot["trunk.bias"][None],
                "head_weight": snapshot["heads.weight"].mT,
                "head_bias": snapshot["heads.bias"][None],
            }.items():
                torch.testing.assert_close(found[name][s], value, **CLOSE)
            model.load_state_dict(snapshot)
            alone = model(x_test[s])[:, t].detach()
            torch.testing.assert_close(many.predict(x_test, t)[s], alone, **CLOSE)


def test_a_network_learns_the_same_whoever_is_beside_it() -> None:
    both = run(MIXED, seeds=[3, 8])
    train, halt = (draw_examples(MIXED, 2, n, 2, seed) for seed, n in enumerate((12, 15)))
    last = run(MIXED, [8], train=(train[0][1:], train[1][1:]), halt=(halt[0][1:], halt[1][1:]))
    np.testing.assert_array_equal(both.best_step[1:], last.best_step)
    for t, snapshot in last.snapshots.items():
        for name, value in snapshot.items():
            torch.testing.assert_close(both.snapshots[t][name][1:], value, **CLOSE)


def test_a_network_does_not_see_the_data_of_another() -> None:
    (x, y), halt = (draw_examples(SAME, 2, n, 2, seed) for seed, n in enumerate((12, 15)))
    other_x, other_y = x.clone(), y.clone()
    other_x[0], other_y[0] = 9, -5
    before, after = run(train=(x, y), halt=halt), run(train=(other_x, other_y), halt=halt)
    for name, value in before.snapshots[0].items():
        assert not torch.equal(after.snapshots[0][name][0], value[0])
        torch.testing.assert_close(after.snapshots[0][name][1], value[1], **CLOSE)


@pytest.mark.parametrize("tasks", [SAME, MIXED], ids=["one kind of loss", "three kinds"])
def test_permuting_the_tasks_permutes_the_results(tasks: list[Task]) -> None:
    order = [2, 0, 1]
    train, halt = (draw_examples(tasks, 2, n, 2, seed) for seed, n in enumerate((12, 15)))
    model, permuted = (many_mlps([0, 1], 2, 4, 3) for _ in range(2))
    with torch.no_grad():
        permuted.head_weight.copy_(model.head_weight[..., order])
        permuted.head_bias.copy_(model.head_bias[..., order])
    options = {"weights": [1.0, 2.0, 0.5], "rates": [1.0, 0.5, 2.0]}
    first = run(tasks, model=model, train=train, halt=halt, **options)
    second = run(
        [tasks[t] for t in order], model=permuted,
        train=(train[0], train[1][..., order]), halt=(halt[0], halt[1][..., order]),
        **{name: [values[t] for t in order] for name, values in options.items()},
    )  # fmt: skip
    np.testing.assert_array_equal(second.best_step, first.best_step[:, order])
    np.testing.assert_allclose(second.halt_loss, first.halt_loss[..., order], **CLOSE)
    for new, old in enumerate(order):
        torch.testing.assert_close(
            second.predict(halt[0], new), first.predict(halt[0], old), **CLOSE
        )


# Early stopping


@pytest.mark.parametrize("tasks", [SAME, MIXED], ids=["one kind of loss", "three kinds"])
@pytest.mark.parametrize("every", [1, 5])
def test_each_task_stops_where_its_halting_loss_is_lowest(tasks: list[Task], every: int) -> None:
    halt = draw_examples(tasks, 2, 15, 2, 1)
    result = run(tasks, halt=halt, every=every, steps=80)
    assert result.steps.tolist() == list(range(every, 81, every))
    assert result.halt_loss.shape == result.train_loss.shape == (len(result.steps), 2, 3)
    for s in range(2):
        for t, task in enumerate(tasks):
            losses = result.halt_loss[:, s, t].tolist()
            assert result.best_step[s, t] == result.steps[losses.index(min(losses))]
            again = task.loss(result.predict(halt[0], t)[s], halt[1][s, :, t])
            assert again.item() == pytest.approx(min(losses), rel=1e-9)
    assert len(set(result.best_step.ravel().tolist())) > 2  # they do stop at different steps


def test_the_losses_at_a_look_are_those_of_training_so_far() -> None:
    train, halt = (draw_examples(MIXED, 2, n, 2, seed) for seed, n in enumerate((12, 15)))
    result = run(MIXED, train=train, halt=halt)
    for s, seed in enumerate((0, 1)):
        model = one(seed, 2, 4, 3)
        optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
        for step in range(1, 41):
            z = model(train[0][s])
            losses = [task.loss(z[:, t], train[1][s, :, t]) for t, task in enumerate(MIXED)]
            optimiser.zero_grad()
            sum(losses).backward()
            optimiser.step()
            for data, looks in ((train, result.train_loss), (halt, result.halt_loss)):
                if step % 5 == 0:
                    z = model(data[0][s]).detach()
                    losses = [
                        task.loss(z[:, t], data[1][s, :, t]).item() for t, task in enumerate(MIXED)
                    ]
                    np.testing.assert_allclose(looks[step // 5 - 1, s], losses, **CLOSE)


@pytest.mark.parametrize(("steps", "every"), [(1, 1), (13, 5)])
def test_without_a_halting_set_the_last_step_is_kept(steps: int, every: int) -> None:
    train = draw_examples(SAME, 2, 12, 2)
    result = run(train=train, halt=None, steps=steps, every=every)
    assert (result.best_step == steps).all()
    assert result.halt_loss.size == 0
    for s, seed in enumerate((0, 1)):
        model = one(seed, 2, 4, 3)
        optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
        for _ in range(steps):
            optimiser.zero_grad()
            (3 * torch.nn.functional.mse_loss(model(train[0][s]), train[1][s])).backward()
            optimiser.step()
        for t in range(3):
            alone = model(train[0][s])[:, t].detach()
            torch.testing.assert_close(result.predict(train[0], t)[s], alone, **CLOSE)


def test_the_model_that_is_returned_is_the_one_that_was_trained() -> None:
    model = many_mlps([0, 1], 2, 4, 3)
    result = run(model=model, halt=None)
    assert result.model is model
    for name, p in model.named_parameters():
        assert torch.equal(p, result.snapshots[0][name])


def test_only_the_tasks_asked_for_are_kept() -> None:
    result = run(keep=[2])
    assert set(result.snapshots) == {2}
    with pytest.raises(KeyError):
        result.predict(draw_examples(SAME, 2, 4, 2)[0], 0)


def test_of_equal_losses_the_first_counts() -> None:
    result = run(lr=0.0)
    assert (result.best_step == result.steps[0]).all()


@pytest.mark.parametrize("options", [{}, {"halt": None}], ids=["halting set", "none"])
def test_a_snapshot_is_not_changed_by_training_on(options: dict[str, None]) -> None:
    result = run(**options)
    before = copy.deepcopy(result.snapshots)
    run(model=result.model)
    for t, snapshot in before.items():
        for name, value in snapshot.items():
            assert torch.equal(result.snapshots[t][name], value)


# Weights and rates


@pytest.mark.parametrize("tasks", [SAME, MIXED], ids=["one kind of loss", "three kinds"])
def test_a_weight_is_a_factor_on_the_loss(tasks: list[Task]) -> None:
    weights = [1.0, 3.0, 0.2]

    def times(loss: Callable[[Tensor, Tensor], Tensor], factor: float) -> Task:
        return lambda z, y: factor * loss(z, y)

    scaled = [replace(t, loss=times(t.loss, w)) for t, w in zip(tasks, weights, strict=True)]
    weighted, expected = run(tasks, weights=weights, weight_decay=0.01), run(
        scaled, weight_decay=0.01
    )  # fmt: skip
    # The losses that are reported are not weighted.
    np.testing.assert_allclose(weighted.train_loss * weights, expected.train_loss, **CLOSE)
    np.testing.assert_array_equal(weighted.best_step, expected.best_step)
    for t, snapshot in expected.snapshots.items():
        for name, value in snapshot.items():
            torch.testing.assert_close(weighted.snapshots[t][name], value, **CLOSE)
    assert not np.allclose(weighted.train_loss, run(tasks, weight_decay=0.01).train_loss)


def test_a_weight_of_zero_ignores_a_task() -> None:
    (x, y), (x_halt, y_halt) = (draw_examples(SAME, 2, n, 2, s) for s, n in enumerate((12, 15)))
    model, shorter = many_mlps([0, 1], 2, 4, 3), many_mlps([0, 1], 2, 4, 2)
    with torch.no_grad():
        shorter.trunk_weight.copy_(model.trunk_weight)
        shorter.trunk_bias.copy_(model.trunk_bias)
        shorter.head_weight.copy_(model.head_weight[..., :2])
        shorter.head_bias.copy_(model.head_bias[..., :2])
    head = model.head_weight[..., 2].detach().clone()
    ignored = run(model=model, train=(x, y), halt=(x_halt, y_halt), weights=[1.0, 1.0, 0.0])
    without = run(
        SAME[:2], model=shorter, train=(x, y[..., :2]), halt=(x_halt, y_halt[..., :2])
    )  # fmt: skip
    np.testing.assert_array_equal(ignored.best_step[:, :2], without.best_step)
    for t in range(2):
        torch.testing.assert_close(ignored.predict(x_halt, t), without.predict(x_halt, t), **CLOSE)
    assert torch.equal(model.head_weight[..., 2], head)


def test_rates_of_one_are_the_default() -> None:
    assert_same(run(rates=[1.0, 1.0, 1.0]), run())


def test_a_rate_of_zero_freezes_that_head() -> None:
    start = many_mlps([0, 1], 2, 4, 3)
    result = run(rates=[1.0, 0.0, 1.0], weight_decay=0.01, halt=None)
    for name in ("head_weight", "head_bias"):
        before, after = getattr(start, name), result.snapshots[0][name]
        assert torch.equal(after[..., 1], before[..., 1])
        assert (after[..., [0, 2]] != before[..., [0, 2]]).all()
    assert (result.snapshots[0]["trunk_weight"] != start.trunk_weight).all()


def test_a_rate_scales_the_step_of_the_heads_and_not_of_the_trunk() -> None:
    # Adam's step is proportional to its step size, so heads with rate r learn with r * lr.
    train, model = draw_examples(SAME, 2, 12, 2), many_mlps([0, 1], 2, 4, 3)
    heads = [p for name, p in model.named_parameters() if name.startswith("head")]
    trunk = [p for name, p in model.named_parameters() if name.startswith("trunk")]
    assert len(heads) == len(trunk) == 2
    optimiser = torch.optim.Adam([{"params": heads, "lr": 0.3 * 0.05}, {"params": trunk}], lr=0.05)
    for _ in range(40):
        optimiser.zero_grad()
        (model(train[0]) - train[1]).square().mean(1).sum().backward()
        optimiser.step()
    result = run(train=train, halt=train, rates=[0.3, 0.3, 0.3], every=40)
    assert (result.best_step == 40).all()
    for name, p in model.named_parameters():
        torch.testing.assert_close(result.snapshots[0][name], p.detach(), **CLOSE)


# What cannot be right is refused


def test_a_number_of_tasks_other_than_that_of_outputs_is_refused() -> None:
    with pytest.raises(ValueError, match="3 tasks for networks with 2 outputs"):
        run(model=many_mlps([0, 1], 2, 4, 2))


@pytest.mark.parametrize("name", ["train", "halt"])
@pytest.mark.parametrize(
    ("x_shape", "y_shape"),
    [
        ((3, 9, 2), (3, 9, 3)),  # other networks
        ((2, 9, 5), (2, 9, 3)),  # other inputs
        ((2, 9, 2), (2, 9, 1)),  # other outputs
        ((2, 9, 2), (2, 8, 3)),  # inputs without targets
        ((9, 2), (9, 3)),  # no axis of seeds
        ((2, 9, 2), (2, 9)),  # no axis of tasks
        ((2, 1, 9, 2), (2, 9, 3)),
    ],
    ids=str,
)
def test_examples_of_another_shape_are_refused(
    name: str, x_shape: tuple[int, ...], y_shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected inputs .*2, n, 2.*2, n, 3") as error:
        run(**{name: (torch.zeros(x_shape), torch.zeros(y_shape))})
    assert f"got {x_shape} and {y_shape}" in str(error.value)


@pytest.mark.parametrize("name", ["weights", "rates"])
@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 4], ids=len)
def test_a_wrong_number_of_weights_or_rates_is_refused(name: str, values: list[float]) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected 3 values, got {len(values)}"):
        run(**{name: values})


@pytest.mark.parametrize("keep", [[3], [0, -1]], ids=str)
def test_keeping_a_task_that_is_not_there_is_refused(keep: list[int]) -> None:
    with pytest.raises(ValueError, match=r"keep: .* names a task outside 0\.\.2"):
        run(keep=keep)


@pytest.mark.parametrize("every", [0, 41])
def test_never_looking_is_refused(every: int) -> None:
    with pytest.raises(ValueError, match=f"every: expected 1 to 40, .* got {every}"):
        run(every=every, steps=40)


def test_a_refusal_leaves_the_networks_as_they_were() -> None:
    model = many_mlps([0, 1], 2, 4, 3)
    with pytest.raises(ValueError, match="rates"):
        run(model=model, rates=[1.0])
    expected: ManyMLPs = many_mlps([0, 1], 2, 4, 3)
    for p, q in zip(model.parameters(), expected.parameters(), strict=True):
        assert torch.equal(p, q)
