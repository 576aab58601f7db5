"""mtlbook.data.gum, treebank, mentions: small files written here, broken in every way we know."""

import os
import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbook.data import gum
from mtlbook.data.fetch import cache_folder
from mtlbook.data.gum import GENRES, SOURCE, load_gum, read_gum
from mtlbook.data.sentences import Sentence, Span, bio_tags, outermost
from mtlbook.data.treebank import read_trees

# Our own sentences: nothing of the corpus stands here.
HEADER = """\
# newdoc id = GUM_news_kettle
# global.Entity = GRP-etype-infstat-salience-centering-minspan-link-identity
# meta::genre = news
"""
FIRST = """\
# sent_id = GUM_news_kettle-1
# s_type = decl
# text = Mia Holt's kettle doesn't sing.
1	Mia	Mia	PROPN	NNP	Number=Sing	4	nmod:poss	4:nmod:poss	Entity=(1-object-new-nnnnn-cf1-2-sgl(2-person-new-nnnnn-cf2-1-sgl-Mia_Holt
2	Holt	Holt	PROPN	NNP	Number=Sing	1	flat	1:flat	Entity=2)|SpaceAfter=No
3	's	's	PART	POS	_	1	case	1:case	_
4	kettle	kettle	NOUN	NN	Number=Sing	7	nsubj	7:nsubj	Entity=1)
5-6	doesn't	_	_	_	_	_	_	_	_
5	does	do	AUX	VBZ	_	7	aux	7:aux	_
6	n't	not	PART	RB	_	7	advmod	7:advmod	_
7	sing	sing	VERB	VB	_	0	root	0:root	SpaceAfter=No
8	.	.	PUNCT	.	_	7	punct	7:punct	_

"""  # noqa: E501
SECOND = """\
# s_type = q
1	Why	why	ADV	WRB	_	0	root	0:root	_
1.1	sing	sing	VERB	VB	_	_	_	0:root	CopyOf=7
2	?	?	PUNCT	.	_	1	punct	1:punct	Entity=(3-abstract-new-nnnnn-cf1-1-sgl)

"""
DOCUMENT = HEADER + FIRST + SECOND


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gum")


def read(
    folder: Path, content: str | bytes, genres: list[str] | None = None, **options: bool
) -> list[Sentence]:
    path = folder / "GUM_news_kettle.conllu"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_gum(path, genres, **options)


# What is read


def test_a_document_becomes_sentences(folder: Path) -> None:
    first, second = read(folder, DOCUMENT)
    assert first == Sentence(
        words=("Mia", "Holt", "'s", "kettle", "does", "n't", "sing", "."),
        tags={
            "xpos": ("NNP", "NNP", "POS", "NN", "VBZ", "RB", "VB", "."),
            "upos": ("PROPN", "PROPN", "PART", "NOUN", "AUX", "PART", "VERB", "PUNCT"),
            "deprel": ("nmod", "flat", "case", "nsubj", "aux", "advmod", "root", "punct"),
            "entity": ("B-object", *["I-object"] * 3, *["O"] * 4),
            "named": ("B-person", "I-person", *["O"] * 6),
            "chunk": ("B-NP", "I-NP", "B-NP", "I-NP", "B-VP", "I-VP", "I-VP", "O"),
        },
        domain="news",
        document="GUM_news_kettle",
        labels={"type": "decl"},
    )
    assert (second.words, second.labels) == (("Why", "?"), {"type": "q"})
    assert second.tags["entity"] == ("O", "B-abstract")
    assert (second.domain, second.document) == ("news", "GUM_news_kettle")


def test_a_word_knows_its_line(folder: Path) -> None:
    read(folder, DOCUMENT)
    lines = (folder / "GUM_news_kettle.conllu").read_text("utf8").split("\n")
    for tree in read_trees(folder / "GUM_news_kettle.conllu"):
        assert lines[tree.line - 1].startswith("#")
        for word in tree.words:
            assert lines[word.line - 1].split("\t")[1] == word.form


