"""Labelled spans of words, and how they are written as one tag per word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


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
