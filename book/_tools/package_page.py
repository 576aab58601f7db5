"""Write `book/package.md` and `mtlbook/README.md` from the docstrings and the chapters' imports.

`python book/_tools/package_page.py` writes both, without importing the package;
`tests/test_package_page.py` says if they are out of date.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from notebook_rules import Address

ROOT = Path(__file__).resolve().parents[2]
PAGE, README = ROOT / "book/package.md", ROOT / "mtlbook/README.md"

HEAD = """\
# The package

What several chapters need is imported from `mtlbook` by its name alone. What one chapter's live \
and recorded runs share is in a folder of that chapter; the \
[table in the repository]({folder}/README.md) says which. Everything here is written from the \
docstrings of the code. In a notebook, `help(fit)` prints the whole of one, with what it takes, \
gives back and refuses.
"""
README_HEAD = """\
# mtlbook

The helper package of the book *Thinking about Multi-Task Learning*. Each chapter imports names \
that several chapters need from `mtlbook` itself, and its own experiment from a folder of its own; \
the page *The package* of the book explains the former. This file is written by \
`book/_tools/package_page.py`.
"""


def module_file(module: str) -> Path:
    """The source file of a module of the package."""
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def tree(path: Path) -> ast.Module:
    """The parsed source of a file."""
    return ast.parse(path.read_text("utf8"))


def summary(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> str:
    """The first paragraph of a docstring, as Markdown on one line."""
    first = (ast.get_docstring(node) or "").partition("\n\n")[0]
    first = re.sub(r":\w+:`~?([^`]+)`", lambda m: f"`{m[1].rpartition('.')[2]}`", first)
    return " ".join(first.replace("``", "`").split())


def flat_names() -> dict[str, list[str]]:
    """The names that `mtlbook` itself offers, by the module that its table gives for them."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree(ROOT / "mtlbook/__init__.py")):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mtlbook."):
            for alias in node.names:
                found.setdefault(str(node.module), []).append(alias.name)
    return found


def definition(module: str, name: str) -> tuple[str, ast.ClassDef | ast.FunctionDef]:
    """Where a name is defined, following imports within the package, and its definition.

    Raises:
        LookupError: if it is no function or class of the package.
    """
    for node in tree(module_file(module)).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            return module, node
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mtlbook"):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return definition(str(node.module), alias.name)
    raise LookupError(f"{module} has no function or class {name}")


def signature(node: ast.ClassDef | ast.FunctionDef) -> str:
    """The call of a function or a class, without types."""
    call: ast.stmt = node
    if isinstance(node, ast.ClassDef):
        found = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        if not found:
            return node.name
        call = found[0]
    assert isinstance(call, ast.FunctionDef)
    for argument in [
        *call.args.posonlyargs,
        *call.args.args,
        *call.args.kwonlyargs,
        *filter(None, (call.args.vararg, call.args.kwarg)),
    ]:
        argument.annotation = None
    return f"{node.name}({ast.unparse(call.args).removeprefix('self, ')})"


def page() -> str:
    """The page of the book: each flat name with its call and what it does."""
    address = Address.read()
    folder = f"{address.repository}/blob/{address.branch}/mtlbook"
    parts = [HEAD.format(folder=folder)]
    for place, names in flat_names().items():
        parts.append(f"## {place.removeprefix('mtlbook.')}\n\n{summary(tree(module_file(place)))}")
        for name in names:
            module, node = definition(place, name)
            file = module_file(module).relative_to(ROOT / "mtlbook").as_posix()
            parts.append(
                f"**{name}** ([source]({folder}/{file}))\n\n"
                f"```python\n{signature(node)}\n```\n\n{summary(node)}"
            )
    return "\n\n".join(part.strip() for part in parts) + "\n"


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of all that a chapter imports from the package, in order."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "mtlbook" in cell.source:
            source = re.sub(r"^(\s*)%.*$", r"\1pass", cell.source, flags=re.MULTILINE)
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mtlbook"):
                    for alias in node.names:
                        yield str(node.module), alias.name


def readme() -> str:
    """The table of the chapters, and that of the folders."""
    rows = []
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        by_module: dict[str, list[str]] = {}
        for module, name in imports(path):
            by_module.setdefault(module, []).append(name)
        title = nbformat.read(path, as_version=4).cells[1].source.splitlines()[0].lstrip("# ")
        flat = ", ".join(f"`{name}`" for name in sorted(set(by_module.pop("mtlbook", []))))
        own = "; ".join(
            f"{link(module)}: {', '.join(sorted(set(names)))}"
            for module, names in sorted(by_module.items())
        )
        rows.append(f"| [{path.name[:2]}](../notebooks/{path.name}) {title} | {flat} | {own} |")
    folders = [
        f"| [{p.parent.name}]({p.parent.name}) | {summary(tree(p))} |"
        for p in sorted((ROOT / "mtlbook").glob("*/__init__.py"))
    ]
    return "\n".join(
        [
            README_HEAD,
            "| chapter | from `mtlbook` | and from |\n|---|---|---|",
            *rows,
            "\n| folder | what it is |\n|---|---|",
            *folders,
            "",
        ]
    )


def link(module: str) -> str:
    """A link from the README to a module."""
    file = module_file(module).relative_to(ROOT / "mtlbook").as_posix()
    return f"[{module.removeprefix('mtlbook.')}]({file.removesuffix('/__init__.py')})"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf8")
    README.write_text(readme(), "utf8")