def test_a_value_may_hold_an_equals_sign(folder: Path) -> None:
    read(folder, DOCUMENT.replace("Entity=2)|", "Entity=2)|Note=a=b|"))
    words = read_trees(folder / "GUM_news_kettle.conllu")[0].words
    assert words[1].misc == {"Entity": "2)", "Note": "a=b", "SpaceAfter": "No"}


@pytest.mark.parametrize(
    ("entities", "expected"),
    [
        ({}, "OOOOOOOO"),
        ({0: "(1-person-new)"}, "BOOOOOOO"),
        ({0: "(1-person-new(1-person-new)", 2: "1)"}, "BIIOOOOO"),
        ({0: "(1-person-new(1-person-new", 2: "1)1)"}, "BIIOOOOO"),
        ({0: "(1-person-new", 1: "(1-person-new", 2: "1)", 3: "1)"}, "BIIIOOOO"),
        ({0: "(1-person-new)(2-person-new", 2: "2)"}, "BIIOOOOO"),
        ({0: "(1-person-new", 1: "(2-person-new", 2: "1)", 3: "2)"}, "BIIOOOOO"),  # crossing
        ({0: "(1-person-new", 1: "1)(2-person-new", 3: "2)"}, "BIOOOOOO"),
        ({0: "(1-person-new)", 1: "(2-person-new-A-B_%28C%29", 2: "2)"}, "BBIOOOOO"),
    ],
)
def test_brackets_become_outermost_mentions(
    folder: Path, entities: dict[int, str], expected: str
) -> None:
    attributes = "# global.Entity = GRP-etype-infstat-identity"
    lines = re.sub(r"(?m)^# global.Entity.*$", attributes, DOCUMENT).split("\n")
    words = [i for i, line in enumerate(lines) if re.match(r"\d+\t", line)][:8]
    for position, i in enumerate(words):
        misc = ["SpaceAfter=No"] if lines[i].endswith("SpaceAfter=No") else []
        misc += [f"Entity={entities[position]}"] if position in entities else []
        lines[i] = "\t".join([*lines[i].split("\t")[:9], "|".join(misc) or "_"])
    tags = read(folder, "\n".join(lines))[0].tags["entity"]
    assert "".join(tag[0] for tag in tags) == expected


@pytest.mark.parametrize(
    ("length", "xpos", "expected"), [(6, "NNP", True), (7, "NNP", False), (6, "NN", False)]
)
def test_a_name_is_short_and_has_a_proper_head(
    folder: Path, length: int, xpos: str, expected: bool
) -> None:
    upos = {"NNP": "PROPN", "NN": "NOUN"}[xpos]
    rows = [f"1\tA\ta\t{upos}\t{xpos}\t_\t0\troot\t_\tEntity=(1-place-new-n-c-1-sgl"]
    rows += [f"{i}\tb\tb\tPROPN\tNNP\t_\t1\tdep\t_\t_" for i in range(2, length)]
    rows += [f"{length}\tb\tb\tPROPN\tNNP\t_\t1\tdep\t_\tEntity=1)", "", ""]
    (sentence,) = read(folder, HEADER + "# s_type = frag\n" + "\n".join(rows))
    assert (sentence.tags["named"][0] == "B-place") is expected
    assert sentence.tags["entity"][0] == "B-place"


# What is refused


def row(line: int, column: int, value: str) -> str:
    """The document with one value of one line exchanged; both are counted from 1."""
    lines = DOCUMENT.split("\n")
    columns = lines[line - 1].split("\t")
    assert columns[column - 1] != value
    columns[column - 1] = value
    return "\n".join([*lines[: line - 1], "\t".join(columns), *lines[line:]])


