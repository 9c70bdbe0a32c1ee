"""A two-dimensional view of a latent space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bell:
    """A Gaussian in the plane.

    Attributes:
        name: what it is of: a modality's name, "posterior", "all", or the modalities of a component.
        role: "expert", "posterior", "component" or "full".
        centre: (2,).
        covariance: (2, 2).
    """

    name: str
    role: str
    centre: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True)
class LatentPlane:
    """Data, prior and posteriors in two directions of the latent space.

    Attributes:
        points: posterior means of the data, (n, 2).
        labels: their classes, (n,); ``None`` where there are none.
        prior: the prior, N(0, I), in this plane.
        bells: Gaussians in front of the data.
        draws: draws from the posterior, (k, 2).
        about: which directions these are, in words.
    """

    points: np.ndarray
    labels: np.ndarray | None
    prior: Bell
    bells: list[Bell]
    draws: np.ndarray
    about: str
