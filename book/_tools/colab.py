"""Rehearse the chapters as Colab runs them: `make colab`, `make colab CHAPTER=01`.

Each chapter runs from an empty folder, in a new environment with Colab's Python and versions
(`colab.txt`), where `mtlbook` is not installed: the chapter's own setup cell installs it. Only git
is told to read this checkout instead of the public address, so what runs is the last commit.

A chapter passes when it runs to its end without a warning, and its setup cell has installed
`mtlbook` at that commit, with what Colab lacks (`LACKS`), and changed nothing else. `--here` takes
the interpreter that runs this file instead of a new environment; `.github/workflows/colab.yml`
does so in Colab's own image.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from notebook_rules import ROOT, Address

VERSIONS = Path(__file__).with_name("colab.txt")
PYTHON = "3.13"  # Colab's
# What `mtlbook` needs and Colab does not bring; pure Python, replaces nothing.
LACKS = {"seqeval", "torchjd"}
CELL_TIMEOUT = 600  # seconds; a whole chapter should take 90

NO_PYTHON = f"""\
make colab needs Python {PYTHON}, as Colab has it, and found none: neither `python{PYTHON}` nor
one of pyenv's. Install it (`pyenv install {PYTHON}`, or your system's package python{PYTHON} with
python{PYTHON}-venv), and run `make colab` again."""
NOT_COMMITTED = "Note: the rehearsal runs the last commit; changes that are not in it do not count."


def run(*command: str | Path) -> str:
    """Run a command in the checkout and return what it prints."""
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


# The environment


def find_python() -> Path | None:
    """A Python of Colab's version, on the path or among pyenv's; None if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    on_path = shutil.which(f"python{PYTHON}")
    candidates = [Path(on_path)] if on_path else []
    for python in [*candidates, *sorted(pyenv.glob(f"versions/{PYTHON}*/bin/python{PYTHON}"))]:
        # Run it: pyenv puts a shim on the path that only reports an error.
        if not subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode:
            return python
    return None


def create_environment(python: Path, folder: Path) -> Path:
    """Make a virtual environment with Colab's versions; return its interpreter."""
    run(python, "-m", "venv", folder)
    new = folder / "bin" / "python"
    run(new, "-m", "pip", "install", "-qq", "-r", VERSIONS)
    return new


def installed(python: Path) -> set[str]:
    """Every installed distribution, as pip states it, such as `numpy==2.1.3`."""
    return set(run(python, "-m", "pip", "freeze", "--all").splitlines())


def redirect(address: str, checkout: Path) -> dict[str, str]:
    """The environment variables that make git read a checkout when asked for the address."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{checkout.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
    }


# A chapter


def changes(before: set[str], after: set[str], expected: str) -> list[str]:
    """What a setup cell did to the environment besides installing what is expected."""
    missing = [] if expected in after else [f"is not installed by the setup cell: {expected}"]
    gone = [f"is replaced or removed: {line}" for line in sorted(before - after)]
    had = {line.split("==")[0] for line in before}
    allowed = {line for line in after if line.split("==")[0] in LACKS - had}
    new = [f"is added: {line}" for line in sorted(after - before - allowed - {expected})]
    return missing + gone + new


def warnings(notebook: Any) -> list[str]:
    """What the cells behind the setup cell print on stderr, where a reader sees it in red."""
    _, *cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [
        f"code cell {number} warns: {output.text.strip()}"
        for number, cell in enumerate(cells, 2)
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]


def execute(notebook: Any, folder: Path) -> None:
    """Run every cell in the kernel `colab`, starting in the folder."""
    NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="colab",
        extra_arguments=["--log-level=ERROR"],  # its warnings would tear the progress line
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def rehearse(name: str, python: Path, commit: str) -> list[str]:
    """Run one chapter of the last commit; return what is wrong."""
    run(python, "-m", "pip", "uninstall", "-qq", "--yes", "mtlbook")  # no chapter helps the next
    before = installed(python)
    notebook = nbformat.reads(run("git", "show", f"{commit}:{name}"), as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    with tempfile.TemporaryDirectory() as empty:
        try:
            execute(notebook, Path(empty))
        except CellExecutionError as error:
            return [str(error)]
    expected = f"mtlbook @ git+{Address.read().repository}@{commit}"
    return changes(before, installed(python), expected) + warnings(notebook)


def rehearse_all(names: list[str], python: Path, folder: Path) -> int:
    """Rehearse chapters with an interpreter, a line each; return how many failed."""
    kernel = folder / "kernels" / "colab"
    kernel.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {
        "argv": command,
        "display_name": "Colab",
        "language": "python",
        "env": {"PYDEVD_DISABLE_FILE_VALIDATION": "1"},  # the debugger would warn on the terminal
    }
    (kernel / "kernel.json").write_text(json.dumps(spec), "utf8")
    os.environ["JUPYTER_PATH"] = str(folder)
    os.environ.update(redirect(Address.read().repository, ROOT))
    commit = run("git", "rev-parse", "HEAD").strip()
    failed = 0
    for name in names:
        print(f"{Path(name).name} ... ", end="", flush=True)
        start = time.perf_counter()
        problems = rehearse(name, python, commit)
        failed += bool(problems)
        print(f"{time.perf_counter() - start:.0f} s{', FAILED' if problems else ''}")
        print("".join(f"  {problem}\n" for problem in problems), end="")
    return failed


def main() -> int:
    """Make the environment, rehearse the chapters, remove the environment."""
    parser = argparse.ArgumentParser(description="Rehearse the chapters as Colab runs them.")
    parser.add_argument("chapters", nargs="*", help="how file names start, such as 01; or all")
    parser.add_argument("--here", action="store_true", help="with this interpreter's packages")
    options = parser.parse_args()
    names = [
        name
        for name in run("git", "ls-files", "notebooks/*.ipynb").splitlines()
        if not options.chapters or Path(name).name.startswith(tuple(options.chapters))
    ]
    base = Path(sys.executable) if options.here else find_python()
    if not names or base is None:
        print("no such chapter is committed" if not names else NO_PYTHON, file=sys.stderr)
        return 1
    if run("git", "status", "--porcelain", "notebooks", "mtlbook", "pyproject.toml"):
        print(NOT_COMMITTED)
    # Not in /tmp, which may be small: with CUDA, torch fills five gigabytes.
    (ROOT / "_build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "_build", prefix="colab-") as folder:
        start = time.perf_counter()
        print("Colab's versions ... ", end="", flush=True)
        python = base if options.here else create_environment(base, Path(folder, "environment"))
        found = sorted(installed(python))
        shown = [
            line for line in found if re.match("(ipython|matplotlib|numpy|pandas|torch)=", line)
        ]
        version = run(python, "--version").strip()
        print(f"{time.perf_counter() - start:.0f} s: {', '.join([version, *shown])}", flush=True)
        return 1 if rehearse_all(names, python, Path(folder, "jupyter")) else 0


if __name__ == "__main__":
    sys.exit(main())
