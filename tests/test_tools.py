"""The authors' tools: running chapters, and spelling."""

import base64
import io
import re
from pathlib import Path

import handout
import live
import nbformat
import notebook_rules as rules
import numpy as np
import pytest
import slides
import spelling
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from PIL import Image

# `make live`


def write(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_live_writes_outputs_and_says_how_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "01_a.ipynb", "x = 1", "print(x)\nprint(x + 1)")
    assert live.main([], tmp_path) == 0
    notebook = nbformat.read(tmp_path / "01_a.ipynb", as_version=4)
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert [output.text for output in notebook.cells[1].outputs] == ["1\n2\n"]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all("execution" not in cell.metadata for cell in notebook.cells)
    assert capsys.readouterr().out.startswith("01_a.ipynb ... ")
    assert [path.name for path in tmp_path.iterdir()] == ["01_a.ipynb"]


def test_live_twice_changes_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "01_a.ipynb", "{'b': [1, 2]}")
    live.main([], tmp_path)
    first = path.read_bytes()
    live.main([], tmp_path)
    assert path.read_bytes() == first


def test_live_stores_figures_with_a_palette() -> None:
    shades = np.linspace(0, 255, 300 * 200 * 3).reshape(200, 300, 3).astype(np.uint8)
    picture = io.BytesIO()
    Image.fromarray(shades).save(picture, "png")
    data = {"image/png": base64.b64encode(picture.getvalue()).decode(), "text/plain": "<Figure>"}
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data)])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T"), cell])
    live.slim(notebook)
    (output,) = cell.outputs
    small = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert (small.mode, small.size) == ("P", (300, 200))
    # The colours are those of the figure, to the step of the palette.
    assert np.abs(np.asarray(small.convert("RGB")).astype(int) - shades).max() < 8
    assert output.data["text/plain"] == "<Figure>"


def test_live_stores_drawings_without_what_draws_nothing() -> None:
    drawing = (
        '<?xml version="1.0"?>\n<svg viewBox="0 0 9 9">\n <path d="M 1.23456 2 \nL 3 4.5 \n"/>\n'
        ' <text x="1.2345" transform="rotate(-0 1.2 3)">0.12345 or so</text>\n</svg>\n'
    )
    assert live.slim_svg(drawing) == (
        '<svg viewBox="0 0 9 9">\n<path d="M 1.23 2\nL 3 4.5"/>\n'
        '<text x="1.23">0.12345 or so</text>\n</svg>\n'
    )


def test_live_leaves_a_failing_chapter_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = write(tmp_path / "01_bad.ipynb", "print(1)", "1 / 0")
    good = write(tmp_path / "02_good.ipynb", "print(2)")
    before = bad.read_bytes()
    assert live.main([], tmp_path) == 1
    assert bad.read_bytes() == before
    assert nbformat.read(good, as_version=4).cells[0].outputs
    out = capsys.readouterr().out
    assert "01_bad.ipynb ... FAILED" in out
    assert "ZeroDivisionError" in out


def test_live_runs_the_chapter_asked_for(tmp_path: Path) -> None:
    other = write(tmp_path / "01_a.ipynb", "1")
    before = other.read_bytes()
    write(tmp_path / "02_b.ipynb", "2")
    assert live.main(["02"], tmp_path) == 0
    assert other.read_bytes() == before


def test_live_says_when_there_is_no_such_chapter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert live.main(["99"], tmp_path) == 1
    assert "no chapter" in capsys.readouterr().out


# Spelling

AMERICAN = "behavior of colors"


@pytest.mark.parametrize(
    "source",
    [
        "# behavior",
        '"""Say the behavior of a task."""',
        'def f():\n    """Behavior."""\n\n    x = "the behavior of a net"',
        'print(f"the {x} has behavior {y:.3f} here")',
        "%matplotlib inline\n# behavior",
    ],
)
def test_prose_in_code_is_read(source: str) -> None:
    assert "behavior" in spelling.python_prose(source).lower()


