"""mtlbook.models.sharing: what tasks share, against closed forms."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlbook.models.sharing import (
    check_routes,
    hard,
    l2_to_mean,
    low_supervision,
    pairwise_l2,
    separate,
    trace_norm,
)

PENALTIES = [l2_to_mean, pairwise_l2, trace_norm]


def parameters(seed: int = 0, tasks: int = 3, shape: tuple[int, ...] = (2, 4)) -> list[Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return list(torch.randn(tasks, *shape, generator=draw, dtype=torch.float64))


# Routes


def test_routes_name_what_is_shared() -> None:
    assert hard(["a", "b"], 2) == {"a": ("words", "1", "2"), "b": ("words", "1", "2")}
    assert hard(["a", "b"], 2, split=1) == {
        "a": ("words", "1", "a 2"),
        "b": ("words", "1", "b 2"),
    }
    assert hard(["a", "b"], 2, split=0) == {
        "a": ("words", "a 1", "a 2"),
        "b": ("words", "b 1", "b 2"),
    }
    assert hard(["a", "b"], 3, split={"a": 2, "b": 1}) == {
        "a": ("words", "1", "2", "a 3"),
        "b": ("words", "1", "b 2", "b 3"),
    }
    assert separate(["a", "b"], 1) == {"a": ("a words", "a 1"), "b": ("b words", "b 1")}
    assert low_supervision({"pos": 1, "chunk": 2, "bag": 0}) == {
        "pos": ("words", "1"),
        "chunk": ("words", "1", "2"),
        "bag": ("words",),
    }


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), min_size=1))
def test_all_routes_are_sound(ends: dict[str, int]) -> None:
    for routes in (low_supervision(ends), hard(list(ends), 3, ends), separate(list(ends), 2)):
        check_routes(routes)
        assert list(routes) == list(ends)


def test_what_is_no_route_is_refused() -> None:
    with pytest.raises(ValueError, match="'2' is entered on two ways"):
        check_routes({"a": ("words", "1", "2"), "b": ("words", "2")})
    with pytest.raises(ValueError, match="'words' is entered"):
        check_routes({"a": ("words", "1", "words")})
    with pytest.raises(ValueError, match="needs a route"):
        check_routes({"a": ()})
    with pytest.raises(ValueError, match="needs a route"):
        check_routes({})
    with pytest.raises(ValueError, match="a: the split must lie in 0 to 2: 3"):
        hard(["a"], 2, 3)
    with pytest.raises(ValueError, match="b: the split must lie in 0 to 2: None"):
        hard(["a", "b"], 2, {"a": 1})
    with pytest.raises(ValueError, match="counted from 0"):
        low_supervision({"a": -1})


# Penalties


@given(st.integers(0, 99), st.integers(1, 5))
def test_penalties_are_what_numpy_finds(seed: int, tasks: int) -> None:
    given_ = parameters(seed, tasks)
    matrix = torch.stack(given_).flatten(1).numpy()
    pairs = sum(
        ((matrix[s] - matrix[t]) ** 2).sum() for s in range(tasks) for t in range(s + 1, tasks)
    )
    assert pairwise_l2(given_).item() == pytest.approx(pairs, rel=1e-9)
    assert l2_to_mean(given_).item() == pytest.approx(matrix.var(0).sum() * tasks, abs=1e-9)
    assert l2_to_mean(given_).item() == pytest.approx(pairs / tasks, abs=1e-9)
    singular = np.linalg.svd(matrix, compute_uv=False)
    assert trace_norm(given_).item() == pytest.approx(singular.sum(), rel=1e-9)


def test_penalties_by_hand() -> None:
    two = [torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0])]
    assert pairwise_l2(two).item() == pytest.approx(25)
    assert l2_to_mean(two).item() == pytest.approx(12.5)
    assert trace_norm(two).item() == pytest.approx(7)  # orthogonal: the sum of the lengths
    same = [torch.tensor([3.0, 4.0])] * 4
    assert pairwise_l2(same).item() == l2_to_mean(same).item() == 0
    assert trace_norm(same).item() == pytest.approx(5 * 2)  # one direction: sqrt(4) of them


@pytest.mark.parametrize("penalty", PENALTIES)
def test_the_order_of_the_tasks_does_not_matter(penalty: Callable[[list[Tensor]], Tensor]) -> None:
    given_ = parameters()
    assert penalty(given_[::-1]).item() == pytest.approx(penalty(given_).item(), rel=1e-12)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_the_gradient_is_that_of_small_differences(
    penalty: Callable[[list[Tensor]], Tensor],
) -> None:
    given_ = [p.requires_grad_() for p in parameters()]
    assert torch.autograd.gradcheck(lambda *p: penalty(list(p)), given_)


@pytest.mark.parametrize("penalty", PENALTIES)
def test_many_networks_are_penalised_one_by_one(
    penalty: Callable[[list[Tensor]], Tensor],
) -> None:
    networks = [parameters(seed) for seed in range(4)]
    stacked = [torch.stack(same) for same in zip(*networks, strict=True)]
    expected = torch.stack([penalty(one) for one in networks])
    torch.testing.assert_close(torch.vmap(penalty)(stacked), expected)
    for p in stacked:
        p.requires_grad_()
    torch.vmap(penalty)(stacked)[2].backward()
    assert all((p.grad[2] != 0).any() and (p.grad[[0, 1, 3]] == 0).all() for p in stacked)