BROKEN = [
    ("", 1, "cut off"),
    ("\n\n", 1, "found no sentence"),
    (DOCUMENT[:-1], 20, "cut off"),
    (DOCUMENT[:-40], 20, "cut off"),
    (DOCUMENT.replace("\n", "\r\n"), 1, "carriage return"),
    (DOCUMENT.replace("sing\tVERB", "si\rng\tVERB"), 14, "carriage return"),
    ("\ufeff" + DOCUMENT, 1, "byte order mark"),
    (b"\x1f\x8b\x08" + DOCUMENT.encode(), 1, "compressed file (gzip); unpack it"),
    (DOCUMENT.encode().replace(b"kettle\tNOUN", b"k\xe9ttle\tNOUN"), 10, "UTF-8"),
    (HEADER + FIRST.replace("\t", " ") + SECOND, 7, "found 1"),
    (DOCUMENT.replace("\t_\n8\t", "\n8\t").replace("SpaceAfter=No\n8", "\n8"), 14, "MISC"),
    (DOCUMENT.replace("1:flat\t", "1:flat\tx\t"), 8, "found 11"),
    (DOCUMENT.replace("\tdoes\t", "\tdo  es\t"), 12, "stray blanks"),
    (DOCUMENT.replace("\tdoes\t", "\t\u00a0\t"), 12, "stray blanks"),
    (DOCUMENT.replace("\n8\t.", "\n# late\n8\t."), 15, "before the first word"),
    (row(8, 1, "3"), 8, "expected word 2"),
    (row(8, 1, "²"), 8, "expected word 2"),
    (row(8, 1, "9" * 5000), 8, "expected word 2"),
    (row(11, 1, "6-7"), 11, "a range from 5"),
    (row(11, 1, "5-4"), 11, "a range from 5"),
    (row(19, 1, "2.1"), 19, "empty node 1.x"),
    (row(10, 4, "NOMEN"), 10, "part of speech"),
    (row(10, 5, "_"), 10, "Penn set"),
    (row(10, 5, "T"), 10, "Penn set"),
    (row(10, 5, "VB"), 10, "Penn set that goes with NOUN, found 'VB'"),
    (row(10, 6, "Number"), 10, "features such as"),
    (row(10, 7, "_"), 10, "number of a head"),
    (row(10, 7, "9"), 10, "a head in the sentence"),
    (row(10, 7, "0"), 10, "root exactly where"),
    (row(14, 7, "4"), 14, "root exactly where"),
    (row(10, 8, "root"), 10, "root exactly where"),
    (DOCUMENT.replace("7\tnsubj", "0\troot"), 7, "one root, found 2"),
    (DOCUMENT.replace("0\troot\t0:root\tSpace", "4\tdep\t_\tSpace"), 7, "one root, found 0"),
    (row(10, 7, "5"), 10, "expected 5:nsubj among"),
    (row(10, 8, "obj"), 10, "expected 7:obj among"),
    (row(7, 7, "2"), 7, "circle of heads"),
    (row(10, 8, "Nsubj"), 10, "universal relation"),
    (row(10, 8, "cojj"), 10, "universal relation"),
    (row(10, 8, "nsubj:P"), 10, "universal relation"),
    (row(10, 2, "kittle"), 10, "expected 'kettle', as '# text' has it, found 'kittle'"),
    (row(10, 2, "kett\ale"), 10, "FORM without control characters"),
    (row(11, 2, "doesnt"), 11, 'expected "doesn\'", as'),
    (row(12, 2, "did"), 12, "expected words that spell \"doesn't\": ('did', \"n't\")"),
    (row(10, 10, "Entity=1)|SpaceAfter=No"), 11, 'expected " doesn\'"'),
    (DOCUMENT.replace("sing.\n1", "sing. Not\n1"), 15, "expected the word 'Not' too"),
    (DOCUMENT.replace("_id = GUM_news", "_id = GUM_new"), 1, "sent_id"),
    (row(8, 10, "Entity=2)|Entity=2)"), 8, "once"),
    (row(8, 10, "_"), 8, "a blank behind 'Holt'"),
    (row(8, 10, "SpaceAfter=No"), 7, "mention of entity 2 to be closed"),
    (row(10, 10, "_"), 7, "mention of entity 1 to be closed"),
    (row(9, 10, "Entity=2)"), 9, "mention to close"),
    (row(9, 10, "Entity="), 9, "brackets"),
    (row(9, 10, "Entity"), 9, "brackets"),
    (row(9, 10, "Entity=(3-person-new-n-c-1-coref))"), 9, "brackets"),
    (row(9, 10, "Entity=3"), 9, "brackets"),
    (row(9, 10, "Entity=(3-robot-new-n-c-1-coref)"), 9, "type and attributes"),
    (row(9, 10, "Entity=(3-person)"), 9, "type and attributes"),
    (DOCUMENT.replace("newdoc id = ", "newdoc id "), 1, "newdoc id"),
    (DOCUMENT.replace("= news", "= reddit"), 1, "meta::genre"),
    (DOCUMENT.replace("GRP-etype", "etype-GRP"), 1, "global.Entity"),
    (DOCUMENT.replace("s_type = q", "s_type = quiz"), 17, "s_type"),
    (DOCUMENT.replace("# s_type = q\n", "# text = Why ?\n"), 17, "s_type"),
    (HEADER + "\n" + DOCUMENT, 1, "found no word"),
]


