"""chapter code: sluice_cuts: what is cut, and a share that no rescaling changes."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlbook.experiments.ch05_sluice_networks.sluice_cuts import (
    cut,
    cut_scores,
    main_shares,
    share_of_others,
)
from mtlbook.experiments.common.tagging import Split, TaggingData
from mtlbook.models.networks import from_seeds
from mtlbook.models.sluice import Mixing, Sluice
from mtlbook.toy_language import toy_sentences

CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-12}
WORDS = torch.tensor([[True] * 5, [True, True, False, False, False]])


def drawn(seed: int, tasks: int = 2, parts: int = 2) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    alpha = torch.randn(tasks * parts, tasks * parts, generator=draw, dtype=torch.float64)
    states = torch.randn(tasks, 2, 5, 4 * parts, generator=draw, dtype=torch.float64)
    return alpha, states


def test_only_what_the_first_task_takes_is_cut() -> None:
    alpha = torch.arange(1.0, 65).view(2, 2, 4, 4)
    found = cut(alpha, [1])
    assert found[:, 0].equal(alpha[:, 0])
    assert found[:, 1, :2, 2:].abs().sum() == 0
    kept = torch.ones(4, 4, dtype=torch.bool)
    kept[:2, 2:] = False
    assert found[:, 1][:, kept].equal(alpha[:, 1][:, kept])
    assert alpha.min() == 1  # what was given is left alone


def test_a_share_by_hand() -> None:
    # One unit a direction; task A is 3 and 4 long in two words, B is 1 and 0, outside it is 9.
    states = torch.zeros(2, 1, 3, 2)
    states[0, 0, :, 0] = torch.tensor([3.0, 4, 9])
    states[1, 0, :, 1] = torch.tensor([1.0, 0, 9])
    inside = torch.tensor([[True, True, False]])
    share = share_of_others(torch.tensor([[2.0, 5], [0, 1]]), states, inside)
    assert share.tolist() == pytest.approx([5 / (10 + 5), 0])


@given(st.integers(0, 99), st.floats(0.1, 9), st.integers(0, 3))
def test_neither_rows_nor_signs_change_a_share(seed: int, c: float, part: int) -> None:
    alpha, states = drawn(seed)
    share = share_of_others(alpha, states, WORDS)
    rows = torch.tensor([c, c, -1, -1])[:, None]
    torch.testing.assert_close(share_of_others(rows * alpha, states, WORDS), share, **CLOSE)
    turned, column = states.clone(), alpha.clone()
    turned.unflatten(-1, (2, 2, -1))[part // 2, ..., part % 2, :] *= -1
    column[:, part] *= -1
    torch.testing.assert_close(share_of_others(column, turned, WORDS), share, **CLOSE)


def test_nothing_from_others_is_nothing_and_all_is_one() -> None:
    _, states = drawn(0)
    assert share_of_others(torch.eye(4).double(), states, WORDS).tolist() == [0, 0]
    swapped = torch.eye(4).double().roll(2, 0)
    assert share_of_others(swapped, states, WORDS).tolist() == [1, 1]


def test_networks_that_exchange_nothing_lose_nothing_by_a_cut() -> None:
    text = toy_sentences(6, "tale", 0)
    split = Split(text, text, text, text)
    data = TaggingData([split] * 2, {"chunk": slice(3), "pos": slice(3, None)}, (90, 90))
    found = {}
    for alpha in ("identity", "balanced"):
        mixing = Mixing(alpha=alpha)  # type: ignore[arg-type]
        networks = from_seeds(
            lambda mixing=mixing: Sluice(data.sizes, data.numbers, 2, mixing, hidden=4), [0, 1]
        )
        before = [p.detach().clone() for p in networks.parameters()]
        found[alpha] = cut_scores(networks, data), main_shares(networks, data)
        assert found[alpha][0].shape == (2, 4)
        assert all(map(torch.equal, networks.parameters(), before))
    alone, mixed = found["identity"], found["balanced"]
    assert np.ptp(alone[0], axis=1).tolist() == [0, 0]
    assert alone[1].tolist() == [[0, 0]] * 2
    assert ((mixed[1] > 0.3) & (mixed[1] < 0.7)).all()
