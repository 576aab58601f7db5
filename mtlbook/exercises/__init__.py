"""What a reader is asked, and how the answer is checked."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from mtlbook.exercises.base import Check, Status, Verdict, judge


def chapters() -> list[str]:
    """Return the numbers of the chapters that have exercises, in two digits."""
    names = sorted(module.name for module in iter_modules(__path__))
    return [name.removeprefix("chapter") for name in names if name.startswith("chapter")]


def checks(chapter: str) -> dict[str, Check]:
    """Return the checks of one chapter by their numbers; of no other is anything imported."""
    found: dict[str, Check] = import_module(f"mtlbook.exercises.chapter{chapter}").CHECKS
    return found


def verdict(number: str, answer: Any) -> Verdict:
    """Return what there is to say about an answer.

    Raises:
        KeyError: if there is no such exercise; the message lists those there are.
    """
    chapter = number.partition(".")[0].zfill(2)
    found = checks(chapter) if chapter in chapters() else {}
    if number not in found:
        there = [name for chapter in chapters() for name in checks(chapter)]
        raise KeyError(f"no exercise {number!r}; there are: {', '.join(there)}")
    return judge(found[number], answer)


def check(number: str, answer: Any) -> None:
    """Print whether an answer is right, with a hint if it is not."""
    result = verdict(number, answer)
    tail = f". {result.message}" if result.message else "."
    print(f"Exercise {number}: {result.status}{tail}")


__all__ = ["Status", "Verdict", "chapters", "check", "checks", "verdict"]
