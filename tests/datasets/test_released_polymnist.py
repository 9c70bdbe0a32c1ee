from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from workbench.datasets import read_polymnist, read_polymnist_folder

# Numbers whose order as text (0, 10, 2) is not their order.
NAMES = [(i, digit) for i in (0, 2, 10) for digit in (3, 7)]


def picture(modality: int, i: int, digit: int) -> np.ndarray:
    return np.random.default_rng([modality, i, digit]).integers(0, 256, (28, 28, 3)).astype(np.uint8)


def write_pictures(folder: Path, modalities: int = 2) -> Path:
    for m in range(modalities):
        (folder / f"m{m}").mkdir(parents=True)
        # In another order for each modality: what a folder lists first must not matter.
        for i, digit in NAMES[::-1] if m else NAMES:
            Image.fromarray(picture(m, i, digit)).save(folder / f"m{m}" / f"{i}.{digit}.png")
    return folder


def write_tensors(folder: Path, n: int = 6, dtype: torch.dtype = torch.float32) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(n)
    for m in range(2):
        pictures = torch.randint(0, 256, (n, 3, 28, 28), generator=generator, dtype=torch.uint8)
        torch.save(pictures if dtype == torch.uint8 else (pictures / 255).to(dtype), folder / f"m{m}.pt")
    torch.save(torch.arange(n) % 10, folder / "labels.pt")
    return folder


def test_pictures_are_paired_by_name_in_the_order_of_numbers(tmp_path):
    dataset = read_polymnist_folder(write_pictures(tmp_path))
    assert dataset.modalities == ["m0", "m1"]
    assert dataset.labels.tolist() == [3, 7, 3, 7, 3, 7]
    for m in range(2):
        expected = np.stack([picture(m, i, digit).transpose(2, 0, 1) for i, digit in NAMES]) / 255
        assert np.abs(dataset.data[f"m{m}"].numpy() - expected).max() < 1e-7


def test_eleven_modalities_are_in_the_order_of_numbers(tmp_path):
    assert read_polymnist_folder(write_pictures(tmp_path, 11)).modalities == [f"m{m}" for m in range(11)]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float64])
def test_tensors_are_read_as_unit_floats(tmp_path, dtype):
    dataset = read_polymnist_folder(write_tensors(tmp_path, dtype=dtype))
    whole = read_polymnist_folder(write_tensors(tmp_path / "other"))
    assert dataset.labels.tolist() == [0, 1, 2, 3, 4, 5]
    for name in ("m0", "m1"):
        assert dataset.data[name].dtype == torch.float32
        assert torch.allclose(dataset.data[name], whole.data[name], atol=1e-7)


@pytest.mark.parametrize("inside", ["", "MMNIST"])
def test_validation_is_drawn_from_the_training_data(tmp_path, inside):
    write_tensors(tmp_path / inside / "train", 10)
    write_tensors(tmp_path / inside / "test", 4)
    known = read_polymnist_folder(tmp_path / inside / "train")
    splits = read_polymnist(tmp_path, n_validation=3, seed=1)
    assert [len(dataset) for dataset in splits] == [7, 3, 4]
    assert sorted([*splits.train.labels.tolist(), *splits.validation.labels.tolist()]) == list(range(10))
    for dataset in (splits.train, splits.validation):
        assert torch.equal(dataset.data["m1"], known.data["m1"][dataset.labels])
    other = read_polymnist(tmp_path, n_validation=3, seed=2, missing_rate=0.5)
    assert other.validation.labels.tolist() != splits.validation.labels.tolist()
    assert hasattr(other.train, "masks") and not hasattr(other.test, "masks")


def rename(folder, old, new):
    (folder / old).rename(folder / new)


class Trap:
    """An object whose unpickling would leave a mark."""

    def __reduce__(self):
        return (Path.touch, (Path("trap_was_sprung"),))


