"""p(x|z) of a model: what its decoders make of latents, and how likely data are given them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from .checks import check_count
from .inference import MultimodalVAE
from .inputs import Inputs, chosen_modalities, require_counts
from .likelihoods import FunctionLikelihood
from .multivae.calls import warn_of_unused
from .networks.assembly import read_reconstruction
from .output import ModelOutput, read_entry
from .reading.tensors import read_tensor

# Numbers of a reconstruction that a processor keeps at hand while it compares them: of 0.3 to 67 million tried with
# perceptrons and images of 3 × 28 × 28, half to two million were alike, and fastest.
_CACHED = 2**20


def decode(
    model: MultimodalVAE,
    embedding: Any,
    modalities: str | Sequence[str] = "all",
    *,
    noise: bool = False,
    generator: torch.Generator | None = None,
    differentiable: bool = False,
    size_factors: Mapping[str, Any] | None = None,
) -> ModelOutput:
    r"""Expected data given latents, in data space: probabilities for bernoulli and categorical decoders.

    The mean of p(x|z) says nothing of how data scatter around it; ``noise=True`` draws from p(x|z).

    Args:
        model: whose decoders are asked.
        embedding: what :meth:`mopoe.MoPoE.encode` returned, or the tensor z itself in a model of one latent space;
            any leading axes, (\*, D).
        modalities: ``"all"``, a modality, or a list of them.
        noise: data drawn from p(x|z), (\*, \*dims), instead of their mean.
        generator: source of that noise.
        differentiable: keep the graph, for gradients by latents or weights. Without it what is returned can
            go straight into NumPy, and takes less memory.
        size_factors: modality of counts → how much of each sample is counted, numbers of a shape that broadcasts to
            \*; by default 1.

    Returns:
        modality → (\*, \*dims); means of class ids are probabilities, (\*, \*dims, V).

    Raises:
        NotImplementedError: noise of a likelihood that does not say how data are drawn.
        TypeError: sizes that are no dictionary of numbers.
        ValueError: gradients of data that are drawn, sizes of another shape or for other likelihoods, or a decoder
            that returns another shape than its likelihood asks for.
    """
    if noise and differentiable:
        raise ValueError(
            "differentiable: expected the mean, noise=False; data that are drawn have no gradient"
        )
    names = chosen_modalities(modalities, model.modalities, "modalities")
    z, private = read_embedding(model, embedding, names)
    sizes = read_sizes(model, size_factors or {}, z.shape[:-1])
    output = ModelOutput()
    with model.evaluating(), graph(differentiable):
        for name in names:
            recon = reconstruct(model, name, decoder_input(z, private, name))
            likelihood = model.likelihoods[name]
            if name in sizes:
                recon = likelihood.with_size(recon, for_samples(sizes[name], recon, z.ndim - 1))
            output[name] = likelihood.sample(recon, generator) if noise else likelihood.mean(recon)
    return output


def log_likelihood(
    model: MultimodalVAE, inputs: Any, embedding: Any, modalities: str | Sequence[str] = "all"
) -> ModelOutput:
    r"""ln p(x_m|z) in nats for each modality: how well latents explain data, 0 where missing.

    Args:
        model: whose decoders are asked.
        inputs: must hold ``modalities``; B samples.
        embedding: as in :meth:`mopoe.MoPoE.decode`, but for z of shape (\*, B, D).
        modalities: ``"all"``, a modality, or a list of them.

    Returns:
        modality → (\*, B); neither rescaling factors nor β enter.

    Raises:
        ValueError: shapes that do not fit, or a modality that ``inputs`` lack.
    """
    names = chosen_modalities(modalities, model.modalities, "modalities")
    batch = model.read_inputs(inputs, names, check_support=True)
    z, private = read_embedding(model, embedding, names)
    if z.ndim < 2 or z.shape[-2] != batch.length:
        raise ValueError(
            f"embedding: expected z of shape (*, {batch.length}, {model.latent_dim}), got {tuple(z.shape)}"
        )
    output = ModelOutput()
    with model.evaluating():
        for name in names:
            output[name] = explain(model, name, decoder_input(z, private, name), batch)
    return output


def generate_from_prior(
    model: MultimodalVAE,
    n_samples: int,
    generator: torch.Generator | None = None,
    *,
    noise: bool = False,
    differentiable: bool = False,
    **kwargs: Any,
) -> ModelOutput:
    r"""Latents drawn from the prior with what they decode to.

    Args:
        model: whose decoders are asked.
        n_samples: n.
        generator: source of the noise.
        noise: draw data too, as in :meth:`mopoe.MoPoE.decode`, not their mean.
        differentiable: keep the graph, for gradients by weights, as in :meth:`mopoe.MoPoE.decode`.
        **kwargs: not used, and a warning says so.

    Returns:
        ``z`` (n, D), ``one_latent_space``, ``modalities_z`` as in :meth:`mopoe.MoPoE.encode`, and modality →
        (n, \*dims).
    """
    check_count(n_samples, "n_samples")
    warn_of_unused(kwargs, "generate_from_prior")
    like = model.reference

    def prior(size: int) -> Tensor:
        return torch.randn(n_samples, size, dtype=like.dtype, device=like.device, generator=generator)

    latents = ModelOutput(
        z=prior(model.latent_dim),
        one_latent_space=not model.multiple_latent_spaces,
        modalities_z={name: prior(size) for name, size in model.style_dims.items()},
    )
    decoded = decode(model, latents, noise=noise, generator=generator, differentiable=differentiable)
    return ModelOutput(latents | decoded)


def graph(kept: bool) -> contextlib.AbstractContextManager[Any]:
    """What the surroundings want inside, or no graph at all."""
    return contextlib.nullcontext() if kept else torch.no_grad()


def read_embedding(
    model: MultimodalVAE, embedding: Any, names: Sequence[str]
) -> tuple[Tensor, dict[str, Tensor]]:
    r"""z (\*, D) and modality → private latent (\*, D_m) of whatever ``MoPoE.decode`` is given.

    Raises:
        TypeError: no output of ``encode`` and no tensor.
        ValueError: a latent of the wrong shape.
    """
    z = embedding if isinstance(embedding, Tensor) else read_entry(embedding, "z")
    if not isinstance(z, Tensor):
        raise TypeError(
            f"embedding: expected the output of encode or a tensor z, got {type(embedding).__name__}"
        )
    if z.ndim == 0 or z.shape[-1] != model.latent_dim:
        raise ValueError(f"embedding: expected z of shape (*, {model.latent_dim}), got {tuple(z.shape)}")
    if not model.multiple_latent_spaces:
        return z, {}
    private = {} if isinstance(embedding, Tensor) else read_entry(embedding, "modalities_z") or {}
    for name in names:
        expected = (*z.shape[:-1], model.style_dims[name])
        got = tuple(private[name].shape) if name in private else None
        if got != expected:
            raise ValueError(f"embedding: expected modalities_z[{name!r}] of shape {expected}, got {got}")
    return z, private


def decoder_input(z: Tensor, private: Mapping[str, Tensor], name: str) -> Tensor:
    """What the decoder of ``name`` is given: z, with private latents (z, w_m)."""
    return torch.cat([z, private[name]], -1) if private else z


def reconstruct(model: MultimodalVAE, name: str, latent: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    r"""The decoder's own output for latents with any leading axes, (\*, D) → (\*, \*recon_dims).

    Args:
        model: whose decoder is asked.
        name: the modality.
        latent: (\*, D), with private latents (\*, D + D_m).
        dims: shape of one sample of the data; by default what the config says, if it does.

    Raises:
        ValueError: another shape than the likelihood asks for of such data.
    """
    leading, likelihood = latent.shape[:-1], model.likelihoods[name]
    flat = latent.reshape(-1, latent.shape[-1])
    dims = (model.model_config.input_dims or {}).get(name) if dims is None else tuple(dims)
    expected = None if dims is None else tuple(likelihood.recon_dims(dims))
    parts = [
        read_reconstruction(model.decoders[name](rows), name, len(rows), expected)
        for rows in flat.chunk(_pieces(model, name, len(flat)))
    ]
    recon = parts[0] if len(parts) == 1 else torch.cat(parts)
    got = tuple(recon.shape[1:])
    if expected not in (None, got) and not isinstance(likelihood, FunctionLikelihood):
        raise ValueError(
            f"decoders[{name!r}]: expected a reconstruction of shape {expected} for {str(likelihood)!r} and data of "
            f"shape {dims}, got {got}"
        )
    return recon.reshape(*leading, *got)


def explain(model: MultimodalVAE, name: str, latent: Tensor, batch: Inputs) -> Tensor:
    r"""ln p(x_m|z) in nats, 0 where missing: (\*, B, D) → (\*, B)."""
    draws = latent.reshape(-1, *latent.shape[-2:])
    rows = draws.shape[0] * draws.shape[1]
    pieces = min(len(draws), max(_pieces(model, name, rows), _cached(model, name, rows, batch)))
    if pieces <= 1:
        return _explain(model, name, latent, batch)
    parts = [_explain(model, name, part, batch) for part in draws.chunk(pieces)]
    return torch.cat(parts).reshape(latent.shape[:-1])


def _explain(model: MultimodalVAE, name: str, latent: Tensor, batch: Inputs) -> Tensor:
    target, likelihood, leading = batch.data[name], model.likelihoods[name], latent.ndim - 1
    recon = reconstruct(model, name, latent, target.shape[1:])
    if batch.masks is not None and not bool(batch.masks[name].any()):
        # No observed row could stand in, so the target may be outside the support: do not evaluate it.
        # Weights of decoder and likelihood have a gradient all the same, as trainers with several processes expect.
        unused = (0 * weight.sum() for weight in likelihood.parameters())
        return (0 * recon).reshape(*latent.shape[:-1], -1).sum(-1) + sum(unused)
    if name in batch.size_factors:
        recon = likelihood.with_size(recon, for_samples(batch.size_factors[name], recon, leading))
    log_prob = likelihood.total(recon, target, batch.entries.get(name), leading)
    return log_prob if batch.masks is None else log_prob.where(batch.masks[name], 0)


def read_sizes(
    model: MultimodalVAE, size_factors: Mapping[str, Any], leading: Sequence[int]
) -> dict[str, Tensor]:
    """Sizes by modality as tensors where the model lives.

    Raises:
        TypeError: no dictionary, or no numbers.
        ValueError: another modality, numbers that are not positive, or a shape that does not broadcast to
            ``leading``.
    """
    if not isinstance(size_factors, Mapping):
        raise TypeError(
            f"size_factors: expected a dict of modality to numbers, got {type(size_factors).__name__}"
        )
    sizes = {}
    for name, values in size_factors.items():
        chosen_modalities([name], model.modalities, "size_factors")
        require_counts(model.likelihoods[name], name)
        size = read_tensor(values, f"size_factors[{name!r}]").to(model.device)
        if not bool(((size > 0) & torch.isfinite(size)).all()):
            raise ValueError(
                f"size_factors[{name!r}]: expected positive numbers, got {size.min()} among them"
            )
        try:
            sizes[name] = size.expand(*leading)
        except RuntimeError as error:
            raise ValueError(
                f"size_factors[{name!r}]: expected a shape that broadcasts to {tuple(leading)}, that of the latents, "
                f"got {tuple(size.shape)}"
            ) from error
    return sizes


def for_samples(values: Tensor, recon: Tensor, leading: int) -> Tensor:
    r"""A value for each sample in a shape that broadcasts to ``recon``, whose axes \* and B are ``leading``."""
    return values.reshape(*values.shape, *[1] * (recon.ndim - leading)).to(recon.dtype)


def _pieces(model: MultimodalVAE, name: str, rows: int) -> int:
    """In how many pieces latents are decoded: as many at a time as suits the decoder."""
    suits = getattr(model.decoders[name], "latents_at_once", None)
    return max(1, round(rows / suits)) if suits is not None and _may_split(model) else 1


def _cached(model: MultimodalVAE, name: str, rows: int, batch: Inputs) -> int:
    """In how many pieces reconstructions stay in the processor's cache until they are compared with the data."""
    target = batch.data[name]
    numbers = rows * math.prod(model.likelihoods[name].recon_dims(target.shape[1:]))
    return max(1, round(numbers / _CACHED)) if _may_split(model) else 1


def _may_split(model: MultimodalVAE) -> bool:
    # In training mode a network may look across latents, and where gradients are taken all pieces are kept anyway.
    return not (model.training or torch.is_grad_enabled() or model.device.type != "cpu")
