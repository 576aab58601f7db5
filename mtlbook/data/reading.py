"""Questions on passages: what a corpus of reading comprehension gives, and the same as numbers."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from unicodedata import category

import numpy as np

from mtlbook.data.vocabulary import Vocabulary

# Every character that is no blank belongs to one word: a number, letters, or a single other mark.
WORD = r"\d+(?:[.,]\d+)*|[^\W\d_]+|\S"
# The same for a text with characters that join the one before.
JOINED_WORD = r"\d+(?:[.,]\d+)*[{0}]*|[^\W\d_]+(?:[{0}]+[^\W\d_]*)*|\S[{0}]*"
# Scripts without blanks between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
NO_BLANKS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
RUN = re.compile(f"[{NO_BLANKS}]{{20,}}")
"""Longer than words of these scripts are."""
SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s|$)")
JOINERS = "\u200c\u200d"
"""Invisible, within words of Indic and Arabic scripts."""
NOTHING = 0
"""The number that fills up short texts."""
SPELLINGS = 32
"""How many numbers the words outside the vocabulary share out among them."""


@dataclass(frozen=True)
class Passage:
    """A text and its words.

    Attributes:
        text: the text as it was written.
        words: its ``n`` words: numbers, runs of letters with their accents and vowel signs, and
            every other mark for itself.
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
        ValueError: if the text has no words, or is mostly in a script without blanks between
            words, such as Chinese or Thai, and has not been cut into words yet.
    """
    run = RUN.search(text)
    if run and 2 * len(re.findall(f"[{NO_BLANKS}]", text)) > len(re.findall(r"\w", text)):
        raise ValueError(
            f"expected blanks between words, found {run[0][:20]!r}; for scripts without them cut "
            "the text into words first, with a library for its language, and put blanks between"
        )
    found = list(_word(text).finditer(text))
    if not found:
        raise ValueError("a passage without words")
    places = tuple(match.span() for match in found)
    begins = [begin for begin, _ in places]
    behind = [bisect_left(begins, match.end()) for match in SENTENCE_END.finditer(text)]
    starts = sorted({0, *behind} - {len(found)})
    return Passage(text, tuple(match[0] for match in found), places, tuple(starts))


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text, as `passage` cuts them."""
    return tuple(_word(text).findall(text))


def _word(text: str) -> re.Pattern[str]:
    """Return the pattern of the words of a text, with the accents and vowel signs that it has.

    U+032F, which is used in phonetic transcription only, stays a word of its own: the recorded
    runs on SQuAD had it so, in one paragraph.
    """
    joined = [mark for mark in sorted(set(text)) if category(mark)[0] == "M" or mark in JOINERS]
    marks = "".join(joined).replace("\u032f", "")
    return re.compile(JOINED_WORD.format(marks) if marks else WORD)


class Codes:
    """Numbers for the words of a text, in lower case: 0 is no word.

    A word outside the vocabulary gets one of the numbers 1 to :data:`SPELLINGS`, by its spelling:
    a reader can tell that an unknown name in one place is the unknown name in another, or is
    not. Two names have the same number now and then. The words of the vocabulary follow, the
    most frequent first.

    Args:
        words: the text; how often each word occurs in it is kept in ``counts``.
        least: a word that occurs less often stays outside the vocabulary.
    """

    def __init__(self, words: Iterable[str], least: int = 1) -> None:
        vocabulary = Vocabulary(word.lower() for word in words)
        kept = int((vocabulary.counts[1:] >= least).sum())  # they are sorted, frequent ones first
        self.ids = {word: SPELLINGS + i for word, i in vocabulary.ids.items() if i <= kept}
        never = np.iinfo(np.int64).max // 2  # the spellings themselves need no spelling out
        self.counts = np.append(np.full(SPELLINGS + 1, never), vocabulary.counts[1 : kept + 1])
        own = [spelling(word) for word in self.ids]
        self.spellings = np.array([*range(SPELLINGS + 1), *own])

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return len(self.counts)

    def __getitem__(self, word: str) -> int:
        """Return the number of a word."""
        word = word.lower()
        return self.ids.get(word) or spelling(word)


