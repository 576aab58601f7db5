"""Corpora in JSON: a file is checked piece by piece, and a fault is named with its place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T", dict, list, str, int)  # type: ignore[type-arg]
NAMES = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}


@dataclass(frozen=True)
class Place:
    """A place in a file: its path, and the way to it in words, such as *article 3, paragraph 1*."""

    path: Path
    where: str = ""

    def at(self, where: str) -> Place:
        """Return a place inside this one."""
        return Place(self.path, f"{self.where}, {where}" if self.where else where)

    def refuse(self, problem: str) -> ValueError:
        """Return the error for something wrong here."""
        return ValueError(f"{self.path}, {self.where or 'the whole file'}: {problem}")

    def field(self, holder: dict[str, Any], name: str, kind: type[T]) -> T:
        """Return a field of an object, which must be there and of the right kind.

        Raises:
            ValueError: if it is not.
        """
        if name not in holder:
            raise self.refuse(f"expected a field {name!r}, found {sorted(holder)}")
        return self.at(name).expect(holder[name], kind)

    def expect(self, value: Any, kind: type[T]) -> T:
        """Return a value that must be of a kind; a text must hold more than blanks.

        Raises:
            ValueError: if it is not.
        """
        if type(value) is not kind:  # True is no whole number
            raise self.refuse(f"expected {NAMES[kind]}, found {_short(value)}")
        if isinstance(value, str):
            if not value.strip():
                raise self.refuse("expected a text with words, found an empty one")
            if any("\ud800" <= mark <= "\udfff" for mark in value):
                raise self.refuse("expected characters, found half of a surrogate pair")
        return value

    def texts(self, holder: dict[str, Any], name: str) -> tuple[str, ...]:
        """Return a field that is a list of texts, without repetitions.

        Raises:
            ValueError: if it is not.
        """
        here = self.at(name)
        values = self.field(holder, name, list)
        return tuple(dict.fromkeys(here.expect(value, str) for value in values))


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds one object.

    Raises:
        ValueError: with file and line, if it is not UTF-8, not JSON, or names a field twice.
    """
    place = Place(path)
    try:
        text = path.read_bytes().decode("utf8")
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_constant)
    except UnicodeDecodeError as error:
        raise place.at(f"byte {error.start}").refuse("expected UTF-8; save the file so") from None
    except json.JSONDecodeError as error:
        raise place.at(f"line {error.lineno}, column {error.colno}").refuse(
            f"expected JSON ({error.msg}); is the file complete?"
        ) from None
    except RecursionError:
        raise place.refuse("expected a few levels of lists and objects, found far more") from None
    except ValueError as error:
        raise place.refuse(str(error)) from None
    return place.expect(value, dict)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f"expected each field of an object once, found {twice!r} twice")
    return found


def _constant(name: str) -> None:
    raise ValueError(f"expected numbers, found {name}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
