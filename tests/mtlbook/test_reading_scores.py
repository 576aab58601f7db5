"""mtlbook.evaluation.reading and overlap: worked by hand, and against slow or official scorers."""

import itertools
import string
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlbook.evaluation.reading import (
    bleu_1,
    common_length,
    exact_match,
    f1,
    marco_scores,
    mean_rouge_l,
    mean_scores,
    normalised,
    rouge_l,
)

# Exact match and F1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Grey Petrel", "grey petrel"),
        ("  a\n well-known   ship, ", "wellknown ship"),
        ("An A.", ""),
        ("theatre", "theatre"),
        ("the-the", "thethe"),  # punctuation goes first, and joins
        ("a.the", "athe"),
        ("The.", ""),  # so here it goes before the article is looked for
        ("«the» end", "« » end"),  # only ASCII marks go; articles end at any other
        ("1,850", "1850"),
        ("$12", "12"),
        ("ÄPFEL", "äpfel"),
    ],
)
def test_what_of_an_answer_is_compared(text: str, expected: str) -> None:
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("prediction", "answers", "em", "score"),
    [
        ("in 1850", ["1850"], 0, 2 / 3),
        ("the 1850.", ["1850"], 1, 1),
        ("Captain Mara Venn", ["Mara Venn"], 0, 0.8),
        ("Venn Mara", ["Mara Venn"], 0, 1),
        ("Mara Venn", ["Ivo", "Mara Venn", "Venn"], 1, 1),
        ("red red sea", ["red sea sea"], 0, 2 / 3),
        ("", ["1850"], 0, 0),
        ("the", ["a"], 1, 0),  # the official scorer: no words are equal, and have none in common
    ],
)
def test_scores_worked_by_hand(prediction: str, answers: list[str], em: int, score: float) -> None:
    assert exact_match(prediction, answers) == em
    assert f1(prediction, answers) == pytest.approx(score)


def slow_normalised(text: str) -> str:
    kept = "".join(mark for mark in text.lower() if mark not in string.punctuation)
    words, word = [], ""
    for mark in [*kept, " "]:  # by hand: a word ends where no letter, digit or _ follows
        if mark.isalnum() or mark == "_":
            word += mark
        else:
            words += [word] if word not in ("a", "an", "the", "") else [" "] if word else []
            words.append(mark)
            word = ""
    return " ".join("".join(words).split())


def slow_f1(found: str, wanted: str) -> float:
    a, b = slow_normalised(found).split(), slow_normalised(wanted).split()
    left, common = list(b), 0
    for word in a:
        if word in left:
            left.remove(word)
            common += 1
    return 2 * common / (len(a) + len(b)) if common else 0.0


ANSWER = st.lists(
    st.sampled_from(
        ["the", "a", "An", "red", "Red", "sea", "-", ".", "x,y", "é", "«", " ", "don't"]
    )
).flatmap(lambda words: st.sampled_from(["".join(words), " ".join(words)]))


@settings(max_examples=60)
@given(ANSWER, st.lists(ANSWER, min_size=1, max_size=3))
def test_scores_are_those_of_a_slow_scorer(prediction: str, answers: list[str]) -> None:
    assert normalised(prediction) == slow_normalised(prediction)
    assert exact_match(prediction, answers) == max(
        slow_normalised(prediction) == slow_normalised(answer) for answer in answers
    )
    assert f1(prediction, answers) == pytest.approx(max(slow_f1(prediction, a) for a in answers))
    assert f1(prediction, answers) == f1(prediction, answers[::-1])
    if normalised(prediction):
        assert f1(prediction, answers) >= exact_match(prediction, answers)


def test_a_corpus_has_the_mean_of_its_questions() -> None:
    em, score = mean_scores(["in 1850", "Venn", "x"], [["1850"], ["Ivo", "Venn"], ["y"]])
    assert em == pytest.approx(1 / 3)
    assert score == pytest.approx((2 / 3 + 1) / 3)


@pytest.mark.parametrize("score", [exact_match, f1, rouge_l])
@pytest.mark.parametrize("answers", [[], "1850"])
def test_answers_that_are_no_list_are_refused(score, answers) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="list of one text at least"):
        score("1850", answers)


