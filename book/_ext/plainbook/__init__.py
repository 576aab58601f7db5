"""Turn plain CommonMark into book features while Sphinx builds the page.

A notebook of this book must read well in Colab, in Jupyter and on GitHub, none of which know
MyST's directives. So the authors write CommonMark, and this extension works on the parsed page:

* `callouts`: a quote that opens with a bold label becomes an admonition;
* `folds`: what is folded on the page, and open on paper;
* `chapters`: numbers of chapters, their opening line, and links to them;
* `claims`: the lines that claims print become a list;
* `links`: a link to a paper or to a page of this book becomes a checked internal link;
* `maths`: formulas become MathML, so that no script is needed to show them;
* `figures`: a figure gets its number and caption, and the colours of the page's theme;
* `tables`: tables of both kinds look alike, with intervals that never break;
* `landing`: the landing page shows figures and facts of the chapters;
* `course`: a recorded run as a figure to move through, behind the picture of it;
* `recorded`: the page of recorded runs has a table of all result files;
* `ebook`: an EPUB that stands up to a validator, with open solutions;
* `pages`: a description for search engines, and nothing that no page uses;
* `sharing`: how a page looks where it is linked to, and the page for a wrong address;
* `tidy`: last touches to what the theme writes.
"""

from typing import Any

from sphinx.application import Sphinx

from plainbook.callouts import Callouts
from plainbook.chapters import ChapterLinks, NumberedChapters
from plainbook.claims import ChecksBelow, ClaimLists
from plainbook.course import Courses, recorded_course, skip_course, visit_course
from plainbook.ebook import Ebook, Unfold
from plainbook.figures import (
    Captions,
    InlineFigures,
    depart_caption,
    depart_figure,
    numbered_caption,
    numbered_figure,
    pass_by,
    visit_caption,
    visit_figure,
)
from plainbook.folds import FoldedEvidence, FoldedImports, depart_fold, fold, visit_fold
from plainbook.landing import ChapterFigure, Chapters
from plainbook.links import BookLinks
from plainbook.maths import render_block, render_inline
from plainbook.pages import complete_page
from plainbook.recorded import RecordedRuns
from plainbook.sharing import describe, write_not_found
from plainbook.tables import Tables
from plainbook.tidy import tidy_pages


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the parts with Sphinx."""
    # Jupyter Book hands the address over as theme options; these values fall back on them, so that
    # the address of the repository stands in `_config.yml` once.
    app.add_config_value("plainbook_repository", "", "env")
    app.add_config_value("plainbook_branch", "", "env")
    app.add_transform(Callouts)
    app.add_transform(Courses)
    app.add_transform(ClaimLists)
    app.add_transform(NumberedChapters)
    app.add_transform(ChapterLinks)
    app.add_transform(FoldedEvidence)
    app.add_transform(FoldedImports)
    skip = (skip_course, None)
    app.add_node(recorded_course, html=(visit_course, None), latex=skip, text=skip)
    app.add_transform(Captions)
    other = (pass_by, pass_by)
    for node, html in (
        (numbered_figure, (visit_figure, depart_figure)),
        (numbered_caption, (visit_caption, depart_caption)),
        (fold, (visit_fold, depart_fold)),
    ):
        app.add_node(node, html=html, latex=other, text=other)
    app.add_post_transform(InlineFigures)
    app.add_post_transform(Tables)
    app.add_post_transform(BookLinks)
    app.add_post_transform(ChecksBelow)
    app.add_post_transform(Unfold)
    app.add_builder(Ebook, override=True)
    app.add_html_math_renderer("mathml", (render_inline, None), (render_block, None))
    app.add_directive("chapter-figure", ChapterFigure)
    app.add_directive("chapters", Chapters)
    app.add_directive("recorded-runs", RecordedRuns)
    app.connect("html-page-context", complete_page, priority=900)
    app.connect("html-page-context", describe, priority=950)  # when there is a description
    app.connect("build-finished", tidy_pages)
    app.connect("build-finished", write_not_found, priority=900)  # it is none of the theme's
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
