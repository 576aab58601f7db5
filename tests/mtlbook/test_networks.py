"""mtlbook.models.networks: S networks at once against a loop over single ones, in double precision.

Every kind of network of the book is a row of ``CASES``.
"""

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils._pytree import tree_map

from mtlbook.data.batches import Batch
from mtlbook.data.masking import TextBatch
from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.data.vocabulary import IGNORE
from mtlbook.data.writing import WritingBatch
from mtlbook.models.mlp import MLP, Students
from mtlbook.models.networks import MANY, NARROW, Networks, from_seeds
from mtlbook.models.pretraining import TextReader, text_losses
from mtlbook.models.reader import HEADS, Reader
from mtlbook.models.sharing import Routes, hard, l2_to_mean, low_supervision
from mtlbook.models.sluice import Mixing, Sluice
from mtlbook.models.tagger import Tagger
from mtlbook.models.writer import Writer, writing_loss
from mtlbook.training.loop import adam, fit
from mtlbook.training.reading import reading_losses, span_loss
from mtlbook.training.tagging import tag_losses

SEEDS = [5, 1, 9]
CLOSE = {"rtol": 1e-10, "atol": 1e-12}


class Case(NamedTuple):
    """A kind of network, and what it learns.

    Attributes:
        build: returns a fresh network.
        batch: draws a batch for S networks, which stand in front; S and the draws are given.
        losses: what one network loses on its part of the batch, by task.
    """

    build: Callable[[], nn.Module]
    batch: Callable[[int, torch.Generator], Any]
    losses: Callable[[Any, Any], dict[str, Tensor]]


def examples(s: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return inputs (S, 7, 3) and targets (S, 7, 2)."""
    return tuple(torch.randn(s, 7, k, generator=draw, dtype=torch.float64) for k in (3, 2))


def squared(network: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
    """Return the squared error of each column."""
    errors = (network(batch[0]) - batch[1]).square().mean(0)
    return {"first": errors[0], "second": errors[1]}


class Recurrent(nn.Module):
    """Layers with a rule of their own, a bare parameter, and one table used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(11, 4)
        self.forwards, self.step = nn.LSTM(4, 3, batch_first=True), nn.GRUCell(3, 3)
        self.scale = nn.Parameter(torch.rand(3))
        self.output = nn.Linear(3, 4)

    def forward(self, words: Tensor) -> Tensor:
        states = self.forwards(self.table(words))[0]
        last = self.step(states[:, -1], states[:, 0])
        return self.output(last * self.scale) @ self.table.weight.T


def sentences(s: int, draw: torch.Generator) -> dict[str, Tensor]:
    """Return sentences (S, 6, 5) and a word to guess for each, (S, 6)."""
    words, target = (torch.randint(11, shape, generator=draw) for shape in ((s, 6, 5), (s, 6)))
    return {"words": words, "target": target}


def guessed(network: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return {"word": functional.cross_entropy(network(batch["words"]), batch["target"])}


def layers() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 6), nn.LayerNorm(6), nn.ReLU(), nn.Linear(6, 2, bias=False))


