"""What was found, and how sure we can be."""

from mtlbook.evaluation.claims import ClaimError, claim
from mtlbook.evaluation.compare import Comparison, compare
from mtlbook.evaluation.controls import ARMS, Problem
from mtlbook.evaluation.panel import Setting, control_panel

__all__ = [
    "ARMS",
    "ClaimError",
    "Comparison",
    "Problem",
    "Setting",
    "claim",
    "compare",
    "control_panel",
]
