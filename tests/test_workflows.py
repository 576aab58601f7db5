"""The public CI: what GitHub runs is what the README promises. Each rule is shown to bite."""

import copy
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import colab
import pytest
import yaml
from constraints import constraints
from nbformat.v4 import new_code_cell, new_notebook, new_output
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text("utf8")
PYTHONS = [
    line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)
]

Workflows = dict[str, Any]


def read() -> Workflows:
    # BaseLoader: otherwise YAML's `on` is a truth value, and 3.10 a number.
    return {
        path.name: yaml.load(path.read_text("utf8"), Loader=yaml.BaseLoader)
        for path in sorted((ROOT / ".github").rglob("*.yml"))
    }


def jobs(files: Workflows) -> dict[str, Any]:
    return {
        name: job
        for content in files.values()
        for name, job in content.get("jobs", {}).items()  # dependabot.yml has none
    }


def script(job: dict[str, Any]) -> str:
    return "\n".join(step["run"] for step in job["steps"] if "run" in step)


def pythons(job: dict[str, Any]) -> list[str]:
    """The versions of a job; `${{ matrix.python }}` stands for those of its matrix."""
    asked = [step["with"]["python-version"] for step in job["steps"] if "setup-python" in str(step)]
    if asked == ["${{ matrix.python }}"]:
        return list(job["strategy"]["matrix"]["python"])
    return asked


# The rules


def runs_what_the_readme_says(files: Workflows) -> bool:
    # tests/test_house.py holds the commands of .ci/run equal to those of the README.
    return script(jobs(files)["test"]) == ".ci/run"


def covers_the_pythons_of_pyproject(files: Workflows) -> bool:
    return pythons(jobs(files)["test"]) == PYTHONS


def covers_the_floors_on_the_oldest_python_and_the_latest_on_the_newest(files: Workflows) -> bool:
    lowest, latest = jobs(files)["lowest"], jobs(files)["latest"]
    return (
        "constraints.py lowest" in script(lowest)
        and "pytest" in script(lowest)
        and pythons(lowest) == PYTHONS[:1]
        and "constraints.py latest" in script(latest)
        and ".ci/run" in script(latest)
        and pythons(latest) == PYTHONS[-1:]
    )


def publishes_only_after_the_tests(files: Workflows) -> bool:
    job = jobs(files)["publish"]
    elsewhere = {
        name
        for name, other in jobs(files).items()
        if "pages" in str(other.get("permissions")) or "deploy-pages" in str(other)
    }
    return (
        set(job["needs"]) >= {"test", "plain", "lowest"}
        and script(jobs(files)["plain"]) == "make plain"
        and "refs/heads/main" in job["if"]
        and "!= 'pull_request'" in job["if"]
        and "always()" not in job["if"]
        and elsewhere == {"publish"}
        and "make book pdf epub\n" in script(job)
        and f"PAGE := {job['steps'][-2]['with']['path']}/index.html\n" in MAKEFILE
    )


def forgives_no_failing_test(files: Workflows) -> bool:
    forgiving = {name for name, job in jobs(files).items() if "continue-on-error" in str(job)}
    return forgiving == {"links"}


def runs_every_week(files: Workflows) -> bool:
    weekly = r"\d+ \d+ \* \* \d"
    return all(
        re.fullmatch(weekly, content["on"]["schedule"][0]["cron"])
        for content in files.values()
        if "jobs" in content
    )


def runs_in_colabs_image(files: Workflows) -> bool:
    command = script(jobs(files)["colab"])
    return "colab-images/public/runtime:latest" in command and "colab.py --here" in command


def opens_an_issue_for_a_broken_link(files: Workflows) -> bool:
    content = files["links.yml"]
    return content["permissions"].get("issues") == "write" and "gh issue create" in str(content)


def may_only_read_unless_it_says_otherwise(files: Workflows) -> bool:
    return all(
        content["permissions"].get("contents") == "read"
        for content in files.values()
        if "jobs" in content
    )


def keeps_jupyter_book_on_its_line(files: Workflows) -> bool:
    (pip,) = (
        entry for entry in files["dependabot.yml"]["updates"] if entry["package-ecosystem"] == "pip"
    )
    ignored = {entry["dependency-name"]: entry["versions"] for entry in pip["ignore"]}
    return ignored.get("jupyter-book") == [">=2"]


def names_only_targets_of_make(files: Workflows) -> bool:
    named = {
        target for job in jobs(files).values() for target in re.findall(r"make (\w+)", script(job))
    }
    return named <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


