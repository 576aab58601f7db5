"""A sentence with its labels, what every corpus gives and every tagger takes; spans as tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Sentence:
    """Words, and the labels of every task on them.

    Attributes:
        words: the ``n`` tokens.
        tags: for each task that labels words, its ``n`` labels; spans are written in BIO.
        labels: for each task that labels whole sentences, its label.
        domain: the genre or style the sentence belongs to.
        document: the text it was taken from; no document may be split between training and test.

    Raises:
        ValueError: if there is no word, or if a task does not have one label per word.
    """

    words: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    domain: str
    document: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.words:
            raise ValueError(f"{self.document}: a sentence without words")
        for task, tags in self.tags.items():
            if len(tags) != len(self.words):
                raise ValueError(
                    f"{self.document}: {len(tags)} {task} labels for {len(self.words)} words"
                )

    def __len__(self) -> int:
        return len(self.words)


class Span(NamedTuple):
    """Words ``start`` to ``end - 1``, counted from 0, with a label."""

    start: int
    end: int
    label: str


def outermost(spans: Iterable[Span]) -> list[Span]:
    """Return the spans that lie in no other one, in the order of the text.

    Of two with the same words the first given counts; of two that cross, the one that begins first.
    """
    kept: list[Span] = []
    reach = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        in_another = span.end <= reach  # of one that began before it, or with it and is longer
        reach = max(reach, span.end)
        if not in_another and (not kept or span.start >= kept[-1].end):
            kept.append(span)
    return kept


def bio_tags(length: int, spans: Iterable[Span]) -> tuple[str, ...]:
    """Write spans in BIO: ``B-label`` on the first word, ``I-label`` on the rest, else ``O``.

    Raises:
        ValueError: if a span is empty, leaves the sentence or shares a word with another.
    """
    tags = ["O"] * length
    for start, end, label in spans:
        if not 0 <= start < end <= length:
            raise ValueError(f"no span of {length} words: {start} to {end}")
        if tags[start:end] != ["O"] * (end - start):
            raise ValueError(f"words {start} to {end} are in two spans")
        tags[start:end] = [f"B-{label}"] + [f"I-{label}"] * (end - start - 1)
    return tuple(tags)
