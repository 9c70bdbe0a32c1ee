"""Importance sampling of ln p(x): the draws, their weights, and what they average to, with errors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from ..checks import first_indices
from .proposals import Proposal


class ImportanceDraws(NamedTuple):
    """What importance sampling is made of, in float64.

    Attributes:
        log_likelihood: Σ_m ln p(x_m|z, w_m) of each draw, (n, B).
        log_ratio: ln p(z, w) − ln q(z, w|x), (n, B).
        divergence: of the proposal, as :meth:`Proposal.divergence`, (B,).
    """

    log_likelihood: Tensor
    log_ratio: Tensor
    divergence: Tensor

    @property
    def log_weights(self) -> Tensor:
        """ln p(x, z, w) − ln q(z, w|x), (n, B)."""
        return self.log_likelihood + self.log_ratio


def importance_draws(
    proposal: Proposal,
    log_likelihood: Callable[[Tensor, Mapping[str, Tensor]], Mapping[str, Tensor]],
    n: int,
    chunk: int,
    generator: torch.Generator,
    first: int = 0,
) -> ImportanceDraws:
    r"""Draw n latents a sample and weigh them.

    .. math:: \ln w = \sum_m \ln p(x_m|z, w_m) + \ln \frac{p(z)}{q(z|x)} + \sum_m \ln \frac{p(w_m)}{q(w_m|x_m)}

    The denominator is the density of the very distribution that was drawn from; of a mixture, the whole.

    Args:
        proposal: where latents come from.
        log_likelihood: (z, {m: w_m}) → {m: ln p(x_m|z, w_m)} for what was observed, each (chunk, B).
        n: draws a sample.
        chunk: draws decoded at a time; the result does not depend on it.
        generator: source of the noise.
        first: number of the first sample, for messages.

    Raises:
        ValueError: a term is NaN or +∞, or every draw of a sample has weight zero; the message names the
            samples and the modality.
    """
    pieces = []
    for z, private, ratio in proposal.draws(n, chunk, generator):
        ratio = ratio.double()
        terms = {name: term.double() for name, term in log_likelihood(z, private).items()}
        likelihood = torch.stack(list(terms.values())).sum(0)
        if not bool(torch.isfinite((likelihood + ratio).sum())):
            named = {"the latent": ratio} | {f"modality {name!r}": term for name, term in terms.items()}
            _refuse_undefined(named, first)
        pieces.append((likelihood, ratio))
    likelihoods, ratios = (torch.cat(parts) for parts in zip(*pieces, strict=True))
    draws = ImportanceDraws(likelihoods, ratios, proposal.divergence())
    lost = torch.isneginf(draws.log_weights).all(0)
    if bool(lost.any()):
        raise ValueError(
            f"importance weights: all {n} draws of samples {first_indices(lost, first)} have weight zero; "
            "use more draws or another proposal, such as 'refined'"
        )
    return draws


def mean_and_error(draws: Tensor) -> tuple[Tensor, Tensor]:
    r"""Mean of stratified draws and its standard error, (n, B) → (B,) each; the error of one draw is NaN.

    .. math:: s^2 = \frac{1}{2 n^2} \sum_{k=1}^n (v_k - v_{k-1})^2, \quad v_0 = v_n

    Neighbours mostly come from one component, so their differences hold the variance within components,
    which stratification leaves, and little of the variance between them, which it takes away. The difference
    between the ends stands for a trend from the first component to the last.

    Source: successive differences for systematic samples, Wolter 2007, *Introduction to Variance Estimation*,
    chapter 8; here in a circle.
    """
    n = len(draws)
    if n == 1:
        return draws[0], torch.full_like(draws[0], math.nan)
    return draws.mean(0), torch.sqrt((draws - draws.roll(1, 0)).square().mean(0) / (2 * n))


def log_mean_and_error(log_weights: Tensor, mixtures: int = 1) -> tuple[Tensor, Tensor]:
    r"""ln of the mean of stratified weights and its standard error: ln w, (n, B) → (B,) each.

    The error is the delta method's, :math:`\mathrm{se}(\ln \bar w) = \mathrm{se}(\bar w) / \bar w`.

    Args:
        log_weights: ln w of the draws.
        mixtures: how many mixtures of drawn subsets they came from, one after another and equally many each;
            of several, the error is that between their means.
    """
    value = torch.logsumexp(log_weights, 0) - math.log(len(log_weights))
    weights = torch.exp(log_weights - value)
    if mixtures > 1:
        return value, mean_of_mixtures(weights.unflatten(0, (mixtures, -1)).mean(1))[1]
    return value, mean_and_error(weights)[1]


def mean_of_mixtures(values: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard error of one value a mixture, each drawn without the others: (G, B) → (B,) each."""
    return values.mean(0), values.std(0) / math.sqrt(len(values))


def importance_bound(log_weights: Tensor, K: int) -> tuple[Tensor, Tensor]:
    r"""The bound of K importance draws and its standard error: ln w, (K R, B) → (B,) each.

    .. math:: L_K = E\Big[\ln \frac1K \sum_{k=1}^K w_k\Big] \le \ln p(x)

    The mean over R groups of K draws; each group takes every R-th draw, so that it is stratified itself and
    the groups' offsets cover [0, 1) evenly. L_1 is the ELBO of the proposal.

    Source: Burda, Grosse and Salakhutdinov 2016, *Importance Weighted Autoencoders*, ICLR.

    Raises:
        ValueError: K does not divide the number of draws.
    """
    n, samples = log_weights.shape
    if n % K:
        raise ValueError(f"K: expected a divisor of the {n} draws, got {K}")
    if n == K:
        return log_mean_and_error(log_weights)
    groups = torch.logsumexp(log_weights.reshape(K, n // K, samples), 0) - math.log(K)
    return mean_and_error(groups)


def effective_sample_size(log_weights: Tensor) -> Tensor:
    """(Σw)² / Σw² of ln w, (n, B) → (B,): how many equal weights would be worth as much (Kong 1992)."""
    return 1 / torch.softmax(log_weights, 0).square().sum(0)


def _refuse_undefined(terms: Mapping[str, Tensor], first: int) -> None:
    """Name the first term that is no log-density: NaN or +∞. A draw outside a support, −∞, weighs nothing."""
    for what, term in terms.items():
        bad = (torch.isnan(term) | torch.isposinf(term)).any(0)
        if bool(bad.any()):
            raise ValueError(
                f"importance weights: expected finite log-densities, got NaN or infinity from {what} "
                f"for samples {first_indices(bad, first)}"
            )
