"""Measure how fast taggers of two tasks train, as ratios: `python book/_tools/throughput.py`.

Two layers, 100 hidden units a direction, chunks and parts of speech, on the toy language and, where
`MTLBOOK_DATA` names a folder that holds `gum/`, on GUM's news. The yardstick is the regime of the
sluice networks' original code: one sentence and one task an update, with plain SGD; here with the
same network and the same features as the others.

A token counts once for each task that it teaches. Times are process times of one thread. The
regimes take turns in rounds, each for a slice of time, so that what slows the machine slows them
all; a ratio is taken within a round, and the median over the rounds is printed with its range.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mtlbook.data.batches import Stream, join
from mtlbook.data.fetch import cache_folder
from mtlbook.data.gum import load_gum
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import IGNORE, Encoded, Encoder, tag_sets
from mtlbook.models.sharing import hard
from mtlbook.models.sluice import Sluice
from mtlbook.models.tagger import Routed, Tagger
from mtlbook.toy_language import toy_sentences

TASKS = {"toy language": ("chunk", "pos"), "GUM, news": ("chunk", "xpos")}
WIDTHS = (64, 32, 8)
"""Of the vectors of words (as in the original code), suffixes and shapes."""
LAYERS = 2
BAR = 10
SLOW = "one sentence, one task"
HARD = "hard sharing, batch 64"
SLUICE = "sluice, batch 64"

Given = tuple[Tensor, Tensor, dict[str, Tensor]]
"""Features ``(B, N, 3)``, lengths ``(B,)``, and for each task the labels ``(B, N)``."""


@dataclass
class Regime:
    """A network, what it is given, and how it learns.

    Attributes:
        model: maps features and lengths to logits for each task.
        batches: endless.
        optimiser: of the model's parameters.
    """

    model: Routed
    batches: Iterator[Given]
    optimiser: torch.optim.Optimizer

    def update(self) -> int:
        """Take one step; return the labels learned from."""
        x, lengths, targets = next(self.batches)
        logits = self.model(x, lengths, list(targets))
        losses = [
            functional.cross_entropy(
                logits[task].flatten(0, -2), labels.flatten(), ignore_index=IGNORE
            )
            for task, labels in targets.items()
        ]
        self.optimiser.zero_grad()
        torch.stack(losses).sum().backward()
        self.optimiser.step()
        return int(sum((labels != IGNORE).sum() for labels in targets.values()))

    def rate(self, seconds: float) -> float:
        """Return the labels a second of process time, over at least so many seconds."""
        labels, start = 0, time.process_time()
        while True:
            labels += self.update()
            spent = time.process_time() - start
            if spent >= seconds:
                return labels / spent


def one_by_one(text: Encoded, tasks: Sequence[str]) -> Iterator[Given]:
    """Give each sentence once for each task, without end; nothing is filled up."""
    lengths = torch.from_numpy(text.lengths)
    rows = [
        (torch.from_numpy(text.x[i : i + 1, :n]), lengths[i : i + 1],
         {task: torch.from_numpy(text.targets[task][i : i + 1, :n])})
        for i, n in enumerate(text.lengths)
        for task in tasks
    ]  # fmt: skip
    while True:
        yield from rows


def batched(text: Encoded, tasks: Sequence[str], size: int) -> Iterator[Given]:
    """Give batches of sentences of like length that are labelled with all tasks."""
    for batch in Stream([text], tasks, size, [0]):
        yield batch.x[0], batch.lengths[0], {t: y[0] for t, y in batch.targets.items()}


def apart(text: Encoded, tasks: Sequence[str], size: int) -> Iterator[Given]:
    """Give batches in which each task has sentences of its own, as many as the others."""
    streams = [Stream([text], [t], size // len(tasks), [i]) for i, t in enumerate(tasks)]
    while True:
        batch = join([next(stream) for stream in streams])
        yield batch.x[0], batch.lengths[0], {t: y[0] for t, y in batch.targets.items()}


def regimes(
    sentences: Sequence[Sentence], tasks: Sequence[str], hidden: int
) -> dict[str, Callable[[], Regime]]:
    """Return what makes each regime, on the given sentences."""
    labels = tag_sets(sentences, tasks)
    encoder = Encoder(sentences, labels)
    text = encoder.encode(sentences)
    numbers = {task: len(labels[task]) for task in tasks}

    def sluice() -> Sluice:
        return Sluice(encoder.sizes, numbers, LAYERS, widths=WIDTHS, hidden=hidden)

    def tagger() -> Tagger:
        return Tagger(encoder.sizes, numbers, hard(tasks, LAYERS), WIDTHS, hidden)

    def adam(model: Routed, batches: Iterator[Given]) -> Regime:
        optimiser = torch.optim.Adam(model.parameters(), lr=0.003, fused=True)
        return Regime(model, batches, optimiser)

    def slow() -> Regime:
        model = sluice()
        sgd = torch.optim.SGD(model.parameters(), lr=0.1)
        return Regime(model, one_by_one(text, tasks), sgd)

    return {
        SLOW: slow,
        "sluice, batch 32": lambda: adam(sluice(), batched(text, tasks, 32)),
        SLUICE: lambda: adam(sluice(), batched(text, tasks, 64)),
        "sluice, 32 + 32 apart": lambda: adam(sluice(), apart(text, tasks, 64)),
        HARD: lambda: adam(tagger(), batched(text, tasks, 64)),
    }


def measure(
    made: dict[str, Callable[[], Regime]], rounds: int, seconds: float
) -> dict[str, list[float]]:
    """Return the labels a second of each regime in each round; a first round is not counted."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        running = {name: make() for name, make in made.items()}
    rates: dict[str, list[float]] = {name: [] for name in running}
    for turn in range(rounds + 1):
        for name, regime in running.items():
            rate = regime.rate(seconds)
            if turn:
                rates[name].append(rate)
    return rates


