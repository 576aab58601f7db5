"""mtlbook.models.decoding, against all spans one by one."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlbook.models.attention import masked_log_softmax
from mtlbook.models.decoding import Candidates, candidates, choose, content, factors


def drawn(seed: int, lengths: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities of start and end over passages of some lengths, and the words' logits."""
    draw = torch.Generator().manual_seed(seed)
    n = max(lengths)
    there = (torch.arange(n) < torch.tensor(lengths)[:, None]).flatten()
    size = len(lengths) * n
    start, end = (
        masked_log_softmax(torch.randn(size, generator=draw, dtype=torch.double), there)
        for _ in range(2)
    )
    return start, end, torch.randn(len(lengths), n, generator=draw, dtype=torch.double)


def every_span(lengths: list[int], longest: int) -> list[tuple[int, int, int]]:
    return [
        (k, i, j)
        for k, n in enumerate(lengths)
        for i in range(n)
        for j in range(i, min(i + longest, n))
    ]


LENGTHS = st.lists(st.integers(1, 7), min_size=1, max_size=4)


@given(st.integers(0, 10_000), LENGTHS, st.integers(1, 9))
def test_the_best_span_is_the_best_of_all(seed: int, lengths: list[int], longest: int) -> None:
    start, end, _ = drawn(seed, lengths)
    n = max(lengths)

    def score(span: tuple[int, int, int]) -> float:
        k, i, j = span
        return (start[k * n + i] + end[k * n + j]).item()

    spans = every_span(lengths, longest)
    found = candidates(start, end, len(lengths), longest)
    assert tuple(choose(found).tolist()) == max(spans, key=score)
    for k in range(len(lengths)):
        best = max((s for s in spans if s[0] == k), key=score)
        assert (k, int(found.start[k]), int(found.end[k])) == best
        assert math.isclose(found.score[k].item(), score(best))


def test_a_span_has_fifteen_words_at_most() -> None:
    """Unless another length is asked for: fifteen is that of published readers."""
    start = torch.full((20,), -9.0)
    start[2] = 0.0
    found = candidates(start, torch.linspace(-3, 0, 20), passages=1)
    assert (int(found.start), int(found.end)) == (2, 16)


@given(st.integers(0, 10_000), LENGTHS)
def test_the_product_of_all_scores_decides(seed: int, lengths: list[int]) -> None:
    start, end, words = drawn(seed, lengths)
    n, draw = max(lengths), torch.Generator().manual_seed(seed)
    outputs = {
        "word": words,
        "passage": torch.randn(len(lengths), generator=draw, dtype=torch.double),
        "verify": torch.randn(len(lengths), generator=draw, dtype=torch.double).log_softmax(-1),
    }
    found = candidates(start, end, len(lengths), 3)
    chosen = tuple(choose(found, factors(outputs, found, ["passage", "verify", "word"])).tolist())

    def product(span: tuple[int, int, int]) -> float:
        k, i, j = span
        boundary = start[k * n + i].exp() * end[k * n + j].exp()
        inside = torch.sigmoid(words[k, i : j + 1]).mean()
        ranked, verified = torch.sigmoid(outputs["passage"][k]), outputs["verify"][k].exp()
        return (boundary * inside * ranked * verified).item()

    # As in V-Net each passage sends its best boundaries, and these are judged.
    sent = [(k, int(found.start[k]), int(found.end[k])) for k in range(len(lengths))]
    assert chosen == max(sent, key=product)


def test_a_passage_that_is_not_there_never_wins() -> None:
    start, end, _ = drawn(0, [3])
    absent = torch.full((3,), -1e9, dtype=torch.double)
    found = candidates(torch.cat([absent, start]), torch.cat([absent, end]), 2)
    assert choose(found, torch.tensor([50.0, 0.0]))[0] == 1


def test_many_questions_are_decoded_as_each_alone() -> None:
    parts = [drawn(seed, [4, 6]) for seed in range(6)]
    start, end = (torch.stack([part[i] for part in parts]).view(2, 3, -1) for i in range(2))
    found = choose(candidates(start, end, 2, 4)).view(6, 3)
    for i, (one_start, one_end, _) in enumerate(parts):
        assert found[i].tolist() == choose(candidates(one_start, one_end, 2, 4)).tolist()


def test_content_is_a_mean_over_the_span() -> None:
    found = Candidates(torch.zeros(2), torch.tensor([0, 2]), torch.tensor([1, 2]))
    inside = torch.tensor([[0.2, 0.6, 0.9], [0.1, 0.1, 0.4]])
    torch.testing.assert_close(content(found, inside), torch.tensor([0.4, 0.4]))


def test_an_unknown_factor_is_refused() -> None:
    found = Candidates(torch.zeros(2), torch.tensor([0, 2]), torch.tensor([1, 2]))
    with pytest.raises(ValueError, match="no factor 'rank': expected passage, verify or word"):
        factors({}, found, ["rank"])
