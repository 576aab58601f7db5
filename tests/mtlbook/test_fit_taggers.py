"""mtlbook.training.taggers: many taggers at once learn what a loop over them learns."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.batches import Batch, Stream
from mtlbook.data.vocabulary import IGNORE, Encoded, Encoder, tag_sets
from mtlbook.evaluation.metrics import span_f1, token_accuracy
from mtlbook.models.many_taggers import ManyTaggers
from mtlbook.models.sharing import hard, l2_to_mean, low_supervision, separate, trace_norm
from mtlbook.models.tagger import Routed, Tagger
from mtlbook.toy_language import toy_sentences
from mtlbook.training.mixing import Schedule, sampled, together, uniform
from mtlbook.training.tag_losses import Measure, measure
from mtlbook.training.taggers import FitTaggers, fit_taggers

TASKS = ["chunk", "pos"]
LABELS = tag_sets(toy_sentences(300), TASKS)
NUMBERS = {task: len(labels) for task, labels in LABELS.items()}
Parts = dict[str, list[Encoded]]
CLOSE: dict[str, Any] = {"rtol": 1e-6, "atol": 1e-8}
DRAWN = sampled("main", uniform({"main": 1, "aux": 1}), 8, seed=0)


def data(seeds: Sequence[int]) -> tuple[Parts, tuple[int, int, int]]:
    """Sentences of each seed, and sizes large enough for all vocabularies."""
    parts: Parts = {"main": [], "aux": [], "halt": []}
    for seed in seeds:
        text = toy_sentences(60, seed=seed)
        encoder = Encoder(text[:50], LABELS)
        parts["main"].append(encoder.encode(text[:20]))
        parts["aux"].append(encoder.encode(text[20:50]))
        parts["halt"].append(encoder.encode(text[50:]))
    return parts, (300, 300, 5)


def streams(parts: Parts, seeds: Sequence[int]) -> dict[str, Iterator[Batch]]:
    return {
        "main": Stream(parts["main"], ["chunk"], 4, seeds),
        "aux": Stream(parts["aux"], ["pos"], 6, [seed + 100 for seed in seeds]),
    }


def tagger(seed: int, sizes: Sequence[int], routes: Mapping[str, Sequence[str]]) -> Tagger:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Tagger(sizes, NUMBERS, routes, widths=(4, 3, 2), hidden=5).double()


def loss(logits: Tensor, targets: Tensor) -> Tensor:
    return functional.cross_entropy(
        logits.flatten(0, -2), targets.flatten(), ignore_index=IGNORE, reduction="mean"
    )


def fit_one(
    model: Tagger,
    coming: Mapping[str, Iterator[Batch]],
    schedule: Schedule,
    halt: Encoded,
    weights: Mapping[str, float],
    decay: float,
    penalty: Callable[[Tagger], Tensor] | None,
) -> tuple[dict[str, dict[str, Tensor]], dict[str, list[float]]]:
    """The plain loop: PyTorch's own LSTM, every source and the halting set by itself."""
    optimiser = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=decay)
    best: dict[str, dict[str, Tensor]] = {}
    curves: dict[str, list[float]] = {task: [] for task in TASKS}
    for step, sources in enumerate(schedule, 1):
        total = torch.zeros((), dtype=torch.float64)
        for source in sources:
            batch = next(coming[source])
            for task, targets in batch.targets.items():
                logits = model(batch.x[0], batch.lengths[0], [task])[task]
                total = total + weights.get(task, 1) * loss(logits, targets[0])
        if penalty:
            total = total + penalty(model)
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        if step % 3 == 0 or step == len(schedule):
            x, lengths = torch.from_numpy(halt.x), torch.from_numpy(halt.lengths)
            for task, logits in model(x, lengths).items():
                now = loss(logits, torch.from_numpy(halt.targets[task])).item()
                if now < min(curves[task], default=float("inf")):
                    best[task] = {n: p.clone() for n, p in model.state_dict().items()}
                curves[task].append(now)
    return best, curves


def heads_apart(model: Routed) -> Tensor:
    """For one network or many: draw the tasks' layers to their mean."""
    layers = [list(model.layers[f"{task} 1"].parameters()) for task in TASKS]
    return 0.3 * sum((l2_to_mean(same) for same in zip(*layers, strict=True)), torch.zeros(()))


