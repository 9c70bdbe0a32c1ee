"""A walk through a latent space, and what every decoder makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class LatentAxes:
    """Directions of a latent space, by how much the data use them.

    Attributes:
        names: one each, such as "dimension 3".
        numbers: what stands for each of them where there is little room.
        directions: of length 1, (axes, D).
        nats: KL of the posterior along each from the prior, mean over the data, (axes,).
        order: what they are ordered by, in words.
    """

    names: list[str]
    numbers: list[str]
    directions: np.ndarray
    nats: np.ndarray
    order: str


@dataclass(frozen=True)
class Strip:
    """Pictures along a line through the latent space.

    Attributes:
        words: what is walked.
        headings: one a column.
        data: modality → expected data, (columns, \\*dims).
        readings: modality → what a classifier reads in each column.
        share: where the latent stands between the first column, 0, and the last, 1.
        said: the same in words.
    """

    words: str
    headings: list[str]
    data: dict[str, np.ndarray]
    readings: dict[str, list[int]]
    share: float
    said: str


@dataclass(frozen=True)
class TraversalAnswer:
    """What the traversal explorer shows.

    Attributes:
        shown: the modalities that the model saw.
        present: those that the sample has.
        data: modality → the sample, (\\*dims); what stands under a missing modality means nothing.
        unmoved: modality → expected data at the posterior mean, (\\*dims).
        moved: modality → expected data where the latent stands now, (\\*dims).
        changes: modality → mean absolute difference of the two.
        axes: of the space that is walked, all of them.
        strip: along that axis, or between two samples.
        readings: modality → what a classifier reads in ``unmoved`` and in ``moved``.
        label: the sample's own class, where labels are classes.
        target: modality → the sample at the other end of a line; empty in a walk, and where it is missing.
    """

    shown: list[str]
    present: list[str]
    data: dict[str, np.ndarray]
    unmoved: dict[str, np.ndarray]
    moved: dict[str, np.ndarray]
    changes: dict[str, float]
    axes: LatentAxes
    strip: Strip
    readings: dict[str, list[int]] = field(default_factory=dict)
    label: int | None = None
    target: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Readings:
    """Walks W, steps T.

    Attributes:
        read: view → what is read in it, (W, T).
        places: where each step stands, (T,).
        unit: of the places, in words.
    """

    read: dict[str, np.ndarray]
    places: np.ndarray
    unit: str

    @property
    def alike(self) -> np.ndarray:
        """Whether all views are read alike, (W, T)."""
        return _alike(list(self.read.values()))

    @property
    def alike_by_chance(self) -> np.ndarray:
        """The same for views from different walks: what would be alike if views knew nothing of each other."""
        return _alike([np.roll(read, shift, 0) for shift, read in enumerate(self.read.values())])

    @property
    def clear(self) -> np.ndarray:
        """Whether all views are read alike at both ends, and differently at one than at the other, (W,)."""
        some = next(iter(self.read.values()))
        return self.alike[:, 0] & self.alike[:, -1] & (some[:, 0] != some[:, -1])

    def only(self, walks: np.ndarray) -> Readings:
        """Some of the walks, (W,) boolean or numbers."""
        return Readings({name: read[walks] for name, read in self.read.items()}, self.places, self.unit)

    def shares(self) -> dict[str, np.ndarray]:
        """View → shares of the walks read as at their start, as something else, as at their end, (3, T)."""
        found = {}
        for name, read in self.read.items():
            start, end = (read == read[:, :1]).mean(0), (read == read[:, -1:]).mean(0)
            found[name] = np.stack([start, 1 - start - end, end])
        return found

    def n_read(self) -> np.ndarray:
        """How many different readings a walk has, mean over views, (W,)."""
        counts = [[len(np.unique(walk)) for walk in read] for read in self.read.values()]
        return np.mean(counts, 0)

    def flips(self) -> dict[str, np.ndarray]:
        """View → the place of the first step that is not read as the start, (W,); NaN where there is none."""
        found = {}
        for name, read in self.read.items():
            differs = read != read[:, :1]
            found[name] = np.where(differs.any(1), self.places[differs.argmax(1)], np.nan)
        return found


def _alike(read: list[np.ndarray]) -> np.ndarray:
    return np.all([other == read[0] for other in read], 0)
