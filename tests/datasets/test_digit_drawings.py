from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import center_of_mass, zoom
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from workbench.datasets.checks import checked_count, checked_number, stream
from workbench.datasets.digits import Drawings, embedded_drawings, split_by_class


@pytest.mark.slow
def test_the_splits_hold_every_drawing_once_and_every_class_in_its_share():
    splits = embedded_drawings(seed=3)
    raw = load_digits()
    found = sorted(
        (int(label), s.tobytes())
        for d in splits.values()
        for s, label in zip(d.strokes, d.labels, strict=True)
    )
    # Every drawing enlarged on its own, by the plain call.
    enlarged = [zoom(i / 16, 12, order=3, mode="grid-constant", grid_mode=True) > 0.49 for i in raw.images]
    expected = sorted(
        (int(label), np.pad(e, 8).tobytes()) for e, label in zip(enlarged, raw.target, strict=True)
    )
    assert found == expected
    for name, share in (("train", 0.7), ("validation", 0.1), ("test", 0.2)):
        counts = np.bincount(splits[name].labels, minlength=10) / np.bincount(raw.target)
        assert np.abs(counts - share).max() < 0.01


def test_the_seed_chooses_the_split():
    first, again, other = (embedded_drawings(seed)["test"] for seed in (0, 0, 1))
    assert np.array_equal(first.strokes, again.strokes)
    assert not np.array_equal(first.strokes, other.strokes)


def test_moved_pictures_are_told_apart_by_their_nearest_neighbour():
    splits = embedded_drawings()
    train, test = splits["train"], splits["test"]
    rng = np.random.default_rng(0)
    which = rng.integers(len(train), size=4000)
    reader = KNeighborsClassifier(1).fit(train.pictures(which, rng).reshape(4000, -1), train.labels[which])
    seen = test.pictures(np.arange(len(test)), rng).reshape(len(test), -1)
    assert reader.score(seen, test.labels) > 0.85


def test_moves_are_small_fresh_and_centred():
    drawings = embedded_drawings()["train"]
    which = np.zeros(3000, np.int64)
    moved = drawings.pictures(which, np.random.default_rng(0))
    still = drawings.strokes[0].reshape(28, 4, 28, 4).mean((1, 3))
    assert len(np.unique(moved.reshape(3000, -1), axis=0)) > 2500
    # On average a move is none: the mean picture has the drawing's centre and, up to its spread, its ink.
    assert np.allclose(center_of_mass(moved.mean(0)), center_of_mass(still), atol=0.2)
    assert moved.sum((1, 2)).mean() == pytest.approx(still.sum(), rel=0.05)


def test_pictures_do_not_depend_on_how_many_are_drawn_at_once(monkeypatch):
    drawings = embedded_drawings()["validation"]
    which = np.arange(50)
    whole = drawings.pictures(which, np.random.default_rng(0))
    monkeypatch.setattr("workbench.datasets.digits.CHUNK", 7)
    assert np.array_equal(drawings.pictures(which, np.random.default_rng(0)), whole)


def test_drawings_that_do_not_move_are_shown_as_they_are():
    strokes = np.random.default_rng(0).random((5, 28, 28)) > 0.5
    drawings = Drawings(strokes, np.arange(5), jitter=False)
    assert np.array_equal(drawings.pictures(np.array([4, 1]), np.random.default_rng(0)), strokes[[4, 1]])


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.integers(0, 100))
def test_a_split_by_class_is_a_partition_in_the_right_proportions(labels, seed):
    labels = np.array(labels)
    parts = split_by_class(labels, {"a": 0.5, "b": 0.25, "c": 0.25}, np.random.default_rng(seed))
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(labels)))
    for name, share in (("a", 0.5), ("b", 0.25), ("c", 0.25)):
        for label in np.unique(labels):
            assert abs((labels[parts[name]] == label).sum() - share * (labels == label).sum()) <= 1


def test_named_streams_are_repeatable_and_different():
    draws = {
        names: stream(*names).random() for names in [(0, "a"), (1, "a"), (0, "b"), (0, "a", 1), (0, "a", 2)]
    }
    assert len(set(draws.values())) == 5
    assert stream(0, "a").random() == draws[0, "a"]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: checked_count("n", 0), ValueError, "n: expected at least 1, got 0"),
        (lambda: checked_count("n", 2.0), TypeError, "n: expected an integer, got 2.0"),
        (lambda: checked_count("n", True), TypeError, "n: expected an integer, got True"),
        (lambda: checked_number("rate", "0.5"), TypeError, "rate: expected a number, got '0.5'"),
        (lambda: checked_number("rate", False), TypeError, "rate: expected a number, got False"),
        (lambda: stream(-1), ValueError, "seed: expected at least 0, got -1"),
        (lambda: stream(None), TypeError, "seed: expected an integer, got None"),
    ],
)
def test_checks_name_what_came_and_what_was_expected(call, error, match):
    with pytest.raises(error, match=match):
        call()
