"""The families of models: one table, which everything that names a family reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Family:
    """A published model: which subsets it trains, where the prior joins their products, and how it is read.

    Attributes:
        place: in the table, and so its colour and mark in pictures.
        name: as published.
        subsets: ``MoPoEConfig(subsets=...)``, the subsets that are trained.
        prior_expert: ``MoPoEConfig(prior_expert=...)``, the products that a N(0, I) expert joins.
        posterior: what it believes given some modalities: the ``"product"`` of their experts, or the ``"mixture"``
            of its trained subsets within them; see :class:`workbench.metrics.subset_latents.SubsetLatents`.
        fusion: the way it fuses experts, in a word, where networks are shared and the prior is a choice of its own.
        kind: the same way in the field's words.
        trains: what it trains, in plain words.
    """

    place: int
    name: str
    subsets: str
    prior_expert: str
    posterior: str
    fusion: str
    kind: str
    trains: str

    @property
    def settings(self) -> dict[str, Any]:
        """The fields of ``MoPoEConfig`` that make a model one of this family."""
        return {"subsets": self.subsets, "prior_expert": self.prior_expert}

    @property
    def description(self) -> str:
        """Kind and name, such as "product of experts (MVAE)"."""
        return f"{self.kind} ({self.name})"


# A line a family: name, subsets, prior expert, posterior, fusion, kind, what it trains. MVAE multiplies the prior
# into every product (Wu and Goodman 2018), MoPoE into that of all modalities, as its authors' code does (decision 6).
# MMVAE multiplies nothing (Shi et al. 2019): "full" leaves its single experts as they are.
_TABLE = (
    ("MVAE", "poe", "all", "product", "product", "product of experts", "the product of all experts alone"),
    ("MMVAE", "moe", "full", "mixture", "mixture", "mixture of experts", "each expert alone"),
    ("MoPoE", "mopoe", "full", "product", "MoPoE", "mixture of products", "the product of every subset"),
)

#: Name → family, in the order in which they are shown.
FAMILIES = {line[0]: Family(place, *line) for place, line in enumerate(_TABLE)}

#: Way to fuse experts → family that does so; its ``subsets`` say which products.
FUSIONS = {family.fusion: family for family in FAMILIES.values()}
