"""mtlbook.models.lstm: the layers compute what PyTorch's packed LSTM computes."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from mtlbook.models.lstm import BiLSTM, ManyBiLSTMs, lstm, mirrored

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


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[BiLSTM], Tensor, Tensor]:
    """Layers, inputs ``(s, b, n, d)`` and lengths ``(s, b)``, of which one may be less than n."""
    s, b, n, d, h = (draw(st.integers(1, top)) for top in (3, 4, 6, 3, 4))
    lengths = draw(st.lists(st.lists(st.integers(1, n), min_size=b, max_size=b),
                            min_size=s, max_size=s))  # fmt: skip
    seed = draw(st.integers(0, 99))
    layers = [layer(seed + k, d, h) for k in range(s)]
    return layers, normal(s, b, n, d, seed=seed), torch.tensor(lengths)


@settings(max_examples=40)
@given(problems())
def test_all_layers_compute_what_pytorch_computes(
    problem: tuple[list[BiLSTM], Tensor, Tensor],
) -> None:
    layers, x, lengths = problem
    x.requires_grad_()
    n = x.shape[2]
    many = ManyBiLSTMs(layers)
    states = many(x, lengths) * inside(lengths, n)
    weights = normal(*states.shape, seed=1)
    (gradient,) = torch.autograd.grad((states * weights).sum(), x)
    for s, single in enumerate(layers):
        for own in (single, oracle(single)):
            alone = x[s].detach().clone().requires_grad_()
            found = packed(own, alone, lengths[s]) if own is not single else own(alone, lengths[s])
            expected = found * inside(lengths[s], n)
            torch.testing.assert_close(states[s], expected, **CLOSE)
            (expected * weights[s]).sum().backward()
            torch.testing.assert_close(gradient[s], alone.grad, **CLOSE)


def test_the_gradients_of_the_weights_are_pytorchs() -> None:
    layers = [layer(s) for s in range(3)]
    x, lengths = normal(3, 2, 5, 3), torch.tensor([[5, 2], [1, 4], [3, 3]])
    many = ManyBiLSTMs(layers)
    weights = normal(3, 2, 5, 8, seed=1) * inside(lengths, 5)
    (many(x, lengths) * weights).sum().backward()
    for s, single in enumerate(layers):
        expected = oracle(single)
        (packed(expected, x[s], lengths[s]) * weights[s]).sum().backward()
        gradients = {name: p.grad for name, p in expected.named_parameters()}
        for ours, theirs in (
            ("weight_input", "weight_ih_l0"), ("weight_hidden", "weight_hh_l0"),
            ("bias_input", "bias_ih_l0"), ("bias_hidden", "bias_hh_l0"),
        ):  # fmt: skip
            for direction, ending in enumerate(("", "_reverse")):
                found = getattr(many, ours).grad[s, direction]
                torch.testing.assert_close(found.t(), gradients[theirs + ending], **CLOSE)


def test_the_gradient_is_that_of_small_differences() -> None:
    gates = normal(3, 2, 2, 8).requires_grad_()
    weight = normal(2, 2, 8, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lstm, (gates, weight))


def test_a_layer_can_use_single_precision() -> None:
    single = layer(0).float()
    x, lengths = normal(1, 2, 5, 3).float(), torch.tensor([[5, 3]])
    found = ManyBiLSTMs([single])(x, lengths)[0]
    expected = single(x[0], lengths[0])
    torch.testing.assert_close(
        found * inside(lengths[0], 5).float(), expected * inside(lengths[0], 5).float()
    )


def test_a_sentence_of_one_word_by_hand() -> None:
    single = layer(0, 2, 1)
    x = normal(1, 1, 1, 2)
    z = {
        way: getattr(single, way).weight_ih_l0 @ x[0, 0, 0]
        + getattr(single, way).bias_ih_l0
        + getattr(single, way).bias_hh_l0
        for way in ("forwards", "backwards")
    }
    expected = [
        o.sigmoid() * (i.sigmoid() * g.tanh()).tanh()
        for i, _, g, o in map(torch.unbind, z.values())
    ]
    found = ManyBiLSTMs([single])(x, torch.tensor([[1]]))[0, 0, 0]
    torch.testing.assert_close(found, torch.stack(expected), **CLOSE)


# What fills a sentence up


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_what_fills_a_sentence_up_changes_nothing(many: bool) -> None:
    single = layer(0)
    x, lengths = normal(1, 3, 6, 3), torch.tensor([[6, 2, 4]])

    def run(x: Tensor) -> Tensor:
        states: Tensor = (
            ManyBiLSTMs([single])(x, lengths) if many else single(x[0], lengths[0])[None]
        )
        return states

    before = run(x) * inside(lengths, 6)
    longer = torch.cat([x, normal(1, 3, 5, 3, seed=1)], dim=2)
    after = run(longer)[:, :, :6] * inside(lengths, 6)
    torch.testing.assert_close(after, before, **CLOSE)
    other = x * inside(lengths, 6) + 9 * (1 - inside(lengths, 6))
    torch.testing.assert_close(run(other) * inside(lengths, 6), before, **CLOSE)


def test_sentences_do_not_see_each_other() -> None:
    many = ManyBiLSTMs([layer(0), layer(1)])
    x, lengths = normal(2, 4, 5, 3), torch.tensor([[5, 2, 3, 1], [4, 5, 1, 2]])
    order = [2, 0, 3, 1]
    expected = (many(x, lengths) * inside(lengths, 5))[:, order]
    found = many(x[:, order], lengths[:, order]) * inside(lengths[:, order], 5)
    torch.testing.assert_close(found, expected, **CLOSE)


def test_both_directions_reach_the_whole_sentence() -> None:
    x = normal(1, 1, 5, 3).requires_grad_()
    many = ManyBiLSTMs([layer(0)])
    for n in (3, 5):
        states = many(x, torch.tensor([[n]]))[0, 0]
        for half, reached in ((states[:n, :4], range(2)), (states[:n, 4:], range(1, n))):
            (gradient,) = torch.autograd.grad(half[1].sum(), x, retain_graph=True)
            felt = gradient[0, 0].abs().sum(-1) > 0
            assert felt.nonzero().flatten().tolist() == list(reached)


def test_mirroring_twice_changes_nothing() -> None:
    lengths = torch.tensor([[4, 1], [2, 3]])
    places = mirrored(lengths, 4)
    assert places.tolist() == [[[3, 2, 1, 0], [0, 1, 2, 3]], [[1, 0, 2, 3], [2, 1, 0, 3]]]
    assert torch.equal(places.gather(2, places), torch.arange(4).expand(2, 2, 4))


def test_layers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="same shape, got 2"):
        ManyBiLSTMs([layer(0), layer(1, hidden=5)])
    with pytest.raises(ValueError, match="same shape, got 0"):
        ManyBiLSTMs([])
