"""Chapter 13: outputs of pure noise against the regularisers that everyone knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_split
from mtlbook.experiments.ch13_noise.teacher_noise import repeated
from mtlbook.experiments.common.tolerances import ONE_PATTERN
from mtlbook.models.mlp import MLP
from mtlbook.models.networks import from_seeds
from mtlbook.runs.base import Config, Experiment, grid
from mtlbook.runs.tuning import settings
from mtlbook.task import Task, classification, regression
from mtlbook.training.loop import adam, fit

Draw = Callable[[Sequence[int], torch.Generator], Tensor]
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def coins(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Draw 0 or 1, equally likely."""
    return torch.randint(0, 2, shape, generator=generator).double()


def normals(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Draw standard normal numbers."""
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def uniforms(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """Draw numbers that are uniform on [0, 1)."""
    return torch.rand(shape, generator=generator, dtype=torch.float64)


@dataclass(frozen=True)
class Problem:
    """One task for each seed, and what its networks look like.

    Attributes:
        task: what is learned.
        train: inputs ``(S, n, d)`` and targets ``(S, n)``.
        test: the same, noise-free.
        hidden: hidden units.
        further: outputs for noise, where an arm has them.
        labels: draws the noise that these have to learn.
        decay: the weight decay that goes with another regulariser.
        decays: those to choose from where there is no other.
        lr: step size of Adam.
        steps: full-batch updates.
    """

    task: Task
    train: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]
    hidden: int
    further: int
    labels: Draw
    decay: float
    decays: tuple[float, ...]
    lr: float
    steps: int


def problem(name: str, seeds: Sequence[int]) -> Problem:
    """Return the problem ``boolean`` (T1) or ``teacher`` (one function, with noise)."""
    if name == "boolean":
        (x, y), (x_test, y_test) = boolean_split(seeds)
        sets = (x, y[..., 0]), (x_test, y_test[..., 0])
        task, decays = classification("T1"), (3e-4, 1e-3, 3e-3)
        return Problem(task, *sets, 64, 3, coins, 1e-3, decays, 0.3, 400)
    x, y, x_test, f = repeated(seeds, sd=0.3)
    task, decays = regression("function"), (0.03, 0.1, 0.3)
    return Problem(task, (x, y[..., 0]), (x_test, f), 16, 7, normals, 0.1, decays, 0.01, 400)


@dataclass(frozen=True)
class Setting:
    """How a network is kept from learning its examples by heart.

    Attributes:
        weight_decay: L2 penalty on all parameters.
        jitter: standard deviation of the noise on the inputs, drawn afresh for each update.
        dropout: share of the hidden units that are left out of an update.
        weight: of the loss of each output of noise; with 0 there is none.
        fresh: whether the labels of noise are drawn afresh for each update.
    """

    weight_decay: float = 0.0
    jitter: float = 0.0
    dropout: float = 0.0
    weight: float = 0.0
    fresh: bool = False


def noisy_batches(p: Problem, seeds: Sequence[int], setting: Setting) -> Iterator[Batch]:
    """Yield what each update learns from, with noise where the setting wants it.

    Args:
        p: the problem.
        seeds: of the noise.
        setting: where there is noise, and how much.

    Yields:
        Inputs ``(S, n, d)``, a factor on each hidden unit ``(S, n, hidden)``, main targets
        ``(S, n)`` and the targets of the further outputs ``(S, n, outputs - 1)``.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def draw(kind: Draw, *shape: int) -> Tensor:
        return torch.stack([kind(shape, generator) for generator in generators])

    x, y = p.train
    n, inputs = x.shape[1:]
    outputs = p.further if setting.weight else 0
    noise = draw(p.labels, n, outputs)
    kept = torch.ones(len(x), n, p.hidden, dtype=x.dtype)
    for _ in range(p.steps):
        seen = x + setting.jitter * draw(normals, n, inputs) if setting.jitter else x
        if setting.dropout:
            kept = (draw(uniforms, n, p.hidden) >= setting.dropout).double()
            kept = kept / (1 - setting.dropout)
        if setting.fresh:
            noise = draw(p.labels, n, outputs)
        yield seen, kept, y, noise


def noisy_losses(task: Task, weight: float) -> Callable[[MLP, Batch], dict[str, Tensor]]:
    """Return what one network loses on its main task, and on its outputs of noise.

    Args:
        task: the main task, which is output 0.
        weight: of the loss of each output of noise; with 0 there is none.
    """

    def losses(network: MLP, batch: Batch) -> dict[str, Tensor]:
        x, kept, y, noise = batch
        hidden = torch.tanh(network.trunk(x)) * kept
        z = network.heads(hidden)
        found = {"main": task.loss(z[:, 0], y)}
        if weight:
            found["noise"] = weight * task.loss(z[:, 1:].mT, noise.mT).sum()
        return found

    return losses


def arm_settings(name: str, decay: float, decays: Sequence[float]) -> list[Setting]:
    """Return what an arm chooses from: three settings, or one where there is no choice."""
    strengths = (0.05, 0.15, 0.4)
    weights = (0.03, 0.3, 1.0)
    return {
        "nothing": [Setting()],
        "decay": [Setting(d) for d in decays],
        "input noise": [Setting(decay, jitter=s) for s in strengths],
        "dropout": [Setting(decay, dropout=s) for s in strengths],
        "fixed outputs": [Setting(decay, weight=w) for w in weights],
        "fresh outputs": [Setting(decay, weight=w, fresh=True) for w in weights],
        "fixed outputs, no decay": [Setting(weight=w) for w in weights],
        "fresh outputs, no decay": [Setting(weight=w, fresh=True) for w in weights],
    }[name]


ARMS = (
    "nothing",
    "decay",
    "input noise",
    "dropout",
    "fixed outputs",
    "fresh outputs",
    "fixed outputs, no decay",
    "fresh outputs, no decay",
)
PROBLEMS = ("boolean", "teacher")


def regularised(name: str, arm: str, choice: int, seeds: Sequence[int]) -> np.ndarray:
    """Train an arm; return its error on noise-free test examples, ``(S,)``.

    The error is the share of wrong labels, or the squared error in units of the variance.

    Args:
        name: of the problem.
        arm: in ``ARMS``.
        choice: which of its settings.
        seeds: of data, networks and noise.
    """
    p = problem(name, seeds)
    setting = arm_settings(arm, p.decay, p.decays)[choice]
    inputs, outputs = p.train[0].shape[-1], 1 + (p.further if setting.weight else 0)
    networks = from_seeds(lambda: MLP(inputs, p.hidden, outputs).double(), seeds)
    losses, optimiser = (
        noisy_losses(p.task, setting.weight),
        adam(networks, p.lr, setting.weight_decay),
    )
    fit(networks, noisy_batches(p, seeds, setting), losses, optimiser)
    found = p.task.metric(networks(p.test[0]).detach()[..., 0], p.test[1])
    error = 1 - found if p.task.higher_is_better else found.square()
    return error.numpy()


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    return regularised(config["problem"], config["arm"], config["setting"], seeds)


NOISE_OUTPUTS_TUNING = Experiment(
    name="noise-outputs-tuning",
    question="How strong should each regulariser be, outputs of pure noise among them?",
    data="generated: the Boolean problem, and a teacher network of four hidden units",
    score="1 - test accuracy on T1; squared error of the student",
    configs=[
        {"problem": name, "arm": arm, "setting": choice}
        for name in PROBLEMS
        for arm in ARMS
        for choice in range(len(arm_settings(arm, 0.0, (0.0,) * 3)))
    ],
    seeds=range(100, 105),
    measure=_measure,
    cheap={"problem": "teacher", "arm": "fixed outputs", "setting": 1},
    columns=("error",),
    tolerance=ONE_PATTERN,
)


SETTINGS = settings("noise-outputs-tuning", "setting", "error", "lowest")
"""Which of its settings each arm takes on each problem."""


def _measure_trials(config: Config, seeds: Sequence[int]) -> np.ndarray:
    name, arm = config["problem"], config["arm"]
    return regularised(name, arm, SETTINGS[name, arm], seeds)


NOISE_OUTPUTS = Experiment(
    name="noise-outputs",
    question="Do outputs of pure noise regularise, and do they add to weight decay?",
    data="generated: the Boolean problem, and a teacher network of four hidden units",
    score="1 - test accuracy on T1; squared error of the student",
    configs=grid(problem=PROBLEMS, arm=ARMS),
    seeds=range(20),
    measure=_measure_trials,
    cheap={"problem": "teacher", "arm": "decay"},
    columns=("error",),
    tolerance=ONE_PATTERN,
)
