"""Chapter 10: networks that read GUM's unlabelled text, before or beside their labelled task."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from torch import Tensor

from mtlbook.data.gum import load_gum
from mtlbook.data.masking import Pairs, TextBatch, TextStream
from mtlbook.data.sentences import Sentence
from mtlbook.data.vocabulary import SHAPES, Encoded, Encoder, Vocabulary
from mtlbook.experiments.common.base import Config, Experiment
from mtlbook.models.pretraining import Readers, readers
from mtlbook.models.sharing import hard
from mtlbook.training.pretraining import Course, Objective, text_scores

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
OBJECTIVES: dict[str, tuple[Objective, Pairs]] = {
    "words": ("words", "next"),
    "words + next": ("words and pairs", "next"),
    "words + order": ("words and pairs", "order"),
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


def stream(objective: str, seeds: Sequence[int], size: int = SIZE) -> TextStream:
    """Return batches of the text for networks of the given seeds."""
    read, _, encoder, outputs = text()
    return _stream(read, encoder, outputs, objective, seeds, size)


def _stream(
    sentences: list[Sentence],
    encoder: Encoder,
    outputs: int,
    objective: str,
    seeds: Sequence[int],
    size: int,
) -> TextStream:
    documents = [sentence.document for sentence in sentences]
    pairs = OBJECTIVES[objective][1]
    encoded: Encoded = encoder.encode(sentences)
    return TextStream(encoded, documents, size, seeds, pairs, outputs=outputs)


def fresh(seeds: Sequence[int]) -> Readers:
    """Return networks that have read nothing."""
    tables = (*VOCABULARY, len(SHAPES))
    routes = hard(("chunk",), 1)
    return readers(seeds, tables, {"chunk": 1}, routes, text()[3], WIDTHS, HIDDEN)


@cache
def course(objective: str, seed: int) -> Course:
    """Return a network that reads, from its first update on; it is read on by ``at``."""
    kind = OBJECTIVES[objective][0]
    return Course(fresh([seed]), stream(objective, [seed]), kind, LR)


def pretrained(objective: str, steps: int, seed: int) -> dict[str, Tensor]:
    """Return the parameters of one network, ``(1, …)`` each, after so many updates."""
    found = course(objective, seed)
    for length in (*LENGTHS, steps):  # kept on the way, for other cells
        if found.steps < length <= steps:
            found.at(length)
    return found.at(steps)


@cache
def held_batches(objective: str) -> list[TextBatch]:
    """Return the pairs held out, with the same words hidden for every network."""
    _, kept, encoder, outputs = text()
    batches = _stream(kept, encoder, outputs, objective, [0], SIZE)
    return [next(batches) for _ in range(len(batches.first) // (SIZE // 2))]


def _measure(config: Config, seeds: Sequence[int]) -> np.ndarray:
    rows = []
    for seed in seeds:
        model = fresh([seed])
        model.load_state_dict(pretrained(config["objective"], config["steps"], seed))
        rows.append(text_scores(model, held_batches(config["objective"]))[0].numpy())
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


def widened(encoder: Encoder, sentences: Sequence[Sentence], tags: dict[str, tuple[str, ...]],
            ) -> Encoder:  # fmt: skip
    """Return an encoder that knows further words; known ones keep their numbers.

    Args:
        encoder: of the unlabelled text.
        sentences: the labelled ones.
        tags: the labels of each task.
    """
    found = Encoder(sentences, tags)
    found.words = _after(encoder.words, found.words)
    found.suffixes = _after(encoder.suffixes, found.suffixes)
    return found


def _after(first: Vocabulary, further: Vocabulary) -> Vocabulary:
    both = Vocabulary(())
    both.ids = dict(first.ids)
    counts = first.counts.tolist()
    for symbol, number in further.ids.items():
        if symbol in both.ids:
            counts[both.ids[symbol]] += int(further.counts[number])
        else:
            both.ids[symbol] = len(counts)
            counts.append(int(further.counts[number]))
    both.counts = np.array(counts)
    return both