@pytest.mark.parametrize(("content", "line", "problem"), BROKEN)
def test_a_broken_file_is_refused_with_file_and_line(
    folder: Path, content: str | bytes, line: int, problem: str
) -> None:
    with pytest.raises(ValueError, match=r"^\S+GUM_news_kettle\.conllu, line \d+: ") as error:
        read(folder, content)
    assert f", line {line}: " in str(error.value)
    assert problem in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None


SICK = FIRST.replace("sent_id = GUM_news_kettle-1", "x = y").replace("\tNOUN", "\tNOMEN")


def test_all_faults_are_counted_and_five_are_named(folder: Path) -> None:
    with pytest.raises(ValueError, match="7 of 9 sentences are malformed") as error:
        read(folder, DOCUMENT + SICK * 7)
    told = str(error.value).split("\n")
    assert len(told) == 6
    for i, line in enumerate(told[:5]):
        assert f"kettle.conllu, line {28 + 13 * i}: expected a universal part of speech" in line
    assert told[5].endswith("(the first 5 are named); strict=False leaves them out")
    with pytest.raises(ValueError, match="5 of 7 sentences are malformed; strict=False"):
        read(folder, DOCUMENT + SICK * 5)


def test_malformed_sentences_can_be_left_out(folder: Path) -> None:
    good = read(folder, DOCUMENT)
    with pytest.warns(
        UserWarning, match=r"line 28: expected a universal[^/]*left out of /"
    ) as told:
        assert read(folder, DOCUMENT + SICK + SECOND, strict=False) == [*good, good[1]]
    assert len(told) == 1
    with pytest.warns(UserWarning, match=r"line 28: expected a universal[^/]*left out of /"):
        assert len(read_trees(folder / "GUM_news_kettle.conllu", strict=False)) == 3
    with pytest.raises(ValueError, match=r"1 of 1 sentences are malformed$"):
        read(folder, HEADER + SICK, strict=False)


LETTER = HEADER.replace("news", "letter") + SECOND


def test_a_file_may_hold_documents_of_several_genres_and_licences(folder: Path) -> None:
    content = DOCUMENT + LETTER
    problem = r"line 22: GUM_letter_kettle is for non-commercial use only \(CC BY-NC-SA 4.0\)"
    with pytest.raises(ValueError, match=problem):
        read(folder, content)
    found = read(folder, content, non_commercial=True)
    assert [sentence.document for sentence in found] == ["GUM_news_kettle"] * 2 + [
        "GUM_letter_kettle"
    ]
    assert [sentence.domain for sentence in found] == ["news", "news", "letter"]
    assert read(folder, content, ["news"]) == found[:2]
    assert read(folder, content, ["letter"], non_commercial=True) == found[2:]
    with pytest.raises(ValueError, match="for non-commercial use only"):
        read(folder, content, ["letter"])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("# newdoc id = GUM_letter_kettle\n", "", "newdoc id"),
        ("# newdoc id = GUM_letter_kettle\n", "# newdoc\n", "newdoc id"),
        ("# meta::genre = letter\n", "", "meta::genre"),
        ("= letter", "= leter", "meta::genre"),
    ],
)
def test_a_document_without_its_own_head_is_refused(
    folder: Path, old: str, new: str, problem: str
) -> None:
    for strict in (True, False):
        with pytest.raises(ValueError, match=f"line 22: expected a comment '# {problem}"):
            read(folder, DOCUMENT + LETTER.replace(old, new), strict=strict)


