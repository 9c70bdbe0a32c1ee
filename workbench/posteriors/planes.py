"""Two directions of a latent space, and Gaussians as they look in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset

from .arrays import LatentPlane, PlaneGaussian
from .posterior import Belief
from .samples import to_numpy


class PlaneOfData:
    """The plane in which the posterior means of the data vary most, by principal components.

    Args:
        model: encodes the data, each sample by all modalities it has.
        dataset: at most ``most`` samples of it are used, evenly spaced.
        most: how many.
    """

    def __init__(self, model: MoPoE, dataset: MultimodalBaseDataset, most: int = 400) -> None:
        chosen = torch.linspace(0, len(dataset) - 1, min(most, len(dataset))).long()
        some = dataset[chosen].to(model.device)
        with torch.no_grad(), model.evaluating():
            means = to_numpy(model.encode(some, return_mean=True, ignore_incomplete=True).z)
        self.labels = _classes(some.labels)
        self.class_names = tuple(some.label_names or ())
        latent_dim = means.shape[1]
        if latent_dim <= 2:
            self.centre, self.axes = np.zeros(latent_dim), np.eye(latent_dim, 2)
            self.about = "the two latent dimensions" if latent_dim == 2 else "the latent dimension"
        else:
            self.centre = means.mean(0)
            _, spread, directions = np.linalg.svd(means - self.centre, full_matrices=False)
            # A single sample has one direction at most.
            self.axes = directions[:2].T if len(directions) > 1 else np.eye(latent_dim, 2)
            share = np.square(spread[:2]).sum() / max(np.square(spread).sum(), 1e-30)
            self.about = f"2 principal directions of {latent_dim}: {share:.0%} of the spread"
        self.points = self.project(means)

    def project(self, z: np.ndarray) -> np.ndarray:
        """(n, D) → (n, 2)."""
        return (z - self.centre) @ self.axes

    def gaussian(self, name: str, role: str, mu: Tensor, logvar: Tensor) -> PlaneGaussian:
        """A diagonal Gaussian, (D,) mean and ln σ², in this plane."""
        variance = to_numpy(logvar.exp())
        covariance = self.axes.T @ (variance[:, None] * self.axes)
        return PlaneGaussian(name, role, self.project(to_numpy(mu)[None])[0], covariance)

    def show(self, gaussians: Sequence[PlaneGaussian], draws: dict[str, Any]) -> LatentPlane:
        """The plane with Gaussians and draws in front of the data."""
        zeros = torch.zeros(len(self.centre))
        return LatentPlane(
            points=self.points,
            labels=self.labels,
            prior=self.gaussian("prior", "prior", zeros, zeros),
            gaussians=list(gaussians),
            draws=self.project(to_numpy(draws["z"])),
            about=self.about,
            class_names=self.class_names,
        )


def gaussians_of(plane: PlaneOfData, belief: Belief, names: Sequence[str]) -> list[PlaneGaussian]:
    """The belief's Gaussian, or one for each component of a mixture."""
    role = "posterior" if len(belief.weights) == 1 else "component"
    return [
        plane.gaussian(name, role, mu, logvar)
        for name, mu, logvar in zip(names, belief.mus, belief.logvars, strict=True)
    ]


def _classes(labels: Tensor | None) -> np.ndarray | None:
    if labels is None or labels.ndim != 1 or labels.is_floating_point():
        return None
    return labels.cpu().numpy()
