"""Run an experiment: measure what is missing, and write each block when it is finished."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from mtlbook.runs.base import Experiment, experiments, find
from mtlbook.runs.code import origin_of
from mtlbook.runs.spread import BACKENDS, Unit, check_code, spread, units
from mtlbook.runs.store import RESULTS, Block, Record, parse_seeds, read, write, write_seeds
from mtlbook.runs.tuning import grown

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


def run(
    name: str,
    folder: Path = RESULTS,
    *,
    seeds: str | None = None,
    jobs: int = 1,
    backend: str = "local",
    scheduler: str | None = None,
) -> Path:
    """Measure every cell of an experiment that is not in its result file yet.

    A tuning goes on where its lists of values have to grow: see :func:`mtlbook.runs.grown`.

    The file is replaced after every block, so a run that is stopped loses at most the blocks it
    was at, and the same command carries on. It holds the blocks in the order of the grid,
    whatever the order in which they were finished.

    Args:
        name: the experiment.
        folder: where the result file lies.
        seeds: measure on these only, ``"0-9,12"``; others that are recorded are kept.
        jobs: the number of local processes, or of workers of a local Dask cluster.
        backend: ``"local"`` or ``"dask"``.
        scheduler: the address of a Dask scheduler; its workers do the work.

    Returns:
        The result file, ``<folder>/<name>.json``.

    Raises:
        KeyError: if there is no such experiment.
        ValueError: if the file there is damaged, or was measured on other data, for another
            experiment, or by other code that today's was not seen to agree with; if the
            experiment has no such seeds; if jobs, backend and scheduler make no sense.
        ImportError: if Dask is wanted and not installed.
        OSError: if another run is writing the file, or the cluster cannot be reached.
    """
    experiment = find(name)
    wanted = _wanted(experiment, seeds)
    if jobs < 1 or backend not in BACKENDS or (scheduler and backend != "dask"):
        raise ValueError("jobs are at least 1; the backend is local or dask; a scheduler is dask's")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    with locked(path):
        experiment, record = _resume(path, experiment)
        ours = origin_of(experiment.measure.__module__)["code"]
        todo = units(experiment, wanted, record.cells)
        left, total = _count(todo), len(experiment.configs) * len(wanted)
        with tqdm(desc=name, unit="cell", initial=total - left, total=total) as bar:
            while todo:
                place = _order(experiment)
                with closing(spread(experiment, todo, jobs, backend, scheduler)) as finished:
                    for block in finished:
                        check_code(block.origin["code"], ours, "a worker")
                        blocks = sorted([*record.blocks, block], key=place)
                        record = replace(record, header=experiment.header, blocks=blocks)
                        write(path, record)
                        bar.update(len(block.seeds))
                experiment = grown(experiment, record)
                todo = units(experiment, wanted, record.cells)
                bar.total += _count(todo)
    return path


def _count(units: Iterable[Unit]) -> int:
    return sum(len(unit.seeds) for unit in units)


def _wanted(experiment: Experiment, seeds: str | None) -> list[int]:
    if seeds is None:
        return list(experiment.seeds)
    wanted = parse_seeds(seeds)
    if not set(wanted) <= set(experiment.seeds):
        raise ValueError(f"the seeds of {experiment.name} are {write_seeds(experiment.seeds)}")
    return wanted


def _resume(path: Path, experiment: Experiment) -> tuple[Experiment, Record]:
    """Return the experiment with the grid that its record asks for, and the record."""
    if not path.exists():
        return experiment, Record(experiment.header, [])
    record = read(path)
    if changed := unlike(record, experiment):
        raise ValueError(
            f"{path} was measured with other {' and '.join(changed)}: "
            "move it away to measure everything again"
        )
    code = origin_of(experiment.measure.__module__)["code"]
    agreed = {entry["code"] for entry in record.verified}
    if any(block.origin["code"] != code for block in record.blocks) and code not in agreed:
        raise ValueError(
            f"{path} was measured with other code: see whether today's agrees with it, with "
            f"python -m mtlbook verify {path.stem}, or move it away to measure everything again"
        )
    experiment = grown(experiment, record)
    renewed = replace(record, header=experiment.header)
    if (
        renewed.header != record.header
    ):  # the words of the question or the score, the size of the grid
        write(path, renewed)
    return experiment, renewed


def unlike(record: Record, experiment: Experiment) -> list[str]:
    """Return in what a record belongs to another experiment: name, data or columns."""
    changed = [key for key in ("name", "data") if record.header[key] != getattr(experiment, key)]
    other = any(list(block.scores) != list(experiment.columns) for block in record.blocks)
    return changed + ["columns"] * other


def _order(experiment: Experiment) -> Callable[[Block], int]:
    """Return a key that sorts blocks as the grid does; what it has no more comes last."""
    cells = experiment.cells
    place = {found: number for number, found in enumerate(cells)}
    return lambda block: place.get(block.cells[0], len(cells))


def summary(names: Iterable[str] | None = None, folder: Path = RESULTS) -> str:
    """Return a line per experiment: its name, how many cells are recorded, its question."""
    lines = []
    for experiment in map(find, experiments() if names is None else names):
        path = folder / f"{experiment.name}.json"
        recorded = read(path).cells if path.exists() else set()
        try:
            count = f"{len(recorded & set(experiment.cells)):>5}/{experiment.header['grid']}"
        except FileNotFoundError:  # of the tuning that decides what its cells are
            count = f"{len(recorded):>5}/?"
        lines.append(f"{experiment.name:<16} {count} cells  {experiment.question}")
    return "\n".join(lines)
