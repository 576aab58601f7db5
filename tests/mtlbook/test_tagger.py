"""mtlbook.models.tagger: routes through layers that are shared or not."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

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


def test_only_what_is_wanted_is_computed() -> None:
    model, x = alone(0, ROUTES["split"]), features(3, 6)
    assert set(model.states(x, LENGTHS, ["chunk"])) == {"words", "1", "chunk 2"}
    found = model(x, LENGTHS, ["chunk"])
    assert set(found) == {"chunk"}
    torch.testing.assert_close(found["chunk"], model(x, LENGTHS)["chunk"], **CLOSE)


def test_what_fills_a_sentence_up_changes_nothing() -> None:
    model, x, inside = alone(0, ROUTES["hard"]), features(3, 6), words(LENGTHS, 6)
    longer = torch.cat([x, features(3, 4, seed=1)], dim=1)
    before, after = model(x, LENGTHS)["chunk"], model(longer, LENGTHS)["chunk"][:, :6]
    torch.testing.assert_close(after[inside], before[inside], **CLOSE)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"routes for \['pos'\], labels for \['chunk', 'pos'\]"):
        Tagger(SIZES, LABELS, hard(["pos"], 1))
    with pytest.raises(ValueError, match="entered on two ways"):
        Tagger(SIZES, LABELS, {"pos": ("words", "1", "2"), "chunk": ("words", "2")})