@pytest.mark.parametrize(
    ("routes", "schedule", "weights", "decay", "penalty"),
    [
        (hard(TASKS, 1), together("main", ["aux"], 12), {"pos": 0.5}, 0.0, None),
        (hard(TASKS, 2, 1), DRAWN, {}, 0.01, None),
        (low_supervision({"pos": 1, "chunk": 2}), together("main", ["aux"], 9), {}, 0.0, None),
        (separate(TASKS, 1), together("main", ["aux"], 12), {}, 0.0, heads_apart),
    ],
    ids=["hard, beside", "split, drawn", "low", "soft"],
)
def test_many_at_once_learn_what_each_learns_alone(
    routes: Mapping[str, Sequence[str]],
    schedule: Schedule,
    weights: dict[str, float],
    decay: float,
    penalty: Callable[[Routed], Tensor] | None,
) -> None:
    seeds = [3, 5, 8]
    parts, sizes = data(seeds)
    many = ManyTaggers([tagger(seed, sizes, routes) for seed in seeds])
    result = fit_taggers(
        many, streams(parts, seeds), schedule, parts["halt"], lr=0.02, keep=TASKS,
        weights=weights, weight_decay=decay, penalty=penalty, every=3, by="loss",
    )  # fmt: skip
    ends = [] if len(schedule) % 3 == 0 else [len(schedule)]
    assert result.steps.tolist() == [*range(3, len(schedule) + 1, 3), *ends]
    for s, seed in enumerate(seeds):
        own = {source: of[s : s + 1] for source, of in parts.items()}
        model = tagger(seed, sizes, routes)
        best, curves = fit_one(
            model, streams(own, [seed]), schedule, own["halt"][0], weights, decay, penalty
        )
        for task in TASKS:
            np.testing.assert_allclose(result.halting[task][:, s], curves[task], **CLOSE)
            assert result.best_step[task][s] == result.steps[np.argmin(curves[task])]
            model.load_state_dict(best[task])
            part = own["halt"][0]
            logits = model(torch.from_numpy(part.x), torch.from_numpy(part.lengths))[task]
            labels = LABELS[task]
            expected = [
                [labels[i] for i in row[:n]]
                for row, n in zip(logits.argmax(-1).tolist(), part.lengths, strict=True)
            ]
            assert result.predict(parts["halt"], task, labels)[s] == expected


def run(
    seeds: Sequence[int] = (3, 5), keep: Sequence[str] = TASKS, **options: Any
) -> tuple[FitTaggers, Parts]:
    parts, sizes = data(seeds)
    model = ManyTaggers([tagger(seed, sizes, hard(TASKS, 1)) for seed in seeds])
    given = {"lr": 0.03, "every": 2, "halt": parts["halt"], "keep": keep}
    schedule = options.pop("schedule", together("main", ["aux"], 8))
    coming = options.pop("streams", streams(parts, seeds))
    return fit_taggers(model, coming, schedule, **{**given, **options}), parts


@pytest.mark.parametrize("by", ["error", "loss"])
def test_each_task_stops_where_it_is_best(by: Measure) -> None:
    result, parts = run(lr=0.2, schedule=together("main", ["aux"], 24), by=by)
    for task in TASKS:
        curve = result.halting[task]
        assert curve.shape == (12, 2)
        assert result.best_step[task].tolist() == result.steps[curve.argmin(0)].tolist()
        result.model.load_state_dict(result.snapshots[task])
        again = measure(result.model, parts["halt"], [task], by)[task]
        np.testing.assert_allclose(again, curve.min(0), rtol=1e-9)
    stopped = np.concatenate([result.best_step[task] for task in TASKS])
    assert len(set(stopped.tolist())) > 1  # not all at the same update


def test_the_error_is_the_share_of_wrong_labels() -> None:
    result, parts = run(schedule=together("main", ["aux"], 30))
    for task, labels in LABELS.items():
        found = result.predict(parts["halt"], task, labels)
        for s, part in enumerate(parts["halt"]):
            gold = [
                [labels[i] for i in row[:n]]
                for row, n in zip(part.targets[task], part.lengths, strict=True)
            ]
            error = result.halting[task][:, s].min()
            assert error == pytest.approx(1 - token_accuracy(gold, found[s]), rel=1e-6)


def test_without_a_halting_set_the_last_update_is_kept() -> None:
    result, _ = run(halt=None)
    assert result.best_step["pos"].tolist() == [8, 8]
    assert result.halting["pos"].size == 0
    for name, p in result.model.named_parameters():
        assert torch.equal(result.snapshots["chunk"][name], p)


def test_the_last_update_is_kept_apart_from_what_comes_after() -> None:
    result, _ = run(halt=None)
    with torch.no_grad():
        for p in result.model.parameters():
            p.zero_()
    assert all((p != 0).any() for p in result.snapshots["chunk"].values())


