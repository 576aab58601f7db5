"""Units of work, measured in this process, in local processes or on a Dask cluster."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from mtlbook.runs.base import Cell, Config, Experiment, Measure, cell
from mtlbook.runs.code import origin_of
from mtlbook.runs.store import Block

BACKENDS = ("local", "dask")
PATIENCE = 30
"""Seconds to wait for a scheduler, and for its first worker."""


@dataclass(frozen=True)
class Unit:
    """A configuration and the seeds to measure it on at once."""

    config: Config
    seeds: Sequence[int]


def units(experiment: Experiment, seeds: Collection[int], done: Collection[Cell]) -> list[Unit]:
    """Return what is to do: the cells on these seeds that are not done, block by block."""
    size = experiment.block or len(experiment.seeds)
    blocks = [experiment.seeds[i : i + size] for i in range(0, len(experiment.seeds), size)]
    todo = []
    for config in experiment.configs:
        for block in blocks:
            left = [s for s in block if s in seeds and cell(config, s) not in done]
            if left:
                todo.append(Unit(config, left))
    return todo


def measure_unit(measure: Measure, columns: Sequence[str], unit: Unit) -> Block:
    """Measure a unit in one thread and say where that was.

    Raises:
        ValueError: if the scores are not ``(S,)``, or ``(S, K)`` for K columns.
    """
    from mtlbook.seeding import one_thread  # here: who loads recorded runs need not wait for torch

    one_thread()
    origin = origin_of(measure.__module__)  # before measuring: of the code that was loaded
    start = time.perf_counter()
    scores = np.asarray(measure(unit.config, unit.seeds), dtype=float)
    seconds = time.perf_counter() - start
    table = scores[:, None] if scores.ndim == 1 else scores
    if table.shape != (len(unit.seeds), len(columns)):
        raise ValueError(
            f"{unit.config}: scores of shape {scores.shape} for {len(unit.seeds)} seeds "
            f"and the columns {', '.join(columns)}"
        )
    return Block(
        config=unit.config,
        seeds=unit.seeds,
        scores={name: _plain(table[:, k]) for k, name in enumerate(columns)},
        seconds=round(seconds, 2),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        origin=origin,
    )


def spread(
    experiment: Experiment,
    units: Sequence[Unit],
    jobs: int = 1,
    backend: str = "local",
    scheduler: str | None = None,
) -> Generator[Block, None, None]:
    """Measure the units and yield each as soon as it is finished, in any order.

    Args:
        experiment: whose units they are.
        units: what is to be measured.
        jobs: the number of local processes; one job starts none.
        backend: ``"local"``, or ``"dask"`` for a Dask cluster.
        scheduler: address of the cluster's scheduler; without it, ``dask`` starts a cluster of
            ``jobs`` workers on this machine.

    Raises:
        ImportError: if Dask is wanted and not installed.
        OSError: if the scheduler cannot be reached or has no worker.
        ValueError: if a worker has other code than this process, or several threads.
    """
    if backend == "dask":
        with _dask(experiment, jobs, scheduler):
            yield from _parallel(experiment, units, pre_dispatch="all")
    elif jobs > 1:
        yield from _parallel(experiment, units, n_jobs=jobs)
    else:
        for unit in units:
            yield measure_unit(experiment.measure, experiment.columns, unit)


def _parallel(experiment: Experiment, units: Sequence[Unit], **options: Any) -> Iterator[Block]:
    from joblib import Parallel, delayed  # here: who only loads recorded runs need not wait for it

    task = delayed(measure_unit)
    # A batch of one, so that each unit is written when it is finished.
    parallel = Parallel(return_as="generator_unordered", batch_size=1, **options)
    yield from parallel(task(experiment.measure, experiment.columns, unit) for unit in units)


@contextmanager
def _dask(experiment: Experiment, jobs: int, scheduler: str | None) -> Iterator[None]:
    """Make a cluster the place where joblib's tasks run."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise ImportError("a Dask cluster needs more: pip install 'mtlbook[cluster]'") from error
    from joblib import parallel_config

    with ExitStack() as stack:
        cluster = scheduler or stack.enter_context(
            LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=":0")
        )
        client = stack.enter_context(Client(cluster, timeout=PATIENCE))
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise TimeoutError(
                f"no worker has joined {scheduler}: start one, see dask worker"
            ) from error
        _examine(client, experiment.measure.__module__)
        stack.enter_context(parallel_config(backend=_dask_backend(client)))
        yield


def _dask_backend(client: Any) -> Any:
    """Return joblib's backend for Dask, which hears of a task that failed.

    joblib 1.5 and 1.6 wait for ever for a task that Dask itself has given up, such as one that
    killed several workers in turn.
    """
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):  # type: ignore[misc]
        def submit(self, func: Any, callback: Any = None) -> Any:
            future = super().submit(func, callback)
            future.add_done_callback(lambda done: done.exception() and callback(done.exception()))
            return future

    return Backend(client=client)


def _examine(client: Any, module: str) -> None:
    """See that scheduler and workers have our code, and each worker a single thread.

    Where the module is missing, joblib would wait for ever.

    Raises:
        ValueError: if one of them does not; the message says which.
    """
    ours = origin_of(module)["code"]
    origins = {"the scheduler": _at_scheduler(client, module)}
    found = client.run(origin_of, module, on_error="return")
    origins |= {f"the worker {name}": origin for name, origin in found.items()}
    for who, origin in origins.items():
        if isinstance(origin, Exception):
            raise ValueError(f"{who}: {origin}; install the same mtlbook there")
        check_code(origin["code"], ours, who)
    for name, threads in client.nthreads().items():
        if threads > 1:
            raise ValueError(
                f"the worker {name} has {threads} threads, which would share one random state: "
                "start workers with --nthreads 1"
            )


def _at_scheduler(client: Any, module: str) -> Any:
    try:
        return client.run_on_scheduler(origin_of, module)
    except Exception as error:  # whatever went wrong there
        return error


def check_code(code: str, ours: str, who: str) -> None:
    """Refuse what other code measures.

    Raises:
        ValueError: if the hashes differ; the message says whose and the remedy.
    """
    if code != ours:
        raise ValueError(
            f"{who} has other code ({code}) than this process ({ours}): "
            "install the same mtlbook there"
        )


def _plain(scores: np.ndarray) -> list[float | None]:
    return [round(float(score), 6) if np.isfinite(score) else None for score in scores]
