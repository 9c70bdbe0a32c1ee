"""Importance draws of a model: which proposal, how blocks of samples are weighed, what cannot be weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import torch
from torch import Tensor

from ..checks import first_indices
from ..decoding import decoder_input, explain
from ..fusion.gaussians import subset_union
from ..inference import MultimodalVAE
from ..inputs import Inputs
from ..networks.assembly import private_posterior, stacked
from ..networks.usable import require_usable
from ..output import ModelOutput
from .importance import ImportanceDraws, importance_draws
from .proposals import FactorisedProposal, MixtureProposal, Proposal
from .refinement import RefinedProposal, refine

PROPOSALS = ("mixture", "product", "refined", "prior")
# Samples weighed at a time: bounds memory, and keeps the draws independent of the chunk size.
_BLOCK = 16


def weighted_latents(
    model: MultimodalVAE,
    batch: Inputs,
    names: list[str],
    source: str | list[str],
    n: int,
    chunk: int,
    generator: torch.Generator,
) -> ImportanceDraws:
    """Weighted draws for p(x_names), (n, B).

    Args:
        model: whose latents they are.
        batch: holds ``names``, and the modalities of ``source``.
        names: what is to be explained.
        source: one of ``PROPOSALS``, or the modalities whose product draws come from.
        n: draws a sample.
        chunk: draws decoded at a time.
        generator: source of the noise.

    Raises:
        ValueError: an encoder's answer, or a log-density, that is not finite.
    """
    parts = []
    with model.evaluating():
        for first, block in _blocks(batch):
            proposal = _proposal(model, block, names, source, generator, first)
            explain = partial(_log_likelihoods, model, names, block)
            parts.append(importance_draws(proposal, explain, n, chunk, generator, first))
    columns = zip(*parts, strict=True)
    return ImportanceDraws(*(torch.cat(column, -1) for column in columns))


def require_subsets(model: MultimodalVAE, batch: Inputs, names: list[str]) -> None:
    """Refuse samples that show nothing of ``names`` that a configured subset holds."""
    if model.subset_distribution:
        return  # whatever was observed has subsets
    membership = model.membership[:, [model.modalities.index(name) for name in names]]
    observed = batch.observed(names)
    if observed is None:
        observed = torch.ones(len(names), batch.length, dtype=torch.bool, device=model.device)
    lost = ~subset_union(membership, observed).any(0)
    if bool(lost.any()):
        raise ValueError(
            f"proposal 'mixture': expected a configured subset with some of {names} in every sample, "
            f"but none has what samples {first_indices(lost)} show; use proposal 'product'"
        )


def _blocks(batch: Inputs) -> Iterator[tuple[int, Inputs]]:
    """The batch in blocks, each with the number of its first sample."""
    for first in range(0, batch.length, _BLOCK):
        yield first, batch.rows(first, first + _BLOCK)


def _log_likelihoods(
    model: MultimodalVAE, names: list[str], block: Inputs, z: Tensor, private: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    terms = {}
    for name in names:
        term = explain(model, name, decoder_input(z, private, name), block)
        if not model.likelihoods[name].may_vanish:
            # −∞ from a density that is positive everywhere is an overflow, no weight of zero.
            term = term.masked_fill(torch.isneginf(term), torch.nan)
        terms[name] = term
    return terms


def _proposal(
    model: MultimodalVAE,
    block: Inputs,
    names: list[str],
    source: str | list[str],
    generator: torch.Generator,
    first: int,
) -> Proposal:
    if source == "prior":
        return _prior(model, block, names)
    if source == "mixture":
        return _mixture(model, block, names, generator, first)
    if source == "refined":
        return _refined(model, block, names, generator, first)
    return _product(model, block, names if source == "product" else list(source), names, first)


def _prior(model: MultimodalVAE, block: Inputs, names: list[str]) -> FactorisedProposal:
    like = model.reference

    def standard(size: int) -> MixtureProposal:
        zeros = like.new_zeros(block.length, size)
        return MixtureProposal.single(zeros, zeros)

    private = {m: standard(size) for m, size in model.style_dims.items() if m in names}
    return FactorisedProposal(standard(model.latent_dim), private)


def _mixture(
    model: MultimodalVAE, block: Inputs, names: list[str], generator: torch.Generator, first: int
) -> FactorisedProposal:
    """The configured subsets' products within ``names``, those with a weight; or of some that are drawn."""
    within = block if names == model.modalities else block.alone(names, model.modalities)
    experts, mus, logvars, weights, _ = model.posteriors_of(within, generator)
    require_usable(experts, block.masks, first)
    used = (weights > 0).any(1)
    shared = MixtureProposal(mus[used], logvars[used], weights[used])
    return FactorisedProposal(shared, _private(model, block, experts, names))


def _product(
    model: MultimodalVAE, block: Inputs, members: list[str], names: list[str], first: int
) -> FactorisedProposal:
    """The product of the experts of ``members``, to explain ``names``."""
    mu, logvar, experts = model.product_of(block, members)
    require_usable(experts, block.masks, first)
    return FactorisedProposal(MixtureProposal.single(mu, logvar), _private(model, block, experts, names))


def _refined(
    model: MultimodalVAE, block: Inputs, names: list[str], generator: torch.Generator, first: int
) -> RefinedProposal:
    product = _product(model, block, names, names, first)
    starts = [(product.shared.mus[0], product.shared.logvars[0])]
    if len(names) > 1:
        starts.append(_moments(model, block, names))
    private = list(product.private.values())
    mus, logvars = [q.mus[0] for q in private], [q.logvars[0] for q in private]
    return refine(
        [(torch.cat([mu, *mus], -1), torch.cat([logvar, *logvars], -1)) for mu, logvar in starts],
        {name: model.style_dims[name] for name in product.private},
        partial(_log_likelihoods, model, names, block),
        generator,
        first,
    )


def _moments(model: MultimodalVAE, block: Inputs, names: list[str]) -> tuple[Tensor, Tensor]:
    """Mean and ln σ² of the mixture of the observed experts: wide, where the product is narrow."""
    mus, logvars = stacked(model.experts_of(block), names)
    variances = logvars.exp()
    observed = block.observed(names)
    seen = torch.ones_like(mus[..., :1]) if observed is None else observed[..., None].to(mus.dtype)
    weights = seen / seen.sum(0)
    mean = (weights * mus).sum(0)
    return mean, torch.log((weights * (variances + (mus - mean).square())).sum(0))


def _private(
    model: MultimodalVAE, block: Inputs, experts: dict[str, ModelOutput], names: list[str]
) -> dict[str, MixtureProposal]:
    styles = {m: private_posterior(experts[m], m, block) for m in model.style_dims if m in names}
    return {m: MixtureProposal.single(*style) for m, style in styles.items()}
