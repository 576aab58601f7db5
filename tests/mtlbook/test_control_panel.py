"""mtlbook.evaluation.panel: every arm against a loop written out, and against its neighbours."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlbook.evaluation import panel
from mtlbook.evaluation.compare import compare
from mtlbook.evaluation.panel import (
    ARMS,
    Problem,
    Setting,
    control_panel,
    count_parameters,
    score_arm,
)
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.task import classification, regression
from mtlbook.training.loop import adam, fit
from mtlbook.training.tasks import task_losses, validation_losses

ONE = [Setting(0.05, 1e-3)]
CLOSE = {"rtol": 1e-8, "atol": 1e-10}
Examples = tuple[Tensor, Tensor]


def error(z: Tensor, y: Tensor) -> Tensor:
    return (z - y).square().mean((1, 2)).sqrt()


def noisy_views(seed: int, main: int, extra: int, n: int, noise: float) -> Examples:
    """``n`` examples of a sum of inputs: noisy in the main task, less so in the further ones."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    truth = x.sum(axis=1, keepdims=True) / 2
    spread = noise * np.repeat([1, 0.3], [main, extra])
    return torch.tensor(x), torch.tensor(truth + spread * rng.normal(size=(n, main + extra)))


def problem(
    seeds: Sequence[int] = (3, 8), main: int = 1, extra: int = 3, n: int = 15, noise: float = 1
) -> Problem:
    """Every task sees the same function with noise of its own; the test has no noise."""
    sets = []
    for number, (size, sd) in enumerate(((n, noise), (10, noise), (30, 0))):
        draws = [noisy_views(10 * seed + number, main, extra, size, sd) for seed in seeds]
        sets.append(tuple(torch.stack(parts) for parts in zip(*draws, strict=True)))
    tasks = [regression(f"task {t}") for t in range(main + extra)]
    return Problem(tasks, main, seeds, *sets, score=error)


def score(arm: str, given_problem: Problem, **options: Any) -> np.ndarray:
    options = {"hidden": 5, "settings": ONE, "steps": 20, "every": 5} | options
    return score_arm(arm, given_problem, **options)[0]


def swap(given_problem: Problem, name: str, columns: slice, value: float = 100) -> Problem:
    """The same problem with other targets in one of its sets."""
    x, y = getattr(given_problem, name)
    y = y.clone()
    y[..., columns] = value
    return replace(given_problem, **{name: (x, y)})


# Against a loop over seeds, settings and outputs


def by_hand(given_problem: Problem, settings: Sequence[Setting]) -> tuple[np.ndarray, np.ndarray]:
    """Validation losses on the main task and test scores, each (settings, seeds).

    Network by network: every output of the main task is taken from the network kept for it.
    """
    p, m = given_problem, given_problem.main
    validation = np.zeros((len(settings), len(p.seeds)))
    test = np.zeros_like(validation)
    for i, setting in enumerate(settings):
        for s, seed in enumerate(p.seeds):
            torch.manual_seed(seed)
            model = MLP(p.train[0].shape[-1], 5, len(p.tasks)).double()
            train, held_out, (x_test, y_test) = (
                (x[s], y[s]) for x, y in (p.train, p.validation, p.test)
            )
            found = fit(
                model,
                [train] * 20,
                task_losses(p.tasks),
                adam(model, setting.lr, setting.weight_decay),
                validate=validation_losses(p.tasks, held_out),
                every=5,
            )
            columns = []
            for t in range(m):
                best = found.best(p.tasks[t].name)
                loss = p.tasks[t].loss(best(held_out[0])[:, t], held_out[1][:, t])
                validation[i, s] += loss.item()
                columns.append(best(x_test)[:, t])
            z = torch.stack(columns, dim=-1)[None]
            test[i, s] = p.score(z, y_test[None, :, :m]).item()
    return validation, test


SETTINGS = [Setting(0.4, 0.0), Setting(0.1, 0.03), Setting(0.2, 0.1), Setting(0.4, 0.3)]


@pytest.mark.parametrize("main", [1, 2])
@pytest.mark.parametrize("arm", ["single task", "multi-task", "shuffled jointly"])
def test_a_seed_takes_the_setting_with_the_lowest_validation_loss_on_the_main_task(
    arm: str, main: int
) -> None:
    given_problem = problem(range(5), main, extra=2)
    validation, test = by_hand(ARMS[arm](given_problem), SETTINGS)
    chosen = validation.argmin(axis=0)
    # The case is a fair one: seeds choose differently, and not what is best on the test.
    assert len(set(chosen.tolist())) > 1
    assert (chosen != test.argmin(axis=0)).any()
    assert (chosen != test.argmax(axis=0)).any()
    found = score(arm, given_problem, settings=SETTINGS)
    np.testing.assert_allclose(found, test[chosen, range(5)], **CLOSE)


