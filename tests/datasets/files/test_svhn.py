from __future__ import annotations

import numpy as np
import pytest

from workbench.datasets.files.svhn import (
    SVHN_ADDRESS,
    SVHN_DIGESTS,
    TEST_FILE,
    TRAIN_FILE,
    read_svhn,
    svhn_pictures,
)


def test_rows_columns_and_colours_stay_and_ten_is_zero(small_svhn):
    read = read_svhn(small_svhn.folder / TEST_FILE, small_svhn.digests[TEST_FILE])
    X, y = small_svhn.X[TEST_FILE], small_svhn.y[TEST_FILE]
    assert read.pictures.shape == (30, 3, 32, 32) and read.pictures.dtype == np.uint8
    assert all(read.pictures[n, c, 5, 20] == X[5, 20, c, n] for n in range(30) for c in range(3))
    assert read.labels.dtype == np.int64
    assert read.labels.tolist() == [{10: 0}.get(int(label), int(label)) for label in y[:, 0]]


def test_the_splits_hold_every_picture_once(small_svhn):
    splits = svhn_pictures(small_svhn.folder, 0, small_svhn.digests)
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 100,
        "validation": 20,
        "test": 30,
    }
    found = [
        (int(y), x.tobytes())
        for s in ("train", "validation")
        for x, y in zip(splits[s].pictures, splits[s].labels, strict=True)
    ]
    whole = read_svhn(small_svhn.folder / TRAIN_FILE, small_svhn.digests[TRAIN_FILE])
    assert sorted(found) == sorted(
        (int(y), x.tobytes()) for x, y in zip(whole.pictures, whole.labels, strict=True)
    )
    assert np.bincount(splits["validation"].labels).tolist() == [2] * 10


def test_the_seed_chooses_the_validation_pictures(small_svhn):
    def validation(seed: int) -> bytes:
        return svhn_pictures(small_svhn.folder, seed, small_svhn.digests)["validation"].pictures.tobytes()

    assert validation(0) == validation(0) != validation(1)


@pytest.mark.parametrize("place", ["", "svhn", "SVHN"])
def test_files_are_found_in_the_usual_places(small_svhn, tmp_path, place):
    root = tmp_path / "data"
    (root / place).mkdir(parents=True)
    for path in small_svhn.folder.iterdir():
        path.rename(root / place / path.name)
    assert len(svhn_pictures(root, 0, small_svhn.digests)["test"]) == 30


def test_a_missing_folder_or_file_is_told_with_the_address(small_svhn, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"data_dir: expected a folder that holds SVHN.*nowhere"):
        svhn_pictures(tmp_path / "nowhere")
    (small_svhn.folder / TEST_FILE).unlink()
    with pytest.raises(
        FileNotFoundError, match=f"{TEST_FILE} in .* not downloaded for you: fetch it from {SVHN_ADDRESS}"
    ):
        svhn_pictures(small_svhn.folder, 0, small_svhn.digests)


def test_other_and_damaged_files_are_refused_before_they_are_parsed(small_svhn, monkeypatch):
    def parse(*arguments, **options):
        raise AssertionError("parsed")

    monkeypatch.setattr("scipy.io.loadmat", parse)
    with pytest.raises(ValueError, match=f"{TRAIN_FILE}: expected the sha256 {SVHN_DIGESTS[TRAIN_FILE]}"):
        svhn_pictures(small_svhn.folder)
    path = small_svhn.folder / TRAIN_FILE
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=f"{TRAIN_FILE}: expected .* damaged .* again from {SVHN_ADDRESS}"):
        svhn_pictures(small_svhn.folder, 0, small_svhn.digests)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>not found</html>" * 20,
        b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n",
    ],
    ids=["empty", "page", "version 7.3"],
)
def test_what_is_no_matlab_file_of_version_5_is_refused(small_svhn, content):
    (small_svhn.folder / TRAIN_FILE).write_bytes(content)
    small_svhn.note(TRAIN_FILE)
    with pytest.raises(ValueError, match=f"{TRAIN_FILE}: no MATLAB file of version 5 that can be read"):
        svhn_pictures(small_svhn.folder, 0, small_svhn.digests)


def test_a_file_that_is_cut_short_is_refused(small_svhn):
    path = small_svhn.folder / TRAIN_FILE
    path.write_bytes(path.read_bytes()[:-1000])
    small_svhn.note(TRAIN_FILE)
    with pytest.raises(ValueError, match="no MATLAB file of version 5 that can be read"):
        read_svhn(path, small_svhn.digests[TRAIN_FILE])


PICTURES = np.zeros((32, 32, 3, 4), np.uint8)
LABELS = np.array([[1], [10], [3], [4]], np.uint8)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"X": None}, "expected the arrays X and y, got no array X$"),
        ({"X": None, "y": None, "z": LABELS}, "got no array X and no array y$"),
        (
            {"X": PICTURES[:28, :28]},
            r"X of shape \(32, 32, 3, N\) .*, got \(28, 28, 3, 4\) and \(4, 1\)",
        ),
        ({"X": PICTURES[..., 0]}, r"got \(32, 32, 3\) and \(4, 1\)"),
        ({"X": PICTURES.transpose(3, 0, 1, 2)}, r"got \(4, 32, 32, 3\) and \(4, 1\)"),
        ({"y": LABELS[:3]}, r"y of shape \(N, 1\), got \(32, 32, 3, 4\) and \(3, 1\)"),
        ({"y": LABELS.T}, r"and \(1, 4\)"),
        ({"X": PICTURES / 255}, "X of uint8 and y of integers, got float64 and uint8"),
        ({"y": LABELS.astype(float)}, "X of uint8 and y of integers, got uint8 and float64"),
        ({"y": LABELS - 1}, "labels 1 to 10, which stands for the digit 0, got 0"),
        ({"y": LABELS + 1}, "labels 1 to 10, .*, got 11"),
        ({"y": "1234"}, r"and \(1,\)"),
    ],
)
def test_other_arrays_are_refused_by_name(small_svhn, changes, match):
    small_svhn.save(TRAIN_FILE, **({"X": PICTURES, "y": LABELS} | changes))
    with pytest.raises(ValueError, match=f"{TRAIN_FILE}: .*{match}"):
        read_svhn(small_svhn.folder / TRAIN_FILE, small_svhn.digests[TRAIN_FILE])


def test_labels_of_any_integer_type_are_read(small_svhn):
    small_svhn.save(TRAIN_FILE, X=PICTURES, y=LABELS.astype(np.int16))
    read = read_svhn(small_svhn.folder / TRAIN_FILE, small_svhn.digests[TRAIN_FILE])
    assert read.labels.tolist() == [1, 0, 3, 4]
