"""Give the book another address everywhere: `make fork ADDRESS=https://github.com/you/your-book`.

The address stands in links between chapters, in Colab's badges, in the command that installs the
package, in the citation and the configuration. Names of other repositories stay, and so do the
title, the authors and the licences. Needs Python and git, and nothing that is to be installed.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"https://github\.com/([A-Za-z\d](?:[A-Za-z\d-]*[A-Za-z\d])?)/([\w.-]+?)/?")


def parts(address: str) -> tuple[str, str]:
    """Owner and name of a repository on GitHub.

    Raises:
        ValueError: if the address is none of a repository there, as Colab and the pages need it.
    """
    match = ADDRESS.fullmatch(address)
    if not match or match[2].endswith(".git"):
        raise ValueError(f"expected https://github.com/owner/name, got {address!r}")
    return match[1], match[2]


def current(root: Path) -> str:
    """The address in the book's configuration."""
    config = (root / "_config.yml").read_text("utf8")
    (address,) = re.findall(r"^  url: (https://github\.com/\S+)$", config, re.MULTILINE)
    return str(address)


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """Each text file of the repository, and what it holds."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run([*command, "--exclude-standard"], check=True, capture_output=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = root / name
        if path.is_file():
            try:
                yield path, path.read_bytes().decode("utf8")
            except UnicodeDecodeError:  # a picture
                continue


def moved(text: str, old: str, new: str) -> str:
    """The text with another address: as a link, for git, for Colab, of the pages, of the owner."""
    (was, was_name), (owner, name) = parts(old), parts(new)
    start = rf"(?<![\w-]){re.escape(was)}"

    def other(match: re.Match[str]) -> str:
        pages, between = match["pages"] or "", match["between"]
        return f"{owner.lower() if pages else owner}{pages}{between}{name}"

    text = re.sub(
        rf"{start}(?P<pages>\.github\.io)?(?P<between>/|%2F){re.escape(was_name)}(?![\w-])",
        other,
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(rf"{start}(?=\.github\.io)", owner.lower(), text, flags=re.IGNORECASE)
    return re.sub(rf"(?<=@){start}(?![\w-])", owner, text, flags=re.IGNORECASE)


def leftovers(root: Path, old: str) -> list[str]:
    """Lines that still name the old owner, other repositories of whom are no matter, or the name.

    The lower case of the name is no address: files made from the title are called so.
    """
    owner, name = map(re.escape, parts(old))
    pattern = rf"(?i:(?<![\w-]){owner}(?![\w-])(?!(?:/|%2F)(?!{name})\w))|(?<![\w-]){name}(?![\w-])"
    return [
        f"{path.relative_to(root).as_posix()}:{number}: {line.strip()[:120]}"
        for path, text in texts(root)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def fork(root: Path, new: str) -> int:
    """Move the book to an address; return the number of files that changed."""
    old, changed = current(root), 0
    for path, text in texts(root):
        if (other := moved(text, old, new.rstrip("/"))) != text:
            path.write_bytes(other.encode("utf8"))
            changed += 1
    return changed


def main(arguments: list[str]) -> int:
    """Move the book, and list what is left for a person to judge."""
    old, new = current(ROOT), " ".join(arguments)
    try:
        parts(new)
    except ValueError as error:
        print(f"make fork ADDRESS=https://github.com/you/your-book ({error})", file=sys.stderr)
        return 1
    print(f"{fork(ROOT, new)} files lead to {new} now, and no longer to {old}")
    if left := leftovers(ROOT, old):
        print("Look at these yourself:", *left, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
