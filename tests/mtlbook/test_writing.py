"""Writing well-formed answers: data, training, and what is measured."""

import numpy as np
import pytest
import torch

from mtlbook.data.reading import NOTHING, Codes, Question, Span, all_words, passage, words_of
from mtlbook.data.writing import (
    END,
    UNKNOWN,
    Words,
    WritingStream,
    code_answers,
    sentences_around,
    stack_answers,
)
from mtlbook.evaluation.reading import rouge_l
from mtlbook.experiments.ch09_ms_marco.synthesis import (
    WritingData,
    WritingSettings,
    copied_spans,
    fit_writers,
    readers_of,
    score_answers,
)
from mtlbook.experiments.common.reading import (
    TARGET,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
)
from mtlbook.models.writer import writing_error
from mtlbook.toy_reading import toy_reading, toy_search
from mtlbook.training.reading import spans

TEXT = "Long ago. Mara Vennor built the Red Tern. She is lost."


def question(**more: object) -> Question:
    asked = "Who built the Red Tern?"
    given = {
        "id": "q",
        "words": words_of(asked),
        "passages": (passage(TEXT),),
        "spans": (Span(0, 3, 4),),
        "answers": ("Mara Vennor",),
        "source": "target",
        "text": asked,
        "well_formed": ("The Red Tern was built by Mara Vennor.",),
    }
    return Question(**{**given, **more})  # type: ignore[arg-type]


def test_words_and_evidence_as_numbers_by_hand() -> None:
    words = Words(["The Silver Tern was built by Ada Halden."], size=20)
    known = {word: words[word] for word in ("the", "tern", "was", "built", "by", ".")}
    part = code_answers([question()], Codes(words_of(TEXT)), words)
    # Unknown, in the order of the texts: who 20, red 21, ? 22, mara 23, vennor 24.
    assert part.copied == (("Who", "Red", "?", "Mara", "Vennor"),)
    k = known
    asked = [20, k["built"], k["the"], 21, k["tern"], 22]
    assert part.question_ids[0].tolist() == asked
    told = [23, 24, k["built"], k["the"], 21, k["tern"], k["."]]  # the sentence alone
    assert part.passage_ids[0].tolist() == told
    target = [k["the"], 21, k["tern"], k["was"], k["built"], k["by"], 23, 24, k["."], END]
    assert part.target[0].tolist() == target
    assert part.marks[0, :3].tolist() == [[1, 0, 1], [0, 1, 1], [0, 0, 0]]
    assert part.match[0].tolist() == [0, 0, 1, 1, 1, 1, 0]
    assert part.before[0, 0] == NOTHING
    assert part.before[0, 1:].tolist() == [
        part.codes[word] for word in words_of(question().well_formed[0])
    ]
    assert part.text(0, target) == question().well_formed[0]
    assert part.text(0, [UNKNOWN, 19, END, 23]) == "… …"


def test_evidence_may_reach_over_sentences_and_to_the_end() -> None:
    text = passage(TEXT)
    assert text.words[slice(*sentences_around(text, Span(0, 3, 4)))][0] == "Mara"
    assert sentences_around(text, Span(0, 1, 4)) == (0, 10)
    assert sentences_around(text, Span(0, 10, 13)) == (10, 14)
    assert sentences_around(text, Span(0, 0, 13)) == (0, 14)


def test_other_evidence_comes_from_its_own_passage() -> None:
    one = toy_search(1, seed=0)[0]
    words = Words(one.well_formed)
    for k, text in enumerate(one.passages):
        part = code_answers([one], Codes(all_words([one])), words, [Span(k, 2, 3)])
        begin, behind = sentences_around(text, Span(k, 2, 3))
        assert part.passage[0].tolist() == [part.codes[w] for w in text.words[begin:behind]]


def test_errors_say_what_is_wrong() -> None:
    words, codes = Words(["A."]), Codes(["a"])
    with pytest.raises(ValueError, match="no questions"):
        code_answers([], codes, words)
    with pytest.raises(ValueError, match="2 spans for 1"):
        code_answers([question()], codes, words, [Span(0, 0, 0)] * 2)
    with pytest.raises(ValueError, match="question q: it has no well-formed"):
        code_answers([question(well_formed=())], codes, words)
    with pytest.raises(ValueError, match="no evidence"):
        code_answers([question(spans=())], codes, words)
    with pytest.raises(ValueError, match="5 words of answers, vocabulary size 3"):
        Words(["A."], size=3)
    part = code_answers([question()], codes, words)
    with pytest.raises(ValueError, match="no batch of 2 from 1"):
        WritingStream([part], 2, [0])
    with pytest.raises(ValueError, match="2 seeds for 1"):
        WritingStream([part], 1, [0, 1])
    with pytest.raises(ValueError, match="the same number"):
        stack_answers([part, code_answers([question()] * 2, codes, words)])


