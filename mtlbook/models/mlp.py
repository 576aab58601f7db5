"""One hidden layer shared by every task, and a version with units that some tasks have alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
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
