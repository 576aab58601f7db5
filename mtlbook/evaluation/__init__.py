"""What was found, and how sure we can be."""

from mtlbook.evaluation.claims import ClaimError, claim
from mtlbook.evaluation.compare import Comparison, brief, compare
from mtlbook.evaluation.controls import ARMS, Problem
from mtlbook.evaluation.panel import Setting, control_panel

__all__ = [
    "ARMS",
    "ClaimError",
    "Comparison",
    "Problem",
    "Setting",
    "brief",
    "claim",
    "compare",
    "control_panel",
]
