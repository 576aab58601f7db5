"""mtlbook.runs: a grid is measured once, stopped and resumed, written whole, and read with care."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mtlbook
from mtlbook import runs
from mtlbook.runs import Experiment, code, grid
from mtlbook.runs.base import cell
from mtlbook.runs.spread import units
from mtlbook.runs.store import Record, parse_seeds, read, write, write_seeds

ROOT = Path(__file__).parents[2]
CONFIGS = grid(arm=["alone", "shared"], lr=[0.1, 0.01])
NEW = {"arm": "shared", "lr": 1.0}
MODULE = "mtlbook.experiments.ch01_inductive_bias.boolean"  # whose code is hashed


class Measured:
    """A measurement that notes what it was asked for, and stops when told."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, Any], list[int]]] = []
        self.stop_at: int | None = None
        self.error: type[BaseException] = RuntimeError
        self.__module__ = MODULE

    def __call__(self, config: dict[str, Any], seeds: Any) -> np.ndarray:
        if len(self.calls) == self.stop_at:
            raise self.error("stopped")
        self.calls.append((config, list(seeds)))
        return np.array([score(config, seed) for seed in seeds])


def score(config: dict[str, Any], seed: int) -> float:
    return seed + config["lr"] + (100 if config["arm"] == "shared" else 0)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Measured]:
    """What the experiment ``tiny`` has measured."""
    noted = Measured()
    tiny = Experiment("tiny", "Is it small?", "none", "a number", CONFIGS, range(7, 10), noted,
                      CONFIGS[0])  # fmt: skip
    monkeypatch.setitem(runs.experiments(), "tiny", tiny)
    code.origin_of.cache_clear()
    yield noted
    code.origin_of.cache_clear()


def change(monkeypatch: pytest.MonkeyPatch, **what: Any) -> None:
    """Make ``tiny`` another experiment."""
    monkeypatch.setitem(runs.experiments(), "tiny", replace(runs.experiments()["tiny"], **what))


def stored(path: Path) -> Any:
    return json.loads(path.read_text("utf8"))


def stop_after(blocks: int, measured: Measured, folder: Path) -> Path:
    """Run ``tiny`` and stop it there."""
    measured.stop_at = blocks
    with pytest.raises(measured.error):
        runs.run("tiny", folder)
    measured.stop_at = None
    return folder / "tiny.json"


# Measuring


def test_every_cell_is_measured_and_written(measured: Measured, tmp_path: Path) -> None:
    path = runs.run("tiny", tmp_path)
    assert path == tmp_path / "tiny.json"
    assert measured.calls == [(config, [7, 8, 9]) for config in CONFIGS]
    for block, config in zip(stored(path)["blocks"], CONFIGS, strict=True):
        assert block["config"] == config
        assert block["seeds"] == "7-9"
        assert block["scores"] == {"score": [score(config, seed) for seed in (7, 8, 9)]}
        assert block["seconds"] >= 0
        assert block["finished"].startswith("20")
        assert block["origin"] == 0


def test_the_file_says_where_its_figures_come_from(measured: Measured, tmp_path: Path) -> None:
    record = stored(runs.run("tiny", tmp_path))
    assert record["name"] == "tiny"
    assert record["question"] == "Is it small?"
    assert record["data"] == "none"
    assert record["score"] == "a number"
    (origin,) = record["origins"]
    assert origin["mtlbook"] == mtlbook.__version__
    assert origin["code"] == runs.code_hash(MODULE)
    assert set(origin["machine"]) == {"system", "python", "torch", "cores"}


def test_a_finished_run_is_not_measured_again(measured: Measured, tmp_path: Path) -> None:
    path = runs.run("tiny", tmp_path)
    before = path.read_bytes()
    runs.run("tiny", tmp_path)
    assert len(measured.calls) == len(CONFIGS)
    assert path.read_bytes() == before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_stopped_run_carries_on_where_it_was(
    measured: Measured, tmp_path: Path, error: type[BaseException]
) -> None:
    measured.error = error
    half = read(stop_after(2, measured, tmp_path)).blocks
    assert [block.config for block in half] == CONFIGS[:2]
    runs.run("tiny", tmp_path)
    assert measured.calls == [(config, [7, 8, 9]) for config in CONFIGS]  # each once
    whole = read(tmp_path / "tiny.json").blocks
    assert whole[:2] == half
    assert [block.config for block in whole] == CONFIGS


