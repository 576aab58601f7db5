"""Reads answers of any kind, and says in words what differs from the right one.

Numbers may come as numbers of Python, NumPy or PyTorch, in any precision, with or without a graph;
arrays also as lists, tuples, ranges or what pandas has; truth values and names by any library.
Each function raises :class:`HintError` for what it cannot read, or finds wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mtlbook.exercises.base import HintError, NotAttemptedError, attempt_with, copied, require

CLOSE = 1e-4
"""By which share of the largest right number an answer may be off: it may be single precision."""
HARDLY = 1e-6
"""By how much it may be off where all right numbers are 0."""


def kind(given: Any) -> str:
    """Return in words what an object is."""
    if isinstance(given, str):
        return f"the text {given!r}"
    if isinstance(given, Mapping):
        return f"a dictionary with the keys {list(given)}"
    if isinstance(given, Tensor | np.ndarray | pd.Series | pd.DataFrame) and given.ndim:
        return f"{type(given).__name__} of the shape {tuple(given.shape)}"
    if isinstance(given, Sequence):
        return f"a {type(given).__name__} of {len(given)}"
    return "a function" if callable(given) else repr(given)


def array(
    given: Any, shape: tuple[int, ...] | None = None, what: str = "", finite: bool = True
) -> np.ndarray:
    """Read numbers.

    Args:
        given: the reader's numbers.
        shape: that they should have; axes of length 1 are added and taken away as needed.
        what: the place in the answer, for the hint.
        finite: refuse infinite numbers.

    Returns:
        A new array in double precision.
    """
    at = f"{what}: " if what else ""
    if given is ...:
        raise NotAttemptedError
    require(given is not None, f"{at}expected numbers, got None")
    wanted = "a number" if shape == () else "numbers"
    try:
        found = np.array(_numbers(given), dtype=float)
    except (TypeError, ValueError, RuntimeError):
        raise HintError(f"{at}expected {wanted}, got {kind(given)}") from None
    if shape is not None and found.shape != shape:
        flat = tuple(n for n in shape if n != 1)
        require(
            tuple(n for n in found.shape if n != 1) == flat,
            f"{at}expected one number, got {kind(given)}"
            if shape == ()
            else f"{at}expected the shape {shape}, got {found.shape}",
        )
        found = found.reshape(shape)
    bad = np.isnan(found) if not finite else ~np.isfinite(found)
    several = f"{int(bad.sum())} of {found.size} numbers are" if found.size > 1 else "it is"
    require(not bad.any(), f"{at}{several} no finite number")
    return found


def _numbers(given: Any) -> Any:
    """Return what ``np.array`` can read."""
    if isinstance(given, Tensor):
        # NumPy has no bfloat16.
        given = (given.float() if given.dtype == torch.bfloat16 else given).numpy(force=True)
    if isinstance(given, pd.Series | pd.DataFrame):
        given = given.to_numpy()
    if isinstance(given, np.ndarray | np.generic):
        if given.dtype.kind not in "biufO":
            raise TypeError
        return given
    if isinstance(given, str | bytes | Mapping | Set):
        raise TypeError
    return [_numbers(each) for each in given] if isinstance(given, Iterable) else float(given)


def tensor(given: Any, shape: tuple[int, ...], what: str = "") -> Tensor:
    """Read numbers as a tensor in double precision, without a graph; see :func:`array`."""
    return torch.from_numpy(array(given, shape, what))


def number(given: Any, what: str = "") -> float:
    """Read one number; see :func:`array`."""
    return float(array(given, (), what))


def whole(given: Any, what: str = "") -> int:
    """Read a whole number."""
    at = f"{what}: " if what else ""
    require(not isinstance(given, bool | np.bool_), f"{at}expected a whole number, got {given}")
    found = number(given, what)
    require(found == round(found), f"{at}expected a whole number, got {found:g}")
    return round(found)


def numbers(given: Any, count: int, wanted: str, what: str = "") -> list[float]:
    """Read so many numbers in a row, such as a pair."""
    try:
        found = array(given, what=what).squeeze()
    except HintError:
        found = np.empty(0)
    at = f"{what}: " if what else ""
    require(found.shape == (count,), f"{at}expected {wanted}, got {kind(given)}")
    return [float(each) for each in found]


def truth(given: Any, what: str) -> bool:
    """Read True or False; 1 and 0 are taken for them."""
    hint = f"{what}: expected True or False, got {kind(given)}"
    try:
        found = number(given)
    except HintError:
        raise HintError(hint) from None
    require(found in (0, 1), hint)
    return bool(found)


def name(given: Any, names: Collection[str], what: str) -> str:
    """Read one of some names, in capitals or not."""
    same = {" ".join(each.split()).casefold(): each for each in names}
    found = same.get(" ".join(str(given).split()).casefold())
    if found is None:
        raise HintError(f"{what}: no {given!r}; there are: {', '.join(names)}")
    return found


def entries(given: Any, keys: Collection[str]) -> dict[str, Any]:
    """Read a dictionary: the reader's value for each of the keys, in their order.

    Raises:
        NotAttemptedError: if a value is the stub's; it names those that are open.
    """
    if isinstance(given, pd.Series):
        given = given.to_dict()
    require(
        isinstance(given, Mapping),
        f"expected a dictionary with the keys {list(keys)}, got {kind(given)}",
    )
    found = {str(key).strip(): value for key, value in given.items()}
    require(set(found) == set(keys), f"expected the keys {list(keys)}, got {list(given)}")
    unfilled = [key for key in keys if found[key] is ... or found[key] is None]
    if unfilled:
        rest = f"Still open: {', '.join(unfilled)}"
        raise NotAttemptedError("" if len(unfilled) == len(keys) else rest)
    return {key: found[key] for key in keys}


def choose(given: Any, right: Mapping[str, tuple[Any, str]], names: Sequence[Any]) -> None:
    """Demand the right one of some names, or of True and False, for each key.

    Args:
        given: the reader's dictionary, as :func:`entries` reads it.
        right: for each key, its name, and the hint for any other.
        names: those to choose from, in the order in which a hint lists them.
    """
    read = {
        key: truth(value, key) if True in names else name(value, names, key)
        for key, value in entries(given, right).items()
    }
    for key, (wanted, hint) in right.items():
        require(read[key] == wanted, f"{key}: {hint}")


def two(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart, at least three."""
    for digits in range(3, 17):
        texts = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def difference(given: Any, right: Any, close: float = CLOSE) -> str:
    """Return in words how numbers differ from the right ones of the same shape, "" if they agree.

    A number may be off by the share ``close`` of the largest right one.
    """
    one = array(given)
    other = np.broadcast_to(array(right), one.shape)

    def same(a: np.ndarray, b: np.ndarray) -> bool:
        return a.shape == b.shape and bool(
            (np.abs(a - b) <= HARDLY + close * np.abs(other).max(initial=0)).all()
        )

    if same(one, other):
        return ""
    if one.size == 1:
        return "{} instead of {}".format(*two(one.item(), other.item()))
    if same(one, np.zeros_like(one)):
        return "all numbers are 0"
    length = np.square(other).sum()
    times = (one * other).sum() / length if length else 0.0
    if times and same(one, times * other):
        return f"each number is {two(times, 1)[0]} times what it should be"
    if same(one, other + (one - other).mean()):
        way = "large" if one.mean() > other.mean() else "small"
        return f"each number is {abs((one - other).mean()):.3g} too {way}"
    if one.ndim > 1 and same(one.swapaxes(-1, -2), other):
        return "rows and columns are exchanged"
    if same(np.sort(one.ravel()), np.sort(other.ravel())):
        return "the numbers are right, and stand in another order"
    gap = np.abs(one - other)
    place = np.unravel_index(gap.argmax(), gap.shape)
    differ = int((gap > HARDLY + close * np.abs(other).max()).sum())
    at = ", ".join(map(str, place))
    return "{} of {} numbers differ, most that at [{}]: {} instead of {}".format(
        differ, one.size, at, *two(float(one[place]), float(other[place]))
    )


