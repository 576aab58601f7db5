"""Dependency trees from CoNLL-U files; what is malformed is refused with file and line."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtlbook.data.faults import Faults, read_text

UPOS = re.compile("ADJ|ADP|ADV|AUX|CCONJ|DET|INTJ|NOUN|NUM|PART|PRON|PROPN|PUNCT|SCONJ|SYM|VERB|X")
COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
WORD_ID = re.compile(r"[1-9][0-9]{0,3}")
RANGE_ID = re.compile(r"([1-9][0-9]{0,3})-([1-9][0-9]{0,3})")
EMPTY_ID = re.compile(r"(0|[1-9][0-9]{0,3})\.[1-9][0-9]{0,3}")
HEAD = re.compile(r"0|[1-9][0-9]{0,3}")
RELATION = re.compile(
    "acl|advcl|advmod|amod|appos|aux|case|cc|ccomp|clf|compound|conj|cop|csubj|dep|det|discourse|"
    "dislocated|expl|fixed|flat|goeswith|iobj|list|mark|nmod|nsubj|nummod|obj|obl|orphan|"
    "parataxis|punct|reparandum|root|vocative|xcomp"
)
"""The universal relations (https://universaldependencies.org/u/dep/)."""
SUBTYPES = re.compile(
    "(acl|advcl):relcl|advmod:(emph|lmod)|aux:pass|cc:preconj|compound:(lvc|prt|redup|svc)|"
    "[cn]subj:(outer|pass)|det:(numgov|nummod|poss|predet)|expl:(impers|pass|pv)|"
    "flat:(foreign|name)|nmod:(desc|npmod|poss|tmod|unmarked)|nummod:gov|"
    "obl:(agent|arg|lmod|npmod|tmod|unmarked)"
)
"""The subtypes of that list, and those of English treebanks."""
SUBTYPE = re.compile("[a-z]+")
FEATURE = r"[A-Z0-9][A-Za-z0-9]*(\[[a-z]+\])?=[A-Z0-9][A-Za-z0-9]*(,[A-Z0-9][A-Za-z0-9]*)*"
FEATURES = re.compile(rf"_|{FEATURE}(\|{FEATURE})*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Word:
    """A syntactic word.

    Attributes:
        line: its line in the file, counted from 1.
        form: the word as written.
        upos: its universal part of speech.
        xpos: its part of speech in the treebank's own tag set.
        head: the position of its head in the sentence, counted from 0; -1 for the root.
        deprel: its relation to the head, with subtype.
        misc: the attributes of the tenth column.
    """

    line: int
    form: str
    upos: str
    xpos: str
    head: int
    deprel: str
    misc: Mapping[str, str]


@dataclass(frozen=True)
class Tree:
    """A sentence.

    Attributes:
        line: its first line in the file, counted from 1.
        comments: its comments by name.
        words: its words.
        tokens: its multiword tokens: the first word, the one behind the last, and what is written.
    """

    line: int
    comments: Mapping[str, str]
    words: tuple[Word, ...]
    tokens: tuple[tuple[int, int, str], ...] = ()


def malformed(path: Path, line: int, problem: str) -> ValueError:
    """Return the error that every reader of corpus files raises: file, line, what is wrong."""
    return ValueError(f"{path}, line {line}: {problem}")


def read_trees(path: str | os.PathLike[str], *, strict: bool = True) -> list[Tree]:
    """Read a CoNLL-U file (https://universaldependencies.org/format.html).

    The words are the syntactic ones: *don't* is two, *do* and *n't*. Lines of multiword tokens
    (``4-5``) and of empty nodes (``8.1``) are checked and left out. Subtypes of relations that
    are not on the list of Universal Dependencies are named in a warning.

    Args:
        path: the file.
        strict: whether a malformed sentence refuses the file; else such sentences are left out,
            and a warning says so.

    Raises:
        ValueError: with file and line, if the file is not UTF-8 with line feeds, ends within a
            sentence, or has sentences that are no tree of words with ten columns each, or that
            contradict their own line ``# text`` or their enhanced relations.
    """
    faults = Faults(Path(path), "sentences", strict)
    trees = []
    for start, lines in blocks(Path(path)):
        with faults.part():
            trees.append(read_tree(Path(path), start, lines))
    faults.report(len(trees))
    warn_of_subtypes(Path(path), trees)
    return trees


def blocks(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each sentence of a CoNLL-U file: its first line, counted from 1, and its lines.

    Raises:
        ValueError: with file and line, if the file as a whole cannot be read.
    """
    text = read_text(path)
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        problem = "expected line feeds only, found a carriage return; save the file so"
        raise malformed(path, line, problem)
    if not text.endswith("\n\n"):
        line = text.rstrip("\n").count("\n") + 1
        raise malformed(path, line, "expected an empty line behind the last sentence; cut off?")
    lines = text.split("\n")
    start = 0
    for end, content in enumerate(lines):
        if not content:
            if end > start:
                yield start + 1, lines[start:end]
            start = end + 1


def warn_of_subtypes(path: Path, trees: Iterable[Tree]) -> None:
    """Name the subtypes of relations that are not on the list of Universal Dependencies."""
    first: dict[str, int] = {}
    for tree in trees:
        for word in tree.words:
            if ":" in word.deprel and not SUBTYPES.fullmatch(word.deprel):
                first.setdefault(word.deprel, word.line)
    if first:
        named = ", ".join(f"{name} (line {number})" for name, number in first.items())
        warnings.warn(f"{path}: subtypes of relations of its own: {named}", stacklevel=3)


def comments_of(lines: Sequence[str]) -> dict[str, str]:
    """Return the comments of a sentence by name: ``# name = value``."""
    pairs = [line[1:].partition("=") for line in lines if line.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in pairs}


def read_tree(path: Path, start: int, lines: Sequence[str]) -> Tree:
    """Read the lines of one sentence, the first of which is line ``start`` of the file.

    Raises:
        ValueError: with file and line, as `read_trees` says.
    """
    rows: list[tuple[int, list[str]]] = []
    words: list[Word] = []
    for number, line in enumerate(lines, start):
        if line.startswith("#"):
            if rows:
                raise malformed(path, number, "expected comments before the first word only")
            continue
        columns = line.split("\t")
        if _is_word(path, number, columns, len(words)):
            _, form, _, upos, xpos, _, head, deprel, _, misc = columns
            attributes = _misc(path, number, misc)
            words.append(Word(number, form, upos, xpos, int(head) - 1, deprel, attributes))
        rows.append((number, columns))
    if not words:
        raise malformed(path, start, "expected a sentence, found no word")
    _check_tree(path, words)
    comments = comments_of(lines)
    if "text" in comments:
        _check_text(path, comments["text"], rows)
    if not any("." in columns[0] for _, columns in rows):
        for number, columns in rows:
            _check_enhanced(path, number, columns)
    spans = [(RANGE_ID.fullmatch(columns[0]), columns[1]) for _, columns in rows]
    tokens = tuple((int(span[1]) - 1, int(span[2]), form) for span, form in spans if span)
    return Tree(start, comments, tuple(words), tokens)


def _is_word(path: Path, number: int, columns: Sequence[str], before: int) -> bool:
    """Check one line behind ``before`` words; return whether it is a syntactic word."""
    if len(columns) != len(COLUMNS):
        raise malformed(path, number, f"expected 10 columns, found {len(columns)}")
    for name, value in zip(COLUMNS, columns, strict=True):
        if not value or value != value.strip() or "  " in value:
            raise malformed(path, number, f"expected a {name} without stray blanks: {value!r}")
        if CONTROL.search(value):
            raise malformed(
                path, number, f"expected a {name} without control characters: {value!r}"
            )
    identity, _, _, upos, _, features, head, deprel, _, _ = columns
    if span := RANGE_ID.fullmatch(identity):
        if int(span[1]) != before + 1 or int(span[2]) < int(span[1]):
            raise malformed(path, number, f"expected a range from {before + 1}, found {identity}")
        return False
    if node := EMPTY_ID.fullmatch(identity):
        if int(node[1]) != before:
            raise malformed(path, number, f"expected an empty node {before}.x, found {identity}")
        return False
    if not WORD_ID.fullmatch(identity) or int(identity) != before + 1:
        raise malformed(path, number, f"expected word {before + 1}, found {identity!r}")
    if not UPOS.fullmatch(upos):
        raise malformed(path, number, f"expected a universal part of speech, found {upos!r}")
    if not FEATURES.fullmatch(features):
        raise malformed(path, number, f"expected features such as Number=Sing, found {features!r}")
    if not HEAD.fullmatch(head):
        raise malformed(path, number, f"expected the number of a head, found {head!r}")
    relation, *subtypes = deprel.split(":")
    if not RELATION.fullmatch(relation) or not all(map(SUBTYPE.fullmatch, subtypes)):
        raise malformed(path, number, f"expected a universal relation, found {deprel!r}")
    if (head == "0") != (relation == "root"):
        raise malformed(path, number, f"expected root exactly where the head is 0: {head} {deprel}")
    return True


def _check_text(path: Path, text: str, rows: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Check that the words, with blanks where the file says so, are the sentence's own text."""
    at = inside = number = 0
    for number, (identity, form, *_, misc) in rows:
        if span := RANGE_ID.fullmatch(identity):
            inside = int(span[2])
        elif "." in identity or int(identity) <= inside:
            continue
        if not text.startswith(form, at):
            problem = f"expected {text[at : at + len(form)]!r}, as '# text' has it, found {form!r}"
            raise malformed(path, number, problem)
        at += len(form)
        if "SpaceAfter=No" not in misc:
            if not text[at : at + 1].isspace() and at < len(text):
                raise malformed(path, number, f"expected a blank behind {form!r} in '# text'")
            at += 1
    if at < len(text):
        raise malformed(path, number, f"expected the word {text[at:]!r} too, as '# text' has it")


def _check_enhanced(path: Path, number: int, columns: Sequence[str]) -> None:
    """Check that a word's relation and its enhanced ones do not differ in the head or name alone.

    Enhanced relations go ways of their own: a relative pronoun becomes a ``ref``, and where a
    word is left unsaid another stands in for it. Then head and name both differ.
    """
    head, relation, enhanced = columns[6], columns[7].split(":")[0], columns[8]
    parts = [part.split(":")[:2] for part in enhanced.split("|")]
    if [head, relation] in parts or enhanced == "_":
        return
    if any(part[0] == head or part[-1] == relation for part in parts):
        problem = f"expected {head}:{relation} among the enhanced relations, found {enhanced!r}"
        raise malformed(path, number, problem)


def _misc(path: Path, number: int, column: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in column.split("|")] if column != "_" else []
    misc = {name: value for name, _, value in pairs}
    if len(misc) != len(pairs):
        raise malformed(path, number, "expected each attribute of MISC once")
    return misc


def _check_tree(path: Path, words: Sequence[Word]) -> None:
    for word in words:
        if word.head >= len(words):
            raise malformed(path, word.line, f"expected a head in the sentence: {word.head + 1}")
    roots = [word for word in words if word.head == -1]
    if len(roots) != 1:
        raise malformed(path, words[0].line, f"expected one root, found {len(roots)}")
    for word in words:
        at, steps = word, 0
        while at.head >= 0:
            at, steps = words[at.head], steps + 1
            if steps > len(words):
                raise malformed(path, word.line, "expected a tree, found a circle of heads")
