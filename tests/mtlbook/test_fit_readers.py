"""mtlbook.training.readers, reading_losses, and experiments.reading: readers learn."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from mtlbook.data.reading import Question
from mtlbook.data.reading_batches import ReadingBatch, gather
from mtlbook.data.reading_codes import CodedQuestions, Codes, all_words, encode
from mtlbook.data.reading_stream import ReadingStream
from mtlbook.experiments.common.reading import (
    TARGET,
    ReadingDeal,
    ReadingSettings,
    fit_readers,
    search_deal,
    toy_deal,
)
from mtlbook.models.reader import Reader, many_readers
from mtlbook.toy_reading import toy_reading, toy_search
from mtlbook.training.mixing import sampled, together
from mtlbook.training.readers import kept_steps, train_readers
from mtlbook.training.reading_fit import FitReaders, inputs, measure
from mtlbook.training.reading_losses import LOSSES

HEADS = ("word", "sentence", "passage", "verify")
SMALL: dict[str, Any] = {"width": 4, "hidden": 6, "steps": 2}
QUICK = ReadingSettings(width=4, hidden=6, steps=2, batch=4, every=2, room=400)


def coded(seed: int, n: int = 8, search: bool = True) -> CodedQuestions:
    found = toy_search(n, seed=seed, passages=3) if search else toy_reading(n, seed=seed)
    return encode(found, Codes(all_words(found)))


def batch_of(parts: Sequence[CodedQuestions]) -> ReadingBatch:
    return gather(parts, [np.arange(len(part)) for part in parts])


def train(seeds: Sequence[int], updates: int = 4, **options: Any) -> FitReaders:
    parts = [coded(seed) for seed in seeds]
    room = 400
    settings = {"lr": 0.01, "every": 2, "weights": dict.fromkeys(("span", *HEADS), 1.0), **options}
    return train_readers(
        many_readers(seeds, room, **SMALL, heads=HEADS),
        {"here": ReadingStream(parts, 4, seeds)},
        together("here", [], updates),
        parts,
        seeds=seeds,
        **settings,
    )


# What is minimised


def test_losses_are_those_of_pytorch_question_by_question() -> None:
    parts = [coded(seed) for seed in range(2)]
    batch = batch_of(parts)
    found = many_readers([0, 1], 400, **SMALL, heads=HEADS)(*inputs(batch))
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
    part = coded(3)
    part = encode_weights(part, [0.0, 2.0, 1.0, 0.5, 1.0, 1.0, 3.0, 1.0])
    weights = {"span": 1.0, "passage": 0.3}
    many = many_readers([3], 400, **SMALL, heads=["passage"])
    torch.manual_seed(3)
    reader = Reader(400, **SMALL, heads=["passage"])
    optimiser = torch.optim.Adam(reader.parameters(), lr=0.01)
    batch = next(ReadingStream([part], 8, [3]))
    keep = kept_steps([np.random.default_rng([7, 3])], 8, 2, 0.5)
    found = reader(*(value[0] for value in inputs(batch)), keep[0])
    found = {name: value[None] for name, value in found.items()}
    loss = torch.zeros(())
    for task, weight in weights.items():
        loss = loss + weight * (LOSSES[task](found, batch) * batch.weight).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    fit = train_readers(
        many, {"here": ReadingStream([part], 8, [3])}, together("here", [], 1),
        lr=0.01, seeds=[3], weights=weights, drop=0.5, every=1,
    )  # fmt: skip
    assert fit.train_loss.shape == (1, 1)
    np.testing.assert_allclose(fit.train_loss[0, 0], loss.item(), rtol=1e-5)
    torch.testing.assert_close(
        fit.snapshot["answer.start.weight"][0].mT, reader.answer.start.weight, atol=1e-5, rtol=1e-4
    )
    torch.testing.assert_close(
        fit.snapshot["encoder.table.weight"][0], reader.encoder.table.weight, atol=1e-5, rtol=1e-4
    )


def encode_weights(part: CodedQuestions, weights: list[float]) -> CodedQuestions:
    return CodedQuestions(**{**vars(part), "weight": np.array(weights, np.float32)})


def test_readers_learn_side_by_side_what_they_learn_alone() -> None:
    both, alone = train([0, 1], updates=6), train([1], updates=6)
    np.testing.assert_allclose(both.train_loss[:, 1], alone.train_loss[:, 0], rtol=1e-3)
    np.testing.assert_allclose(both.halting[:, 1], alone.halting[:, 0], atol=0.2)
    assert both.steps.tolist() == [2, 4, 6]


def test_each_reader_is_kept_where_it_was_best() -> None:
    fit = train([0, 1, 2], updates=8, by="loss", lr=0.3)
    parts = [coded(seed) for seed in range(3)]
    assert (fit.best_step == fit.steps[fit.halting.argmin(0)]).all()
    kept = many_readers([0, 1, 2], 400, **SMALL, heads=HEADS)
    with torch.no_grad():
        for name, p in kept.named_parameters():
            p.copy_(fit.snapshot[name])
    np.testing.assert_allclose(measure(kept, parts, "loss"), fit.halting.min(0), rtol=1e-5)


def test_without_a_halting_set_the_last_update_is_kept() -> None:
    part = coded(0)
    fit = train_readers(
        many_readers([0], 400, **SMALL), {"here": ReadingStream([part], 4, [0])},
        together("here", [], 3), lr=0.01, seeds=[0], every=3,
    )  # fmt: skip
    assert fit.best_step.tolist() == [3]
    assert not len(fit.halting)
    for name, p in fit.model.named_parameters():
        assert torch.equal(p, fit.snapshot[name])


def test_one_step_of_the_answer_always_counts() -> None:
    draws = [np.random.default_rng(seed) for seed in range(2)]
    kept = kept_steps(draws, 500, 3, 0.9)
    assert kept.shape == (2, 500, 3)
    assert (kept.sum(-1) >= 1).all()
    assert 1 / 3 + 0.02 < kept.mean() < 0.5  # one of three, and a tenth of the others
    assert (kept_steps(draws, 20, 3, 0.0) == 1).all()


def test_candidates_and_predictions_agree() -> None:
    fit = train([0, 1])
    parts = [coded(5, 7), coded(6, 7)]
    for by in ((), ("passage",), ("word", "verify")):
        chosen, sent = fit.predict(parts, by), fit.candidates(parts, by)
        for s in range(2):
            for span, scored in zip(chosen[s], sent[s], strict=True):
                assert [one.passage for one, _ in scored] == [0, 1, 2]
                assert span == max(scored, key=lambda pair: pair[1])[0]


def test_measure_counts_questions_without_a_right_span() -> None:
    fit = train([0])
    part = coded(0)
    spans = fit.predict([part])[0]
    right = [(s.passage, s.start, s.end) in part.spans[i] for i, s in enumerate(spans)]
    kept = fit.model
    with torch.no_grad():
        for name, p in kept.named_parameters():
            p.copy_(fit.snapshot[name])
    assert measure(kept, [part], "error")[0] == pytest.approx(1 - np.mean(right))


@pytest.mark.parametrize("by", ["start", "end"])
def test_one_boundary_is_learned_and_measured_by_itself(by: str) -> None:
    fit = train([0, 1], updates=40, weights={by: 1.0}, by=by, lr=0.03)
    other = "end" if by == "start" else "start"
    parts = [coded(seed) for seed in range(2)]
    batch = batch_of(parts)
    outputs = fit.outputs(batch)
    for side in (by, other):
        places = batch.start if side == "start" else batch.end
        wrong = (outputs[side].argmax(-1) != places).float().mean(-1).numpy()
        if side == by:
            np.testing.assert_allclose(fit.halting.min(0), wrong)
            assert wrong.mean() < 0.2
        else:  # nothing has taught it
            assert wrong.mean() > 0.6


def test_what_does_not_fit_is_refused() -> None:
    part = coded(0)
    stream = {"here": ReadingStream([part], 4, [0])}
    model = many_readers([0], 400, **SMALL)
    with pytest.raises(ValueError, match=r"no stream for \['there'\]"):
        train_readers(model, stream, together("there", [], 2), lr=0.1, seeds=[0], every=1)
    with pytest.raises(ValueError, match=r"weights: \['passage'\] names a task outside"):
        train_readers(
            model, stream, together("here", [], 2), lr=0.1, seeds=[0], weights={"passage": 1}
        )
    with pytest.raises(ValueError, match="2 seeds for 1 readers"):
        train_readers(model, stream, together("here", [], 2), lr=0.1, seeds=[0, 1], every=1)
    with pytest.raises(ValueError, match="every: expected 1 to 2"):
        train_readers(model, stream, together("here", [], 2), lr=0.1, seeds=[0], every=3)


# The common deal, and the one function that chapters call


def small(deal: ReadingDeal) -> ReadingDeal:
    return ReadingDeal(deal.sources, deal.halt[:6], deal.test[:6], deal.weights)


def test_no_text_is_in_two_parts_and_more_questions_keep_the_first() -> None:
    deal, longer = toy_deal(1, 5), toy_deal(1, 9)
    assert [q.id for q in longer.sources[TARGET][:5]] == [q.id for q in deal.sources[TARGET]]
    for one in (deal, search_deal(1, 5), toy_deal(2, 5)):
        ids = [{q.id for q in part} for part in (one.sources[TARGET], one.halt, one.test)]
        assert len(set.union(*ids)) == sum(map(len, ids))
        assert [len(one.halt), len(one.test)] == [100, 300]
    assert not {q.id for q in deal.test} & {q.id for q in toy_deal(2, 5).test}


def test_a_reader_learns_from_two_sources_with_weights() -> None:
    seeds = [0, 1]
    more = {"news": toy_reading(6, "newspaper", seed=9)}
    deals = [small(toy_deal(seed, 6, more)) for seed in seeds]
    schedule = sampled(TARGET, {TARGET: 0.5, "news": 0.5}, 3, 0)
    plain = fit_readers(deals, seeds, schedule, QUICK)
    nothing = [
        ReadingDeal(d.sources, d.halt, d.test, {name: [0.0] * 6 for name in d.sources})
        for d in deals
    ]
    still = fit_readers(nothing, seeds, schedule, QUICK)
    assert (still.fit.train_loss == 0).all()
    assert (plain.fit.train_loss > 0).all()
    assert plain.exact([d.test for d in deals]).shape == (2,)


def test_a_reader_with_all_heads_answers_in_the_words_of_the_passages() -> None:
    deals = [small(search_deal(0, 8, passages=3))]
    weights = {"span": 1, "verify": 0.5, "passage": 0.5, "sentence": 0.1}
    readers = fit_readers(deals, [0], 4, QUICK, weights)
    assert list(readers.fit.model.heads) == ["word", "sentence", "passage", "verify"]
    answers = readers.answers([deals[0].test], ["word", "verify"])[0]
    for answer, one in zip(answers, deals[0].test, strict=True):
        assert any(answer in text.text for text in one.passages)


def test_a_reader_learns_to_read() -> None:
    """Held-out names, and no more than a handful of different questions."""

    def asked(n: int, seed: int, **held: bool) -> list[Question]:
        return toy_reading(n, seed=seed, facts=2, **held)

    deal = ReadingDeal(
        {TARGET: asked(150, 1)}, asked(20, 2, new_names=True), asked(60, 3, new_names=True)
    )
    settings = ReadingSettings(every=30, width=16, hidden=24)
    trained = fit_readers([deal], [0], 90, settings)
    untrained = fit_readers([deal], [0], 1, ReadingSettings(every=1, width=16, hidden=24, lr=1e-9))
    assert untrained.exact([deal.test])[0] < 10
    assert trained.exact([deal.test])[0] > 40


def test_precision_is_double_unless_single_is_asked_for() -> None:
    deals = [small(toy_deal(0, 6))]
    for double, dtype in ((True, torch.float64), (False, torch.float32)):
        readers = fit_readers(deals, [0], 2, replace(QUICK, double=double))
        assert {p.dtype for p in readers.fit.snapshot.values()} == {dtype}


def test_a_vocabulary_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no room for \d+ words: 40"):
        fit_readers([small(toy_deal(0, 5))], [0], 2, ReadingSettings(room=40))