@pytest.mark.parametrize(
    ("write", "bend", "error", "match"),
    [
        (write_pictures, lambda f: rename(f, "m1/2.3.png", "m1/2.7.jpg"), ValueError, "m1 lacks 2.3.png"),
        (
            write_pictures,
            lambda f: rename(f, "m1/2.3.png", "m1/2.4.png"),
            ValueError,
            r"m1 lacks 2.3.png \(2 names",
        ),
        (
            write_pictures,
            lambda f: rename(f, "m0/2.3.png", "m0/02.7.png"),
            ValueError,
            "one picture of each number",
        ),
        (write_pictures, lambda f: rename(f, "m0/2.3.png", "m0/cat.png"), ValueError, "got cat.png"),
        (
            write_pictures,
            lambda f: (f / "m1" / "2.3.png").write_bytes(b"no picture"),
            ValueError,
            "2.3.png: no readable PNG",
        ),
        (write_pictures, lambda f: cut(f / "m1" / "2.3.png"), ValueError, "2.3.png: no readable PNG"),
        (
            write_pictures,
            lambda f: Image.new("RGB", (28, 20)).save(f / "m1" / "2.3.png"),
            ValueError,
            r"2.3.png: expected 28 × 28 pixels, got \(20, 28\)",
        ),
        (write_pictures, lambda f: (f / "m2").mkdir(), FileNotFoundError, "m2: expected pictures named"),
        (
            write_tensors,
            lambda f: (f / "labels.pt").unlink(),
            FileNotFoundError,
            "expected labels.pt beside m0.pt, m1.pt",
        ),
        (
            write_tensors,
            lambda f: torch.save([1], f / "m1.pt"),
            ValueError,
            "m1.pt: expected one tensor, got list",
        ),
        (
            write_tensors,
            lambda f: torch.save(torch.ones(6, 28, 28), f / "m1.pt"),
            ValueError,
            "m1.pt: expected shape",
        ),
        (
            write_tensors,
            lambda f: torch.save(torch.ones(6, 3, 28, 28) * 2, f / "m1.pt"),
            ValueError,
            "floats in",
        ),
        (
            write_tensors,
            lambda f: torch.save(torch.ones(6, 3, 28, 28).long(), f / "m1.pt"),
            ValueError,
            "torch.int64",
        ),
        (
            write_tensors,
            lambda f: torch.save(torch.ones(5, 3, 28, 28), f / "m1.pt"),
            ValueError,
            "one length for all",
        ),
        (
            write_tensors,
            lambda f: torch.save(torch.full((6,), 11), f / "labels.pt"),
            ValueError,
            "labels: expected 0 to 9",
        ),
        (write_tensors, lambda f: (f / "m1.pt").write_bytes(b""), ValueError, "m1.pt: no tensor"),
        (write_tensors, lambda f: cut(f / "m1.pt"), ValueError, "m1.pt: no tensor"),
        (
            write_tensors,
            lambda f: torch.save(Trap(), f / "m1.pt"),
            ValueError,
            "m1.pt: no tensor that can be read safely",
        ),
        (
            write_tensors,
            lambda f: (f / "m1.pt").write_bytes(pickle.dumps(Trap(), protocol=2)),
            ValueError,
            "m1.pt: no tensor that can be read safely",
        ),
        (lambda f: f, lambda f: None, FileNotFoundError, "expected PolyMNIST's folders m0"),
        (lambda f: f / "nowhere", lambda f: None, FileNotFoundError, "expected a folder at .*nowhere"),
    ],
)
def test_files_that_do_not_fit_are_refused_by_name(tmp_path, monkeypatch, write, bend, error, match):
    monkeypatch.chdir(tmp_path)
    folder = write(tmp_path)
    bend(folder)
    with pytest.raises(error, match=match):
        read_polymnist_folder(folder)
    assert not Path("trap_was_sprung").exists()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"n_validation": 6}, ValueError, "n_validation: expected fewer than 6"),
        ({"n_validation": 0}, ValueError, "n_validation: expected at least 1"),
        ({"n_validation": 1, "missing_rate": 1}, ValueError, "missing_rate: expected"),
    ],
)
def test_bad_options_are_refused(tmp_path, options, error, match):
    write_tensors(tmp_path / "train")
    write_tensors(tmp_path / "test")
    with pytest.raises(error, match=match):
        read_polymnist(tmp_path, **options)


def test_train_and_test_must_have_the_same_modalities(tmp_path):
    write_tensors(tmp_path / "train")
    write_tensors(tmp_path / "test")
    (tmp_path / "test" / "m1.pt").unlink()
    with pytest.raises(ValueError, match="expected equal modalities in train and test"):
        read_polymnist(tmp_path, n_validation=2)
