"""The list of claims, and models and data of MultiVae to try them on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from workbench.paper.multivae.stand_ins import stand_in_for_torchvision

with stand_in_for_torchvision():
    from multivae.data.datasets.base import IncompleteDataset, MultimodalBaseDataset
    from multivae.models import MoPoE, MoPoEConfig

DIMS = {"text": (3,), "image": (2, 2)}
BIT = {"text": "bernoulli", "image": "normal"}
CLAIMS: dict[str, Callable[[], Any]] = {}


def claim(heading: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def add(check: Callable[[], Any]) -> Callable[[], Any]:
        CLAIMS[heading] = check
        return check

    return add


def make(**settings: Any) -> MoPoE:
    return MoPoE(MoPoEConfig(n_modalities=2, latent_dim=2, input_dims=DIMS, **settings))


def data(n: int = 4) -> MultimodalBaseDataset:
    return MultimodalBaseDataset({"text": (torch.rand(n, 3) > 0.5).float(), "image": torch.randn(n, 2, 2)})


def torn(under: float = 0.0) -> IncompleteDataset:
    """Four samples, the first without an image, ``under`` in its place."""
    whole = data().data
    whole["image"][0] = under
    return IncompleteDataset(whole, {"text": torch.ones(4) == 1, "image": torch.arange(4) > 0})


def fails(kind: type[Exception], do: Callable[[], Any]) -> bool:
    try:
        do()
    except kind:
        return True
    return False