@pytest.mark.parametrize("score", [mean_scores, mean_rouge_l, bleu_1, marco_scores])
@pytest.mark.parametrize("case", [([], []), (["x"], [["x"], ["y"]]), ([], [["x"]])])
def test_a_corpus_needs_as_many_answers_as_questions(score, case) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="predictions for"):
        score(*case)


# ROUGE-L and BLEU-1


def test_rouge_worked_by_hand() -> None:
    # Common: the ship sank. P = 3/4, R = 3/6; with b = 1.2: 2.44 * .375 / (.5 + 1.44 * .75)
    wanted = ["the ship the gale hit sank"]
    assert rouge_l("the old ship sank", wanted) == pytest.approx(0.915 / 1.58)
    # The best precision and the best recall may come from different references.
    assert rouge_l("the old ship sank", [*wanted, "sank"]) == pytest.approx(2.44 * 0.75 / 2.08)
    assert rouge_l("a b", ["c"]) == 0
    assert rouge_l("", ["c"]) == 0
    assert rouge_l("The ship.", ["the ship ."]) == pytest.approx(1)


def test_rouge_prefers_recall() -> None:
    assert rouge_l("a b c d", ["a b"]) > rouge_l("a b", ["a b c d"])


def test_bleu_worked_by_hand() -> None:
    # the (twice in the reference, thrice here), ship: 3 of 4 words; long enough.
    assert bleu_1(["the the the ship"], [["the ship the gale"]]) == pytest.approx(3 / 4)
    # Two of two words, but half as long as the reference.
    assert bleu_1(["the ship"], [["the ship the gale"]]) == pytest.approx(2.718281828**-1)
    # Over the corpus: 3 of 6 words, and 6 of 6 wanted.
    assert bleu_1(["a b", "a x y z"], [["a b"], ["a b c d"]]) == pytest.approx(3 / 6)
    # As close in length: the shorter reference counts, so nothing is taken off.
    assert bleu_1(["a b"], [["a", "a b c"]]) == pytest.approx(1)
    assert bleu_1([""], [["a"]]) == 0


WORDS = st.lists(st.sampled_from(["a", "b", "c", "The", ".", "1,850"]), max_size=6).map(" ".join)
TEXTS = st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=4)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3), max_size=5), st.lists(st.integers(0, 3), max_size=5))
def test_the_longest_common_subsequence_is_the_longest(a: list[int], b: list[int]) -> None:
    words, others = [str(i) for i in a], [str(i) for i in b]
    parts = {
        tuple(itertools.compress(words, keep))
        for keep in itertools.product([0, 1], repeat=len(words))
    }
    others_parts = {
        tuple(itertools.compress(others, keep))
        for keep in itertools.product([0, 1], repeat=len(others))
    }
    assert common_length(words, others) == max(map(len, parts & others_parts))


@settings(max_examples=60)
@given(TEXTS)
def test_scores_are_those_of_the_official_scorer(texts: list[tuple[str, list[str]]]) -> None:
    pytest.importorskip("pycocoevalcap", reason="mtlbook[marco] is not installed")
    predictions, references = [text for text, _ in texts], [wanted for _, wanted in texts]
    rouge, bleu = marco_scores(predictions, references)
    assert mean_rouge_l(predictions, references) == pytest.approx(rouge, abs=1e-12)
    assert bleu_1(predictions, references) == pytest.approx(bleu, abs=1e-12)


def test_the_official_scorer_weighs_recall_as_we_do() -> None:
    module = pytest.importorskip("pycocoevalcap.rouge.rouge", reason="mtlbook[marco] is missing")
    assert module.Rouge().beta == 1.2
    assert marco_scores(["the old ship sank"], [["the ship the gale hit sank"]])[0] == (
        pytest.approx(0.915 / 1.58)
    )


def test_without_the_official_scorer_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pycocoevalcap.bleu.bleu", None)
    with pytest.raises(ImportError, match=r"pip install 'mtlbook\[marco\]'"):
        marco_scores(["a"], [["a"]])
