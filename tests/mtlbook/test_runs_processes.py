"""mtlbook.runs over processes: killed at any moment, locked, spread, and on a Dask cluster."""

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mtlbook import runs
from mtlbook.runs import code, spread
from mtlbook.runs.base import cell
from mtlbook.runs.store import read
from mtlbook.runs.sweep import locked

ROOT = Path(__file__).parents[2]
# joblib 1.5 says this of its own backend for Dask.
pytestmark = pytest.mark.filterwarnings("ignore:`apply_async` is deprecated:DeprecationWarning")

# An experiment that other processes can import. Each measurement is noted in the file LOG.
EXPERIMENT = '''
import os
import time

import numpy as np

from mtlbook.runs import Experiment, grid
from mtlbook.experiments.ch01_inductive_bias.f1f2 import f1_rmse


def quick(config, seeds):
    time.sleep(0.005)
    log = os.open(os.environ["LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, "".join(f"{config['x']} {seed}\\n" for seed in seeds).encode())
    os.close(log)
    return np.array([config["x"] + seed / 1000 for seed in seeds])


def trained(config, seeds):
    return f1_rmse(config["arm"], 0.5, 1, config["lr"], seeds)


QUICK = Experiment("quick", "Quick?", "none", "x", grid(x=range(60)), range(10), quick, {}, block=2)
TRAINED = Experiment(
    "trained", "Trained?", "F1", "RMSE",
    grid(arm=["F1 alone", "F2 as output"], lr=[0.01, 0.05]), range(8), trained, {}, block=3,
)
'''  # fmt: skip

# A parent that has imported everything once, and forks a run for each kill.
KILLER = """
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from mtlbook import runs
from mtlbook.runs import code
from trial import QUICK

runs.experiments()["quick"] = QUICK
folder, log = Path(sys.argv[1]), Path(os.environ["LOG"])
delays = random.Random(0)


def state():
    path = folder / "quick.json"
    blocks = runs.read(path).blocks if path.exists() else []
    return {
        "recorded": [[b.config["x"], s, b.scores["score"][i], b.finished]
                     for b in blocks for i, s in enumerate(b.seeds)],
        "measured": log.read_text().split("\\n")[:-1] if log.exists() else [],
        "beside": sorted(path.name for path in folder.iterdir() if path.suffix != ".json"),
    }


code.origin_of(QUICK.measure.__module__)
for number in range(20):
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        runs.run("quick", folder)
        os._exit(0)
    before = len(state()["measured"])
    while number % 2 and len(state()["measured"]) == before:
        time.sleep(0.001)  # every other kill strikes when cells are being measured
    time.sleep(delays.uniform(0, 0.06))
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print(json.dumps({"killed": os.WIFSIGNALED(status), **state()}))
runs.run("quick", folder)
print(json.dumps({"killed": False, **state()}))
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The module of experiments, importable here and in the processes started from here."""
    folder = tmp_path_factory.mktemp("trial")
    (folder / "trial.py").write_text(EXPERIMENT, "utf8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
        patch.setenv("LOG", str(folder / "log"))
        module = importlib.import_module("trial")
        patch.setitem(runs.experiments(), "quick", module.QUICK)
        patch.setitem(runs.experiments(), "trained", module.TRAINED)
        yield module
        sys.modules.pop("trial")


def measurements(path: Path) -> list[Any]:
    """What a file holds, in its order, without times."""
    return [(b.config, b.seeds, b.scores, b.origin) for b in read(path).blocks]


# Killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the runs to kill are forked")
def test_a_run_killed_twenty_times_loses_repeats_and_doubles_nothing(
    trial: ModuleType, tmp_path: Path
) -> None:
    environment = {**os.environ, "LOG": str(tmp_path / "log")}
    folder = tmp_path / "results"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLER, folder],
        env=environment, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    states = [json.loads(line) for line in done.stdout.splitlines()]
    assert [state["killed"] for state in states] == [True] * 20 + [False]
    for before, after in pairwise(states):
        kept = [entry for entry in after["recorded"] if entry in before["recorded"]]
        assert kept == before["recorded"]  # nothing lost or changed
        new = after["measured"][len(before["measured"]) :]
        recorded = {f"{x} {seed}" for x, seed, *_ in before["recorded"]}
        assert not recorded & set(new)  # nothing measured again
        lost = set(new) - {f"{x} {seed}" for x, seed, *_ in after["recorded"]}
        assert len(lost) <= 2  # a kill costs at most the block that was being measured
    last = states[-1]
    cells = [(x, seed) for x in range(60) for seed in range(10)]
    assert [(x, seed) for x, seed, *_ in last["recorded"]] == cells
    assert [value for _, _, value, _ in last["recorded"]] == [x + seed / 1000 for x, seed in cells]
    assert last["beside"] == []
    progress = [len(state["recorded"]) for state in states]
    assert len(set(progress)) > 5  # the kills fell at different places
    assert progress[-2] < 600


