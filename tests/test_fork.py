"""A fork: one command, after which nothing leads to the original."""

import random
import re
import shutil
import string
import subprocess
from pathlib import Path

import fork
import pytest
from notebook_rules import ROOT, Address, problems

OLD = Address.read().repository


def names(seed: int) -> str:
    """An address of random names, with what GitHub allows in them."""
    draw = random.Random(seed)
    letters = string.ascii_letters + string.digits
    owner = "".join(draw.choices(letters, k=6)) + "-" + "".join(draw.choices(letters, k=5))
    name = "".join(draw.choices(letters + "._-", k=10))
    return f"https://github.com/{owner}/Q{name}Q"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files of the repository, as a repository of their own."""
    for path, _ in fork.texts(ROOT):
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_nothing_in_a_fork_leads_to_the_original_and_back_it_is_the_same(copy: Path) -> None:
    before = dict(fork.texts(copy))
    assert fork.leftovers(copy, OLD)
    new = names(seed=1)
    assert fork.fork(copy, new) > 13  # all chapters, and what names them
    assert fork.leftovers(copy, OLD) == []
    owner, name = fork.parts(OLD)
    for path, text in fork.texts(copy):
        assert not re.search(rf"{owner}\W{{1,3}}{name}", text, re.I), path
    assert Address.read(copy / "_config.yml").repository == new
    fork.fork(copy, names(seed=2))  # a fork of the fork
    assert fork.leftovers(copy, new) == []
    fork.fork(copy, OLD)
    assert dict(fork.texts(copy)) == before


def test_the_chapters_of_a_fork_keep_the_rules(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fork.fork(copy, names(seed=3))
    address = Address.read(copy / "_config.yml")
    monkeypatch.setattr(Address, "read", lambda: address)
    chapter = min(copy.glob("notebooks/*.ipynb"))
    assert problems(chapter) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "git+https://github.com/owner/Book.git@main",
            "git+https://github.com/New/its.own.git@main",
        ),
        ("git@github.com:owner/Book", "git@github.com:New/its.own"),
        ("OWNER/book/issues)", "New/its.own/issues)"),
        ("github/owner%2FBook/blob", "github/New%2Fits.own/blob"),
        ("https://owner.github.io/Book/a.html", "https://new.github.io/its.own/a.html"),
        ("https://Owner.github.io/", "https://new.github.io/"),
        ("* @owner", "* @New"),
        ("owner/Booklet, my-owner/Book, owner/Other, Book, book", None),
    ],
)
def test_an_address_moves_in_every_spelling(text: str, expected: str | None) -> None:
    old, new = "https://github.com/owner/Book", "https://github.com/New/its.own"
    assert fork.moved(text, old, new) == (expected or text)


def test_a_leftover_is_named_with_its_line(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    lines = "fine\nhttps://x.org/OWNER\nowner/Other\nowner.github.io\nthe Book-case\na Book\nbook\n"
    (tmp_path / "a.md").write_text(lines)
    (tmp_path / "b.png").write_bytes(b"\xff owner/Book")
    found = fork.leftovers(tmp_path, "https://github.com/owner/Book")
    assert [line.split()[0] for line in found] == ["a.md:2:", "a.md:4:", "a.md:6:"]


@pytest.mark.parametrize(
    "bad", ["you/book", "https://gitlab.com/a/b", "https://github.com/a/b.git"]
)
def test_an_address_that_cannot_be_one_is_refused(
    bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fork.main([bad]) == 1
    assert "expected https://github.com/owner/name" in capsys.readouterr().err
