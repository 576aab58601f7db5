"""UD English-GUM: a treebank of fifteen genres, with the labels of seven tasks."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtlbook.data.chunks import chunk_spans
from mtlbook.data.faults import Faults
from mtlbook.data.fetch import Source, fetch, read_registry
from mtlbook.data.sentences import Sentence, Span, bio_tags, outermost
from mtlbook.data.treebank import (
    Tree,
    Word,
    blocks,
    comments_of,
    malformed,
    read_tree,
    warn_of_subtypes,
)

COMMIT = "afb41ee9bca57991125814fa04d96a0e61470c8b"
SOURCE = Source(
    folder="gum",
    base_url="https://raw.githubusercontent.com/UniversalDependencies/UD_English-GUM/"
    f"{COMMIT}/not-to-release/sources",
    sha256=read_registry("gum-registry.txt"),
)
ENTITY_TYPES = re.compile(
    "abstract|animal|event|object|organization|person|place|plant|substance|time"
)
BRACKET = re.compile(r"\((?P<opened>[^()]+)(?P<single>\))?|(?P<closed>[^()-]+)\)")
LONGEST_NAME = 6


@dataclass(frozen=True)
class Genre:
    """A genre of GUM: its name, and the licence of its texts."""

    name: str
    licence: str

    @property
    def non_commercial(self) -> bool:
        """Whether the licence allows non-commercial use only."""
        return "-NC" in self.licence


GENRES = {
    name: Genre(name, licence)
    for name, licence in {
        "academic": "CC BY 4.0",
        "bio": "CC BY-SA 3.0",
        "conversation": "attribution (Santa Barbara Corpus)",
        "court": "CC BY 4.0",
        "essay": "CC BY-NC-SA 4.0",
        "fiction": "CC BY-NC-SA 3.0",
        "interview": "CC BY 2.5",
        "letter": "CC BY-NC-SA 4.0",
        "news": "CC BY 2.5",
        "podcast": "CC BY-NC-SA 4.0",
        "speech": "public domain",
        "textbook": "attribution (OpenStax)",
        "vlog": "attribution (YouTube, Creative Commons)",
        "voyage": "CC BY-SA 3.0",
        "whow": "CC BY-NC-SA 3.0",
    }.items()
}
"""The genres. Their licences are those of GUM's own LICENSE.txt; where that names none
(conversation, speech, textbook, vlog), those of the LICENSE.txt of the UD release."""

PENN = {
    "ADJ": "JJ JJR JJS NNP",
    "ADP": "IN RP",
    "ADV": "FW GW IN NNP RB RBR RBS WRB",
    "AUX": "MD NNP VB VBD VBG VBN VBP VBZ",
    "CCONJ": "CC",
    "DET": "DT FW IN JJ NN PDT RB WDT",
    "INTJ": "UH",
    "NOUN": "FW GW NN NNS",
    "NUM": "CD GW NN NNP",
    "PART": "POS RB TO",
    "PRON": "CD DT EX GW NN PRP PRP$ WDT WP WP$",
    "PROPN": "GW NNP NNPS",
    "PUNCT": "'' , -LRB- -RRB- . : HYPH NN SYM ``",
    "SCONJ": "IN WDT",
    "SYM": "$ NN SYM",
    "VERB": "GW NNP VB VBD VBG VBN VBP VBZ",
    "X": "CD FW GW LS NN NNP NNS PRP PRP$ RB VB VBG VBN VBP",
}
"""For each universal part of speech the tags of ``xpos`` that go with it."""

HEADS = ("newdoc", "meta::genre")
"""How the comments begin that only the first sentence of a document has."""

SENTENCE_TYPES = "decl|frag|ger|imp|inf|intj|multiple|other|q|sub|wh"


def load_gum(
    genres: Sequence[str] | None = None, *, non_commercial: bool = False
) -> list[Sentence]:
    """Load sentences of GUM, from the cache or else from GitHub (24 MB for all genres).

    The annotations are under CC BY 4.0, the texts under the licence of their genre (`GENRES`).
    The UD release as a whole is marked CC BY-NC-SA 4.0 for the sake of its non-commercial texts.
    GUM's Reddit texts may not be passed on; they are not in these files.

    Args:
        genres: the genres wanted; by default all whose licence allows any use.
        non_commercial: confirm that the use is non-commercial, which opens essay, fiction,
            letter, podcast and whow.

    Returns:
        The sentences of each document in turn, documents in alphabetical order. Words, labels,
        domain and document are those of `read_gum`.

    Raises:
        ValueError: if a genre does not exist or needs ``non_commercial``, or if a file is
            malformed.
        OSError: if a file is missing and cannot be downloaded.

    Source: Zeldes (2017), https://doi.org/10.1007/s10579-016-9343-x
    """
    chosen = _choose(genres, non_commercial)
    names = sorted(name for name in SOURCE.sha256 if name.split("_")[1] in chosen)
    return [
        sentence
        for path in fetch(SOURCE, names)
        for sentence in read_gum(path, genres, non_commercial=non_commercial)
    ]


def _choose(genres: Sequence[str] | None, non_commercial: bool) -> set[str]:
    if genres is None:
        return {
            name for name, genre in GENRES.items() if non_commercial or not genre.non_commercial
        }
    if not set(genres) <= set(GENRES):
        raise ValueError(f"genres must be a list of names out of {', '.join(GENRES)}: {genres!r}")
    closed = sorted({name for name in genres if GENRES[name].non_commercial})
    if closed and not non_commercial:
        licences = ", ".join(f"{name} ({GENRES[name].licence})" for name in closed)
        raise ValueError(
            f"for non-commercial use only: {licences}; if yours is, say non_commercial=True"
        )
    return set(genres)


def read_gum(
    path: str | os.PathLike[str],
    genres: Sequence[str] | None = None,
    *,
    non_commercial: bool = False,
    strict: bool = True,
) -> list[Sentence]:
    """Read a file of GUM, which may hold several documents, each with its genre and licence.

    Words are syntactic words (*do* and *n't* are two). Each sentence has

    - ``tags``: ``xpos``; ``upos``; ``deprel``, without subtypes; ``entity``, the outermost
      mentions of entities in BIO, with their types; ``named``, those of at most six words whose
      head is a proper noun; ``chunk``, by the rule of `mtlbook.data.chunks.chunk_spans`;
    - ``labels``: ``type``, the type of the sentence;
    - its genre as ``domain`` and the name of the text as ``document``.

    Args:
        path: the file.
        genres: the genres wanted; by default all.
        non_commercial: confirm that the use is non-commercial, which some genres ask for.
        strict: whether a malformed sentence refuses the file; else such sentences are left out,
            and a warning says so.

    Raises:
        ValueError: with file and line, if the file is malformed, or holds a document whose
            licence asks for ``non_commercial``. A file that was cut between two sentences cannot
            be told from a shorter one; `load_gum` checks SHA-256 instead.
    """
    path = Path(path)
    wanted = set(GENRES) if genres is None else _choose(genres, non_commercial)
    faults = Faults(path, "sentences", strict)
    document = None
    trees, sentences = [], []
    for start, lines in blocks(path):
        comments = comments_of(lines)
        if document is None or any(name.startswith(HEADS) for name in comments):
            document = _document(path, start, comments, document)
            genre = document.genre
            if genre.name in wanted and genre.non_commercial and not non_commercial:
                problem = f"{document.name} is for non-commercial use only ({genre.licence})"
                advice = "if yours is, say non_commercial=True; else name the genres you want"
                raise malformed(path, start, f"{problem}; {advice}")
        if document.genre.name in wanted:
            with faults.part():
                tree = read_tree(path, start, lines)
                sentences.append(_sentence(path, tree, document))
                trees.append(tree)
    if document is None:
        raise malformed(path, 1, "expected a document, found no sentence")
    faults.report(len(sentences))
    warn_of_subtypes(path, trees)
    return sentences


@dataclass(frozen=True)
class Document:
    """What the comments at its head say of a document.

    Attributes:
        name: its name.
        genre: its genre.
        layout: the attributes of its mentions of entities, joined by hyphens.
    """

    name: str
    genre: Genre
    layout: str


def _document(
    path: Path, line: int, comments: Mapping[str, str], before: Document | None
) -> Document:
    name = _comment(path, line, comments, "newdoc id", r"\S+")
    genre = _comment(path, line, comments, "meta::genre", "|".join(GENRES))
    if before:  # the layout holds until another one is declared
        comments = {"global.Entity": before.layout, **comments}
    layout = _comment(path, line, comments, "global.Entity", r"GRP-etype(-\w+)*")
    return Document(name, GENRES[genre], layout)


def _sentence(path: Path, tree: Tree, document: Document) -> Sentence:
    words, length, name = tree.words, len(tree.words), document.name
    kind = _comment(path, tree.line, tree.comments, "s_type", SENTENCE_TYPES)
    if "sent_id" in tree.comments:
        _comment(path, tree.line, tree.comments, "sent_id", rf"{re.escape(name)}-\d+")
    for word in words:
        if word.xpos not in PENN[word.upos].split():
            problem = f"expected a tag of the Penn set that goes with {word.upos}"
            raise malformed(path, word.line, f"{problem}, found {word.xpos!r}")
    forms = tuple(word.form for word in words)
    for first, behind, token in tree.tokens:
        if "".join(forms[first:behind]) != token:
            problem = f"expected words that spell {token!r}: {forms[first:behind]}"
            raise malformed(path, words[first].line, problem)
    mentions = mention_spans(path, words, len(document.layout.split("-")))
    names = [span for span in mentions if named(words, span)]
    tags = {
        "xpos": tuple(word.xpos for word in words),
        "upos": tuple(word.upos for word in words),
        "deprel": tuple(word.deprel.split(":")[0] for word in words),
        "entity": bio_tags(length, outermost(mentions)),
        "named": bio_tags(length, outermost(names)),
        "chunk": bio_tags(length, chunk_spans(words)),
    }
    return Sentence(forms, tags, domain=document.genre.name, document=name, labels={"type": kind})


def _comment(path: Path, line: int, comments: Mapping[str, str], name: str, pattern: str) -> str:
    value = comments.get(name)
    if value is None or not re.fullmatch(pattern, value):
        found = "found none" if value is None else f"found {value!r}"
        raise malformed(path, line, f"expected a comment '# {name} = {pattern}', {found}")
    return value


# Mentions of entities: the attribute ``Entity`` of column ten


def mention_spans(path: Path, words: Sequence[Word], attributes: int) -> list[Span]:
    """Read the mentions of a sentence, nested ones included.

    ``(7-person-…`` opens a mention of entity 7, ``7)`` closes the one opened last, and
    ``(7-person-…)`` is a mention of one word. Behind number and type stand further attributes,
    which are not used; the last may be absent, and may hold hyphens.

    Args:
        path: the file, for errors.
        words: the words of a sentence.
        attributes: how many attributes the document declares (``global.Entity``).

    Returns:
        Spans labelled with the type of the entity, in the order in which they open.

    Raises:
        ValueError: with file and line, if brackets are broken, do not match within the sentence,
            or name an unknown type.
    """
    spans: list[Span | None] = []
    opened: list[tuple[str, int, int, str]] = []
    for i, word in enumerate(words):
        for match in _brackets(path, word):
            if match["closed"]:
                places = [k for k, (group, *_) in enumerate(opened) if group == match["closed"]]
                if not places:
                    raise malformed(path, word.line, f"expected a mention to close: {match[0]!r}")
                _, place, start, label = opened.pop(places[-1])
                spans[place] = Span(start, i + 1, label)
                continue
            group, _, rest = match["opened"].partition("-")
            label = rest.split("-")[0]
            if not ENTITY_TYPES.fullmatch(label) or rest.count("-") < attributes - 3:
                raise malformed(
                    path, word.line, f"expected an entity with type and attributes: {match[0]!r}"
                )
            spans.append(Span(i, i + 1, label) if match["single"] else None)
            if not match["single"]:
                opened.append((group, len(spans) - 1, i, label))
    if opened:
        line = words[opened[-1][2]].line
        raise malformed(path, line, f"expected the mention of entity {opened[-1][0]} to be closed")
    return [span for span in spans if span is not None]


def _brackets(path: Path, word: Word) -> list[re.Match[str]]:
    value = word.misc.get("Entity", "")
    found = list(BRACKET.finditer(value))
    if "".join(match[0] for match in found) != value or ("Entity" in word.misc and not value):
        raise malformed(path, word.line, f"expected brackets of entities, found {value!r}")
    return found


def named(words: Sequence[Word], span: Span) -> bool:
    """Whether a mention is a name: at most six words, with a proper noun as its head.

    The head is the first word of the mention, punctuation aside, whose own head is outside.
    Longer mentions are left out: most of them hold a relative clause or an apposition.
    """
    inside = range(span.start, span.end)
    heads = [i for i in inside if words[i].head not in inside and words[i].upos != "PUNCT"]
    proper = bool(heads) and words[heads[0]].xpos in {"NNP", "NNPS"}
    return proper and len(inside) <= LONGEST_NAME
