"""Every built page in Chromium: quiet, light, readable, and usable by keyboard and on a phone.

Needs the pages (`make book`) and a Chromium: `apt-get install chromium`, or the path of one in the
environment variable `CHROME_PATH`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from notebook_rules import Address
from plainbook import course

from tests.browser_tools import CHROMIUM, Visit, launch, serve, visit

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "_build" / "html"
PAGES = sorted(
    path.relative_to(BOOK).as_posix()
    for path in BOOK.rglob("*.html")
    if not path.relative_to(BOOK).parts[0].startswith("_")  # the theme's own templates
)
CHAPTERS = [page for page in PAGES if page.startswith("notebooks/")]
KILOBYTES = {"index.html": 400}
CHAPTER_KILOBYTES = 900  # also for every other page

pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium: `apt-get install chromium`, or set CHROME_PATH"
)
every_page = pytest.mark.parametrize(
    "name",
    PAGES
    or [
        pytest.param(
            "none", marks=pytest.mark.skip(reason="the book is not built: run `make book`")
        )
    ],
)
every_chapter = pytest.mark.parametrize("name", CHAPTERS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="module")
def book() -> Iterator[str]:
    with serve(BOOK) as address:
        yield address


@pytest.fixture(scope="module")
def visits(browser: Any, book: str) -> dict[str, Visit]:
    """Each page is opened once; the tests look at what was seen."""
    return {name: visit(browser, book + name) for name in PAGES}


@pytest.fixture
def page(browser: Any, book: str) -> Iterator[Any]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


# Every page


def test_there_are_pages() -> None:
    if not BOOK.is_dir():
        pytest.skip("the book is not built: run `make book`")
    assert CHAPTERS
    assert "index.html" in PAGES


@every_page
def test_a_page_logs_no_error(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].errors == []


@every_page
def test_no_request_leaves_the_page(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].foreign() == []


@every_page
def test_every_image_has_alt_text(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].without_alt == []


@every_page
def test_no_page_scrolls_sideways(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].too_wide == []


@every_page
def test_no_interval_of_a_table_breaks(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].broken == []


@every_page
def test_axe_finds_nothing_serious(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].serious == []


@every_page
def test_figures_and_formulas_are_readable_in_the_dark(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].dark_on_dark == []


@every_page
def test_a_page_is_light(name: str, visits: dict[str, Visit]) -> None:
    assert visits[name].transferred < 1000 * KILOBYTES.get(name, CHAPTER_KILOBYTES)


@every_page
def test_fonts_are_loaded_where_they_are_needed(name: str, visits: dict[str, Visit]) -> None:
    if name == "404.html":  # it stands by itself, at any depth, in the reader's own fonts
        pytest.skip("the page of a wrong address needs no fonts")
    loaded = {Path(url).name for url in visits[name].requests if url.endswith(".woff2")}
    has_formulas = "<math " in (BOOK / name).read_text("utf8")
    # An icon that is missing from our own font would come from the theme's, of 270 KB.
    assert loaded >= {"icons.woff2", "serif-normal.woff2"} | (
        {"math.woff2"} if has_formulas else set()
    )
    assert loaded <= {path.name for path in (ROOT / "book/_static").glob("*.woff2")}


@every_page
def test_only_the_search_page_loads_what_searches(name: str, visits: dict[str, Visit]) -> None:
    names = {Path(urlsplit(url).path).name for url in visits[name].requests}
    assert ("searchindex.js" in names) is (name == "search.html")


@every_chapter
def test_every_chapter_that_prose_names_is_a_link(name: str) -> None:
    html = (BOOK / name).read_text("utf8").partition("<article")[2].partition("</article>")[0]
    for element in ("h[1-6]", "pre", "code", "a", "table", "summary", "math"):
        html = re.sub(rf"<({element})\b.*?</\1>", " ", html, flags=re.DOTALL)
    own = int(Path(name).name[:2])
    named = re.findall(r"\b[Cc]hapters?\s+(\d+)", html.partition("</strong>")[2])
    assert [int(found) for found in named if int(found) not in (own, *range(14, 18))] == []


# What a reader does


@every_chapter
def test_the_colab_button_opens_the_notebook(name: str, page: Any, book: str) -> None:
    page.goto(book + name)
    notebook = name.replace(".html", ".ipynb")
    buttons = page.locator('.article-header-buttons a[href*="colab"]')
    assert [b.get_attribute("href") for b in buttons.all()] == [Address.read().colab(notebook)]


@every_chapter
def test_the_copy_button_copies(name: str, page: Any, book: str) -> None:
    page.goto(book + name)
    cell = page.locator(".cell_input:visible .highlight").first
    cell.hover()
    cell.locator("button.copybtn").click()
    page.wait_for_selector("button.copybtn.success")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied
    assert copied.strip() == cell.locator("pre").inner_text().strip()


@every_chapter
def test_solutions_unfold_by_keyboard(name: str, page: Any, book: str) -> None:
    page.goto(book + name)
    folded = page.locator("details", has=page.get_by_text("Solution", exact=True))
    assert folded.count() >= 3
    for solution in folded.all():
        code = solution.locator("pre").first
        assert not code.is_visible()
        solution.locator("summary").focus()
        page.keyboard.press("Enter")
        assert code.is_visible()


# What a reader may look for, and the pages where it stands: one of them among the first three.
QUERIES = {
    "inductive bias": "01",
    "generalization": "01 02",
    "generalisation": "01 02",
    "hyperparameter": "01 how_to_read",
    "learning rate": "01 06 glossary",
    "overfitting": "01 02",
    "negative transfer": "02 glossary",
    "hard parameter sharing": "03",
    "early stopping per task": "03",
    "soft sharing": "04",
    "trace norm": "04",
    "cross-stitch": "05",
    "sluice network": "05",
    "gradient conflict": "06",
    "gradnorm": "06",
    "uncertainty weighting": "06",
    "reading comprehension": "07",
    "f1 score": "07",
    "squad": "07",
    "unanswerable questions": "07 08",
    "domain adaptation": "08",
    "ms marco": "09",
    "bert": "10",
    "masked language model": "10",
    "next sentence prediction": "10",
    "which auxiliary task": "11",
    "mutual information": "11",
    "shared private": "12",
    "label noise": "13",
    "confidence interval": "how_to_read",
}
FIND = """query => Search._performSearch(...Search._parseQuery(query))
    .reverse().slice(0, 3).map(found => found[0])"""


def test_what_readers_look_for_is_among_the_first_three(page: Any, book: str) -> None:
    page.goto(f"{book}search.html")
    page.wait_for_function("Search.hasIndex()")
    missed = {}
    for query, pages in QUERIES.items():
        found = page.evaluate(FIND, query)
        if not re.search(f"/({pages.replace(' ', '|')})", " ".join(found)):
            missed[query] = found
    assert len(QUERIES) == 30
    assert len(missed) <= 2, missed
    known = page.evaluate("[Object.keys(ALSO), Search._index.docnames]")
    assert set(known[0]) <= set(known[1])


RING = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
}"""


