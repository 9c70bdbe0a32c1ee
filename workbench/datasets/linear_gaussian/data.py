"""Samples of a linear-Gaussian model as a data set."""

from __future__ import annotations

import torch

from ..base import MultimodalDataset, Splits
from ..checks import checked_count, checked_number, stream
from ..digits import SPLITS
from ..missing import check_missing, hide_in_training
from ..polymnist_recipe import checked_sizes
from .world import LinearGaussian


def linear_gaussian(
    n_modalities: int = 3,
    dim: int = 4,
    latent_dim: int = 2,
    private_dim: int = 0,
    noise: float = 0.5,
    orthogonal: bool = False,
    n_train: int = 10_000,
    n_validation: int = 1_000,
    n_test: int = 2_000,
    seed: int = 0,
    missing_rate: float = 0.0,
    missing_by: str = "random",
    model: LinearGaussian | None = None,
) -> Splits:
    """Data from a model whose every density is known; ``splits.truth`` is that model.

    Args:
        n_modalities: modalities ``x0``, ``x1``, ….
        dim: size of each.
        latent_dim: size of the shared latent.
        private_dim: size of each modality's private latent; 0 for none.
        noise: σ of the noise.
        orthogonal: as for :meth:`LinearGaussian.random`.
        n_train: samples to train on.
        n_validation: samples to choose by.
        n_test: samples to report on.
        seed: draws the model and the samples.
        missing_rate: as for ``polydigits``.
        missing_by: ``"random"``, or ``"entries"`` for single ones; there are no labels to hide by.
        model: sample from this one; the options above that describe a model are then not looked at.

    Returns:
        Splits of float32 vectors, each (B, d_m), without labels.

    Raises:
        TypeError: an option of the wrong type.
        ValueError: an option out of range; the message names it.
    """
    sizes = checked_sizes(n_train, n_validation, n_test)
    checked_count("seed", seed, least=0)
    check_missing(missing_rate, missing_by)
    if model is None:
        n, d = checked_count("n_modalities", n_modalities), checked_count("dim", dim)
        private = checked_count("private_dim", private_dim, least=0)
        names = [f"x{m}" for m in range(n)]
        model = LinearGaussian.random(
            dict.fromkeys(names, d),
            checked_count("latent_dim", latent_dim),
            checked_number("noise", noise),
            dict.fromkeys(names, private) if private else None,
            orthogonal,
            seed,
        )
    splits = {}
    for split in SPLITS:
        # A seed of its own for each split, apart from the one that drew the model.
        draws = int(stream(seed, "linear_gaussian", split).integers(2**63))
        data, _, _ = model.sample(sizes[split], draws)
        splits[split] = MultimodalDataset(
            {name: x.to(torch.float32) for name, x in data.items()}, name="linear_gaussian"
        )
    complete = Splits(
        splits["train"],
        splits["validation"],
        splits["test"],
        decoders_dist=dict.fromkeys(model.modalities, "normal"),
        decoder_dist_params={name: {"scale": sigma} for name, sigma in model.noise.items()},
        truth=model,
    )
    return hide_in_training(complete, missing_rate, missing_by, seed)
