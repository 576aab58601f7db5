"""mtlbook.models.reader and its parts."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from mtlbook.data.reading_batches import ReadingBatch
from mtlbook.models.attention import Answer, masked_log_softmax, masked_softmax, mean_over_steps
from mtlbook.models.networks import from_seeds
from mtlbook.models.reader import HEADS, Reader, Window

CLOSE: dict[str, Any] = {"rtol": 1e-9, "atol": 1e-11}
SMALL: dict[str, Any] = {"vocabulary": 20, "width": 4, "hidden": 6, "steps": 3}
ALL = tuple(HEADS)
LENGTHS = torch.tensor([[9, 5, 7], [3, 9, 0]])  # of two questions with up to three passages
ALL_STEPS = torch.ones(2, 1).double()


def alone(seed: int, heads: tuple[str, ...] = ALL) -> Reader:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Reader(**SMALL, heads=heads).double()


def texts(seed: int = 0, lengths: Tensor = LENGTHS, asked: int = 5) -> ReadingBatch:
    """Questions whose sentences have three words each; the answers are of no matter."""
    draw = torch.Generator().manual_seed(seed)
    b, k = lengths.shape
    n = int(lengths.max())
    question = torch.randint(1, 20, (b, asked), generator=draw)
    there = torch.arange(n) < lengths[..., None]
    passages = torch.randint(1, 20, (b, k, n), generator=draw) * there
    match = (passages[..., None] == question[:, None, None]).any(-1).double()
    sentence = torch.where(there, torch.arange(n) // 3, -1)
    members = sentence[..., None, :] == torch.arange((n + 2) // 3)[:, None]
    gold, inside = torch.zeros(b, 3, dtype=torch.long), torch.zeros(b, k, n)
    weight, keep = torch.ones(b), torch.ones(b, 1).double()
    return ReadingBatch(question, passages, match, members, gold, inside, weight, keep)


def test_probabilities_add_up_to_one_and_nothing_falls_on_a_filler() -> None:
    batch = texts()
    found = alone(0)(batch)
    there = (batch.passages > 0).flatten(1)
    for name in ("start", "end"):
        torch.testing.assert_close(found[name].exp().sum(-1), torch.ones(2).double(), **CLOSE)
        assert (found[name].exp()[~there] == 0).all()
        assert (found[name].exp()[there] > 0).all()
    torch.testing.assert_close(found["verify"].exp().sum(-1), torch.ones(2).double(), **CLOSE)
    assert found["verify"][1, 2].exp() == 0  # there is no such passage
    read = alone(0).read(batch)
    torch.testing.assert_close(
        read.attention.sum(-1), torch.ones_like(read.attention[..., 0]), **CLOSE
    )


def test_shapes() -> None:
    found = alone(0)(texts())
    shapes = {name: tuple(value.shape) for name, value in found.items()}
    assert shapes == {
        "start": (2, 27),
        "end": (2, 27),
        "word": (2, 3, 9),
        "sentence": (2, 3, 3),
        "passage": (2, 3),
        "verify": (2, 3),
    }


def test_what_fills_up_changes_nothing() -> None:
    batch, model = texts(), alone(0)
    found = model(batch)
    wider = model(
        batch._replace(
            question=functional.pad(batch.question, [0, 3]),
            passages=functional.pad(batch.passages, [0, 4, 0, 1]),
            match=functional.pad(batch.match, [0, 4, 0, 1]),
            members=functional.pad(batch.members, [0, 4, 0, 2, 0, 1]),
        )
    )
    for name in ("start", "end"):
        cut = wider[name].view(2, 4, 13)[:, :3, :9].flatten(1)
        torch.testing.assert_close(cut.exp(), found[name].exp(), **CLOSE)
    there = batch.passages > 0
    torch.testing.assert_close(wider["word"][:, :3, :9][there], found["word"][there], **CLOSE)
    real = batch.members.any(-1)
    torch.testing.assert_close(wider["sentence"][:, :3, :3][real], found["sentence"][real], **CLOSE)
    real = there.any(-1)
    for name in ("passage", "verify"):
        torch.testing.assert_close(wider[name][:, :3][real], found[name][real], **CLOSE)


def test_permuting_the_passages_permutes_what_is_found() -> None:
    batch, model, order = texts(), alone(0), torch.tensor([2, 0, 1])
    found = model(batch)
    turned = model(
        batch._replace(
            passages=batch.passages[:, order],
            match=batch.match[:, order],
            members=batch.members[:, order],
        )
    )
    for name in ("start", "end"):
        expected = found[name].view(2, 3, 9)[:, order].flatten(1)
        torch.testing.assert_close(turned[name].exp(), expected.exp(), **CLOSE)
    for name in ("word", "passage", "verify"):
        torch.testing.assert_close(turned[name], found[name][:, order], **CLOSE)


def test_a_question_does_not_depend_on_the_others_of_its_batch() -> None:
    batch = texts()
    both = alone(0)(batch)
    for b in range(2):
        single = alone(0)(ReadingBatch(*(value[b : b + 1] for value in batch)))
        for name, value in single.items():
            torch.testing.assert_close(value[0], both[name][b], **CLOSE)


def test_the_question_and_the_match_matter() -> None:
    batch, model = texts(), alone(0)
    found = model(batch)["start"]
    others = ({"question": batch.question.flip(1) + 1}, {"match": 1 - batch.match})
    for other in others:
        assert not torch.allclose(model(batch._replace(**other))["start"], found)


@pytest.mark.parametrize("reach", [1, 3])
def test_a_window_is_a_convolution(reach: int) -> None:
    window = Window(4, 5, reach).double()
    convolution = nn.Conv1d(4, 5, 3, padding=reach, dilation=reach).double()
    with torch.no_grad():
        convolution.weight.copy_(window.linear.weight.view(5, 3, 4).mT)
        convolution.bias.copy_(window.linear.bias)  # type: ignore[union-attr]
    x = torch.randn(2, 7, 4, dtype=torch.double)
    expected = torch.relu(convolution(x.mT)).mT
    torch.testing.assert_close(window(x, torch.ones(2, 7) > 0), expected, **CLOSE)


def test_the_answer_is_the_mean_over_the_steps_that_count() -> None:
    steps = [torch.randn(2, 6).double().log_softmax(-1) for _ in range(3)]
    everything = torch.stack(steps).exp().mean(0)
    torch.testing.assert_close(mean_over_steps(steps, ALL_STEPS).exp(), everything, **CLOSE)
    keep = torch.tensor([[1, 0, 1], [0, 1, 0]]).double()
    found = mean_over_steps(steps, keep).exp()
    torch.testing.assert_close(found[0], (steps[0][0].exp() + steps[2][0].exp()) / 2, **CLOSE)
    torch.testing.assert_close(found[1], steps[1][1].exp(), **CLOSE)


def test_a_step_that_is_left_out_learns_nothing() -> None:
    torch.manual_seed(0)
    answer = Answer(6, 2).double()
    words, question = torch.randn(1, 4, 6).double(), torch.randn(1, 6).double()
    mask = torch.ones(1, 4) > 0
    first = torch.tensor([[1.0, 0.0]]).double()
    two = answer(words, mask, question, first)[0]
    answer.steps = 1
    torch.testing.assert_close(two, answer(words, mask, question, ALL_STEPS)[0], **CLOSE)


def test_a_row_without_places_is_no_nonsense() -> None:
    scores, mask = torch.randn(2, 3), torch.tensor([[True, False, True], [False, False, False]])
    assert masked_softmax(scores, mask)[0, 1] == 0
    assert torch.isfinite(masked_log_softmax(scores, mask)).all()


def test_verification_sees_the_others_only() -> None:
    model = alone(0)
    single = texts(lengths=torch.tensor([[6], [4]]))
    torch.testing.assert_close(model(single)["verify"], torch.zeros(2, 1).double(), **CLOSE)
    # A passage that repeats another one supports it; the two are supported alike.
    batch = texts(lengths=torch.tensor([[6, 6, 6], [4, 4, 4]]))
    for value in (batch.passages, batch.match, batch.members):
        value[:, 1] = value[:, 0]
    found = model(batch)["verify"]
    torch.testing.assert_close(found[:, 0], found[:, 1], **CLOSE)


def test_verification_passage_by_passage() -> None:
    """The same in loops, as the paper words it: s_ij is 0 weight for i = j, else r_i . r_j."""
    model, batch = alone(0), texts(lengths=torch.tensor([[6, 4, 3]]))
    found, read = model(batch), model.read(batch)
    answers = []
    for k, n in enumerate((6, 4, 3)):
        inside = torch.sigmoid(found["word"][0, k, :n])
        answers.append((inside[:, None] * read.vectors[0, k, :n]).sum(0) / inside.sum())
    scores = []
    for i, own in enumerate(answers):
        others = [answer for j, answer in enumerate(answers) if j != i]
        weights = torch.stack([own @ other for other in others]).softmax(0)
        told = sum(weight * other for weight, other in zip(weights, others, strict=True))
        scores.append(model.heads["verify"].outer(torch.cat([own, told, own * told])))
    torch.testing.assert_close(found["verify"][0], torch.cat(scores).log_softmax(0), **CLOSE)


def test_unknown_heads_are_refused() -> None:
    with pytest.raises(ValueError, match=r"heads: \['pasage'\] names one that is not in"):
        Reader(**SMALL, heads=["pasage"])
    with pytest.raises(ValueError, match="needs the head 'word' before it"):
        Reader(**SMALL, heads=["verify"])


def test_readers_in_double_precision_are_drawn_in_it() -> None:
    """Widened single precision would keep last digits that differ between processors."""
    readers = from_seeds(lambda: Reader(**SMALL, heads=ALL), [5], torch.float64)
    assert torch.get_default_dtype() == torch.float32
    for name, p in readers.named_parameters():
        assert p.dtype == torch.float64
        assert (p != p.float().double()).any(), name
    found = readers(ReadingBatch(*(value[None] for value in texts())))
    assert {value.dtype for value in found.values()} == {torch.float64}
