"""What a tuning chose, and where its lists of values are to be extended."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from mtlbook.runs.base import Config, Experiment
from mtlbook.runs.store import RESULTS, Block, Record, complete


class Choice(NamedTuple):
    """What an arm's best cell is.

    Attributes:
        setting: the value of the setting; a tuple if there are several.
        score: its mean over the seeds.
        ends: each setting whose value is the ``"lowest"`` or ``"highest"`` that the arm was tried
            with, beside others. Zero is no end: nothing lies below.
    """

    setting: Any
    score: float
    ends: dict[str, str]


def chosen(
    name: str,
    settings: str | Sequence[str],
    score: str | Sequence[str] = "score",
    best: str = "highest",
    arms: str | Sequence[str] | None = None,
    where: Callable[[Config], bool] | None = None,
    folder: Path = RESULTS,
) -> dict[Any, Choice]:
    """Return the best cell of each arm, as the file of a tuning has it.

    The best is the one whose mean score over the seeds is highest or lowest; of several, the one
    that comes first in the file. One that has a score that is no finite number is never chosen
    before others.

    Args:
        name: the tuning.
        settings: the names in a configuration that make up a setting.
        score: the column to judge by. Of several, such as ``"50 steps"`` and ``"100 steps"``, the
            best is chosen, too; its name then is the last part of the setting.
        best: ``"highest"`` or ``"lowest"``.
        arms: the names that tell arms apart; the other names by themselves, as far as they have
            more than one value.
        where: chooses among these configurations only.
        folder: where the result file lies.

    Returns:
        A choice for each arm, by its value of ``arms``, or its tuple of values.

    Raises:
        FileNotFoundError: if the tuning has not been run; the message says how to.
        ValueError: if its file is damaged or lacks cells; if no cell is left to choose from, or
            nothing is called so in it.
    """
    record = complete(folder / f"{name}.json")
    blocks = [block for block in record.blocks if where is None or where(block.config)]
    names, columns = _listed(settings), _listed(score)
    known = set(blocks[0].config) | set(blocks[0].scores) if blocks else set()
    if not blocks or not known.issuperset((*names, *columns)) or best not in ("highest", "lowest"):
        raise ValueError(
            f"{name} has no cells to choose {', '.join(names)} among by the {best} of "
            f"{', '.join(columns)}; there are: {', '.join(sorted(known)) or 'no cells'}"
        )
    places = _arms([block.config for block in blocks], names) if arms is None else _listed(arms)
    found = _choose(blocks, places, names, columns, best)
    return {arm[0] if len(arm) == 1 else arm: choice for arm, choice in found.items()}


class settings(Mapping[Any, Any]):  # noqa: N801 - it is called like `chosen`
    """The settings alone that a tuning chose, for each arm; the arguments are those of `chosen`.

    The file is read when the first setting is asked for: a module may have such a mapping at its
    top, and be imported where the tuning is not there yet.

    Args:
        name: the tuning.
        *args: as for `chosen`.
        instead: for arms that take another setting than the best, or were not tuned: that.
        **options: as for `chosen`.

    Raises:
        FileNotFoundError: then, if the tuning has not been run.
        ValueError: then, for the reasons of `chosen`.
    """

    def __init__(
        self, name: str, *args: Any, instead: Mapping[Any, Any] | None = None, **options: Any
    ) -> None:
        self._arguments, self._instead = ((name, *args), options), instead or {}

    @cached_property
    def _found(self) -> dict[Any, Any]:
        args, options = self._arguments
        best = {arm: choice.setting for arm, choice in chosen(*args, **options).items()}
        return {**best, **self._instead}

    def __getitem__(self, arm: Any) -> Any:
        return self._found[arm]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __or__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**other, **self}


def grown(experiment: Experiment, record: Record) -> Experiment:
    """Return the experiment with as many configurations as its scores so far ask for.

    Where the best cell of an arm lies at an end of a list, and the experiment's ``tuning`` lets
    this list grow, the cells at that end are repeated with the next value; this is done again
    until the best lies inside, or the next value is out of bounds. It waits until all cells are
    measured. What was measured decides alone, so a run that was stopped grows as any other.
    """
    rule = experiment.tuning
    while rule is not None and record.cells.issuperset(experiment.cells):
        configs = list(experiment.configs)
        blocks = [block for block in record.blocks if block.config in configs]
        names, columns = _listed(rule.settings), _listed(rule.score)
        places = _arms(configs, names)
        for arm, choice in _choose(blocks, places, names, columns, rule.best).items():
            for name, end in choice.ends.items():
                at = choice.setting if len(names) == 1 else choice.setting[names.index(name)]
                value = rule.beyond(name, at, end)
                at_end = [
                    config
                    for config in configs
                    if config[name] == at and tuple(config[place] for place in places) == arm
                ]
                further = [{**config, name: value} for config in at_end if value is not None]
                configs += [config for config in further if config not in configs]
        if len(configs) == len(experiment.configs):
            break
        experiment = replace(experiment, configs=configs)
    return experiment


def _listed(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _arms(configs: Sequence[Config], settings: Collection[str]) -> list[str]:
    """Return the names that tell arms apart."""
    names = [name for name in configs[0] if name not in settings]
    return [name for name in names if len({config[name] for config in configs}) > 1]


def _choose(
    blocks: Sequence[Block],
    places: Sequence[str],
    names: Sequence[str],
    columns: Sequence[str],
    best: str,
) -> dict[tuple[Any, ...], Choice]:
    sign = 1 if best == "highest" else -1
    scores: dict[tuple[Any, ...], dict[tuple[Any, ...], list[float]]] = {}
    for block in blocks:
        arm = scores.setdefault(tuple(block.config[name] for name in places), {})
        for column in columns:
            setting = tuple(block.config[name] for name in names)
            setting += (column,) if len(columns) > 1 else ()
            values = [-sign * math.inf if v is None else v for v in block.scores[column]]
            arm.setdefault(setting, []).extend(values)
    found = {}
    for place, arm in scores.items():
        means = {setting: math.fsum(values) / len(values) for setting, values in arm.items()}
        setting = max(means, key=lambda other: sign * means[other])
        ends = {}
        for at, name in enumerate(names):
            tried = {other[at] for other in arm}
            if len(tried) > 1 and all(type(value) in (int, float) for value in tried):
                if setting[at] == max(tried):
                    ends[name] = "highest"
                elif setting[at] == min(tried) != 0:
                    ends[name] = "lowest"
        found[place] = Choice(setting[0] if len(setting) == 1 else setting, means[setting], ends)
    return found
