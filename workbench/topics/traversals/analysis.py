"""What every decoder makes of a latent that is moved away from one sample's posterior mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset, Sample

from ...metrics import DigitClassifier
from ...metrics.readers import readers_of
from ...numerals import numeral
from ...posteriors.posterior import prior_belief, product_belief
from ...posteriors.samples import (
    data_to_draw,
    present_modalities,
    sizes_of,
    take_sample,
    to_numpy,
    whole_label,
)
from ...posteriors.versions import WeightsWatch
from .arrays import LatentAxes, Strip, TraversalAnswer
from .axes import axes_of
from .state import PRIVATE, REACH, SHARED, TraversalState

#: Pictures in a strip.
COLUMNS = 9


@dataclass(frozen=True)
class _Route:
    """Latents to decode, all in the space that is walked: the start, the present place and the strip's."""

    start: Tensor
    here: Tensor
    columns: Tensor
    words: str
    headings: list[str]
    share: float
    said: str


class TraversalAnalysis:
    """Answers the questions that a :class:`~workbench.topics.traversals.state.TraversalState` asks.

    Args:
        model: any model.
        dataset: the samples.
        classifiers: modality → network whose readings are part of the answer.

    The axes of each latent space are computed once and kept.
    """

    def __init__(
        self,
        model: MoPoE,
        dataset: MultimodalBaseDataset,
        classifiers: Mapping[str, DigitClassifier] | None = None,
    ) -> None:
        self.model, self.dataset = model, dataset
        self.classifiers = readers_of(model, classifiers or {})
        self._axes: dict[tuple[str, str], LatentAxes] = {}
        self._weights = WeightsWatch(model)

    def axes(self, space: str, basis: str) -> LatentAxes:
        """All axes of a latent space, the most used ones first."""
        if self._weights.changed():
            self.forget()
        if (space, basis) not in self._axes:
            self._axes[space, basis] = axes_of(self.model, self.dataset, space, basis)
        return self._axes[space, basis]

    def forget(self) -> None:
        """Drop what was kept: the model or the data have changed."""
        self._axes = {}

    def item(self, number: int) -> Sample:
        """A sample on the model's device."""
        return take_sample(self.model, self.dataset, number)

    @torch.no_grad()
    def answer(self, state: TraversalState) -> TraversalAnswer:
        """Every modality decoded at the posterior mean, where the latent stands, and along the strip.

        What is shown but missing from a sample counts as not shown.
        """
        axes = self.axes(state.space, state.basis)
        item, target = self.item(state.sample), None
        with self.model.evaluating():
            start = self._mean(item, state)
            if state.mode == "line":
                target = self.item(state.to_sample)
                route = self._line(start, self._mean(target, state), state)
            else:
                route = self._walk(start, axes, state)
            latents = torch.cat([route.start, route.here, route.columns])
            pictures = self.model.decode(_placed(start, state.space, latents), size_factors=sizes_of(item))
            readings = {
                name: classifier.classify(pictures[name]).tolist()
                for name, classifier in self.classifiers.items()
            }
        decoded = {name: to_numpy(pictures[name]) for name in self.model.modalities}
        strip = Strip(
            words=route.words,
            headings=route.headings,
            data={name: values[2:] for name, values in decoded.items()},
            readings={name: read[2:] for name, read in readings.items()},
            share=route.share,
            said=route.said,
        )
        present = present_modalities(item)
        return TraversalAnswer(
            shown=[name for name in state.shown if name in present],
            present=present,
            data=data_to_draw(self.model, item),
            unmoved={name: values[0] for name, values in decoded.items()},
            moved={name: values[1] for name, values in decoded.items()},
            changes={name: float(np.abs(values[1] - values[0]).mean()) for name, values in decoded.items()},
            axes=axes,
            strip=strip,
            readings={name: read[:2] for name, read in readings.items()},
            label=whole_label(item.labels),
            target={} if target is None else self._aim(target),
        )

    def _aim(self, target: Sample) -> dict[str, np.ndarray]:
        drawn = data_to_draw(self.model, target)
        return {name: drawn[name] for name in present_modalities(target)}

    def _mean(self, item: Sample, state: TraversalState) -> dict[str, Any]:
        present = present_modalities(item)
        shown = [name for name in state.shown if name in present]
        belief = product_belief(self.model, item, shown) if shown else prior_belief(self.model, item)
        return belief.mean()

    def _walk(self, start: dict[str, Any], axes: LatentAxes, state: TraversalState) -> _Route:
        z = _latent_of(start, state.space)
        n, axis = state.n_sliders, state.axis
        directions = torch.as_tensor(axes.directions[:n], dtype=z.dtype, device=z.device)
        offsets = torch.tensor(state.offsets[:n], dtype=z.dtype, device=z.device)
        places = torch.linspace(-REACH, REACH, COLUMNS, dtype=z.dtype, device=z.device)
        others = offsets.clone()
        others[axis] = 0
        return _Route(
            start=z,
            here=z + offsets @ directions,
            columns=z + others @ directions + places[:, None] * directions[axis],
            words=axes.names[axis],
            headings=[_signed(float(place)) for place in places],
            share=(state.offset + REACH) / (2 * REACH),
            said=f"{_signed(state.offset)} sd",
        )

    def _line(self, start: dict[str, Any], end: dict[str, Any], state: TraversalState) -> _Route:
        first, last = _latent_of(start, state.space), _latent_of(end, state.space)
        shares = torch.linspace(0, 1, COLUMNS, dtype=first.dtype, device=first.device)
        between = [f"{share:.0%}" for share in shares[1:-1].tolist()]
        return _Route(
            start=first,
            here=torch.lerp(first, last, state.position),
            columns=torch.lerp(first, last, shares[:, None]),
            words=f"sample {state.sample} to sample {state.to_sample}",
            headings=[f"sample {state.sample}", *between, f"sample {state.to_sample}"],
            share=state.position,
            said=f"{state.position:.0%} of the way",
        )


def _latent_of(embedding: dict[str, Any], space: str) -> Tensor:
    """The part of an embedding that is walked, (1, D)."""
    if space == SHARED:
        return embedding["z"]
    return embedding["modalities_z"][space.removeprefix(PRIVATE)]


def _placed(embedding: dict[str, Any], space: str, latents: Tensor) -> dict[str, Any]:
    """An embedding with latents, (n, D), in one space, and all else as in ``embedding``."""
    n = len(latents)
    z = embedding["z"].expand(n, -1)
    private = {name: w.expand(n, -1) for name, w in embedding["modalities_z"].items()}
    if space == SHARED:
        return {"z": latents, "modalities_z": private}
    return {"z": z, "modalities_z": private | {space.removeprefix(PRIVATE): latents}}


def _signed(value: float) -> str:
    """A number with its sign, as short as it is exact to two digits."""
    return numeral(value, "+.2f").rstrip("0").rstrip(".") if round(value, 2) else "0"
