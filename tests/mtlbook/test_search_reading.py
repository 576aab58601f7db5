"""chapter code: search_reading, search_choices and search_trials: chapter 9's readers."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mtlbook.data.reading_batches import gather, in_order
from mtlbook.data.reading_codes import Codes, all_words, encode
from mtlbook.evaluation.reading import exact_match
from mtlbook.evaluation.votes import count_vote
from mtlbook.experiments.ch09_ms_marco.search_choices import BY_SCORE, COLUMNS, judge, mass
from mtlbook.experiments.ch09_ms_marco.search_reading import (
    WORLDS,
    Arm,
    Shuffled,
    add_heads,
    deal,
    fit_rankers,
)
from mtlbook.experiments.ch09_ms_marco.search_reading import (
    tests as judged_on,
)
from mtlbook.experiments.ch09_ms_marco.search_trials import SEARCH, WEIGHTS, arm
from mtlbook.experiments.common.reading import TARGET, Readers, fit_readers
from mtlbook.models.reader_heads import HEADS

SEEDS = range(2)
SMALL = Arm({"passage": 0.5}, learned=16, double=True)


@pytest.fixture(scope="module")
def readers() -> Readers:
    """Readers that have hardly learned: ``fit_arm`` itself is run by the recorded cell."""
    settings = replace(SMALL.settings(0.01), every=10)
    deals = [deal(seed, "recurs", SMALL.learned) for seed in SEEDS]
    return fit_readers(deals, SEEDS, 10, settings, {"span": 1.0, **SMALL.weights})


@pytest.fixture(scope="module")
def judged(readers: Readers) -> Readers:
    return add_heads(readers, SMALL, "recurs", SEEDS, updates=5)


def test_worlds_are_what_their_names_say() -> None:
    holds = {"recurs": 2, "alone": 1, "disputed": 1}
    for world in WORLDS:
        for question in judged_on(0, world)[:20]:
            assert len(question.spans) == holds[world]
            assert len(question.passages) == 4
    parts = deal(0, "recurs", 16)
    assert len(parts.sources[TARGET]) == 16
    assert parts.test == judged_on(0, "recurs")


def test_shuffling_moves_the_auxiliary_targets_only() -> None:
    questions = deal(0, "recurs", 16).sources[TARGET]
    batch = gather([encode(questions, Codes(all_words(questions)))], [np.arange(4)])
    moved = next(Shuffled(iter([batch])))
    assert moved.gold is batch.gold
    assert torch.equal(moved.inside[:, 1:], batch.inside[:, :-1])
    assert torch.equal(moved.inside[:, 0], batch.inside[:, -1])
    assert not torch.equal(moved.holds, batch.holds)
    assert moved.holds.sum() == batch.holds.sum()


def test_heads_learn_on_a_frozen_reader(readers: Readers, judged: Readers) -> None:
    for name, before in readers.fit.snapshot.items():  # the ranking head was trained already
        assert torch.equal(judged.fit.snapshot[name], before), name
    fresh = add_heads(readers, SMALL, "recurs", SEEDS, updates=1).fit.snapshot
    for name in ("heads.word.outer.weight", "heads.verify.outer.weight"):
        assert not torch.equal(judged.fit.snapshot[name], fresh[name]), name


def test_shuffled_heads_are_learned_anew(readers: Readers) -> None:
    anew = add_heads(readers, replace(SMALL, shuffled=True), "recurs", SEEDS, updates=1)
    name = "heads.passage.outer.weight"
    assert not torch.equal(anew.fit.snapshot[name], readers.fit.snapshot[name])


def test_every_choice_agrees_with_the_reader_itself(judged: Readers) -> None:
    parts = [judged_on(seed, "alone")[:30] for seed in SEEDS]
    found = dict(zip(COLUMNS, judge(judged, parts).T, strict=True))
    for name, by in BY_SCORE.items():
        np.testing.assert_allclose(found[name], judged.exact(parts, by), err_msg=name)
    options = judged.fit.candidates(judged.encode(parts), longest=8)
    for s, part in enumerate(parts):
        right = []
        for question, spans in zip(part, options[s], strict=True):
            texts = [question.cut(span) for span, _ in spans]
            chosen = count_vote(texts, [score for _, score in spans])
            right.append(exact_match(texts[chosen], question.answers))
        assert found["count vote"][s] == pytest.approx(100 * np.mean(right))
        first = judged.fit.predict(judged.encode(parts), longest=8)[s]
        holds = [
            any(span.passage == one.passage for one in question.spans)
            for question, span in zip(part, first, strict=True)
        ]
        assert found["span picks"][s] == pytest.approx(100 * np.mean(holds))


def test_local_scores_let_no_passage_compete(judged: Readers) -> None:
    parts = [judged_on(seed, "alone")[:100] for seed in SEEDS]
    right = np.zeros(2)
    for rows, batch in in_order(judged.encode(parts)):
        outputs = judged.fit.outputs(batch)
        start, end = (outputs[e].exp().unflatten(-1, (4, -1)).numpy() for e in ("start", "end"))
        for s, places in enumerate(rows):
            for b, place in enumerate(places):
                question, best = parts[s][place], (-1.0, "")
                for k, passage in enumerate(question.passages):
                    first = start[s, b, k] / start[s, b, k].sum()
                    last = end[s, b, k] / end[s, b, k].sum()
                    for i in range(len(passage)):
                        for j in range(i, min(i + 8, len(passage))):
                            best = max(best, (first[i] * last[j], passage.cut(i, j)))
                right[s] += exact_match(best[1], question.answers)
    found = judge(judged, parts)[:, COLUMNS.index("local")]
    np.testing.assert_allclose(found, right)  # of a hundred


def test_a_ranker_stands_in_for_the_readers_own_judgement(judged: Readers) -> None:
    parts = [judged_on(seed, "recurs")[:20] for seed in SEEDS]
    ranker = fit_rankers(judged, SMALL, "recurs", SEEDS, updates=3)
    own, other = judge(judged, parts), judge(judged, parts, ranker)
    moves = [COLUMNS.index(name) for name in ("x passage", "local x passage", "passage picks")]
    stays = [i for i in range(len(COLUMNS)) if i not in moves]
    np.testing.assert_array_equal(own[:, stays], other[:, stays])
    np.testing.assert_array_equal(judge(judged, parts, judged), own)


def test_mass_falls_on_passages() -> None:
    scores = torch.randn(2, 12).log_softmax(-1)
    found = mass(scores, 3)
    assert found.shape == (2, 3)
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(2))
    torch.testing.assert_close(found[:, 1].exp(), scores[:, 4:8].exp().sum(-1))


def test_every_arm_of_the_run_is_known() -> None:
    for config in SEARCH.configs:
        chosen = arm(config["arm"], WEIGHTS.get(config["arm"].partition(", ")[0], 0.0))
        assert set(chosen.weights) <= set(HEADS)
        assert chosen.shuffled == ("shuffled" in config["arm"])
    assert arm("S-Net", 0.3).weights == {"passage": 0.3}
    assert arm("span, longer", 0.0).times == 2
