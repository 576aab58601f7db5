"""mtlbook.models.tagger and many_taggers: one tagger, and many of them side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.models.many_taggers import ManyTaggers, many_taggers
from mtlbook.models.sharing import hard, low_supervision, separate
from mtlbook.models.tagger import Tagger

SIZES, LABELS = (7, 4, 3), {"pos": 4, "chunk": 3}
SMALL: dict[str, Any] = {"widths": (4, 3, 2), "hidden": 5}
LENGTHS = torch.tensor([6, 2, 4])
CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
ROUTES: dict[str, Mapping[str, Sequence[str]]] = {
    "hard": hard(["pos", "chunk"], 2),
    "split": hard(["pos", "chunk"], 2, {"pos": 0, "chunk": 1}),
    "low": low_supervision({"pos": 1, "chunk": 2}),
    "bag of words": low_supervision({"pos": 0, "chunk": 1}),
    "separate": separate(["pos", "chunk"], 1),
}


def alone(seed: int, routes: Mapping[str, Sequence[str]]) -> Tagger:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Tagger(SIZES, LABELS, routes, **SMALL).double()


def features(*shape: int, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randint(size, shape, generator=draw) for size in SIZES], dim=-1)


def words(lengths: Tensor, n: int) -> Tensor:
    return torch.arange(n) < lengths[..., None]


# One tagger


def test_a_tagger_is_embeddings_layers_and_a_linear_head() -> None:
    model, x = alone(0, ROUTES["low"]), features(3, 6)
    tables = [model.embeddings["words"].tables[f].weight for f in range(3)]
    states = torch.cat([functional.one_hot(x[..., f], SIZES[f]).double() @ tables[f]
                        for f in range(3)], dim=-1)  # fmt: skip
    found = model.states(x, LENGTHS)
    assert list(found) == ["words", "1", "2"]
    torch.testing.assert_close(found["words"], states, **CLOSE)
    logits = model(x, LENGTHS)
    for task, name in (("pos", "1"), ("chunk", "2")):
        states = model.layers[name](states, LENGTHS)
        torch.testing.assert_close(found[name], states, **CLOSE)
        head = model.heads[task]
        torch.testing.assert_close(logits[task], states @ head.weight.T + head.bias, **CLOSE)
        assert logits[task].shape == (3, 6, LABELS[task])


@pytest.mark.parametrize("name", ROUTES)
def test_a_task_moves_what_is_on_its_route_and_nothing_else(name: str) -> None:
    routes = ROUTES[name]
    model = alone(0, routes)
    logits = model(features(3, 6), LENGTHS)["chunk"]
    logits[words(LENGTHS, 6)].square().sum().backward()
    for part in ("embeddings", "layers"):
        for place, module in getattr(model, part).items():
            for p in module.parameters():
                assert (p.grad is not None and bool((p.grad != 0).any())) == (
                    place in routes["chunk"]
                )
    assert all((p.grad is None) == (task == "pos")
               for task, head in model.heads.items() for p in head.parameters())  # fmt: skip


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_only_what_is_wanted_is_computed(many: bool) -> None:
    model = alone(0, ROUTES["split"])
    x, lengths = features(3, 6), LENGTHS
    network = ManyTaggers([model]) if many else model
    if many:
        x, lengths = x[None], lengths[None]
    assert set(network.states(x, lengths, ["chunk"])) == {"words", "1", "chunk 2"}
    found = network(x, lengths, ["chunk"])
    assert set(found) == {"chunk"}
    torch.testing.assert_close(found["chunk"], network(x, lengths)["chunk"], **CLOSE)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"routes for \['pos'\], labels for \['chunk', 'pos'\]"):
        Tagger(SIZES, LABELS, hard(["pos"], 1))
    with pytest.raises(ValueError, match="entered on two ways"):
        Tagger(SIZES, LABELS, {"pos": ("words", "1", "2"), "chunk": ("words", "2")})


# Many taggers


@pytest.mark.parametrize("name", ROUTES)
def test_many_taggers_compute_what_each_does_alone(name: str) -> None:
    taggers = [alone(seed, ROUTES[name]) for seed in range(3)]
    many = ManyTaggers(taggers)
    assert len(many) == 3
    x = features(3, 4, 6)
    lengths = torch.tensor([[6, 2, 4, 1], [1, 1, 3, 2], [5, 6, 6, 2]])
    found, states = many(x, lengths), many.states(x, lengths)
    for s, tagger in enumerate(taggers):
        inside = words(lengths[s], 6)
        for task, logits in tagger(x[s], lengths[s]).items():
            torch.testing.assert_close(found[task][s][inside], logits[inside], **CLOSE)
        for place, state in tagger.states(x[s], lengths[s]).items():
            torch.testing.assert_close(states[place][s][inside], state[inside], **CLOSE)


@pytest.mark.parametrize("name", ROUTES)
def test_no_network_reaches_into_another(name: str) -> None:
    many = ManyTaggers([alone(seed, ROUTES[name]) for seed in range(3)])
    logits = many(features(3, 3, 6), LENGTHS.expand(3, 3))
    sum(z[1].square().sum() for z in logits.values()).backward()
    for p in many.parameters():
        assert (p.grad[1] != 0).any()
        assert (p.grad[[0, 2]] == 0).all()


def test_what_fills_a_sentence_up_changes_nothing() -> None:
    many = ManyTaggers([alone(seed, ROUTES["hard"]) for seed in range(2)])
    x, lengths = features(2, 3, 6), LENGTHS.expand(2, 3)
    longer = torch.cat([x, features(2, 3, 4, seed=1)], dim=2)
    before, after = many(x, lengths)["chunk"], many(longer, lengths)["chunk"][:, :, :6]
    inside = words(lengths, 6)
    torch.testing.assert_close(after[inside], before[inside], **CLOSE)


def test_stacking_copies_every_parameter() -> None:
    tagger = alone(0, ROUTES["low"])
    many = ManyTaggers([tagger, alone(1, ROUTES["low"])])
    x, lengths = features(2, 3, 6), LENGTHS.expand(2, 3)
    before = many(x, lengths)["chunk"].detach().clone()
    one = sum(p.numel() for p in tagger.parameters())
    assert sum(p.numel() for p in many.parameters()) == 2 * one
    with torch.no_grad():
        for p in tagger.parameters():
            p.zero_()
    torch.testing.assert_close(many(x, lengths)["chunk"].detach(), before, rtol=0, atol=0)


def test_a_seed_always_gives_the_same_network() -> None:
    state = torch.random.get_rng_state()
    pair = many_taggers([4, 9], SIZES, LABELS, ROUTES["low"], **SMALL)
    assert torch.equal(torch.random.get_rng_state(), state)
    single = many_taggers([9], SIZES, LABELS, ROUTES["low"], **SMALL).parameters()
    for both, one in zip(pair.parameters(), single, strict=True):
        assert torch.equal(both[1], one[0])
        assert not torch.equal(both[0], one[0])


def test_taggers_of_different_forms_are_refused() -> None:
    with pytest.raises(ValueError, match="same form, got 2"):
        ManyTaggers([alone(0, ROUTES["hard"]), alone(0, ROUTES["low"])])
    with pytest.raises(ValueError, match="same form, got 2"):
        ManyTaggers([alone(0, ROUTES["hard"]), Tagger(SIZES, LABELS, ROUTES["hard"])])
    with pytest.raises(ValueError, match="same form, got 0"):
        ManyTaggers([])
