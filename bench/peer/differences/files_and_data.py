"""Folders that MultiVae writes, pickles included, and its data sets: both go straight into this library."""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from bench.peer.saved_models import OwnDecoder, OwnEncoder
from mopoe import IncompleteDataset, MoPoE, from_multivae

from .claims import MoPoE as PeerMoPoE
from .claims import MoPoEConfig as PeerConfig
from .claims import make, torn


def check_folders() -> None:
    """A default model, one with private latents, and one with networks of the user's own."""
    sizes = {"text": 3, "image": 4}

    def own(kind: type[torch.nn.Module]) -> dict[str, torch.nn.Module]:
        return {name: kind(size, 2) for name, size in sizes.items()}

    peers = {
        "default": make(),
        "private": make(modalities_specific_dim={"text": 1, "image": 2}),
        "own": PeerMoPoE(PeerConfig(n_modalities=2, latent_dim=2), own(OwnEncoder), own(OwnDecoder)),
    }
    for name, peer in peers.items():
        batch = torn()
        batch.data["image"] = batch.data["image"].flatten(1) if name == "own" else batch.data["image"]
        with tempfile.TemporaryDirectory() as folder:
            peer.save(folder)
            pickled = [(Path(folder) / f"{part}.pkl").is_file() for part in ("encoders", "decoders")]
            assert pickled == [name == "own"] * 2
            networks = {"encoders": own(OwnEncoder), "decoders": own(OwnDecoder)} if name == "own" else {}
            model = from_multivae(folder, **networks)
        expected = peer.inference(batch)
        found = model.inference(batch)
        seen = expected["weights"] > 0
        for entry in ("mus", "logvars"):
            torch.testing.assert_close(found[entry][seen], expected[entry][seen], rtol=0, atol=1e-6)


def check_data() -> None:
    theirs = torn()
    theirs.labels = torch.arange(4)
    model = converted()
    ours = IncompleteDataset(theirs.data, theirs.masks, theirs.labels)
    same = IncompleteDataset(**theirs[:])
    assert torch.equal(same.labels, ours.labels) and torch.equal(same.masks["image"], ours.masks["image"])
    (batch,) = DataLoader(theirs, batch_size=4)
    for inputs in (theirs, theirs[:], batch, same):
        found, expected = (model.encode(x, "text", return_mean=True).z for x in (inputs, ours))
        assert torch.equal(found, expected)
        losses = [model(x, generator=torch.Generator().manual_seed(0)).loss for x in (inputs, ours)]
        assert torch.equal(*losses)
    assert torch.equal(model.encode(theirs[1], return_mean=True).z, model.encode(ours[1], return_mean=True).z)


def converted() -> MoPoE:
    with tempfile.TemporaryDirectory() as folder:
        make().save(folder)
        return from_multivae(folder)