def test_the_order_of_the_settings_does_not_matter() -> None:
    one, other = (score("multi-task", problem(), settings=s) for s in (SETTINGS, SETTINGS[::-1]))
    np.testing.assert_array_equal(one, other)


# What may not be seen


@pytest.mark.parametrize("arm", [arm for arm in ARMS if arm != "targets as inputs"])
def test_test_and_validation_targets_of_further_tasks_are_never_seen(arm: str) -> None:
    given_problem, further = problem(main=2), slice(2, None)
    blind = swap(swap(given_problem, "validation", further), "test", further)
    expected = score(arm, given_problem, settings=SETTINGS[:2])
    np.testing.assert_array_equal(score(arm, blind, settings=SETTINGS[:2]), expected)


def outputs_on_the_test(arm: str, given_problem: Problem) -> Tensor:
    """What the networks of each setting say about the test inputs."""
    seen = []

    def keep(z: Tensor, y: Tensor) -> Tensor:
        seen.append(z)
        return error(z, y)

    score(arm, replace(given_problem, score=keep), settings=SETTINGS[:2])
    return torch.stack(seen)


@pytest.mark.parametrize("arm", ARMS)
def test_training_never_sees_the_test_examples(arm: str) -> None:
    given_problem = problem()
    x, y = given_problem.test
    more = replace(given_problem, test=(torch.cat([x, 50 * x], 1), torch.cat([y, -9 * y], 1)))
    found, expected = (outputs_on_the_test(arm, p) for p in (more, given_problem))
    torch.testing.assert_close(found[..., :30, :], expected, **CLOSE)


@pytest.mark.parametrize("arm", ARMS)
def test_test_targets_of_the_main_task_do_not_choose_the_setting(arm: str) -> None:
    """With a score that looks at the outputs only, it makes no difference what was right."""
    blind = replace(problem(), score=lambda z, y: z.mean((1, 2)))
    found, expected = (
        score(arm, p, settings=SETTINGS[:2]) for p in (swap(blind, "test", slice(1)), blind)
    )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("arm", ARMS)
def test_a_network_scores_the_same_whoever_is_beside_it(arm: str) -> None:
    three, one = (score(arm, problem(seeds), settings=SETTINGS[:2]) for seeds in ([3, 8, 5], [8]))
    np.testing.assert_allclose(three[1], one[0], **CLOSE)


# Arms against each other


@pytest.mark.parametrize(
    "arm", [a for a in ARMS if not any(w in a for w in ("steps", "private", "quarter"))]
)
def test_without_further_tasks_every_arm_is_the_baseline(arm: str) -> None:
    alone = problem(main=2, extra=0)
    np.testing.assert_array_equal(score(arm, alone), score("single task", alone))


def test_twice_the_steps_are_twice_the_steps() -> None:
    slow = {"settings": [Setting(0.01, 0.0)]}  # so that no network stops before the end
    once, twice = (score("single task", problem(), steps=steps, **slow) for steps in (20, 40))
    assert (once != twice).all()
    found = score("single task, twice the steps", problem(), **slow)
    np.testing.assert_array_equal(found, twice)


def test_as_many_parameters_are_a_wider_network() -> None:
    """With d inputs, h units and T tasks: (h (d + 1 + T) + T - 1) / (d + 2) units."""
    wide = round((5 * (6 + 1 + 4) + 4 - 1) / (6 + 2))
    found = score("single task, as many parameters", problem())
    np.testing.assert_array_equal(found, score("single task", problem(), hidden=wide))
    assert wide == 7


def test_the_further_tasks_change_what_the_main_task_learns() -> None:
    scores = {arm: tuple(score(arm, problem())) for arm in ARMS if "steps" not in arm}
    assert len(set(scores.values())) == len(scores)


# Parameters


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Networks]:
    """The networks that the panel builds."""
    networks: list[Networks] = []

    def build(*args: Any) -> Networks:
        networks.append(from_seeds(*args))
        return networks[-1]

    monkeypatch.setattr(panel, "from_seeds", build)
    return networks


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("main", [1, 2])
@pytest.mark.parametrize("hidden", [1, 3, 8])
def test_the_parameters_are_those_that_the_network_can_use(
    arm: str, main: int, hidden: int, built: list[Networks]
) -> None:
    _, parameters = score_arm(
        arm, problem(main=main), hidden=hidden, settings=ONE, steps=4, every=2
    )
    (networks,) = built
    used = sum(p[0].numel() for p in networks.parameters())
    if arm == "multi-task, private units":
        used -= int((networks.one.may_use == 0).sum())
    assert parameters == used


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20))
def test_parameters_are_counted_as_torch_counts_them(d: int, hidden: int, tasks: int) -> None:
    counted = sum(p.numel() for p in MLP(d, hidden, tasks).parameters())
    assert count_parameters(d, hidden, tasks) == counted


