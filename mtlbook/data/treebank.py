"""Dependency trees from CoNLL-U files; what is malformed is refused with file and line."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import conllu

from mtlbook.data.faults import Faults, read_text

UPOS = re.compile("ADJ|ADP|ADV|AUX|CCONJ|DET|INTJ|NOUN|NUM|PART|PRON|PROPN|PUNCT|SCONJ|SYM|VERB|X")
COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
WORD_ID = re.compile(r"[1-9][0-9]{0,3}")
RANGE_ID = re.compile(r"([1-9][0-9]{0,3})-([1-9][0-9]{0,3})")
EMPTY_ID = re.compile(r"(0|[1-9][0-9]{0,3})\.[1-9][0-9]{0,3}")
HEAD = re.compile(r"0|[1-9][0-9]{0,3}")
RELATIONS = frozenset(
    "acl advcl advmod amod appos aux case cc ccomp clf compound conj cop csubj dep det discourse "
    "dislocated expl fixed flat goeswith iobj list mark nmod nsubj nummod obj obl orphan parataxis "
    "punct reparandum root vocative xcomp".split()
)
"""The universal relations (https://universaldependencies.org/u/dep/)."""
SUBTYPE = re.compile(r"(:[a-z]+)*")
FEATURES = re.compile(r"_|[A-Z][A-Za-z0-9\[\]]*=[A-Za-z0-9,]+(\|[A-Z][A-Za-z0-9\[\]]*=[A-Za-z0-9,]+)*")


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
    """A sentence: its first line in the file, its comments by name, and its words."""

    line: int
    comments: Mapping[str, str]
    words: tuple[Word, ...]


def malformed(path: Path, line: int, problem: str) -> ValueError:
    """Return the error that every reader of corpus files raises: file, line, what is wrong."""
    return ValueError(f"{path}, line {line}: {problem}")


def read_trees(path: str | os.PathLike[str], *, strict: bool = True) -> list[Tree]:
    """Read a CoNLL-U file (https://universaldependencies.org/format.html) as a whole.

    The words are the syntactic ones: *don't* is two, *do* and *n't*. Lines of multiword tokens
    (``4-5``) and of empty nodes (``8.1``) are checked and left out.

    Args:
        path: the file.
        strict: whether a malformed sentence refuses the file; else it is left out, and a warning
            says so.

    Raises:
        ValueError: with file and line, if the file is not UTF-8 with line feeds, ends within a
            sentence, or has sentences that are no tree of words with ten columns each, or whose
            words are not those of their line ``# text``.
    """
    faults = Faults(Path(path), "sentences", strict)
    trees = collect_trees(Path(path), faults)
    faults.report(len(trees))
    return trees


def collect_trees(path: Path, faults: Faults) -> list[Tree]:
    """Return the trees of a file; what is wrong with a sentence is added to the faults.

    Raises:
        ValueError: if the file as a whole cannot be read.
    """
    lines = _text(path).split("\n")
    trees = []
    start = 0
    for end, line in enumerate(lines):
        if line:
            continue
        if end > start:
            with faults.part():
                trees.append(_tree(path, start + 1, lines[start:end]))
        start = end + 1
    return trees


def _text(path: Path) -> str:
    text = read_text(path)
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        raise malformed(path, line, "expected line feeds only, found a carriage return")
    if not text.endswith("\n\n"):
        line = text.rstrip("\n").count("\n") + 1
        raise malformed(path, line, "expected an empty line behind the last sentence; cut off?")
    return text


def _tree(path: Path, start: int, lines: Sequence[str]) -> Tree:
    """Check the lines of one sentence, then have `conllu` take them apart."""
    numbers: list[int] = []
    for number, line in enumerate(lines, start):
        if line.startswith("#"):
            if numbers:
                raise malformed(path, number, "expected comments before the first word only")
            continue
        if _is_word(path, number, line, len(numbers)):
            numbers.append(number)
    if not numbers:
        raise malformed(path, start, "expected a sentence, found no word")
    if not any(EMPTY_ID.match(line) for line in lines):
        for number in numbers:
            _check_enhanced(path, number, lines[number - start].split("\t"))
    try:
        (parsed,) = conllu.parse(
            "\n".join(lines), field_parsers=dict.fromkeys(("feats", "deps", "misc"), _as_is)
        )
    except (conllu.exceptions.ParseException, ValueError) as error:
        raise malformed(path, start, f"expected a sentence in CoNLL-U: {error}") from None
    words = tuple(
        Word(
            line=number,
            form=token["form"],
            upos=token["upos"],
            xpos=token["xpos"],
            head=token["head"] - 1,
            deprel=token["deprel"],
            misc=_misc(path, number, token["misc"]),
        )
        for number, token in zip(
            numbers, (token for token in parsed if isinstance(token["id"], int)), strict=True
        )
    )
    _check_tree(path, words)
    comments = dict(parsed.metadata)
    if "text" in comments:
        _check_text(path, start, str(comments["text"]), lines)
    return Tree(start, comments, words)


def _check_text(path: Path, start: int, text: str, lines: Sequence[str]) -> None:
    """Check that the words, with blanks where the file says so, are the sentence's own text."""
    written, inside = "", 0
    for number, line in enumerate(lines, start):
        columns = line.split("\t")
        if line.startswith("#") or "." in columns[0]:
            continue
        if span := RANGE_ID.fullmatch(columns[0]):
            inside = int(span[2])
        elif int(columns[0]) <= inside:
            continue
        written += columns[1]
        if not text.startswith(written):
            raise malformed(path, number, f"expected the words of '# text = {text}', found {columns[1]!r}")
        written += "" if "SpaceAfter=No" in columns[9].split("|") else " "
    if written.strip() != text:
        raise malformed(path, start, f"expected all words of '# text = {text}', found {written!r}")


def _as_is(columns: list[str], i: int) -> str:
    return columns[i]


def _is_word(path: Path, number: int, line: str, before: int) -> bool:
    """Check one line behind ``before`` words; return whether it is a syntactic word."""
    columns = line.split("\t")
    if len(columns) != len(COLUMNS):
        raise malformed(path, number, f"expected 10 columns, found {len(columns)}")
    for name, value in zip(COLUMNS, columns, strict=True):
        if not value or value != value.strip() or "  " in value:
            raise malformed(path, number, f"expected a {name} without stray blanks: {value!r}")
        if any(unicodedata.category(mark) == "Cc" for mark in value):
            raise malformed(path, number, f"expected a {name} without control characters: {value!r}")
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
    relation = deprel.split(":")[0]
    if relation not in RELATIONS or not SUBTYPE.fullmatch(deprel[len(relation) :]):
        raise malformed(path, number, f"expected a universal relation, found {deprel!r}")
    if (head == "0") != (relation == "root"):
        raise malformed(path, number, f"expected root exactly where the head is 0: {head} {deprel}")
    return True


def _check_enhanced(path: Path, number: int, columns: Sequence[str]) -> None:
    """Check that a word's relation is among its enhanced ones, where these leave nothing out."""
    head, relation, enhanced = columns[6], columns[7].split(":")[0], columns[8]
    parts = [part.split(":")[:2] for part in enhanced.split("|")]
    if enhanced != "_" and [head, relation] not in parts and "ref" not in (p[-1] for p in parts):
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
