"""mtlbook.training.reading, and experiments.common.reading: readers learn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtlbook.data.reading import CodedQuestions, Codes, Question, all_words, encode
from mtlbook.data.reading_batches import ReadingBatch, ReadingStream, gather
from mtlbook.experiments.common.reading import (
    TARGET,
    ReadingData,
    ReadingSettings,
    ReadingSplit,
    fit_readers,
    toy_split,
)
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.reader import Reader
from mtlbook.toy_reading import toy_reading, toy_search
from mtlbook.training.loop import Fit, adam, fit
from mtlbook.training.reading import (
    LOSSES,
    kept_steps,
    passage_spans,
    reading_losses,
    span_error,
    spans,
    without_some_steps,
)

HEADS = ("word", "sentence", "passage", "verify")
SMALL: dict[str, Any] = {"width": 4, "hidden": 6, "steps": 2}
QUICK = ReadingSettings(width=4, hidden=6, steps=2, batch=4, every=2, vocabulary=400)


def coded(seed: int, n: int = 8, search: bool = True) -> CodedQuestions:
    found = toy_search(n, seed=seed, passages=3) if search else toy_reading(n, seed=seed)
    return encode(found, Codes(all_words(found)))


def batch_of(parts: Sequence[CodedQuestions]) -> ReadingBatch:
    return gather(parts, [np.arange(len(part)) for part in parts])


def readers(seeds: Sequence[int], heads: Sequence[str] = HEADS) -> Networks:
    return from_seeds(lambda: Reader(400, **SMALL, heads=heads), seeds)


def train(seeds: Sequence[int], updates: int = 4, **options: Any) -> Fit:
    parts = [coded(seed) for seed in seeds]
    networks, stream = readers(seeds), ReadingStream(parts, 4, seeds)
    return fit(
        networks,
        without_some_steps((next(stream) for _ in range(updates)), seeds, 2, 0.1),
        reading_losses(options.get("weights", dict.fromkeys(("span", *HEADS), 1.0))),
        adam(networks, options.get("lr", 0.01)),
        validate=span_error(parts, options.get("by", "error")),
        every=2,
    )


# What is minimised


def test_losses_are_those_of_pytorch_question_by_question() -> None:
    parts = [coded(seed) for seed in range(2)]
    batch = batch_of(parts)
    found = readers([0, 1])(batch)
    losses = {task: loss(found, batch) for task, loss in LOSSES.items()}
    assert {tuple(loss.shape) for loss in losses.values()} == {(2, 8)}
    n = batch.passages.shape[-1]
    for s, part in enumerate(parts):
        for b in range(8):
            k, first, last = part.gold[b]
            start = functional.nll_loss(found["start"][s, b], torch.tensor(k * n + first))
            end = functional.nll_loss(found["end"][s, b], torch.tensor(k * n + last))
            torch.testing.assert_close(losses["start"][s, b], start)
            torch.testing.assert_close(losses["end"][s, b], end)
            torch.testing.assert_close(losses["span"][s, b], start + end)

            there = batch.passages[s, b] > 0
            word = functional.binary_cross_entropy_with_logits(
                found["word"][s, b][there], batch.inside[s, b][there]
            )
            torch.testing.assert_close(losses["word"][s, b], word)

            holders = {k for k, _, _ in part.spans[b]}
            holds = torch.tensor([float(k in holders) for k in range(3)])
            passage = functional.binary_cross_entropy_with_logits(found["passage"][s, b], holds)
            torch.testing.assert_close(losses["passage"][s, b], passage)
            verify = -(found["verify"][s, b].exp() * holds).sum().log()
            torch.testing.assert_close(losses["verify"][s, b], verify)

            logits, targets = [], []
            for k in range(3):
                for m in range(int(part.sentences[b, k].max()) + 1):
                    logits.append(found["sentence"][s, b, k, m])
                    inside = part.inside[b, k][part.sentences[b, k] == m]
                    targets.append(float(inside.any()))
            sentence = functional.binary_cross_entropy_with_logits(
                torch.stack(logits), torch.tensor(targets)
            )
            torch.testing.assert_close(losses["sentence"][s, b], sentence)


def test_a_step_of_training_is_adam_on_the_weighted_sum() -> None:
    """One reader, one update, against the same written out."""
    weights = {"span": 1.0, "passage": 0.3}
    part = replace(coded(3), weight=np.array([0.0, 2, 1, 0.5, 1, 1, 3, 1], np.float32))
    reader = readers([3], ["passage"])[0]
    optimiser = torch.optim.Adam(reader.parameters(), lr=0.01)
    batch = ReadingBatch(*(value[0] for value in next(ReadingStream([part], 8, [3]))))
    keep = kept_steps([np.random.default_rng([7, 3])], 8, 2, 0.5)[0]
    found = reader(batch._replace(keep=keep))
    each = [w * (LOSSES[task](found, batch) * batch.weight).mean() for task, w in weights.items()]
    optimiser.zero_grad()
    torch.stack(each).sum().backward()
    optimiser.step()

    many, stream = readers([3], ["passage"]), ReadingStream([part], 8, [3])
    batches = without_some_steps([next(stream)], [3], 2, 0.5)
    result = fit(many, batches, reading_losses(weights), adam(many, 0.01))
    for loss, curve in zip(each, result.losses.values(), strict=True):
        np.testing.assert_allclose(curve, [[loss.item()]], rtol=1e-5)
    for name in ("answer.start.weight", "encoder.table.weight"):
        found_there, wanted = many[0].get_parameter(name), reader.get_parameter(name)
        torch.testing.assert_close(found_there, wanted, atol=1e-5, rtol=1e-4)


def test_each_reader_is_kept_where_it_was_best() -> None:
    result = train([0, 1, 2], updates=8, lr=0.3)
    found = result.validation["error"]
    assert result.looks.tolist() == [2, 4, 6, 8]
    assert (result.best_step["error"] == result.looks[found.argmin(0)]).all()
    again = span_error([coded(seed) for seed in range(3)])(result.best("error"))
    np.testing.assert_array_equal(again["error"], found.min(0))


def test_one_step_of_the_answer_always_counts() -> None:
    draws = [np.random.default_rng(seed) for seed in range(2)]
    kept = kept_steps(draws, 500, 3, 0.9)
    assert kept.shape == (2, 500, 3)
    assert (kept.sum(-1) >= 1).all()
    assert 1 / 3 + 0.02 < kept.mean() < 0.5  # one of three, and a tenth of the others
    assert (kept_steps(draws, 20, 3, 0.0) == 1).all()


def test_candidates_and_predictions_agree() -> None:
    networks = train([0, 1]).best("error")
    parts = [coded(5, 7), coded(6, 7)]
    for by in ((), ("passage",), ("word", "verify")):
        chosen, sent = spans(networks, parts, by), passage_spans(networks, parts, by)
        for s in range(2):
            for span, scored in zip(chosen[s], sent[s], strict=True):
                assert [one.passage for one, _ in scored] == [0, 1, 2]
                assert span == max(scored, key=lambda pair: pair[1])[0]


def test_the_error_counts_questions_without_a_right_span() -> None:
    networks, part = train([0]).best("error"), coded(0)
    found = spans(networks, [part])[0]
    right = [(s.passage, s.start, s.end) in part.spans[i] for i, s in enumerate(found)]
    assert span_error([part])(networks)["error"][0] == pytest.approx(1 - np.mean(right))


@pytest.mark.parametrize("by", ["start", "end"])
def test_one_boundary_is_learned_and_measured_by_itself(by: str) -> None:
    result = train([0, 1], updates=40, weights={by: 1.0}, by=by, lr=0.03)
    batch = batch_of([coded(seed) for seed in range(2)])
    outputs = result.best(by)(batch)
    for side in ("start", "end"):
        places = batch.start if side == "start" else batch.end
        wrong = (outputs[side].argmax(-1) != places).float().mean(-1).numpy()
        if side == by:
            np.testing.assert_allclose(result.validation[by].min(0), wrong)
            assert wrong.mean() < 0.2
        else:  # nothing has taught it
            assert wrong.mean() > 0.6


def test_unknown_tasks_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weights: \['pasage'\], expected some of"):
        reading_losses({"pasage": 1})


# The common split, and what trains readers on it


def small(split: ReadingSplit) -> ReadingSplit:
    return replace(split, validation=split.validation[:6], test=split.test[:6])


def searched(seed: int) -> ReadingSplit:
    learned, *others = (toy_search(8, seed=3 * seed + part, passages=3) for part in range(3))
    return ReadingSplit({TARGET: learned}, *others)


def test_no_text_is_in_two_parts_and_more_questions_keep_the_first() -> None:
    split, longer = toy_split(1, 5), toy_split(1, 9)
    assert [q.id for q in longer.sources[TARGET][:5]] == [q.id for q in split.sources[TARGET]]
    for one in (split, toy_split(2, 5)):
        ids = [{q.id for q in part} for part in (one.sources[TARGET], one.validation, one.test)]
        assert len(set.union(*ids)) == sum(map(len, ids))
        assert [len(one.validation), len(one.test)] == [100, 300]
    assert not {q.id for q in split.test} & {q.id for q in toy_split(2, 5).test}


def test_a_reader_learns_from_two_sources_with_weights() -> None:
    more = {"news": toy_reading(6, "newspaper", seed=9)}
    splits = [small(toy_split(seed, 6, more)) for seed in range(2)]
    schedule = [(TARGET,), ("news",), (TARGET, "news")]
    data = ReadingData(splits, range(2), QUICK)
    plain = fit_readers(data, schedule)
    zero = [replace(s, weights={name: [0.0] * 6 for name in s.sources}) for s in splits]
    still = fit_readers(ReadingData(zero, range(2), QUICK), schedule)
    assert (still.losses["span"] == 0).all()
    assert (plain.losses["span"] > 0).all()
    assert data.exact(plain.best("error"), data.tests).shape == (2,)


def test_what_comes_beside_a_reader_changes_nothing() -> None:
    splits = [small(toy_split(seed, 8)) for seed in range(2)]
    both = fit_readers(ReadingData(splits, [0, 1], QUICK), 4)
    alone = fit_readers(ReadingData(splits[1:], [1], QUICK), 4)
    np.testing.assert_allclose(both.losses["span"][:, 1], alone.losses["span"][:, 0], rtol=1e-9)
    np.testing.assert_allclose(both.validation["error"][:, 1], alone.validation["error"][:, 0])


def test_a_reader_with_all_heads_answers_in_the_words_of_the_passages() -> None:
    data = ReadingData([searched(0)], [0], QUICK)
    weights = {"span": 1, "verify": 0.5, "passage": 0.5, "sentence": 0.1}
    networks = fit_readers(data, 4, weights).best("error")
    assert list(networks.one.heads) == ["word", "sentence", "passage", "verify"]
    answers = data.answers(networks, data.tests, ["word", "verify"])[0]
    for answer, one in zip(answers, data.tests[0], strict=True):
        assert any(answer in text.text for text in one.passages)


def test_a_reader_learns_to_read() -> None:
    """Held-out names, and no more than a handful of different questions."""

    def asked(n: int, seed: int, **held: bool) -> list[Question]:
        return toy_reading(n, seed=seed, facts=2, **held)

    split = ReadingSplit(
        {TARGET: asked(150, 1)}, asked(20, 2, new_names=True), asked(60, 3, new_names=True)
    )
    data = ReadingData([split], [0], ReadingSettings(every=30))
    untrained = from_seeds(data.settings.reader, [0], torch.float64)
    assert data.exact(untrained, data.tests)[0] < 10
    assert data.exact(fit_readers(data, 90).best("error"), data.tests)[0] > 40


def test_without_the_match_bit_no_word_is_known_to_be_asked() -> None:
    split = small(toy_split(0, 8))
    told, blind = (ReadingData([split], [0], replace(QUICK, match=m)) for m in (True, False))
    batches = [next(data.batches(1)) for data in (told, blind)]
    assert torch.equal(batches[0].passages, batches[1].passages)
    assert batches[0].match.any()
    assert not batches[1].match.any()
    assert not blind.encode([split.test])[0].match.any()


def test_precision_is_double_unless_single_is_asked_for() -> None:
    splits = [small(toy_split(0, 6))]
    for double, dtype in ((True, torch.float64), (False, torch.float32)):
        data = ReadingData(splits, [0], replace(QUICK, double=double))
        networks = fit_readers(data, 2).best("error")
        assert {p.dtype for p in networks.parameters()} == {dtype}


def test_more_words_than_the_vocabulary_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\d+ words, vocabulary size 40"):
        ReadingData([small(toy_split(0, 5))], [0], ReadingSettings(vocabulary=40))