def test_each_document_has_its_own_layout_of_mentions_or_the_last_declared(folder: Path) -> None:
    layout = "-infstat-salience-centering-minspan-link-identity"
    short = HEADER.replace(layout, "") + SECOND.replace("-new-nnnnn-cf1-1-sgl", "")
    assert read(folder, short)[0].tags["entity"] == ("O", "B-abstract")
    undeclared = re.sub("# global.*\n", "", short)
    assert len(read(folder, short + undeclared + DOCUMENT)) == 4
    with pytest.raises(ValueError, match="line 27: expected an entity with type and attributes"):
        read(folder, DOCUMENT + undeclared)


def test_subtypes_of_its_own_are_named_in_one_warning(folder: Path) -> None:
    with pytest.warns(
        UserWarning, match=r"of its own: nsubj:odd \(line 10\), aux:may \(line 12\)$"
    ) as told:
        read(
            folder, DOCUMENT.replace("\tnsubj\t", "\tnsubj:odd\t").replace("\taux\t", "\taux:may\t")
        )
    assert len(told) == 1


def test_a_path_may_be_text_and_xpos_is_asked_for_by_those_who_need_it(folder: Path) -> None:
    read(folder, DOCUMENT)
    path = folder / "GUM_news_kettle.conllu"
    assert read_gum(str(path)) == read_gum(path)
    path.write_text(row(10, 5, "_"), "utf8")
    assert read_trees(str(path))[0].words[3].xpos == "_"


LETTERS = "aeinstABCNOPSVX0123456789'=:.|()_- \x00\x07\x85"


def corrupted(draw: random.Random, text: str) -> str:
    """The text of a file with one line of a word corrupted or deleted."""
    lines = text.split("\n")
    at = draw.choice([i for i, line in enumerate(lines) if line[:1].isdigit()])
    columns = lines[at].split("\t")
    kind, column = draw.randrange(8), draw.choice([1, 3, 4, 6, 7, 9])
    if kind == 0:
        other = draw.randrange(10)
        columns[column], columns[other] = columns[other], columns[column]
    elif kind == 1:
        columns[6] = str(draw.randrange(30))
    else:
        value, new = columns[column], draw.choice(LETTERS)
        i = draw.randrange(len(value))
        columns[column] = value[:i] + draw.choice(["", new, new + value[i]]) + value[i + 1 :]
    lines[at : at + 1] = [] if kind == 2 else ["\t".join(columns)]
    return "\n".join(lines)


def check_corruptions(folder: Path, texts: list[str], number: int) -> None:
    """Of single corruptions none changes a word in silence, and at most 2 % a label."""
    draw, told, words, labels = random.Random(18), [], [], []
    good = {text: read(folder, text, non_commercial=True) for text in texts}
    for text in draw.choices(texts, k=number):
        bad = corrupted(draw, text)
        try:
            found = read(folder, bad, non_commercial=True)
        except (ValueError, UserWarning) as error:  # the warning is that of unknown subtypes
            told += [str(error)]
            continue
        words += [bad] if [s.words for s in found] != [s.words for s in good[text]] else []
        labels += [bad] if found != good[text] else []
    assert words == []
    assert len(labels) <= number / 50
    assert all(re.search(r"\.conllu, line \d+: |\(line \d+\)", error) for error in told)


def test_a_single_corruption_changes_no_word_and_hardly_a_label(folder: Path) -> None:
    check_corruptions(folder, [HEADER + FIRST], 300)


def accepted_or_refused_well(folder: Path, content: bytes) -> None:
    """A file is read as a whole, or one error names the file and a line that it has."""
    error, sentences = None, []
    try:
        sentences = read(folder, content)
    except ValueError as caught:
        error = caught
    if error:
        told = re.match(r"\S+GUM_news_kettle\.conllu, line (\d+): \S", str(error))
        assert told, error
        assert type(error) is ValueError
        assert 1 <= int(told[1]) <= content.count(b"\n") + 1
    else:
        words = [line for line in content.split(b"\n") if re.match(rb"\d+\t", line)]
        assert sum(map(len, sentences)) == len(words)


