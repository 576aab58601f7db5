"""How well questions are answered: exact match, F1, ROUGE-L and BLEU-1, and votes.

Exact match and F1 are those of SQuAD's official scorer. Votes are among the answers that several
passages give to one question; nothing is learned.

MS MARCO is scored by the ROUGE-L and BLEU of the COCO caption evaluation. Other libraries differ:
``rouge-score`` weighs precision and recall alike, COCO's ROUGE-L weighs recall with β = 1.2.
`rouge_l` and `bleu_1` compute the same in a few lines, so that a chapter needs nothing more;
`marco_scores` calls the scorer itself, and the tests hold them equal.

Texts are compared word by word. MS MARCO's script lets spaCy cut the words and lowers them; here
they are cut by `mtlbook.data.reading.words_of`, so published figures may differ a little.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from mtlbook.data.reading import words_of

ARTICLES = re.compile(r"\b(a|an|the)\b")
NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
BETA = 1.2
TINY, SMALL = 1e-15, 1e-9  # the scorer's guards against 0 / 0 and log 0


def normalised(answer: str) -> str:
    """Return what of an answer is compared.

    In this order: small letters; without the 32 ASCII marks of punctuation, which may join words
    (*well-known* becomes *wellknown*); without *a*, *an*, *the*; single blanks between words.
    """
    text = answer.lower().translate(NO_PUNCTUATION)
    return " ".join(ARTICLES.sub(" ", text).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """Return 1 if the prediction is one of the answers once both are normalised, else 0.

    Raises:
        ValueError: if there is no answer.
    """
    _check(answers)
    found = normalised(prediction)
    return float(any(found == normalised(answer) for answer in answers))


def f1(prediction: str, answers: Sequence[str]) -> float:
    """Return the F1 of the prediction's words against the answer that is closest to it.

    Words are those of the normalised texts; a word counts as often as it stands in both. Without
    a common word F1 is 0, even if both texts have no words left.

    Raises:
        ValueError: if there is no answer.

    Source: Rajpurkar et al. (2016), section 6.1, and the scorer of SQuAD 1.1
    """
    _check(answers)
    return max(_f1(normalised(prediction).split(), normalised(a).split()) for a in answers)


def _f1(found: list[str], wanted: list[str]) -> float:
    common = sum((Counter(found) & Counter(wanted)).values())
    if not common:
        return 0.0
    precision, recall = common / len(found), common / len(wanted)
    return 2 * precision * recall / (precision + recall)


def mean_scores(
    predictions: Sequence[str], answers: Sequence[Sequence[str]]
) -> tuple[float, float]:
    """Return the mean exact match and the mean F1 of a corpus, each between 0 and 1.

    Args:
        predictions: for each question what was answered; ``""`` for a question left out.
        answers: for each question its acceptable answers.

    Raises:
        ValueError: if there is no question, or numbers disagree.
    """
    if not predictions or len(predictions) != len(answers):
        raise ValueError(f"{len(predictions)} predictions for {len(answers)} questions")
    pairs = list(zip(predictions, answers, strict=True))
    return fmean(exact_match(*pair) for pair in pairs), fmean(f1(*pair) for pair in pairs)


def count_vote(answers: Sequence[str], scores: Sequence[float]) -> int:
    """Return the place of the answer that most passages give; of a tie, the best score decides.

    Answers count as the same once they are normalised. Of the places where the answer stands,
    the one with the best score is returned.

    Args:
        answers: each passage's answer.
        scores: the logarithm of its score.

    Raises:
        ValueError: if there is no answer, or numbers disagree.
    """
    _check_votes(answers, scores)
    same = [normalised(answer) for answer in answers]
    return max(range(len(same)), key=lambda k: (same.count(same[k]), scores[k]))


def weighted_vote(answers: Sequence[str], scores: Sequence[float]) -> int:
    """Return the place of the answer with the highest sum of scores, each ``exp`` of its logarithm.

    Arguments, errors and the choice among places are those of :func:`count_vote`.
    """
    _check_votes(answers, scores)
    same, top = [normalised(answer) for answer in answers], max(scores)
    weights = [math.exp(score - top) for score in scores]  # relative to the best: no underflow

    def total(k: int) -> float:
        return sum(w for w, other in zip(weights, same, strict=True) if other == same[k])

    return max(range(len(same)), key=lambda k: (total(k), scores[k]))


def _check_votes(answers: Sequence[str], scores: Sequence[float]) -> None:
    if not answers or len(answers) != len(scores):
        raise ValueError(f"{len(answers)} answers with {len(scores)} scores")


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


def _check(texts: Sequence[str]) -> None:
    if isinstance(texts, str) or not texts:
        raise ValueError(f"expected a list of one text at least: {texts!r}")


def _check_corpus(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    if not predictions or len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} texts")
    for texts in references:
        _check(texts)