@pytest.mark.parametrize(
    "source",
    [
        "behavior = 1",
        'plot(color="gray")',
        'legend(loc="center left")',
        "# :behavior:`x`, `behavior` and https://x.org/behavior",
        '"""He wrote: "behavior of people"."""',
    ],
)
def test_code_is_not_read(source: str) -> None:
    prose = spelling.python_prose(source)
    assert not any(word in prose for word in ("behavior", "color", "gray", "center"))


def test_prose_stays_on_its_line() -> None:
    source = 'x = 1\n"""A docstring of several words.\n\nIts behavior.\n"""\n# last\n'
    assert spelling.python_prose(source).splitlines()[3].strip() == "Its behavior."


def test_a_string_with_more_lines_than_the_rest_of_the_source_is_read() -> None:
    assert "behavior" in spelling.python_prose(r'TEXT = "One\n\n\n\nIts behavior here.\n"')


@pytest.mark.parametrize(
    "text",
    ["behavior", "> **Note.** behavior\n", "- *behavior* here", "[behavior](x.md)", "'behavior'"],
)
def test_prose_in_markdown_is_read(text: str) -> None:
    assert "behavior" in spelling.markdown_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        "```python\nbehavior = 1\n```",
        "`behavior`",
        "$behavior$",
        "$$\nbehavior\n$$",
        "[x](behavior.md)",
        "https://behavior.org",
        "> Multitask behavior\n> and more behavior\n",
        "“behavior”",
        'the paper "On behavior"',
    ],
)
def test_code_formulas_addresses_and_quotations_are_not_read(text: str) -> None:
    assert "behavior" not in spelling.markdown_prose(text)


