"""Each check takes right answers in many styles and refuses wrong ideas, with a hint that is true.

``TABLE`` has a row for each exercise: a right answer, wrong ideas with a piece of their hint, and
other right ways. A right answer is tried in several styles (other types, single precision, as an
object, with its arguments overwritten), and a function also as one that prints, stops or returns
another shape. What takes long is stood in for; the chapters' solutions are run as they are by
``test_chapters.py``.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from sklearn.metrics import homogeneity_score
from torch.nn import functional

from mtlbook.data.road import ROAD_TASKS
from mtlbook.evaluation.compare import compare
from mtlbook.evaluation.information import beyond_chance, entropy, mutual_information
from mtlbook.evaluation.reading import count_vote, f1, normalised, weighted_vote
from mtlbook.exercises import (
    Status,
    chapter01,
    chapter02,
    chapter03,
    chapter07,
    chapter08,
    chapter09,
    chapter13,
    chapters,
    checks,
    verdict,
)
from mtlbook.models import reading_baselines as rules
from mtlbook.models.sluice import stitch, weights_at_start
from mtlbook.toy_reading import toy_reading
from mtlbook.training.mt_san import Bigrams, answer_length, cross_entropy_differences

Answer = Any
OPEN = "loss"  # a function whose result must keep its graph


@dataclass
class Row:
    """The answers to one exercise.

    Attributes:
        right: an answer.
        wrong: a piece of the hint, and the answer, for each wrong idea; for a dictionary also only
            what is wrong in it.
        also: further right answers.
        kind: ``OPEN`` for a loss; "asked" if arguments are to stay as they are.
    """

    right: Answer
    wrong: list[tuple[str, Answer]]
    also: list[Answer] = field(default_factory=list)
    kind: str = ""


# What is asked in more than one cell.


def shuffled(targets: Any, rng: Any) -> Any:
    found = targets.copy()
    found[:, 1:] = targets[rng.permutation(len(targets)), 1:]
    return found


def moved(targets: Any, order: Any) -> Any:
    return np.column_stack([targets[:, 0], targets[order, 1:]])


def wells(loss: Any) -> Any:
    return ((loss < np.roll(loss, 1)) & (loss <= np.roll(loss, -1))).sum()


def towards(x: Any, y: Any, trunk: Any, strength: Any) -> Any:
    outside = np.eye(x.shape[-1]) - trunk.T @ trunk
    return np.linalg.solve(x.mT @ x + strength * outside, x.mT @ y[..., None])[..., 0]


def stein(z: Any, spent: int = 3, power: int = 2, axis: Any = -1) -> Any:
    mean = z.mean(axis=axis, keepdims=True)
    scatter = (np.abs(z - mean) ** power).sum(axis=axis, keepdims=True)
    return mean + np.maximum(1 - (z.shape[-1] - spent) / scatter, 0) * (z - mean)


def chain(parameters: Any) -> Any:
    return sum(((b - a) ** 2).sum() for a, b in pairwise(parameters))


def lengths(alpha: Any, states: Any) -> Any:
    tasks = len(states)
    parts = len(alpha) // tasks
    own = torch.kron(torch.eye(tasks), torch.ones(parts, parts)).to(alpha)
    return [stitch(states, alpha * m).flatten(1).norm(dim=1) for m in (own, 1 - own)]


def share(alpha: Any, states: Any) -> Any:
    own, others = lengths(alpha, states)
    return others / (own + others)


def stretched(network: Any, c: float = 100.0, words: bool = True, beta: bool = True) -> Any:
    with torch.no_grad():
        for table in network.embeddings.parameters() if words else ():
            table *= c
        network.alpha_steps *= c
        network.beta_steps /= c if beta else 1
        for name, layer in network.layers.items():
            for way in (layer.forwards, layer.backwards) if words or name[-2:] != " 1" else ():
                way.weight_ih_l0 /= c
    return network


def dwa(losses: Any, temperature: Any, before: int = -2, times: Any = None) -> Any:
    if len(losses) < 2:
        return torch.ones(losses.shape[1])
    ratio = losses[-1] / losses[before] / temperature
    return (losses.shape[1] if times is None else times) * ratio.softmax(dim=0)


def best_span(start: Any, end: Any, sentences: Any, less: int = 0, longest: int = 99) -> Any:
    ends = [*sentences[1:], len(start)]
    spans = [
        (float(start[s] + end[e]), s, e)
        for a, b in zip(sentences, ends, strict=True)
        for s in range(a, b - less)
        for e in range(s, min(b - less, s + longest))
    ]
    return max(spans)[1:]


def agreed(answers: Any, against: Any = f1) -> Any:
    each = [against(a, answers[:i] + answers[i + 1 :]) for i, a in enumerate(answers)]
    return sum(each) / len(each)


TITLES = {"Captain", "Doctor", "Professor", "Judge", "Colonel", "Inspector"}


def rule(question: Any, passage: Any) -> Any:
    words, wanted = passage.words, rules.kind_asked(question)
    asked = {w.lower() for w in question}
    names = {w.lower() for w in question[1:] if w[0].isupper()}
    best = ((-1, -1), 0, 0)
    for first, behind in zip(passage.sentences, [*passage.sentences[1:], len(words)], strict=True):
        here = {w.lower() for w in words[first:behind]}
        overlap = 10 * len(names & here) + len(asked & here)
        for s, e, kind in rules.candidates(words):
            if first <= s < behind and not names & {w.lower() for w in words[s : e + 1]}:
                s += words[s] in TITLES and e > s
                best = max(best, ((kind == wanted, overlap), s, e), key=lambda b: b[0])
    return best[1:]


def mean_loss(losses: Any, weights: Any, least: float = 1e-12) -> Any:
    return (losses * weights).sum() / weights.sum().clamp(min=least)


def held_out(target: Any, auxiliary: Any, shift: int = 1, more: int = 0, lower: bool = True) -> Any:
    asked, given = (
        [[w.lower() if lower else w for w in q.words] for q in part] for part in (target, auxiliary)
    )
    size = len({word for words in asked + given for word in words}) + 2 + more
    ours, found = Bigrams(asked, size), np.empty(len(given))
    for half in (0, 1):
        theirs = Bigrams(given[(half + shift) % 2 :: 2], size)
        found[half::2] = [ours.cross_entropy(w) - theirs.cross_entropy(w) for w in given[half::2]]
    return found


def vnet(answers: Any, own: float = 0.0, scale: float = 1.0) -> Any:
    return (scale * answers @ answers.mT).fill_diagonal_(own).softmax(dim=1)


def soft(texts: Any, scores: Any, beta: Any, same: Any = normalised) -> Any:
    names = [same(text) for text in texts]
    totals = [
        sum(math.exp(beta * s) for t, s in zip(names, scores, strict=True) if t == name)
        for name in names
    ]
    return max(range(len(names)), key=lambda k: (round(totals[k], 9), scores[k]))


def bonus(texts: Any, scores: Any, price: float = 3.0) -> Any:
    return max(range(len(texts)), key=lambda k: scores[k] + price * texts.count(texts[k]))


def words_and_pairs(z: Any, right: Any, pairs: Any, true: Any, weight: Any) -> Any:
    judged = functional.binary_cross_entropy_with_logits(pairs, true.to(pairs))
    return functional.cross_entropy(z, right) + weight * judged


def student(gains: Any, level: float = 0.975, axis: Any = 1, spread: bool = False) -> Any:
    rows = gains.mean(axis=axis)
    half = stats.t.ppf(level, len(rows) - 1) * (rows.std(ddof=1) if spread else stats.sem(rows))
    return rows.mean() - half, rows.mean() + half


def epoch(batches: Any, seed: Any) -> Any:
    names = [task for task, number in batches.items() for _ in range(number)]
    return [names[i] for i in np.random.default_rng(seed).permutation(len(names))]


def round_robin(batches: Any, seed: Any) -> Any:
    """One batch of each task that has any left, in an order drawn anew for each round."""
    rng, left, found = np.random.default_rng(seed), dict(batches), []
    while any(left.values()):
        for i in rng.permutation(len(left)):
            task = list(left)[i]
            if left[task]:
                left[task] -= 1
                found.append(task)
    return found


def affinity(own: Any, other: Any, loss: Any, length: Any) -> Any:
    return length * (own @ other) / other.norm() / loss


@functools.cache
def explained(main: Any, aux: Any, words: Any) -> float:
    """What takes a second for all pairs of tasks is found once for all styles."""
    return beyond_chance(main, aux, words, draws=3) / entropy(main)


def lesion(states: Any, gone: Any, seed: Any, order: Any = None) -> Any:
    draw = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(states), generator=draw) if order is None else order
    return torch.where(gone, states[order], states)


def shapley(both: Any, shared: Any, private: Any, neither: Any) -> Any:
    first = ((both - private) + (shared - neither)) / 2
    return first, both - neither - first


def heads(shared: Any, private: Any, weight: Any, back: bool = True) -> Any:
    to = torch.linalg.lstsq(private, shared).solution if back else torch.eye(len(weight)).to(weight)
    none = torch.zeros_like(weight)
    return torch.cat([weight, none]), torch.cat([none, to @ weight])


def inverse(variances: Any, power: float = -1.0) -> Any:
    return variances**power / (variances**power).sum()


def corrected(z: Any, y: Any, rate: Any) -> Any:
    true = torch.sigmoid(z)
    return functional.binary_cross_entropy((1 - rate) * true + rate * (1 - true), y.to(z))


def bce(z: Any, y: Any) -> Any:
    return functional.binary_cross_entropy_with_logits(z, y.to(z))


def strengths(firm: Any = 0.0, pooled: Any = 1e6, level: Any = (0, 1e6, 1e6)) -> Any:
    names = ("per firm", "for all", "with a firm intercept")
    return {f"one regression {n}": v for n, v in zip(names, (firm, pooled, level), strict=True)}


def weights(*given: float) -> dict[str, float]:
    return dict(zip(("first", "second", "third", "fourth"), given, strict=True))


def blind(question: Any, words: Any = ("?",)) -> Any:
    return replace(question, words=words, text="?")


TABLE: dict[str, Row] = {
    "1.1": Row(
        {"T1": (0.25, 0.5), "T1 and T2": (1, 1), "T1 and T3": (0.5, 1), "T1 and T4": (0.5, 0.5)},
        [
            ("half of the patterns the label", {"T1": (0.5, 0.5)}),
            ("T1, with B1: the parity can be told in more", {"T1": (0.25, 0.25)}),
            ("T1 and T2, without B1: the parity can be told in more", {"T1 and T2": (0.75, 1)}),
            ("T1 and T3, without B1: the parity can be told in fewer", {"T1 and T3": (1, 1)}),
            ("T1 and T4, with B1: the parity can be told in fewer", {"T1 and T4": (0.5, 1)}),
            ("not a share", {"T1": (25, 50)}),
            ("two shares", {"T1": 0.25}),
        ],
    ),
    "1.2": Row(
        strengths(),
        [
            ("the intercepts are tied", strengths(firm=1e6)),
            ("still differ", strengths(pooled=0)),
            ("the intercepts are tied", strengths(level=[1e6, 0, 0])),
            ("between free and tied", strengths(firm=0.5)),
            ("cannot be negative", strengths(firm=-1)),
            ("three in a list", strengths(level=[0, 1e6])),
        ],
        [strengths([0, 0, 0], [1e5] * 3, np.array([0, 1e5, 1e5]))],
    ),
    "1.3": Row(
        shuffled,
        [
            ("column 0", lambda t, rng: rng.permutation(t)),
            ("one permutation", lambda t, rng: np.column_stack(
                [t[:, 0], *(rng.permutation(c) for c in t.T[1:])])),
            ("as if all had been moved alike", lambda t, rng: moved(
                t, np.roll(np.arange(len(t)), int(rng.integers(1, len(t)))))),
            ("with replacement", lambda t, rng: moved(t, rng.integers(len(t), size=len(t)))),
            ("another generator", lambda t, rng: shuffled(t, np.random.default_rng(0))),
            ("same seed gives another", lambda t, rng: shuffled(t, np.random.default_rng())),
            ("stay where they were", lambda t, rng: moved(
                t, [*range(30), *(30 + rng.permutation(30))])),
            ("moved alike", lambda t, rng: moved(t, np.arange(len(t))[::-1])),
            ("nothing was shuffled", lambda t, rng: t.copy()),
        ],
        [
            lambda t, rng: moved(t, rng.random(len(t)).argsort()),
            lambda t, rng: moved(t, rng.choice(len(t), len(t), replace=False)),
            lambda t, rng: np.hstack([t[:, :1], rng.permutation(t[:, 1:])]),
        ],
        "asked",
    ),
    "1.4": Row(
        lambda bits: bits[:, 3:].sum(axis=1) % 2,
        [
            ("T1, or its neg", lambda b: b[:, 0] | (b[:, 3:].sum(axis=1) % 2)),
            ("nothing to learn", lambda b: np.ones(256)),
            ("0 or 1", lambda b: b.mean(axis=1)),
            ("256 labels", lambda b: b[:, 3].sum()),
            ("256 labels", lambda b: b),
            ("the interval reaches", lambda b: b[:, 3]),
        ],
        [lambda b: np.bitwise_xor.reduce(b[:, 3:], axis=1), lambda b: b[:, 3:].sum(1) % 2 == 1],
    ),
    "2.1": Row(
        {
            "a": "single task, as many parameters",
            "b": "main task copied",
            "c": "unrelated tasks",
            "d": "single task, twice the steps",
            "e": "targets as inputs",
        },
        [
            ("a: ", {"a": "single task, twice the steps"}),
            ("b: ", {"b": "unrelated tasks"}),
            ("c: ", {"c": "shuffled jointly"}),
            ("d: ", {"d": "single task, as many parameters"}),
            ("e: ", {"e": "main task copied"}),
            ("there are: ", {"b": "copies"}),
        ],
    ),
    "2.2": Row(
        lambda tasks, rho: rho + (1 - rho) / tasks,
        [
            ("independent noise", lambda t, _: 1 / t),
            ("root", lambda t, r: (r + (1 - r) / t) ** 0.5),
            ("instead of", lambda t, r: (1 + r) / t),
            ("instead of", lambda t, r: r**2 + (1 - r**2) / t),
            ("instead of", lambda t, r: r),
            ("instead of", lambda t, r: 1 - r + r / t),
        ],
        [lambda t, r: (1 + (t - 1) * r) / t, lambda t, r: np.full((t, t), r).sum() / t**2
         + (1 - r) / t],
    ),
    "2.3": Row(
        wells,
        [
            ("neighbours", lambda v: ((v[1:-1] < v[:-2]) & (v[1:-1] <= v[2:])).sum()),
            ("some deeper", lambda v: np.isclose(v, v.min(), atol=1e-6).sum()),
            ("some deeper", lambda v: wells(np.minimum(v, np.median(v)))
             if np.median(v) > -0.1 else 1),
            ("minima: got", lambda v: 2 * wells(v)),
            ("whole number", lambda v: wells(v) / 2 + 0.2),
            ("got 0", lambda v: ((v < np.roll(v, 1)) & (v > np.roll(v, 1))).sum()),
        ],
        [
            lambda v: sum(v[i] < min(v[i - 1], v[(i + 1) % len(v)]) for i in range(len(v))),
            lambda v: (np.diff(np.sign(np.diff(np.append(v, v[:2])))) > 0).sum(),
        ],
    ),
    "2.4": Row(
        {"tasks": ["left edge", "right edge", "road centre"], "weight": 0.3},
        [
            ("below zero", {"tasks": list(ROAD_TASKS[1:]), "weight": 1.0}),
            ("there are: ", {"tasks": ["steering"]}),
            ("each once", {"tasks": ["left edge"] * 2}),
            ("each once", {"tasks": []}),
            ("above zero", {"weight": 0}),
        ],
        [{"tasks": ("left edge", "right edge", "road centre"), "weight": np.float32(0.3)}],
    ),
    "3.1": Row(
        {"apart": 640, "together": 100, "fewest": 3},
        [
            ("coefficient", {"apart": 20}),
            ("change of basis", {"together": 104}),
            ("k(d - k)", {"together": 64}),
            ("T = 1", {"fewest": 2}),
            ("T = 1", {"fewest": 20}),
        ],
    ),
    "3.2": Row(
        {
            "pos": ["words", "1"],
            "chunk": ["words", "1", "2"],
            "role": ["words", "1", "2"],
            "entity": ["words", "1", "names"],
        },
        [
            ("1 layer", {"pos": ["words", "1", "2"]}),
            ("chunk and entity", {"entity": ["words", "1", "2"]}),
            ("chunk and role", {"role": ["words", "1", "3"]}),
            ("pos and chunk", {"pos": ["words", "own"]}),
            ("entered on two ways", {"entity": ["words", "names", "2"]}),
            ("list of names", {"pos": "words 1"}),
        ],
        [
            {"pos": [0, 1], "chunk": [0, 1, 2], "role": [0, 1, 2], "entity": [0, 1, 3]},
            {
                "pos": ("w", "a"),
                "chunk": ("w", "a", "b"),
                "role": ("w", "a", "b"),
                "entity": ("w", "a", "c"),
            },
        ],
    ),
    "3.3": Row(
        towards,
        [
            ("draws to zero", lambda x, y, t, s: towards(x, y, 0 * t, s)),
            ("inside", lambda x, y, t, s: np.linalg.solve(
                x.mT @ x + s * t.T @ t, x.mT @ y[..., None])[..., 0]),
            ("before the square", lambda x, y, t, s: towards(x, y, t, s**0.5)),
            ("differ", lambda x, y, t, s: towards(x, y, t, 2 * s)),
            ("differ", lambda x, y, t, s: towards(x, y, t, 0)),
            ("all numbers are 0", lambda x, y, t, s: (y.fill(0), np.zeros((3, 6)))[1]),
            ("shape", lambda x, y, t, s: towards(x, y, t, s)[0]),
        ],
        [
            lambda x, y, t, s: np.stack([np.linalg.lstsq(
                np.vstack([a, s**0.5 * (np.eye(6) - t.T @ t)]),
                np.append(b, np.zeros(6)), rcond=None)[0] for a, b in zip(x, y, strict=True)]),
        ],
    ),
    "3.4": Row(
        200,
        [
            ("still behind", 70),
            ("Fewer would", 400),
            ("whole number", 200.5),
            ("whole number of sentences", 10),
            ("a number", "two hundred"),
            ("whole number of sentences", 10_000),
        ],
    ),
    "4.1": Row(
        {
            "a": "pooled",
            "b": "firm intercept",
            "c": "separate with weight decay",
            "d": "pooled with weight decay",
            "e": "zero",
        },
        [(f"{key}: ", {key: "separate"}) for key in "abcde"] + [("no 'none'", {"e": "none"})],
    ),
    "4.2": Row(
        stein,
        [
            ("one more dimension", lambda z: stein(z, 2)),
            ("jump", lambda z: z.mean(1, keepdims=True) + (z - z.mean(1, keepdims=True)) * (
                1 - (z.shape[1] - 3) / np.square(z - z.mean(1, keepdims=True)).sum(
                    1, keepdims=True))),
            ("differ", lambda z: stein(z, axis=None)),
            ("differ", lambda z: stein(z, power=1)),
            ("measured from", lambda z: np.maximum(
                1 - (z.shape[1] - 2) / np.square(z).sum(1, keepdims=True), 0) * z),
            ("differ", lambda z: z),
        ],
        [
            lambda z: np.stack([stein(row[None])[0] for row in z]),
            lambda z: torch.stack([row.mean() + max(0, 1 - (len(row) - 3) / float(
                ((row - row.mean()) ** 2).sum())) * (row - row.mean()) for row in
                torch.from_numpy(z)]),
        ],
    ),
    "4.3": Row(
        chain,
        [
            ("two ends", lambda p: chain([*p, p[0]])),
            ("counts once", lambda p: 2 * chain(p)),
            ("squared", lambda p: sum((b - a).norm() for a, b in pairwise(p))),
            ("instead of", lambda p: chain(p) / len(p)),
            ("no gradient", lambda p: chain(p).item()),
            ("gradient", lambda p: sum(((b - a.detach()) ** 2).sum() for a, b in pairwise(p))),
            ("one number", lambda p: torch.stack(p).diff(dim=0).square()),
        ],
        [
            lambda p: torch.stack(list(p)).diff(dim=0).square().sum(),
            lambda p: sum(functional.mse_loss(b, a, reduction="sum") for a, b in pairwise(p)),
            lambda p: sum(torch.dist(a, b) ** 2 for a, b in pairwise(p)),
        ],
        OPEN,
    ),
    "4.4": Row(
        {"level": 0.1, "value": 1.0, "capital": 0.3},
        [
            ("not negative", {"level": -1}),
            ("separate", {"level": 0, "value": 0, "capital": 0}),
            ("firm intercept has", {"level": 100, "value": 100, "capital": 100}),
            ("single strength", {"level": 1, "value": 1, "capital": 1}),
            ("a number", {"level": "weak"}),
        ],
    ),
    "5.1": Row(
        {
            "a": "cross-stitch",
            "b": "shared and private",
            "c": "one way",
            "d": "single tasks",
            "e": "none of these",
        },
        [
            ("a: ", {"a": "one way"}),
            ("b: ", {"b": "cross-stitch"}),
            ("c: ", {"c": "single tasks"}),
            ("d: ", {"d": "none of these"}),
            ("e: ", {"e": "shared and private"}),
            ("no 'hard sharing'", {"e": "hard sharing"}),
        ],
    ),
    "5.2": Row(
        lambda a, s: torch.kron(a, torch.eye(s)),
        [
            ("subspace by subspace", lambda a, s: torch.kron(torch.eye(s), a)),
            ("A1 take from B2", lambda a, s: torch.kron(a, torch.ones(s, s))),
            ("A1 take from B2", lambda a, s: torch.kron(a, torch.ones(s, s) / s)),
            ("exchanged", lambda a, s: torch.kron(a.T.contiguous(), torch.eye(s))),
            ("times", lambda a, s: torch.kron(a, torch.eye(s)) / 2),
            ("shape", lambda a, s: a),
            ("expected numbers", lambda a, s: "kron"),
        ],
        [
            lambda a, s: a.repeat_interleave(s, 0).repeat_interleave(s, 1)
            * torch.eye(s).repeat(len(a), len(a)),
            lambda a, s: np.kron(a.numpy(), np.eye(s)),
            lambda a, s: torch.einsum("ij,st->isjt", a, torch.eye(s)).reshape(len(a) * s, -1),
        ],
    ),
    "5.3": Row(
        share,
        [
            ("not their squares", lambda a, h: (lambda o, f: f**2 / (o**2 + f**2))(*lengths(a, h))),
            ("silent", lambda a, h: _of_weights(a, len(h))),
            ("multiplied", lambda a, h: lengths(a, h)[1]),
            ("nothing comes from others", lambda a, h: 1 - share(a, h)),
            ("times", lambda a, h: share(a, h) / 2),
            ("another order", lambda a, h: share(a, h).flip(0)),
        ],
    ),
    "5.4": Row(
        stretched,
        [
            ("scores have changed", lambda n: stretched(n, beta=False)),
            ("first one too", lambda n: stretched(n, words=False)),
            ("still", lambda n: stretched(n, c=10.0)),
            ("still 1", lambda n: n),
            ("a Sluice", lambda n: n.state_dict()),
            ("scores have changed", lambda n: [p.data.mul_(0) for p in n.parameters()] and n),
        ],
        [lambda n: stretched(n, 1e3), lambda n: stretched(stretched(n, 10.0), 10.0)],
    ),
    "6.1": Row(
        {"sum": True, "PCGrad": True, "MGDA": True, "sum of logs": False, "Nash-MTL": False,
         "DWA": True},
        [(f"{key}: ", {key: value}) for key, value in [
            ("sum", False), ("PCGrad", False), ("MGDA", False), ("sum of logs", True),
            ("Nash-MTL", True), ("DWA", False)]] + [("True or False", {"sum": "yes"})],
    ),
    "6.2": Row(
        lambda a, b: a / a.norm() + b / b.norm(),
        [
            ("cosines", lambda a, b: a + b),
            ("climbs", lambda a, b: -a / a.norm() - b / b.norm()),
            ("zero", lambda a, b: 0 * a),
            ("cosines", lambda a, b: a / a.norm() - b / b.norm()),
            ("shape", lambda a, b: torch.stack([a, b])),
            ("cosines", lambda a, b: a / a.norm() ** 2 + b / b.norm() ** 2),
        ],
        [
            lambda a, b: a * b.norm() + b * a.norm(),
            lambda a, b: functional.normalize(a, dim=0) + functional.normalize(b, dim=0),
            lambda a, b: torch.linalg.pinv(torch.stack([a / a.norm(), b / b.norm()])) @ torch.ones(
                2, dtype=a.dtype),
        ],
    ),
    "6.3": Row(
        dwa,
        [
            ("sum to the number", lambda v, t: dwa(v, t, times=1)
             if len(v) > 1 else dwa(v, t)),
            ("upside down", lambda v, t: dwa(1 / v, t)),
            ("more even", lambda v, t: dwa(v, 1 / t)),
            ("last two epochs", lambda v, t: dwa(v, t, before=0)),
            ("differ", lambda v, t: dwa(v, 1.0) if t != 0.5 else dwa(v, t)),
            ("no ratio yet", lambda v, t: dwa(v, t) * (1 + (len(v) < 2))),
            ("shape", lambda v, t: dwa(v, t)[0]),
        ],
        [
            lambda v, t: [1.0] * v.shape[1] if len(v) < 2 else v.shape[1] * np.exp(
                r := (v[-1] / v[-2] / t).numpy()) / np.exp(r).sum(),
        ],
    ),
    "6.4": Row(
        weights(100, 20, 5, 1),
        [
            ("a sixth", weights(1, 1, 1, 1)),
            ("positive", weights(1, 1, 1, 0)),
            ("a sixth", weights(5, 1, 1, 1)),
            ("a sixth", weights(4, 3, 2, 1)),
            ("a sixth", weights(1, 5, 20, 100)),
        ],
        [weights(10, 4.5, 2.2, 1), weights(1, 0.2, 0.05, 0.01)],
    ),
    "7.1": Row(
        {"a": (1, 1), "b": (0, 0.4), "c": (0, 0.57), "d": (0, 0.8), "e": (0, 0.8)},
        [
            ("a: exact match", {"a": (0, 1)}),
            ("b: F1", {"b": (0, 0.33)}),
            ("c: F1", {"c": (0, 0.8)}),
            ("d: exact match", {"d": (1, 1)}),
            ("e: F1", {"e": (0, 0.67)}),
            ("two numbers", {"e": 0.8}),
        ],
    ),
    "7.2": Row(
        best_span,
        [
            ("crosses", lambda s, e, of: best_span(s, e, [0])),
            ("(", lambda s, e, _: (s.argmax(), e.argmax())),
            ("has the score", lambda s, e, of: best_span(s, e, of, longest=2)),
            ("has the score", lambda s, e, of: best_span(-s, -e, of)),
            ("runs backwards", lambda s, e, of: (len(s) - 1, 0)),
            ("not in the passage", lambda s, e, of: (0, len(s))),
            ("two places", lambda s, e, of: 3),
        ],
        [lambda s, e, of: np.array(best_span(s, e, of)), lambda s, e, of: max(
            (float(s[i] + e[j]), (i, j)) for i in range(len(s)) for j in range(i, len(s))
             if not any(i < f <= j for f in of))[1]],
    ),
    "7.3": Row(
        agreed,
        [
            ("own answer", lambda a: agreed(a, lambda one, rest: f1(one, [*rest, one]))),
            ("best of them", lambda a: agreed(
                a, lambda one, rest: sum(f1(one, [r]) for r in rest) / len(rest))),
            ("instead of", lambda a: f1(a[1], [a[0], *a[2:]])),
            ("instead of", lambda a: agreed(a, lambda one, rest: float(one in rest))),
            ("instead of", lambda a: agreed(a, lambda one, rest: min(f1(one, [r]) for r in rest))),
            ("instead of", lambda a: 100 * agreed(a)),
        ],
        [lambda a: np.mean([f1(a[i], [x for j, x in enumerate(a) if j != i])
                            for i in range(len(a))])],
    ),
    "7.4": Row(
        rule,
        [
            ("points more", lambda q, p: rules.sliding_window(q, [p.words], typed=True)[1:]),
            ("points more", lambda q, p: (0, 0)),
            ("two places", lambda q, p: " ".join(p.words[:2])),
            ("not in the passage", lambda q, p: (0, len(p.words))),
            ("backwards", lambda q, p: rule(q, p)[::-1]
             if rule(q, p)[0] != rule(q, p)[1] else rule(q, p)),
        ],
    ),
    "7.5": Row(
        blind,
        [
            ("still differ", lambda q: q),
            ("still differ", lambda q: blind(q, q.words[:1])),
            ("occurs in passages", lambda q: blind(q, ("the",))),
            ("are to stay", lambda q: replace(blind(q), answers=("",))),
            ("a question", lambda q: "?"),
            ("ValueError", lambda q: blind(q, ())),
        ],
        [lambda q: blind(q, ["???"]), lambda q: replace(q, words=("unasked",))],
    ),
    "8.1": Row(
        {"MT-SAN, 0.5": (60, 50), "MT-DNN, 0.5": (60, 30), "MT-SAN, 3": (33, 100),
         "MT-DNN, 3": (60, 100)},
        [
            ("other rule", {"MT-SAN, 0.5": (60, 30)}),
            ("target comes first", {"MT-DNN, 0.5": (30, 60)}),
            ("what of the rest", {"MT-DNN, 3": (60, 180)}),
            ("other rule", {"MT-SAN, 3": (60, 100)}),
            ("whole number", {"MT-SAN, 3": (100 / 3, 100)}),
            ("two numbers", {"MT-SAN, 3": 33}),
        ],
    ),
    "8.2": Row(
        {"topic": "words", "convention": "length", "style of the passage": "neither"},
        [
            ("topic", {"topic": "length"}),
            ("topic", {"topic": "neither"}),
            ("convention", {"convention": "words"}),
            ("style", {"style of the passage": "words"}),
            ("there are: words", {"convention": "both"}),
        ],
    ),
    "8.3": Row(
        mean_loss,
        [
            ("halve all weights", lambda v, w: (v * w).mean()),
            ("a sum grows", lambda v, w: (v * w).sum()),
            ("every weight is 0", lambda v, w: (v * w).sum() / w.sum()),
            ("not used", lambda v, w: v.mean()),
            ("instead of", lambda v, w: (v * w.softmax(0)).sum()),
            ("instead of", lambda v, w: (v * w).mean() / w.max().clamp(min=1e-9)),
            ("one number", lambda v, w: v * w),
            ("no gradient", lambda v, w: mean_loss(v, w).item()),
        ],
        [
            lambda v, w: torch.dot(v, w) / (w.sum() + 1e-9),
            lambda v, w: (v * w).sum() / w.sum() if w.any() else torch.zeros(()),
            lambda v, w: (v * (w / w.mean().clamp(min=1e-12))).mean(),
        ],
        OPEN,
    ),
    "8.4": Row(
        held_out,
        [
            ("very question", lambda t, a: cross_entropy_differences(t, a)[0]),
            ("model of itself", lambda t, a: held_out(t, a, shift=0)),
            ("60 questions: ", lambda t, a: held_out(t, a, more=5)),
            ("60 questions: ", lambda t, a: held_out(t, a, lower=False)),
            ("times", lambda t, a: -held_out(t, a)),
            ("60 differences", lambda t, a: held_out(t, a)[:30]),
        ],
    ),
    "8.5": Row(
        lambda t, a: cross_entropy_differences(t, a)[1],
        [
            ("lowest area", lambda t, a: sum(cross_entropy_differences(t, a))),
            ("wrong way round", lambda t, a: -cross_entropy_differences(t, a)[1]),
            ("blank", lambda t, a: [float("wide" in q.source) for q in a]),
            ("200 questions", lambda t, a: np.zeros(199)),
            ("lowest area", lambda t, a: [len(q.words) for q in a]),
        ],
        [lambda t, a: [answer_length(q) for q in a]],
    ),
    "9.1": Row(
        {"span": False, "x passage": True, "count vote": False, "weighted vote": False,
         "x word x verify": True, "best possible choice": False},
        [(f"{key}: ", {key: value}) for key, value in [
            ("span", True), ("x passage", False), ("count vote", True), ("weighted vote", True),
            ("x word x verify", False), ("best possible choice", True)]],
    ),
    "9.2": Row(
        vnet,
        [
            ("own version", lambda a: vnet(a, own=-torch.inf)),
            ("compared with itself", lambda a: (a @ a.mT).softmax(1)),
            ("not the weights", lambda a: (a @ a.mT).softmax(1).fill_diagonal_(0)),
            ("exchanged", lambda a: vnet(a).mT),
            ("differ", lambda a: vnet(a, scale=2.0)),
            ("shape", lambda a: vnet(a)[0]),
        ],
        [
            lambda a: torch.stack([(row * (torch.arange(len(a)) != i)).softmax(0)
                                   for i, row in enumerate(a @ a.mT)]),
            lambda a: (np.exp(s := (a @ a.mT).numpy() * (1 - np.eye(len(a)))).T
                       / np.exp(s).sum(1)).T,
        ],
    ),
    "9.3": Row(
        soft,
        [
            ("add up exp", lambda t, s, b: count_vote(t, s)),
            ("count vote", lambda t, s, b: weighted_vote(t, s)),
            ("normalised", lambda t, s, b: soft(t, s, b, same=str) if b else soft(t, s, b)),
            ("the place", lambda t, s, b: t[soft(t, s, b)]),
            ("a tie", lambda t, s, b: min(
                (k for k in range(len(t)) if normalised(t[k]) == normalised(t[soft(t, s, b)])),
                key=lambda k: s[k])),
            ("the place", lambda t, s, b: soft(t, s, b) + 5),
        ],
    ),
    "9.4": Row(
        17,
        [("too many", 18), ("room", 16), ("whole number, 4", 100), ("whole number", 17.5),
         ("whole number", True), ("a number", "17 units")],
    ),
    "9.5": Row(
        bonus,
        [
            ("three worlds", lambda t, s: 0),
            ("three worlds", count_vote),
            ("three worlds", weighted_vote),
            ("three worlds", lambda t, s: int(np.argmax(s))),
            ("three worlds", lambda t, s: t.index(min(t))),
            ("the place", lambda t, s: t[0]),
        ],
        [lambda t, s: soft(t, s, 0.2)],
    ),
    "10.1": Row(
        {"chosen": 150, "hidden": 120, "another word": 15, "not touched": 865},
        [
            ("stay as they are", {"not touched": 850}),
            ("hidden: not 800", {"hidden": 800}),
            ("another word: not 100", {"another word": 100}),
            ("chosen: not 15", {"chosen": 15}),
            ("not touched: not 880", {"not touched": 880}),
        ],
    ),
    "10.2": Row(
        words_and_pairs,
        [
            ("not by all places", lambda z, r, p, t, w: words_and_pairs(z, r, p, t, 0) * (
                r >= 0).float().mean() + w * bce(p, t)),
            ("not used", lambda z, r, p, t, w: words_and_pairs(z, r, p, t, 1)),
            ("instead of", lambda *a: 2 * words_and_pairs(*a)),
            ("that of the pairs", lambda z, r, p, t, w: w * words_and_pairs(z, r, p, t, 0)
             + bce(p, t)),
            ("instead of", lambda z, r, p, t, w: words_and_pairs(z, r, -p, t, w)),
            ("no gradient", lambda *a: words_and_pairs(*a).item()),
            ("one number", lambda *a: words_and_pairs(*a).expand(2)),
        ],
        [
            lambda z, r, p, t, w: (functional.cross_entropy(z[r >= 0], r[r >= 0])
                                   + w * bce(p, t)),
            lambda z, r, p, t, w: -z.log_softmax(1)[r >= 0, r[r >= 0]].mean() + w * (
                functional.softplus(p) - p * t).mean(),
        ],
        OPEN,
    ),
    "10.3": Row(
        student,
        [
            ("independent", lambda g: student(g.reshape(-1, 1))),
            ("the middle", lambda g: student(g - g.mean())),
            ("lower end", lambda g: student(g)[::-1]),
            ("columns", lambda g: student(g, axis=0)),
            ("90 %", lambda g: student(g, level=0.95)),
            ("one more network", lambda g: student(g, spread=True)),
            ("1.96", lambda g: stats.norm.interval(0.95, g.mean(), stats.sem(g.mean(1)))),
            ("two numbers", lambda g: g.mean()),
        ],
        [lambda g: stats.t.interval(0.95, len(g) - 1, g.mean(), stats.sem(g.mean(1))),
         lambda g: stats.ttest_1samp(g.mean(1), 0).confidence_interval()],
    ),
    "10.4": Row(
        epoch,
        [
            ("early", round_robin),
            ("another seed", lambda b, s: epoch(b, 0)),
            ("mix their batches", lambda b, s: sorted(epoch(b, s))),
            ("every batch", lambda b, s: epoch(b, s)[:-1]),
            ("the name", lambda b, s: [(task,) for task in epoch(b, s)]),
            ("every batch", lambda b, s: list(np.random.default_rng(s).choice(list(b), 80))),
            ("same seed", lambda b, s: epoch(b, None)),
            ("a list", lambda b, s: " ".join(epoch(b, s))),
        ],
        [lambda b, s: np.random.default_rng(s).permutation(np.repeat(list(b), list(b.values())))],
    ),
    "11.1": Row(
        {"mutual information": True, "H(main | aux)": False, "H(aux)": False,
         "gradient cosine": True, "lookahead affinity": False},
        [(key, {key: value}) for key, value in [
            ("mutual information", False), ("H(main | aux)", True), ("H(aux)", True),
            ("gradient cosine", False), ("lookahead affinity", True)]],
    ),
    "11.2": Row(
        lambda m, a: mutual_information(m, a) / entropy(m),
        [
            ("whose uncertainty", lambda m, a: homogeneity_score(a, m)),
            ("bits", mutual_information),
            ("instead of", lambda m, a: 1 - homogeneity_score(m, a)),
            ("instead of", lambda m, a: 2 * mutual_information(m, a) / (entropy(m) + entropy(a))),
            ("instead of", lambda m, a: mutual_information(m, a) / np.log2(len(set(m)))),
            ("instead of", lambda m, a: entropy(m)),
        ],
        [homogeneity_score],
    ),
    "11.3": Row(
        affinity,
        [
            ("divide by the length", lambda g, o, v, n: n * (g @ o) / v),
            ("angle alone", lambda g, o, v, n: n * (g @ o) / o.norm() / g.norm() / v),
            ("is a gain", lambda *a: -affinity(*a)),
            ("a share", lambda g, o, v, n: affinity(g, o, v, n) * v),
            ("instead of", lambda g, o, v, n: n * g.norm() / v),
            ("instead of", lambda g, o, v, n: affinity(g, o, v, n) * n),
        ],
        [lambda g, o, v, n: torch.cosine_similarity(g, o, dim=0) * g.norm() * n / v,
         lambda g, o, v, n: float(n * np.dot(g.numpy(), o.numpy()) / np.linalg.norm(o) / v)],
    ),
    "11.4": Row(
        lambda m, a, w: explained(tuple(m), tuple(a), tuple(w)),
        [
            ("rank correlation", lambda m, a, w: mutual_information(m, a)),
            ("rank correlation", lambda m, a, w: -entropy(a)),
            ("no finite number", lambda m, a, w: np.nan),
            ("rank correlation", lambda m, a, w: len(a)),
            ("a number", lambda m, a, w: "high"),
        ],
    ),
    "12.1": Row(
        {"a": "importance", "b": "benefit", "c": "content", "d": "importance", "e": "benefit"},
        [("a: ", {"a": "content"}), ("b: ", {"b": "importance"}), ("c: ", {"c": "benefit"}),
         ("d: ", {"d": "benefit"}), ("e: ", {"e": "importance"}), ("no 'width'", {"a": "width"})],
    ),
    "12.2": Row(
        lesion,
        [
            ("must keep", lambda h, g, s: lesion(h, ~g, s)),
            ("must keep", lambda h, g, s: lesion(h, g | True, s)),
            ("nothing has moved", lambda h, g, s: h.clone()),
            ("values that it had", lambda h, g, s: torch.where(g, h.mean(0), h)),
            ("another seed", lambda h, g, s: lesion(h, g, 0)),
            ("moved alike", lambda h, g, s: lesion(h, g, s, torch.arange(len(h)).roll(s))),
            ("moved alike", lambda h, g, s: torch.where(g, h.roll(7 * s, 0), h)),
            ("values that it had", lambda h, g, s: lesion(
                h, g, s, torch.from_numpy(np.random.default_rng(s).integers(len(h), size=len(h))))),
        ],
        [
            lambda h, g, s: torch.where(g, h[np.random.default_rng(s).permutation(len(h))], h),
            lambda h, g, s: lesion(h, g, s, torch.rand(
                len(h), generator=torch.Generator().manual_seed(s)).argsort()),
        ],
        "asked",
    ),
    "12.3": Row(
        shapley,
        [
            ("two lesions", lambda b, s, p, n: (b - p, b - s)),
            ("together", lambda b, s, p, n: (s - n, p - n)),
            ("comes first", lambda *v: shapley(*v)[::-1]),
            ("instead of", lambda b, s, p, n: ((b - n) / 2, (b - n) / 2)),
            ("two numbers", lambda *v: shapley(*v)[0]),
            ("instead of", lambda b, s, p, n: (s - n, b - s)),
        ],
    ),
    "12.4": Row(
        heads,
        [
            ("private branch should not", lambda h, p, w: heads(h, p, w)[::-1]),
            ("shared branch should not", lambda h, p, w: [heads(h, p, w)[0]] * 2),
            ("of the second head", lambda h, p, w: heads(h, p, w, back=False)),
            ("two heads", lambda h, p, w: heads(h, p, w)[0]),
            ("shape", lambda h, p, w: (w, w)),
            ("of the first head", lambda h, p, w: [2 * v for v in heads(h, p, w)]),
        ],
        [
            lambda h, p, w: (torch.cat([w, 0 * w]), torch.cat(
                [0 * w, torch.linalg.pinv(p) @ h @ w])),
            lambda h, p, w: torch.stack(heads(h, p, w)),
        ],
    ),
    "13.1": Row(
        {"0.05": 0.1, "0.25": 0.5, "0.5": 1.0, "0.75": 0.5, "1": 0.0},
        [
            ("0.05: not", {"0.05": 0.05}),
            ("0.5: not", {"0.5": 0.5}),
            ("opposite", {"0.75": 1.5}),
            ("opposite", {"1": 2.0}),
            ("1: not", {"1": 1.0}),
            ("a number", {"1": "none"}),
        ],
    ),
    "13.2": Row(
        inverse,
        [
            ("is possible", lambda v: np.full(len(v), 1 / len(v))),
            ("sum to", lambda v: 1 / v),
            ("standard deviations", lambda v: inverse(v, -0.5)),
            ("is possible", lambda v: inverse(v, 1.0)),
            ("is possible", lambda v: inverse(v, -2.0)),
            ("shape", lambda v: inverse(v)[:-1]),
        ],
        [lambda v: np.linalg.solve(np.diag(v), np.ones(len(v))) / sum(1 / v),
         lambda v: torch.from_numpy(-np.log(v)).softmax(0)],
    ),
    "13.3": Row(
        corrected,
        [
            ("softens the label", lambda z, y, p: bce(z, y * (1 - p) + (1 - y) * p)),
            ("rate is not used", lambda z, y, p: bce(z, y)),
            ("instead of", lambda z, y, p: corrected(z, y, 2 * p if p < 0.5 else p)),
            ("no gradient", lambda z, y, p: corrected(z, y, p).item()),
            ("instead of", lambda z, y, p: 50 * corrected(z, y, p)),
            ("instead of", lambda z, y, p: corrected(-z, y, p)),
            ("one number", lambda z, y, p: corrected(z, y, p).expand(50)),
        ],
        [
            lambda z, y, p: -(y * torch.log(p + (1 - 2 * p) * z.sigmoid()) + (1 - y) * torch.log(
                1 - p - (1 - 2 * p) * z.sigmoid())).mean(),
            lambda z, y, p: bce(torch.logit(p + (1 - 2 * p) * z.sigmoid()), y),
        ],
        OPEN,
    ),
    "13.4": Row(
        {"assumed rate": 0.2, "weight": 1.0, "weight decay": 0.003},
        [
            ("leaves T1 alone", {"weight": 0}),
            ("between 0 and", {"assumed rate": 0.6}),
            ("not negative", {"weight decay": -1}),
            ("large enough", {"weight": 0.01}),
            ("a number", {"weight": "large"}),
        ],
        [{"assumed rate": 0, "weight": 1, "weight decay": 0.003}],
    ),
}  # fmt: skip


def _of_weights(alpha: Any, tasks: int) -> Any:
    blocks = alpha.unflatten(-1, (tasks, -1)).unflatten(0, (tasks, -1)).movedim(1, 2)
    own = blocks.square().sum((-2, -1))
    others = (own * (1 - torch.eye(tasks))).sum(1).sqrt()
    return others / (own.diagonal().sqrt() + others)


# Styles


def converted(value: Any, to: str) -> Any:
    """The same numbers, truth values or names, of another library or precision."""
    if isinstance(value, dict):
        loud = {key: f" {v} ".upper() if isinstance(v, str) else v for key, v in value.items()}
        return {k: converted(v, to) for k, v in (loud if to == "list" else value).items()}
    if isinstance(value, torch.Tensor):
        if to == "single":
            return value.float() if value.is_floating_point() else value
        return value.tolist() if to == "list" else value.numpy(force=True)
    if isinstance(value, np.ndarray):
        if to == "single":
            return value.astype(np.float32) if value.dtype.kind == "f" else value
        plain = value.dtype.kind in "biuf"
        return torch.from_numpy(value) if to == "torch" and plain else value.tolist()
    if isinstance(value, str):
        return np.str_(value) if to == "numpy" else value
    if isinstance(value, list | tuple):
        if to in ("numpy", "torch") and isinstance(value[0], int | float | np.generic):
            return np.array(value) if to == "numpy" else torch.tensor(value)
        return [converted(each, to) for each in value]
    if isinstance(value, int | float | np.generic):
        made: Any = {"numpy": np.array, "torch": torch.tensor, "list": lambda v: v}.get(
            to, np.float32
        )
        whole: Any = {"numpy": np.int64, "single": np.float32}.get(to, made)
        truth: Any = {"numpy": np.bool_, "torch": torch.tensor, "single": np.array}.get(to, int)
        kinds = {bool: truth, int: whole}
        return kinds.get(type(value), made)(value)
    return value


class Callback:
    """An answer that is an object."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, *given: Any) -> Any:
        return self.answer(*given)


