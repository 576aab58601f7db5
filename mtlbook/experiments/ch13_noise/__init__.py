"""The experiments of chapter 13, and what the chapter takes for its own."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.logic import boolean_patterns, boolean_tasks
    from mtlbook.experiments.ch01_inductive_bias.boolean import boolean_split
    from mtlbook.experiments.ch13_noise.noise_outputs import Setting, problem
    from mtlbook.experiments.ch13_noise.teacher_noise import repeated_error
    from mtlbook.models.mlp import MLP
    from mtlbook.task import classification

__all__ = [
    "MLP",
    "Setting",
    "boolean_patterns",
    "boolean_split",
    "boolean_tasks",
    "classification",
    "problem",
    "repeated_error",
]

__getattr__, __dir__ = lazily(__name__)