def ratio(above: Iterable[float], below: Iterable[float]) -> tuple[float, float, float]:
    """Return the median of the rounds' ratios, the lowest and the highest."""
    ratios = [a / b for a, b in zip(above, below, strict=True)]
    return statistics.median(ratios), min(ratios), max(ratios)


def report(name: str, rates: dict[str, list[float]]) -> list[str]:
    """Return the lines that say what was measured on a text."""
    lines = [f"{name}: labels a second, and how many times those of: {SLOW}"]
    for regime, found in rates.items():
        middle, low, high = ratio(found, rates[SLOW])
        speed = statistics.median(found)
        lines.append(f"  {regime:24}{speed:9,.0f}{middle:7.1f}x  ({low:.1f} to {high:.1f})")
    best = max(
        ratio(rates[arm], rates[SLOW])[0] for arm in rates if arm.startswith("sluice, batch")
    )
    cost, low, high = ratio(rates[HARD], rates[SLUICE])
    met = "met" if best >= BAR else "NOT met"
    lines.append(f"  bar of {BAR}x for the sluice tagger: {met} ({best:.1f}x)")
    lines.append(f"  a sluice update takes {cost:.1f}x a hard one's time ({low:.1f} to {high:.1f})")
    return lines


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="Measure how fast taggers of two tasks train: batches against one sentence "
        "and one task an update, and sluice networks against hard sharing. GUM's news is measured "
        "where MTLBOOK_DATA names a folder that holds gum/. Best on an idle machine."
    )
    parser.add_argument("--rounds", type=int, default=9, help="that count (default: 9)")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="of each regime in a round (default: 2)"
    )
    parser.add_argument("--hidden", type=int, default=100, help="units a direction (default: 100)")
    parser.add_argument("--sentences", type=int, default=800, help="at most (default: 800)")
    parser.add_argument("--toy", action="store_true", help="the toy language only")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.sentences < 64:
        parser.error("needs a round, and 64 sentences for a batch")
    torch.set_num_threads(1)
    texts = {"toy language": toy_sentences(options.sentences)}
    if (cache_folder() / "gum").is_dir() and not options.toy:
        texts["GUM, news"] = load_gum(["news"])[: options.sentences]
    for name, sentences in texts.items():
        made = regimes(sentences, TASKS[name], options.hidden)
        rates = measure(made, options.rounds, options.seconds)
        print("\n".join(report(name, rates)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
