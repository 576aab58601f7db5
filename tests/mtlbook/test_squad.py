"""mtlbook.data.squad, msmarco, fetch.read_object: our own files, broken in every way we know."""

import copy
import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbook.data import squad
from mtlbook.data.fetch import cache_folder
from mtlbook.data.msmarco import read_msmarco
from mtlbook.data.reading import Question, Span
from mtlbook.data.squad import certain, exact_ceiling, load_rebuilt, load_squad, read_squad

pytestmark = pytest.mark.filterwarnings("ignore:.*exact match can reach")
# Our own texts: nothing of a corpus stands here.
CONTEXT = "The kettle sang in 1850s Lindow. Mia Holt heard it, and the kettle stopped."
SQUAD: dict[str, Any] = {
    "version": "1.1",
    "data": [
        {
            "title": "Kettle",
            "paragraphs": [
                {
                    "context": CONTEXT,
                    "qas": [
                        {
                            "id": "k1",
                            "question": " Who heard it? ",
                            "answers": [
                                {"text": "Mia Holt", "answer_start": 33},
                                {"text": "Holt", "answer_start": 37},
                                {"text": "Mia Holt", "answer_start": 33},
                            ],
                        },
                        {
                            "id": "k2",
                            "question": "When?",
                            "answers": [{"text": "850", "answer_start": 20}],
                        },
                    ],
                },
                {"context": "Nobody asks.", "qas": []},
            ],
        },
        {
            "title": "Öl",
            "paragraphs": [
                {
                    "context": "Ö1 – ok 😀 oil",
                    "qas": [
                        {
                            "id": "o1",
                            "question": "What?",
                            "answers": [{"text": "oil", "answer_start": 10}],
                        }
                    ],
                }
            ],
        },
    ],
}
MARCO: dict[str, Any] = {
    "answers": {"4": ["in Lindow"], "7": ["No Answer Present."], "9": ["No such thing", "Steam"]},
    "passages": {
        "4": [
            {"is_selected": 0, "passage_text": "In Lindow it rains.", "url": "http://a.example"},
            {"is_selected": 1, "passage_text": "They met in Lindow.", "url": "http://b.example"},
        ],
        "7": [{"is_selected": 0, "passage_text": "Nothing.", "url": "http://c.example"}],
        "9": [
            {"is_selected": 1, "passage_text": "It was steam, steam.", "url": "http://d.example"}
        ],
    },
    "query": {"4": " where did they meet", "7": "why", "9": "what was it"},
    "query_id": {"4": 19, "7": 12, "9": 3},
    "query_type": {"4": "LOCATION", "7": "DESCRIPTION", "9": "ENTITY"},
    "wellFormedAnswers": {"4": ["They met in Lindow."], "7": "[]", "9": "[]"},
}
Read = Callable[[Path], list[Question]]


def read_marco(path: Path) -> list[Question]:
    return read_msmarco(path, non_commercial=True)


