"""What the cells of a notebook bind, take and change: rules for cells that can be run again.

A cell can be run twice, and after "Run all" in any order, if each name that it takes from another
cell has one meaning, and if no cell changes what another one made. These rules read the text of
the cells, and see no change that a function makes out of sight; `again.py` runs them.
"""

from __future__ import annotations

import ast
import builtins
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

# Methods that change what they are called on; PyTorch's end in an underscore.
CHANGING = {
    *("append", "clear", "discard", "extend", "insert", "load_state_dict", "pop", "popitem"),
    *("remove", "reverse", "setdefault", "sort", "update"),
}
TRAINING = {"fit"}  # changes its first argument
# What these return moves on, or is used up, as it is read.
MOVING = {"cycle", "default_rng", "filter", "iter", "manual_seed", "map", "repeat", "zip"}

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def root(node: ast.expr) -> str:
    """The name that an expression such as ``a.b[0].c`` starts from; empty if it has none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def stored(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that the nodes bind, those of functions and classes in them included."""
    found = set()
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                found.add(part.id)
            elif isinstance(part, ast.FunctionDef | ast.ClassDef):
                found.add(part.name)
    return found


def bindings(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    """Each name of an assignment's target, with the text of what it is bound to."""
    if isinstance(target, ast.Name):
        yield target.id, ast.unparse(value)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, of in zip(target.elts, value.elts, strict=False):
            yield from bindings(part, of)


@dataclass
class Cell(ast.NodeVisitor):
    """The names of a code cell.

    Attributes:
        bound: each name that the cell binds, with how often as an import, a function or a value.
        values: what the names are bound to, where that is an expression of constants.
        taken: names that the cell reads before it binds them, or that its functions read.
        inside: what each of its functions and classes reads of the names outside.
        changed: names of other cells whose objects it changes.
        moving: names bound to what moves on as it is read.
    """

    bound: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    taken: set[str] = field(default_factory=set)
    inside: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    changed: set[str] = field(default_factory=set)
    moving: set[str] = field(default_factory=set)
    _local: list[set[str]] = field(default_factory=list)
    _function: str = ""

    @classmethod
    def read(cls, source: str) -> Cell:
        """Read the source of a cell."""
        cell = cls()
        cell.visit(ast.parse(source))
        for names in cell.inside.values():
            cell.taken |= names - cell.bound.keys()
        return cell

    def _bind(self, name: str, kind: str) -> None:
        if not self._function and not any(name in names for names in self._local):
            self.bound[name][kind] += 1

    def _change(self, node: ast.expr) -> None:
        name = root(node)
        if not self._function and name not in self.bound:
            self.changed.add(name)

    def visit_Name(self, node: ast.Name) -> None:
        """A name is bound, or read here or in a function."""
        known = hasattr(builtins, node.id) or any(node.id in names for names in self._local)
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id, "value")
        elif self._function and not known:
            self.inside[self._function].add(node.id)
        elif not known and node.id not in self.bound:
            self.taken.add(node.id)

    def visit_alias(self, node: ast.alias) -> None:
        """An import binds the first part of the name, or the name behind `as`."""
        self._bind((node.asname or node.name).split(".")[0], "import")

    def _scope(self, names: set[str], body: Iterable[ast.AST]) -> None:
        self._local.append(names)
        for node in body:
            self.visit(node)
        self._local.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Decorators and defaults are read here; the body, when the function is called."""
        for part in [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]:
            if part is not None:
                self.visit(part)
        self._bind(node.name, "function")
        outer, self._function = self._function, self._function or node.name
        self._scope(self._arguments(node.args) | stored(node.body), node.body)
        self._function = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class is read like a function."""
        for part in [*node.decorator_list, *node.bases]:
            self.visit(part)
        self._bind(node.name, "class")
        outer, self._function = self._function, self._function or node.name
        self._scope(set(), node.body)
        self._function = outer

    @staticmethod
    def _arguments(arguments: ast.arguments) -> set[str]:
        return {node.arg for node in ast.walk(arguments) if isinstance(node, ast.arg)}

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A lambda counts as called where it stands."""
        self._scope(self._arguments(node.args), [node.args, node.body])

    def visit(self, node: ast.AST) -> None:
        """The names of a comprehension are its own."""
        if isinstance(node, Comprehension):
            targets = stored(part.target for part in node.generators)
            self._scope(targets, ast.iter_child_nodes(node))
        else:
            super().visit(node)

    def visit_For(self, node: ast.For) -> None:
        """What a loop runs over is read before its variable is bound."""
        for part in [node.iter, node.target, *node.body, *node.orelse]:
            self.visit(part)

    def visit_Assign(self, node: ast.Assign) -> None:
        """An assignment binds names, or changes an object that has one."""
        self.visit(node.value)
        for target in node.targets:
            for part in target.elts if isinstance(target, ast.Tuple) else [target]:
                if not isinstance(part, ast.Name):
                    self._change(part)
            self.visit(target)
            for name, text in bindings(target, node.value):
                self.values[name].add(text)
        if not self._function and isinstance(node.value, ast.Call | ast.GeneratorExp):
            of = node.value.func if isinstance(node.value, ast.Call) else None
            called = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
            if of is None or called in MOVING:
                self.moving |= {t.id for t in node.targets if isinstance(t, ast.Name)}

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """`a += 1` reads `a`; where another cell bound it, that is a change."""
        self.visit(node.value)
        self._change(node.target)
        name = root(node.target)
        if not self._function and not any(name in names for names in self._local):
            self.taken |= {name} - self.bound.keys()

    def visit_Delete(self, node: ast.Delete) -> None:
        """Deleting a name, or a part of an object, changes it."""
        for target in node.targets:
            self._change(target)

    def visit_Call(self, node: ast.Call) -> None:
        """Some methods change their object, and training its network."""
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in CHANGING or (name.endswith("_") and not name.endswith("__")):
                self._change(node.func.value)
        elif isinstance(node.func, ast.Name) and node.func.id in TRAINING and node.args:
            self._change(node.args[0])
        self.generic_visit(node)


def constant(text: str) -> bool:
    """Whether an expression names nothing but what Python brings: `range(20)`, `0.5`."""
    names = (node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))
    return all(hasattr(builtins, name) for name in names)


@dataclass
class Page:
    """The cells of a notebook without its setup cell, by their place among the code cells."""

    cells: dict[int, Cell]

    @classmethod
    def read(cls, notebook: Any) -> Page:
        """Read a notebook."""
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        return cls({n: Cell.read(text) for n, text in enumerate(sources, 1) if n > 1})

    def binders(self, name: str) -> list[int]:
        """The cells that bind a name."""
        return [number for number, cell in self.cells.items() if name in cell.bound]

    def taken(self, apart: Iterable[int] = ()) -> dict[str, list[int]]:
        """Each name that cells take from elsewhere, or use when another cell calls them."""
        cells = {number: cell for number, cell in self.cells.items() if number not in apart}
        found = defaultdict(list)
        for number, cell in cells.items():
            names = set(cell.taken)
            called = {n for other in cells.values() if other is not cell for n in other.taken}
            waiting = [name for name in cell.inside if name in called]
            seen = set(waiting)
            while waiting:
                reads = cell.inside[waiting.pop()]
                names |= reads
                waiting += [name for name in reads if name in cell.inside and name not in seen]
                seen |= reads
            for name in names:
                found[name].append(number)
        return found


def one_meaning(notebook: Any) -> list[str]:
    """A name that a cell takes from another is bound by one cell, and no name has two kinds."""
    page = Page.read(notebook)
    taken, problems = page.taken(), []
    for name in sorted({name for cell in page.cells.values() for name in cell.bound}):
        binders = page.binders(name)
        kinds = sorted({kind for n in binders for kind in page.cells[n].bound[name]})
        values = set().union(*(page.cells[n].values[name] for n in binders))
        if len(binders) == 1 or (len(values) == 1 and kinds == ["value"] and constant(*values)):
            continue
        if len(kinds) > 1 or kinds in (["function"], ["class"]):
            problems.append(f"code cells {binders} give `{name}` two meanings: {kinds}")
        elif name in taken:
            problems.append(f"code cells {binders} bind `{name}`, which {taken[name]} take")
    return problems


def changes_its_own(notebook: Any) -> list[str]:
    """No cell changes what another one made, or leaves behind what moves on as it is read."""
    page = Page.read(notebook)
    taken, problems = page.taken(), []
    for number, cell in page.cells.items():
        for name in sorted(cell.changed):
            makers = [n for n in page.binders(name) if n != number]
            if any(set(page.cells[n].bound[name]) != {"import"} for n in makers):
                problems.append(f"code cell {number} changes `{name}` of code cell {makers}")
        problems += [
            f"code cell {number} leaves `{name}`, used up as it is read, to {taken[name]}"
            for name in sorted(cell.moving & taken.keys())
            if taken[name] != [number]
        ]
    return problems