def test_every_answer_can_be_written_and_is_written_back() -> None:
    learned, new = toy_reading(40, seed=0), toy_reading(40, seed=1, new_names=True)
    words = Words(q.well_formed[0] for q in learned)
    part = code_answers(new, Codes(all_words(learned)), words)
    for row, one in enumerate(new):
        texts_of = [*part.question_ids[row], *part.passage_ids[row]]
        for i in part.target[row][part.target[row] > 0]:
            assert i < words.size or i in texts_of
        if UNKNOWN not in part.target[row]:
            written = part.text(row, part.target[row].tolist())
            assert rouge_l(written, one.well_formed) == 1


def test_an_epoch_has_every_question_once_and_spelling_hides_only_what_is_read() -> None:
    learned = toy_reading(8, seed=0)
    part = code_answers(
        learned, Codes(all_words(learned)), Words(q.well_formed[0] for q in learned)
    )
    clear, hidden = WritingStream([part], 4, [3]), WritingStream([part], 4, [3], hide=1e9)
    seen = [next(clear) for _ in range(2)]
    rows = sorted(tuple(row[row > 0].tolist()) for batch in seen for row in batch.target[0])
    assert rows == sorted(tuple(row[row > 0].tolist()) for row in part.target)
    batch = next(hidden)
    assert batch.passage.max() <= 32  # the numbers of spellings
    assert batch.passage.gt(0).equal(batch.ids[..., -batch.passage.shape[-1] :] > 0)
    assert batch.target.max() > 32


TINY = WritingSettings(width=4, hidden=6, batch=4, every=4, words=120)
READ = ReadingSettings(width=4, hidden=6, batch=4, vocabulary=400)


@pytest.fixture(scope="module")
def splits() -> list[ReadingSplit]:
    return [
        ReadingSplit(
            {TARGET: toy_reading(12, seed=3 * seed)},
            toy_reading(6, seed=3 * seed + 1, new_names=True),
            toy_reading(6, seed=3 * seed + 2, new_names=True),
        )
        for seed in range(2)
    ]


def test_training_lowers_the_loss_and_keeps_the_best_look(splits: list[ReadingSplit]) -> None:
    writing = WritingData(ReadingData(splits, [0, 1], READ), TINY)
    found = fit_writers(writing, 12)
    losses, curve = found.losses["writing"], found.validation["writing"]
    assert (losses[-3:].mean(0) < losses[:3].mean(0)).all()
    assert found.looks.tolist() == [4, 8, 12]
    assert (found.best_step["writing"] == found.looks[curve.argmin(0)]).all()
    writers, asked = found.best("writing"), [one.validation for one in splits]
    coded = writing.encode(asked)
    np.testing.assert_allclose(writing_error(coded)(writers)["writing"], curve.min(0), rtol=1e-9)
    with torch.no_grad():
        words, _ = writers.each(
            lambda writer, batch: writer.greedy(batch, TINY.longest), stack_answers(coded)
        )
    answers = writing.write(writers, asked)
    assert answers[1] == [coded[1].text(b, row.tolist()) for b, row in enumerate(words[1])]


def test_a_writer_does_not_depend_on_the_one_beside_it(splits: list[ReadingSplit]) -> None:
    both = fit_writers(WritingData(ReadingData(splits, [0, 1], READ), TINY), 4)
    turned = fit_writers(WritingData(ReadingData(splits[::-1], [1, 0], READ), TINY), 4)
    curves = both.validation["writing"], turned.validation["writing"]
    np.testing.assert_allclose(curves[1][:, ::-1], curves[0], rtol=1e-9)


def test_a_shared_encoder_gives_readers_too(splits: list[ReadingSplit]) -> None:
    data = ReadingData(splits, [0, 1], READ)
    writing = WritingData(data, TINY)
    found = fit_writers(writing, 4, shared=0.5)
    assert set(found.losses) == {"writing", "span"}
    readers = readers_of(found.best("error"))
    assert data.exact(readers, data.tests).shape == (2,)
    evidence = spans(readers, data.encode(data.tests), longest=4)
    written = writing.write(found.best("writing"), data.tests, evidence)
    assert [len(part) for part in written] == [6, 6]


def test_scores_by_hand() -> None:
    part = [question(), question()]
    answers = ["The Red Tern was built by Mara Vennor.", "Mara Vennor"]
    found = score_answers([answers], [part])[0]
    # 2 of 9 words: P = 1, R = 2/9, (1 + 1.44) R / (R + 1.44).
    second = 2.44 * 2 / 9 / (2 / 9 + 1.44)
    assert found[0] == pytest.approx(100 * (1 + second) / 2)
    assert found[1] == pytest.approx(100 * np.exp(1 - 18 / 11))  # 11 words found, all right
    assert found[2] == 50
    assert copied_spans([part]) == [["Mara Vennor"] * 2]
    assert copied_spans([part], [[Span(0, 0, 1)] * 2]) == [["Long ago"] * 2]
