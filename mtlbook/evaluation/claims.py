"""A sentence that reports a result, and the kind of check that stands behind it.

What a sentence says decides how it is tested. ``better`` and ``worse`` want an interval that
excludes zero, ``same`` one that lies within a stated margin, ``unclear`` one that contains zero;
``at_least`` and ``at_most`` want the interval, not the mean, to clear a stated size. ``ordered``
and ``exactly`` are for paired scores in a row and for numbers that are not estimates. Kinds are
joined by ``&``:

    claim("Sharing helps.", better(gain))
    claim("Sharing costs less than a point, related or not.", at_least([one, other], -1))
    claim("It helps; whether copies do cannot be told.", better(gain) & unclear(copied))
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import pandas as pd

from mtlbook.evaluation.compare import compare

KINDS = ("better", "worse", "same", "unclear", "at_least", "at_most", "ordered", "exactly")


class ClaimError(AssertionError):
    """A sentence of the book is no longer true."""


@runtime_checkable
class Interval(Protocol):
    """An estimate with an interval, such as a comparison or a rank correlation."""

    @property
    def low(self) -> float: ...  # noqa: D102
    @property
    def high(self) -> float: ...  # noqa: D102


# One estimate, or several in a list, a dictionary, a series or a table: then all must hold.
Found: TypeAlias = "Interval | float | Iterable[Any]"


@dataclass(frozen=True)
class Kind:
    """What a sentence says of its figures, whether they bear it, and how they are printed.

    ``p`` is the largest of the two-sided p-values that it rests on: ``None`` where nothing is
    tested against zero or a bound, NaN where an interval came without one.
    """

    name: str
    holds: bool
    evidence: str
    p: float | None = None

    def __and__(self, other: Kind) -> Kind:
        tested = [kind.p for kind in (self, other) if kind.p is not None]
        return Kind(
            f"{self.name} & {other.name}",
            self.holds and other.holds,
            f"{self.evidence}; {other.evidence}",
            float(np.max(tested)) if tested else None,
        )

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name}(…) is no truth value: join kinds with &, not with `and`")


_HEADLINES: dict[str, Kind] = {}


def claim(
    sentence: str,
    kind: Kind,
    evidence: object = None,
    *,
    headline: bool = False,
) -> None:
    """Print the sentence with its evidence if it holds, and stop the notebook if it does not.

    Args:
        sentence: what is claimed, as the reader will read it.
        kind: ``better(…)``, ``worse(…)`` or another kind of this module.
        evidence: printed in place of the kind's own, as where it rests on twenty intervals.
        headline: whether it is one of the few results that the chapter stands for, which
            :func:`headlines` adjusts for their number.

    Raises:
        ClaimError: if it does not hold.
        TypeError: if ``kind`` is no kind.
        ValueError: if a headline rests on an interval without a p-value.
    """
    if not isinstance(kind, Kind):
        raise TypeError(f"a claim has a kind, one of {', '.join(KINDS)}; got {type(kind).__name__}")
    if not kind.holds:
        raise ClaimError(f"no longer true: {sentence} Measured: {kind.evidence}")
    if headline:
        if kind.p is not None and np.isnan(kind.p):
            raise ValueError(f"no p-value for a headline of the kind {kind.name}: {sentence}")
        _HEADLINES[sentence] = kind
    print(f"Holds: {sentence} ({kind.evidence if evidence is None else evidence})")


def holm(p: Iterable[float]) -> np.ndarray:
    """Return p-values adjusted for their number by Holm's step-down method (1979).

    Args:
        p: the p-values, in any order.

    Raises:
        ValueError: if one of them is not between 0 and 1.
    """
    values = np.array(list(p), dtype=float)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"p-values must lie between 0 and 1: {values}")
    order = np.argsort(values)
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return adjusted


def headlines(level: float = 0.05, fallen: int = 0) -> pd.DataFrame:
    """Return the headline claims so far, with their p-values adjusted for their number.

    Claims that test nothing against a bound (``unclear``, ``exactly``) stand without a p-value
    and do not count.

    Args:
        level: that each adjusted p-value must stay below.
        fallen: how many more were written down before the run and did not hold: they count, too.

    Raises:
        ClaimError: if one does not.
    """
    table = pd.DataFrame(
        [(kind.name, kind.p) for kind in _HEADLINES.values()],
        index=list(_HEADLINES),
        columns=["kind", "p"],
    ).astype({"p": float})
    tested = table["p"].dropna()
    table["adjusted"] = pd.Series(holm([*tested, *[1.0] * fallen])[: len(tested)], tested.index)
    lost = table[table["adjusted"] >= level]
    if len(lost):
        raise ClaimError(
            f"not beyond {level} once adjusted for {len(tested) + fallen}: {list(lost.index)}"
        )
    return table


def better(*found: Found, lower: bool = False, digits: int | None = None) -> Kind:
    """Return whether every interval lies above zero.

    Args:
        found: paired differences, method minus baseline.
        lower: for errors, of which fewer are better: every interval lies below zero.
        digits: after the point, in the evidence.
    """
    return _clears("better", found, above=not lower, bound=0, digits=digits, strict=True)


def worse(*found: Found, lower: bool = False, digits: int | None = None) -> Kind:
    """Return whether every interval lies below zero, or above it for errors (``lower=True``)."""
    return _clears("worse", found, above=lower, bound=0, digits=digits, strict=True)


def at_least(found: Found, bound: float, digits: int | None = None) -> Kind:
    """Return whether every interval, not only its mean, lies at or above ``bound``.

    A plain number, such as a count, is compared itself.
    """
    return _clears("at_least", (found,), above=True, bound=bound, digits=digits)


def at_most(found: Found, bound: float, digits: int | None = None) -> Kind:
    """Return whether every interval, not only its mean, lies at or below ``bound``."""
    return _clears("at_most", (found,), above=False, bound=bound, digits=digits)


def same(*found: Found, within: float, digits: int | None = None) -> Kind:
    """Return whether every interval lies between ``-within`` and ``within``.

    Args:
        found: paired differences.
        within: the margin, which the sentence names.
        digits: after the point, in the evidence.

    Raises:
        ValueError: if the margin is not above zero.
    """
    if not within > 0:
        raise ValueError(f"within must be above zero: {within}")
    each = _intervals("same", found)
    holds = all(-within <= one.low and one.high <= within for one in each)
    p = max(_p(one, bound) for one in each for bound in (-within, within))
    return Kind("same", holds, _shown(each, digits), p)


def unclear(*found: Found, digits: int | None = None) -> Kind:
    """Return whether every interval contains zero, so that no side can be told."""
    each = _intervals("unclear", found)
    return Kind("unclear", all(one.low <= 0 <= one.high for one in each), _shown(each, digits))


def ordered(*values: pd.Series | float, digits: int | None = None) -> Kind:
    """Return whether each value is above the one before it.

    Args:
        values: scores with their seeds as index: then each paired difference between neighbours
            has an interval above zero. Or plain numbers that are no estimates: strictly
            increasing.
        digits: after the point, in the evidence.

    Raises:
        TypeError: for intervals, which do not tell how they differ from each other.
    """
    if len(values) < 2:
        raise ValueError("an order wants at least two values")
    if all(isinstance(value, pd.Series) for value in values):
        steps = [compare(after, before) for before, after in pairwise(values)]
        return Kind(
            "ordered",
            all(step.low > 0 for step in steps),
            _shown(steps, digits),
            max(step.p for step in steps),
        )
    if not all(_is_number(value) for value in values):
        raise TypeError(
            "ordered wants scores by seed, or plain numbers; of two intervals nobody knows how "
            "they differ: compare their scores"
        )
    holds = all(before < after for before, after in pairwise(values))
    return Kind("ordered", holds, " < ".join(_number(value, digits) for value in values))


def exactly(left: object, right: object, tolerance: float = 0.0, digits: int | None = None) -> Kind:
    """Return whether two things are equal: numbers, arrays, tensors, lists, sets or texts.

    Args:
        left: what was found.
        right: what it is said to be; a number stands for an array full of it.
        tolerance: the largest difference allowed between numbers.
        digits: after the point, in the evidence.

    Raises:
        TypeError: for a truth value, which does not show what was compared.
    """
    if any(isinstance(side, bool | np.bool_) for side in (left, right)):
        raise TypeError("exactly compares things, not truth values: give what is equal")
    arrays = [_as_array(side) for side in (left, right)]
    if any(array.dtype.kind not in "biuf" for array in arrays):
        if tolerance:
            raise TypeError("a tolerance is for numbers")
        return Kind("exactly", bool(left == right), _text(left))
    one, other = arrays
    if one.shape != other.shape and other.ndim:
        return Kind("exactly", False, f"shapes {one.shape} and {other.shape}")
    largest = float(np.abs(one.astype(float) - other.astype(float)).max(initial=0))
    stated = f", tolerance {tolerance:g}" if tolerance else ""
    if one.ndim:
        shown = f"largest difference {largest:.1g}{stated}"
    else:
        sign = "≈" if tolerance else "="
        shown = f"{_number(one.item(), digits)} {sign} {_number(other.item(), digits)}{stated}"
    return Kind("exactly", largest <= tolerance, shown)


def _clears(
    name: str,
    found: tuple[Found, ...],
    above: bool,
    bound: float,
    digits: int | None,
    strict: bool = False,
) -> Kind:
    """Return whether all intervals lie on one side of a bound."""
    each = _intervals(name, found, numbers=not strict)
    ends = [getattr(one, "low" if above else "high", one) for one in each]
    gaps = [end - bound if above else bound - end for end in ends]
    holds = all(gap > 0 if strict else gap >= 0 for gap in gaps)
    tested = [_p(one, bound) for one in each if isinstance(one, Interval)]
    return Kind(name, holds, _shown(each, digits), max(tested) if tested else None)


def _intervals(name: str, found: Iterable[Any], numbers: bool = False) -> list[Any]:
    """Return the intervals, and numbers where they are allowed, of nested collections."""
    each: list[Any] = []
    for one in found:
        if isinstance(one, bool | np.bool_ | str):
            raise TypeError(f"{name} wants what was measured, not {one!r}")
        if isinstance(one, Interval) or (numbers and _is_number(one)):
            each.append(one)
        elif isinstance(one, Mapping):
            each += _intervals(name, one.values(), numbers)
        elif isinstance(one, pd.DataFrame):
            each += _intervals(name, one.to_numpy().ravel(), numbers)
        elif isinstance(one, Iterable):
            each += _intervals(name, one, numbers)
        else:
            raise TypeError(
                f"{name} wants an interval with low and high, as compare returns it, "
                f"not {type(one).__name__}"
            )
    if not each:
        raise ValueError(f"{name} has nothing to look at")
    return each


def _p(one: Any, bound: float) -> float:
    return float(one.p_against(bound)) if hasattr(one, "p_against") else float("nan")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)


def _number(value: Any, digits: int | None) -> str:
    if digits is None:
        return f"{value:.3g}" if isinstance(value, float | np.floating) else str(value)
    return f"{value:.{digits}f}"


def _shown(each: Iterable[Any], digits: int | None) -> str:
    spec = "" if digits is None else f".{digits}f"
    return "; ".join(_number(one, digits) if _is_number(one) else format(one, spec) for one in each)


def _as_array(side: Any) -> np.ndarray:
    """Return numbers as an array, and anything else as an object."""
    if isinstance(side, str | Mapping | set | frozenset):
        return np.array(side, dtype=object)
    return np.asarray(side.detach() if hasattr(side, "detach") else side)


def _text(side: object) -> str:
    if isinstance(side, str) or not isinstance(side, Collection):
        return str(side)
    ordered_side = sorted(side, key=str) if isinstance(side, set | frozenset) else side
    return ", ".join(map(str, ordered_side))
