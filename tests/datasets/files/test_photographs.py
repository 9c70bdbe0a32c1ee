from __future__ import annotations

import numpy as np
import pytest

from workbench.datasets.files import photographs
from workbench.datasets.files.photographs import (
    PHOTOGRAPHS,
    choose_photographs,
    random_crops,
    read_photograph,
)


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_there_in_colour(name):
    picture = read_photograph(name)
    assert picture.dtype == np.uint8 and picture.shape[2] == 3 and min(picture.shape[:2]) > 200
    assert picture.std() > 20  # no blank
    assert (picture[..., 0] != picture[..., 1]).mean() > 0.5  # no grey picture


def test_photographs_are_chosen_in_order_by_name_or_given():
    assert list(choose_photographs(None, None)) == ["flower", "china", "coffee", "cat", "rocket"]
    assert list(choose_photographs(len(PHOTOGRAPHS), None)) == list(PHOTOGRAPHS)
    assert list(choose_photographs(None, ["cat", "flower"])) == ["cat", "flower"]
    assert list(choose_photographs(1, ["cat", "flower"])) == ["cat"]
    own = {"mine": np.zeros((28, 30, 3), np.uint8)}
    assert np.array_equal(choose_photographs(1, own)["mine"], own["mine"])


def test_crops_reach_every_place_equally_and_nothing_else():
    rng = np.random.default_rng(0)
    photograph = rng.integers(0, 256, (30, 31, 3)).astype(np.uint8)
    places = {
        photograph[r : r + 28, c : c + 28].transpose(2, 0, 1).tobytes(): 0 for r in range(3) for c in range(4)
    }
    for crop in random_crops(photograph, 12_000, rng):
        places[crop.tobytes()] += 1  # a KeyError here: no crop of the photograph
    # 1,000 expected at each place, standard deviation 30.
    assert max(abs(count - 1000) for count in places.values()) < 150


@pytest.mark.parametrize(
    ("n_modalities", "chosen", "error", "match"),
    [
        (None, ["dog"], ValueError, "photographs: expected names among flower, .* got 'dog'"),
        (None, ["cat", "cat"], ValueError, "each name once"),
        (3, ["cat", "flower"], ValueError, "n_modalities: expected at most 2"),
        (len(PHOTOGRAPHS) + 1, None, ValueError, f"n_modalities: expected at most {len(PHOTOGRAPHS)}"),
        (0, None, ValueError, "n_modalities: expected at least 1, got 0"),
        (None, [], ValueError, "n_modalities: expected at least 1, got 0"),
        (2.5, None, TypeError, "n_modalities: expected an integer"),
        (None, "cat", TypeError, "photographs: expected a list of names"),
        (
            None,
            {"mine": np.zeros((28, 28), np.uint8)},
            ValueError,
            r"photographs\['mine'\]: .* got uint8 of shape \(28, 28\)",
        ),
        (None, {"mine": np.zeros((27, 40, 3), np.uint8)}, ValueError, "both sides at least 28"),
        (None, {"mine": np.zeros((40, 40, 3))}, ValueError, "got float64"),
    ],
)
def test_bad_choices_are_refused(n_modalities, chosen, error, match):
    with pytest.raises(error, match=match):
        choose_photographs(n_modalities, chosen)


@pytest.mark.parametrize(
    ("package", "file", "match"),
    [
        ("no_such_package", "a.png", "which is not installed"),
        ("skimage", "data/none.png", "this version has no such file"),
    ],
)
def test_a_photograph_that_a_package_lacks_is_named(monkeypatch, package, file, match):
    monkeypatch.setitem(PHOTOGRAPHS, "lost", (package, file))
    monkeypatch.setitem(photographs.DISTRIBUTIONS, "no_such_package", "no-such-package")
    with pytest.raises(FileNotFoundError, match=f"'lost'.*{match}"):
        read_photograph("lost")