def erase(value: Any) -> None:
    """Overwrite whatever can be."""
    if isinstance(value, torch.Tensor):
        value.data.zero_()
    elif isinstance(value, np.ndarray):
        value[...] = 0
    elif isinstance(value, dict | list):
        value.clear()


def copies(given: Any) -> Any:
    return [v.copy() if isinstance(v, np.ndarray | dict | list) else
            v.clone() if isinstance(v, torch.Tensor) else v for v in given]  # fmt: skip


def overwriting(answer: Answer) -> Answer:
    def with_less(*given: Any) -> Any:
        result = answer(*copies(given))
        for each in given:
            erase(each)
        return result

    return with_less


def single(answer: Answer) -> Answer:
    return lambda *given: answer(*(converted(g, "single") if isinstance(
        g, torch.Tensor | np.ndarray) else g for g in given))  # fmt: skip


def then(answer: Answer, to: str) -> Answer:
    return lambda *given: converted(answer(*given), to)


def chatty(answer: Answer) -> Answer:
    return lambda *given: (print("here"), answer(*given))[1]


def styles(row: Row) -> Iterator[tuple[str, Answer]]:
    """The right answer in several styles."""
    right = row.right
    yield "plain", right
    for place, other in enumerate(row.also):
        yield f"way {place + 2}", other
    if not callable(right):
        for to in ("numpy", "torch", "single", "list"):
            yield to, converted(right, to)
        if isinstance(right, dict):
            yield "turned", dict(reversed(right.items()))
            yield "view", MappingProxyType(right)
            yield "series", pd.Series(right, dtype=object)
        else:
            yield "fraction", Fraction(right)
        return
    yield "object", Callback(right)
    yield "partial", functools.partial(right)
    yield "prints", chatty(right)
    yield "single inside", single(right)
    if row.kind != "asked":
        yield "overwrites", overwriting(right)
    for to in ("single",) if row.kind == OPEN else ("single", "numpy", "torch", "list"):
        yield to, then(right, to)
    if row.kind == OPEN:
        yield "an axis more", lambda *given: right(*given)[None]


