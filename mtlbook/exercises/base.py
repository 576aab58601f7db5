"""An exercise answers back: not attempted, not yet (with a hint), or right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from torch import Tensor

Check = Callable[[Any], str]


class Status(StrEnum):
    """What became of an answer."""

    NOT_ATTEMPTED = "not attempted yet"
    NOT_YET = "not yet"
    RIGHT = "right"


@dataclass(frozen=True)
class Verdict:
    """An answer's status and what to tell the reader."""

    status: Status
    message: str


class NotAttemptedError(Exception):
    """There is nothing to check: the stub is still there."""


class HintError(Exception):
    """The answer is wrong; the message says what differs."""


def judge(check: Check, answer: Any) -> Verdict:
    """Apply a check to an answer and catch whatever the answer does."""
    if answer is ...:
        return Verdict(Status.NOT_ATTEMPTED, "")
    try:
        return Verdict(Status.RIGHT, check(answer))
    except NotAttemptedError:
        return Verdict(Status.NOT_ATTEMPTED, "")
    except HintError as hint:
        return Verdict(Status.NOT_YET, str(hint))
    except Exception as error:  # the reader's code may raise anything
        return Verdict(Status.NOT_YET, f"it stops with {type(error).__name__}: {error}")


def attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the reader's function.

    Raises:
        NotAttemptedError: if it returns nothing, as the stub does.
        HintError: if it is not a function.
    """
    if not callable(function):
        raise HintError("expected a function")
    result = function(*arguments)
    if result is None or result is ...:
        raise NotAttemptedError
    return result


def require(condition: bool, hint: str) -> None:
    """Give the hint unless the condition holds.

    Raises:
        HintError: with the hint.
    """
    if not condition:
        raise HintError(hint)


def filled(answer: dict[str, Any], keys: Collection[str]) -> None:
    """Demand a value for each of the keys.

    Raises:
        NotAttemptedError: if a value is the stub's.
        HintError: if there are other keys.
    """
    if any(value is ... for value in answer.values()):
        raise NotAttemptedError
    require(set(answer) == set(keys), f"expected the keys {list(keys)}, got {list(answer)}")


def choose_names(
    answer: dict[str, Any], right: Mapping[str, tuple[Any, str]], names: Collection[Any]
) -> None:
    """Demand the right one of some names, or of True and False, for each key.

    Args:
        answer: the reader's name for each key.
        right: for each key, its name, and the hint for any other.
        names: those to choose from, in the order in which a hint lists them.

    Raises:
        NotAttemptedError: if a value is the stub's.
        HintError: if a key, or a name, is another.
    """
    filled(answer, right)
    for key, given in answer.items():
        require(given in names, f"{key}: no {given!r}; there are: {', '.join(map(str, names))}")
    for key, (name, hint) in right.items():
        require(answer[key] == name, f"{key}: {hint}")


def tensor_of(given: Any, shape: tuple[int, ...]) -> Tensor:
    """Return the reader's tensor in double precision, without its graph.

    Raises:
        HintError: if it is no tensor, or has another shape.
    """
    require(isinstance(given, Tensor), "expected a tensor of torch")
    require(tuple(given.shape) == shape, f"expected the shape {shape}, got {tuple(given.shape)}")
    tensor: Tensor = given.detach().double()
    return tensor
