"""What is wrong with a file: all of it counted, the first five named, or left out on request."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMED = 5
COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstandard",
}
"""How a compressed file begins."""


class Faults:
    """Collects the faults of a file, part by part; a part with a fault is not read.

    Args:
        path: the file.
        parts: what may be left out, such as ``sentences``.
        strict: whether a fault refuses the file; else its part is left out with a warning.
    """

    def __init__(self, path: Path, parts: str, strict: bool) -> None:
        self.path, self.parts, self.strict = path, parts, strict
        self.found: list[str] = []

    @contextmanager
    def part(self) -> Iterator[None]:
        """Read one part: a ``ValueError`` in here is a fault of it."""
        try:
            yield
        except ValueError as error:
            self.found.append(str(error))

    def report(self, read: int) -> None:
        """Say what was found, once the file is read to its end.

        Args:
            read: how many parts were read without a fault.

        Raises:
            ValueError: if there are faults and the reading is strict, or if nothing is left.
        """
        if not self.found:
            return
        number = len(self.found)
        told = "\n".join(self.found[:NAMED])
        first = f" (the first {NAMED} are named)" if number > NAMED else ""
        told += f"\n{number} of {number + read} {self.parts} are malformed{first}"
        if self.strict or not read:
            raise ValueError(f"{told}; strict=False leaves them out" if read else told)
        warnings.warn(f"{told} and were left out of {self.path}", stacklevel=3)


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a text file in UTF-8.

    Raises:
        ValueError: with file and line, if it is compressed or not UTF-8.
    """
    raw = Path(path).read_bytes()
    problem = ""
    for start, kind in COMPRESSED.items():
        if raw.startswith(start):
            problem = f"expected text, found a compressed file ({kind}); unpack it first"
    if raw.startswith(b"\xef\xbb\xbf"):
        problem = "expected UTF-8 without a byte order mark; save the file so"
    if problem:
        raise ValueError(f"{path}, line 1: {problem}")
    try:
        return raw.decode("utf8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(f"{path}, line {line}: expected UTF-8; save the file so") from None
