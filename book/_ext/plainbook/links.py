"""Links that work everywhere become internal links on the page, and are checked.

* A link to the DOI, arXiv page or URL of an entry of the bibliography leads to that entry.
* A link to a page of the book on GitHub (the only form that works from Colab) leads to the page.

What cannot be resolved is a warning, and the build treats warnings as errors.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

log = logging.getLogger(__name__)

ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf|html)/(?P<id>.+?)(?:v\d+)?(?:\.pdf)?")


def normalise(url: str) -> str:
    """One spelling for the addresses under which a paper is cited.

    DOIs ignore case; arXiv serves one paper as abstract, PDF and HTML, in several versions.
    """
    address = re.sub(r"^https?://(?:dx\.|www\.)?", "", unquote(url)).rstrip("/").lower()
    arxiv = ARXIV.fullmatch(address)
    return f"arxiv.org/abs/{arxiv['id']}" if arxiv else address


def papers(entries: Any) -> dict[str, str]:
    """Map each address of each entry of the bibliography to the entry's key."""
    found = {}
    for key, entry in entries.items():
        fields = {name.lower(): value for name, value in entry.fields.items()}
        if "doi" in fields:
            found[normalise(f"https://doi.org/{fields['doi']}")] = key
        if "eprint" in fields:
            found[normalise(f"https://arxiv.org/abs/{fields['eprint']}")] = key
        if "url" in fields:
            found[normalise(fields["url"])] = key
    return found


class BookLinks(SphinxPostTransform):
    """Resolve links to papers and to the book's own files."""

    default_priority = 5  # MyST resolves, and checks, its cross-references at 9

    def run(self, **kwargs: Any) -> None:
        """Look at each external link of the document."""
        cite: Any = self.env.get_domain("cite")
        # The entries of the bibliography keep their own links to the publisher.
        lists_papers = self.env.docname in {key.docname for key in cite.bibliographies}
        known = {} if lists_papers else papers(cite.bibdata.data.entries)
        for link in list(self.document.findall(nodes.reference)):
            address = link.get("refuri", "")
            paper = normalise(address)
            if paper in known:
                self._link_to_paper(link, known[paper])
            elif paper.startswith(("doi.org/", "arxiv.org/abs/")) and not lists_papers:
                self._warn(link, f"{address} is in no entry of the bibliography")
            else:
                self._link_to_own_file(link, address)

    def _link_to_paper(self, link: nodes.reference, key: str) -> None:
        cite: Any = self.env.get_domain("cite")
        listed = {entry.key: entry for entry in cite.citations}
        if key not in listed:
            self._warn(link, f"{key!r} is cited, but no page lists it")
            return
        text = nodes.inline("", "", *link.children, classes=["paper"])
        page, anchor = listed[key].bibliography_key.docname, listed[key].citation_id
        link.replace_self(make_refnode(self.app.builder, self.env.docname, page, anchor, text))

    def _link_to_own_file(self, link: nodes.reference, address: str) -> None:
        options = self.config.html_theme_options
        repository = self.config.plainbook_repository or options.get("repository_url", "")
        branch = self.config.plainbook_branch or options.get("repository_branch", "")
        own = re.fullmatch(
            rf"{re.escape(repository)}/(?:blob|tree)/{re.escape(branch)}/([^#?]+)(?:#(.*))?",
            address,
        )
        if not repository or not own:
            return
        path, anchor = unquote(own[1]), own[2]
        page = self.env.path2doc(str(Path(self.env.srcdir, path)))
        if page in self.env.all_docs:
            # MyST's own kind of cross-reference: it knows every heading, and warns of a wrong one.
            reference = addnodes.pending_xref(
                "",
                nodes.inline("", "", *link.children),
                refdomain="doc",
                reftype="myst",
                reftarget=page,
                reftargetid=anchor,
                refdoc=self.env.docname,
                refexplicit=True,
            )
            reference.source, reference.line = link.source, link.line
            link.replace_self(reference)
        elif not Path(self.env.srcdir, path).exists():
            self._warn(link, f"{address}: the repository has no such file")

    def _warn(self, link: nodes.reference, message: str) -> None:
        log.warning(message, location=link, type="plainbook")
