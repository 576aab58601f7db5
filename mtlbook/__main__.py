"""The command line: ``python -m mtlbook run|show|verify|list``."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from mtlbook import runs
from mtlbook.data.fetch import cache_folder

INTERRUPTED = 130  # what a shell reports of a command stopped by Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with one line on stderr that says what is wrong."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an encoding without α shows it as \u03b1
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        if options.command == "list":
            print(runs.summary())
        elif options.command == "show":
            print(show(options.name))
        elif options.command == "verify" and options.name:
            print(told(runs.verify(options.name, minutes=options.minutes)))
        elif options.command == "verify":
            return verify_all(options.minutes)
        else:
            path = runs.run(
                options.name,
                seeds=options.seeds,
                jobs=options.jobs,
                backend=options.backend,
                scheduler=options.scheduler,
            )
            print(f"written: {path}")
        sys.stdout.flush()
    except BrokenPipeError:  # as by `| head`, which has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
        return 1
    except (KeyError, ValueError, OSError, ImportError) as error:
        message = error.args[0] if isinstance(error, KeyError) else error
        print(f"mtlbook: {message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmtlbook: stopped; the same command carries on", file=sys.stderr)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mtlbook", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure what is missing")
    run.add_argument("name")
    run.add_argument("--seeds", help="only these, such as 0-9 or 0-4,7 (default: all)")
    run.add_argument("--jobs", type=int, default=1, help="processes to use (default: 1)")
    run.add_argument("--backend", choices=runs.BACKENDS, default="local")
    run.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="with --backend dask: use the workers of this cluster, instead of starting one here",
    )
    show = commands.add_parser("show", help="print where a run comes from, and its mean scores")
    show.add_argument("name")
    verify = commands.add_parser("verify", help="measure a sample again, and note that it agrees")
    verify.add_argument("name", nargs="?", help="default: all that today's code has not verified")
    verify.add_argument(
        "--minutes", type=float, default=10, help="how long to take for a run (default: 10)"
    )
    commands.add_parser("list", help="list the experiments")
    return parser


def verify_all(minutes: float) -> int:
    """Verify each run that has cells of other code than today's; return 1 if one does not agree."""
    status = 0
    for name, experiment in runs.experiments().items():
        path = runs.RESULTS / f"{name}.json"
        if not path.exists():
            continue
        today = runs.code_hash(experiment.measure.__module__)
        record = runs.read(path)
        measured = {block.origin["code"] for block in record.blocks}
        if measured == {today} or today in {entry["code"] for entry in record.verified}:
            continue
        if experiment.corpus and not (cache_folder() / experiment.corpus).is_dir():
            print(f"{name}: left out, for it needs the corpus {experiment.corpus}")
            continue
        try:
            print(f"{name}: {told(runs.verify(name, minutes=minutes))}", flush=True)
        except (ValueError, OSError) as error:
            print(f"mtlbook: {error}", file=sys.stderr, flush=True)
            status = 1
    return status


def told(entry: Mapping[str, Any]) -> str:
    """Return what a verification found, in a line."""
    share = "" if entry["relative"] is None else f", {100 * entry['relative']:.2g} %"
    return (
        f"verified {entry['finished'][:10]} by code {entry['code']}: {entry['cells']} cells; "
        f"largest difference {abs(entry['difference']):.2g}{share} in {entry['column']}, "
        f"{100 * entry['allowed']:.0f} % of what is allowed"
    )


def show(name: str) -> str:
    """Return where a recorded run comes from and its mean scores per configuration."""
    experiment, table = runs.find(name), runs.load(name)
    record = table.attrs
    columns = list(experiment.columns)
    configs = [c for c in table.columns if c not in ("seed", *columns)]
    means = table.groupby(configs, sort=False, dropna=False)[columns].agg(["mean", "std"]).round(4)
    lines = [
        f"{name}: {record['question']}",
        f"score: {record['score']}; {table['seed'].nunique()} seeds from {table['seed'].min()}",
        f"data: {record['data']}",
        f"time: {record['seconds']:.0f} s for {sum(record['cells'])} cells",
        *_origins(experiment.measure.__module__, record["origins"], record["cells"]),
        *map(told, record["verified"]),
    ]
    if lost := int(table[columns].isna().sum().sum()):
        lines.append(f"not in the means: {lost} scores that are no finite number")
    return "\n".join([*lines, means.to_string(), *_choices(experiment)])


def _choices(experiment: runs.Experiment) -> list[str]:
    """Return a line per arm with its best setting, and whether that lies at an end of its list."""
    if (rule := experiment.tuning) is None:
        return []
    lines = [f"best of {rule.score}:"]
    for arm, choice in runs.chosen(experiment.name, rule.settings, rule.score, rule.best).items():
        ends = "".join(f"; {name} is the {end} tried" for name, end in choice.ends.items())
        lines.append(f"{arm}: {choice.setting}, {choice.score:.4g}{ends}")
    return lines


def _origins(module: str, origins: list[dict[str, object]], cells: list[int]) -> list[str]:
    """Return a line per origin, and one that counts the cells of other code."""
    today = runs.code_hash(module)
    pairs = list(zip(origins, cells, strict=True))
    lines = [
        f"{count} cells by code {origin['code']}, mtlbook {origin['mtlbook']}; "
        + ", ".join(f"{key} {value}" for key, value in dict(origin["machine"]).items())  # type: ignore[call-overload]
        for origin, count in pairs
    ]
    other = sum(count for origin, count in pairs if origin["code"] != today)
    return [*lines, f"code: {f'{other} cells by other code than today' if other else 'as today'}"]


if __name__ == "__main__":
    sys.exit(main())
