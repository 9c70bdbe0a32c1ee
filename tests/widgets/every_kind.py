"""A small model and data set with every kind of modality an explorer must show."""

from __future__ import annotations

import torch

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig

DIMS = {"photo": (3, 28, 28), "grey": (1, 28, 28), "text": (8, 27), "numbers": (7,)}


def model_of_every_kind() -> MoPoE:
    torch.manual_seed(0)
    likelihoods = {"grey": "bernoulli", "text": "categorical"}
    return MoPoE(MoPoEConfig(4, 6, DIMS, decoders_dist=likelihoods)).eval()


def samples_of_every_kind() -> IncompleteDataset:
    """Twelve samples; sample 3 lacks the photo."""
    generator = torch.Generator().manual_seed(1)
    data = {name: torch.rand(12, *dims, generator=generator) for name, dims in DIMS.items()}
    data["grey"] = data["grey"].round()
    letters = torch.randint(27, (12, 8), generator=generator)
    data["text"] = torch.nn.functional.one_hot(letters, 27).float()
    masks = {name: torch.ones(12, dtype=torch.bool) for name in DIMS}
    masks["photo"][3] = False
    return IncompleteDataset(data, masks, torch.arange(12) % 10)
