"""Base phrases (chunks) from dependency trees, by one documented rule."""

from __future__ import annotations

from collections.abc import Sequence

from mtlbook.data.sentences import Span
from mtlbook.data.treebank import Word

BEFORE_NOUN = {"det", "det:predet", "amod", "nummod", "compound", "nmod:desc"}
NOT = {"not", "n't", "n’t"}
OF_THE_CLAUSE = (
    "actually again already also always ever finally here indeed instead maybe moreover never now "
    "often once perhaps probably sometimes soon still then there therefore thus today usually when "
    "where why yet"
)
CLAUSE_ADVERBS = NOT | set(OF_THE_CLAUSE.split())
"""Adverbs that speak of the clause, not of the degree of the word behind them."""
TYPES = {"VERB": "VP", "AUX": "VP", "ADV": "ADVP", "ADJ": "ADJP", "INTJ": "INTJ", "SCONJ": "SBAR"}
NOMINAL = {"nsubj", "obj", "iobj", "obl", "nmod"}


def chunk_spans(words: Sequence[Word]) -> list[Span]:
    """Cut a sentence into chunks in the manner of CoNLL-2000, from its dependencies alone.

    Every word joins the chunk of another word, or is the core of its own:

    1. What stands before a noun as determiner, adjective, number, compound or title joins it,
       with all its own dependents (*the two very old | houses*); so do possessive pronouns. The
       possessive *'s* opens the chunk of what is possessed (*the dog | 's tail*).
    2. Parts of a name (``flat``), of a fixed expression (``fixed``, ``goeswith``), and a number
       behind a noun (*page 3*) join it.
    3. Auxiliaries, copulas and the *to* of an infinitive join their verb, with *not* and the
       adverbs between them; a verb that is the ``xcomp`` of another joins that one
       (*has never wanted to be | happy*).
    4. An adverb of degree joins the adjective, adverb or number behind it (*very happy*).

    A joined group that other words interrupt is two chunks. Conjunctions (``cc``) and
    punctuation are in no chunk, save punctuation within one; otherwise punctuation has no part
    in the rule. The core decides the type: NP, VP, ADJP, ADVP, INTJ; PP is the preposition alone;
    SBAR the subordinator alone, which is PP before a participle without a subject (*by | running*);
    PRT the particle of a verb.

    Source of what a chunk is: Tjong Kim Sang and Buchholz (2000),
    https://aclanthology.org/W00-0726/. The rule from dependencies is ours.

    Args:
        words: the words of a tree (no circle of heads).

    Returns:
        Chunks in the order of the text; none shares a word with another.
    """
    rule = _Rule(words)
    spans: list[Span] = []
    before = None
    for i, word in enumerate(words):
        if _is_punctuation(word):
            continue
        core = rule.core(i)
        label = rule.label(core)
        if label and core == before:
            spans[-1] = spans[-1]._replace(end=i + 1)
        elif label:
            spans.append(Span(i, i + 1, label))
        before = core
    return spans


def _is_punctuation(word: Word) -> bool:
    return word.upos == "PUNCT" or word.deprel == "punct"


class _Rule:
    """The rule, for one sentence; words go by their position."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = words
        self.under: list[list[int]] = [[] for _ in words]
        for i, word in enumerate(words):
            if word.head >= 0:
                self.under[word.head].append(i)

    def core(self, i: int) -> int:
        """The word at the end of the chain of joins that begins at word ``i``."""
        while (joined := self.joins(i)) is not None:
            i = joined
        return i

    def joins(self, i: int) -> int | None:
        """The word whose chunk word ``i`` joins; none if it is the core of its own."""
        word = self.words[i]
        head = word.head
        if head < 0:
            return None
        owner = self.words[head]
        if word.xpos == "POS":
            return owner.head if owner.deprel == "nmod:poss" else head
        if (noun := self._modified(i)) is not None:
            return noun
        if word.deprel in {"flat", "fixed", "goeswith", "nummod", "det"}:
            return head
        if word.deprel == "nmod:poss" and word.upos == "PRON":
            return head
        verb = self._joins_verb(i)
        return self._joins_degree(i) if verb is None else verb

    def _modified(self, i: int) -> int | None:
        """The noun that word ``i`` stands before, as its modifier or as a part of one."""
        at, head = i, self.words[i].head
        while head >= 0:
            if self.words[at].deprel in BEFORE_NOUN and max(i, at) < head:
                return head
            at, head = head, self.words[head].head
        return None

    def _verb(self, predicate: int) -> int | None:
        """The verb of the clause with this predicate: the word itself, or its copula."""
        copulas = [i for i in self.under[predicate] if self.words[i].deprel == "cop"]
        if self.words[predicate].upos in {"VERB", "AUX"}:
            return predicate
        return copulas[-1] if copulas else None

    def _joins_verb(self, i: int) -> int | None:
        word, head = self.words[i], self.words[i].head
        verb = self._verb(head)
        if word.deprel == "xcomp":
            return verb if word.upos in {"VERB", "AUX"} else None
        if word.deprel == "cop" and i == verb:
            clause = self.words[head]
            return self._verb(clause.head) if clause.deprel == "xcomp" else None
        if verb is None or self._is_auxiliary(word):
            return verb
        if word.deprel != "advmod":
            return None
        first = min([k for k in self.under[head] if self._is_auxiliary(self.words[k])] + [verb])
        between = first < i < verb or (word.form.lower() in NOT and first < i)
        return verb if between else None

    @staticmethod
    def _is_auxiliary(word: Word) -> bool:
        infinitive = word.deprel == "mark" and word.xpos == "TO"
        return infinitive or word.deprel in {"aux", "aux:pass", "cop"}

    def _joins_degree(self, i: int) -> int | None:
        word, head = self.words[i], self.words[i].head
        degrees = self.words[head].upos in {"ADJ", "ADV", "NUM", "DET"}
        if word.deprel != "advmod" or word.upos == "ADP" or not degrees:  # ADP: *of course*
            return None
        form = word.form.lower()
        degree = form == "enough" if i > head else form not in CLAUSE_ADVERBS
        return head if degree else None

    def label(self, core: int) -> str | None:
        """The type of the chunk with this core; none if the word is in no chunk."""
        word = self.words[core]
        relation = word.deprel.split(":")[0]
        if relation == "cc" or word.upos in {"CCONJ", "PUNCT"}:
            return None
        if word.deprel == "compound:prt":
            return "PRT"
        if relation == "case":
            return "PP"
        if relation == "mark":
            if word.xpos == "TO":
                return "VP"
            subjects = [i for i in self.under[word.head] if "subj" in self.words[i].deprel]
            return "PP" if self.words[word.head].xpos == "VBG" and not subjects else "SBAR"
        if relation == "advmod":
            return "ADVP"
        if word.upos == "ADP":
            return "PP"
        if word.upos == "PART":
            return "VP" if word.xpos == "TO" else "NP" if word.xpos == "POS" else "ADVP"
        if word.upos == "ADJ":
            determined = any(self.words[i].deprel == "det" for i in self.under[core])
            return "NP" if determined or relation in NOMINAL else "ADJP"
        return TYPES.get(word.upos, "NP")
