"""mtlbook.data.digit_pairs: every picture taken apart again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from mtlbook.data import digit_pairs as module
from mtlbook.data.digit_pairs import digit_pairs

IMAGES, LABELS = load_digits(return_X_y=True)
IMAGES = IMAGES.reshape(-1, 8, 8) / 16


def draw(*sizes: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    return digit_pairs(sizes, np.random.default_rng(seed))


def candidates(picture: np.ndarray, corner: str) -> list[int]:
    """The handwritten digits that look like this where the other one cannot hide them."""
    seen = np.ones((8, 8), dtype=bool)
    if corner == "left":
        digit = picture[:8, :8]
        seen[3:, 3:] = False
    else:
        digit = picture[3:, 3:]
        seen[:5, :5] = False
    return np.flatnonzero((IMAGES[:, seen] == digit[seen]).all(axis=1)).tolist()


def overlay(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Both digits, pixel by pixel, the brighter one in front."""
    picture = np.zeros((11, 11))
    for row in range(11):
        for column in range(11):
            if row < 8 and column < 8:
                picture[row, column] = left[row, column]
            if row >= 3 and column >= 3:
                picture[row, column] = max(picture[row, column], right[row - 3, column - 3])
    return picture


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the label of each handwritten digit, its number."""
    images, labels = load_digits(return_X_y=True)
    monkeypatch.setattr(module, "load_digits", lambda return_X_y: (images, np.arange(len(labels))))


def test_a_set_has_its_number_of_pictures_between_0_and_1() -> None:
    sets = draw(30, 1, 12)
    assert [(x.shape, y.shape) for x, y in sets] == [((n, 121), (n, 2)) for n in (30, 1, 12)]
    for x, _ in sets:
        assert x.min() == 0
        assert x.max() <= 1
    assert sets[0][0].max() == 1


@pytest.mark.usefixtures("numbered")
def test_a_picture_is_two_digits_with_the_brighter_pixel_in_front() -> None:
    for pictures, digits in draw(20, 10):
        for picture, (left, right) in zip(pictures.reshape(-1, 11, 11), digits, strict=True):
            assert picture.tolist() == overlay(IMAGES[left], IMAGES[right]).tolist()


def test_the_labels_are_those_of_the_two_digits() -> None:
    for pictures, digits in draw(20, 10):
        assert set(digits.ravel().tolist()) <= set(range(10))
        for picture, labels in zip(pictures.reshape(-1, 11, 11), digits, strict=True):
            for corner, label in zip(("left", "right"), labels, strict=True):
                assert label in LABELS[candidates(picture, corner)]


@pytest.mark.usefixtures("numbered")
@settings(max_examples=20)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=4), st.integers(0, 99))
def test_no_digit_is_in_two_sets(sizes: list[int], seed: int) -> None:
    used = [set(digits.ravel().tolist()) for _, digits in draw(*sizes, seed=seed)]
    assert sum(map(len, used)) == len(set().union(*used))


@pytest.mark.usefixtures("numbered")
def test_digits_are_dealt_out_in_proportion() -> None:
    """In many draws every digit of a set's share turns up, and no other."""
    used = [set(digits.ravel().tolist()) for _, digits in draw(20_000, 40_000)]
    assert [len(numbers) for numbers in used] == [599, 1198]  # of 1,797


@pytest.mark.usefixtures("numbered")
def test_digits_are_dealt_out_and_paired_at_random() -> None:
    ((_, digits), (_, others)) = draw(500, 500)
    left, right = digits.T
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.15
    assert (left != right).mean() > 0.9
    for numbers in (left, right, others[:, 0]):  # not the first of the file, nor the last
        assert abs(numbers.mean() / 898 - 1) < 0.15


def test_the_same_seed_draws_the_same_pairs() -> None:
    one, same, other = (draw(20, 10, seed=seed) for seed in (3, 3, 4))
    for (x, y), (x_same, y_same), (x_other, _) in zip(one, same, other, strict=True):
        assert x.tolist() == x_same.tolist()
        assert y.tolist() == y_same.tolist()
        assert x.tolist() != x_other.tolist()


@pytest.mark.parametrize("sizes", [(10, 0), (-1, 10), (1, 5000)], ids=str)
def test_a_set_without_a_pair_or_a_digit_is_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"each set needs a pair|too few for sets"):
        draw(*sizes)
