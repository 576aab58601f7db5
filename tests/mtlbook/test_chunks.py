"""mtlbook.data.chunks: sentences of our own with the chunks they should have, and properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlbook.data.chunks import chunk_spans
from mtlbook.data.sentences import bio_tags
from mtlbook.data.treebank import Word

XPOS = {"NOUN": "NN", "VERB": "VB", "ADJ": "JJ", "ADV": "RB", "PRON": "PRP", "PUNCT": ","}


def words(text: str) -> list[Word]:
    """A tree from `form/UPOS/head/deprel` or `form/UPOS.XPOS/head/deprel`, heads from 1, root 0."""
    found = []
    for line, part in enumerate(text.split(), 1):
        form, tag, head, deprel = part.rsplit("/", 3)
        upos, _, xpos = tag.partition(".")
        found.append(
            Word(line, form, upos, xpos or XPOS.get(upos, upos), int(head) - 1, deprel, {})
        )
    return found


def shown(tree: list[Word]) -> str:
    """The sentence with its chunks in brackets."""
    spans = chunk_spans(tree)
    starts = {span.start: f"[{span.label} " for span in spans}
    ends = {span.end - 1 for span in spans}
    return " ".join(
        starts.get(i, "") + word.form + ("]" if i in ends else "") for i, word in enumerate(tree)
    )


EXAMPLES = [
    # noun phrases
    (
        "All/DET.PDT/6/det:predet the/DET/6/det two/NUM/6/nummod very/ADV/5/advmod old/ADJ/6/amod "
        "houses/NOUN/7/nsubj sleep/VERB/0/root",
        "[NP All the two very old houses] [VP sleep]",
    ),
    (
        "the/DET/2/det dog/NOUN/5/nmod:poss 's/PART.POS/2/case long/ADJ/5/amod tail/NOUN/0/root "
        "of/ADP/8/case its/PRON.PRP$/8/nmod:poss mother/NOUN/5/nmod",
        "[NP the dog] [NP 's long tail] [PP of] [NP its mother]",
    ),
    (
        "Aunt/NOUN/2/nmod:desc Ida/PROPN/0/root Lund/PROPN/2/flat ,/PUNCT/6/punct "
        "page/NOUN/2/appos 3/NUM/5/nummod",
        "[NP Aunt Ida Lund] , [NP page 3]",
    ),
    (
        "salt/NOUN/0/root and/CCONJ/4/cc some/DET/4/det pepper/NOUN/1/conj",
        "[NP salt] and [NP some pepper]",
    ),
    (
        "salt/NOUN/3/compound and/CCONJ/3/cc pepper/NOUN/4/compound mill/NOUN/0/root",
        "[NP salt and pepper mill]",
    ),
    (
        "a/DET/4/det well/ADV/4/advmod -/PUNCT.HYPH/4/punct known/ADJ/5/amod song/NOUN/0/root",
        "[NP a well - known song]",
    ),
    (
        "at/ADP.IN/2/case Mia/PROPN/0/root 's/PART.POS/2/case",
        "[PP at] [NP Mia 's]",
    ),
    (
        "a/DET/3/det bigger/ADJ/3/amod hat/NOUN/0/root than/ADP.IN/5/case yours/PRON/2/obl",
        "[NP a bigger hat] [PP than] [NP yours]",
    ),
    ("the/DET/2/det poor/ADJ/3/nsubj wait/VERB/0/root", "[NP the poor] [VP wait]"),
    (
        "at/ADP.IN/3/case about/ADV/3/advmod ten/NUM/0/root",
        "[PP at] [NP about ten]",
    ),
    # verbs
    (
        "She/PRON/4/nsubj has/AUX/4/aux never/ADV/4/advmod wanted/VERB/0/root to/PART.TO/7/mark "
        "be/AUX/7/cop happy/ADJ/4/xcomp",
        "[NP She] [VP has never wanted to be] [ADJP happy]",
    ),
    (
        "It/PRON/5/nsubj is/AUX/5/cop n't/PART/5/advmod very/ADV/5/advmod big/ADJ/0/root",
        "[NP It] [VP is n't] [ADJP very big]",
    ),
    (
        "Is/AUX/3/aux it/PRON/3/nsubj raining/VERB.VBG/0/root ?/PUNCT/3/punct",
        "[VP Is] [NP it] [VP raining] ?",
    ),
    (
        "Tell/VERB/0/root him/PRON/1/obj to/PART.TO/4/mark go/VERB/1/xcomp away/ADV/4/advmod",
        "[VP Tell] [NP him] [VP to go] [ADVP away]",
    ),
    (
        "They/PRON/3/nsubj also/ADV/3/advmod gave/VERB/0/root up/ADP.RP/3/compound:prt",
        "[NP They] [ADVP also] [VP gave] [PRT up]",
    ),
    (
        "I/PRON/4/nsubj do/AUX/4/aux ,/PUNCT/4/punct know/VERB/0/root",
        "[NP I] [VP do , know]",
    ),
    # the small ones
    (
        "Oh/INTJ/5/discourse ,/PUNCT/1/punct if/SCONJ.IN/5/mark you/PRON/5/nsubj eat/VERB/0/root "
        "because/SCONJ.IN/8/mark of/ADP.IN/6/fixed hunger/NOUN/5/obl",
        "[INTJ Oh] , [SBAR if] [NP you] [VP eat] [SBAR because of] [NP hunger]",
    ),
    (
        "by/SCONJ.IN/2/mark running/VERB.VBG/0/root quite/ADV/4/advmod fast/ADV/2/advmod "
        "enough/ADV/4/advmod",
        "[PP by] [VP running] [ADVP quite fast enough]",
    ),
    (
        "Of/ADP.IN/3/advmod course/NOUN/1/fixed such/ADJ/0/root as/ADP.IN/5/case "
        "this/PRON.DT/3/obl",
        "[ADVP Of course] [ADJP such] [PP as] [NP this]",
    ),
]


@pytest.mark.parametrize(("tree", "expected"), EXAMPLES)
def test_a_sentence_has_the_chunks_of_the_rule(tree: str, expected: str) -> None:
    assert shown(words(tree)) == expected


RELATIONS = (
    "acl advcl advmod amod appos aux aux:pass case cc cc:preconj ccomp compound compound:prt conj "
    "cop det discourse fixed flat mark nmod nmod:poss nmod:desc nsubj nummod obj obl xcomp"
)
TAGS = (
    "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART.POS PART.TO PRON PROPN SCONJ SYM VERB VERB.VBG X"
)


@st.composite
def trees(draw: st.DrawFn) -> list[Word]:
    """Any tree with any tags and relations; punctuation has no dependents."""
    length = draw(st.integers(1, 12))
    order = draw(st.permutations(range(length)))
    punctuated = draw(st.lists(st.booleans(), min_size=length, max_size=length))
    punctuated[order[0]] = False
    heads = dict.fromkeys(range(length), -1)
    solid = [order[0]]
    for i in order[1:]:
        heads[i] = draw(st.sampled_from(solid))
        if not punctuated[i]:
            solid.append(i)
    found = []
    for i in range(length):
        if punctuated[i]:
            found.append(Word(i, ",", "PUNCT", ",", heads[i], "punct", {}))
            continue
        upos, _, xpos = draw(st.sampled_from(TAGS.split())).partition(".")
        relation = draw(st.sampled_from(RELATIONS.split())) if heads[i] >= 0 else "root"
        form = draw(st.sampled_from(["not", "also", "enough", "tin"]))
        found.append(Word(i, form, upos, xpos or XPOS.get(upos, upos), heads[i], relation, {}))
    return found


@given(trees())
def test_chunks_are_in_order_and_share_no_word(tree: list[Word]) -> None:
    spans = chunk_spans(tree)
    assert spans == sorted(spans)
    bio_tags(len(tree), spans)  # refuses what overlaps
    assert {span.label for span in spans} <= {
        "NP", "VP", "PP", "ADJP", "ADVP", "SBAR", "PRT", "INTJ"
    }  # fmt: skip


@given(trees())
def test_a_chunk_neither_begins_nor_ends_with_punctuation(tree: list[Word]) -> None:
    for span in chunk_spans(tree):
        assert tree[span.start].upos != "PUNCT"
        assert tree[span.end - 1].upos != "PUNCT"


@given(trees())
def test_every_word_but_conjunctions_and_punctuation_is_in_a_chunk(tree: list[Word]) -> None:
    covered = {i for span in chunk_spans(tree) for i in range(span.start, span.end)}
    for i, word in enumerate(tree):
        if i not in covered:
            at = word
            while at.deprel in {"fixed", "flat", "nummod", "det"}:  # these may join a conjunction
                at = tree[at.head]
            chain = {word.upos, at.upos, word.deprel, at.deprel}
            assert chain & {"PUNCT", "CCONJ", "cc", "cc:preconj"} or _under_conjunction(tree, word)


def _under_conjunction(tree: list[Word], word: Word) -> bool:
    while word.head >= 0:
        word = tree[word.head]
        if word.upos == "CCONJ" or word.deprel.startswith("cc"):
            return True
    return False


@given(trees())
def test_punctuation_has_no_part_in_the_rule(tree: list[Word]) -> None:
    kept = [i for i, word in enumerate(tree) if word.upos != "PUNCT"]
    place = {old: new for new, old in enumerate(kept)} | {-1: -1}
    bare = [
        Word(w.line, w.form, w.upos, w.xpos, place[w.head], w.deprel, {})
        for w in (tree[i] for i in kept)
    ]
    tags = bio_tags(len(tree), chunk_spans(tree))
    assert tuple(tags[i] for i in kept) == bio_tags(len(bare), chunk_spans(bare))
