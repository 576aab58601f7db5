"""Check the spelling of everything that is read as prose: `make check`.

Prose is pages, Markdown cells, comments, docstrings and sentences in strings; code is not, so that
`color=` may stay as its library spells it. codespell looks for typing errors, and for American
spellings: its own British-to-American list turned round, with `british.txt` added.

Not checked: code, formulas, addresses, and what stands in double quotes or in an ordinary block
quote, because those are other people's words.
"""

import ast
import io
import json
import re
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator
from pathlib import Path

import codespell_lib

ROOT = Path(__file__).resolve().parents[2]
EXTRA = Path(__file__).with_name("british.txt")
PAGES = (
    "*.md",
    "book/*.md",
    "notebooks/*.ipynb",
    "mtlbook/**/*.py",
    "book/_*/**/*.py",
    "tests/**/*.py",
)
WRONG_ON_PURPOSE = ROOT / "tests" / "test_tools.py"
# Words of the turned-round list that British English has as well, some with another meaning.
ALSO_BRITISH = re.compile(
    "analog|biased|focus.*|licens.*|meters?|molds?|overwritable|practices?|program|refocus.*"
    "|routing|special.*|story|stories|writable"
)

NOT_PROSE = [
    re.compile(r"^(`{3,}|~{3,}).*?^\1", re.DOTALL | re.MULTILINE),  # fenced code
    re.compile(r"(?::\w+:)?`+[^`]+`+"),  # code, and the roles of docstrings
    re.compile(r"\$\$.+?\$\$", re.DOTALL),
    re.compile(r"\$[^$\n]+\$"),
    re.compile(r"https?://\S+"),
    re.compile(r"\.color\b|\bcolor:"),  # a property of a style sheet
    re.compile(r"\bMath\."),  # JavaScript's
    re.compile(r"\]\([^)]*\)"),  # the target of a link
    re.compile(r"^(?:> (?!\*\*).*\n?)(?:>.*\n?)*", re.MULTILINE),  # a quote without a bold label
    re.compile(r"\"[^\"]*\"|“[^”]*”"),
]


def blank(match: re.Match[str]) -> str:
    """Remove the text and keep its lines, so that line numbers stay true."""
    return "\n" * match[0].count("\n")


def markdown_prose(text: str) -> str:
    """The prose of a Markdown text."""
    for pattern in NOT_PROSE:
        text = pattern.sub(blank, text)
    return text


def python_prose(source: str) -> str:
    """Comments, docstrings and sentences in strings, each on the line where it starts."""
    # A notebook may hold a magic, which is no Python.
    source = re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)
    lines = [""] * (source.count("\n") + 2)
    for number, text in _comments_and_strings(source):
        for offset, line in enumerate(markdown_prose(text).splitlines()):
            # An escape in a string starts a line that the source does not have.
            lines[min(number - 1 + offset, len(lines) - 1)] += f" {line}"
    return "\n".join(lines)


def _comments_and_strings(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    tree = ast.parse(source)
    in_f_string = {
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            text = " ".join(str(part) for part in parts)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in in_f_string
        ):
            text = node.value
        else:
            continue
        if len(text.split()) > 3:  # fewer words are a name, a label or an option
            yield node.lineno, text


def prose(path: Path) -> str:
    """The prose of a file; of a notebook, cell after cell."""
    text = path.read_text("utf8")
    if path.suffix == ".py":
        return python_prose(text)
    if path.suffix == ".ipynb":
        cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]
        return "\n".join(
            python_prose(source) if kind == "code" else markdown_prose(source)
            for kind, source in cells
        )
    return markdown_prose(text)


def american_words() -> str:
    """A codespell dictionary, `american->british`."""
    bundled = Path(codespell_lib.__file__).parent / "data" / "dictionary_en-GB_to_en-US.txt"
    words = {}
    for line in bundled.read_text("utf8").splitlines():
        british, american = line.split("->")
        words[american.split(",")[0]] = british
    for line in EXTRA.read_text("utf8").splitlines():
        if line and not line.startswith("#"):
            american, british = line.split("->")
            words[american] = british
    return "".join(f"{a}->{b}\n" for a, b in words.items() if not ALSO_BRITISH.fullmatch(a))


def check(paths: list[Path], root: Path = ROOT) -> int:
    """Run codespell on the prose of the files; return its exit status (0: nothing found)."""
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            copy = Path(folder, "prose", path.relative_to(root))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(prose(path), "utf8")
        dictionary = Path(folder, "american.txt")
        dictionary.write_text(american_words(), "utf8")
        command = [sys.executable, "-m", "codespell_lib", "-D", "-", "-D", str(dictionary), "."]
        return subprocess.run(command, cwd=Path(folder, "prose"), check=False).returncode


def main() -> int:
    """Check the whole book."""
    paths = sorted({path for pattern in PAGES for path in ROOT.glob(pattern)} - {WRONG_ON_PURPOSE})
    print(f"spelling: {len(paths)} files")
    return check(paths)


if __name__ == "__main__":
    sys.exit(main())