def match(
    given: Any,
    right: Any,
    what: str = "",
    slips: Mapping[str, Any] | None = None,
    close: float = CLOSE,
) -> None:
    """Demand the right numbers.

    Args:
        given: the reader's numbers.
        right: the right ones.
        what: the place in the answer, or the case, for the hint.
        slips: hints, each with the numbers that this wrong idea gives.
        close: by which share of the largest right one a number may be off.
    """
    wanted = array(right)
    found = array(given, wanted.shape, what)
    differs = difference(found, wanted, close)
    if not differs:
        return
    for hint, wrong in (slips or {}).items():
        require(difference(found, wrong, close) != "", hint)
    raise HintError(f"{what}: {differs}" if what else differs)


def match_loss(
    answer: Callable[..., Any],
    arguments: Sequence[Any],
    right: Callable[..., Tensor],
    what: str,
    slips: Mapping[str, Callable[..., Tensor]] | None = None,
) -> None:
    """Demand the right loss, and its gradient.

    Args:
        answer: the reader's function.
        arguments: it is given copies of; gradients are taken by those tensors that want one.
        right: the right function.
        what: the case, for the hint.
        slips: hints, each with the function that this wrong idea gives.
    """
    handed = copied(list(arguments))
    wanted = right(*handed)
    steps = torch.autograd.grad(wanted, _leaves(handed))
    wrong = {hint: slip(*copied(list(arguments))) for hint, slip in (slips or {}).items()}
    given, theirs = attempt_with(answer, *arguments)
    match(given, wanted, what, wrong)
    flows = isinstance(given, Tensor) and given.requires_grad
    require(flows, "the number is right, but no gradient flows: stay with torch's functions")
    found = torch.autograd.grad(given.sum(), _leaves(theirs), allow_unused=True)
    agree = all(f is not None and not difference(f, s) for f, s in zip(found, steps, strict=True))
    require(agree, f"{what}: the number is right, but its gradient is not: is a part detached?")


def _leaves(arguments: Iterable[Any]) -> list[Tensor]:
    flat = (e for a in arguments for e in (a if isinstance(a, list | tuple) else [a]))
    return [each for each in flat if isinstance(each, Tensor) and each.requires_grad]


def drawn_at_random(order: np.ndarray) -> None:
    """Refuse an order of places that keeps a third of them, or that steps on alike that often.

    Of orders of 30 places drawn at random, less than one in a hundred thousand is refused.
    """
    places = len(order)
    stay = int((order == np.arange(places)).sum())
    require(stay <= places / 3, f"{stay} of {places} stay where they were")
    steps = np.bincount((np.roll(order, -1) - order) % places, minlength=places)
    require(
        steps.max() <= places / 3,
        f"the order has a pattern: from one row to the next it goes {int(steps.argmax())} places "
        f"on, {int(steps.max())} times in {places}, as if all had been moved alike. Draw a "
        "permutation",
    )
