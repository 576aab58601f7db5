"""Linear regression on several tasks, each pulled towards the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import block_diag


def mean_regularised(x: np.ndarray, y: np.ndarray, strength: ArrayLike) -> np.ndarray:
    """Least squares for each task, with every coefficient pulled towards its mean over tasks.

    Minimises ``sum_t |y_t - x_t w_t|^2 + sum_t sum_j strength_j (w_tj - mean_s w_sj)^2``, the
    mean-regularised form of Evgeniou and Pontil (2004). Strength 0 gives separate regressions;
    a very large one gives all tasks the same coefficients.

    Args:
        x: inputs ``(T, n, d)``.
        y: targets ``(T, n)``.
        strength: one number, or one for each of the ``d`` coefficients.

    Returns:
        Coefficients ``(T, d)``. The data must determine them: a task that is left free needs at
        least ``d`` examples, or rounding decides.
    """
    tasks, _, features = x.shape
    pull = np.diag(np.broadcast_to(strength, features))
    to_mean = np.eye(tasks) - 1 / tasks
    gram = block_diag(*(x_t.T @ x_t for x_t in x)) + np.kron(to_mean, pull)
    moment = np.einsum("tnd,tn->td", x, y).ravel()
    return np.linalg.solve(gram, moment).reshape(tasks, features)
