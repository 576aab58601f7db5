"""mtlbook.models.tagger.BiLSTM: the layers compute what PyTorch's packed LSTM computes."""

from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from mtlbook.models.tagger import BiLSTM, turned

CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}


def layer(seed: int, inputs: int = 3, hidden: int = 4) -> BiLSTM:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return BiLSTM(inputs, hidden).double()


def normal(*shape: int, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=draw, dtype=torch.float64)


def inside(lengths: Tensor, n: int) -> Tensor:
    """1 for words, 0 behind the end: ``(..., n, 1)``."""
    return (torch.arange(n) < lengths[..., None])[..., None].double()


def oracle(of: BiLSTM) -> nn.LSTM:
    """PyTorch's own bidirectional layer with the same weights."""
    found = nn.LSTM(
        of.forwards.input_size, of.forwards.hidden_size, batch_first=True, bidirectional=True
    ).double()
    ahead, back = of.forwards.state_dict(), of.backwards.state_dict()
    found.load_state_dict({**ahead, **{f"{name}_reverse": p for name, p in back.items()}})
    return found


def packed(of: nn.LSTM, x: Tensor, lengths: Tensor) -> Tensor:
    rows = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    states, _ = pad_packed_sequence(of(rows)[0], batch_first=True, total_length=x.shape[1])
    return states


@settings(max_examples=40)
@given(st.data())
def test_a_layer_computes_what_pytorch_computes(data: st.DataObject) -> None:
    b, n, d, h = (data.draw(st.integers(1, top)) for top in (4, 6, 3, 4))
    lengths = torch.tensor(data.draw(st.lists(st.integers(1, n), min_size=b, max_size=b)))
    single, x = layer(data.draw(st.integers(0, 99)), d, h), normal(b, n, d).requires_grad_()
    expected, weights = oracle(single), normal(b, n, 2 * h, seed=1) * inside(lengths, n)
    ours, theirs = single(x, lengths), packed(expected, x, lengths)
    torch.testing.assert_close(ours * inside(lengths, n), theirs * inside(lengths, n), **CLOSE)
    named = {f"{name}_reverse": p for name, p in single.backwards.named_parameters()}
    named |= dict(single.forwards.named_parameters())
    of_theirs = dict(expected.named_parameters())
    found = torch.autograd.grad((ours * weights).sum(), [x, *named.values()])
    wanted = torch.autograd.grad((theirs * weights).sum(), [x, *(of_theirs[n] for n in named)])
    for gradient, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(gradient, other, **CLOSE)


def test_a_sentence_of_one_word_by_hand() -> None:
    single = layer(0, 2, 1)
    x = normal(1, 1, 2)
    z = {
        way: getattr(single, way).weight_ih_l0 @ x[0, 0]
        + getattr(single, way).bias_ih_l0
        + getattr(single, way).bias_hh_l0
        for way in ("forwards", "backwards")
    }
    expected = [
        o.sigmoid() * (i.sigmoid() * g.tanh()).tanh()
        for i, _, g, o in map(torch.unbind, z.values())
    ]
    found = single(x, torch.tensor([1]))[0, 0]
    torch.testing.assert_close(found, torch.stack(expected), **CLOSE)


# What fills a sentence up


def test_what_fills_a_sentence_up_changes_nothing() -> None:
    run, x, lengths = layer(0), normal(3, 6, 3), torch.tensor([6, 2, 4])
    before = run(x, lengths) * inside(lengths, 6)
    longer = torch.cat([x, normal(3, 5, 3, seed=1)], dim=1)
    after = run(longer, lengths)[:, :6] * inside(lengths, 6)
    torch.testing.assert_close(after, before, **CLOSE)
    other = x * inside(lengths, 6) + 9 * (1 - inside(lengths, 6))
    torch.testing.assert_close(run(other, lengths) * inside(lengths, 6), before, **CLOSE)


def test_both_directions_reach_the_whole_sentence() -> None:
    x, run = normal(1, 5, 3).requires_grad_(), layer(0)
    for n in (3, 5):
        states = run(x, torch.tensor([n]))[0]
        for half, reached in ((states[:n, :4], range(2)), (states[:n, 4:], range(1, n))):
            (gradient,) = torch.autograd.grad(half[1].sum(), x, retain_graph=True)
            felt = gradient[0].abs().sum(-1) > 0
            assert felt.nonzero().flatten().tolist() == list(reached)


def test_turning_twice_changes_nothing() -> None:
    x, lengths = torch.arange(8.0).reshape(2, 4, 1), torch.tensor([4, 2])
    back = turned(x, lengths)
    assert back[..., 0].tolist() == [[3, 2, 1, 0], [5, 4, 6, 7]]
    assert torch.equal(turned(back, lengths), x)
