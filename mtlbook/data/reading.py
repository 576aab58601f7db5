"""Questions on passages: what a corpus of reading comprehension gives and a reader takes."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

# Every character that is no blank belongs to one word: a number, letters, or a single other mark.
WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|\S")
SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s|$)")


@dataclass(frozen=True)
class Passage:
    """A text and its words.

    Attributes:
        text: the text as it was written.
        words: its ``n`` words: numbers, runs of letters, and every other mark for itself.
        places: for each word its first character in the text, and the one behind its last.
        sentences: the index of the first word of each sentence; the first is 0.
    """

    text: str
    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    sentences: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.words)

    def cut(self, start: int, end: int) -> str:
        """Return the text from word ``start`` to word ``end``, inclusive, as it was written.

        Raises:
            ValueError: if there are no such words.
        """
        if not 0 <= start <= end < len(self.words):
            raise ValueError(f"no words {start} to {end}: the passage has {len(self.words)}")
        return self.text[self.places[start][0] : self.places[end][1]]

    def find(self, begin: int, behind: int) -> tuple[int, int]:
        """Return the first and the last word that touch ``text[begin:behind]``.

        Raises:
            ValueError: if no word does.
        """
        first = bisect_right([place[1] for place in self.places], begin)
        last = bisect_left([place[0] for place in self.places], behind) - 1
        if first > last:
            raise ValueError(f"no word between the characters {begin} and {behind}")
        return first, last


@dataclass(frozen=True)
class Span:
    """Words ``start`` to ``end``, inclusive, of one of a question's passages."""

    passage: int
    start: int
    end: int


@dataclass(frozen=True)
class Question:
    """A question, the passages to read, and its answers.

    Attributes:
        id: its name, different from that of every other question of a corpus.
        words: its words.
        passages: one passage, or as many as a search found.
        spans: where an answer stands; the first is learned from. It may be empty in a test only.
        answers: the answers that count as right, at least one.
        source: the corpus or style it comes from.
        text: the question as it was written.
        document: the text it is about; no document may be split between training and test.
        well_formed: its answer as a sentence of its own, where the corpus has such.

    Raises:
        ValueError: if words, passages or answers are missing, or a span leaves its passage.
    """

    id: str
    words: tuple[str, ...]
    passages: tuple[Passage, ...]
    spans: tuple[Span, ...]
    answers: tuple[str, ...]
    source: str
    text: str = ""
    document: str = ""
    well_formed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("words", "passages", "answers"):
            if not getattr(self, name):
                raise ValueError(f"question {self.id}: it has no {name}")
        for span in self.spans:
            if not 0 <= span.passage < len(self.passages):
                raise ValueError(f"question {self.id}: no passage {span.passage}")
            length = len(self.passages[span.passage])
            if not 0 <= span.start <= span.end < length:
                raise ValueError(
                    f"question {self.id}: a span from {span.start} to {span.end} in a passage "
                    f"of {length} words"
                )

    def cut(self, span: Span) -> str:
        """Return the text of a span, as it was written."""
        return self.passages[span.passage].cut(span.start, span.end)


def passage(text: str) -> Passage:
    """Take a text apart into words and sentences.

    A sentence ends at ``.``, ``!`` or ``?``, with the quotes and brackets closed behind it, where
    a blank or the end of the text follows. So *Dr. Lund* is cut in two; readers do not mind.

    Raises:
        ValueError: if the text has no words.
    """
    found = list(WORD.finditer(text))
    if not found:
        raise ValueError("a passage without words")
    places = tuple(match.span() for match in found)
    begins = [begin for begin, _ in places]
    behind = [bisect_left(begins, match.end()) for match in SENTENCE_END.finditer(text)]
    starts = sorted({0, *behind} - {len(found)})
    return Passage(text, tuple(match[0] for match in found), places, tuple(starts))


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, as `passage` cuts them."""
    return tuple(WORD.findall(text))
