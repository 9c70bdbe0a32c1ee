"""What a model generates for the modalities that it was not shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from mopoe import ModelOutput, MoPoE
from mopoe.output import read_entry

from .subset_latents import Subset, SubsetLatents

# Latents: of ten modalities a batch has 500 subsets for each of them, whose pictures would take a gigabyte.
_DECODED_AT_ONCE = 8192


def generate_unseen(
    model: Any, targets: Mapping[Subset, list[str]], posterior: str = "product"
) -> SubsetGenerator | PredictGenerator:
    """A generator for these targets: subset → modalities to be generated when it alone is seen.

    Args:
        model: a MoPoE, or anything with its ``predict``.
        targets: none of a subset's targets may be one of its own modalities.
        posterior: as :class:`SubsetLatents` takes it; models of others know the product only.

    Raises:
        ValueError: a posterior that there is not.
    """
    if isinstance(model, MoPoE):
        return SubsetGenerator(model, targets, posterior)
    if posterior != "product":
        raise ValueError(f"posterior: expected 'product' for a model that is no MoPoE, got {posterior!r}")
    return PredictGenerator(model, targets)


class SubsetGenerator:
    """Encodes a batch once for all subsets, and decodes each modality once for all that do not show it."""

    def __init__(self, model: MoPoE, targets: Mapping[Subset, list[str]], posterior: str) -> None:
        self.model, self.latents = model, SubsetLatents(model, list(targets), posterior)
        wanted = dict.fromkeys(name for names in targets.values() for name in names)
        self.places = {
            name: [place for place, names in enumerate(targets.values()) if name in names] for name in wanted
        }

    def __call__(self, batch: Any) -> Iterator[tuple[Subset, str, Tensor]]:
        """Subset, modality, what was generated for it; private latents are drawn from the prior."""
        z, sizes = self.latents.draw(batch), read_entry(batch, "size_factors") or {}
        some = max(1, _DECODED_AT_ONCE // z.shape[1])
        for name, every in self.places.items():
            for start in range(0, len(every), some):
                places = every[start : start + some]
                for place, images in zip(places, self._decode(name, z[places], sizes), strict=True):
                    yield self.latents.subsets[place], name, images

    def _decode(self, name: str, z: Tensor, sizes: Mapping[str, Tensor]) -> Tensor:
        private = {}
        if name in self.model.style_dims:
            size = self.model.style_dims[name]
            private[name] = torch.randn(*z.shape[:-1], size, dtype=z.dtype, device=z.device)
        latents, own = ModelOutput(z=z, modalities_z=private), {m: s for m, s in sizes.items() if m == name}
        return self.model.decode(latents, name, size_factors=own)[name]


class PredictGenerator:
    """One ``predict`` a subset, for models of others."""

    def __init__(self, model: Any, targets: Mapping[Subset, list[str]]) -> None:
        self.model, self.targets = model, targets

    def __call__(self, batch: Any) -> Iterator[tuple[Subset, str, Tensor]]:
        """Subset, modality, what was generated for it."""
        for subset, names in self.targets.items():
            shown = self.model.predict(batch, cond_mod=list(subset), gen_mod=names, N=1)
            for name in names:
                yield subset, name, shown[name]
