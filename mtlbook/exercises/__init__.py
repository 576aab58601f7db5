"""What a reader is asked, and how the answer is checked."""

from typing import Any

from mtlbook.exercises import (
    chapter01,
    chapter02,
    chapter03,
    chapter04,
    chapter05,
    chapter06,
    chapter07,
    chapter08,
    chapter09,
    chapter10,
    chapter11,
    chapter12,
    chapter13,
)
from mtlbook.exercises.base import Check, Status, Verdict, judge

CHECKS: dict[str, Check] = {
    **chapter01.CHECKS,
    **chapter02.CHECKS,
    **chapter03.CHECKS,
    **chapter04.CHECKS,
    **chapter05.CHECKS,
    **chapter06.CHECKS,
    **chapter07.CHECKS,
    **chapter08.CHECKS,
    **chapter09.CHECKS,
    **chapter10.CHECKS,
    **chapter11.CHECKS,
    **chapter12.CHECKS,
    **chapter13.CHECKS,
}
"""The check of every exercise, by its number."""


def verdict(number: str, answer: Any) -> Verdict:
    """Return what there is to say about an answer.

    Raises:
        KeyError: if there is no such exercise; the message lists those there are.
    """
    if number not in CHECKS:
        raise KeyError(f"no exercise {number!r}; there are: {', '.join(CHECKS)}")
    return judge(CHECKS[number], answer)


def check(number: str, answer: Any) -> None:
    """Print whether an answer is right, with a hint if it is not."""
    result = verdict(number, answer)
    tail = f". {result.message}" if result.message else "."
    print(f"Exercise {number}: {result.status}{tail}")


__all__ = ["CHECKS", "Status", "Verdict", "check", "verdict"]
