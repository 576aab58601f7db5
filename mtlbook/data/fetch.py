"""Files of real corpora: found in the cache or downloaded, verified, and read as JSON."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

from mtlbook.data.faults import NAMED, read_text
from mtlbook.data.reading import Passage, passage

AT_ONCE = 8
RETRIES = 2
TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Source:
    """Where a corpus comes from, and what it must be.

    Attributes:
        folder: its folder in the cache.
        base_url: the address of a file is this, a slash and its name.
        sha256: for each file its SHA-256, in hexadecimal.
    """

    folder: str
    base_url: str
    sha256: Mapping[str, str]


def read_registry(name: str) -> dict[str, str]:
    """Read a registry that comes with the package: a file name and its SHA-256 in each line."""
    text = files("mtlbook.data").joinpath(name).read_text("utf8")
    return dict(line.split() for line in text.splitlines())


def cache_folder() -> Path:
    """Return the folder of all corpora: ``MTLBOOK_DATA``, else ``mtlbook`` in the user's cache."""
    chosen = os.environ.get("MTLBOOK_DATA")
    if chosen:
        return Path(chosen).expanduser()
    import pooch  # only here and below: it brings tqdm.auto, which warns in a plain notebook

    return Path(pooch.os_cache("mtlbook"))


def fetch(source: Source, names: Sequence[str]) -> list[Path]:
    """Return the paths of files whose SHA-256 is right, downloading those that are not there.

    What is in the cache and right is not downloaded again, so a download that was stopped goes on
    where it was. A file appears under its name only when it is complete and right; one that is
    wrong is replaced, or else reported, and never used. Eight files are fetched at a time; the
    first failure stops the rest.

    Raises:
        KeyError: if the source has no file of that name.
        OSError: if a file is missing and cannot be downloaded; the message says what was wanted,
            from where, and how to place it by hand.
    """
    folder = cache_folder() / source.folder
    wanted = {name: source.sha256[name] for name in names}
    missing = [name for name in wanted if not _is_right(folder / name, wanted[name])]
    if missing:
        _download(source, folder, missing)
    return [folder / name for name in names]


def _is_right(path: Path, sha256: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _download(source: Source, folder: Path, names: Sequence[str]) -> None:
    import pooch

    keeper = pooch.create(
        path=folder,
        base_url=source.base_url,
        registry={name: f"sha256:{source.sha256[name]}" for name in names},
        retry_if_failed=RETRIES,
    )
    # Not streamed: a stream that fails would leave its connection open.
    downloader = pooch.HTTPDownloader(timeout=TIMEOUT_SECONDS, stream=False)
    pooch.get_logger().setLevel(logging.WARNING)  # it would write a line per file into the bar
    name = names[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)  # before the threads, which would race for it
        with ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = {pool.submit(keeper.fetch, name, downloader=downloader): name for name in names}
            try:
                for job in tqdm(as_completed(jobs), source.folder, len(jobs), unit="file"):
                    name = jobs[job]
                    job.result()
            finally:
                pool.shutdown(cancel_futures=True)
    except (OSError, ValueError) as error:  # those of requests are OSErrors; ValueError: SHA-256
        raise OSError(_how_to(source, folder, names, name, error)) from None


def _how_to(source: Source, folder: Path, names: Sequence[str], name: str, error: Exception) -> str:
    path = folder / name
    problem = "is not the file that was published" if path.exists() else "is not there"
    others = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
    return (
        f"{path} {problem}, and fetching it failed ({type(error).__name__}: {error}). "
        f"Files to be fetched into {folder}: {len(names)} ({others}). "
        f"To place it by hand, save {source.base_url}/{name} under that name, and so the others; "
        f"its SHA-256 must be {source.sha256[name]}. With the environment variable MTLBOOK_DATA "
        f"another folder is used: files are then looked for in its subfolder {source.folder}."
    )


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

    def passage(self, holder: dict[str, Any], name: str) -> Passage:
        """Return a field that is a text of words.

        Raises:
            ValueError: if it is not.
        """
        text = self.field(holder, name, str)
        try:
            return passage(text)
        except ValueError as error:
            raise self.at(name).refuse(str(error)) from None

    def texts(self, holder: dict[str, Any], name: str) -> tuple[str, ...]:
        """Return a field that is a list of texts, without repetitions.

        Raises:
            ValueError: if it is not.
        """
        here = self.at(name)
        values = self.field(holder, name, list)
        return tuple(dict.fromkeys(here.expect(value, str) for value in values))


def read_object(path: str | os.PathLike[str], shape: str) -> dict[str, Any]:
    """Read a JSON file that holds one object.

    Args:
        path: the file.
        shape: what the object looks like, for errors.

    Raises:
        ValueError: with file and line, if it is compressed, not UTF-8, not JSON, holds something
            else than one object, or names a field twice.
    """
    place = Place(Path(path))
    text = read_text(path)
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_constant)
    except json.JSONDecodeError as error:
        problem = f"expected JSON ({error.msg}); is the file complete?"
        if error.msg == "Extra data" and text[: error.pos].strip().endswith("}"):
            problem = f"expected one object, found several (JSON Lines?); convert them to {shape}"
        where = f"line {error.lineno}, column {error.colno}"
        raise place.at(where).refuse(problem) from None
    except RecursionError:
        raise place.refuse("expected a few levels of lists and objects, found far more") from None
    except ValueError as error:
        raise place.refuse(str(error)) from None
    if not isinstance(value, dict):
        raise place.refuse(f"expected an object, {shape}, found {_short(value)}")
    return value


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