def test_cells_of_a_notebook_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    cells = [
        nbformat.v4.new_markdown_cell("One"),
        nbformat.v4.new_code_cell("two = 1  # Three"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert spelling.prose(path).split() == ["One", "#", "Three"]


@pytest.mark.parametrize("text", [AMERICAN, "a regularizer", "the neighborhood", "teh loss"])
def test_a_wrong_word_is_found(
    tmp_path: Path, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Title\n\n{text}\n", "utf8")
    assert spelling.check([page], tmp_path) != 0
    assert "page.md:3:" in capfd.readouterr().out


def test_british_words_pass(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("A regulariser's behaviour is biased; we practise focused routing.\n", "utf8")
    assert spelling.check([page], tmp_path) == 0


# Handouts

FOLDED = "<details>\n<summary>Solution</summary>\n\nTake 4.\n\n```python\nx = 4\n```\n\n</details>"


def chapter_with(path: Path, *markdown: str) -> Path:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_markdown_cell(text) for text in markdown]
    notebook.cells.append(
        nbformat.v4.new_code_cell(
            "x = ...", execution_count=1, outputs=[nbformat.v4.new_output("stream", text="4\n")]
        )
    )
    nbformat.write(notebook, path)
    return path


def test_a_handout_has_no_solution_and_keeps_the_rest(tmp_path: Path) -> None:
    badge = "[![Open in Colab](https://x.org/colab-badge.svg)](https://x.org)"
    before = chapter_with(tmp_path / "01_a.ipynb", badge, "# T", FOLDED, f"Q.\n\n{FOLDED}\n\nA.")
    original = before.read_bytes()
    assert handout.main(["01", "--to", str(tmp_path / "out")], tmp_path) == 0
    cells = nbformat.read(tmp_path / "out" / "01_a.ipynb", as_version=4).cells
    assert [cell.source for cell in cells] == ["# T", "Q.\n\nA.", "x = ..."]
    assert cells[2].outputs[0].text == "4\n"
    assert before.read_bytes() == original


def test_a_blank_handout_has_no_outputs(tmp_path: Path) -> None:
    chapter_with(tmp_path / "01_a.ipynb", FOLDED)
    handout.main(["--blank", "--to", str(tmp_path / "out")], tmp_path)
    (cell,) = nbformat.read(tmp_path / "out" / "01_a.ipynb", as_version=4).cells
    assert (cell.outputs, cell.execution_count) == ([], None)


@pytest.mark.parametrize(
    "text", ["No exercise.", f"{FOLDED}\n\n<details>\n\nAnswer: 4\n\n</details>"]
)
def test_a_handout_that_may_give_something_away_is_refused(tmp_path: Path, text: str) -> None:
    chapter_with(tmp_path / "01_a.ipynb", text)
    with pytest.raises(ValueError, match="solutions were found"):
        handout.main(["--to", str(tmp_path / "out")], tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_handout_never_replaces_the_chapter(tmp_path: Path) -> None:
    chapter_with(tmp_path / "01_a.ipynb", FOLDED)
    with pytest.raises(SystemExit):
        handout.main(["--to", str(tmp_path)], tmp_path)


def test_a_handout_of_no_chapter_is_an_error(tmp_path: Path) -> None:
    assert handout.main(["07"], tmp_path) == 1


def test_the_chapters_make_handouts(tmp_path: Path) -> None:
    assert handout.main(["--to", str(tmp_path)]) == 0
    written = sorted(tmp_path.glob("*.ipynb"))
    assert [path.name for path in written] == [
        path.name for path in sorted((handout.ROOT / "notebooks").glob("*.ipynb"))
    ]
    for path in written:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        found = rules.exercises(notebook)
        assert len(found) >= 3
        assert all(exercise.stub and not exercise.solution for exercise in found)


# Slides


@pytest.fixture(scope="module")
def deck() -> str:
    figure = {"image/svg+xml": "<svg/>", "text/plain": "x"}
    cells = [
        new_markdown_cell("# Tiny\n\n*Reading time 5 minutes*\n\nWhat is $x$?\n\nNot asked."),
        new_markdown_cell("## Part\n\n> **Before you run it.** Up or\n> down?\n\nProse."),
        new_code_cell(
            "secret()",
            outputs=[new_output("display_data", figure)],
            metadata={
                "caption": "It goes up. A dot is a seed.",
                "mystnb": {"image": {"alt": "Dots that climb."}},
            },
        ),
        new_markdown_cell("Prose.\n\n> **Key idea: up.** Dots climb.\n\n> **Note.** Not shown."),
        new_code_cell(
            "draw()",
            outputs=[new_output("display_data", figure)],
            metadata={"mystnb": {"image": {"alt": "A bar."}}},
        ),
    ]
    return slides.deck(nbformat.v4.new_notebook(cells=cells), 5)


def test_a_deck_has_question_predictions_figures_and_key_ideas_in_order(deck: str) -> None:
    made = [clean(slide) for slide in re.findall(r"<section>(.*?)</section>", deck, re.DOTALL)]
    assert made == [
        "1 / 5 Tiny What is x ?",
        "Part 2 / 5 Before you run it Up or down?",
        "Part 3 / 5 It goes up. A dot is a seed.",
        "Part 4 / 5 Key idea up. Dots climb.",
        "Part 5 / 5 A bar.",
    ]
    assert "<title>5. Tiny</title>" in deck
    assert 'alt="Dots that climb."' in deck
    assert "<math" in deck


def clean(html: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_a_deck_asks_for_nothing_outside(deck: str) -> None:
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"|url\(|@import', deck) == []


def test_decks_are_written_and_a_missing_chapter_is_an_error(tmp_path: Path) -> None:
    assert slides.main(["05", "--to", str(tmp_path)]) == 0
    (page,) = tmp_path.iterdir()
    assert page.name.startswith("05_")
    assert page.read_text("utf8").count("<figure>") >= 5
    assert slides.main(["99", "--to", str(tmp_path)]) == 1
