"""One run at a time into one file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a result file for this process.

    The operating system frees the lock when the process ends, however it ends. The file
    ``<name>.lock`` may then be left; by itself it stops nobody.

    Raises:
        BlockingIOError: if another run holds the file; the message names it.
    """
    guard = path.with_suffix(".lock")
    descriptor = _open(guard, path)
    try:
        yield
    finally:
        with suppress(PermissionError):  # Windows removes no open file
            guard.unlink(missing_ok=True)
        os.close(descriptor)


def _open(guard: Path, path: Path) -> int:
    while True:
        descriptor = os.open(guard, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _take(descriptor)
        except OSError as error:
            os.close(descriptor)
            if not isinstance(error, BlockingIOError | PermissionError):
                raise
            raise BlockingIOError(
                f"another run is writing {path}: wait for it, or stop it and carry on here"
            ) from error
        # The run before us removes its lock: what we hold must still be the file of that name.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), guard.stat()):
                return descriptor
        os.close(descriptor)
