"""The page of the package, and the table of what each chapter imports."""

import ast

import package_page as tool
import pytest


@pytest.mark.parametrize(
    ("path", "write"), [(tool.PAGE, tool.page), (tool.README, tool.readme)], ids=["page", "readme"]
)
def test_it_is_up_to_date(path, write) -> None:
    assert path.read_text("utf8") == write(), "run python book/_tools/package_page.py"


def function(source: str) -> ast.FunctionDef | ast.ClassDef:
    node = ast.parse(source).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    return node


def test_a_signature_has_no_types() -> None:
    source = "def f(a: int, /, b: str = 'x', *c: int, d: float, e=1, **g: object) -> None: ..."
    assert tool.signature(function(source)) == "f(a, /, b='x', *c, d, e=1, **g)"
    source = "class A:\n    def __init__(self, a: int) -> None: ..."
    assert tool.signature(function(source)) == "A(a)"
    assert tool.signature(function("class A:\n    x: int")) == "A"


def test_a_summary_is_the_first_paragraph_in_markdown() -> None:
    source = (
        'def f():\n    """Do ``x``, as\n    :func:`~mtlbook.runs.load` does.\n\n    More.\n    """'
    )
    assert tool.summary(function(source)) == "Do `x`, as `load` does."


def test_a_definition_is_followed_to_its_module() -> None:
    module, node = tool.definition("mtlbook.evaluation.differences", "compare")
    assert (module, node.name) == ("mtlbook.evaluation.compare", "compare")
    with pytest.raises(LookupError, match="no function or class nothing"):
        tool.definition("mtlbook.evaluation.claims", "nothing")