def test_the_keyboard_is_seen_on_every_button_and_stays_on_the_colours(
    page: Any, book: str
) -> None:
    page.goto(book + CHAPTERS[0])
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.className || document.activeElement.id"))
        assert page.evaluate(RING), page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("document.activeElement.matches('.theme-switch-button')"):
            break
    text = " ".join(seen)
    for button in ("sidebar-toggle", "dropdown-toggle", "theme-switch-button"):
        assert button in text
    modes = set()
    for _ in range(3):
        page.keyboard.press("Enter")
        page.wait_for_timeout(100)
        modes.add(page.evaluate("document.documentElement.dataset.mode"))
        assert page.evaluate("document.activeElement.matches('.theme-switch-button')")
    assert len(modes) == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_names_in_code_look_like_the_code_around_them(page: Any, book: str, theme: str) -> None:
    page.goto(book + CHAPTERS[0])  # `tidy.py` takes their elements away, and may do so
    colours = page.evaluate(
        """theme => {
            document.documentElement.dataset.theme = theme;
            const code = document.querySelector(".highlight pre");
            return ["n", "p", "k"].map(kind => {
                const word = code.appendChild(document.createElement("span"));
                word.className = kind;
                return getComputedStyle(word).color === getComputedStyle(code).color;
            });
        }""",
        theme,
    )
    assert colours == [True, True, False]
    assert page.locator(".highlight .n, .highlight .p").count() == 2


