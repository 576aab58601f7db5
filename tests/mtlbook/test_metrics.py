"""mtlbook.evaluation.metrics: by hand."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtlbook.evaluation.metrics import mean_squared_error


def test_the_squared_error_is_that_of_torch_for_each_task() -> None:
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(4, 9, 3)), rng.normal(size=(4, 9)), rng.normal(size=(4, 3))
    errors = mean_squared_error(x, y, w)
    assert errors.shape == (4,)
    for t in range(4):
        expected = functional.mse_loss(torch.tensor(x[t] @ w[t]), torch.tensor(y[t]))
        assert errors[t] == pytest.approx(expected.item())


def test_the_squared_error_of_two_numbers() -> None:
    x = np.array([[[1.0, 2.0], [1.0, 0.0]]])
    # Predictions 1 + 2 * 3 = 7 and 1; errors 7 - 5 and 1 - 4.
    assert mean_squared_error(x, np.array([[5.0, 4.0]]), np.array([[1.0, 3.0]])) == [(4 + 9) / 2]
