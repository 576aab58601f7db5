"""The measurement of how fast taggers train, in its smallest case."""

from collections.abc import Iterator
from itertools import islice

import pytest
import throughput
import torch

from mtlbook.data.vocabulary import IGNORE, Encoded, Encoder, tag_sets
from mtlbook.toy_language import toy_sentences

TASKS = ("chunk", "pos")
SENTENCES = toy_sentences(64)
WORDS = sum(len(s) for s in SENTENCES)


@pytest.fixture
def text() -> Encoded:
    return Encoder(SENTENCES, tag_sets(SENTENCES, TASKS)).encode(SENTENCES)


def labelled(batch: throughput.Given) -> int:
    return sum(int((labels != IGNORE).sum()) for labels in batch[2].values())


def test_one_by_one_gives_each_sentence_once_for_each_task(text: Encoded) -> None:
    batches = list(islice(throughput.one_by_one(text, TASKS), 128))
    assert [list(targets) for *_, targets in batches] == [["chunk"], ["pos"]] * 64
    assert [x.shape for x, *_ in batches[::2]] == [(1, len(s), 3) for s in SENTENCES]
    assert sum(map(labelled, batches)) == 2 * WORDS


def test_a_batch_teaches_both_tasks_each_of_its_words(text: Encoded) -> None:
    (x, lengths, targets) = batch = next(throughput.batched(text, TASKS, 64))
    assert x.shape[0] == len(lengths) == 64
    assert set(targets) == set(TASKS)
    assert labelled(batch) == 2 * WORDS


def test_apart_no_sentence_teaches_both(text: Encoded) -> None:
    batch = next(throughput.apart(text, TASKS, 64))
    chunk, pos = (batch[2][task] != IGNORE for task in TASKS)
    assert not (chunk.any(1) & pos.any(1)).any()
    assert chunk.any(1).sum() == pos.any(1).sum() == 32


def test_every_regime_learns_and_counts_its_labels() -> None:
    for name, make in throughput.regimes(SENTENCES, TASKS, hidden=4).items():
        regime = make()
        regime.batches, given = iter([one := next(regime.batches)]), labelled(one)
        before = [p.detach().clone() for p in regime.model.parameters()]
        assert regime.update() == given > 0, name
        moved = [
            not torch.equal(a, b) for a, b in zip(before, regime.model.parameters(), strict=True)
        ]
        # The slow regime leaves the other task's head and β alone, all else is learned from.
        assert sum(moved) >= len(moved) - 2, name


def test_a_rate_is_labels_over_process_time(monkeypatch: pytest.MonkeyPatch, text: Encoded) -> None:
    def clock() -> Iterator[float]:
        yield from (0.0, 1.0, 2.0, 3.0)

    regime = throughput.regimes(SENTENCES, TASKS, hidden=4)[throughput.SLOW]()
    first_two = sum(map(labelled, islice(throughput.one_by_one(text, TASKS), 2)))
    monkeypatch.setattr("time.process_time", clock().__next__)
    assert regime.rate(1.5) == first_two / 2


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    assert throughput.ratio([10, 40, 90], [1, 2, 3]) == (20, 10, 30)


@pytest.mark.parametrize(("speed", "met"), [(10.0, "met (10.0x)"), (9.9, "NOT met (9.9x)")])
def test_the_report_says_whether_the_bar_is_met(speed: float, met: str) -> None:
    rates = {throughput.SLOW: [1.0], throughput.SLUICE: [speed], throughput.HARD: [2 * speed]}
    lines = throughput.report("toy", rates)
    assert lines[-2].endswith(f"for the sluice tagger: {met}")
    assert "takes 2.0x a hard one's time" in lines[-1]


def test_the_smallest_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = "--toy --rounds 1 --seconds 0 --hidden 4 --sentences 64"
    assert throughput.main(arguments.split()) == 0
    out = capsys.readouterr().out
    assert out.startswith("toy language: labels a second")
    for regime in throughput.regimes(SENTENCES, TASKS, 4):
        assert f"  {regime}" in out
    with pytest.raises(SystemExit):
        throughput.main(["--rounds", "0"])
