"""A sentence with its labels: what every corpus gives and every tagger takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
