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
        named = "\n".join(self.found[:NAMED])
        if number > 1:
            count = f"{self.path}: {number} of {number + read} {self.parts} are malformed"
            named = f"{count}, {'the first' if number > NAMED else 'namely'}:\n{named}"
        if self.strict or not read:
            advice = f"\nWith strict=False these {self.parts} are left out." if read else ""
            raise ValueError(named + advice)
        warnings.warn(f"left out: {named}", stacklevel=3)


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a text file in UTF-8.

    Raises:
        ValueError: with file and line, if it is compressed or not UTF-8.
    """
    raw = Path(path).read_bytes()
    for start, kind in COMPRESSED.items():
        if raw.startswith(start):
            raise ValueError(f"{path}: it is compressed ({kind}); unpack it and read what is inside")
    try:
        return raw.decode("utf8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{path}, line {line}: expected UTF-8, found bytes that are not; save the file so"
        ) from None
