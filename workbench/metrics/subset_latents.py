"""Latents given each of several subsets of the modalities, from one pass through the encoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Normal

from mopoe import MoPoE

#: Names of its modalities.
Subset = tuple[str, ...]

POSTERIORS = ("product", "mixture")


class SubsetLatents:
    r"""What a model believes when it sees each of ``subsets``.

    ``"product"`` is q_S, the product of the experts of S: what MVAE and MoPoE are trained to use. ``"mixture"`` is
    the mixture of the *configured* subsets within S, what MMVAE is trained to use: for it, of S's single experts.
    Published results give each family its own: see Sutter et al. 2021, table 1.

    Args:
        model: the model.
        subsets: lists of modalities.
        posterior: ``"product"`` or ``"mixture"``.

    Raises:
        ValueError: another posterior, or a mixture of nothing: no configured subset lies within some S.
    """

    def __init__(self, model: MoPoE, subsets: Sequence[Sequence[str]], posterior: str = "product") -> None:
        if posterior not in POSTERIORS:
            raise ValueError(f"posterior: expected one of {', '.join(POSTERIORS)}, got {posterior!r}")
        self.subsets = [tuple(subset) for subset in subsets]
        if posterior == "product":
            self._seen = model.sharing_networks(subsets=[list(subset) for subset in self.subsets])
            self._within = [[place] for place in range(len(self.subsets))]
            return
        self._seen = model
        configured = [set(members) for members in model.subsets.values()]
        self._within = [
            [place for place, members in enumerate(configured) if members <= set(subset)]
            for subset in self.subsets
        ]
        empty = [subset for subset, places in zip(self.subsets, self._within, strict=True) if not places]
        if empty:
            raise ValueError(
                f"posterior 'mixture': expected a configured subset within {list(empty[0])}, "
                f"got {list(model.subsets)}; use 'product'"
            )

    @torch.no_grad()
    def posterior(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Mean and ln σ², (S, B, D) each; of a mixture, those of one component drawn for each sample."""
        with self._seen.evaluating():
            found = self._seen.inference(batch)
        mus, logvars = found["mus"], found["logvars"]
        length, device = mus.shape[1], mus.device
        picked = torch.stack(
            [
                torch.tensor(places, device=device)[torch.randint(len(places), (length,), device=device)]
                for places in self._within
            ]
        )
        samples = torch.arange(length, device=device)
        return mus[picked, samples], logvars[picked, samples]

    def draw(self, batch: Any) -> Tensor:
        """One draw of z given each subset, (S, B, D)."""
        mu, logvar = self.posterior(batch)
        return Normal(mu, (0.5 * logvar).exp()).sample()