RULES: dict[Callable[[Workflows], bool], tuple[Callable[[Workflows], Any], ...]] = {
    runs_what_the_readme_says: (
        lambda f: jobs(f)["test"]["steps"][-1].update(run="make test || true"),
        lambda f: jobs(f)["test"]["steps"].pop(),
    ),
    covers_the_pythons_of_pyproject: (
        lambda f: jobs(f)["test"]["strategy"]["matrix"]["python"].pop(),
        lambda f: jobs(f)["test"]["steps"][1]["with"].update({"python-version": "3.12"}),
    ),
    covers_the_floors_on_the_oldest_python_and_the_latest_on_the_newest: (
        lambda f: jobs(f)["lowest"]["steps"][1]["with"].update({"python-version": "3.12"}),
        lambda f: jobs(f)["latest"]["steps"].pop(),
    ),
    publishes_only_after_the_tests: (
        lambda f: jobs(f)["publish"].update(needs=["plain", "lowest"]),
        lambda f: jobs(f)["plain"]["steps"].pop(),
        lambda f: jobs(f)["publish"].update({"if": "github.ref == 'refs/heads/main'"}),
        lambda f: jobs(f)["publish"].update({"if": "always() && " + jobs(f)["publish"]["if"]}),
        lambda f: jobs(f)["test"]["steps"].append({"uses": "actions/deploy-pages@v4"}),
        lambda f: jobs(f)["publish"]["steps"][-2]["with"].update(path="_build"),
    ),
    forgives_no_failing_test: (
        lambda f: jobs(f)["test"]["steps"][-1].update({"continue-on-error": "true"}),
    ),
    runs_every_week: (
        lambda f: f["tests.yml"]["on"]["schedule"][0].update(cron="17 4 1 * *"),
        lambda f: f["colab.yml"]["on"]["schedule"][0].update(cron="17 4 * * *"),
    ),
    runs_in_colabs_image: (lambda f: jobs(f)["colab"]["steps"][-1].update(run="make colab"),),
    opens_an_issue_for_a_broken_link: (lambda f: f["links.yml"]["permissions"].pop("issues"),),
    may_only_read_unless_it_says_otherwise: (
        lambda f: f["tests.yml"]["permissions"].update(contents="write"),
    ),
    keeps_jupyter_book_on_its_line: (lambda f: f["dependabot.yml"]["updates"][0]["ignore"].pop(0),),
    names_only_targets_of_make: (
        lambda f: jobs(f)["publish"]["steps"][2].update(run="make pages"),
    ),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_workflows_keep_the_rule(rule: Callable[[Workflows], bool]) -> None:
    assert rule(read())


@pytest.mark.parametrize(
    ("rule", "break_it"),
    [(rule, slip) for rule, slips in RULES.items() for slip in slips],
    ids=lambda value: value.__name__.strip("<>"),
)
def test_a_slip_is_seen(
    rule: Callable[[Workflows], bool], break_it: Callable[[Workflows], Any]
) -> None:
    files = copy.deepcopy(read())
    break_it(files)
    assert not rule(files)


# Versions


def test_pyproject_names_the_pythons_from_its_floor_to_colabs() -> None:
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    minors = [int(python.split(".")[1]) for python in PYTHONS]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert colab.PYTHON in PYTHONS


def test_the_lowest_constraints_are_the_floors() -> None:
    lines = constraints("lowest")
    for requirement in map(Requirement, PROJECT["dependencies"]):
        (floor,) = requirement.specifier
        assert f"{requirement.name}=={floor.version}" in lines
    assert len({line.split("==")[0] for line in lines}) == len(lines)


def test_the_latest_constraints_leave_the_package_free_and_the_tools_pinned() -> None:
    names = {line.split("==")[0] for line in constraints("latest")}
    assert names.isdisjoint(Requirement(entry).name for entry in PROJECT["dependencies"])
    assert {"ruff", "jupyter-book"} <= names


def test_colab_brings_what_the_package_needs() -> None:
    """Otherwise the setup cell replaces a library that Colab has loaded already."""
    needed = {requirement.name for requirement in map(Requirement, PROJECT["dependencies"])}
    assert needed >= colab.LACKS
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", colab.VERSIONS.read_text("utf8"), re.MULTILINE))
    assert colab.LACKS.isdisjoint(pins)
    for requirement in map(Requirement, PROJECT["dependencies"]):
        if requirement.name not in colab.LACKS:
            assert requirement.specifier.contains(pins[requirement.name]), requirement


# The rehearsal, as far as it goes without a second Python


def test_git_reads_the_checkout_instead_of_the_address(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q", tmp_path], check=True)
    subprocess.run([*git, "-C", tmp_path, "commit", "-qm", "x", "--allow-empty"], check=True)
    address = "https://example.invalid/book"
    listed = subprocess.run(
        ["git", "ls-remote", address, "HEAD"],
        env=colab.redirect(address, tmp_path),
        capture_output=True,
        check=True,
    )
    assert re.fullmatch(rb"[0-9a-f]{40}\tHEAD\n", listed.stdout)


def test_only_the_package_may_be_new() -> None:
    before, book = {"numpy==2.1.3", "torch==2.11.0"}, "mtlbook @ git+https://x@1"
    assert colab.changes(before, {*before, book}, book) == []
    assert colab.changes(before, {*before, book, "seqeval==1.2.2"}, book) == []
    old = {*before, "seqeval==1.0"}  # where Colab brings it after all, it must not be replaced
    assert len(colab.changes(old, {*before, book, "seqeval==1.2.2"}, book)) == 2
    assert colab.changes(before, before, book) == [f"is not installed by the setup cell: {book}"]
    assert colab.changes(before, {"numpy==2.4.6", "torch==2.11.0", book, "new==1"}, book) == [
        "is replaced or removed: numpy==2.1.3",
        "is added: new==1",
        "is added: numpy==2.4.6",
    ]


def test_a_warning_counts_behind_the_setup_cell() -> None:
    loud = new_output("stream", name="stderr", text="deprecated\n")
    quiet = new_output("stream", name="stdout", text="1\n")
    cells = [new_code_cell(outputs=outputs) for outputs in ([loud], [quiet], [quiet, loud])]
    assert colab.warnings(new_notebook(cells=cells)) == ["code cell 3 warns: deprecated"]


def test_a_python_that_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fake(path: Path, status: int) -> Path:
        path.parent.mkdir(parents=True)
        path.write_text(f"#!/bin/sh\nexit {status}\n")
        path.chmod(0o755)
        return path

    name = f"python{colab.PYTHON}"
    shim = fake(tmp_path / "shims" / name, 127)
    monkeypatch.setenv("PATH", str(shim.parent))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert colab.find_python() is None
    real = fake(tmp_path / "versions" / f"{colab.PYTHON}.1" / "bin" / name, 0)
    assert colab.find_python() == real
