"""Gradient cosines and lookahead affinity, against plain loops over single networks."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor

from mtlbook.data.batches import Batch
from mtlbook.models.networks import Networks
from mtlbook.models.sharing import hard
from mtlbook.models.tagger import Tagger
from mtlbook.training.affinity import gradient_cosine, probe, task_gradient
from mtlbook.training.tagging import tag_losses

SIZES, LABELS = (9, 7, 5), {"main": 3, "aux": 4}
LENGTH = 0.3


def taggers() -> list[Tagger]:
    found = []
    for seed in range(2):
        torch.manual_seed(seed)
        found.append(Tagger(SIZES, LABELS, hard(("main", "aux"), 1), (4, 3, 2), 5).double())
    return found


def batch(task: str, seed: int) -> Batch:
    draw = torch.Generator().manual_seed(seed)
    x = torch.stack([torch.randint(0, size, (2, 4, 6), generator=draw) for size in SIZES], dim=-1)
    y = torch.randint(0, LABELS[task], (2, 4, 6), generator=draw)
    return Batch(x, torch.full((2, 4), 6), {task: y})


def loss_of(tagger: Tagger, task: str, part: Batch, s: int) -> Tensor:
    z = tagger(part.x[s], part.lengths[s], [task])[task]
    return torch.nn.functional.cross_entropy(z.flatten(0, 1), part.targets[task][s].flatten())


def shared(tagger: Tagger) -> list[Tensor]:
    return [p for name, p in tagger.named_parameters() if not name.startswith("heads")]


def test_a_probe_is_that_of_each_network_alone() -> None:
    main, aux = batch("main", 0), batch("aux", 1)
    alone = taggers()
    found = probe(Networks(taggers()), "main", main, aux, LENGTH)["aux"]
    for s, tagger in enumerate(alone):
        before = loss_of(tagger, "main", main, s)
        own = torch.autograd.grad(before, shared(tagger))
        other = torch.autograd.grad(loss_of(tagger, "aux", aux, s), shared(tagger))
        flat = [torch.cat([g.flatten() for g in gradients]) for gradients in (own, other)]
        cosine = torch.nn.functional.cosine_similarity(flat[0], flat[1], dim=0)
        assert float(found.cosine[s]) == pytest.approx(cosine.item())
        moved = deepcopy(tagger)
        with torch.no_grad():
            for p, g in zip(shared(moved), other, strict=True):
                p -= LENGTH * g / flat[1].norm()
        after = loss_of(moved, "main", main, s)
        assert float(found.affinity[s]) == pytest.approx((1 - after / before).item())


def test_a_probe_changes_nothing() -> None:
    model = Networks(taggers())
    before = [p.detach().clone() for p in model.parameters()]
    probe(model, "main", batch("main", 0), batch("aux", 1))
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert all(p.grad is None for p in model.parameters())


def test_a_task_agrees_with_itself_and_a_short_step_for_it_helps() -> None:
    model, part = Networks(taggers()), batch("main", 0)
    found = probe(model, "main", part, part, length=0.01)["main"]
    torch.testing.assert_close(found.cosine, torch.ones(2, dtype=torch.float64))
    assert (found.affinity > 0).all()


def test_opposite_gradients_have_a_cosine_of_minus_one() -> None:
    model = Networks(taggers())
    gradient = task_gradient(model, model.each(tag_losses, batch("main", 0))["main"])
    opposite = {name: -2 * g for name, g in gradient.items()}
    cosine = gradient_cosine(gradient, opposite)
    torch.testing.assert_close(cosine, -torch.ones(2, dtype=torch.float64))
    nothing = {name: 0 * g for name, g in gradient.items()}
    assert (gradient_cosine(gradient, nothing) == 0).all()
