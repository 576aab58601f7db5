"""What a reader is asked, and how the answer is checked."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from mtlbook.exercises.base import Check, Status, Verdict, judge


def chapters() -> list[str]:
    """Return the numbers of the chapters that have exercises, in two digits."""
    names = sorted(module.name for module in iter_modules(__path__))
    return [name.removeprefix("chapter") for name in names if name.startswith("chapter")]


def checks(chapter: str) -> dict[str, Check]:
    """Return the checks of one chapter by their numbers; of no other is anything imported.

    A check is a function whose docstring begins ``Exercise N.M:``.
    """
    module = import_module(f"mtlbook.exercises.chapter{chapter}")
    functions = [member for member in vars(module).values() if callable(member)]
    named = [(re.match(r"Exercise (\d+\.\d+):", f.__doc__ or ""), f) for f in functions]
    return {number[1]: function for number, function in named if number}


def verdict(number: str, answer: Any) -> Verdict:
    """Return what there is to say about an answer.

    Raises:
        KeyError: if there is no such exercise; the message lists the chapter's.
    """
    chapter = number.partition(".")[0].zfill(2)
    found = checks(chapter) if chapter in chapters() else {}
    if number not in found:
        there = ", ".join(found) or f"those of the chapters {', '.join(chapters())}"
        raise KeyError(
            f"no exercise {number!r} in this version of mtlbook; there are: {there}. If the page "
            "has one, the package is older: run the setup cell again and restart the kernel"
        )
    return judge(found[number], answer)


def check(number: str, answer: Any) -> None:
    """Print whether an answer is right, with a hint if it is not."""
    result = verdict(number, answer)
    tail = f". {result.message}" if result.message else "."
    print(f"Exercise {number}: {result.status}{tail}")


__all__ = ["Status", "Verdict", "chapters", "check", "checks", "verdict"]
