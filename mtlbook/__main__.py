"""The command line: ``python -m mtlbook run|show|list``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mtlbook import runs


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with one line on stderr that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m mtlbook", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for command, text in (("run", "measure what is missing"), ("show", "print the best cells")):
        commands.add_parser(command, help=text).add_argument("name")
    commands.add_parser("list", help="list the experiments")
    options = parser.parse_args(arguments)
    try:
        if options.command == "list":
            print(runs.summary())
        elif options.command == "run":
            print(f"written: {runs.run(options.name)}")
        else:
            print(show(options.name))
    except (KeyError, ValueError, OSError) as error:
        message = error.args[0] if isinstance(error, KeyError) else error
        print(f"mtlbook: {message}", file=sys.stderr)
        return 1
    return 0


def show(name: str) -> str:
    """Return where a recorded run comes from and its mean score per configuration."""
    table = runs.load(name)
    origin = table.attrs
    same = origin["code"] == runs.describe(runs.find(name))["code"]
    columns = [c for c in table.columns if c not in ("seed", "score")]
    means = table.groupby(columns, sort=False, dropna=False)["score"].agg(["mean", "std"]).round(4)
    return "\n".join(
        [
            f"{name}: {origin['question']}",
            f"score: {origin['score']}; {len(origin['seeds'])} seeds from {origin['seeds'][0]}",
            f"data: {origin['data']}",
            f"code: {origin['code']} ({'as today' if same else 'changed since'}), "
            f"mtlbook {origin['mtlbook']}; machine: {origin['machine']}",
            means.to_string(),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
