"""The aggregated posterior as a mixture of Gaussians: where the latents of the data lie, to draw new ones there."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, MultivariateNormal, Normal

from mopoe import MultimodalBaseDataset
from mopoe.reading.parts import gathered

from ..datasets.checks import checked_count, checked_number, require_complete


@dataclass(frozen=True, eq=False)
class LatentMixture:
    r"""A mixture of K Gaussians over the shared latent z.

    .. math:: \hat q(z) = \sum_k \pi_k \, N(z; \mu_k, L_k L_k^T)

    Attributes:
        weights: π_k > 0, (K,); they sum to 1.
        means: μ_k, (K, D).
        roots: lower triangular Cholesky factors L_k, (K, D, D); or standard deviations, (K, D), where the
            covariances are diagonal.

    Raises:
        ValueError: shapes that do not fit together; the message gives all three.
    """

    weights: Tensor
    means: Tensor
    roots: Tensor

    def __post_init__(self) -> None:
        shapes = [tuple(tensor.shape) for tensor in (self.weights, self.means, self.roots)]
        count, size = (*self.means.shape, 0, 0)[:2]
        if shapes[:2] != [(count,), (count, size)] or shapes[2] not in ((count, size), (count, size, size)):
            raise ValueError(
                "LatentMixture: expected weights (K,), means (K, D) and roots (K, D, D) or (K, D), "
                f"got {shapes[0]}, {shapes[1]} and {shapes[2]}"
            )

    @property
    def latent_dim(self) -> int:
        """D, the size of z."""
        return self.means.shape[1]

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Independent draws, (n, D), of the type of the means.

        Args:
            n: number of draws.
            generator: source of components and noise; the draws lie on its device, without one on the mixture's.
        """
        n = checked_count("n", n)
        device = self.means.device if generator is None else generator.device
        weights, means, roots = (tensor.to(device) for tensor in (self.weights, self.means, self.roots))
        components = torch.multinomial(weights, n, replacement=True, generator=generator)
        z = torch.randn(n, self.latent_dim, dtype=means.dtype, device=device, generator=generator)
        # One component at a time: a factor for each draw would be n matrices of D × D.
        for k, (mean, root) in enumerate(zip(means, roots, strict=True)):
            rows = components == k
            z[rows] = mean + (z[rows] * root if root.ndim == 1 else z[rows] @ root.T)
        return z

    def log_density(self, z: Tensor) -> Tensor:
        r"""ln q̂(z) in nats, (\*, D) → (\*,), in the type and on the device of the mixture."""
        if z.ndim == 0 or z.shape[-1] != self.latent_dim:
            raise ValueError(f"log_density: expected z of shape (*, {self.latent_dim}), got {tuple(z.shape)}")
        if self.roots.ndim == 3:
            components: Any = MultivariateNormal(self.means, scale_tril=self.roots)
        else:
            components = Independent(Normal(self.means, self.roots), 1)
        mixture = MixtureSameFamily(Categorical(logits=self.weights.log()), components)
        return mixture.log_prob(z.to(self.means))


def fit_latent_mixture(
    model: Any,
    dataset: MultimodalBaseDataset,
    *,
    n_components: int = 10,
    covariance: str = "full",
    n_samples: int = 10_000,
    regularisation: float = 1e-6,
    seed: int,
    batch_size: int = 500,
) -> LatentMixture:
    r"""Fit a mixture to the aggregated posterior of a model, by maximum likelihood (EM).

    .. math:: q(z) = \frac1N \sum_i q(z | x_i), \quad x_i \text{ all modalities of sample } i

    A decoder has learnt what latents under q(z) mean, and q(z) need not look like the prior. Drawing from a
    mixture that was fitted to it after training is *ex-post density estimation* (Ghosh et al. 2020, *From
    Variational to Deterministic Autoencoders*, section 4), there with ten full covariances. Only the shared z is
    modelled; private latents stay with their prior.

    Of each sample one latent is drawn, on the model's device; the fit is scikit-learn's, on the CPU in float64.
    With full covariances it takes about n_samples · n_components · D² operations an iteration.

    Args:
        model: anything with ``encode(inputs, "all", generator=...)`` and ``latent_dim``.
        dataset: complete data, as a rule those that the model was trained on.
        n_components: K.
        covariance: ``"full"`` or ``"diag"``.
        n_samples: the most samples to draw latents for; of a larger data set as many are chosen at random.
        regularisation: added to each variance, so that no component shrinks to a point or a plane; in units of z².
        seed: of the choice, the draws and the start of the fit; the caller's random state stays as it was.
        batch_size: samples encoded at a time.

    Returns:
        A mixture in float64 on the CPU.

    Raises:
        TypeError: a model that does not encode, no data set, or options of another type.
        ValueError: numbers out of range, another covariance, missing entries, latents that are not finite, or
            fewer samples than K full covariances (D + 1 each) or K variances (2 each) can be told from.
    """
    if not callable(getattr(model, "encode", None)):
        raise TypeError(f"model: expected a model with encode, got {type(model).__name__}")
    n_components = checked_count("n_components", n_components)
    dataset = gathered(dataset)
    n = min(checked_count("n_samples", n_samples), _complete_length(dataset))
    seed, batch_size = checked_count("seed", seed, least=0), checked_count("batch_size", batch_size)
    if checked_number("regularisation", regularisation) < 0:
        raise ValueError(f"regularisation: expected 0 or more, got {regularisation}")
    if covariance not in ("full", "diag"):
        raise ValueError(f"covariance: expected 'full' or 'diag', got {covariance!r}")
    needed = n_components * (model.latent_dim + 1 if covariance == "full" else 2)
    if n < needed:
        raise ValueError(
            f"fit_latent_mixture: expected at least {needed} samples for {n_components} components with "
            f"covariance={covariance!r} in {model.latent_dim} dimensions, got {n}; take fewer components"
            + (" or covariance='diag'" if covariance == "full" else "")
        )
    return _fitted(
        _draws(model, dataset, n, seed, batch_size), n_components, covariance, regularisation, seed
    )


def _complete_length(dataset: Any) -> int:
    if not isinstance(dataset, MultimodalBaseDataset):
        raise TypeError(f"dataset: expected a MultimodalBaseDataset, got {type(dataset).__name__}")
    require_complete(dataset)
    return len(dataset)


@torch.no_grad()
def _draws(model: Any, dataset: MultimodalBaseDataset, n: int, seed: int, batch_size: int) -> Tensor:
    """One latent of each of n samples, (n, D)."""
    device = torch.device(getattr(model, "device", "cpu"))
    generator = torch.Generator(device).manual_seed(seed)
    chosen = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed))[:n]
    with getattr(model, "evaluating", nullcontext)():
        z = torch.cat(
            [
                model.encode(dataset[rows].to(device), "all", generator=generator).z
                for rows in chosen.split(batch_size)
            ]
        )
    if not bool(z.isfinite().all()):
        raise ValueError("model: expected finite latents, got some that are infinite or no numbers")
    return z.double().cpu()


def _fitted(z: Tensor, n_components: int, covariance: str, regularisation: float, seed: int) -> LatentMixture:
    from sklearn.mixture import GaussianMixture

    fit = GaussianMixture(
        n_components,
        covariance_type=covariance,
        reg_covar=regularisation,
        max_iter=1000,
        random_state=seed,
    ).fit(z.numpy())
    weights, means, covariances = map(torch.from_numpy, (fit.weights_, fit.means_, fit.covariances_))
    roots = torch.linalg.cholesky(covariances) if covariance == "full" else covariances.sqrt()
    return LatentMixture(weights, means, roots)
