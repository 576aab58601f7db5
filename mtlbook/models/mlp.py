"""Networks of one hidden layer: shared by every task, with units of some tasks alone, or apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.linalg import block_diag
from torch import Tensor, nn
from torch.nn import functional


class MLP(nn.Module):
    """A trunk of one hidden layer, shared by all tasks, and one linear output per task.

    With ``tasks=1`` it is an ordinary single-task network. This is the net of Caruana (1997).

    Args:
        inputs: number of input features.
        hidden: width of the shared hidden layer.
        tasks: number of tasks, one output each.
    """

    def __init__(self, inputs: int, hidden: int, tasks: int) -> None:
        super().__init__()
        self.trunk = nn.Linear(inputs, hidden)
        self.heads = nn.Linear(hidden, tasks)

    def forward(self, x: Tensor) -> Tensor:
        """Map examples ``(n, inputs)`` to outputs ``(n, tasks)``."""
        hidden = torch.tanh(self.trunk(x))
        outputs: Tensor = self.heads(hidden)
        return outputs


class PrivateMLP(MLP):
    """An MLP whose last hidden units only some of the tasks may use.

    This is the small private hidden layer of Caruana (1997, section 7): the owners see all
    hidden units, the other tasks only the shared ones.

    Args:
        inputs: number of input features.
        hidden: hidden units, the private ones among them.
        tasks: number of tasks, one output each.
        private: how many hidden units are private.
        owners: the outputs that may use them.

    Raises:
        ValueError: if there are not that many hidden units, or an owner does not exist.
    """

    def __init__(
        self, inputs: int, hidden: int, tasks: int, private: int, owners: Sequence[int]
    ) -> None:
        super().__init__(inputs, hidden, tasks)
        if not 0 < private < hidden or not set(owners) <= set(range(tasks)):
            raise ValueError(
                f"{private} private units for outputs {list(owners)} do not fit a network "
                f"with {hidden} hidden units and {tasks} outputs"
            )
        self.may_use = torch.ones(tasks, hidden)
        self.may_use[:, -private:] = 0
        self.may_use[list(owners)] = 1

    def forward(self, x: Tensor) -> Tensor:
        """Map examples ``(n, inputs)`` to outputs ``(n, tasks)``."""
        hidden = torch.tanh(self.trunk(x))
        return functional.linear(hidden, self.heads.weight * self.may_use, self.heads.bias)


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


class TaskLinear(nn.Module):
    """A linear layer for each of T tasks, or one for all, in double precision.

    Its start is uniform, as in PyTorch's linear layers.

    Args:
        tasks: number of layers T; 1 where the tasks share it.
        inputs: features that come in.
        outputs: features that go out.
        own_start: whether each layer starts at values of its own; else all start at the same.

    Attributes:
        weight: ``(T, inputs, outputs)``.
        bias: ``(T, 1, outputs)``.
    """

    def __init__(self, tasks: int, inputs: int, outputs: int, own_start: bool = True) -> None:
        super().__init__()

        def drawn(rows: int) -> nn.Parameter:
            shape = (tasks if own_start else 1, rows, outputs)
            values = (2 * torch.rand(shape, dtype=torch.float64) - 1) / inputs**0.5
            return nn.Parameter(values.repeat(tasks // shape[0], 1, 1))

        self.weight, self.bias = drawn(inputs), drawn(1)

    def forward(self, x: Tensor) -> Tensor:
        """Map examples ``(T, n, inputs)``, or ``(1, n, inputs)``, to ``(T, n, outputs)``."""
        return x @ self.weight + self.bias


class Students(nn.Module):
    """A hidden layer, one for all tasks or one for each, and a linear head per task.

    Args:
        inputs: input features d.
        hidden: units of a trunk.
        trunks: 1, or one for each task.
        heads: one for each task, or 1 for all.
        outputs: numbers that a head returns, m.
        own_start: whether each task starts at values of its own.
        activation: of the hidden layer.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        trunks: int,
        heads: int,
        outputs: int = 1,
        own_start: bool = True,
        activation: Callable[[Tensor], Tensor] = torch.tanh,
    ) -> None:
        super().__init__()
        self.trunk = TaskLinear(trunks, inputs, hidden, own_start)
        self.heads = TaskLinear(heads, hidden, outputs, own_start)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Map examples of each task, ``(T, n, d)`` or ``(1, n, d)``, to outputs ``(T, n, m)``."""
        outputs: Tensor = self.heads(self.activation(self.trunk(x)))
        return outputs
