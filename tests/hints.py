"""What the tests of the exercises have in common."""

from typing import Any

from mtlbook.exercises import Status, verdict


def assert_hint(number: str, answer: Any, word: str) -> None:
    """The answer is not right yet, and the hint has the telling word."""
    result = verdict(number, answer)
    assert result.status == Status.NOT_YET
    assert word in result.message
