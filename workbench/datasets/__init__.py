"""Multimodal data to try models on: digits offline, PolyMNIST, SVHN, mixed types, a model of known densities."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from .base import MultimodalDataset, Splits
from .files.mnist import MNIST
from .files.photographs import PHOTOGRAPHS
from .files.published import PublishedFiles
from .files.svhn import SVHN
from .linear_gaussian import LinearGaussian, exact_elbo, linear_gaussian
from .missing import hide_entries, hide_in_training, hide_modalities
from .mnist_svhn_text import mnist_svhn_text
from .mnist_text import mnist_text
from .modalities import keep_modalities
from .polydigits import polydigits
from .polymnist import polymnist
from .released_polymnist import RELEASED_POLYMNIST, read_polymnist, read_polymnist_folder
from .rescaling import paper_rescaling
from .scaling import Scaler, fit_scaler, library_sizes
from .texts import text_to_string


class Source(NamedTuple):
    """Where a data set comes from.

    Attributes:
        make: options → splits.  What reads files takes their folder as ``data_dir``.
        needs: the files that it cannot do without.
    """

    make: Callable[..., Splits]
    needs: PublishedFiles | None = None


DATASETS = {
    "polydigits": Source(polydigits),
    "polymnist": Source(polymnist, MNIST),
    "released_polymnist": Source(read_polymnist, RELEASED_POLYMNIST),
    "mnist_text": Source(mnist_text),
    "mnist_svhn_text": Source(mnist_svhn_text, SVHN),
    "linear_gaussian": Source(linear_gaussian),
}

__all__ = [
    "DATASETS",
    "PHOTOGRAPHS",
    "LinearGaussian",
    "MultimodalDataset",
    "Scaler",
    "Splits",
    "exact_elbo",
    "fit_scaler",
    "hide_entries",
    "hide_in_training",
    "hide_modalities",
    "keep_modalities",
    "library_sizes",
    "linear_gaussian",
    "load_dataset",
    "mnist_svhn_text",
    "mnist_text",
    "paper_rescaling",
    "polydigits",
    "polymnist",
    "read_polymnist",
    "read_polymnist_folder",
    "text_to_string",
]


def load_dataset(name: str, **options: Any) -> Splits:
    """The data set of that name: ``load_dataset("polydigits", seed=3)`` is ``polydigits(seed=3)``.

    Raises:
        ValueError: no such data set, or an option that it does not have; the message lists those there are.
    """
    if name not in DATASETS:
        raise ValueError(f"dataset: expected one of {', '.join(DATASETS)}, got {name!r}")
    make = DATASETS[name].make
    known = inspect.signature(make).parameters
    unknown = [option for option in options if option not in known]
    if unknown:
        raise ValueError(f"{name}: no option {', '.join(unknown)}; it has {', '.join(known)}")
    return make(**options)
