"""Move the version: `python book/_tools/version.py`, before a change of the package is published.

A version is the edition and the day of the package's last change, such as 2.0.20261201. pip takes
new code for an update only where the version has moved. The tool writes today's into the package,
the citation and the setup cell of each chapter, which asks for it.
"""

import json
import re
from datetime import date

from notebook_rules import ROOT, Address, setup_cell

EDITION = "2.0"


def move(day: date) -> None:
    """Write the version of a day everywhere."""
    version = f"{EDITION}.{day:%Y%m%d}"
    for name, line in {
        "mtlbook/__init__.py": '__version__ = "{}"',
        "CITATION.cff": "version: {}",
    }.items():
        path = ROOT / name
        pattern = re.escape(line).replace(r"\{\}", r"[\d.]+")
        text, count = re.subn(f"(?m)^{pattern}$", line.format(version), path.read_text("utf8"))
        assert count == 1, name
        path.write_text(text, "utf8")
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        notebook = json.loads(path.read_text("utf8"))
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        source = setup_cell(Address.read().repository, version)
        cell["source"] = source.splitlines(keepends=True)
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        path.write_text(f"{text}\n", "utf8")
    print(f"the version is {version}")


if __name__ == "__main__":
    move(date.today())