@pytest.mark.parametrize("main", [1, 2, 3])
@pytest.mark.parametrize("hidden", [1, 4, 9])
def test_as_many_parameters_means_up_to_half_a_hidden_unit(main: int, hidden: int) -> None:
    options = {"hidden": hidden, "settings": ONE, "steps": 1, "every": 1}
    counts = [
        score_arm(arm, problem(main=main), **options)[1]
        for arm in ("single task, as many parameters", "multi-task")
    ]
    assert abs(counts[0] - counts[1]) <= (6 + 1 + main) / 2


@pytest.mark.parametrize(("hidden", "private"), [(1, 1), (3, 1), (8, 2), (9, 2)])
def test_private_units_are_the_main_tasks_own(
    hidden: int, private: int, built: list[Networks]
) -> None:
    """A quarter as many as the shared units, and at least one."""
    score("multi-task, private units", problem(main=2), hidden=hidden)
    (networks,) = built
    used = networks.one.may_use
    assert used.shape == (5, hidden + private)
    assert used[:, :hidden].all()
    assert used[:2].all()
    assert not used[2:, hidden:].any()


# The table


def test_the_table_has_a_row_per_arm_and_seed() -> None:
    given_problem, arms = problem([3, 8]), ["multi-task", "single task", "targets as inputs"]
    options: dict[str, Any] = {"hidden": 3, "settings": ONE, "steps": 4, "every": 2}
    table = control_panel(given_problem, arms=arms, **options)
    assert list(table.columns) == ["arm", "parameters", "seed", "score"]
    rows = iter(table.itertuples(index=False, name=None))
    for arm in arms:
        scores, parameters = score_arm(arm, given_problem, **options)
        for seed, value in zip([3, 8], scores, strict=True):
            assert next(rows) == (arm, parameters, seed, value)
    assert next(rows, None) is None
    assert table.index.tolist() == list(range(6))


def test_all_arms_are_run_unless_some_are_named() -> None:
    table = control_panel(problem(range(2)), hidden=2, settings=ONE, steps=2, every=1)
    assert table["arm"].unique().tolist() == list(ARMS)
    assert table.groupby("arm")["seed"].apply(list).tolist() == [[0, 1]] * len(ARMS)


def test_an_unknown_arm_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no arm 'STL'; there are: single task, .*as inputs"):
        score("STL", problem())
    with pytest.raises(ValueError, match="no arm 'STL'"):
        control_panel(problem(), hidden=2, settings=ONE, steps=2, every=1, arms=["STL"])


def test_a_panel_without_a_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one setting"):
        score("single task", problem(), settings=[])


def test_single_precision_stays_single(built: list[Networks]) -> None:
    p = problem()
    narrow = replace(
        p,
        **{
            name: tuple(v.float() for v in getattr(p, name))
            for name in ("train", "validation", "test")
        },
    )
    for arm in ARMS:
        assert score(arm, narrow).dtype == np.float32
    assert {p.dtype for networks in built for p in networks.parameters()} == {torch.float32}


# Behaviour


def test_noisy_views_of_the_main_task_help_and_shuffled_ones_do_not() -> None:
    arms = ["single task", "multi-task", "shuffled jointly", "shuffled per task"]
    table = control_panel(
        problem(range(20), extra=12, n=20, noise=2),
        hidden=3, settings=[Setting(0.03, 1e-3)], steps=100, every=10, arms=arms,
    )  # fmt: skip
    scores = table.pivot(index="seed", columns="arm", values="score")
    gain = {arm: compare(scores["single task"], scores[arm]) for arm in arms[1:]}
    assert gain["multi-task"].low > 0
    for arm in arms[2:]:
        assert gain[arm].low < 0
        assert compare(scores[arm], scores["multi-task"]).low > 0


def test_a_quarter_of_the_units_is_a_narrower_network() -> None:
    found = score("single task, a quarter of the units", problem(), hidden=8)
    np.testing.assert_array_equal(found, score("single task", problem(), hidden=2))


def test_a_setting_that_diverges_is_not_chosen() -> None:
    sound, wild = Setting(0.01, 0.0), Setting(1e200, 0.0)
    alone, beside = (
        score("single task", problem(), settings=settings) for settings in ([sound], [wild, sound])
    )
    np.testing.assert_array_equal(alone, beside)


def test_settings_that_all_diverge_are_reported() -> None:
    with pytest.raises(FloatingPointError, match="single task: no setting"):
        score("single task", problem(), settings=[Setting(1e200, 0.0)])
