"""The experiments of chapter 6, and what the chapter takes from them."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.synthetic import landscape
    from mtlbook.experiments.ch06_balancing.balance import (
        EQUAL,
        FOUR,
        ONE_SETTING,
        TWO,
        balanced_errors,
    )
    from mtlbook.experiments.ch06_balancing.balance_landscape import descend
    from mtlbook.experiments.ch06_balancing.balance_runs import LIVE, chosen, fresh_errors
    from mtlbook.models.mlp import Students
    from mtlbook.training.balance import gramian, mgda_weights, nash_weights, pcgrad_weights
    from mtlbook.training.balance_methods import Balanced, Method, PCGrad

__all__ = [
    "EQUAL",
    "FOUR",
    "LIVE",
    "ONE_SETTING",
    "TWO",
    "Balanced",
    "Method",
    "PCGrad",
    "Students",
    "balanced_errors",
    "chosen",
    "descend",
    "fresh_errors",
    "gramian",
    "landscape",
    "mgda_weights",
    "nash_weights",
    "pcgrad_weights",
]

__getattr__, __dir__ = lazily(__name__)