def spelling(word: str) -> int:
    """Return the number, 1 to :data:`SPELLINGS`, that a word gets when it is unknown."""
    return 1 + zlib.crc32(word.encode("utf8")) % SPELLINGS


def all_words(questions: Iterable[Question]) -> Iterable[str]:
    """Return all words of questions and of their passages."""
    for question in questions:
        yield from question.words
        for passage in question.passages:
            yield from passage.words


@dataclass(frozen=True)
class CodedQuestions:
    """``n`` questions as numbers, with up to ``K`` passages of up to ``N`` words.

    Attributes:
        codes: what gave the numbers.
        question: numbers of the words, ``(n, Q)``; 0 fills up.
        passages: numbers of the words, ``(n, K, N)``; 0 fills up.
        match: 1 where a word of a passage occurs in the question, ``(n, K, N)``.
        sentences: the sentence of each word, counted from 0 in each passage; -1 for none.
        gold: passage, first and last word of the span to learn, ``(n, 3)``; -1 without one.
        inside: 1 where a word is part of any of the question's spans, ``(n, K, N)``.
        weight: what each question counts in training, ``(n,)``.
        lengths: of the longest passage, ``(n,)``.
        spans: all spans of each question.
    """

    codes: Codes
    question: np.ndarray
    passages: np.ndarray
    match: np.ndarray
    sentences: np.ndarray
    gold: np.ndarray
    inside: np.ndarray
    weight: np.ndarray
    lengths: np.ndarray
    spans: tuple[frozenset[tuple[int, int, int]], ...]

    def __len__(self) -> int:
        return len(self.lengths)

    def take(self, rows: np.ndarray) -> CodedQuestions:
        """Return some of the questions, in the order of the rows."""
        arrays = [f.name for f in fields(self) if f.type == "np.ndarray"]
        chosen = {name: getattr(self, name)[rows] for name in arrays}
        return replace(self, **chosen, spans=tuple(self.spans[row] for row in rows))


def encode(
    questions: Sequence[Question], codes: Codes, weights: Sequence[float] | None = None
) -> CodedQuestions:
    """Turn questions, passages and spans into numbers.

    Args:
        questions: the questions.
        codes: the numbers of the words.
        weights: what each question counts in training; 1 by default.

    Raises:
        ValueError: if there is no question, or there are more or fewer weights than questions.
    """
    if not questions:
        raise ValueError("no questions to encode")
    if weights is not None and len(weights) != len(questions):
        raise ValueError(f"{len(weights)} weights for {len(questions)} questions")
    lengths = np.array([max(len(p.words) for p in one.passages) for one in questions])
    shape = (len(questions), max(len(one.passages) for one in questions), int(lengths.max()))
    asked = np.full((shape[0], max(len(one.words) for one in questions)), NOTHING)
    passages, sentences = np.full(shape, NOTHING), np.full(shape, -1)
    match, inside = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    gold = np.full((shape[0], 3), -1)
    numbers = {word: codes[word] for word in set(all_words(questions))}
    small = {word: word.lower() for word in numbers}
    for row, one in enumerate(questions):
        asked[row, : len(one.words)] = [numbers[word] for word in one.words]
        known = {small[word] for word in one.words}
        for k, text in enumerate(one.passages):
            n = len(text.words)
            passages[row, k, :n] = [numbers[word] for word in text.words]
            match[row, k, :n] = [small[word] in known for word in text.words]
            sentences[row, k, :n] = np.searchsorted(text.sentences, np.arange(n), "right") - 1
        for span in one.spans:
            inside[row, span.passage, span.start : span.end + 1] = 1
        if one.spans:
            gold[row] = one.spans[0].passage, one.spans[0].start, one.spans[0].end
    weight = np.ones(shape[0]) if weights is None else np.asarray(weights)
    spans = tuple(frozenset((s.passage, s.start, s.end) for s in one.spans) for one in questions)
    return CodedQuestions(
        codes,
        asked,
        passages,
        match,
        sentences,
        gold,
        inside,
        weight.astype(np.float32),
        lengths,
        spans,
    )