def stops(*given: Any) -> Any:
    raise ZeroDivisionError("by nought")


def wrong_ideas(row: Row) -> Iterator[tuple[str, Answer]]:
    """A piece of the hint, and a wrong answer."""
    right = row.right
    for word, wrong in row.wrong:
        yield word, {**right, **wrong} if isinstance(right, dict) else wrong
    if isinstance(right, dict):
        yield "expected a dictionary", list(right.values())
        yield "expected a dictionary", stops
        yield "expected the keys", dict(list(right.items())[1:])
        yield "expected the keys", {**right, "more": 1}
    elif callable(right):
        yield "expected a function", 7
        yield "prints, and returns nothing", lambda *given: print(right(*given))
        yield "returns nothing", lambda *given: erase(right(*given))
        yield "by position", lambda *, named: named
        yield "ZeroDivisionError: by nought", stops
        yield "", lambda *given: object()
        yield "", lambda *given: {"answer": right(*given)}
        yield "", overwriting(lambda *given: np.zeros((0, 3)))


SLOW = {"7.4", "8.5", "9.5", "11.4"}
CHECKS = [number for chapter in chapters() for number in checks(chapter)]
RIGHT = [(number, style) for number, row in TABLE.items() for style, _ in styles(row)]
WRONG = [
    (number, place, word)
    for number, row in TABLE.items()
    for place, (word, _) in enumerate(wrong_ideas(row))
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for what trains networks, and for what is measured on many questions."""
    spread = pd.Series([-0.01, 0.01] * 5)

    def apart(difference: float) -> Any:
        return compare(difference + spread, pd.Series(np.zeros(10)))

    few = ["left edge", "right edge", "road centre"]
    monkeypatch.setattr(chapter01, "_alone", lambda: pd.Series(np.zeros(10)))
    monkeypatch.setattr(
        chapter01,
        "_with_task",
        lambda labels: spread + (0.04 if sum(labels[:8]) == 4 and labels[0] == labels[3] else 0),
    )
    monkeypatch.setattr(
        chapter02, "_gain", lambda tasks, *_: apart(-0.1 if sorted(tasks) == sorted(few) else 0.1)
    )
    monkeypatch.setattr(
        chapter03, "_compared", lambda n: apart((n - 200) / 100), raising=False
    )  # fmt: skip
    monkeypatch.setattr(chapter07, "_trained", lambda *_: 50.0)
    toy = toy_reading
    monkeypatch.setattr(chapter07, "toy_reading", lambda n, *a, **k: toy(min(n, 50), *a, **k))
    monkeypatch.setattr(chapter08, "FRESH", range(50, 51))
    monkeypatch.setattr(chapter09, "TRIED", 450)
    monkeypatch.setattr(chapter09, "FRESH", 30)
    monkeypatch.setattr(chapter13, "relatives_gain", lambda _, weight, *__: apart(weight / 20))


@pytest.mark.parametrize(("number", "style"), RIGHT)
def test_a_right_answer_is_right_in_any_style(number: str, style: str) -> None:
    answer = dict(styles(TABLE[number]))[style]
    for _ in range(1 if number in SLOW else 2):
        result = verdict(number, answer)
        assert result.status == Status.RIGHT, result.message


@pytest.mark.parametrize(("number", "place", "word"), WRONG)
def test_a_wrong_idea_is_told_what_differs(number: str, place: int, word: str) -> None:
    result = verdict(number, list(wrong_ideas(TABLE[number]))[place][1])
    assert result.status == Status.NOT_YET
    assert word in result.message


@pytest.mark.parametrize("number", TABLE)
def test_a_stub_is_no_attempt(number: str) -> None:
    right = TABLE[number].right
    stubs: list[Answer] = [..., None]
    if isinstance(right, dict):
        stubs += [dict.fromkeys(right, nothing) for nothing in stubs]
    elif callable(right):

        def stub(*given: Any) -> Any: ...

        stubs += [stub, lambda *given: ..., lambda *given: None]
    for answer in stubs:
        result = verdict(number, answer)
        assert (result.status, result.message) == (Status.NOT_ATTEMPTED, "")
    if isinstance(right, dict):
        key = list(right)[-1]
        assert verdict(number, {**right, key: ...}).message == f"Still open: {key}"


def test_every_exercise_has_a_row_of_five_and_five() -> None:
    assert list(TABLE) == CHECKS
    few = [n for n, row in TABLE.items() if len(row.wrong) < 5 or len(list(styles(row))) < 5]
    assert not few


@pytest.mark.parametrize("number", [n for n, row in TABLE.items() if row.kind == "asked"])
def test_arguments_that_are_to_stay_must(number: str) -> None:
    assert "changed" in verdict(number, overwriting(TABLE[number].right)).message