@settings(max_examples=300)
@given(st.integers(0, len(DOCUMENT.encode())))
def test_a_file_cut_anywhere_is_read_only_between_sentences(folder: Path, end: int) -> None:
    content = DOCUMENT.encode()[:end]
    accepted_or_refused_well(folder, content)
    if end not in {len(DOCUMENT), len(HEADER + FIRST)}:
        with pytest.raises(ValueError, match="line"):
            read(folder, content)


BITS = st.sampled_from(
    [b"\t", b"\n", b"\r\n", b"#", b"(", b")", b"-", b"|", b"=", b" ", b"  ", b"_", b"0", b"7", b".",
     b"\xff", b"\xc2\x85", b"\xe2\x80\xa8", b"\x0c", b"\x00", b"\xef\xbb\xbf", b"Entity=", b"1)",
     b"(1-person-", b"\n\n", b"1.1", b"3-4", b"# s_type = q\n"]
)  # fmt: skip
SPLICE = st.tuples(st.integers(0, len(DOCUMENT)), st.integers(0, 12), BITS | st.binary(max_size=5))


@settings(max_examples=800)
@given(st.lists(SPLICE, min_size=1, max_size=4))
def test_a_file_changed_anywhere_is_read_or_refused_with_file_and_line(
    folder: Path, splices: list[tuple[int, int, bytes]]
) -> None:
    content = DOCUMENT.encode()
    for start, length, new in splices:
        content = content[:start] + new + content[start + length :]
    accepted_or_refused_well(folder, content)


CELL = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=300)
@given(st.sampled_from([7, 8, 10, 14, 18, 19, 20]), st.integers(1, 10), CELL)
def test_a_column_with_anything_in_it_is_read_or_refused(
    folder: Path, line: int, column: int, value: str
) -> None:
    lines = DOCUMENT.split("\n")
    columns = lines[line - 1].split("\t")
    columns[column - 1] = value
    lines[line - 1] = "\t".join(columns)
    accepted_or_refused_well(folder, "\n".join(lines).encode())


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from([7, 8, 9, 10]), st.lists(st.sampled_from(
    ["(1-person-a-b-c-d-e", "(1-person-a-b-c-d-e)", "1)", "(2-time-a-b-c-d-e", "2)", "(", ")"]
), max_size=3)))  # fmt: skip
def test_brackets_of_any_order_are_read_or_refused(
    folder: Path, entities: dict[int, list[str]]
) -> None:
    lines = DOCUMENT.split("\n")
    for line in (7, 8, 9, 10):
        misc = f"Entity={''.join(entities[line])}" if entities.get(line) else "_"
        lines[line - 1] = "\t".join([*lines[line - 1].split("\t")[:9], misc])
    accepted_or_refused_well(folder, "\n".join(lines).encode())


# Spans and BIO


SPANS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 10)).filter(lambda t: t[0] < t[1]), max_size=8
).map(lambda pairs: [Span(*pair, f"s{i}") for i, pair in enumerate(pairs)])


@given(SPANS)
def test_outermost_spans_share_no_word_and_lie_in_no_other(spans: list[Span]) -> None:
    kept = outermost(spans)
    assert all(a.end <= b.start for a, b in pairwise(kept))
    for span in kept:
        inside = [s for s in spans if s.start <= span.start and span.end <= s.end]
        assert {(s.start, s.end) for s in inside} == {(span.start, span.end)}
        assert inside[0] == span
    for span in spans:  # what is dropped lies in another span, or crosses one that is kept
        touched = any(k.start < span.end and span.start < k.end for k in kept)
        inside = any(s.start <= span.start and span.end <= s.end for s in spans if s != span)
        assert touched or inside


@given(SPANS)
def test_bio_tags_tell_the_spans(spans: list[Span]) -> None:
    kept = outermost(spans)
    found: list[Span] = []
    for i, tag in enumerate(bio_tags(10, kept)):
        if tag[0] == "B":
            found.append(Span(i, i + 1, tag[2:]))
        elif tag[0] == "I":
            assert tag[2:] == found[-1].label
            assert found[-1].end == i
            found[-1] = found[-1]._replace(end=i + 1)
    assert found == kept


