"""chapter code: search_reading and search: chapter 9's readers."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mtlbook.data.reading import Codes, all_words, encode
from mtlbook.data.reading_batches import gather, in_order
from mtlbook.evaluation.reading import count_vote, exact_match
from mtlbook.experiments.ch09_ms_marco.search import (
    BY_SCORE,
    COLUMNS,
    SEARCH,
    WEIGHTS,
    arm,
    judge,
    mass,
)
from mtlbook.experiments.ch09_ms_marco.search_reading import (
    WORLDS,
    Arm,
    add_heads,
    fit_rankers,
    search_data,
    search_split,
    shuffled,
)
from mtlbook.experiments.ch09_ms_marco.search_reading import (
    tests as judged_on,
)
from mtlbook.experiments.common.reading import TARGET, ReadingData, fit_readers
from mtlbook.models.networks import Networks
from mtlbook.models.reader import HEADS
from mtlbook.training.reading import passage_spans, spans

SEEDS = range(2)
SMALL = Arm({"passage": 0.5}, learned=16, double=True)


@pytest.fixture(scope="module")
def data() -> ReadingData:
    return search_data(SMALL, "recurs", SEEDS, 0.01)


@pytest.fixture(scope="module")
def readers(data: ReadingData) -> Networks:
    """Readers that have hardly learned: ``fit_arm`` itself is run by the recorded cell."""
    found: Networks = fit_readers(data, 10, {"span": 1.0, **SMALL.weights}).best("error")
    return found


@pytest.fixture(scope="module")
def judged(readers: Networks, data: ReadingData) -> Networks:
    return add_heads(readers, SMALL, data, updates=5)


def test_worlds_are_what_their_names_say() -> None:
    holds = {"recurs": 2, "alone": 1, "disputed": 1}
    for world in WORLDS:
        for question in judged_on(0, world)[:20]:
            assert len(question.spans) == holds[world]
            assert len(question.passages) == 4
    parts = search_split(0, "recurs", 16)
    assert len(parts.sources[TARGET]) == 16
    assert parts.test == judged_on(0, "recurs")


def test_shuffling_moves_the_auxiliary_targets_only() -> None:
    questions = search_split(0, "recurs", 16).sources[TARGET]
    batch = gather([encode(questions, Codes(all_words(questions)))], [np.arange(4)])
    moved = next(shuffled(iter([batch])))
    assert moved.gold is batch.gold
    assert torch.equal(moved.inside[:, 1:], batch.inside[:, :-1])
    assert torch.equal(moved.inside[:, 0], batch.inside[:, -1])
    assert not torch.equal(moved.holds, batch.holds)
    assert moved.holds.sum() == batch.holds.sum()


def test_heads_learn_on_a_frozen_reader(
    readers: Networks, judged: Networks, data: ReadingData
) -> None:
    after = dict(judged.named_parameters())
    for name, before in readers.named_parameters():  # the ranking head was trained already
        assert torch.equal(after[name], before), name
    fresh = dict(add_heads(readers, SMALL, data, updates=1).named_parameters())
    for name in ("one.heads.word.outer.weight", "one.heads.verify.outer.weight"):
        assert not torch.equal(after[name], fresh[name]), name


def test_shuffled_heads_are_learned_anew(readers: Networks, data: ReadingData) -> None:
    anew = add_heads(readers, replace(SMALL, shuffled=True), data, updates=1)
    name = "one.heads.passage.outer.weight"
    assert not torch.equal(anew.get_parameter(name), readers.get_parameter(name))


def test_every_choice_agrees_with_the_reader_itself(judged: Networks, data: ReadingData) -> None:
    parts = [judged_on(seed, "alone")[:30] for seed in SEEDS]
    found = dict(zip(COLUMNS, judge(judged, data, parts).T, strict=True))
    for name, by in BY_SCORE.items():
        np.testing.assert_allclose(found[name], data.exact(judged, parts, by), err_msg=name)
    options = passage_spans(judged, data.encode(parts), longest=8)
    for s, part in enumerate(parts):
        right = []
        for question, found_by in zip(part, options[s], strict=True):
            texts = [question.cut(span) for span, _ in found_by]
            chosen = count_vote(texts, [score for _, score in found_by])
            right.append(exact_match(texts[chosen], question.answers))
        assert found["count vote"][s] == pytest.approx(100 * np.mean(right))
        first = spans(judged, data.encode(parts), longest=8)[s]
        holds = [
            any(span.passage == one.passage for one in question.spans)
            for question, span in zip(part, first, strict=True)
        ]
        assert found["span picks"][s] == pytest.approx(100 * np.mean(holds))


def test_local_scores_let_no_passage_compete(judged: Networks, data: ReadingData) -> None:
    parts = [judged_on(seed, "alone")[:100] for seed in SEEDS]
    right = np.zeros(2)
    for rows, batch in in_order(data.encode(parts)):
        outputs = judged(batch)
        start, end = (
            outputs[e].detach().exp().unflatten(-1, (4, -1)).numpy() for e in ("start", "end")
        )
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
    found = judge(judged, data, parts)[:, COLUMNS.index("local")]
    np.testing.assert_allclose(found, right)  # of a hundred


def test_a_ranker_stands_in_for_the_readers_own_judgement(
    judged: Networks, data: ReadingData
) -> None:
    parts = [judged_on(seed, "recurs")[:20] for seed in SEEDS]
    ranker = fit_rankers(SMALL, data, updates=3)
    own, other = judge(judged, data, parts), judge(judged, data, parts, ranker)
    moves = [COLUMNS.index(name) for name in ("x passage", "local x passage", "passage picks")]
    stays = [i for i in range(len(COLUMNS)) if i not in moves]
    np.testing.assert_array_equal(own[:, stays], other[:, stays])
    np.testing.assert_array_equal(judge(judged, data, parts, judged), own)


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
