"""Chapter 10: networks that read GUM's unlabelled text, before or beside their labelled task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import islice

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer

from mtlbook.data.gum import load_gum
from mtlbook.data.masking import Pairs, TextBatch, TextStream
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import SHAPES, Encoder
from mtlbook.models.networks import Networks, from_seeds
from mtlbook.models.pretraining import TextReader, text_losses, text_scores, word_losses
from mtlbook.runs.base import Config, Experiment
from mtlbook.training.loop import adam, fit

GENRES = ("conversation", "court", "interview", "speech", "textbook", "vlog")
"""Genres of the unlabelled text; nothing is labelled, tested or tuned on in them."""
OFTEN = 2
"""Only words that the text has at least twice are to be found."""
HELD = 10
"""Every tenth document is held out."""
VOCABULARY = (9500, 2300)
"""Rows of the tables of words and of suffixes: the text's, and those of labelled sentences."""
SIZE, LR = 32, 0.005
HIDDEN, WIDTHS = 64, (48, 16, 4)
LENGTHS = (100, 300, 600, 1000, 2000)
OBJECTIVES: dict[str, tuple[Callable[[TextReader, TextBatch], dict[str, Tensor]], Pairs]] = {
    "words": (word_losses, "next"),
    "words + next": (text_losses, "next"),
    "words + order": (text_losses, "order"),
}
"""What a network is asked of its text. The batches of the first two are the same."""
SHORT = 1000
"""Updates after which the objectives are compared."""


@cache
def text() -> tuple[list[Sentence], list[Sentence], Encoder, int]:
    """Return the text, what is held out of it, its encoder, and how many words can be found."""
    sentences = load_gum(GENRES)
    documents = sorted({sentence.document for sentence in sentences})
    held = set(documents[::HELD])
    read = [sentence for sentence in sentences if sentence.document not in held]
    kept = [sentence for sentence in sentences if sentence.document in held]
    encoder = Encoder(read, {})
    return read, kept, encoder, int((encoder.words.counts >= OFTEN).sum())


def stream(
    objective: str, seeds: Sequence[int], size: int = SIZE, held: bool = False
) -> TextStream:
    """Return batches of the text, or of what is held out, for networks of the given seeds."""
    read, kept, encoder, outputs = text()
    sentences = kept if held else read
    documents = [sentence.document for sentence in sentences]
    pairs = OBJECTIVES[objective][1]
    return TextStream(encoder.encode(sentences), documents, size, seeds, pairs, outputs=outputs)


def readers(seeds: Sequence[int], labels: Mapping[str, int]) -> Networks:
    """Return networks that have read nothing."""

    def build() -> TextReader:
        reader = TextReader((*VOCABULARY, len(SHAPES)), labels, text()[3], WIDTHS, HIDDEN)
        # The heads for text start alike, however many labels there are.
        torch.manual_seed(torch.initial_seed() + 1_000_000)
        reader.to_vector.reset_parameters()
        reader.pair.reset_parameters()
        return reader

    return from_seeds(build, seeds)


@cache
def _course(
    objective: str, seed: int
) -> tuple[Networks, TextStream, Optimizer, dict[int, dict[str, Tensor]]]:
    """Return a network, its text, its optimiser, and what it was after numbers of updates."""
    network = readers([seed], {"chunk": 1})
    found = {0: network[0].state_dict()}
    return network, stream(objective, [seed]), adam(network, LR), found


def pretrained(objective: str, steps: int, seed: int) -> dict[str, Tensor]:
    """Return the parameters of one network after so many updates.

    It goes on where it was when it was last asked for.

    Raises:
        KeyError: if it is beyond, and was not kept on its way.
    """
    network, batches, optimiser, found = _course(objective, seed)
    for length in sorted({*LENGTHS, steps}):  # kept on the way, for other cells
        done = max(found)
        if done < length <= steps:
            fit(network, islice(batches, length - done), OBJECTIVES[objective][0], optimiser)
            found[length] = network[0].state_dict()
    return found[steps]


@cache
def held_batches(objective: str) -> list[TextBatch]:
    """Return the pairs held out, with the same words hidden for every network."""
    batches = stream(objective, [0], held=True)
    return [next(batches) for _ in range(len(batches.first) // (SIZE // 2))]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    rows = []
    for seed in seeds:
        network = readers([seed], {"chunk": 1})[0]
        network.load_state_dict(pretrained(config["objective"], config["steps"], seed))
        rows.append(text_scores(Networks([network]), held_batches(config["objective"]))[0].numpy())
    return np.stack(rows) * (1, 100, 100)


GUM_TEXT = Experiment(
    name="gum-text",
    question="What do networks learn that read GUM's text, and after how many updates?",
    data="UD English-GUM, commit afb41ee: " + ", ".join(GENRES),
    score="on documents held out: loss in nats of hidden words, their accuracy and that of pairs, "
    "in per cent",
    configs=[
        *({"objective": "words", "steps": steps} for steps in (0, *LENGTHS)),
        *({"objective": name, "steps": SHORT} for name in list(OBJECTIVES)[1:]),
    ],
    seeds=range(5),
    measure=_measure,
    cheap={"objective": "words", "steps": 0},
    columns=("loss", "words", "pairs"),
    block=1,
    corpus="gum",
)
