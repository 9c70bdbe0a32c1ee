"""How far generated images are from real ones as a crowd: Fréchet distances between their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mopoe import Summary
from workbench.datasets.checks import checked_count

from .classifier import DigitClassifier

_INSTALL = "pip install 'torchmetrics[image]'"


@dataclass(frozen=True)
class FrechetDistance:
    """Returned by :func:`digit_frechet`: no FID, and not to be compared with one.

    Attributes:
        distance: squared, in squared units of the features, with its number of generated images; its standard error
            is what other images, of both kinds, would change, by bootstrap.
        n_real: number of real images.
        floor: the same distance between two disjoint halves of the real images, chosen at random.
        features: whose activations are compared, and how many.
    """

    distance: Summary
    n_real: int
    floor: float
    features: str = "digit classifier, 128"


def frechet_distance(mean_a: Tensor, cov_a: Tensor, mean_b: Tensor, cov_b: Tensor) -> float:
    r"""Squared Fréchet distance (2-Wasserstein) between two Gaussians.

    .. math:: |\mu_a - \mu_b|^2 + tr\big(\Sigma_a + \Sigma_b - 2 (\Sigma_a \Sigma_b)^{1/2}\big)

    Source: Dowson and Landau 1982, *The Fréchet Distance between Multivariate Normal Distributions*; as a measure of
    generated images, Heusel et al. 2017.

    With factors Σ = R Rᵀ from a symmetric eigendecomposition, the trace of the root is the sum of the singular
    values of R_aᵀ R_b: real and not negative by construction, also where covariances are singular. A general
    matrix root of Σ_a Σ_b becomes complex noise there, and covariances of few images are singular.

    Args:
        mean_a: (D,); all four are taken to float64.
        cov_a: (D, D), symmetric, no negative eigenvalue.
        mean_b: (D,).
        cov_b: (D, D).

    Raises:
        ValueError: shapes that do not fit, entries that are not finite, or a matrix that is no covariance.
    """
    mean_a, cov_a, mean_b, cov_b = (
        torch.as_tensor(given).double() for given in (mean_a, cov_a, mean_b, cov_b)
    )
    size = mean_a.numel()
    shapes = [tuple(given.shape) for given in (mean_a, cov_a, mean_b, cov_b)]
    if shapes != [(size,), (size, size)] * 2:
        raise ValueError(f"frechet_distance: expected shapes (D,), (D, D), (D,), (D, D), got {shapes}")
    if not bool(torch.isfinite(mean_a - mean_b).all()):
        raise ValueError("frechet_distance: expected finite means")
    overlap = torch.linalg.svdvals(_factor(cov_a, "cov_a").T @ _factor(cov_b, "cov_b")).sum()
    distance = (mean_a - mean_b).square().sum() + cov_a.trace() + cov_b.trace() - 2 * overlap
    # Rounding can leave −1e-15 where the two are the same.
    return max(float(distance), 0.0)


def digit_frechet(
    real: Tensor, generated: Tensor, classifier: DigitClassifier, *, seed: int, n_resamples: int = 100
) -> FrechetDistance:
    """Fréchet distance between Gaussians fitted to what a digit classifier sees in real and in generated images.

    Whether digits look like digits is better judged by a network that knows digits than by one that knows
    photographs, and it needs no download. Its numbers have nothing to do with those of Inception (FID).

    The estimate is biased upwards, by an amount that shrinks as 1/n for n images: covariances of few images are
    never quite the same. Compare models at equal numbers of images, and with ``floor``: the distance between two
    disjoint halves of the real images, which images of the very same kind would reach at half their number.
    Near the floor the standard error is too large rather than too small, as resampling adds to the bias.

    Args:
        real: (B, C, H, W), at least four.
        generated: (B', C, H, W), at least two.
        classifier: with ``features(images)``, (B, C, H, W) → (B, F), in evaluation mode.
        seed: of resampling and halves.
        n_resamples: of the bootstrap, which draws both sets anew with replacement.

    Raises:
        TypeError: numbers that are not whole.
        ValueError: too few images, images of two shapes, or numbers out of range.
    """
    seed = checked_count("seed", seed, least=0)
    n_resamples = checked_count("n_resamples", n_resamples, least=2)
    _check_images(real, generated, least_real=4)
    a, b = (classifier.features(images).double().cpu() for images in (real, generated))
    generator = torch.Generator().manual_seed(seed)

    def again(features: Tensor) -> Tensor:
        return features[torch.randint(len(features), (len(features),), generator=generator)]

    left, right = a[torch.randperm(len(a), generator=generator)].chunk(2)
    resampled = torch.tensor([_between(again(a), again(b)) for _ in range(n_resamples)], dtype=torch.float64)
    return FrechetDistance(
        distance=Summary(_between(a, b), float(resampled.std()), n=len(b), unit=""),
        n_real=len(a),
        floor=_between(left, right),
        features=f"digit classifier, {a.shape[1]}",
    )


def inception_frechet(real: Tensor, generated: Tensor, *, batch_size: int = 50) -> float:
    """The Fréchet Inception distance (FID) of Heusel et al. 2017, by torchmetrics.

    Needs ``pip install 'torchmetrics[image]'``, the extra ``fid`` of this package, and on first use downloads the
    weights of Inception (about 90 MB) into the cache of ``torch.hub``. Biased upwards with few images; published
    values are of 10 000 or 50 000.

    Args:
        real: (B, C, H, W) with C of 1 or 3, values from 0 to 1; one channel is shown as grey.
        generated: likewise; values beyond 0 and 1, which some decoders yield, are cut off as in a picture.
        batch_size: images a step.

    Raises:
        ModuleNotFoundError: torchmetrics or torch-fidelity are not installed.
        RuntimeError: they cannot be used, or the weights cannot be had; the message says why.
        ValueError: too few images, images of another shape, or values that are no pixels.
    """
    batch_size = checked_count("batch_size", batch_size)
    _check_images(real, generated, least_real=2)
    if real.shape[1] not in (1, 3):
        raise ValueError(f"inception_frechet: expected images of 1 or 3 channels, got {real.shape[1]}")
    if not bool(((real >= 0) & (real <= 1)).all()):
        raise ValueError(f"real: expected values from 0 to 1, got {float(real.min())} to {float(real.max())}")
    if not bool(generated.isfinite().all()):
        raise ValueError("generated: expected finite values")
    metric = _inception_metric().to(real.device)
    with torch.no_grad():
        for images, is_real in ((real, True), (generated.to(real.device).clamp(0, 1), False)):
            for chunk in images.float().split(batch_size):
                metric.update(chunk.expand(-1, 3, -1, -1), real=is_real)
        return float(metric.compute())


def _inception_metric() -> Any:
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance

        return FrechetInceptionDistance(feature=2048, normalize=True)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"inception_frechet: needs torchmetrics and torch-fidelity: {_INSTALL}"
        ) from error
    except (OSError, RuntimeError) as error:
        raise RuntimeError(
            f"inception_frechet: cannot set up Inception: {error}. Its weights are downloaded on first use; without "
            f"a network, copy them into {torch.hub.get_dir()}/checkpoints. torchvision must be a build for the "
            f"PyTorch {torch.__version__} that is installed."
        ) from error


def _check_images(real: Tensor, generated: Tensor, least_real: int) -> None:
    if real.ndim != 4 or real.shape[1:] != generated.shape[1:]:
        raise ValueError(
            "images: expected real and generated ones of one shape (C, H, W), "
            f"got {tuple(real.shape)} and {tuple(generated.shape)}"
        )
    for what, images, least in (("real", real, least_real), ("generated", generated, 2)):
        if len(images) < least:
            raise ValueError(f"{what}: expected at least {least} images, got {len(images)}")


def _between(a: Tensor, b: Tensor) -> float:
    """The distance between Gaussians fitted to features, (n, F) and (n', F)."""
    return frechet_distance(a.mean(0), a.T.cov(), b.mean(0), b.T.cov())


def _factor(cov: Tensor, what: str) -> Tensor:
    """R with R Rᵀ = Σ, (D, D)."""
    if not bool(cov.isfinite().all()) or not torch.allclose(
        cov, cov.T, rtol=1e-6, atol=1e-12 * float(cov.abs().max())
    ):
        raise ValueError(f"{what}: expected a finite symmetric matrix")
    variances, directions = torch.linalg.eigh(cov)
    if float(variances[0]) < -1e-6 * float(variances[-1].abs()):
        raise ValueError(f"{what}: expected no negative eigenvalue, got {float(variances[0]):.3g}")
    return directions * variances.clamp_min(0).sqrt()