def test_a_weight_of_zero_is_single_task_learning() -> None:
    both, parts = run(weights={"pos": 0.0}, keep=["chunk"])
    alone, _ = run(schedule=together("main", [], 8), keep=["chunk"])
    np.testing.assert_allclose(both.halting["chunk"], alone.halting["chunk"], **CLOSE)
    assert set(both.snapshots) == {"chunk"}
    labels = LABELS["chunk"]
    assert both.predict(parts["main"], "chunk", labels) == alone.predict(
        parts["main"], "chunk", labels
    )


def test_a_penalty_may_look_at_each_network() -> None:
    def low_rank(model: Routed) -> Tensor:
        heads = [model.heads[task].weight[..., :3] for task in TASKS]
        found: Tensor = torch.vmap(trace_norm)(heads)
        return 10 * found.sum()

    free, drawn_in = run(halt=None)[0], run(halt=None, penalty=low_rank)[0]
    weights = [
        torch.stack([r.snapshots["pos"][f"heads.{t}.weight"][..., :3] for t in TASKS]).abs().mean()
        for r in (free, drawn_in)
    ]
    assert weights[1] < 0.7 * weights[0]


class CrossStitch(ManyTaggers):
    """Two tasks with layers of their own, whose states are mixed on the way to the heads."""

    def __init__(self, taggers: Sequence[Tagger]) -> None:
        super().__init__(taggers)
        eye = torch.eye(2, dtype=torch.float64)
        self.alpha = torch.nn.Parameter(eye.repeat(len(taggers), 1, 1))

    def states(
        self, x: Tensor, lengths: Tensor, tasks: Sequence[str] | None = None
    ) -> dict[str, Tensor]:
        own = super().states(x, lengths)  # both tasks' layers, whatever is wanted
        names = [f"{task} 1" for task in TASKS]
        mixed = torch.einsum("sij,jsbnd->isbnd", self.alpha, torch.stack([own[n] for n in names]))
        return {**own, **dict(zip(names, mixed, strict=True))}


def test_networks_that_exchange_states_are_trained_alike() -> None:
    seeds = [3, 5]
    parts, sizes = data(seeds)
    taggers = [tagger(seed, sizes, separate(TASKS, 1)) for seed in seeds]
    plain, stitched = ManyTaggers(taggers), CrossStitch(taggers)
    batch = next(streams(parts, seeds)["main"])
    for task, logits in plain(batch.x, batch.lengths).items():
        torch.testing.assert_close(stitched(batch.x, batch.lengths)[task], logits)
    schedule = together("main", ["aux"], 20)
    result = fit_taggers(
        stitched, streams(parts, seeds), schedule, parts["halt"], lr=0.02, keep=["chunk"]
    )
    alpha = result.snapshots["chunk"]["alpha"]
    assert (alpha != torch.eye(2)).all()
    assert not torch.equal(alpha[0], alpha[1])


def test_training_repeats_to_the_last_bit() -> None:
    first, second = (run()[0] for _ in range(2))
    for task in TASKS:
        for name, p in first.snapshots[task].items():
            assert torch.equal(second.snapshots[task][name], p)


def test_what_cannot_be_trained_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no stream for \['new'\]"):
        run(schedule=[("main", "new")])
    with pytest.raises(ValueError, match=r"keep: .*'role'.* outside"):
        run(keep=["role"])
    with pytest.raises(ValueError, match=r"weights: .*'role'.* outside"):
        run(weights={"role": 1.0})
    for every in (0, 9):
        with pytest.raises(ValueError, match="every: expected 1 to 8"):
            run(every=every)


def test_taggers_learn_the_toy_language() -> None:
    seeds = [0, 1]
    text = [toy_sentences(260, seed=seed) for seed in seeds]
    encoders = [Encoder(own[:160], LABELS) for own in text]
    parts = [encoder.encode(own[:160]) for encoder, own in zip(encoders, text, strict=True)]
    test = [encoder.encode(own[160:]) for encoder, own in zip(encoders, text, strict=True)]
    sizes = np.max([encoder.sizes for encoder in encoders], axis=0).tolist()
    taggers = []
    for seed in seeds:
        torch.manual_seed(seed)
        taggers.append(Tagger(sizes, NUMBERS, hard(TASKS, 1)))
    both = {"both": Stream(parts, TASKS, 8, seeds)}
    result = fit_taggers(
        ManyTaggers(taggers), both, together("both", [], 120), lr=0.01, keep=TASKS
    )  # fmt: skip
    for task, score, least in (("chunk", span_f1, 0.7), ("pos", token_accuracy, 0.8)):
        found = result.predict(test, task, LABELS[task])
        for s, own in enumerate(text):
            gold = [sentence.tags[task] for sentence in own[160:]]
            assert score(gold, found[s]) > least
    assert next(islice(both["both"], 1)).x.dtype == torch.int64