@pytest.mark.parametrize(
    ("grown", "new"),
    [
        ({"configs": [NEW, *CONFIGS]}, [(NEW, [7, 8, 9])]),
        ({"seeds": range(6, 10)}, [(config, [6]) for config in CONFIGS]),
    ],
    ids=["configurations", "seeds"],
)  # fmt: skip
def test_a_grid_that_has_grown_is_measured_where_it_is_new(
    grown: dict[str, Any], new: list[Any],
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    runs.run("tiny", tmp_path)
    old = len(measured.calls)
    change(monkeypatch, **grown)
    runs.run("tiny", tmp_path)
    assert measured.calls[old:] == new
    table = runs.load("tiny", tmp_path)
    experiment = runs.experiments()["tiny"]
    assert list(table["seed"]) == list(experiment.seeds) * len(experiment.configs)
    assert read(tmp_path / "tiny.json").blocks[0].cells == [
        cell(*pair) for pair in [(new[0][0], seed) for seed in new[0][1]]
    ]  # in the order of the grid


def test_what_the_grid_has_no_more_is_kept(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = runs.run("tiny", tmp_path)
    change(monkeypatch, configs=[CONFIGS[2]])
    runs.run("tiny", tmp_path)
    assert len(runs.load("tiny", tmp_path)) == 3 * len(CONFIGS)
    change(monkeypatch, configs=[CONFIGS[2]], seeds=[8, 20])
    runs.run("tiny", tmp_path)
    assert len(read(path).cells) == 3 * len(CONFIGS) + 1
    with pytest.raises(ValueError, match="tiny: 3 of 16 cells are not measured"):
        runs.load("tiny", tmp_path)  # a seed of one configuration only


def test_the_folder_is_made(measured: Measured, tmp_path: Path) -> None:
    assert runs.run("tiny", tmp_path / "not" / "yet").exists()


def test_an_unknown_experiment_is_refused_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="no experiment 'nothing'; there are: boolean-tuning"):
        runs.run("nothing")


@pytest.mark.parametrize(
    ("what", "named"),
    [({"name": "other"}, "name"), ({"data": "more"}, "data"), ({"columns": ["error"]}, "columns")],
    ids=str,
)
def test_results_of_another_experiment_are_not_mixed_in(
    what: dict[str, Any], named: str,
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = runs.run("tiny", tmp_path)
    before = path.read_bytes()
    change(monkeypatch, **what)
    with pytest.raises(ValueError, match=rf"tiny\.json was measured with other {named}: move it"):
        runs.run("tiny", tmp_path)
    assert path.read_bytes() == before
    assert len(measured.calls) == len(CONFIGS)


def test_results_of_other_code_are_not_mixed_in(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stop_after(2, measured, tmp_path)
    before = path.read_bytes()
    monkeypatch.setattr(code, "code_hash", lambda module: "changed")
    code.origin_of.cache_clear()
    with pytest.raises(ValueError, match=r"tiny\.json was measured with other code: see whether"):
        runs.run("tiny", tmp_path)
    assert path.read_bytes() == before


def test_other_words_for_the_question_are_written_without_measuring(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(runs.run("tiny", tmp_path))
    change(monkeypatch, question="How small is it?")
    after = read(runs.run("tiny", tmp_path))
    assert after.header == {**before.header, "question": "How small is it?"}
    assert after.blocks == before.blocks
    assert len(measured.calls) == len(CONFIGS)


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 2), (1, 3), ()], ids=str)
def test_a_wrong_number_of_scores_loses_no_finished_cell(
    shape: tuple[int, ...], measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(3, measured, tmp_path)

    def wrong(config: dict[str, Any], seeds: Any) -> np.ndarray:
        return np.zeros(shape)

    wrong.__module__ = MODULE
    change(monkeypatch, measure=wrong)
    with pytest.raises(ValueError, match=rf"scores of shape {re.escape(str(shape))} for 3 seeds"):
        runs.run("tiny", tmp_path)
    assert len(read(tmp_path / "tiny.json").blocks) == 3


def test_a_measurement_may_have_several_columns(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(config: dict[str, Any], seeds: Any) -> np.ndarray:
        return np.stack([measured(config, seeds), -np.array(seeds)], axis=1)

    two.__module__ = MODULE
    change(monkeypatch, measure=two, columns=["error", "steps"])
    runs.run("tiny", tmp_path)
    table = runs.load("tiny", tmp_path)
    assert list(table.columns) == ["arm", "lr", "seed", "error", "steps"]
    assert list(table["steps"]) == [-7, -8, -9] * len(CONFIGS)
    assert list(table["error"][:3]) == [score(CONFIGS[0], seed) for seed in (7, 8, 9)]


# Blocks and seeds


def test_seeds_are_measured_block_by_block(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, block=2)
    runs.run("tiny", tmp_path)
    assert measured.calls == [(config, part) for config in CONFIGS for part in ([7, 8], [9])]


def test_a_run_may_be_restricted_to_seeds_and_others_added(
    measured: Measured, tmp_path: Path
) -> None:
    runs.run("tiny", tmp_path, seeds="8")
    first = {str(block.config): block for block in read(tmp_path / "tiny.json").blocks}
    with pytest.raises(ValueError, match="tiny: 8 of 12 cells are not measured"):
        runs.load("tiny", tmp_path)
    runs.run("tiny", tmp_path, seeds="7-8")
    runs.run("tiny", tmp_path)
    assert measured.calls == [(c, [s]) for s in (8, 7, 9) for c in CONFIGS]
    blocks = read(tmp_path / "tiny.json").blocks
    assert [block.seeds for block in blocks] == [[7], [8], [9]] * len(CONFIGS)
    assert [first[str(block.config)] for block in blocks[1::3]] == blocks[1::3]


@pytest.mark.parametrize("seeds", ["6", "7-10", "0-2"])
def test_a_seed_that_is_none_of_the_experiment_is_refused(
    seeds: str, measured: Measured, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="the seeds of tiny are 7-9"):
        runs.run("tiny", tmp_path, seeds=seeds)


@given(
    st.lists(st.integers(0, 30), min_size=1, unique=True),
    st.none() | st.integers(1, 40),
    st.data(),
)
def test_the_units_are_what_is_left_in_fixed_blocks(
    seeds: list[int], block: int | None, data: st.DataObject
) -> None:
    experiment = Experiment("e", "", "", "", CONFIGS, seeds, Measured(), CONFIGS[0], block=block)
    cells = [(config, seed) for config in CONFIGS for seed in seeds]
    wanted = data.draw(st.sets(st.sampled_from(seeds)))
    done = data.draw(st.lists(st.sampled_from(cells), unique_by=str))
    found = units(experiment, wanted, {cell(*pair) for pair in done})
    left = [pair for pair in cells if pair[1] in wanted and pair not in done]
    assert [(unit.config, seed) for unit in found for seed in unit.seeds] == left
    for unit in found:  # no unit crosses the border of a block
        assert len({seeds.index(s) // (block or len(seeds)) for s in unit.seeds}) == 1


@given(st.lists(st.integers(0, 50), min_size=1, unique=True))
def test_seeds_are_read_as_they_were_written(seeds: list[int]) -> None:
    assert parse_seeds(write_seeds(seeds)) == seeds


def test_seeds_are_written_in_few_characters() -> None:
    assert write_seeds(range(1000, 1040)) == "1000-1039"
    assert write_seeds([0, 1, 2, 7, 9, 8]) == "0-2,7,9,8"
    assert parse_seeds("0-2, 7") == [0, 1, 2, 7]


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "written as"), ("a", "written as"), ("1-", "written as"), ("-1", "written as"),
     ("1,,2", "written as"), ("1-2-3", "written as"), ("3-1", "upwards"), ("1,0-2", "twice")],
)  # fmt: skip
def test_what_are_no_seeds_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_seeds(text)


# Writing


def test_only_the_result_is_left_in_the_folder(measured: Measured, tmp_path: Path) -> None:
    runs.run("tiny", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.json"]


def test_the_file_is_whole_whenever_a_block_is_being_measured(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def look(config: dict[str, Any], seeds: Any) -> np.ndarray:
        path = tmp_path / "tiny.json"
        found.append(len(read(path).blocks) if path.exists() else 0)
        return measured(config, seeds)

    look.__module__ = MODULE
    change(monkeypatch, measure=look)
    runs.run("tiny", tmp_path)
    assert found == [0, 1, 2, 3]


@pytest.mark.parametrize("breaks", ["replace", "fsync"])
def test_an_interrupted_write_leaves_the_old_file(
    breaks: str, measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stop_after(2, measured, tmp_path).read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(*((Path, "replace") if breaks == "replace" else (os, "fsync")), fail)
        with pytest.raises(OSError, match="disk full"):
            runs.run("tiny", tmp_path)
    assert (tmp_path / "tiny.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.json"]
    runs.run("tiny", tmp_path)
    assert len(runs.load("tiny", tmp_path)) == 3 * len(CONFIGS)


def test_the_file_can_be_read_by_others(measured: Measured, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        path = runs.run("tiny", tmp_path)
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o644


def test_each_block_keeps_the_origin_it_was_measured_at(measured: Measured, tmp_path: Path) -> None:
    path = runs.run("tiny", tmp_path)
    record = read(path)
    other = {**record.blocks[0].origin, "machine": {"system": "another"}}
    blocks = [replace(block, origin=other) if n in (0, 2) else block
              for n, block in enumerate(record.blocks)]  # fmt: skip
    write(path, Record(record.header, blocks))
    assert read(path).blocks == blocks
    assert [entry["origin"] for entry in stored(path)["blocks"]] == [0, 1, 0, 1]
    attrs = runs.load("tiny", tmp_path).attrs
    assert attrs["origins"] == [other, record.blocks[0].origin]
    assert attrs["cells"] == [6, 6]


# Reading


def test_a_run_is_loaded_as_one_row_a_score(measured: Measured, tmp_path: Path) -> None:
    runs.run("tiny", tmp_path)
    table = runs.load("tiny", tmp_path)
    assert list(table.columns) == ["arm", "lr", "seed", "score"]
    expected = [(c["arm"], c["lr"], seed, score(c, seed)) for c in CONFIGS for seed in (7, 8, 9)]
    assert list(table.itertuples(index=False, name=None)) == expected
    assert table.attrs["question"] == "Is it small?"
    assert table.attrs["seconds"] >= 0
    assert table.attrs["cells"] == [12]


def test_scores_keep_six_places(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, configs=[{"arm": "alone", "lr": 1 / 3}])
    runs.run("tiny", tmp_path)
    np.testing.assert_allclose(
        runs.load("tiny", tmp_path)["score"], np.arange(7, 10) + 1 / 3, atol=5.1e-7
    )


def test_a_score_that_is_no_finite_number_is_missing(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, configs=[{"arm": "alone", "lr": np.inf}, {"arm": "alone", "lr": 1.0}])
    with pytest.raises(ValueError, match="not JSON compliant"):  # in a configuration
        runs.run("tiny", tmp_path)

    def diverges(config: dict[str, Any], seeds: Any) -> np.ndarray:
        return np.array([np.nan, np.inf, 1.0])

    diverges.__module__ = MODULE
    change(monkeypatch, measure=diverges, configs=CONFIGS[:1])
    path = runs.run("tiny", tmp_path)
    assert stored(path)["blocks"][0]["scores"] == {"score": [None, None, 1.0]}
    np.testing.assert_array_equal(runs.load("tiny", tmp_path)["score"], [np.nan, np.nan, 1.0])


def test_a_run_that_is_not_there_says_how_to_make_it(measured: Measured, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tiny\.json.*python -m mtlbook run tiny"):
        runs.load("tiny", tmp_path)


def test_to_load_a_run_imports_no_torch_and_few_modules() -> None:
    command = (
        "import sys; from mtlbook import load; load('toy-hard-tuning')\n"
        "print('torch' in sys.modules, sum(name.startswith('mtlbook') for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    torch, modules = done.stdout.split()
    assert torch == "False"
    assert int(modules) < 12


def test_an_unfinished_run_says_how_to_finish_it(measured: Measured, tmp_path: Path) -> None:
    stop_after(3, measured, tmp_path)
    with pytest.raises(ValueError, match=r"tiny: 3 of 12 cells .*python -m mtlbook run tiny"):
        runs.load("tiny", tmp_path)


DAMAGED = r"tiny\.json is damaged.*restore it, or delete it and run it again"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole result file."""
    noted = Measured()
    tiny = Experiment("tiny", "Is it small – or β?", "none", "a number", CONFIGS, range(3), noted,
                      CONFIGS[0])  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(runs.experiments(), "tiny", tiny)
        return runs.run("tiny", tmp_path_factory.mktemp("sound")).read_bytes()


def test_a_file_cut_short_at_any_byte_is_refused(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "tiny.json"
    for length in range(len(sound)):
        path.write_bytes(sound[:length])
        with pytest.raises(ValueError, match=DAMAGED):
            read(path)
    path.write_bytes(sound)
    assert len(read(path).cells) == 12


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(data=st.data())
def test_a_file_edited_at_any_byte_is_refused(
    data: st.DataObject, sound: bytes, tmp_path: Path
) -> None:
    at = data.draw(st.integers(0, len(sound) - 1))
    new = data.draw(st.binary(max_size=3).filter(lambda b: b != sound[at : at + 1]))
    path = tmp_path / "tiny.json"
    path.write_bytes(sound[:at] + new + sound[at + 1 :])
    with pytest.raises(ValueError, match=DAMAGED):
        read(path)


@pytest.mark.parametrize("use", [runs.load, runs.run])
def test_a_damaged_file_is_neither_loaded_nor_carried_on(
    use: Callable[..., object], measured: Measured, tmp_path: Path
) -> None:
    path = stop_after(2, measured, tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"score": [7.1', b'"score": [7.2'))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=DAMAGED):
        use("tiny", tmp_path)
    assert path.read_bytes() == before
    assert len(measured.calls) == 2


def first_block(**changes: Any) -> Callable[[Any], Any]:
    def edit(record: Any) -> Any:
        block, *rest = record["blocks"]
        return {**record, "blocks": [{**block, **changes}, *rest]}

    return edit


FORMS: dict[str, Callable[[Any], Any]] = {
    "no blocks": lambda record: {k: v for k, v in record.items() if k != "blocks"},
    "no data": lambda record: {k: v for k, v in record.items() if k != "data"},
    "a score too few": first_block(scores={"score": [1.0, 2.0]}),
    "a score too many": first_block(scores={"score": [1.0, 2.0, 3.0, 4.0]}),
    "no scores": first_block(scores={}),
    "no configuration": first_block(config=None),
    "an origin that is none": first_block(origin=7),
    "a seed twice": first_block(seeds="0,0,1"),
    "more than is known": first_block(colour="red"),
    "a cell twice": lambda record: {**record, "blocks": record["blocks"] * 2},
    "other columns": lambda record: {
        **record,
        "blocks": [
            {**block, "scores": {f"column {n}": [1.0, 2.0, 3.0]}}
            for n, block in enumerate(record["blocks"])
        ],
    },
    "a block that is none": lambda record: {**record, "blocks": [None]},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_sealed_file_of_another_form_is_refused(
    form: Callable[[Any], Any], sound: bytes, tmp_path: Path
) -> None:
    from mtlbook.runs.store import _seal

    path = tmp_path / "tiny.json"
    record = {k: v for k, v in json.loads(sound).items() if k != "sha256"}
    path.write_text(_seal(json.dumps(record, indent=1).removesuffix("\n}")), "utf8")
    assert len(read(path).cells) == 12
    path.write_text(_seal(json.dumps(form(record), indent=1).removesuffix("\n}")), "utf8")
    with pytest.raises(ValueError, match=DAMAGED):
        read(path)


# The summary


def test_the_summary_counts_cells(measured: Measured, tmp_path: Path) -> None:
    assert runs.summary(["tiny"], tmp_path).split() == ["tiny", "0/12", "cells", *QUESTION]
    stop_after(3, measured, tmp_path)
    assert runs.summary(["tiny"], tmp_path).split() == ["tiny", "9/12", "cells", *QUESTION]


QUESTION = ["Is", "it", "small?"]
