"""mtlbook.task: losses and metrics against torch and against plain loops."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.task import Task, classification, probability, regression

Kind = Callable[[str], Task]
KINDS: list[Kind] = [regression, probability, classification]


def examples(kind: Kind, shape: tuple[int, ...], seed: int = 0) -> tuple[Tensor, Tensor]:
    """Outputs and targets of the sort that the kind of task has."""
    draw = torch.Generator().manual_seed(seed)
    outputs = 3 * torch.randn(shape, generator=draw, dtype=torch.float64)
    targets = torch.rand(shape, generator=draw, dtype=torch.float64)
    return outputs, targets.round() if kind is classification else targets


def test_regression_has_the_squared_error_of_torch() -> None:
    z, y = examples(regression, (50,))
    torch.testing.assert_close(regression("r").loss(z, y), functional.mse_loss(z, y))


def test_probability_has_the_squared_error_behind_a_sigmoid() -> None:
    z, y = examples(probability, (50,))
    expected = functional.mse_loss(1 / (1 + torch.exp(-z)), y)
    torch.testing.assert_close(probability("p").loss(z, y), expected)


def test_classification_has_the_cross_entropy_of_torch() -> None:
    z, y = examples(classification, (50,))
    expected = functional.binary_cross_entropy(torch.sigmoid(z), y)
    torch.testing.assert_close(classification("c").loss(z, y), expected)


def test_cross_entropy_of_a_sure_and_wrong_network_is_finite() -> None:
    loss = classification("c").loss(torch.tensor([1e4, -1e4]), torch.tensor([0.0, 1.0]))
    assert loss == pytest.approx(1e4)


def test_regression_reports_the_root_of_its_loss() -> None:
    z, y = examples(regression, (50,))
    by_hand = math.sqrt(sum((a - b) ** 2 for a, b in zip(z.tolist(), y.tolist(), strict=True)) / 50)
    assert regression("r").metric(z, y).item() == pytest.approx(by_hand)


def test_probability_reports_the_root_of_its_loss() -> None:
    z, y = examples(probability, (50,))
    total = sum(
        (1 / (1 + math.exp(-a)) - b) ** 2 for a, b in zip(z.tolist(), y.tolist(), strict=True)
    )
    assert probability("p").metric(z, y).item() == pytest.approx(math.sqrt(total / 50))


def test_classification_reports_the_share_of_right_labels() -> None:
    z, y = examples(classification, (50,))
    right = sum((a > 0) == (b == 1) for a, b in zip(z.tolist(), y.tolist(), strict=True))
    assert 0 < right < 50
    assert classification("c").metric(z, y).item() == pytest.approx(right / 50)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_leading_axes_are_kept(kind: Kind) -> None:
    task = kind("t")
    z, y = examples(kind, (2, 3, 7))
    for score in (task.loss, task.metric):
        scores = score(z, y)
        assert scores.shape == (2, 3)
        for s in range(2):
            for t in range(3):
                torch.testing.assert_close(scores[s, t], score(z[s, t], y[s, t]))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_flag_says_which_metric_is_better(kind: Kind) -> None:
    task = kind("t")
    y = torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    good, bad = 8 * (y - 0.5), -8 * (y - 0.5)
    assert (task.metric(good, y) > task.metric(bad, y)).item() is task.higher_is_better
    assert task.loss(good, y) < task.loss(bad, y)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_task_keeps_its_name(kind: Kind) -> None:
    assert kind("T1").name == "T1"
