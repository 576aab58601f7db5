"""The forms of words (plurals, comparatives, adverbs, verb forms, *a* or *an*), and trees of words.

From a derivation, a tree of phrases and words, every layer of labels is read off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mtlbook.data.sentences import Sentence

LAYERS = ("chunk", "entity", "role")


@dataclass(frozen=True)
class Word:
    """A leaf: one token and its part of speech."""

    form: str
    pos: str


@dataclass(frozen=True)
class Phrase:
    """A node over words and phrases, which may be a span of one layer or of several.

    Attributes:
        parts: what it is made of, from left to right.
        chunk: its chunk type, or "" if it is no chunk.
        entity: its entity type, or "".
        role: its semantic role, or "". Roles below a role belong to other verbs and are not read.
    """

    parts: tuple[Part, ...]
    chunk: str = ""
    entity: str = ""
    role: str = ""


Part = Word | Phrase


def leaves(part: Part) -> Iterator[Word]:
    """Yield the words from left to right."""
    if isinstance(part, Word):
        yield part
    else:
        for child in part.parts:
            yield from leaves(child)


def spans(part: Part, layer: str) -> Iterator[tuple[str, int]]:
    """Yield the outermost spans of a layer as (type, length); words outside are ``("", 1)``."""
    kind = "" if isinstance(part, Word) else getattr(part, layer)
    if kind or isinstance(part, Word):
        yield kind, sum(1 for _ in leaves(part))
    else:
        for child in part.parts:
            yield from spans(child, layer)


def bio(part: Part, layer: str) -> tuple[str, ...]:
    """Write the outermost spans of a layer in BIO: B-X begins a span, I-X goes on, O is outside."""
    tags: list[str] = []
    for kind, length in spans(part, layer):
        tags += [f"B-{kind}", *[f"I-{kind}"] * (length - 1)] if kind else ["O"]
    return tuple(tags)


def labelled(tree: Phrase, domain: str, document: str) -> Sentence:
    """Read a sentence and all its labels off a derivation."""
    tokens = list(leaves(tree))
    forms = [word.form for word in tokens]
    forms[0] = forms[0][0].upper() + forms[0][1:]
    tags = {"pos": tuple(word.pos for word in tokens)}
    tags |= {layer: bio(tree, layer) for layer in LAYERS}
    return Sentence(tuple(forms), tags, domain, document)


def words(forms: str, pos: str) -> tuple[Part, ...]:
    """Make words of one part of speech from a text with spaces."""
    return tuple(Word(form, pos) for form in forms.split())


def chunk(kind: str, *parts: Part) -> Phrase:
    """Make a chunk."""
    return Phrase(parts, chunk=kind)


def role(kind: str, parts: Sequence[Part]) -> Phrase:
    """Make the span of a semantic role."""
    return Phrase(tuple(parts), role=kind)


VOWELS = "aeiou"
SOUNDS_LIKE_A_CONSONANT = ("one", "use", "uni")
# present by person: first, second, third singular; plural; past singular, plural
IRREGULAR = {
    "be": ("am", "are", "is", "are", "was", "were", "been", "being"),
    "have": ("have", "have", "has", "have", "had", "had", "had", "having"),
    "do": ("do", "do", "does", "do", "did", "did", "done", "doing"),
}


def sibilant(stem: str) -> bool:
    """Whether -s is written -es after this stem."""
    return stem.endswith(("s", "x", "z", "ch", "sh"))


def add_s(stem: str) -> str:
    """Write the plural of a noun or the third person singular of a verb."""
    if stem.endswith("y") and stem[-2] not in VOWELS:
        return stem[:-1] + "ies"
    return stem + ("es" if sibilant(stem) or stem.endswith(("go", "to")) else "s")


def add_vowel(entry: str, ending: str) -> str:
    """Add -ed, -er or -ing to a word of the lexicon; ``stop+`` doubles its last letter."""
    stem = entry.rstrip("+")
    if entry.endswith("+"):
        return stem + stem[-1] + ending
    if ending == "ing":
        if stem.endswith("ie"):
            return stem[:-2] + "ying"
        silent = stem.endswith("e") and not stem.endswith(("ee", "oe", "ye"))
        return (stem[:-1] if silent else stem) + ending
    if stem.endswith("e"):
        return stem + ending[1:]
    if stem.endswith("y") and stem[-2] not in VOWELS:
        return stem[:-1] + "i" + ending
    return stem + ending


def lemma(entry: str) -> str:
    """Return the word an entry of the lexicon is looked up under, without its particle."""
    return entry.split("|")[0].rstrip("+=").split("_")[0]


def plural(entry: str) -> str:
    """Return the plural of a noun."""
    _, _, irregular = entry.partition("|")
    return irregular or add_s(entry)


def adverb(entry: str) -> str:
    """Return the adverb of an adjective: slow, slowly; ``fast=`` stays as it is."""
    if entry.endswith("="):
        return entry[:-1]
    if entry.endswith("le") and entry[-3] not in VOWELS:
        return entry[:-1] + "y"
    if entry.endswith("y") and len(entry) > 3:
        return entry[:-1] + "ily"
    return entry + ("y" if entry.endswith("ll") else "ly")


def comparative(entry: str) -> str | None:
    """Return the comparative of a short adjective; None if it would take *more*."""
    stem = lemma(entry)
    irregular = {"good": "better", "bad": "worse", "ill": "worse", "well": "better"}
    if stem in irregular:
        return irregular[stem]
    short = sum(letter in VOWELS for letter in stem.rstrip("e")) < 2 or stem.endswith("y")
    if not short or stem.endswith(("ed", "en", "st", "ng")) or len(stem) > 6:
        return None
    return add_vowel(entry, "er")


def conjugate(entry: str, form: str, person: int = 3, many: bool = False) -> str:
    """Return a form of a verb.

    Args:
        entry: the verb as the lexicon writes it.
        form: ``base``, ``present``, ``past``, ``participle`` or ``ing``.
        person: 1, 2 or 3; only the finite forms need it.
        many: whether the subject is plural.
    """
    head = entry.split("_")[0]
    past = participle = ""
    if "|" in head:
        head, past, participle = head.split("|")
    base = head.rstrip("+")
    if base in IRREGULAR:
        forms = IRREGULAR[base]
        plural_subject = many or person == 2
        if form == "present":
            return forms[3 if many else person - 1]
        named = {"base": base, "participle": forms[6], "ing": forms[7]}
        return named.get(form) or forms[5 if plural_subject else 4]
    if form == "base" or (form == "present" and (many or person < 3)):
        return base
    if form == "present":
        return add_s(base)
    if form == "ing":
        return add_vowel(head, "ing")
    regular = add_vowel(head, "ed")
    return (past or regular) if form == "past" else (participle or regular)


def article(following: str) -> str:
    """Return *a* or *an*, by the sound that the next word begins with."""
    word = following.lower()
    silent_h = word.startswith(("hour", "honest", "honour"))
    vowel = word[0] in VOWELS and not word.startswith(SOUNDS_LIKE_A_CONSONANT)
    return "an" if vowel or silent_h else "a"