@pytest.mark.parametrize("width", [390, 768])
def test_a_narrow_bar_has_four_icons(page: Any, book: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(book + CHAPTERS[0])
    assert 2 <= page.locator(".bd-header-article .btn:visible").count() <= 4


MARGINS = """() => {
    const box = name => document.querySelector(name).getBoundingClientRect();
    const tables = [...document.querySelectorAll(".pst-scrollable-table-container")]
        .map(table => table.getBoundingClientRect());
    return {column: box(".bd-article h1").right, widest: Math.max(...tables.map(t => t.right)),
        contents: box(".bd-sidebar-secondary").left};
}"""
LETTERS = """() => Math.min(...[...document.querySelectorAll("svg.drawing")].flatMap(drawing => {
    const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
    return [...drawing.querySelectorAll("text")]
        .map(text => parseFloat(getComputedStyle(text).fontSize) * scale);
}))"""


def test_wide_tables_use_the_margin_of_a_desk(page: Any, book: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(book + "book/paper_against_ours.html")
    seen = page.evaluate(MARGINS)
    assert seen["column"] + 100 < seen["widest"] < seen["contents"]


def test_a_phone_shows_the_letters_of_figures_in_nine_pixels(page: Any, book: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(book + CHAPTERS[0])
    assert page.evaluate(LETTERS) >= 9


def test_search_finds_inductive_bias(page: Any, book: str) -> None:
    page.goto(book + "index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("inductive bias")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li")
    found = page.locator("#search-results li a").all_inner_texts()
    assert any("Inductive bias" in title for title in found)


def test_the_theme_can_be_chosen(page: Any, book: str) -> None:
    page.goto(book + "index.html")
    colours = set()
    for _ in range(3):
        page.locator(".theme-switch-button:visible").click()
        colours.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


# A recorded run to move through: on a page of its own, and on the page of its chapter

RUN = course.read(ROOT / course.RECORD)
STYLE = re.sub(r"@font-face \{[^}]*\}", "", (ROOT / "book/_static/book.css").read_text("utf8"))
COURSE = f"""<style>{STYLE}</style>
<div class="bd-article">{course.write(RUN)}</div>"""


def mean(relatedness: int, look: int) -> list[str]:
    """What the cells are to show: the mean of each weight over the networks."""
    networks = [network[look] for network in RUN["runs"][relatedness]["weights"]]
    means = [sum(weights) / len(networks) / 100 for weights in zip(*networks, strict=True)]
    return [f"{w:.2f}".replace("-", "−").replace("0.", ".", 1) for w in means]


def close(found: list[str], expected: list[str]) -> bool:
    """Whether numbers agree, but for the last digit of one that lies between two."""
    numbers = [[float(w.replace("−", "-")) for w in cells] for cells in (found, expected)]
    return len(found) == 36 and all(abs(a - b) < 0.011 for a, b in zip(*numbers, strict=True))


def move_through(page: Any) -> None:
    """Move through the run by keyboard alone, and see that all that is shown moves."""
    figure = page.locator("figure.course")
    cells = figure.locator("tbody td")
    state, slider = figure.get_by_role("status"), figure.get_by_role("slider", name="updates")
    assert close(cells.all_inner_texts(), mean(0, 10))  # it begins where there is much to see
    figure.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    assert state.inner_text().startswith("0 updates, related task: the start")
    assert close(cells.all_inner_texts(), mean(0, 0))
    assert figure.locator("svg circle").count() == 0
    page.wait_for_function("document.querySelector('.course-state').textContent.startsWith('20 ')")
    page.keyboard.press("Enter")
    assert figure.get_by_role("button").inner_text() == "Play"
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "20 updates"
    assert close(cells.all_inner_texts(), mean(0, 1))
    first = figure.locator("svg circle").bounding_box()
    page.keyboard.press("End")
    assert close(cells.all_inner_texts(), mean(0, 10))
    assert not close(cells.all_inner_texts(), mean(0, 1))
    last = figure.locator("svg circle").bounding_box()
    assert last["x"] > first["x"]
    assert last["y"] > first["y"]  # the error falls
    errors = [network[-1] / 10 for network in RUN["runs"][0]["error"]]
    assert f"{sum(errors) / len(errors):.1f} % of labels wrong" in state.inner_text()
    for layer in (0, 1):
        # Row by row: main 1 and main 2 from aux 1 and aux 2.
        block = [16 * layer + place for place in (2, 3, 6, 7)]
        taken = [abs(n[-1][place]) for n in RUN["runs"][0]["weights"] for place in block]
        shown = re.search(
            rf"(\.\d\d)(?: from a part of aux)? at layer {layer + 1}", state.inner_text()
        )
        assert float(shown[1]) == pytest.approx(sum(taken) / len(taken) / 100, abs=0.006)
    figure.get_by_role("radio", name="related", exact=True).focus()
    page.keyboard.press("ArrowRight")
    assert "200 updates, unrelated task: " in state.inner_text()
    assert close(cells.all_inner_texts(), mean(1, 10))
    figure.get_by_role("combobox", name="network").focus()
    page.keyboard.press("ArrowDown")
    one = RUN["runs"][1]["weights"][0][10]
    assert close(cells.all_inner_texts(), [str(w / 100) for w in one])


@pytest.mark.parametrize("width", [1280, 390])
def test_a_run_is_moved_through_by_keyboard(browser: Any, tmp_path: Path, width: int) -> None:
    (tmp_path / "page.html").write_text(GOOD % COURSE, "utf8")
    context = browser.new_context(viewport={"width": width, "height": 844})
    with serve(tmp_path) as address:
        page = context.new_page()
        page.goto(f"{address}page.html")
        move_through(page)
    context.close()


def test_the_run_can_be_read_by_all(browser: Any, tmp_path: Path) -> None:
    seen = seen_on(browser, tmp_path, COURSE)
    assert [seen.errors, seen.foreign(), seen.too_wide, seen.serious] == [[]] * 4
    assert seen.transferred < 30_000


def test_without_a_script_and_on_paper_there_is_no_run(browser: Any, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(GOOD % COURSE, "utf8")
    with serve(tmp_path) as address:
        for script in (False, True):
            context = browser.new_context(java_script_enabled=script)
            page = context.new_page()
            page.goto(f"{address}page.html")
            assert page.locator("figure.course").is_visible() is script
            page.emulate_media(media="print")
            assert not page.locator("figure.course").is_visible()
            context.close()


@pytest.mark.skipif(
    not (ROOT / "notebooks/05_sluice_networks.ipynb").exists() or not CHAPTERS,
    reason="the chapter on sluice networks is not there, or the book is not built",
)
def test_the_chapter_on_sluice_networks_holds_the_run(page: Any, book: str) -> None:
    page.goto(book + "notebooks/05_sluice_networks.html")
    move_through(page)


# Each check can fail

GOOD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>[data-theme=dark] body {background: #111; color: #eee} article img {background: #fff}</style>
</head><body><main><h1>A page</h1><article>%s</article></main></body></html>"""
PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


DRAWN = '<svg class="drawing" aria-label="{}"><text y="9" fill="{}">words</text></svg>'


def seen_on(browser: Any, folder: Path, body: str) -> Visit:
    (folder / "page.html").write_text(GOOD % body, "utf8")
    with serve(folder) as address:
        return visit(browser, f"{address}page.html")


def test_a_good_page_has_no_problem(browser: Any, tmp_path: Path) -> None:
    body = f'<p>Text.</p><img src="{PIXEL}" alt="A pixel, as an example of a figure">'
    body += DRAWN.format("A word, as an example of a figure", "#ccc")
    seen = seen_on(browser, tmp_path, f"{body}<math><mi>x</mi></math>")
    problems = [seen.errors, seen.foreign(), seen.without_alt, seen.too_wide, seen.serious]
    assert [*problems, seen.dark_on_dark, seen.broken] == [[]] * 7
    assert 400 < seen.transferred < 2000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("<script>console.error('no')</script>", "errors"),
        ("<script>throw Error('no')</script>", "errors"),
        ('<script src="lost.js"></script>', "errors"),
        (f'<img src="{PIXEL}">', "without_alt"),
        (f'<img src="{PIXEL}" alt="figure 1">', "without_alt"),
        ('<div style="width: 400px; height: 9px"></div>', "too_wide"),
        ('<details><summary>S</summary><pre style="width: 2000px">x</pre></details>', "too_wide"),
        ("<button></button>", "serious"),
        ('<p style="color: #bbb; background: #fff">Pale.</p>', "serious"),
        ("<style>[data-theme=dark] p {color: #333}</style><p>Dark.</p>", "serious"),
        (
            # Of words of code only the first of a kind is weighed, here the third.
            '<style>.k2 {color: #ddd}</style><pre><span class="k1">if</span> <span class="k1">so'
            '</span> <span class="k2">:</span> <span class="k2">pale</span></pre>',
            "serious",
        ),
        (
            f'<img style="background: none" src="{PIXEL}" alt="A figure without a card">',
            "dark_on_dark",
        ),
        ('<math style="color: #333"><mi>x</mi></math>', "dark_on_dark"),
        (DRAWN.format("An example of a figure", "#444"), "dark_on_dark"),
        (DRAWN.format("", "#ccc"), "without_alt"),
        ("<table><tr><td>+1.5 [+0.5, +2.5]</td></tr></table>", "broken"),
        ('<table><tr><td style="width: 9px"><small>1 to 2</small></td></tr></table>', "broken"),
    ],
)
def test_a_problem_is_seen(browser: Any, tmp_path: Path, body: str, field: str) -> None:
    assert getattr(seen_on(browser, tmp_path, body), field)


def test_a_foreign_request_is_seen(browser: Any, tmp_path: Path) -> None:
    seen = seen_on(browser, tmp_path, '<script async src="https://cdn.invalid/x.js"></script>')
    assert set(seen.foreign()) == {"https://cdn.invalid/x.js"}


def test_bytes_are_counted_as_they_travel(browser: Any, tmp_path: Path) -> None:
    plain = seen_on(browser, tmp_path, "").transferred
    text = seen_on(browser, tmp_path, f"<!-- {'a' * 100_000} -->").transferred
    assert plain < text < plain + 1000