# Locked


def test_a_second_run_into_a_file_is_refused_until_the_first_is_dead(
    trial: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (
        "import sys, time; from pathlib import Path; from mtlbook import runs; import trial\n"
        "def slow(*_): print('measuring', flush=True); time.sleep(60)\n"
        "slow.__module__ = 'trial'\n"
        "from dataclasses import replace\n"
        "runs.experiments()['quick'] = replace(trial.QUICK, measure=slow)\n"
        "runs.run('quick', Path(sys.argv[1]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", first, tmp_path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"measuring\n"
        with pytest.raises(BlockingIOError, match=r"another run is writing .*quick\.json"):
            runs.run("quick", tmp_path)
        runs.run("trained", tmp_path, seeds="0")  # another file
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert (tmp_path / "quick.lock").exists()  # left behind, and stops nobody
    monkeypatch.setitem(
        runs.experiments(), "quick", replace(trial.QUICK, configs=trial.QUICK.configs[:2])
    )
    runs.run("quick", tmp_path)
    assert len(runs.load("quick", tmp_path)) == 20
    assert not (tmp_path / "quick.lock").exists()


def test_a_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "quick.json"
    with pytest.raises(RuntimeError), locked(path):
        raise RuntimeError
    with locked(path), pytest.raises(BlockingIOError), locked(path):
        pass
    with locked(path):
        pass


# Spread


@pytest.fixture(scope="module")
def alone(trial: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``trained`` as measured by one process."""
    return runs.run("trained", tmp_path_factory.mktemp("alone"))


def test_two_jobs_write_the_file_that_one_writes(alone: Path, tmp_path: Path) -> None:
    from joblib.externals.loky import get_reusable_executor

    path = runs.run("trained", tmp_path, jobs=2)
    get_reusable_executor().shutdown(wait=True)
    assert measurements(path) == measurements(alone)
    assert len(read(path).cells) == 32


def test_blocks_are_written_as_they_finish_and_stand_in_the_order_of_the_grid(
    alone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def backwards(experiment: Any, units: Any, *_: object) -> Iterator[Any]:
        for unit in reversed(units):
            yield spread.measure_unit(experiment.measure, experiment.columns, unit)
            seen.append(len(read(tmp_path / "trained.json").blocks))

    monkeypatch.setattr("mtlbook.runs.sweep.spread", backwards)
    path = runs.run("trained", tmp_path)
    assert seen == list(range(1, 13))
    assert measurements(path) == measurements(alone)


@pytest.mark.parametrize(
    "options",
    [{"jobs": 0}, {"backend": "cloud"}, {"scheduler": "tcp://127.0.0.1:1"}],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(
    options: dict[str, Any], trial: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="jobs are at least 1; the backend is local or dask"):
        runs.run("trained", tmp_path, **options)


def test_a_block_that_other_code_measured_is_not_written(
    trial: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(experiment: Any, units: Any, *_: object) -> Iterator[Any]:
        for number, unit in enumerate(units):
            block = spread.measure_unit(experiment.measure, experiment.columns, unit)
            yield replace(block, origin={**block.origin, "code": "other"}) if number else block

    monkeypatch.setattr("mtlbook.runs.sweep.spread", elsewhere)
    with pytest.raises(ValueError, match=r"a worker has other code \(other\) than this process"):
        runs.run("trained", tmp_path)
    assert len(read(tmp_path / "trained.json").blocks) == 1


# Dask


def test_without_dask_the_remedy_is_named(
    trial: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'mtlbook\[cluster\]'"):
        runs.run("trained", tmp_path, backend="dask")


@pytest.fixture(scope="module")
def cluster(trial: ModuleType) -> Iterator[str]:
    """The address of a Dask cluster of two workers on this machine, made as the page says."""
    pytest.importorskip("distributed", reason="needs mtlbook[cluster]")
    dask = [sys.executable, "-m", "dask"]
    address = f"tcp://127.0.0.1:{free_port()}"
    commands = [
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2],
         "--no-dashboard"],
        *[[*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]] * 2,
    ]  # fmt: skip
    # Dask's own warnings are not ours to answer for.
    started = [subprocess.Popen(c, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for c in commands]  # fmt: skip
    yield address
    for process in started:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_cluster_of_two_workers_gets_the_numbers_of_one_process(
    alone: Path, cluster: str, tmp_path: Path
) -> None:
    path = runs.run("trained", tmp_path, backend="dask", scheduler=cluster)
    assert measurements(path) == measurements(alone)


def test_a_cluster_of_this_machine_is_started_where_none_is_named(
    alone: Path, trial: ModuleType, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason="needs mtlbook[cluster]")
    path = runs.run("trained", tmp_path, jobs=2, backend="dask")
    assert measurements(path) == measurements(alone)


def test_a_worker_of_other_code_is_refused(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "code_hash", lambda module: "ours")
    code.origin_of.cache_clear()
    with pytest.raises(ValueError, match=r"the scheduler has other code \(\w+\) than .*\(ours\)"):
        runs.run("trained", tmp_path, backend="dask", scheduler=cluster)
    code.origin_of.cache_clear()
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_that_lacks_the_module_is_told_at_once(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "absent.py").write_text("def measure(config, seeds): ...\n", "utf8")
    measure = importlib.import_module("absent").measure
    monkeypatch.setitem(
        runs.experiments(), "trained", replace(runs.experiments()["trained"], measure=measure)
    )
    with pytest.raises(ValueError, match=r"the scheduler: absent has no source.*same mtlbook"):
        runs.run("trained", tmp_path / "results", backend="dask", scheduler=cluster)


class Unreadable:
    """What no worker can read: it is unpickled as ``int("none")``."""

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("none",)


def test_a_task_that_dask_gives_up_is_not_waited_for(cluster: str) -> None:
    from distributed import Client
    from joblib import Parallel, delayed, parallel_config

    with Client(cluster) as client, parallel_config(backend=spread._dask_backend(client)):
        parallel = Parallel(return_as="generator_unordered", batch_size=1, timeout=20)
        with pytest.raises(Exception, match=r"deserialization|none"):
            list(parallel([delayed(str)(Unreadable())]))


class Cluster:
    """What a client says of a cluster, without one."""

    def __init__(self, threads: int, origin: Any) -> None:
        self.threads, self.origin = threads, origin

    def run_on_scheduler(self, function: Any, module: str) -> Any:
        return function(module)

    def run(self, *_: object, on_error: str) -> dict[str, Any]:
        return {"tcp://a": self.origin}

    def nthreads(self) -> dict[str, int]:
        return {"tcp://a": self.threads}


@pytest.mark.parametrize(
    ("threads", "origin", "message"),
    [
        (2, None, "worker tcp://a has 2 threads.*--nthreads 1"),
        (1, {"code": "b"}, "worker tcp://a has other code"),
        (1, ModuleNotFoundError("mtlbook"), "worker tcp://a: mtlbook; install the same"),
    ],
)
def test_a_worker_that_would_measure_something_else_is_refused(
    threads: int, origin: Any, message: str
) -> None:
    module = "mtlbook.experiments.ch01_inductive_bias.f1f2"
    good = Cluster(1, code.origin_of(module))
    spread._examine(good, module)
    with pytest.raises(ValueError, match=message):
        spread._examine(Cluster(threads, origin or good.origin), module)


def test_a_scheduler_that_is_not_there_is_told(
    trial: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="needs mtlbook[cluster]")
    monkeypatch.setattr(spread, "PATIENCE", 1)
    with pytest.raises(OSError, match=r"tcp://127\.0\.0\.1:1"):
        runs.run("trained", tmp_path, backend="dask", scheduler="tcp://127.0.0.1:1")


# Progress


def test_the_bar_shows_rate_and_remaining_time(
    trial: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.run("quick", tmp_path, seeds="0-1")
    bar = capsys.readouterr().err.split("\r")
    assert bar[-1].startswith("quick: 100%")
    assert "120/120" in bar[-1]
    assert any("cell/s" in line and "<00:0" in line for line in bar)
