"""ROUGE-L and BLEU-1: how much a written answer has in common with reference answers.

MS MARCO is scored by the ROUGE-L and BLEU of the COCO caption evaluation. Other libraries differ:
``rouge-score`` weighs precision and recall alike, COCO's ROUGE-L weighs recall with β = 1.2.
`rouge_l` and `bleu_1` compute the same in a few lines, so that a chapter needs nothing more;
`marco_scores` calls the scorer itself, and the tests hold them equal.

Texts are compared word by word. MS MARCO's script lets spaCy cut the words and lowers them; here
they are cut by `mtlbook.data.reading.words_of`, so published figures may differ a little.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from mtlbook.data.reading import words_of

BETA = 1.2
TINY, SMALL = 1e-15, 1e-9  # the scorer's guards against 0 / 0 and log 0


def _cut(text: str) -> list[str]:
    # The scorer splits at blanks, and finds one empty word in an empty text.
    return [word.lower() for word in words_of(text)] or [""]


def common_length(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for word in a:
        above, row = row, [0]
        for j, other in enumerate(b):
            row.append(above[j] + 1 if word == other else max(above[j + 1], row[j]))
    return row[-1]


def rouge_l(prediction: str, references: Sequence[str]) -> float:
    """Return ROUGE-L of one text, between 0 and 1.

    With ``L`` the longest common subsequence, precision is ``L`` over the prediction's length and
    recall ``L`` over the reference's. Each is taken at its best over the references, and ROUGE-L
    is ``(1 + β²) P R / (R + β² P)`` with β = 1.2.

    Raises:
        ValueError: if there is no reference.

    Source: Lin (2004), https://aclanthology.org/W04-1013, as the COCO caption evaluation has it
    """
    _check(references)
    found = _cut(prediction)
    wanted = [_cut(reference) for reference in references]
    common = [common_length(found, words) for words in wanted]
    precision = max(common) / len(found)
    recall = max(c / len(words) for c, words in zip(common, wanted, strict=True))
    if not precision:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def mean_rouge_l(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return the mean ROUGE-L of a corpus.

    Raises:
        ValueError: if there is no text, or numbers disagree.
    """
    _check_corpus(predictions, references)
    return fmean(map(rouge_l, predictions, references))


def bleu_1(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Return BLEU-1 of a corpus, between 0 and 1.

    The share of predicted words that stand in a reference, each counted at most as often as in
    one of the references; over all texts together, so it is no mean of scores. Where predictions
    are shorter than the references, it is multiplied by ``exp(1 - wanted / found)``: lengths are
    summed over the corpus, and of several references the one of the closest length counts.

    Raises:
        ValueError: if there is no text, or numbers disagree.

    Source: Papineni et al. (2002), https://aclanthology.org/P02-1040
    """
    _check_corpus(predictions, references)
    right = found = wanted = 0
    for prediction, texts in zip(predictions, references, strict=True):
        words, others = _bleu_cut(prediction), [_bleu_cut(text) for text in texts]
        most: Counter[str] = Counter()
        for other in others:
            most |= Counter(other)
        right += sum((Counter(words) & most).values())
        found += len(words)
        wanted += min((abs(len(other) - len(words)), len(other)) for other in others)[1]
    score = (right + TINY) / (found + SMALL)
    ratio = (found + TINY) / (wanted + SMALL)
    return score * math.exp(1 - 1 / ratio) if ratio < 1 else score


def _bleu_cut(text: str) -> list[str]:
    return [word.lower() for word in words_of(text)]


def marco_scores(
    predictions: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[float, float]:
    """Return ROUGE-L and BLEU-1 of a corpus from the COCO caption evaluation itself.

    Raises:
        ImportError: if ``pycocoevalcap`` is not installed: 105 MB, for the sake of scorers in
            Java that are not used here. ``pip install mtlbook[marco]`` installs it.
        ValueError: if there is no text, or numbers disagree.
    """
    _check_corpus(predictions, references)
    try:
        from pycocoevalcap.bleu.bleu import Bleu
        from pycocoevalcap.rouge.rouge import Rouge
    except ImportError:
        raise ImportError(
            "marco_scores needs pycocoevalcap: pip install 'mtlbook[marco]'; rouge_l and bleu_1 "
            "compute the same without it"
        ) from None
    found = {i: [" ".join(_bleu_cut(text))] for i, text in enumerate(predictions)}
    wanted = {i: [" ".join(_bleu_cut(t)) for t in texts] for i, texts in enumerate(references)}
    bleu, _ = Bleu(1).compute_score(wanted, found, verbose=0)
    rouge, _ = Rouge().compute_score(wanted, found)
    return float(rouge), float(bleu[0])


def _check(references: Sequence[str]) -> None:
    if isinstance(references, str) or not references:
        raise ValueError(f"references must be a list of one text at least: {references!r}")


def _check_corpus(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    if not predictions or len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} texts")
    for texts in references:
        _check(texts)
