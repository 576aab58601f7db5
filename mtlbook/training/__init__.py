"""How it learns: one network, or many at once."""

from mtlbook.training.fit import fit
from mtlbook.training.many import FitMany, fit_many

__all__ = ["FitMany", "fit", "fit_many"]