@pytest.mark.parametrize(
    "spans",
    [[(0, 0, "a")], [(2, 1, "a")], [(-1, 2, "a")], [(0, 4, "a")], [(0, 2, "a"), (1, 3, "b")]],
)
def test_spans_that_bio_cannot_write_are_refused(spans: list[tuple[int, int, str]]) -> None:
    with pytest.raises(ValueError, match="span"):
        bio_tags(3, [Span(*span) for span in spans])


# Genres


def test_five_genres_are_non_commercial() -> None:
    closed = {name for name, genre in GENRES.items() if genre.non_commercial}
    assert closed == {"essay", "fiction", "letter", "podcast", "whow"}
    assert all(name == genre.name and genre.licence for name, genre in GENRES.items())


def test_the_registry_names_documents_of_every_genre() -> None:
    assert len(SOURCE.sha256) == 238
    assert {name.split("_")[1] for name in SOURCE.sha256} == set(GENRES)
    for name, sha256 in SOURCE.sha256.items():
        assert re.fullmatch(r"GUM_[a-z]+_[a-z0-9]+\.conllu", name)
        assert re.fullmatch("[0-9a-f]{64}", sha256)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The genres of the files that are fetched; none is."""
    genres: set[str] = set()

    def fetch(source: object, names: list[str]) -> list[Path]:
        assert names == sorted(names)
        genres.update(name.split("_")[1] for name in names)
        return []

    monkeypatch.setattr(gum, "fetch", fetch)
    return genres


def test_non_commercial_genres_are_off_by_default(asked: set[str]) -> None:
    load_gum()
    assert asked == set(GENRES) - {"essay", "fiction", "letter", "podcast", "whow"}


def test_non_commercial_genres_can_be_had(asked: set[str]) -> None:
    load_gum(non_commercial=True)
    assert asked == set(GENRES)


def test_only_the_genres_asked_for_are_fetched(asked: set[str]) -> None:
    load_gum(["news", "fiction", "news"], non_commercial=True)
    assert asked == {"news", "fiction"}


@pytest.mark.parametrize(
    ("genres", "problem"),
    [
        (
            ["fiction", "news", "whow"],
            r"non-commercial use only: fiction \(CC BY-NC-SA 3.0\), whow",
        ),
        (["reddit"], "a list of names out of academic"),
        ("news", "a list of names out of academic"),
    ],
)
def test_genres_that_cannot_be_had_are_refused(
    asked: set[str], genres: list[str], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        load_gum(genres)
    assert asked == set()


def test_one_broken_document_leaves_no_corpus(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = folder / "good.conllu", folder / "bad.conllu"
    good.write_text(DOCUMENT, "utf8")
    bad.write_text(DOCUMENT[:-1], "utf8")
    monkeypatch.setattr(gum, "fetch", lambda source, names: [good, bad])
    with pytest.raises(ValueError, match=r"bad\.conllu, line 20"):
        load_gum()


# The corpus itself

needs_gum = pytest.mark.skipif(
    not os.environ.get("MTLBOOK_DATA") or not (cache_folder() / "gum").is_dir(),
    reason="GUM is not there: MTLBOOK_DATA names no folder that holds gum/",
)


@needs_gum
def test_a_single_corruption_of_the_corpus_changes_no_word(folder: Path) -> None:
    paths = sorted((cache_folder() / "gum").glob("*.conllu"))[::30]
    check_corruptions(folder, [path.read_text("utf8") for path in paths], 100)


@needs_gum
def test_the_corpus_has_the_sizes_of_the_data_page() -> None:
    page = (Path(__file__).parents[2] / "book" / "data.md").read_text("utf8")
    sentences = load_gum(non_commercial=True)
    for name, genre in GENRES.items():
        own = [sentence for sentence in sentences if sentence.domain == name]
        documents = {sentence.document for sentence in own}
        assert all(document.startswith(f"GUM_{name}_") for document in documents)
        row = f"| {name} | {len(documents)} | {len(own):,} | {sum(map(len, own)):,} | "
        assert row + genre.licence in page
    assert {type(sentence) for sentence in sentences} == {Sentence}
    assert len(sentences) == 13369