READERS: list[tuple[Read, dict[str, Any]]] = [(read_squad, SQUAD), (read_marco, MARCO)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("json")


def write(folder: Path, content: Any) -> Path:
    path = folder / "small.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


# What is read


def test_articles_become_questions(folder: Path) -> None:
    first, second, third = read_squad(write(folder, SQUAD))
    assert (first.id, first.text, first.words) == (
        "k1",
        "Who heard it?",
        ("Who", "heard", "it", "?"),
    )
    assert first.answers == ("Mia Holt", "Holt")
    assert first.spans == (Span(0, 8, 9), Span(0, 9, 9))
    assert [first.cut(span) for span in first.spans] == ["Mia Holt", "Holt"]
    assert first.passages[0] is second.passages[0]
    assert first.passages[0].text == CONTEXT
    assert second.answers == ("850",)
    assert second.cut(second.spans[0]) == "1850"  # all words that touch the answer
    assert third.cut(third.spans[0]) == "oil"
    assert [q.document for q in (first, second, third)] == ["Kettle", "Kettle", "Öl"]
    assert {q.source for q in (first, second, third)} == {"squad"}


def test_queries_become_questions(folder: Path) -> None:
    first, second = read_marco(write(folder, MARCO))
    assert (first.id, first.text, first.source) == ("19", "where did they meet", "msmarco LOCATION")
    assert first.spans == (Span(1, 2, 3), Span(0, 0, 1))  # where the annotator looked comes first
    assert first.answers == ("in Lindow",)
    assert first.well_formed == ("They met in Lindow.",)
    assert [p.text for p in first.passages] == ["In Lindow it rains.", "They met in Lindow."]
    assert second.answers == ("No such thing", "Steam")
    assert second.spans == (Span(0, 2, 2), Span(0, 4, 4))
    assert second.well_formed == ()


def test_certain_questions_have_their_answer_once(folder: Path) -> None:
    data = copy.deepcopy(SQUAD)
    data["data"][0]["paragraphs"][0]["qas"][1]["answers"] = [{"text": "kettle", "answer_start": 4}]
    assert [q.id for q in certain(read_squad(write(folder, data)))] == ["k1", "o1"]


# What is refused

QA = ("data", 0, "paragraphs", 0, "qas")
REMOVED = object()


def changed(data: dict[str, Any], way: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with one value exchanged or removed."""
    data = copy.deepcopy(data)
    holder: Any = data
    for step in way[:-1]:
        holder = holder[step]
    if value is REMOVED:
        del holder[way[-1]]
    else:
        holder[way[-1]] = value
    return data


BROKEN_SQUAD = [
    (("data",), REMOVED, "the whole file: expected a field 'data', found ['version']"),
    (("data",), [], "found none"),
    (("data",), {}, "data: expected a list, found {}"),
    (("data", 1), 3, "article 2: expected an object, found 3"),
    (("data", 1, "paragraphs"), REMOVED, "article 2: expected a field 'paragraphs'"),
    (("data", 1), {"context": "x"}, 'article 2: expected {"data": [{"title": …'),
    (("data", 1, "paragraphs", 0, "context"), "知" * 30, "paragraph 1, context: expected blanks"),
    (("data", 1, "title"), " ", "article 2, title: expected a text with words"),
    (("data", 0, "paragraphs", 1, "context"), None, "article 1, paragraph 2, context: expected a"),
    (("data", 0, "paragraphs", 1, "qas"), "", "article 1, paragraph 2, qas: expected a list"),
    ((*QA, 1, "id"), 2.5, "article 1, paragraph 1, question 2, id: expected a text, found 2.5"),
    ((*QA, 1, "id"), True, "paragraph 1, question 2, id: expected a text, found True"),
    ((*QA, 1, "id"), "k1", "question k1: expected another id"),
    (("data", 1, "paragraphs", 0, "qas", 0, "id"), "k2", "article 2, paragraph 1, question k2"),
    ((*QA, 1, "question"), "\u00a0", "question k2, question: expected a text with words"),
    ((*QA, 1, "answers"), [], "question k2: expected an answer, found none"),
    ((*QA, 1, "answers", 0), "850", "question k2, answer 1: expected an object"),
    ((*QA, 1, "answers", 0, "answer_start"), 19, "expected '850' at character 19"),
    ((*QA, 1, "answers", 0, "answer_start"), -1, "character -1 of the paragraph, found ''"),
    ((*QA, 1, "answers", 0, "answer_start"), 20.0, "expected a whole number, found 20.0"),
    ((*QA, 1, "answers", 0, "answer_start"), True, "expected a whole number, found True"),
    ((*QA, 1, "answers", 0, "answer_start"), 10**9, "found ''"),
    ((*QA, 0, "answers", 1, "text"), "holt", "question k1, answer 2: expected 'holt' at"),
    ((*QA, 0, "answers", 1, "text"), "", "answer 2, text: expected a text with words"),
    ((*QA, 1, "question"), "\ud800", "half of a surrogate pair"),
    ((*QA, 1, "question"), "\udfff", "half of a surrogate pair"),
]
BROKEN_MARCO = [
    (("query_type",), REMOVED, "expected a field 'query_type'"),
    (("answers",), REMOVED, "published without answers, so read train or dev"),
    (("query",), [], "query: expected an object"),
    (("query", "5"), "x", "column query_id: expected the rows of column query"),
    (
        ("answers", "9"),
        REMOVED,
        "column answers: expected the rows of column query, found that row 9",
    ),
    (("query_id", "9"), 19, "query 19: expected another id"),
    (("query_id", "9"), "3", "row 9, query_id: expected a whole number, found '3'"),
    (("query_type", "9"), "THING", "query 3, query_type: expected one of LOCATION"),
    (("query", "9"), "", "query 3, query: expected a text with words"),
    (("passages", "9"), [], "query 3: expected passages, found none"),
    (("passages", "4", 1, "is_selected"), 2, "query 19, passage 2, is_selected: expected 0 or 1"),
    (("passages", "4", 1, "passage_text"), REMOVED, "query 19, passage 2: expected a field"),
    (("answers", "9"), [], "query 3: expected an answer, or 'No Answer Present.', found none"),
    (("answers", "9"), "Steam", "query 3, answers: expected a list, found 'Steam'"),
    (("answers", "9", 0), " ", "query 3, answers: expected a text with words"),
    (("wellFormedAnswers", "9"), "", "query 3, wellFormedAnswers: expected a list, found ''"),
    (("wellFormedAnswers", "7"), 0, "query 12, wellFormedAnswers: expected a list"),
]
BROKEN = [(read_squad, SQUAD, *case) for case in BROKEN_SQUAD]
BROKEN += [(read_marco, MARCO, *case) for case in BROKEN_MARCO]


@pytest.mark.parametrize(("reader", "data", "way", "value", "problem"), BROKEN)
def test_a_broken_file_is_refused_with_its_place(
    folder: Path, reader: Read, data: dict[str, Any], way: tuple[Any, ...], value: Any, problem: str
) -> None:
    path = write(folder, changed(data, way, value))
    with pytest.raises(ValueError, match=re.escape(problem)) as error:
        reader(path)
    assert str(error.value).startswith(f"{path}, ")


BYTES = [
    (b"", "line 1, column 1: expected JSON"),
    (b"[1, 2]", 'the whole file: expected an object, {"'),
    (
        b'{"id": 1}\n{"id": 2}\n',
        "line 2, column 1: expected one object, found several (JSON Lines?)",
    ),
    (b"BZh91AY", "line 1: expected text, found a compressed file (bzip2); unpack it first"),
    (b'{"data": []', "line 1, column 12: expected JSON"),
    (b'{"a": 1,\n "a": 2}', "expected each field of an object once, found 'a' twice"),
    (b'{"a": NaN}', "expected numbers, found NaN"),
    (b'{"a":\n "\xff"}', "line 2: expected UTF-8"),
    (b"\xef\xbb\xbf{}", "line 1: expected UTF-8 without a byte order mark"),
    (b'{"a": ' + b"[" * 100_000, "found far more"),
    (b'{"a": ' + b"1" * 5000 + b"}", "the whole file: "),
]


@pytest.mark.parametrize(("content", "problem"), BYTES, ids=range(len(BYTES)))
@pytest.mark.parametrize("reader", [read_squad, read_marco])
def test_what_is_no_json_is_refused_with_its_line(
    folder: Path, content: bytes, problem: str, reader: Read
) -> None:
    path = write(folder, content)
    with pytest.raises(ValueError, match=re.escape(problem)) as error:
        reader(path)
    assert type(error.value) is ValueError
    assert str(error.value).startswith(f"{path}, ")


def accepted_or_refused_well(folder: Path, reader: Read, content: bytes) -> None:
    """A file is read as a whole, or one error names the file and a place in it."""
    path = write(folder, content)
    error, questions = None, []
    try:
        questions = reader(path)
    except ValueError as caught:
        error = caught
    if error:
        assert type(error) is ValueError
        assert re.match(re.escape(str(path)) + r", [^:]+: \S", str(error), re.DOTALL)
        return
    data = json.loads(content)
    assert questions or reader is read_marco
    if reader is read_squad:
        asked = [qa for a in data["data"] for p in a["paragraphs"] for qa in p["qas"]]
        assert [q.id for q in questions] == [str(qa["id"]) for qa in asked]
        for question, qa in zip(questions, asked, strict=True):
            assert set(question.answers) == {answer["text"] for answer in qa["answers"]}
            for answer in question.answers:
                assert any(answer in question.cut(span) for span in question.spans)
    else:
        rows = [row for row, texts in data["answers"].items() if "No Answer Present." not in texts]
        assert sorted(q.id for q in questions) == sorted(str(data["query_id"][r]) for r in rows)
        for question in questions:
            lowered = [answer.lower() for answer in question.answers]
            assert all(question.cut(span).lower() in lowered for span in question.spans)


BITS = st.sampled_from(
    [b'"', b"{", b"}", b"[", b"]", b",", b":", b"0", b"-1", b"1e3", b"null", b"true", b"NaN", b"\\",
     b"\\u", b"\\ud83d", b"\xff", b"\xc2\x85", b"\xef\xbb\xbf", b"\n", b" ", b'""', b'"id": "k1"',
     b'"19"', b"{}", b"[]", b'"[]"', b"33"]
)  # fmt: skip


@settings(max_examples=200)
@given(st.sampled_from(READERS), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), BITS)))
def test_a_file_changed_anywhere_is_read_or_refused_with_its_place(
    folder: Path, reader: tuple[Read, dict[str, Any]], splices: list[tuple[float, int, bytes]]
) -> None:
    content = json.dumps(reader[1], ensure_ascii=False).encode()
    for where, length, new in splices[:3]:
        start = int(where * len(content))
        content = content[:start] + new + content[start + length :]
    accepted_or_refused_well(folder, reader[0], content)


@settings(max_examples=40)
@given(st.sampled_from(READERS), st.floats(0, 0.999))
def test_a_file_that_was_cut_is_refused(
    folder: Path, reader: tuple[Read, dict[str, Any]], share: float
) -> None:
    content = json.dumps(reader[1], ensure_ascii=False).encode()
    with pytest.raises(ValueError, match=r"small\.json, (line|byte) \d+"):
        reader[0](write(folder, content[: int(share * len(content))]))


def ways(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all values below a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, below in items:
        found.append((*way, key))
        if isinstance(below, (dict, list)):
            found += ways(below, (*way, key))
    return found


PLACES = [(reader, data, way) for reader, data in READERS for way in ways(data)]
ANYTHING = st.sampled_from(
    [None, True, -1, 0, 1, 33, 34, 2.5, "", " ", "x", "[]", "No Answer Present.", "k1", "kettle",
     "ENTITY", "\ud83d", [], [0], [""], ["x", "x"], {}, {"x": []}, {"text": "The"}, [[]], REMOVED]
) | st.text(max_size=6)  # fmt: skip


@settings(max_examples=200)
@given(st.sampled_from(PLACES), ANYTHING)
def test_anything_in_any_place_is_read_or_refused_with_its_place(
    folder: Path, place: tuple[Read, dict[str, Any], tuple[Any, ...]], value: Any
) -> None:
    reader, data, way = place
    accepted_or_refused_well(folder, reader, json.dumps(changed(data, way, value)).encode())


def test_all_faults_are_counted_and_malformed_entries_can_be_left_out(folder: Path) -> None:
    data = copy.deepcopy(SQUAD)
    holder = data["data"][0]["paragraphs"][0]["qas"]
    holder += [{**holder[0], "id": f"n{i}", "answers": []} for i in range(6)]
    holder += [{**holder[0], "id": "n9"}]
    data["data"][0]["paragraphs"][1]["context"] = None
    path = write(folder, data)
    with pytest.raises(ValueError, match=r"^\S+, article 1, paragraph 1, question n0: ") as error:
        read_squad(str(path))
    told = str(error.value).split("\n")
    assert [line.split(": ")[0][-2:] for line in told[:5]] == ["n0", "n1", "n2", "n3", "n4"]
    assert told[5:] == [
        "7 of 11 entries are malformed (the first 5 are named); strict=False leaves them out"
    ]
    with pytest.warns(UserWarning, match=r"7 of 11 entries are malformed .* left out of") as caught:
        questions = read_squad(path, strict=False)
    assert [question.id for question in questions] == ["k1", "k2", "n9", "o1"]
    assert len([told for told in caught if "left out" in str(told.message)]) == 1


def test_malformed_queries_can_be_left_out(folder: Path) -> None:
    path = write(folder, changed(MARCO, ("query_type", "9"), "THING"))
    with pytest.warns(UserWarning, match=r"query 3, query_type: .*\n1 of 3 queries are malformed"):
        questions = read_msmarco(str(path), non_commercial=True, strict=False)
    assert [question.id for question in questions] == ["19"]


def test_columns_that_no_task_needs_may_be_missing(folder: Path) -> None:
    data = changed(
        changed(MARCO, ("wellFormedAnswers",), REMOVED), ("passages", "4", 1, "url"), REMOVED
    )
    assert [question.well_formed for question in read_marco(write(folder, data))] == [(), ()]


def test_a_title_may_be_missing_and_an_id_may_be_a_number(folder: Path) -> None:
    data = changed(changed(SQUAD, (*QA, 1, "id"), 2), ("data", 1, "title"), REMOVED)
    questions = read_squad(write(folder, data))
    assert [question.id for question in questions] == ["k1", "2", "o1"]
    assert [question.document for question in questions] == ["Kettle", "Kettle", "article 2"]
    data = changed(changed(SQUAD, (*QA, 1, "id"), 2), (*QA, 0, "id"), "2")
    with pytest.raises(ValueError, match="question 2: expected another id"):
        read_squad(write(folder, data))


def test_what_exact_match_can_reach_is_told(folder: Path) -> None:
    data = copy.deepcopy(SQUAD)
    article = data["data"][0]["paragraphs"][0]["qas"]
    article += [{**article[0], "id": f"n{i}"} for i in range(20)]
    with warnings.catch_warnings(action="error"):
        assert exact_ceiling(read_squad(write(folder, data))) == pytest.approx(22 / 23)
    del article[-10:]
    with pytest.warns(UserWarning, match=r"small\.json: exact match can reach 92\.3 % at most"):
        read_squad(write(folder, data))


# Where files come from


def test_marco_asks_for_what_its_terms_ask(folder: Path) -> None:
    with pytest.raises(ValueError, match="say non_commercial=True"):
        read_msmarco(write(folder, MARCO))


def test_there_is_no_test_set() -> None:
    with pytest.raises(ValueError, match="part must be train or dev: 'test'"):
        load_squad("test")


@pytest.mark.parametrize("part", ["train", "dev"])
def test_the_official_files_are_asked_for(
    part: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fetch(source: Any, names: list[str]) -> list[Path]:
        assert source.base_url == "https://rajpurkar.github.io/SQuAD-explorer/dataset"
        asked.extend(source.sha256[name] for name in names)
        return [write(folder, SQUAD)]

    monkeypatch.setattr(squad, "fetch", fetch)
    assert [question.id for question in load_squad(part)] == ["k1", "k2", "o1"]
    start = {"train": "3527663986b8", "dev": "95aa6a52d5d6"}[part]
    assert asked[0].startswith(start)
    assert len(asked[0]) == 64


def test_offline_the_error_says_how_to_place_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLBOOK_DATA", str(tmp_path))
    monkeypatch.setattr("mtlbook.data.fetch.RETRIES", 0)
    monkeypatch.setattr(
        "pooch.HTTPDownloader.__call__", lambda *_: (_ for _ in ()).throw(OSError("no network"))
    )
    with pytest.raises(OSError, match=r"To place it by hand, save https://rajpurkar\S+dev-v1\.1"):
        load_squad("dev")


@pytest.mark.parametrize("content", [None, b"{}"])
def test_the_rebuilt_file_is_used_only_if_it_is_that_file(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLBOOK_DATA", str(tmp_path))
    if content:
        (tmp_path / "squad").mkdir()
        (tmp_path / "squad" / squad.REBUILT).write_bytes(content)
    problem = "is another file" if content else "is not there"
    with pytest.raises(OSError, match=rf"{problem}. It is no public file; certain\(load_squad"):
        load_rebuilt()


def test_the_rebuilt_development_set_itself() -> None:
    if not (cache_folder() / "squad" / squad.REBUILT).is_file():
        pytest.skip("MTLBOOK_DATA names no folder with the rebuilt development set")
    questions = load_rebuilt()
    assert len(questions) == len(certain(questions)) == 9404
    assert len({question.document for question in questions}) == 48
    assert len({id(question.passages[0]) for question in questions}) == 2062
    for question in questions:
        assert all(
            any(answer in question.cut(span) for span in question.spans)
            for answer in question.answers
        )
