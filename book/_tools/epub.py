"""Build the book as an EPUB, and let epubcheck validate it: `make epub`, or `epub.py FILE`.

Sphinx builds it from Jupyter Book's own configuration, without the extensions that only serve a web
page: the theme's hooks fail where there is no theme, and an e-book has no buttons.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from jupyter_book.config import get_final_config
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

ROOT = Path(__file__).resolve().parents[2]
WEB_ONLY = {
    "sphinx_book_theme",
    "sphinx_copybutton",
    "sphinx_thebe",
    "sphinx_togglebutton",
}
WIDTH = 300  # of a line of epubcheck's, which may list all attributes that would be allowed
INSTALL = "On Debian or Ubuntu: apt-get install epubcheck. On macOS: brew install epubcheck"


def settings(folder: Path, name: str) -> dict[str, Any]:
    """Sphinx's settings for the book in `folder`, to be written to `name`.epub."""
    config: dict[str, Any]
    config, _ = get_final_config(
        user_yaml=folder / "_config.yml",
        cli_config={
            "external_toc_path": "_toc.yml",
            "nitpicky": True,
            "latex_individualpages": False,
        },
        sourcedir=folder,
    )
    about = yaml.safe_load((folder / "CITATION.cff").read_text("utf8"))
    address = about["repository-code"]
    config["extensions"] = [name for name in config["extensions"] if name not in WEB_ONLY]
    return config | {
        "project": about["title"],
        "version": about["version"],
        "epub_basename": name,
        "epub_contributor": config["author"],
        "epub_copyright": f"{config['copyright']}. Text: CC BY 4.0. Code: MIT",
        "epub_css_files": ["ebook.css"],
        "epub_description": " ".join(about["abstract"].split()),
        # Copied for the pages of the web, where the static files serve.
        "epub_exclude_files": [
            f"_static/{path.relative_to(static).as_posix()}"
            for static in [folder / "book" / "_static"]
            for path in static.rglob("*")
            if path.is_file() and path.name not in {"ebook.css", "math.woff2"}
        ],
        "epub_identifier": address,
        "epub_scheme": "URL",
        "epub_show_urls": "no",  # they are links, and would tear the lines
        "epub_tocdepth": 3,  # part, chapter, section
        "epub_tocdup": False,
        "epub_tocscope": "includehidden",  # Jupyter Book hides every table of contents
        "epub_uid": "book",
        "epub_use_index": False,
        "html_js_files": [],
    }


def build(folder: Path, epub: Path) -> Path | None:
    """Build the EPUB afresh, in a folder beside its place; return it, or None after a warning."""
    work = epub.with_suffix("")
    shutil.rmtree(work, ignore_errors=True)
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            folder,
            confdir=None,
            outdir=work / "pages",
            doctreedir=work / "doctrees",
            buildername="epub",
            confoverrides=settings(folder, epub.stem),
            status=None,
            freshenv=True,
            warningiserror=True,
            keep_going=True,
        )
        app.build()
    return None if app.statuscode else work / "pages" / epub.name


def check(epub: Path) -> bool:
    """Whether epubcheck, which must be installed, finds nothing to object to.

    Debian ships a Java archive that the kernel may not know how to start, so Java starts it.
    """
    program = shutil.which("epubcheck")
    assert program
    is_archive = Path(program).read_bytes()[:2] == b"PK"
    command = ["java", "-jar", program] if is_archive else [program]
    # Warnings fail it, too.
    result = subprocess.run(
        [*command, "--failonwarnings", str(epub)], capture_output=True, text=True, check=False
    )
    if result.returncode:
        for line in (result.stdout + result.stderr).splitlines():
            print(line[:WIDTH], file=sys.stderr)
    return result.returncode == 0


def main(epub: Path, validate: bool = True) -> int:
    """Build the whole book, validate it, and put it in its place only if it is valid."""
    if validate and shutil.which("epubcheck") is None:
        print(
            f"epubcheck is missing, and it is what validates the EPUB. {INSTALL}", file=sys.stderr
        )
        return 1
    packed = build(ROOT, epub)
    if packed is None or (validate and not check(packed)):
        return 1
    packed.replace(epub)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
