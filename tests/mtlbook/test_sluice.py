"""mtlbook.models.sluice: the special cases, exactly, and the penalty by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.func import functional_call

from mtlbook.models.sharing import hard, low_supervision, separate
from mtlbook.models.sluice import (
    Mixing,
    Sluice,
    cross_stitch,
    mix_layers,
    overlap,
    private_trunks,
    stitch,
    weights_at_start,
)
from mtlbook.models.tagger import Tagger

SIZES, LABELS = (7, 4, 3), {"pos": 4, "chunk": 3, "role": 2}
TASKS = list(LABELS)
LENGTHS = torch.tensor([6, 2, 4])
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-12}


def sluice(
    seed: int = 0, mixing: Mixing | None = None, layers: int = 2, tasks: Sequence[str] = TASKS
) -> Sluice:
    """A network whose α and β are random, unless a mixing is given."""
    labels = {task: LABELS[task] for task in tasks}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Sluice(SIZES, labels, layers, mixing, widths=(4, 3, 2), hidden=6).double()
        if mixing is None:
            scramble(model)
    return model


def scramble(model: Sluice) -> None:
    torch.nn.init.normal_(model.alpha_steps)
    torch.nn.init.normal_(model.beta_steps)


def put(model: Sluice, alpha: Tensor, beta: Tensor) -> Sluice:
    """Set α and β; each is repeated where it has no dimension of its own."""
    with torch.no_grad():
        model.alpha_steps.copy_(alpha / model.mixing.rate)
        model.beta_steps.copy_(beta / model.mixing.rate)
    return model


def tie(model: Sluice) -> Sluice:
    """Give the trunks of all tasks the weights of the first."""
    with torch.no_grad():
        for name, layer in model.layers.items():
            first = model.layers[f"{TASKS[0]} {name.split()[-1]}"]
            layer.load_state_dict(first.state_dict())
    return model


def plain(model: Sluice, routes: Any, layers: dict[str, str]) -> Tagger:
    """A tagger with the words, the heads and, as named, the layers of a sluice network."""
    tagger = Tagger(SIZES, LABELS, routes, widths=(4, 3, 2), hidden=6).double()
    for name, embed in tagger.embeddings.items():
        embed.load_state_dict(model.embeddings[name].state_dict())
    for name, layer in tagger.layers.items():
        layer.load_state_dict(model.layers[layers[name]].state_dict())
    tagger.heads.load_state_dict(model.heads.state_dict())
    return tagger


def features(*shape: int, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(size, shape, generator=draw) for size in SIZES], dim=-1)


def words(lengths: Tensor, n: int) -> Tensor:
    return torch.arange(n) < lengths[..., None]


def assert_same(model: Any, other: Any, scale: float = 1.0) -> None:
    """The same logits on all words; ``scale`` belongs to what the heads see."""
    x, inside = features(3, 6), words(LENGTHS, 6)
    found, expected = model(x, LENGTHS), other(x, LENGTHS)
    assert list(found) == list(expected)
    for task, logits in found.items():
        torch.testing.assert_close(logits[inside], scale * expected[task][inside], **CLOSE)


ONE_HOT = torch.tensor([0.0, 1.0]).double()


# Special cases


@pytest.mark.parametrize("share_words", [True, False])
def test_without_exchange_and_with_the_last_layer_it_is_single_tasks(share_words: bool) -> None:
    model = sluice(mixing=Mixing(share_words=share_words))
    put(model, torch.eye(6).double(), ONE_HOT)
    routes = hard(TASKS, 2, split=0) if share_words else separate(TASKS, 2)
    assert_same(model, plain(model, routes, {name: name for name in model.layers}))
    loss = model(features(3, 6), LENGTHS)["chunk"][words(LENGTHS, 6)].square().sum()
    loss.backward()
    for name, p in [*model.layers.named_parameters(), *model.embeddings.named_parameters()]:
        own = name.startswith("chunk") or (share_words and name.startswith("words"))
        assert bool((p.grad != 0).any()) == own, name


@given(st.integers(0, 99))
def test_tied_trunks_and_rows_that_add_up_to_one_are_hard_sharing(seed: int) -> None:
    model = tie(sluice(seed, Mixing(subspaces=1)))
    draw = torch.Generator().manual_seed(seed)
    alpha = torch.rand(2, 3, 3, generator=draw, dtype=torch.float64) - 0.2
    put(model, alpha / alpha.sum(-1, keepdim=True), ONE_HOT)
    shared = plain(model, hard(TASKS, 2), {"1": "pos 1", "2": "pos 2"})
    assert_same(model, shared)


def test_hard_sharing_may_mix_its_layers_by_a_common_beta() -> None:
    model = tie(sluice(mixing=Mixing(subspaces=1)))
    put(model, torch.full((3, 3), 1 / 3, dtype=torch.float64), torch.tensor([0.3, 1.1]).double())
    shared = plain(model, hard(TASKS, 2), {"1": "pos 1", "2": "pos 2"})
    states, beta = shared.states(features(3, 6), LENGTHS), model.beta[0]
    found = model.states(features(3, 6), LENGTHS)
    for task in TASKS:
        torch.testing.assert_close(
            found[task], beta[0] * states["1"] + beta[1] * states["2"], **CLOSE
        )


@pytest.mark.parametrize("subspaces", [1, 2, 3])
def test_alike_in_all_subspaces_is_cross_stitch(subspaces: int) -> None:
    # α = a ⊗ I, with parts numbered task by task.
    small = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(1)).double()
    whole = put(sluice(mixing=cross_stitch()), small, ONE_HOT)
    model = sluice(mixing=Mixing(subspaces))
    eye = torch.eye(subspaces).double()
    put(model, torch.stack([torch.kron(a, eye) for a in small]), ONE_HOT)
    assert_same(model, whole)
    # And by the equation of Misra et al. (2016), one layer after the other.
    x = features(3, 6)
    now = [whole.embeddings["words"](x)] * 3
    for k in (1, 2):
        own = [whole.layers[f"{task} {k}"](h, LENGTHS) for task, h in zip(TASKS, now, strict=True)]
        now = [sum(small[k - 1, i, j] * own[j] for j in range(3)) for i in range(3)]
    for task, h in zip(TASKS, now, strict=True):
        torch.testing.assert_close(whole(x, LENGTHS)[task], whole.heads[task](h), **CLOSE)


def test_tied_trunks_without_exchange_and_one_layer_a_task_are_low_supervision() -> None:
    model = tie(sluice())
    ends = {"pos": 1, "chunk": 2, "role": 1}
    beta = torch.eye(2).double()[[end - 1 for end in ends.values()]]
    put(model, torch.eye(6).double(), beta)
    assert_same(model, plain(model, low_supervision(ends), {"1": "pos 1", "2": "pos 2"}))


@given(st.permutations(TASKS), st.integers(1, 3), st.integers(0, 9))
def test_permuting_the_tasks_permutes_the_outputs(
    order: list[str], subspaces: int, seed: int
) -> None:
    model = sluice(mixing=Mixing(subspaces))
    torch.manual_seed(seed)
    scramble(model)
    places = [TASKS.index(task) for task in order]
    rows = [place * subspaces + s for place in places for s in range(subspaces)]
    other = sluice(mixing=Mixing(subspaces), tasks=order)
    put(other, model.alpha[:, rows][:, :, rows], model.beta[places])
    for part in ("embeddings", "layers", "heads"):
        getattr(other, part).load_state_dict(getattr(model, part).state_dict())
    x = features(3, 6)
    found, expected = other(x, LENGTHS), model(x, LENGTHS)
    assert list(found) == order
    for task in TASKS:
        torch.testing.assert_close(found[task], expected[task], **CLOSE)


# Its parts


def test_rows_of_alpha_make_new_parts_task_by_task() -> None:
    # Two tasks, two subspaces, two units a direction: forwards 1 2, backwards 3 4.
    states = torch.tensor([[1.0, 2, 3, 4], [10, 20, 30, 40]]).view(2, 1, 1, 4)
    alpha = torch.zeros(4, 4)
    alpha[0, 2] = 1  # A1 takes B1
    alpha[1, 1] = 5  # A2 is five times A2
    alpha[3, 0] = 1  # B2 takes A1
    expected = torch.tensor([[10.0, 10, 30, 20], [0, 1, 0, 3]]).view(2, 1, 1, 4)
    torch.testing.assert_close(stitch(states, alpha), expected)


@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(1, 3), st.integers(0, 99)
)
def test_stitching_is_a_product_of_matrices(t: int, s: int, b: int, n: int, seed: int) -> None:
    torch.manual_seed(seed)
    states = torch.randn(t, b, n, 2 * 2 * s).double()  # two units a part
    alpha, other = torch.randn(2, t * s, t * s).double()
    found = stitch(states, alpha)
    assert found.shape == states.shape
    torch.testing.assert_close(stitch(states, torch.eye(t * s).double()), states, **CLOSE)
    torch.testing.assert_close(stitch(found, other), stitch(states, other @ alpha), **CLOSE)


def test_beta_weighs_the_layers_of_each_task_after_alpha() -> None:
    model = sluice()
    x = features(3, 6)
    found = model.states(x, LENGTHS)
    for t, task in enumerate(TASKS):
        expected = model.beta[t, 0] * found[f"{task} 1"] + model.beta[t, 1] * found[f"{task} 2"]
        torch.testing.assert_close(found[task], expected, **CLOSE)
    layers = [torch.ones(2, 1, 1, 3), 10 * torch.ones(2, 1, 1, 3)]
    mixed = mix_layers(layers, torch.tensor([[1.0, 2], [3, 4]]))
    assert mixed[:, 0, 0, 0].tolist() == [21, 43]


def test_starts() -> None:
    assert weights_at_start(4, "balanced").tolist() == [[0.25] * 4] * 4
    start = weights_at_start(4, "imbalanced")
    assert start.diagonal().tolist() == pytest.approx([0.9] * 4)
    assert start.sum(1).tolist() == pytest.approx([1] * 4)
    assert start[0, 1] == pytest.approx(0.1 / 3)
    assert weights_at_start(1, "imbalanced").item() == 1
    model = sluice(mixing=Mixing(2, "balanced", "imbalanced", rate=3), layers=3)
    torch.testing.assert_close(model.alpha, torch.full((3, 6, 6), 1 / 6).double())
    torch.testing.assert_close(model.beta, torch.tensor([0.05, 0.05, 0.9]).double().expand(3, 3))
    assert private_trunks().alpha == "identity"
    assert sluice(mixing=Mixing(beta="balanced")).beta.unique().tolist() == [0.5]
    assert cross_stitch().subspaces == 1


def test_only_what_is_to_be_learned_is_learned() -> None:
    free = sluice(mixing=Mixing())
    assert free.alpha_steps.requires_grad
    assert free.beta_steps.requires_grad
    for mixing in (private_trunks(), Mixing(learn_alpha=False, learn_beta=False)):
        fixed = sluice(mixing=mixing)
        assert not fixed.alpha_steps.requires_grad
        assert not fixed.beta_steps.requires_grad


def test_only_the_wanted_tasks_are_answered() -> None:
    model = sluice()
    x = features(3, 6)
    both, one = model(x, LENGTHS), model(x, LENGTHS, ["role"])
    assert list(one) == ["role"]
    torch.testing.assert_close(one["role"], both["role"], **CLOSE)
    assert "chunk" not in model.states(x, LENGTHS, ["role"])


# The penalty


def test_orthogonal_units_do_not_overlap() -> None:
    units = torch.linalg.qr(torch.randn(6, 6, generator=torch.Generator().manual_seed(0)).double())
    weight = torch.cat([units.Q[:4] * torch.tensor([[1.0], [2], [3], [4]])], dim=0)
    assert overlap(weight, 2).item() == pytest.approx(0, abs=1e-20)
    # Within a subspace units may be as alike as they want.
    alike = units.Q[[0, 0, 1, 1]]
    assert overlap(alike, 2).item() == pytest.approx(0, abs=1e-20)
    assert overlap(units.Q[[0, 1, 1, 0]], 2).item() == pytest.approx(2)


def test_the_overlap_by_hand() -> None:
    weight = torch.tensor([[1.0, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 1]])
    # Products of rows 0, 1 with rows 2, 3: 3, 2, 0, 0.
    assert overlap(weight, 2).item() == 13
    # With four subspaces all pairs of rows count; rows 2 and 3, 0 and 1 are orthogonal.
    assert overlap(weight, 4).item() == 13
    assert overlap(weight, 1).item() == 0
    # The literal G_1^T G_2 in this layout would be another number.
    assert (weight[:2].T @ weight[2:]).square().sum().item() != 13


@pytest.mark.parametrize("subspaces", [1, 2, 3])
def test_the_penalty_adds_up_over_tasks_layers_directions_and_gates(subspaces: int) -> None:
    model = sluice(mixing=Mixing(subspaces))
    expected, h = 0.0, 6 // subspaces
    for layer in model.layers.values():
        for way in (layer.forwards, layer.backwards):
            for gate in way.weight_ih_l0.detach().numpy().reshape(4, 6, -1):
                parts = [gate[s * h : (s + 1) * h] for s in range(subspaces)]
                expected += sum(
                    float(np.linalg.norm(parts[i] @ parts[j].T) ** 2)
                    for i in range(subspaces) for j in range(i)
                )  # fmt: skip
    assert model.penalty().item() == pytest.approx(expected, rel=1e-9)


# Gradients


def test_the_gradient_is_that_of_small_differences() -> None:
    model = Sluice((3, 2, 2), {"a": 2, "b": 2}, 2, Mixing(2), widths=(1, 1, 1), hidden=2).double()
    torch.manual_seed(0)
    scramble(model)
    x, lengths = torch.randint(2, (2, 3, 3)), torch.tensor([3, 2])
    names = [name for name, _ in model.named_parameters()]

    def loss(*values: Tensor) -> Tensor:
        logits = functional_call(model, dict(zip(names, values, strict=True)), (x, lengths))
        inside = words(lengths, 3)
        found: Tensor = sum((z[inside].sin().sum() for z in logits.values()), torch.zeros(()))
        return found

    assert torch.autograd.gradcheck(loss, [p.detach().requires_grad_() for p in model.parameters()])


def test_the_rate_multiplies_the_first_step_of_alpha() -> None:
    moved = []
    for rate in (1.0, 3.0):
        model = sluice(mixing=Mixing(rate=rate))
        before = model.alpha.detach().clone()
        optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
        sum(z.square().sum() for z in model(features(3, 6), LENGTHS).values()).backward()
        optimiser.step()
        moved.append((model.alpha.detach() - before).abs())
    torch.testing.assert_close(moved[1], 3 * moved[0], rtol=1e-4, atol=1e-6)


def test_what_fills_a_sentence_up_changes_nothing() -> None:
    model, x, inside = sluice(), features(3, 6), words(LENGTHS, 6)
    longer = torch.cat([x, features(3, 4, seed=1)], dim=1)
    before, after = model(x, LENGTHS)["chunk"], model(longer, LENGTHS)["chunk"][:, :6]
    torch.testing.assert_close(after[inside], before[inside], **CLOSE)


# What is refused


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="4 subspaces do not part 6 hidden units"):
        sluice(mixing=Mixing(4))
    with pytest.raises(ValueError, match="a trunk needs a layer: 0"):
        sluice(layers=0)
    with pytest.raises(ValueError, match="need a subspace and a positive rate: 0, 1"):
        Mixing(0)
    with pytest.raises(ValueError, match="a positive rate: 2, 0"):
        Mixing(rate=0)
    with pytest.raises(ValueError, match="alpha: balanced, imbalanced or identity, not 'last'"):
        Mixing(alpha="last")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="beta: balanced, imbalanced or last, not 'first'"):
        Mixing(beta="first")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="every task needs a route"):
        Sluice(SIZES, {})