class Filters(nn.Module):
    """A convolution over the examples."""

    def __init__(self) -> None:
        super().__init__()
        self.filters = nn.Conv1d(3, 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.filters(x.T[None])[0].T


def questions(s: int, draw: torch.Generator) -> ReadingBatch:
    """Return two questions for each, on three passages of up to seven words."""

    def numbers(highest: int, *shape: int) -> Tensor:
        return torch.randint(1, highest, (s, 2, *shape), generator=draw)

    asked, passages = numbers(20, 4), numbers(20, 3, 7)
    passages[..., 1, 5:] = 0
    match = (passages[..., None] == asked[:, :, None, None]).any(-1).double()
    members = torch.arange(7) // 4 == torch.arange(2)[:, None]
    first, last = numbers(3), numbers(5)
    gold = torch.stack([numbers(4) - 1, first, torch.maximum(first, last)], -1)
    inside = (numbers(3, 3, 7) - 1).double() * (passages > 0)
    return ReadingBatch(
        asked,
        passages,
        match,
        members & (passages > 0)[..., None, :],
        gold,
        inside,
        numbers(4).double() / 3,
        torch.tensor([[1, 0], [1, 1]]).double().expand(s, -1, -1),
    )


def evidence(s: int, draw: torch.Generator) -> WritingBatch:
    """Return two questions for each, to be answered in three words of 5 that can be written."""

    def numbers(highest: int, *shape: int) -> Tensor:
        return torch.randint(1, highest, (s, 2, *shape), generator=draw)

    asked, passage = numbers(20, 3), numbers(20, 6)
    passage[..., 1, 4:] = 0
    match = (passage[..., None] == asked[:, :, None]).any(-1).double()
    marks = (numbers(3, 6, 3) - 1).double()
    ids = numbers(8, 9) * (torch.cat([asked, passage], -1) > 0)
    before = torch.cat([torch.zeros_like(numbers(2, 1)), numbers(20, 2)], -1)
    return WritingBatch(asked, passage, match, marks, ids, numbers(8, 3), before, numbers(20, 8))


def written(network: Any, batch: WritingBatch) -> dict[str, Tensor]:
    return {"writing": writing_loss(network, batch).mean()}


def read_and_written(network: Any, batch: tuple[WritingBatch, ReadingBatch]) -> dict[str, Tensor]:
    """Return the losses of two networks that share their encoder."""
    span = span_loss(network.reader(batch[1]), batch[1]).mean()
    return written(network, batch[0]) | {"span": span}


def text(s: int, draw: torch.Generator) -> TextBatch:
    """Return two pairs of sentences, (S, 4, 5); of three places the last is not asked for."""
    x = torch.randint(7, (s, 4, 5, 3), generator=draw)
    lengths = torch.randint(1, 6, (s, 4), generator=draw)
    places, right = (torch.randint(n, (s, 3), generator=draw) for n in (20, 6))
    right[0, 2] = IGNORE
    return TextBatch(x, lengths, places, right, torch.tensor([1.0, 0.0]).double().expand(s, 2))


def of_tasks(s: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return inputs (S, 2, 7, 3) and targets (S, 2, 7, 1) of two tasks."""
    return tuple(torch.randn(s, 2, 7, k, generator=draw, dtype=torch.float64) for k in (3, 1))


def by_task(network: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
    """Return the squared error of each task, and a pull between their heads."""
    errors = (network(batch[0]) - batch[1]).square().mean((1, 2))
    pull = l2_to_mean(network.heads.weight.unbind())
    return {"first": errors[0], "second": errors[1], "pull": pull}


FEATURES, LABELS = (7, 4, 3), {"pos": 4, "chunk": 3}


def tagger(routes: Routes) -> Tagger:
    return Tagger(FEATURES, LABELS, routes, widths=(4, 3, 2), hidden=4)


def sluice(mixing: Mixing) -> Sluice:
    return Sluice(FEATURES, LABELS, 2, mixing, widths=(4, 3, 2), hidden=4)


def tagged(s: int, draw: torch.Generator) -> Batch:
    """Return sentences of up to 6 words; the first two lack parts of speech, others chunks."""
    x = [torch.randint(n, (s, 4, 6), generator=draw) for n in FEATURES]
    lengths = torch.randint(1, 7, (s, 4), generator=draw)
    inside = torch.arange(6) < lengths[..., None]
    labels = {t: torch.randint(n, (s, 4, 6), generator=draw) for t, n in LABELS.items()}
    where = {"pos": torch.arange(4) > 1, "chunk": torch.arange(4) < 2}
    targets = {t: torch.where(inside & where[t][:, None], y, IGNORE) for t, y in labels.items()}
    return Batch(torch.stack(x, dim=-1), lengths, targets)


def with_penalty(network: Any, batch: Batch) -> dict[str, Tensor]:
    return tag_losses(network, batch) | {"overlap": 0.1 * network.penalty()}


TASKS, LOW = list(LABELS), low_supervision({"pos": 1, "chunk": 2})
CASES: dict[str, Case] = {
    "reader, all heads": Case(
        lambda: Reader(20, 3, 4, 2, list(HEADS)),
        questions,
        reading_losses(dict.fromkeys(("span", *HEADS), 0.5)),
    ),
    "writer": Case(lambda: Writer(20, 5, 3, 4), evidence, written),
    "writer with a reader": Case(
        lambda: Writer(20, 5, 3, 4, steps=2),
        lambda s, draw: (evidence(s, draw), questions(s, draw)),
        read_and_written,
    ),
    "MLP": Case(lambda: MLP(3, 5, 2), examples, squared),
    "a trunk, and a head per task": Case(lambda: Students(3, 4, 1, 2), of_tasks, by_task),
    "students of two tasks": Case(lambda: Students(3, 4, 2, 2, own_start=False), of_tasks, by_task),
    "plain layers": Case(layers, examples, squared),
    "convolution": Case(Filters, examples, squared),
    "LSTM, GRU cell, tied table": Case(Recurrent, sentences, guessed),
    "text": Case(lambda: TextReader((7, 7, 7), {"chunk": 2}, 6, (4, 2, 2), 3), text, text_losses),
    "tagger": Case(lambda: tagger(hard(TASKS, 2)), tagged, tag_losses),
    "tagger, split": Case(lambda: tagger(hard(TASKS, 2, 1)), tagged, tag_losses),
    "tagger, low": Case(lambda: tagger(LOW), tagged, tag_losses),
    "sluice": Case(lambda: sluice(Mixing(rate=3)), tagged, with_penalty),
    "sluice, own words": Case(lambda: sluice(Mixing(1, share_words=False)), tagged, tag_losses),
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def build_all(case: Case, seeds: list[int]) -> Networks:
    return from_seeds(lambda: case.build().double(), seeds)


def alone(case: Case, seed: int) -> nn.Module:
    """The network that a seed stands for, made by itself."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return case.build().double()


def drawn(case: Case, s: int = len(SEEDS), seed: int = 0) -> Any:
    return case.batch(s, torch.Generator().manual_seed(seed))


def part(batch: Any, s: int) -> Any:
    """What belongs to one network."""
    return tree_map(lambda values: values[s], batch)


def assert_same_parameters(found: nn.Module, expected: nn.Module) -> None:
    """Two networks agree in every parameter."""
    p, q = dict(found.named_parameters()), dict(expected.named_parameters())
    assert p.keys() == q.keys()
    for name, value in q.items():
        torch.testing.assert_close(p[name], value, **CLOSE)


# Every network of the book


def test_losses_and_gradients_are_those_of_each_network_alone(case: Case) -> None:
    networks, batch = build_all(case, SEEDS), drawn(case)
    found = networks.each(case.losses, batch)
    torch.stack([loss.sum() for loss in found.values()]).sum().backward()
    for s, seed in enumerate(SEEDS):
        network = alone(case, seed)
        losses = case.losses(network, part(batch, s))
        assert found.keys() == losses.keys()
        for task, loss in losses.items():
            torch.testing.assert_close(found[task][s], loss, **CLOSE)
        torch.stack(list(losses.values())).sum().backward()
        for (_, p), (name, q) in zip(
            networks.one.named_parameters(), network.named_parameters(), strict=True
        ):
            assert p.shape == (len(SEEDS), *q.shape), name
            expected = torch.zeros_like(q) if q.grad is None else q.grad
            gradient = torch.zeros_like(p) if p.grad is None else p.grad
            torch.testing.assert_close(gradient[s], expected, **CLOSE)


def test_ten_updates_are_those_of_each_network_alone(case: Case) -> None:
    networks, batches = build_all(case, SEEDS), [drawn(case, seed=u) for u in range(10)]
    found = fit(networks, batches, case.losses, adam(networks, 0.02, 0.01))
    for s, seed in enumerate(SEEDS):
        network = alone(case, seed)
        optimiser = torch.optim.Adam(network.parameters(), lr=0.02, weight_decay=0.01)
        for u, batch in enumerate(batches):
            losses = case.losses(network, part(batch, s))
            for task, loss in losses.items():
                assert found.losses[task][u, s] == pytest.approx(loss.item(), rel=1e-9)
            optimiser.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            optimiser.step()
        assert_same_parameters(networks[s], network)


def test_a_network_does_not_depend_on_who_is_beside_it(case: Case) -> None:
    batches = [drawn(case, seed=u) for u in range(3)]
    for order in ([2, 0, 1], [1]):
        networks = [build_all(case, seeds) for seeds in (SEEDS, [SEEDS[s] for s in order])]
        fit(networks[0], batches, case.losses, adam(networks[0], 0.02))
        fit(
            networks[1],
            [tree_map(lambda values: values[order], batch) for batch in batches],  # noqa: B023
            case.losses,
            adam(networks[1], 0.02),
        )
        for place, s in enumerate(order):
            assert_same_parameters(networks[1][place], networks[0][s])


def test_one_of_them_is_an_ordinary_network(case: Case) -> None:
    networks, batch = build_all(case, SEEDS), drawn(case)
    for s, seed in enumerate(SEEDS):
        network, expected = networks[s], alone(case, seed)
        assert [type(m) for m in network.modules()] == [type(m) for m in expected.modules()]
        assert_same_parameters(network, expected)
        losses = case.losses(network, part(batch, s))
        assert losses.keys() == case.losses(expected, part(batch, s)).keys()
        before = next(networks.parameters())[s].clone()
        with torch.no_grad():
            next(network.parameters()).add_(1)
        assert torch.equal(next(networks.parameters())[s], before)  # a copy


def test_no_network_reaches_into_another(case: Case) -> None:
    networks = build_all(case, SEEDS)
    losses = networks.each(case.losses, drawn(case))
    torch.stack([loss[1] for loss in losses.values()]).sum().backward()
    gradients = [p.grad for p in networks.parameters() if p.grad is not None]
    assert max(g[1].abs().max() for g in gradients) > 0
    assert all((g[[0, 2]] == 0).all() for g in gradients)


def test_what_is_frozen_stays(case: Case) -> None:
    def build() -> nn.Module:
        network = case.build().double()
        next(network.parameters()).requires_grad_(False)
        return network

    networks = from_seeds(build, SEEDS)
    before = [p.detach().clone() for p in networks.parameters()]
    fit(networks, [drawn(case)] * 2, case.losses, adam(networks, 0.1))
    after = list(networks.parameters())
    assert torch.equal(after[0], before[0])
    assert any(not torch.equal(p, q) for p, q in zip(after[1:], before[1:], strict=True))
    assert not next(networks[0].parameters()).requires_grad


# Seeds


@pytest.fixture
def mlps() -> Networks:
    return from_seeds(lambda: MLP(3, 5, 2).double(), SEEDS)


def test_the_global_random_state_is_left_as_it_was() -> None:
    before = torch.get_rng_state()
    build_all(CASES["MLP"], SEEDS)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_same_seeds_make_the_same_networks_whatever_was_drawn_before(mlps: Networks) -> None:
    torch.rand(7)
    assert_same_parameters(from_seeds(lambda: MLP(3, 5, 2).double(), SEEDS), mlps)


def test_the_networks_remember_their_seeds(mlps: Networks) -> None:
    assert (len(mlps), mlps.seeds) == (3, SEEDS)
    assert Networks([MLP(3, 5, 2)] * 2).seeds == [0, 1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_precision_is_what_was_built(dtype: torch.dtype) -> None:
    networks = from_seeds(lambda: MLP(3, 5, 2).to(dtype), SEEDS)
    assert {p.dtype for p in networks.parameters()} == {dtype}
    assert networks(torch.zeros(3, 4, 3, dtype=dtype)).dtype == dtype


def test_the_networks_they_were_made_of_are_left_alone() -> None:
    one = MLP(3, 5, 2).double()
    before, networks = copy.deepcopy(one), Networks([one])
    with torch.no_grad():
        next(networks.parameters()).zero_()
    assert_same_parameters(one, before)


def test_outputs_are_batched_as_inputs_are(mlps: Networks) -> None:
    x = examples(3, torch.Generator().manual_seed(0))[0]
    for s in range(3):
        torch.testing.assert_close(mlps(x)[s], mlps[s](x[s]), **CLOSE)


def test_the_gradient_is_that_of_finite_differences(mlps: Networks) -> None:
    x = examples(3, torch.Generator().manual_seed(0))[0].requires_grad_()
    assert torch.autograd.gradcheck(mlps, x)


# What is refused


@pytest.mark.parametrize("other", [(2, 5, 2), (3, 4, 2), (3, 5, 1)])
def test_networks_of_different_forms_are_refused(other: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="same form, got 2"):
        Networks([MLP(3, 5, 2), MLP(*other)])


def test_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="one or more networks"):
        from_seeds(lambda: MLP(3, 5, 2), [])


class Counts(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda: nn.Dropout(0.1), "Dropout.*one draw for all networks: draw the masks in your"),
        (lambda: nn.BatchNorm1d(3), "BatchNorm1d.*running means.*use nn.LayerNorm"),
        (lambda: nn.GRU(2, 2), "GRU.*use nn.LSTM with one layer, one direction and batch_first"),
        (lambda: nn.LSTM(2, 2), "LSTM.*one direction and batch_first"),
        (lambda: nn.LSTM(2, 2, batch_first=True, bidirectional=True), "BiLSTM puts two together"),
        (lambda: nn.LSTM(2, 2, batch_first=True, num_layers=2), "use nn.LSTM with one layer"),
        (lambda: nn.RNNCell(2, 2), "use nn.GRUCell or write the step out"),
        (lambda: nn.MultiheadAttention(4, 2), r"softmax\(queries @ keys.mT\) @ values"),
        (Counts, "keeps seen beside its parameters: make it a parameter"),
    ],
)
def test_a_layer_without_a_rule_is_refused_with_what_to_write(
    layer: Callable[[], nn.Module], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        Networks([nn.Sequential(nn.Linear(2, 2), layer())])


@pytest.fixture
def quiet() -> Iterator[None]:
    """PyTorch may warn before it refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    ("code", "message"),
    [
        (lambda n, x: n(x) * x.sum().item(), "may not ask for the value of a tensor"),
        (lambda n, x: n(x) if x.sum() > 0 else x, r"write torch.where\(condition, this, that\)"),
        (lambda n, x: n(x)[n(x) > 0].sum(), "multiply by the mask"),
        (lambda n, x: n(x).nonzero(), "multiply by the mask"),
        (lambda n, x: functional.dropout(n(x), 0.5), "drawn outside, one draw for each network"),
        (lambda n, x: torch.rand(2) * n(x), "drawn outside, one draw for each network"),
        (lambda n, x: torch.tensor(n(x).numpy()), "keep to tensors"),
    ],
)
def test_code_that_cannot_be_mapped_is_refused_with_what_to_write(
    mlps: Networks, code: Callable[[Any, Tensor], Any], message: str
) -> None:
    x = examples(3, torch.Generator().manual_seed(0))[0]
    with torch.no_grad(), pytest.raises(RuntimeError, match=message):
        mlps.each(code, x)


def test_an_error_in_a_network_is_its_own(mlps: Networks) -> None:
    with pytest.raises(RuntimeError, match=r"shape|size"):
        mlps(torch.zeros(3, 4, 9, dtype=torch.float64))


@pytest.mark.parametrize(("units", "s"), [(3, MANY), (3, 2), (NARROW + 1, MANY)])
def test_lstms_by_either_way_are_those_of_each_alone(units: int, s: int) -> None:
    networks = from_seeds(lambda: nn.LSTM(4, units, batch_first=True), range(s))
    x = torch.randn(s, 2, 5, 4, generator=torch.Generator().manual_seed(0))
    found = networks.each(lambda lstm, x: lstm(x)[0], x)
    found.square().sum().backward()
    for number in range(s):
        alone = networks[number]
        states = alone(x[number])[0]
        torch.testing.assert_close(found[number], states)
        states.square().sum().backward()
        for p, q in zip(networks.one.parameters(), alone.parameters(), strict=True):
            assert p.grad is not None
            torch.testing.assert_close(p.grad[number], q.grad, rtol=1e-4, atol=1e-5)
