"""Print other constraints than `requirements.txt`, to test with: `make test CONSTRAINTS=file`.

`lowest` takes what the package runs on at the floors of `pyproject.toml`, `latest` leaves it free.
What builds and tests keeps its pins, so that news of a linter is no news about the package.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def constraints(which: str, root: Path = ROOT) -> list[str]:
    """The lines of a constraints file, `lowest` or `latest`."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf8"))["project"]
    floors = dict(entry.split(">=") for entry in project["dependencies"])  # tests hold the form
    lines = (root / "requirements.txt").read_text("utf8").splitlines()
    pins = [line for line in lines if "==" in line and line.split("==")[0] not in floors]
    lowest = [f"{name}=={floor}" for name, floor in floors.items()]
    return {"lowest": [*lowest, *pins], "latest": pins}[which]


if __name__ == "__main__":
    if sys.argv[1:] not in (["lowest"], ["latest"]):
        sys.exit("usage: constraints.py lowest|latest")
    print("\n".join(constraints(sys.argv[1])))
