"""The experiments of chapter 2, and what the chapter takes for its own."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.data.digit_pairs import digit_pairs
    from mtlbook.data.road import ROAD_TASKS, Camera, draw_roads, road_targets, scan
    from mtlbook.evaluation.panel import ARMS, Setting, control_panel
    from mtlbook.experiments.ch02_why_it_works.controls import (
        digit_accuracy,
        digit_problem,
        road_problem,
    )
    from mtlbook.models.mlp import MLP
    from mtlbook.task import regression

__all__ = [
    "ARMS",
    "MLP",
    "ROAD_TASKS",
    "Camera",
    "Setting",
    "control_panel",
    "digit_accuracy",
    "digit_pairs",
    "digit_problem",
    "draw_roads",
    "regression",
    "road_problem",
    "road_targets",
    "scan",
]

__getattr__, __dir__ = lazily(__name__)
