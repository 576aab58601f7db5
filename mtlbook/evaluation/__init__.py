"""What was found, and how sure we can be."""

from mtlbook.evaluation.claims import (
    ClaimError,
    at_least,
    at_most,
    better,
    claim,
    exactly,
    headlines,
    holm,
    ordered,
    same,
    unclear,
    worse,
)
from mtlbook.evaluation.compare import Comparison, brief, compare
from mtlbook.evaluation.differences import Differences, differences
from mtlbook.evaluation.panel import ARMS, Problem, Setting, control_panel

__all__ = [
    "ARMS",
    "ClaimError",
    "Comparison",
    "Differences",
    "Problem",
    "Setting",
    "at_least",
    "at_most",
    "better",
    "brief",
    "claim",
    "compare",
    "control_panel",
    "differences",
    "exactly",
    "headlines",
    "holm",
    "ordered",
    "same",
    "unclear",
    "worse",
]
