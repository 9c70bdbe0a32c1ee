"""Which names a modality may bear: those that would mean two things are refused, by configs and data sets alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset, collate
from mopoe.evidence.draws import PROPOSALS

REFUSED = {
    "all": "methods take it for every modality",
    **dict.fromkeys(PROPOSALS, "estimates take it for a proposal"),
    **dict.fromkeys(("z", "one_latent_space", "modalities_z"), "generate_from_prior returns an entry"),
    **dict.fromkeys(("keys", "type", "train", "float", "__len__"), "it is an attribute of dicts or modules"),
    "": "networks need a name, without dots",
    "c.d": "networks need a name, without dots",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_would_mean_two_things_is_refused_with_the_reason(name: str) -> None:
    said = f"expected a modality name that works everywhere, got {name!r}: {REFUSED[name]}"
    for what, build in (
        ("modalities", lambda: MoPoEConfig(2, input_dims={"a": (3,), name: (2,)})),
        ("modalities", lambda: MoPoE(MoPoEConfig(1, 2), {name: torch.nn.Identity()})),
        ("data", lambda: MultimodalBaseDataset({"a": torch.zeros(4, 3), name: torch.zeros(4, 2)})),
        ("data", lambda: IncompleteDataset({name: torch.zeros(4, 2)}, {name: torch.ones(4)})),
    ):
        with pytest.raises(ValueError, match=f"^{what}: {said}"):
            build()


# Words of calls, outputs and data sets that are no obstacle, and names that no identifier could be.
ALLOWED = ["data", "masks", "labels", "size_factors", "posterior", "shared", "full", "moe", "loss"]
ALLOWED += ["a b", "a_b", "ä/2", "1"]


@pytest.mark.parametrize("name", ALLOWED)
@pytest.mark.parametrize("private", [None, 2])
def test_any_other_name_works_everywhere(name: str, private: int | None, tmp_path: Path) -> None:
    dims = {"a": (3,), name: (2,)}
    sizes = private and dict.fromkeys(dims, private)
    model = MoPoE(MoPoEConfig(2, 2, dims, modalities_specific_dim=sizes))
    data = {m: torch.randn(4, *shape) for m, shape in dims.items()}
    masks = {"a": torch.tensor([1, 1, 0, 1]), name: torch.ones(4)}
    complete, incomplete = MultimodalBaseDataset(data), IncompleteDataset(data, masks)
    for dataset in (complete, incomplete):
        (batch,) = DataLoader(dataset, batch_size=4, collate_fn=collate)
        same = [
            model(x, generator=torch.Generator().manual_seed(0)).loss for x in (dataset, batch, dataset[:])
        ]
        assert same[0] == same[1] == same[2]
        assert f"recon_{name}" in model(dataset).metrics
    assert (
        model(data, generator=torch.Generator().manual_seed(0)).loss
        == model(complete, generator=torch.Generator().manual_seed(0)).loss
    )
    assert list(model.predict(data, name, name)) == [name]
    assert model.predict(data, [name], "all")["a"].shape == (4, 3)
    made = model.generate_from_prior(5)
    assert made[name].shape == (5, 2) and made["z"].shape == (5, 2)
    for options in (
        {"target": name},
        {"target": "a", "given": name},
        {"proposal": name},
        {"proposal": [name]},
    ):
        assert model.estimate_nll(data, K=4, **options).nll.shape == (4,)
    model.save_pretrained(tmp_path)
    assert MoPoE.from_pretrained(tmp_path).modalities == ["a", name]
