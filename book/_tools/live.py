"""Run chapters and write their outputs into the notebooks: `make live`, `make live CHAPTER=01`.

A chapter is written only when every cell ran; one that fails is left as it was, and the exit
status says so. What differs from run to run without meaning anything (times, versions of the
kernel) is not stored, so that a diff shows what changed.
"""

import base64
import io
import re
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CELL_TIMEOUT = 600  # seconds; a whole chapter should take 90


def execute(notebook: Any, folder: Path) -> None:
    """Run every cell in order, in this interpreter's environment; outputs are set in place."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],  # its warnings would tear the progress line
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)


def slim(notebook: Any) -> None:
    """Store figures small: SVG to a hundredth of a point, PNG with a palette of 256 colours."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" in data:
                data["image/svg+xml"] = slim_svg(data["image/svg+xml"])
            if "image/png" in data:
                figure = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
                small = io.BytesIO()
                figure.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
                    small, "png", optimize=True
                )
                data["image/png"] = base64.b64encode(small.getvalue()).decode()


def slim_svg(svg: str) -> str:
    """Leave out what draws nothing: prologue, rotations by nothing, further decimals, breaks."""
    kept = []
    for line in svg[svg.index("<svg") :].splitlines():
        line = re.sub(r' transform="rotate\(-?0 [^"]*"', "", line.strip())
        if re.fullmatch(r'<path(?![^>]* d=")[^>]*/>', line):
            continue  # it has no points, and an e-book may not hold it
        tag, closing, words = line.partition(">")
        if "base64" not in tag:  # a picture in the figure, written in letters and digits
            tag = re.sub(r"(\d\.\d\d)\d+", r"\1", tag)
        kept.append(tag + closing + words)
    return "\n".join(kept).replace('\n"', '"') + "\n"


def run_chapter(path: Path) -> None:
    """Execute one notebook and replace the file, at once or not at all."""
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, path.parent)
    slim(notebook)
    unfinished = path.with_suffix(".ipynb.part")
    nbformat.write(notebook, unfinished)
    unfinished.replace(path)


def main(chapters: list[str], notebooks: Path = NOTEBOOKS) -> int:
    """Run the chapters whose file names start with one of the given words, or all of them."""
    paths = [
        path
        for path in sorted(notebooks.glob("*.ipynb"))
        if not chapters or path.name.startswith(tuple(chapters))
    ]
    if not paths:
        print(f"no chapter in {notebooks} starts with: {', '.join(chapters) or 'anything'}")
        return 1
    failed = 0
    for path in paths:
        print(f"{path.name} ... ", end="", flush=True)
        start = time.perf_counter()
        try:
            run_chapter(path)
        except CellExecutionError as error:
            failed += 1
            print(f"FAILED, left as it was\n{error}")
        else:
            print(f"{time.perf_counter() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
