"""What was found, and how sure we can be."""

from mtlbook.evaluation.claims import ClaimError, claim
from mtlbook.evaluation.compare import Comparison, compare

__all__ = ["ClaimError", "Comparison", "claim", "compare"]
