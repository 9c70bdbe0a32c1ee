"""The PolyMNIST that was released with the paper, as PNG folders or as tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from torch import Tensor

from .base import MultimodalDataset, Splits
from .checks import checked_count, stream
from .digits import DIGIT_NAMES, SIDE
from .files.published import PublishedFiles, needed_folder
from .missing import check_missing, hide_in_training
from .polymnist_recipe import PICTURE_LIKELIHOOD, PICTURE_PARAMS, as_unit_floats

MODALITY_NAME = re.compile(r"m\d+")
PICTURE_NAME = re.compile(r"(\d+)\.(\d)\.png")

RELEASED_POLYMNIST = PublishedFiles(
    "PolyMNIST",
    ("train", "test"),
    "unpack the archive that the authors of the paper released, and name the folder that holds both",
    places=("MMNIST", "."),
)


def read_polymnist(
    data_dir: str | Path | None = None,
    n_validation: int = 5_000,
    seed: int = 0,
    missing_rate: float = 0.0,
    missing_by: str = "random",
) -> Splits:
    """The released PolyMNIST from ``data_dir/train`` and ``data_dir/test`` (or ``data_dir/MMNIST/…``).

    Args:
        data_dir: what the released archive unpacks to, see :func:`read_polymnist_folder` for its two forms;
            ``None`` for ``MOPOE_DATA_DIR``.
        n_validation: samples drawn from the training data for validation.
        seed: draws them.
        missing_rate: as for ``polydigits``.
        missing_by: as for ``polydigits``.

    Raises:
        FileNotFoundError: no such folder, or no modality in it.
        ValueError: files that do not fit together, or an option out of range.
    """
    checked_count("n_validation", n_validation)
    check_missing(missing_rate, missing_by)
    rng = stream(seed, "released", "validation")
    paths = RELEASED_POLYMNIST.find(needed_folder(data_dir, RELEASED_POLYMNIST))
    known, test = (read_polymnist_folder(paths[split]) for split in RELEASED_POLYMNIST.files)
    if known.input_dims != test.input_dims:
        raise ValueError(
            f"{paths['train']}: expected equal modalities in train and test, "
            f"got {known.input_dims}, {test.input_dims}"
        )
    if n_validation >= len(known):
        raise ValueError(
            f"n_validation: expected fewer than {len(known)}, the samples in {paths['train']}, got {n_validation}"
        )
    order = torch.from_numpy(rng.permutation(len(known)))
    splits = Splits(
        train=known[order[n_validation:].sort().values],
        validation=known[order[:n_validation].sort().values],
        test=test,
        decoders_dist=dict.fromkeys(known.modalities, PICTURE_LIKELIHOOD),
        decoder_dist_params={name: dict(PICTURE_PARAMS) for name in known.modalities},
    )
    return hide_in_training(splits, missing_rate, missing_by, seed)


def read_polymnist_folder(folder: str | Path) -> MultimodalDataset:
    """One split, in either of its two forms.

    Folders ``m0``, ``m1``, … of pictures ``{i}.{digit}.png``: a sample is the pictures of one name, so all
    modalities must have the same names; samples are in the order of (i, digit) as numbers.
    Tensors ``m0.pt``, ``m1.pt``, … (B, 3, 28, 28), uint8 or floating in [0, 1], with ``labels.pt`` (B,), read
    with ``weights_only=True``: no pickled object is ever built.

    Raises:
        FileNotFoundError: no such folder, nothing in it, or no labels.
        ValueError: names that differ between the modalities, a file that cannot be read, shapes that differ.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"PolyMNIST: expected a folder at {folder}, found none")
    pictures = _by_modality(path for path in folder.iterdir() if path.is_dir())
    if pictures:
        data, labels = _read_pictures(pictures)
    else:
        data, labels = _read_tensors(folder)
    return MultimodalDataset(data, labels, name="released PolyMNIST", label_names=DIGIT_NAMES)


def _by_modality(paths: Iterable[Path]) -> dict[str, Path]:
    found = {path.stem: path for path in paths if MODALITY_NAME.fullmatch(path.stem)}
    return {name: found[name] for name in sorted(found, key=lambda name: int(name[1:]))}


def _read_pictures(folders: dict[str, Path]) -> tuple[dict[str, Tensor], Tensor]:
    paths = {name: _pictures_by_key(folder) for name, folder in folders.items()}
    first, expected = next(iter(paths.items()))
    for name, found in paths.items():
        odd = sorted(expected.keys() ^ found.keys())
        if odd:
            lacking, file = (name, expected[odd[0]]) if odd[0] in expected else (first, found[odd[0]])
            raise ValueError(
                f"{folders[name].parent}: expected the same picture names in {first} and {name}, "
                f"but {lacking} lacks {file.name} ({len(odd)} names differ)"
            )
    keys = sorted(expected)
    data = {}
    for name, found in paths.items():
        pictures = np.stack([_read_picture(found[key]) for key in keys])
        data[name] = as_unit_floats(pictures.transpose(0, 3, 1, 2))
    return data, torch.tensor([digit for _, digit in keys])


def _pictures_by_key(folder: Path) -> dict[tuple[int, int], Path]:
    """The pictures of one modality by (i, digit)."""
    paths: dict[tuple[int, int], Path] = {}
    for path in folder.glob("*.png"):
        match = PICTURE_NAME.fullmatch(path.name)
        if match is None:
            raise ValueError(f"{folder}: expected pictures named {{i}}.{{digit}}.png, got {path.name}")
        key = int(match[1]), int(match[2])
        if key in paths:
            raise ValueError(
                f"{folder}: expected one picture of each number, got {paths[key].name} and {path.name}"
            )
        paths[key] = path
    if not paths:
        raise FileNotFoundError(f"{folder}: expected pictures named {{i}}.{{digit}}.png, found none")
    return paths


def _read_picture(path: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(path) as image:
            picture = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path}: no readable PNG ({error})") from error
    if picture.shape != (SIDE, SIDE, 3):
        raise ValueError(f"{path}: expected {SIDE} × {SIDE} pixels, got {picture.shape[:2]}")
    return picture


def _read_tensors(folder: Path) -> tuple[dict[str, Tensor], Tensor]:
    paths = _by_modality(folder.glob("m*.pt"))
    if not paths:
        raise FileNotFoundError(
            f"{folder}: expected PolyMNIST's folders m0, m1, … or its tensors m0.pt, m1.pt, …, found neither"
        )
    labels = folder / "labels.pt"
    if not labels.is_file():
        raise FileNotFoundError(f"{folder}: expected labels.pt beside {', '.join(f'{m}.pt' for m in paths)}")
    return {name: _unit_pictures(path) for name, path in paths.items()}, _load_tensor(labels).long()


def _unit_pictures(path: Path) -> Tensor:
    tensor = _load_tensor(path)
    if tensor.shape[1:] != (3, SIDE, SIDE):
        raise ValueError(f"{path}: expected shape (B, 3, {SIDE}, {SIDE}), got {tuple(tensor.shape)}")
    if tensor.dtype == torch.uint8:
        return tensor.to(torch.float32).div_(255)
    if not tensor.is_floating_point() or not bool(((tensor >= 0) & (tensor <= 1)).all()):
        raise ValueError(f"{path}: expected uint8, or floats in [0, 1], got {tensor.dtype} beyond them")
    return tensor.to(torch.float32)


def _load_tensor(path: Path) -> Tensor:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(f"{path}: no tensor that can be read safely ({error})") from error
    if not isinstance(loaded, Tensor):
        raise ValueError(f"{path}: expected one tensor, got {type(loaded).__name__}")
    return loaded
