"""All modalities together, from latents of the prior or of a mixture fitted to the aggregated posterior."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from mopoe import ModelOutput

from ..datasets.checks import checked_count
from .gaussian_mixture import LatentMixture


def generate(
    model: Any,
    n: int,
    *,
    latents: LatentMixture | None = None,
    generator: torch.Generator | None = None,
    batch_size: int = 500,
) -> ModelOutput:
    r"""New samples of all modalities, each from one shared latent: expected data, the mean of p(x|z), without noise.

    Without ``latents`` the samples are those of ``model.generate_from_prior(n, generator)``.

    Args:
        model: a :class:`mopoe.MoPoE`.
        n: number of samples.
        latents: what z is drawn from; by default the prior. Private latents are always drawn from their prior.
        generator: source of the noise, on the model's device. All of it is drawn before anything is decoded: the
            size of a batch does not change it.
        batch_size: samples decoded at a time, in evaluation mode and without gradients.

    Returns:
        ``z`` (n, D), ``one_latent_space`` and ``modalities_z`` as from ``model.encode``, and modality → (n, \*dims).

    Raises:
        TypeError: ``n`` or ``batch_size`` is no whole number.
        ValueError: one of them is below 1, or ``latents`` have another size than the model's.
    """
    batch_size = checked_count("batch_size", batch_size)
    drawn = draw_latents(model, n, latents, generator)
    parts = list(decode_in_batches(model, drawn, batch_size))
    return ModelOutput(drawn | {name: torch.cat([part[name] for part in parts]) for name in parts[0]})


def draw_latents(
    model: Any, n: int, latents: LatentMixture | None = None, generator: torch.Generator | None = None
) -> ModelOutput:
    """What :func:`generate` decodes: ``z``, ``one_latent_space`` and ``modalities_z``, as from ``model.encode``."""
    n = checked_count("n", n)
    if latents is not None and latents.latent_dim != model.latent_dim:
        raise ValueError(
            f"latents: expected a mixture over z of size {model.latent_dim}, got one of size {latents.latent_dim}"
        )
    like = next(model.parameters(), torch.empty(0, device=model.device))

    def prior(size: int) -> Tensor:
        return torch.randn(n, size, dtype=like.dtype, device=like.device, generator=generator)

    return ModelOutput(
        z=prior(model.latent_dim) if latents is None else latents.sample(n, generator).to(like),
        one_latent_space=not model.multiple_latent_spaces,
        modalities_z={name: prior(size) for name, size in model.style_dims.items()},
    )


def decode_in_batches(
    model: Any, drawn: ModelOutput, batch_size: int, modalities: str | Sequence[str] = "all"
) -> Iterator[ModelOutput]:
    r"""Decode ``drawn``, from :func:`draw_latents`, part by part: each modality → (at most batch_size, \*dims)."""
    for start in range(0, len(drawn.z), batch_size):
        rows = slice(start, start + batch_size)
        private = {name: style[rows] for name, style in drawn.modalities_z.items()}
        part = ModelOutput(z=drawn.z[rows], one_latent_space=drawn.one_latent_space, modalities_z=private)
        yield model.decode(part, modalities)
