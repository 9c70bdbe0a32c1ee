"""What a model generates from what it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Generation:
    """Named arrays of one sample and one set of shown modalities.

    Attributes:
        shown: the modalities that the model saw; none of them means a draw from the prior.
        present: the modalities that the sample has.
        data: modality → the sample itself, as :func:`workbench.posteriors.samples.data_to_draw` says.
        mean: modality → expected data, the mean of p(x|z), at the posterior mean, (\\*dims).
        draws: modality → expected data at posterior draws, (n, \\*dims).
        readings: modality → what a classifier reads: one label for the mean, then one a draw.
        label: the sample's own class, where labels are classes.
    """

    shown: list[str]
    present: list[str]
    data: dict[str, np.ndarray]
    mean: dict[str, np.ndarray]
    draws: dict[str, np.ndarray]
    readings: dict[str, list[int]] = field(default_factory=dict)
    label: int | None = None


@dataclass(frozen=True)
class PlaneGaussian:
    """A Gaussian in a plane of the latent space, drawn as an ellipse.

    Attributes:
        name: what it is of: a modality's name, "posterior", "all", or the modalities of a component.
        role: "prior", "expert", "posterior", "component", "full", or "watched" while a model learns.
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
        gaussians: Gaussians in front of the data.
        draws: draws from the posterior, (k, 2).
        about: which directions these are, in words.
        class_names: what class 0, 1, … is called; empty where they have no names.
    """

    points: np.ndarray
    labels: np.ndarray | None
    prior: PlaneGaussian
    gaussians: list[PlaneGaussian]
    draws: np.ndarray
    about: str
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shares:
    """Who decides: each expert's share of the product's precision.

    Attributes:
        names: of the experts, in order; the last is "prior" where the prior is one of them.
        values: shares, (experts, D); columns sum to 1.
        overall: their means over dimensions, (experts,).
    """

    names: list[str]
    values: np.ndarray

    @property
    def overall(self) -> np.ndarray:
        """Mean share over the latent dimensions, (experts,)."""
        return self.values.mean(1)
