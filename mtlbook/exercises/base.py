"""An exercise answers back: not attempted, not yet (with a hint), or right."""

from __future__ import annotations

import dis
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, is_dataclass
from enum import StrEnum
from inspect import signature
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

Check = Callable[[Any], str]
NOTHING_DONE = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
"""What the bytecode of a function consists of whose body is ``...``."""


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
    """There is nothing to check: the stub, or a part of it, is still there."""


class HintError(Exception):
    """The answer is wrong; the message says what differs."""


def judge(check: Check, answer: Any) -> Verdict:
    """Apply a check to an answer and catch whatever the answer does."""
    if answer is ... or answer is None:
        return Verdict(Status.NOT_ATTEMPTED, "")
    try:
        return Verdict(Status.RIGHT, check(answer))
    except NotAttemptedError as unfilled:
        return Verdict(Status.NOT_ATTEMPTED, str(unfilled))
    except HintError as hint:
        return Verdict(Status.NOT_YET, str(hint))
    except Exception as error:  # the reader's objects may raise anything
        return Verdict(Status.NOT_YET, _stops(error))


def require(condition: bool | np.bool_, hint: str) -> None:
    """Give the hint unless the condition holds.

    Raises:
        HintError: with the hint.
    """
    if not condition:
        raise HintError(hint)


def attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the reader's function with copies of the arguments; see :func:`attempt_with`."""
    return attempt_with(function, *arguments)[0]


def attempt_with(function: Callable[..., Any], *arguments: Any) -> tuple[Any, tuple[Any, ...]]:
    """Call the reader's function with copies of the arguments, by position.

    Where it mixes single with double precision and stops for that, it is called once more with
    everything in single precision. What it prints is shown.

    Returns:
        Its result, and the copies as it has left them; a list still has all its elements.

    Raises:
        NotAttemptedError: if it is the stub.
        HintError: if it is no function, takes other arguments, stops, or returns nothing.
    """
    require(callable(function), "expected a function: give its name, without brackets behind it")
    _takes(function, arguments)
    printed = StringIO()
    for single in (False, True):
        handed = tuple(copied(argument, single) for argument in arguments)
        kept = tuple(list(each) if isinstance(each, list) else each for each in handed)
        try:
            with redirect_stdout(printed):
                result = function(*handed)
            break
        except Exception as error:  # the reader's code may raise anything
            if single or not _mixes_precisions(error):
                raise HintError(_stops(error)) from error
        finally:
            sys.stdout.write(printed.getvalue())
    if result is ... or (result is None and _is_stub(function)):
        raise NotAttemptedError
    require(
        result is not None,
        "it prints, and returns nothing: end it with `return`"
        if printed.getvalue()
        else "it returns nothing: end it with `return`",
    )
    return result, kept


def copied(value: Any, single: bool = False) -> Any:
    """Return a copy that may be overwritten; what cannot be changed is returned as it is.

    With ``single``, real numbers of arrays, tensors and networks are in single precision.
    """
    if isinstance(value, Tensor):
        fresh = value.detach().clone()
        fresh = fresh.float() if single and fresh.is_floating_point() else fresh
        return fresh.requires_grad_(value.requires_grad)
    if isinstance(value, np.ndarray):
        return value.astype(np.float32) if single and value.dtype == float else value.copy()
    if isinstance(value, list | tuple):
        return type(value)(copied(each, single) for each in value)
    if isinstance(value, str | int | float) or (is_dataclass(value) and value.__hash__):
        return value
    fresh = deepcopy(value)
    return fresh.float() if single and isinstance(fresh, nn.Module) else fresh


def _takes(function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        wanted = signature(function)
    except ValueError:  # some functions written in C have none
        return
    try:
        wanted.bind(*arguments)
    except TypeError as error:
        number = f"{len(arguments)} argument{'s' if len(arguments) != 1 else ''}"
        raise HintError(f"the check gives {number} by position; yours takes {wanted}") from error


def _mixes_precisions(error: Exception) -> bool:
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("dtype" in text or "double" in text)


def _is_stub(function: Callable[..., Any]) -> bool:
    code = getattr(function, "__code__", None)
    return code is not None and {i.opname for i in dis.get_instructions(code)} <= NOTHING_DONE


def _stops(error: Exception) -> str:
    """Say with what the reader's code stops, and where."""
    package, others = str(Path(__file__).parents[1]), ("site-packages", "dist-packages")
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if not any(p in f.filename for p in (package, *others))]
    line = theirs[-1].line if theirs else ""
    return f"it stops with {type(error).__name__}: {error}" + (f"; at `{line}`" if line else "")
