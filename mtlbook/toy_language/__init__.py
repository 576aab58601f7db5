"""A toy language: odd but grammatical English, written by a seeded probabilistic grammar.

Every sentence comes with the labels that its derivation gives it, so that nothing is annotated
by hand and nothing is downloaded:

- ``pos``: the part of speech, with the names of Universal Dependencies (:data:`POS`);
- ``chunk``: spans that do not nest, by the rules of CoNLL-2000 (:data:`CHUNKS`): a noun phrase
  up to its head, a verb with its auxiliaries, a preposition, a particle, a subordinator;
- ``entity``: names of persons, places and organisations, and dates (:data:`ENTITIES`);
- ``role``: who does what to whom in the main clause (:data:`ROLES`). PATIENT is what is acted
  on, moved, said or described; V is each verb of the main clause, without its auxiliaries.

The last three are written in BIO. A role begins and ends where a chunk does (V alone lies inside
one), and an entity lies inside a chunk. The productions stand in the docstrings of the modules.

Domains differ in words and in how often they use a construction:

>>> for domain in ("tale", "recipe", "log"):
...     print(readable(toy_sentences(2, domain)[1].words))
No roses had grown.
Chop the ground buns until the onions are in the tins.
Before work, every oar was lashed.

A sentence has its labels by layer:

>>> letter = toy_sentences(1, "letter")[0]
>>> print(*letter.words)
You hear the dancer 's answers at Stone Cottage .
>>> print(*letter.tags["chunk"])
B-NP B-VP B-NP I-NP B-NP I-NP B-PP B-NP I-NP O
>>> print(*letter.tags["role"])
B-AGENT B-V B-PATIENT I-PATIENT I-PATIENT I-PATIENT B-PLACE I-PLACE I-PLACE O
"""

from __future__ import annotations

from mtlbook.data.sentences import Sentence
from mtlbook.seeding import stream

POS = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "NOUN", "NUM", "PART", "PRON", "PROPN",
       "PUNCT", "SCONJ", "VERB")  # fmt: skip
CHUNKS = ("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT")
ENTITIES = ("PERSON", "PLACE", "ORG", "TIME")
ROLES = ("V", "AGENT", "PATIENT", "RECIPIENT", "ATTRIBUTE", "PLACE", "TIME", "MANNER", "CAUSE",
         "PURPOSE")  # fmt: skip


def toy_sentences(
    n: int, domain: str = "tale", seed: int = 0, per_document: int = 10
) -> list[Sentence]:
    """Write the first ``n`` sentences that a seed has in a domain.

    Each document has random numbers of its own, so more sentences never change earlier ones.
    A document prefers words that it has used before. The same arguments give the same sentences
    on every platform and with every version of Python.

    Args:
        n: how many sentences.
        domain: ``tale``, ``report``, ``letter``, ``recipe`` or ``log``. A domain has its own
            words besides those that all share, and its own frequency of each construction.
        seed: another seed gives other documents in the same language.
        per_document: sentences per document; the last one may have fewer.

    Raises:
        ValueError: if the domain is unknown, or a number is negative or zero.
    """
    # Here, because the grammar is long, and most who import this draw no sentence.
    from mtlbook.toy_language.clauses import sentence
    from mtlbook.toy_language.draw import STYLES, Draw
    from mtlbook.toy_language.words import labelled

    if domain not in STYLES:
        raise ValueError(f"domain must be one of {', '.join(STYLES)}: {domain!r}")
    if n < 1 or per_document < 1:
        raise ValueError(f"n and per_document must be positive: {n}, {per_document}")
    found = []
    for start in range(0, n, per_document):
        document = f"{domain}-{seed}-{start // per_document}"
        draw = Draw(STYLES[domain], stream("document", document))
        for _ in range(min(per_document, n - start)):
            found.append(labelled(sentence(draw), domain, document))
    return found


def readable(words: tuple[str, ...]) -> str:
    """Write the words of a sentence as one would print them."""
    text = " ".join(words)
    for mark in (" .", " ,", " ?", " 's"):
        text = text.replace(mark, mark[1:])
    return text.replace(" can not ", " cannot ")
