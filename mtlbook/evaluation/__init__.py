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

__all__ = [
    "ClaimError",
    "Comparison",
    "Differences",
    "at_least",
    "at_most",
    "better",
    "brief",
    "claim",
    "compare",
    "differences",
    "exactly",
    "headlines",
    "holm",
    "ordered",
    "same",
    "unclear",
    "worse",
]
