"""Write copies of chapters without the solutions: `python book/_tools/handout.py 01`.

The copies stand alone: their setup cell installs the package where it is missing, so that they
run in Colab and in Jupyter. The badge is left out, for it opens the chapter with its solutions.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = re.compile(
    r"<details>\s*<summary>\s*Solution\b.*?</details>\s*", re.DOTALL | re.IGNORECASE
)


def without_solutions(notebook: Any) -> int:
    """Take the solutions, and the badge, out of a notebook in place; return how many there were.

    Raises:
        ValueError: if there is none, or if something of one is left.
    """
    count = 0
    kept = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source, here = SOLUTION.subn("", cell.source)
            count += here
            if not cell.source.strip() or "colab-badge.svg" in cell.source:
                continue
        kept.append(cell)
    notebook.cells = kept
    if not count or any("<details" in c.source for c in kept if c.cell_type == "markdown"):
        raise ValueError(f"{count} solutions were found, and not all that is folded is one")
    return count


def write_handout(chapter: Path, folder: Path, outputs: bool = True) -> str:
    """Write the copy of a chapter to the folder; say what was done."""
    notebook = nbformat.read(chapter, as_version=4)
    count = without_solutions(notebook)
    if not outputs:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / chapter.name)
    return f"{folder / chapter.name}: {count} solutions left out"


def main(arguments: list[str], notebooks: Path = ROOT / "notebooks") -> int:
    """Write the handouts that are asked for."""
    parser = argparse.ArgumentParser(description="Write copies of chapters without the solutions.")
    parser.add_argument("chapter", nargs="*", help="how file names begin, such as 01; default: all")
    parser.add_argument("--to", type=Path, default=Path("handouts"), help="default: handouts")
    parser.add_argument(
        "--blank", action="store_true", help="leave out the outputs as well: nothing is given away"
    )
    options = parser.parse_args(arguments)
    if options.to.resolve() == notebooks.resolve():
        parser.error("the copies would replace the chapters: choose another folder")
    wanted = tuple(options.chapter) or ("",)
    chapters = [path for path in sorted(notebooks.glob("*.ipynb")) if path.name.startswith(wanted)]
    if not chapters:
        print(f"no chapter starts with: {', '.join(options.chapter) or 'anything'}")
        return 1
    for chapter in chapters:
        print(write_handout(chapter, options.to, outputs=not options.blank))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
